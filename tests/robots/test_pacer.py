"""The beat: driven by the clock, made good when late, skipping after a stall."""

from __future__ import annotations

import asyncio

from robots.pacer import BURST, Pacer


class Counter:
    """Counts its beats."""

    def __init__(self, enough: int) -> None:
        self.beats = 0
        self.skipped = 0
        self.done = asyncio.Event()
        self._enough = enough

    def beat(self) -> None:
        self.beats += 1
        if self.beats >= self._enough:
            self.done.set()

    def skip(self, beats: int) -> None:
        self.skipped += beats


async def test_all_streams_beat_together_until_they_leave() -> None:
    pacer, one, two = Pacer(), Counter(3), Counter(3)
    pacer.join(one)
    pacer.join(two)
    pacer.join(two)
    await asyncio.gather(one.done.wait(), two.done.wait())
    assert one.beats == two.beats
    pacer.leave(one)
    before, two.beats = one.beats, 0
    two.done.clear()
    await two.done.wait()
    assert one.beats == before


async def test_after_a_stall_what_is_due_is_sent_at_once_and_the_rest_skipped() -> None:
    pacer, stream = Pacer(), Counter(1)
    pacer.join(stream)
    await stream.done.wait()
    pacer._origin -= 0.2  # as if the whole process had stood still: ten beats
    before = stream.beats
    stream.done.clear()
    await stream.done.wait()
    pacer.leave(stream)
    assert stream.beats - before == BURST
    assert stream.skipped >= 5


async def test_an_idle_pacer_has_no_timer() -> None:
    pacer, stream = Pacer(), Counter(1)
    pacer.leave(stream)
    pacer.join(stream)
    await stream.done.wait()
    pacer.leave(stream)
    assert pacer._timer is None
