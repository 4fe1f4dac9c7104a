"""The bridge's laws (seed 000 §3; domain/sms.md §3.1): composing, counting, when it may go, what a code is worth, who may bind.

No I/O, no clock: moments are given, in microseconds since 1970 where they come from a table.
"""

from __future__ import annotations

import string
import unicodedata
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import time, timedelta
from types import MappingProxyType

from hotline.moment import Moment
from sms_bridge.model import CodeVerdict, KeptCode, Lane, NotComposed, Proof, Refusal, SmsState, Topic
from sms_bridge.protocols.texts import parts

S = SmsState
LEGAL: Mapping[SmsState, frozenset[SmsState]] = MappingProxyType(
    {
        S.COMPOSED: frozenset({S.HELD, S.ON_WIRE, S.FAILED, S.EXPIRED}),
        S.HELD: frozenset({S.ON_WIRE, S.FAILED, S.EXPIRED}),
        S.ON_WIRE: frozenset({S.ACCEPTED, S.UNKNOWN, S.HELD, S.DELIVERED, S.FAILED, S.EXPIRED}),
        S.UNKNOWN: frozenset({S.ON_WIRE, S.ACCEPTED, S.DELIVERED, S.FAILED, S.EXPIRED}),
        S.ACCEPTED: frozenset({S.DELIVERED, S.FAILED, S.EXPIRED}),
        S.DELIVERED: frozenset(),
        S.FAILED: frozenset({S.COMPOSED}),
        S.EXPIRED: frozenset(),
    }
)
"""A report may overtake its answer (on wire to delivered); a failed message may be put back by a person."""
FINAL = frozenset({S.DELIVERED, S.FAILED, S.EXPIRED})

OPENS, CLOSES = time(8), time(22)
"""Sending window of what nobody asked for (seed 000 §3.3-2): from 08:00:00 until before 22:00:00."""
AT_ANY_HOUR = frozenset({Lane.CODE, Lane.REPLY})

LONGEST = 500
"""Characters of a text at most."""

_MINUTE, _HOUR = 60_000_000, 3_600_000_000


@dataclass(frozen=True, slots=True)
class CodeLimits:
    """Codes to one number (1 a minute, 5 an hour, 10 a day) and of one account; tries; life. Per account and day, over all codes,
    so that asking for many codes gives no more guesses: six tries at a million."""

    per_minute: int = 1
    per_hour: int = 5
    per_day: int = 10
    per_account_day: int = 10
    wrong_per_code: int = 3
    wrong_per_account_day: int = 6
    life: timedelta = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Caps:
    """Texts nobody asked for that one number gets at most (limits carriers enforce; above, a text waits)."""

    per_hour: int = 4
    per_day: int = 10


SAME_TEXT = timedelta(hours=24)
"""The same notice to the same number within this is sent once (domain/sms.md §3.1, filters before sending)."""


def compose(topic: Topic, fields: Mapping[str, object], signature: str) -> str:
    """The text as it is sent, 【signature】 in front. Raises NotComposed naming the missing field or what is wrong with it."""
    wanted = {name for _, name, _, _ in string.Formatter().parse(topic.template) if name is not None}
    if missing := sorted(wanted - fields.keys()):
        raise NotComposed(f"{topic.id} needs {', '.join(missing)}")
    body = topic.template.format(**{name: str(fields[name]) for name in wanted})
    if "【" in body or "】" in body:
        raise NotComposed(f"{topic.id}: a value contains 【】, which the signature alone may")
    text = f"【{signature}】{body}"
    if len(text) > LONGEST:
        raise NotComposed(f"{topic.id}: {len(text)} characters, {LONGEST} can be sent")
    return text


def segments(text: str) -> int:
    """How many messages the carrier counts for ``text``: its parts, none of which cuts a pair of UTF-16 units."""
    return len(parts(text))


def forbidden(text: str, words: Collection[str]) -> str:
    """The first of ``words`` that stands in ``text``, whatever blanks and letter width hide it; empty when none does."""
    plain = "".join(unicodedata.normalize("NFKC", text).casefold().split())
    return next((word for word in sorted(words) if word.casefold() in plain), "")


def earliest(sent_us: Sequence[int], at: Moment, caps: Caps) -> int:
    """The moment (µs) from which one more text nobody asked for may go to a number.

    ``sent_us``: when such texts went or will go to it, of the last day and later.
    """
    begin = at.wall
    for most, span in ((caps.per_hour, _HOUR), (caps.per_day, 24 * _HOUR)):
        near = sorted(moment for moment in sent_us if moment > at.wall - span)
        if len(near) >= most:
            begin = max(begin, near[-most] + span)
    return begin


def may_go(lane: Lane, at: Moment) -> bool:
    """Whether a message of ``lane`` may go on the wire at ``at``."""
    return lane in AT_ANY_HOUR or OPENS <= at.local().time() < CLOSES


def code_refusal(to_number_us: Sequence[int], of_account_today: int, at: Moment, limits: CodeLimits) -> Refusal | None:
    """Why no code may be sent now, or None. ``to_number_us``: when codes were sent to the number today (Asia/Shanghai)."""
    if sum(at.wall - sent < _MINUTE for sent in to_number_us) >= limits.per_minute:
        return Refusal.TOO_SOON
    in_the_hour = sum(at.wall - sent < _HOUR for sent in to_number_us)
    if in_the_hour >= limits.per_hour or len(to_number_us) >= limits.per_day or of_account_today >= limits.per_account_day:
        return Refusal.TOO_MANY
    return None


def judge_code(kept: KeptCode, right: bool, wrong_today: int, at: Moment, limits: CodeLimits) -> CodeVerdict:
    """What a keyed code is worth; ``wrong_today``: wrong ones keyed for the account today, over all codes."""
    over = kept.used or at.wall >= kept.expires_us or kept.wrong >= limits.wrong_per_code or wrong_today >= limits.wrong_per_account_day
    if over:
        return CodeVerdict.OVER
    return CodeVerdict.RIGHT if right else CodeVerdict.WRONG


def may_bind(bound: bool, proofs: Collection[Proof]) -> bool:
    """Whether a mobile may be bound: a code to the new one always; while one is ``bound`` a code to that too, else the login.

    A lost telephone is replaced at the counter (domain/identity.md §5).
    """
    return "code_to_new" in proofs and ("counter" in proofs or ("code_to_old" if bound else "login") in proofs)
