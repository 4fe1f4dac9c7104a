"""The relay 转发: from the outbox to the gateways and back, so that nothing is lost, sent at night, or sent twice without being counted."""
