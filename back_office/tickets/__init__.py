"""Tickets 工单: what somebody owes a caller, until when, and every step on the way (seed 001 §2.5)."""
