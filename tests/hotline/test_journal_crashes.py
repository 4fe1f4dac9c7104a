"""Whatever mixture of appends, failed commits and crashes: the order holds, and what was reported durable is there."""

from __future__ import annotations

import asyncio
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotline.clock import HandClock
from hotline.events import CallEnded, Event
from hotline.journal import Appended, Journal, Recorded, read_events
from hotline.journal_store import SqlStore
from hotline.journal_writer import WriterThread
from hotline.settings import JournalSettings
from tests.hotline.faulty_store import Fault, FaultyStore
from tests.hotline.samples import ended, entered

NEVER_SLOW = JournalSettings(slow_commit_s=60)


@dataclass(frozen=True)
class Append:
    events: int


@dataclass(frozen=True)
class End:
    """Append the end of one of three calls, perhaps for the second time."""

    call: int


@dataclass(frozen=True)
class Wait:
    """Wait until all that was appended is settled."""


@dataclass(frozen=True)
class Turn:
    """Give the writer a turn without waiting for it."""


@dataclass(frozen=True)
class Spoil:
    fault: Fault


@dataclass(frozen=True)
class Disk:
    broken: bool


@dataclass(frozen=True)
class Life:
    """The process ends and another begins: by a crash, or in order."""

    how: Literal["crash", "close"]


Step = Append | End | Wait | Turn | Spoil | Disk | Life
STEPS = st.lists(
    st.one_of(
        st.builds(Append, st.integers(1, 12)),
        st.builds(End, st.integers(1, 3)),
        st.just(Wait()),
        st.just(Turn()),
        st.builds(Spoil, st.sampled_from(["before", "after"])),
        st.builds(Disk, st.booleans()),
        st.builds(Life, st.sampled_from(["crash", "crash", "close"])),
    ),
    max_size=25,
)


@dataclass
class Machine:
    """Carries the steps out and remembers what was promised."""

    url: str
    lives: list[list[tuple[Event, Appended]]] = field(default_factory=list)
    heard: list[list[Recorded]] = field(default_factory=list)
    durable: list[Event] = field(default_factory=list)
    number: int = 0

    async def begin(self) -> None:
        self.store = FaultyStore(SqlStore(self.url))
        self.writer = WriterThread(self.store, (0.001, 0.002))
        self.journal = Journal(self.writer, HandClock(), NEVER_SLOW, lambda trouble: None)
        await self.journal.open()
        self.lives.append([])
        self.heard.append([])
        self.journal.subscribe(self.heard[-1].append)

    async def finish(self, how: str) -> None:
        if how == "close":
            self.store.broken = False
            await self.journal.close()
        else:
            self.writer.abandon()
            await asyncio.sleep(0)
        self.durable += [event for event, promise in self.lives[-1] if promise.durable and not promise.set_aside]

    def append(self, event: Event) -> None:
        self.lives[-1].append((event, self.journal.append(event)))

    async def do(self, step: Step) -> None:
        match step:
            case Append(events):
                for _ in range(events):
                    self.number += 1
                    self.append(entered(self.number))
            case End(call):
                self.append(ended(f"c-{call}"))
            case Wait():
                await self.journal.flushed()
            case Turn():
                await asyncio.sleep(0)
            case Spoil(fault):
                self.store.faults.append(fault)
            case Disk(broken):
                self.store.broken = broken
            case Life(how):
                await self.finish(how)
                await self.begin()


@pytest.mark.thorough
@given(steps=STEPS)
def test_no_mixture_of_appends_faults_and_crashes_loses_doubles_or_reorders(steps: list[Step]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        machine = Machine(f"sqlite:///{Path(folder) / 'journal.db'}")
        asyncio.run(_play(machine, steps))
        stored = list(read_events(machine.url))
    events = [each.event for each in stored]
    assert all(event in events for event in machine.durable)
    ends = [event.call for event in events if isinstance(event, CallEnded)]
    assert len(ends) == len(set(ends))
    plain = [event.at.mono for event in events if not isinstance(event, CallEnded)]
    assert plain == sorted(set(plain))
    for life in machine.lives:
        _is_prefix([event for event, _ in life if not isinstance(event, CallEnded)], events)
    assert [event for event, _ in machine.lives[-1] if not isinstance(event, CallEnded)] == [
        event for event in events if event in [each for each, _ in machine.lives[-1]] and not isinstance(event, CallEnded)
    ]
    for heard in machine.heard:
        assert [each.seq for each in heard] == sorted({each.seq for each in heard})


async def _play(machine: Machine, steps: list[Step]) -> None:
    await machine.begin()
    for step in steps:
        await machine.do(step)
    await machine.finish("close")


def _is_prefix(life: list[Event], events: list[Event]) -> None:
    """What is stored of one life is its beginning, without a hole."""
    kept = [event for event in life if event in events]
    assert kept == life[: len(kept)]
