"""Robot callers and robot seats (模拟来电与模拟座席) over real SIP and RTP, for the demo and the tests.

They use the same ports and accounts as people; nothing in ivr, acd or telephony knows them.
"""
