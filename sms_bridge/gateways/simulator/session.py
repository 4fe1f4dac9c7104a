"""One client's connection to the simulator: logs in, submits, gets its deliveries, and the faults it was promised."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import cast

from hotline.clock import monotonic
from sms_bridge.gateways.simulator.speech import Speech
from sms_bridge.gateways.simulator.station import AGAIN_S, DELIVERIES, Delivery, Station
from sms_bridge.protocols.dialect import Framer, Pdu
from sms_bridge.protocols.fields import Malformed


class Session(asyncio.Protocol):
    """See the module. A PDU that is none ends this session with a line in the log, and nothing else."""

    def __init__(self, station: Station, speech: Speech) -> None:
        self.number = next(station.numbers)
        self.account = ""
        self.receives = False
        self._station = station
        self._speech = speech
        self._framer = Framer(speech.dialect)
        self._out: list[bytes] = []
        self._submits = 0
        self._sequence = 0
        self._unconfirmed: dict[int, Delivery] = {}
        self._transport: asyncio.Transport | None = None
        self._over = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """A client is there; it has to log in first."""
        self._transport = cast("asyncio.Transport", transport)  # uvloop's is none by class, but in all it does
        self._station.note("connected", link=self.number)

    def connection_lost(self, exc: Exception | None) -> None:
        """It is gone: what it did not confirm waits for the next link."""
        self._station.sessions.pop(self.number, None)
        self._station.back(self.account, list(self._unconfirmed.values()))
        self._unconfirmed.clear()
        self._over = True
        self._station.note("gone", link=self.number)
        self._station.flush()

    def data_received(self, data: bytes) -> None:
        """PDUs of the client."""
        try:
            for frame in self._framer.feed(data):
                if self._over:
                    return
                self._take(self._speech.dialect.read(frame))
        except Malformed as error:
            self._station.note("malformed", link=self.number, reason=str(error))
            self._end()
        self._flush()

    def deliver(self, delivery: Delivery) -> bool:
        """See Outlet."""
        if self._over or len(self._unconfirmed) >= DELIVERIES:
            return False
        self._put(delivery)
        self._flush()
        return True

    def repeat(self) -> None:
        """Deliver again what was not confirmed in time."""
        now = monotonic()
        old = [sequence for sequence, each in self._unconfirmed.items() if now - each.sent_at >= AGAIN_S]
        for sequence in old:
            self._put(self._unconfirmed.pop(sequence))
        self._flush()

    def _put(self, delivery: Delivery) -> None:
        self._sequence = self._sequence % 0x7FFFFFFF + 1
        delivery.sent_at, delivery.times = monotonic(), delivery.times + 1
        self._unconfirmed[self._sequence] = delivery
        self._write(delivery.pdu(self._speech, self._sequence, self._station.clock.now().local()))
        if delivery.stat:
            self._station.note("report", link=self.number, id=f"{delivery.id:016x}", stat=delivery.stat, times=delivery.times)

    def _take(self, pdu: Pdu) -> None:
        speech = self._speech
        if pdu.name in speech.login_names:
            self._login(pdu)
        elif not self.account:
            raise Malformed(f"{pdu.name} before the login")
        elif pdu.name == speech.submit_name:
            self._submit(pdu)
        elif pdu.name in speech.answers:
            self._confirmed(pdu)
        elif (bye := speech.bye(pdu)) is not None:
            self._write(bye)
            self._end()
        elif (answer := speech.nod(pdu)) is not None:
            self._write(answer)

    def _login(self, pdu: Pdu) -> None:
        station = self._station
        faults = station.faults
        name = str(pdu.fields.get("Source_Addr", pdu.fields.get("system_id", b"")), "latin-1")
        too_many = bool(faults.too_many) and station.links_of(name) >= faults.too_many
        login = self._speech.login(pdu, station.accounts, wrong_version=faults.wrong_version, too_many=too_many)
        self._framer = Framer(self._speech.dialect)
        self._write(login.answer)
        if not login.account:
            station.note("refused_login", link=self.number, reason=login.words)
            self._end()
            return
        self.account = login.account
        self.receives = pdu.name != "bind_transmitter"
        station.sessions[self.number] = self
        station.note("login", link=self.number, account=self.account, protocol=self._speech.dialect.name)

    def _submit(self, pdu: Pdu) -> None:
        station, speech, faults, dice = self._station, self._speech, self._station.faults, self._station.dice
        self._submits += 1
        what = speech.submission(pdu)
        if faults.garbage_after and self._submits % faults.garbage_after == 0:
            self._out.append(b"\x00\x00\x00\x05garbage, no PDU at all")
            station.note("fault", link=self.number, fault="garbage")
            return
        if dice.falls(faults.silent):
            station.note("fault", link=self.number, fault="silent")
            return
        if station.over_speed(self.account) or dice.falls(faults.flow):
            station.note("flow", link=self.number)
            self._answer(speech.slower(pdu))
            return
        if dice.falls(faults.refused):
            station.note("refused", link=self.number)
            self._answer(speech.refused(pdu))
            return
        id, early = station.take(self.account, self.number, what)
        if early is not None:
            self._put(early)
        if dice.falls(faults.mute):
            station.note("fault", link=self.number, fault="mute")
        else:
            self._answer(speech.taken(pdu, id))
        if faults.close_after and self._submits >= faults.close_after:
            self._cut()

    def _answer(self, pdu: Pdu) -> None:
        if not self._station.faults.slow_s:
            self._write(pdu)
            return
        asyncio.get_running_loop().call_later(self._station.faults.slow_s, self._write_late, pdu)

    def _write_late(self, pdu: Pdu) -> None:
        if not self._over:
            self._write(pdu)
            self._flush()

    def _confirmed(self, pdu: Pdu) -> None:
        delivery = self._unconfirmed.pop(pdu.sequence, None)
        if delivery is not None:
            kind = "report" if delivery.stat else "text"
            self._station.note("confirmed", link=self.number, id=f"{delivery.id:016x}", kind=kind, stat=delivery.stat)

    def _cut(self) -> None:
        """Cut the connection, in the middle of the last answer if so asked."""
        self._station.note("fault", link=self.number, fault="cut")
        if self._station.faults.close_in_pdu and self._out:
            self._out[-1] = self._out[-1][:7]
        self._end()

    def _end(self) -> None:
        self._flush()
        self._over = True
        if self._transport is not None:
            self._transport.close()

    def _write(self, pdu: Pdu) -> None:
        self._out.append(self._speech.dialect.write(pdu))

    def _flush(self) -> None:
        if self._out and self._transport is not None and not self._over:
            self._transport.write(b"".join(self._out))
        self._out.clear()
        self._station.flush()


def session_of(station: Station, speech: Callable[[], Speech]) -> Callable[[], Session]:
    """A maker of sessions, for the server of one port."""
    return lambda: Session(station, speech())
