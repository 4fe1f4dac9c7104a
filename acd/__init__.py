"""The floor (话务分配): seats, queues, offers; who is given which call, and why.

Pure rules decide, one keeper writes the journal and carries out; callers never lose their place.
Nothing here knows Asterisk; what it needs done stands in ``needs.py``.
"""
