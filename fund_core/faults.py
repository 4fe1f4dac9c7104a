"""How a core goes wrong on demand, for the parts of the fake."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from enum import Enum, auto

from fund_core.people import DemoDepositor
from fund_core.port import CoreAnsweredWrong, CoreAway, NotOnFile
from hotline.ids import DepositorId


class Fault(Enum):
    """What goes wrong with every answer while set."""

    FAILING = auto()
    SILENT = auto()
    HALF = auto()
    WRONG_PERSON = auto()


class Faulty:
    """Invented people in memory. Set ``fault`` and ``delay_s`` at any time; ``asked`` counts the questions by name."""

    def __init__(self, people: Sequence[DemoDepositor]) -> None:
        self.people = list(people)
        self.fault: Fault | None = None
        self.delay_s = 0.0
        self.asked: dict[str, int] = {}

    async def _trouble(self, question: str) -> None:
        self.asked[question] = self.asked.get(question, 0) + 1
        if self.delay_s:
            await asyncio.sleep(self.delay_s)
        if self.fault is Fault.SILENT:
            await asyncio.Event().wait()
        if self.fault is Fault.FAILING:
            raise CoreAway
        if self.fault is Fault.HALF:
            raise CoreAnsweredWrong(question)

    def _person(self, depositor: DepositorId) -> DemoDepositor:
        for person in self.people:
            if person.depositor == depositor:
                return person
        raise NotOnFile

    def _whom(self, depositor: DepositorId) -> DepositorId:
        if self.fault is Fault.WRONG_PERSON:
            return next(person.depositor for person in self.people if person.depositor != depositor)
        return depositor
