"""A carrier's gateway 模拟短信网关 on real TCP, speaking CMPP 2.0/3.0 and SMPP 3.4, with every fault on demand and a log of its own."""
