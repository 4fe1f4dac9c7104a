"""Choosing from a list that is not in the menu file: offices, days, halves of a day. A few at once, 更多 for the next few.

Said in one go like a menu's options, so that a key interrupts all of it; the keys that work everywhere are those of ivr/manners.py.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from ivr.manners import Nav, ask
from ivr.talk import Talk
from telephony.ports import Key, Sound


@dataclass(frozen=True, slots=True)
class Choice:
    """One thing to choose: the prompt that says it (with ``key`` among its values), and its key when that is not its place."""

    prompt: str
    values: Mapping[str, object] = field(default_factory=dict)
    key: Key = ""


async def choose_one(
    talk: Talk, question: str, choices: Sequence[Choice], at_once: int, *, more: str = "", instead: Mapping[Key, str] | None = None
) -> int | Nav:
    """The index of the one chosen, or where the caller goes instead.

    ``question`` is said before them (empty: nothing); ``at_once`` of them are offered, and behind them ``more`` (a prompt with a
    ``key``), which leads on to the next ones and from the last to the first. ``instead``: as :func:`ivr.manners.ask`.
    """
    first = 0
    while True:
        shown = choices[first : first + at_once]
        keys = {choice.key or str(place + 1): first + place for place, choice in enumerate(shown)}
        on = str(at_once + 1) if len(choices) > at_once else ""
        said = _said(talk, question, dict(zip(keys, shown, strict=True)), Choice(more, key=on) if on else None)
        key = await ask(talk, lambda said=said: talk.play(said), {*keys, on} - {""}, instead or {})  # type: ignore[misc]
        if isinstance(key, Nav):
            return key
        if key != on:
            return keys[key]
        first = first + at_once if first + at_once < len(choices) else 0


def _said(talk: Talk, question: str, choices: Mapping[Key, Choice], more: Choice | None) -> list[Sound]:
    """Everything in one row, with a breath between."""
    prompts = talk.prompts
    rows = [prompts.sounds(question)] if question else []
    rows += [prompts.sounds(choice.prompt, **choice.values, key=key) for key, choice in choices.items()]
    rows += [prompts.sounds(more.prompt, key=more.key)] if more is not None else []
    return prompts.row(rows)
