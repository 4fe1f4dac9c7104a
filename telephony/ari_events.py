"""What we hear of the exchange: events of callers' channels and of seats' legs become signals.

Laws, as real Asterisk 22 taught them:

* a caller's hang-up is told by ``ChannelHangupRequest``, at the moment of the BYE; ``ChannelDestroyed`` often isn't told at all,
  because the application is unsubscribed when the channel leaves it;
* ``StasisEnd`` without a hang-up is a caller who went into the dialplan (or ran out of time): we subscribe to his channel, so that
  his end is heard there too, and a refused subscription says that he is gone;
* after a new connection what we believe is compared with what there is before anything else is told.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable, Sequence
from functools import partial
from typing import Any

import structlog

from hotline.clock import Clock
from hotline.ids import CallId, ChannelId
from hotline.moment import Moment
from telephony.ari_found import call_in, look, origin
from telephony.ari_line import AriLine
from telephony.ari_link import AriAddress, AriLink, decode_reply
from telephony.ari_messages import (
    Channel,
    ChannelDestroyed,
    ChannelDtmfReceived,
    ChannelHangupRequest,
    ChannelHold,
    ChannelUnhold,
    Dial,
    Event,
    PlaybackFinished,
    RecordingFailed,
    RecordingFinished,
    StasisEnd,
    StasisStart,
)
from telephony.ari_phones import AriPhones, offer_of
from telephony.ari_wire import Reply, query
from telephony.ports import (
    Arrival,
    Connected,
    FeatureDialled,
    LineEnded,
    Lost,
    SwitchSignal,
)
from telephony.signal_stream import SignalStream

log = structlog.get_logger("telephony")
ENDED_KEPT = 4096
FEATURE_S = 0.5


class AriEvents:
    """The listener of the link: knows the lines, feeds the phones, keeps the signals until they are taken."""

    def __init__(self, ari: AriAddress, clock: Clock) -> None:
        self._clock = clock
        self._app = ari.app
        self.link = AriLink(ari, clock, self)
        self.phones = AriPhones(self.link, clock, self._emit, ari.app)
        self._lines: dict[str, AriLine] = {}
        self._ended: OrderedDict[str, Moment] = OrderedDict()
        self._signals = SignalStream()
        self._early: list[SwitchSignal] | None = []
        self._look_at_endpoints = asyncio.Event()
        self._handlers: dict[str, Callable[[Any], None]] = {
            "StasisStart": self._entered,
            "StasisEnd": self._left,
            "ChannelDtmfReceived": self._key,
            "PlaybackFinished": self._played,
            "RecordingFinished": self._recorded,
            "RecordingFailed": self._recorded,
            "ChannelHangupRequest": self._going,
            "ChannelDestroyed": self._going,
            "Dial": self._dialled,
            "ChannelHold": self._hold,
            "ChannelUnhold": self._hold,
        }

    # -- signals -------------------------------------------------------------------------------------------------

    def signals(self) -> AsyncIterator[SwitchSignal]:
        """What happens, for ever. Raises what broke us, if ever something does."""
        return self._signals

    def stopped(self, task: asyncio.Task[None]) -> None:
        """The task that keeps the links up is over: when by a fault of ours, whoever takes the signals must know."""
        if not task.cancelled() and (fault := task.exception()) is not None:
            self._signals.fail(fault)

    def _emit(self, signal: SwitchSignal) -> None:
        if self._early is not None:
            self._early.append(signal)
            return
        self._signals.put(signal)

    # -- what the link tells -------------------------------------------------------------------------------------

    def on_event(self, event: Event) -> None:
        """An event happened."""
        self._handlers[event.type](event)

    def _at(self, event: Event) -> Moment:
        """When; asked only where it matters, keys and prompts are most of the events."""
        return self.link.times.event(event.timestamp)

    async def on_connected(self) -> None:
        """The link is up: compare, then tell."""
        info = decode_reply(await self.link.ask("GET", "asterisk/info?only=system,status"))
        await self._resync()
        version = str(info.get("system", {}).get("version", ""))
        started = str(info.get("status", {}).get("startup_time", ""))
        early, self._early = self._early or [], None
        self._emit(Connected(version, started, self._clock.now()))
        for signal in early:
            self._emit(signal)
        self._look_at_endpoints.set()

    def on_lost(self, why: str) -> None:
        """The link is down, or the application was taken from us."""
        if self.link.replaced:
            for line in self._lines.values():
                line.on_taken()
        was_up, self._early = self._early is None, self._early or []
        if was_up:
            self._signals.put(Lost(why, self._clock.now()))

    async def _resync(self) -> None:
        """Settle what was missed: ends of lines and legs; take note of those that are there."""
        found = await look(self.link, self._clock, self._app)
        there = {channel.channel: channel for channel in found.channels}
        now = self._clock.now()
        for name, line in tuple(self._lines.items()):
            if name not in there:
                self._end(line.call, name, now, by_caller=False, cause=0)
            else:
                line.on_back()
        for offer in self.phones.alive():
            if ChannelId(offer) not in there:
                self.phones.on_missing(offer)
        left = [(one.call, one.channel) for one in found.channels if one.call is not None and one.ours and one.offer is None]
        lines = [self._line(call, channel) for call, channel in left if channel not in self._lines]
        await asyncio.gather(*(line.names.stop_all(self.link) for line in lines))  # what a worker before us left playing
        for channel in found.channels:
            if channel.offer is not None:
                self.phones.on_found(channel.offer, channel.state == "Up")

    # -- events of callers' channels -----------------------------------------------------------------------------

    def _entered(self, event: StasisStart) -> None:
        at = self._at(event)
        match event.args:
            case ["seat", *_] if (offer := offer_of(event.channel.id)) is not None:
                self.phones.on_entered(offer)
            case ["arrived" | "returned", str(call), *_]:
                self._arrived(event.channel, CallId(call), event.args)
            case ["feature", str(endpoint), str(code), *rest]:
                self._emit(FeatureDialled(endpoint, code, rest[0] if rest else "", at))
                self._end_feature(event.channel.id)
            case _:
                log.error("a channel entered our application with words we don't know", channel=event.channel.id)

    def _arrived(self, channel: Channel, call: CallId, words: Sequence[str]) -> None:
        self._ended.pop(channel.id, None)
        self._lines.pop(channel.id, None)  # whoever held it before it left us has been told that it was gone
        self._line(call, ChannelId(channel.id))
        dnis, trunk, joined = origin(self.link, channel, words)
        self._emit(
            Arrival(
                call=call,
                line=ChannelId(channel.id),
                ani=channel.caller.number,
                dnis=dnis,
                trunk=trunk,
                at=self.link.times.past(channel.creationtime),
                internal=trunk == "internal",
                resumed=words[0] == "returned",
                joined=joined,
                answered=channel.state == "Up",
            )
        )

    def _left(self, event: StasisEnd) -> None:
        name = event.channel.id
        line = self._lines.get(name)
        if line is not None and line.gone_at is None and offer_of(name) is None:
            at = self._at(event)
            line.on_gone(at)
            uri = query(f"applications/{self._app}/subscription", eventSource=f"channel:{name}")
            self.link.send("POST", uri, partial(self._followed, line, at))

    def _followed(self, line: AriLine, at: Moment, reply: Reply) -> None:
        if reply.status in (404, 422):
            self._end(line.call, line.channel, at, by_caller=False, cause=0)

    def _key(self, event: ChannelDtmfReceived) -> None:
        line = self._lines.get(event.channel.id)
        if line is not None:
            line.on_key(event.digit, event.timestamp)

    def _played(self, event: PlaybackFinished) -> None:
        playback = event.playback
        line = self._lines.get(playback.target_uri.partition(":")[2])
        if line is not None:
            line.on_played(playback.id, playback.state == "done")

    def _recorded(self, event: RecordingFinished | RecordingFailed) -> None:
        recording = event.recording
        line = self._lines.get(recording.target_uri.partition(":")[2])
        if line is not None:
            line.on_recorded(recording.name, self._at(event))

    def _dialled(self, event: Dial) -> None:
        offer = offer_of(event.peer.id)
        if offer is not None:
            self.phones.on_dial(event, offer, self._at(event))

    def _hold(self, event: ChannelHold | ChannelUnhold) -> None:
        offer = offer_of(event.channel.id)
        if offer is not None:
            self.phones.on_hold(offer, isinstance(event, ChannelHold), self._at(event))

    def _end_feature(self, channel: str) -> None:
        """A feature code has no dialog: the phone hears that it was taken (an answer) and is let go."""
        self.link.tell("POST", f"channels/{channel}/answer")
        asyncio.get_running_loop().call_later(FEATURE_S, self.link.tell, "DELETE", f"channels/{channel}")

    def _going(self, event: ChannelHangupRequest | ChannelDestroyed) -> None:
        name, at = event.channel.id, self._at(event)
        offer = offer_of(name)
        if offer is not None:
            self.phones.on_hang_up(event, offer, at)
            return
        line = self._lines.get(name)
        call = line.call if line is not None else call_in(event.channel, self._app)
        if call is not None:
            by_caller = isinstance(event, ChannelHangupRequest) and not event.soft
            self._end(call, name, at, by_caller, event.cause or 16)

    def _end(self, call: CallId, channel: str, at: Moment, by_caller: bool, cause: int) -> None:
        line = self._lines.pop(channel, None)
        if line is not None:
            line.on_gone(at)
        if channel in self._ended:
            return
        self._ended[channel] = at
        if len(self._ended) > ENDED_KEPT:
            self._ended.popitem(last=False)
        self._emit(LineEnded(call, ChannelId(channel), at, by_caller, cause))

    def _line(self, call: CallId, channel: ChannelId) -> AriLine:
        line = self._lines.get(channel)
        if line is None:
            line = AriLine(self.link, self._clock, call, channel)
            if channel in self._ended:
                line.on_gone(self._ended[channel])
            else:
                self._lines[channel] = line
        return line
