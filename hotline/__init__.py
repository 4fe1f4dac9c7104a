"""The words every room shares (公用词汇): ids, moments, events, money, secrets, settings, the journal.

Nothing here knows telephony, menus or seats; every other room may import it, and it imports none of them.
"""
