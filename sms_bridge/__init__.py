"""The SMS bridge (短信平台): what is sent to depositors and employers, to whom, and who wanted it.

Outbox, one-time codes, mobile bindings 手机绑定 and subscriptions 订阅 in one database; the gateways to the provincial platform take
from the outbox. Seed 000; every number and text at rest is sealed.
"""
