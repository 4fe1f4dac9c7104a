"""The agents' telephones over ARI: a ring is one channel, named by its offer.

Laws, as real Asterisk 22 taught them:

* a phone's answer is told when its channel has entered our application (before, it can't be put into a bridge), with the moment
  of the 200 OK, which the ``Dial`` event carries;
* ``409`` or ``500`` on creating the channel mean "it is there already" or "the endpoint has no contact", whichever way the last
  system call of that thread went: only a look tells which;
* a leg that ended by our time-out without ever having rung was not ignored by anybody: its phone is not there.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

import structlog

from hotline.clock import Clock
from hotline.ids import CallId, OfferId, SeatNo
from hotline.moment import Moment
from telephony.ari_link import AriLink
from telephony.ari_messages import ChannelDestroyed, ChannelHangupRequest, Dial
from telephony.ari_wire import query
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

    rang: bool = False
    answered_at: Moment | None = None
    told_answered: bool = False
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
        wish = query(
            "channels", endpoint=f"PJSIP/{endpoint}", app=self._app, appArgs=f"seat,{offer}", channelId=offer,
            callerId=label(caller_label), timeout=max(1, round(longest.total_seconds())),
        )  # fmt: skip
        reply = await self._link.ask("POST", wish)
        if reply.status in (409, 500):
            reply = await self._link.ask("GET", f"channels/{offer}")
        if not reply.ok and not leg.ended:
            log.warning("a seat's phone could not be rung", offer=offer, seat=seat, status=reply.status)
            leg.ended = True
            self._emit(PhoneRefused(offer, "unreachable" if reply.status == 404 else "failed", self._clock.now()))

    async def stop(self, offer: OfferId, cause: HangUpCause) -> None:
        """Stop ringing, or hang the leg up. The leg's end comes as a signal as usual. Raises SwitchAway."""
        leg = self._legs.get(offer)
        if leg is None or not leg.ended:
            await self._link.ask("DELETE", query(f"channels/{offer}", reason=cause))

    # -- what the switch tells -----------------------------------------------------------------------------------

    def on_dial(self, event: Dial, offer: OfferId, at: Moment) -> None:
        """The leg's progress: ringing or answered."""
        leg = self._leg(offer)
        if event.dialstatus in ("RINGING", "PROGRESS") and not leg.rang:
            leg.rang = True
            self._emit(PhoneRinging(offer, at))
        elif event.dialstatus == "ANSWER" and leg.answered_at is None:
            leg.answered_at = at

    def on_entered(self, offer: OfferId, at: Moment) -> None:
        """The leg entered our application: it was answered, and can be commanded now."""
        leg = self._leg(offer)
        if not leg.told_answered and not leg.ended:
            leg.told_answered = True
            self._emit(PhoneAnswered(offer, leg.answered_at or at))

    def on_hang_up(self, event: ChannelHangupRequest | ChannelDestroyed, offer: OfferId, at: Moment) -> None:
        """The leg is going or gone; the first word of it counts."""
        leg = self._leg(offer)
        if leg.ended:
            return
        leg.ended = True
        if event.channel.state == "Up":
            if leg.answered_at is not None and not leg.told_answered:
                self._emit(PhoneAnswered(offer, leg.answered_at))
            self._emit(PhoneHungUp(offer, at))
            return
        by_us = isinstance(event, ChannelHangupRequest) and bool(event.soft)
        cause = "failed" if by_us else refusal(event.cause or 0, _status(event), leg.rang)
        self._emit(PhoneRefused(offer, cause, at))

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


def _status(event: ChannelHangupRequest | ChannelDestroyed) -> int | None:
    """The SIP status the phone sent. A ``ChannelDestroyed`` alone is our own time-out, whatever status it names."""
    return event.tech_cause if isinstance(event, ChannelHangupRequest) else None


def label(caller_label: str) -> str:
    """``"shown" <shown>`` with nothing in it that could end the name or the header."""
    shown = "".join(mark for mark in caller_label if mark.isprintable() and mark not in '"<>\\,;')[:40]
    return f'"{shown}" <{"".join(mark for mark in shown if (mark.isascii() and mark.isalnum()) or mark == "*") or "12329"}>'
