"""A person with several accounts (moved to another employer, say) is asked which one he means, by its last four digits."""

from __future__ import annotations

from collections.abc import Sequence

from fund_core.model import Account
from ivr.manners import ALWAYS, Nav
from ivr.talk import Talk
from telephony.ports import Key

MOST = 8
"""So many accounts can be chosen by one key: 9 leads to the main menu."""


async def which_account(talk: Talk, accounts: Sequence[Account], keyed: str) -> int | Nav:
    """The ordinal of the account he means: the one whose number he keyed, the only one, or the one he chooses."""
    numbers = [account.number for account in accounts[:MOST]]
    if keyed in numbers:
        return numbers.index(keyed)
    if len(numbers) < 2:
        return 0
    keys = [str(at + 1) for at in range(len(numbers))]
    for left in reversed(range(talk.settings.menu.tries)):
        key = await _offer(talk, numbers)
        if key in keys:
            return keys.index(key)
        if key in ALWAYS:
            return ALWAYS[key]
        if left and key != "#":
            await talk.tell("invalid" if key else "no_input")
    return Nav.FAILED


async def _offer(talk: Talk, numbers: Sequence[str]) -> Key | None:
    for at, number in enumerate(numbers):
        if key := await talk.say("account_option", tail=number[-4:], key=at + 1):
            return key
    return await talk.key(talk.patient(talk.settings.menu.first_key_s))
