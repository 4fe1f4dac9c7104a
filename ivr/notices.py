"""Texts to the mobile a person has bound, about what he did by phone: best effort, the service itself never hangs on them."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

import structlog

from hotline.errors import HotlineError
from hotline.ids import DepositorId
from ivr.errand import Errand
from ivr.talk import Talk

log = structlog.get_logger("notices")
LONGEST_S = 2.0
"""What is done is not kept from the caller longer than this because its text can't be taken."""


async def send_to_bound(talk: Talk, errand: Errand, person: DepositorId, key: str, topic: str, fields: Mapping[str, object]) -> bool:
    """Send a text of ``topic`` to the mobile bound to ``person``, once per ``key``; whether it is on its way.

    False: there is no mobile, this house sends no texts, or they can't be taken now (the log says so).
    """
    sms, at = errand.needs.sms, talk.now()
    if sms is None:
        return False
    try:
        async with asyncio.timeout(LONGEST_S):
            number = await sms.mobile(person, at)
            if number:
                await sms.send(key, topic, number, fields, at, call=talk.call, depositor=person)
            return number != ""
    except (HotlineError, TimeoutError) as error:
        log.warning("a text was not taken", call=talk.call, topic=topic, kind=type(error).__name__)
        return False
