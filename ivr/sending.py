"""短信接收: sending what was told to the mobile the call comes from, where it comes from one."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

from hotline.identity import is_mobile
from ivr.errand import Errand
from ivr.talk import Talk


def to_caller(talk: Talk, errand: Errand, what: str, topic: str, fields: Mapping[str, object]) -> Callable[[], Awaitable[None]] | None:
    """Something that sends a text of ``topic`` to the caller, once per call and ``what``; None when that can't be offered."""
    sms, number = errand.needs.sms, errand.needs.number_of(talk.call)
    if sms is None or not is_mobile(number):
        return None
    return lambda: sms.send(f"{talk.call} {what}", topic, number, fields, talk.now(), call=talk.call, depositor=None)
