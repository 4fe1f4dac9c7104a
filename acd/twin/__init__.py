"""The twin (孪生): the floor's own rules, unmodified, with simulated callers in virtual time; and the mathematics they must obey.

``drive`` moves time, ``callers`` draws who comes, ``theory`` knows what must come out, ``figures`` counts, ``fitted`` reads a journal.
"""
