"""Gateways 短信网关 that we bring along: the simulator of carriers for tests, benches and the demo."""
