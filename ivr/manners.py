"""How callers are asked, the same everywhere (domain/ivr.md §2.3): menus, numbers, tries, and the keys that always work.

In menus 0 asks for a person, ``*`` goes back, ``#`` says it again, 9 goes to the main menu. No key and a wrong key share three
tries; a flood of keys is thrown away at the first wrong one. Nothing here can last for ever: the walk bounds the whole.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Mapping
from enum import Enum, auto
from types import MappingProxyType

from hotline.secret import Secret
from ivr.entry import Entry, Form, Step
from ivr.talk import Talk
from telephony.ports import Key

_NONE: Mapping[Key, str] = MappingProxyType({})
MOST_REPEATS = 9
"""So often ``#`` says a menu again without costing a try."""


class Nav(Enum):
    """Where a caller wants to go instead of answering."""

    AGENT = auto()
    BACK = auto()
    MAIN = auto()
    FAILED = auto()
    """All tries used up."""


ALWAYS = {"0": Nav.AGENT, "*": Nav.BACK, "9": Nav.MAIN}


Say = Callable[[], Awaitable[Key | None]]
"""Says a question; the key that interrupted it."""


async def choose(talk: Talk, prompt: str, keys: Collection[Key], /, **values: object) -> Key | Nav:
    """Ask a question of keys: one of ``keys``, or where the caller goes instead. A key in ``keys`` goes before its usual meaning."""
    return await ask(talk, lambda: talk.say(prompt, **values), keys)


async def ask(talk: Talk, say: Say, keys: Collection[Key], instead: Mapping[Key, str] = _NONE) -> Key | Nav:
    """As :func:`choose`, with anything that says the question. ``instead``: keys that are not offered now, with what is said then."""
    tries, repeats = talk.settings.menu.tries, 0
    while tries > 0:
        key = await say() or await talk.key(talk.patient(talk.settings.menu.first_key_s))
        if key is not None and key in keys:
            return key
        if key in ALWAYS:
            return ALWAYS[key]
        if key == "#" and repeats < MOST_REPEATS:
            repeats += 1
            continue
        tries -= 1
        await _correct(talk, key, instead.get(key or "", "invalid"), last=tries == 0)
    return Nav.FAILED


async def enter(talk: Talk, prompt: str, form: Form, *, first_digit_s: float = 0) -> Secret | Nav:
    """Ask for a number; what was keyed, as the secret it may be, or BACK (``**``) or FAILED.

    ``first_digit_s``: how long to wait for the first digit, where it is not ``menu.first_digit_s``.
    """
    for left in reversed(range(talk.settings.menu.tries)):
        entry = Entry(form)
        step = await _key_in(talk, entry, await talk.say(prompt), first_digit_s or talk.settings.menu.first_digit_s)
        if step is Step.DONE:
            return entry.take()
        if step is Step.CANCELLED:
            return Nav.BACK
        await _correct(talk, None if step is Step.EMPTY else "", "invalid_entry", last=left == 0)
    return Nav.FAILED


async def _key_in(talk: Talk, entry: Entry, key: Key | None, first_digit_s: float) -> Step:
    """Take keys until the entry is over one way or the other; ``key`` is the first when it interrupted the prompt."""
    menu = talk.settings.menu
    while True:
        key = key or await talk.key(talk.patient(menu.next_key_s if entry.begun else first_digit_s))
        step = entry.press(key) if key else entry.wait_over()
        if step is Step.CLEARED:
            await talk.tell("cleared")
        elif step is not Step.MORE:
            return step
        key = None


async def _correct(talk: Talk, key: Key | None, invalid: str, *, last: bool) -> None:
    """Say what was wrong, except the last time: then something else is said."""
    if key is not None:
        talk.forget_keys()
    if not last:
        await talk.tell("no_input" if key is None else invalid)
