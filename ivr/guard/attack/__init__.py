"""Guessing PINs in virtual time, 口令猜测演练: `hotline attack`.

``town`` invents the accounts and what people choose, ``strategies`` are the attackers, ``week`` lets them and honest callers at
the production gate for seven virtual days, ``report`` prints what came of it.
"""
