"""The voice menu (语音导航): welcome, menu, login, balance, waiting room, survey; what callers hear and key.

Dialogs are plain async functions over a telephony Line; spoken Chinese and prompts are made here.
Nothing here knows seats or figures; what is asked of other rooms stands in ``needs.py``.
"""
