"""The agents' telephones over ARI: a ring is one channel, named by its offer.

Laws, as real Asterisk 22 taught them:

* the channel is created in our application first and dialled when it is there: one that is dialled on its way into the application
  is hung up when the phone answers while nobody of us listens; this one waits for the next of us. The answer's moment is that of the
  200 OK, which the ``Dial`` event carries;
* ``409`` or ``500`` on creating the channel mean "it is there already" or "the endpoint has no contact", whichever way the last
  system call of that thread went: only a look tells which;
* our own time-out, like our own hang-up, is a soft hang-up request;
* a leg that ended by our time-out without ever having rung was not ignored by anybody: its phone is not there.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

import msgspec
import structlog

from hotline.clock import Clock
from hotline.ids import CallId, OfferId, SeatNo
from hotline.moment import Moment
from telephony.ari_link import AriLink
from telephony.ari_messages import ChannelDestroyed, ChannelHangupRequest, Dial
from telephony.ari_wire import Reply, query
from telephony.ports import (
    HangUpCause,
    HeldBySeat,
    PhoneAnswered,
    PhoneHungUp,
    PhoneRefused,
    PhoneRinging,
    RefusalCause,
    SwitchSignal,
)

log = structlog.get_logger("telephony")
TIME_OUT = 19
"""Q.850: the phone rang and nobody took it."""
REMEMBERED = 4096
"""Legs kept in mind, so that a ring repeated after its leg's end rings nobody again."""
Q850: dict[int, RefusalCause] = {
    17: "busy", 21: "declined", 18: "no_answer", 19: "no_answer", 20: "unreachable", 3: "unreachable", 1: "unreachable",
    27: "unreachable",
}  # fmt: skip
"""ITU-T Q.850 causes as chan_pjsip maps SIP statuses to them (486 is 17, 603 is 21, 480 is 19)."""


@dataclass(slots=True)
class Leg:
    """What we know of one ring."""

    longest_s: int = 0
    """How long to ring; 0: it was there before our time, and dialled."""
    rang: bool = False
    told_answered: bool = False
    stopped: bool = False
    ended: bool = False


def offer_of(channel: str) -> OfferId | None:
    """The offer a channel id stands for, if any (hotline.ids.offer_id)."""
    return OfferId(channel) if channel.startswith("o-") else None


def call_of(offer: OfferId) -> CallId:
    """The call an offer is about."""
    return CallId(f"c-{offer[2:].rpartition('-')[0]}")


def refusal(cause: int, sip_status: int | None, rang: bool) -> RefusalCause:
    """Why a leg ended unanswered: Q.850 cause, the SIP status that caused it (None: our own time-out), whether it rang."""
    if sip_status == 480:
        return "unreachable" if not rang else "declined"  # do not disturb; a phone that rang and was then silenced
    found = Q850.get(cause, "failed")
    return "unreachable" if found == "no_answer" and not rang else found


class AriPhones:
    """Implements :class:`telephony.ports.SeatPhones`; the switch feeds it the events of channels named by offers."""

    def __init__(self, link: AriLink, clock: Clock, emit: Callable[[SwitchSignal], None], app: str) -> None:
        self._link = link
        self._clock = clock
        self._emit = emit
        self._app = app
        self._legs: OrderedDict[OfferId, Leg] = OrderedDict()

    # -- the port ------------------------------------------------------------------------------------------------

    async def ring(self, offer: OfferId, call: CallId, seat: SeatNo, endpoint: str, caller_label: str, longest: timedelta) -> None:
        """Send the INVITE; what becomes of it arrives as signals. Raises SwitchAway."""
        if offer in self._legs:
            return
        leg = self._leg(offer)
        leg.longest_s = max(1, round(longest.total_seconds()))
        wish = query("channels/create", endpoint=f"PJSIP/{endpoint}", app=self._app, appArgs=f"seat,{offer}", channelId=offer)
        shown = msgspec.json.encode({"variables": {"CONNECTEDLINE(all)": label(caller_label)}}).decode()
        reply = await self._link.ask("POST", wish, shown)
        if reply.status in (409, 500):
            reply = await self._link.ask("GET", f"channels/{offer}")
        if not reply.ok and not leg.ended:
            log.warning("a seat's phone could not be rung", offer=offer, seat=seat, status=reply.status)
            leg.ended = True
            self._emit(PhoneRefused(offer, "unreachable" if reply.status == 404 else "failed", self._clock.now()))

    async def stop(self, offer: OfferId, cause: HangUpCause) -> None:
        """Stop ringing, or hang the leg up. The leg's end comes as a signal as usual. Raises SwitchAway."""
        leg = self._legs.get(offer)
        if leg is not None:
            leg.stopped = True
        if leg is None or not leg.ended:
            await self._link.ask("DELETE", query(f"channels/{offer}", reason=cause))

    # -- what the switch tells -----------------------------------------------------------------------------------

    def on_dial(self, event: Dial, offer: OfferId, at: Moment) -> None:
        """The leg's progress: ringing or answered."""
        leg = self._leg(offer)
        if event.dialstatus in ("RINGING", "PROGRESS") and not leg.rang:
            leg.rang = True
            self._emit(PhoneRinging(offer, at))
        elif event.dialstatus == "ANSWER" and not leg.told_answered and not leg.ended:
            leg.told_answered = True
            self._emit(PhoneAnswered(offer, at))

    def on_entered(self, offer: OfferId) -> None:
        """The leg we created is in our application: now it can be dialled. Raises SwitchAway."""
        leg = self._leg(offer)
        if leg.stopped:  # over HTTP the word to stop may have overtaken the creation
            self._link.tell("DELETE", f"channels/{offer}")
        elif leg.longest_s and not leg.ended:
            self._link.send("POST", query(f"channels/{offer}/dial", timeout=leg.longest_s), partial(self._dialled, offer))
            leg.longest_s = 0

    def _dialled(self, offer: OfferId, reply: Reply) -> None:
        """The reply to a ``dial``; a leg that could not be dialled is hung up, and its end is told as usual."""
        if not reply.ok and reply.status:
            log.warning("a seat's phone could not be dialled", offer=offer, status=reply.status)
            self._link.tell("DELETE", f"channels/{offer}")

    def on_hang_up(self, event: ChannelHangupRequest | ChannelDestroyed, offer: OfferId, at: Moment) -> None:
        """The leg is going or gone; the first word of it counts."""
        leg = self._leg(offer)
        if leg.ended:
            return
        leg.ended = True
        if event.channel.state == "Up":
            self._emit(PhoneHungUp(offer, at))
            return
        rang_out = isinstance(event, ChannelHangupRequest) and bool(event.soft) and not leg.stopped
        cause = TIME_OUT if rang_out else event.cause or 0
        self._emit(PhoneRefused(offer, "failed" if leg.stopped else refusal(cause, event.tech_cause, leg.rang), at))

    def on_missing(self, offer: OfferId) -> None:
        """A look at the exchange showed that the leg is gone; its end was missed while the link was down."""
        leg = self._legs.get(offer)
        if leg is not None and not leg.ended:
            leg.ended = True
            now = self._clock.now()
            self._emit(PhoneHungUp(offer, now) if leg.told_answered else PhoneRefused(offer, "failed", now))

    def on_hold(self, offer: OfferId, held: bool, at: Moment) -> None:
        """The phone put the other side on hold, or took it back."""
        self._emit(HeldBySeat(offer, held, at))

    def on_found(self, offer: OfferId, up: bool) -> None:
        """A look at the exchange showed this leg (after a restart of ours)."""
        leg = self._leg(offer)
        leg.told_answered = leg.told_answered or up

    def alive(self) -> list[OfferId]:
        """The legs that have not ended as far as we know."""
        return [offer for offer, leg in self._legs.items() if not leg.ended]

    def _leg(self, offer: OfferId) -> Leg:
        leg = self._legs.get(offer)
        if leg is None:
            leg = self._legs[offer] = Leg()
            if len(self._legs) > REMEMBERED:
                self._forget()
        return leg

    def _forget(self) -> None:
        for offer, leg in self._legs.items():
            if leg.ended:
                del self._legs[offer]
                return


def label(caller_label: str) -> str:
    """``"shown" <shown>`` with nothing in it that could end the name or the header."""
    shown = "".join(mark for mark in caller_label if mark.isprintable() and mark not in '"<>\\,;')[:40]
    return f'"{shown}" <{"".join(mark for mark in shown if (mark.isascii() and mark.isalnum()) or mark == "*") or "12329"}>'
