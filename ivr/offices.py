"""Offices that take appointments, by the names callers hear: those of the knowledge base, which are spoken beforehand.

An office nobody has spoken a name for yet can't be offered by voice; it is left out, and the log says so.
"""

from __future__ import annotations

from dataclasses import dataclass

import structlog

from fund_core.appointments import AppointmentKind, Office
from hotline.tables import StoreAway
from ivr.errand import Errand
from ivr.prompts import NotSpoken
from ivr.talk import Talk

log = structlog.get_logger("offices")


@dataclass(frozen=True, slots=True)
class NamedOffice:
    """An office and its name as it is said and written."""

    code: str
    name: str


async def offices_that_can_be_said(talk: Talk, errand: Errand, kind: AppointmentKind) -> list[NamedOffice]:
    """The offices for a kind of appointment, in the core's order. Raises what the core raises."""
    offices = [NamedOffice(office.code, await name_of(errand, office)) for office in await errand.core.offices(kind)]
    spoken = [office for office in offices if can_say(talk, office.name)]
    for office in offices:
        if office not in spoken:
            log.warning("an office has no spoken name", call=talk.call, office=office.code)
    return spoken


async def name_of(errand: Errand, office: Office) -> str:
    """The knowledge base's name of an office; the core's own where there is none."""
    knowledge = errand.needs.knowledge
    try:
        branch = await knowledge.branch(office.code) if knowledge is not None else None
    except StoreAway:
        branch = None
    return branch.name if branch is not None else office.name


def can_say(talk: Talk, text: str) -> bool:
    """Whether there is a sound for every sentence of ``text`` at this caller's speed."""
    try:
        talk.prompts.text(text)
    except NotSpoken:
        return False
    return True
