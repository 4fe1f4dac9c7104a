"""The signals of an exchange on their way to whoever takes them: in order, none lost, whatever becomes of a wait."""

from __future__ import annotations

import asyncio
from typing import Self

import structlog

from telephony.ports import SwitchSignal

log = structlog.get_logger("telephony")
MANY = 10_000
"""So many signals waiting mean that nobody takes them any more."""


class SignalStream:
    """An endless ``async for`` that survives a consumer's time-out (a generator would be over); one consumer."""

    def __init__(self) -> None:
        self._queue: asyncio.Queue[SwitchSignal | BaseException] = asyncio.Queue()

    def put(self, signal: SwitchSignal) -> None:
        """Tell one."""
        self._queue.put_nowait(signal)
        waiting = self._queue.qsize()
        if waiting >= MANY and waiting % MANY == 0:
            log.error("signals of the exchange are not taken", waiting=waiting)

    def fail(self, fault: BaseException) -> None:
        """Nothing more will come, for this reason."""
        self._queue.put_nowait(fault)

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> SwitchSignal:
        signal = await self._queue.get()
        if isinstance(signal, BaseException):
            raise signal
        return signal
