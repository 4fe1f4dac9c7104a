"""身份验证的防护: who may try a PIN how often, and what is counted for it.

``rule`` decides (pure), ``codes`` what proves enough to set a PIN, ``attack`` tries strategies against the rule. The gate that all
lines share stands in ivr/lockout.py, its counters in ivr/store.py.
"""
