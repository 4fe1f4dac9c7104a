"""The one door to the fund's business system (核心业务接口): accounts, loans, units behind one port.

A demo core on SQL with plainly invented people, and a fake with faults; JGJ/T 320 names only at this border.
"""
