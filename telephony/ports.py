"""What the house asks of a telephone exchange, in the house's own words.

Three ports. A :class:`Line` is one caller's channel, held by one dialog at a time; :class:`SeatPhones` ring the agents;
the :class:`Switch` joins, records, tells what really exists and reports **signals**. A signal is untrusted: it may come late,
doubled or out of order, and is never an error. The same contract suite runs against the real adapter and the fake
(tests/contracts/telephony.py).
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Literal, Protocol

from hotline.ids import BridgeId, CallId, ChannelId, OfferId, RecordingId, SeatNo
from hotline.masking import mask_phone
from hotline.moment import Moment
from hotline.secret import Secret
from telephony.errors import HungUp as HungUp
from telephony.errors import LineHeld as LineHeld
from telephony.errors import SwitchAway as SwitchAway
from telephony.errors import SwitchRefused as SwitchRefused
from telephony.found import Found as Found
from telephony.found import FoundChannel as FoundChannel

Key = str
"""One telephone key: ``0``-``9``, ``*``, ``#``, ``A``-``D``."""
Sound = str
"""A sound file's absolute path without its extension, as Asterisk plays it."""
HangUpCause = Literal["normal", "busy", "no_answer", "answered_elsewhere", "failure"]
RefusalCause = Literal["declined", "busy", "no_answer", "unreachable", "failed"]


@dataclass(frozen=True, slots=True)
class Arrival:
    """A caller's channel entered our application. ``wall`` of ``at`` is the exchange's own time of the INVITE."""

    call: CallId
    line: ChannelId
    ani: str = field(repr=False)
    dnis: str
    trunk: str
    at: Moment
    internal: bool = False
    resumed: bool = False
    """Handed over by a redirect or found on reconnect, not a new call."""
    joined: Moment | None = None
    """When a caller who was handed over joined the fallback queue: his waiting time counts from there."""
    answered: bool = False
    """He was answered before he came to us."""

    def __str__(self) -> str:
        return f"{self.call} from {mask_phone(self.ani)}"


@dataclass(frozen=True, slots=True)
class LineEnded:
    """A caller's channel is gone (its BYE, ours, or the exchange's). ``by_caller`` as far as the exchange can tell."""

    call: CallId
    line: ChannelId
    at: Moment
    by_caller: bool
    cause: int = 16


@dataclass(frozen=True, slots=True)
class PhoneRinging:
    """180 from a seat's phone."""

    offer: OfferId
    at: Moment


@dataclass(frozen=True, slots=True)
class PhoneAnswered:
    """200 OK from a seat's phone."""

    offer: OfferId
    at: Moment


@dataclass(frozen=True, slots=True)
class PhoneRefused:
    """The seat's leg ended before it was answered, or could not be made at all."""

    offer: OfferId
    cause: RefusalCause
    at: Moment


@dataclass(frozen=True, slots=True)
class PhoneHungUp:
    """The seat's answered leg is gone."""

    offer: OfferId
    at: Moment


@dataclass(frozen=True, slots=True)
class HeldBySeat:
    """The seat's phone put the other side on hold (``held``) or took it back."""

    offer: OfferId
    held: bool
    at: Moment


@dataclass(frozen=True, slots=True)
class SeatReachable:
    """A seat's endpoint has a registered contact, or has none any more."""

    endpoint: str
    reachable: bool
    at: Moment


@dataclass(frozen=True, slots=True)
class FeatureDialled:
    """A seat's phone dialled a feature code (``*81`` sign in with agent number, ``*82`` available, ...)."""

    endpoint: str
    code: str
    argument: str
    at: Moment


@dataclass(frozen=True, slots=True)
class Connected:
    """We hear the exchange (again): time to compare what it has with what we believe. ``started`` names its run."""

    version: str
    started: str
    at: Moment


@dataclass(frozen=True, slots=True)
class Lost:
    """We no longer hear the exchange."""

    why: str
    at: Moment


SwitchSignal = (
    Arrival | LineEnded | PhoneRinging | PhoneAnswered | PhoneRefused | PhoneHungUp | HeldBySeat | SeatReachable
    | FeatureDialled | Connected | Lost
)  # fmt: skip


class Line(Protocol):
    """One caller's channel. Every method raises :class:`HungUp` once the caller is gone."""

    call: CallId
    channel: ChannelId

    @property
    def hung_up(self) -> bool:
        """Whether the channel is known to be gone."""
        ...

    @property
    def key_age(self) -> timedelta:
        """How long ago the key handed out last was pressed: it may have been kept while something protected was said."""
        ...

    async def answer(self) -> None:
        """Take the call (200 OK). Answering twice is harmless."""
        ...

    async def say(self, *sounds: Sound, interruptible: bool = True) -> Key | None:
        """Play ``sounds`` one after the other; the key that interrupted them, or None when they were heard out.

        A key pressed before is taken at once when ``interruptible``; when not, keys pressed meanwhile are kept.
        """
        ...

    async def key(self, wait: timedelta) -> Key | None:
        """The next key (a kept one first), or None when ``wait`` passes without one."""
        ...

    def forget_keys(self) -> None:
        """Throw away kept keys."""
        ...

    async def music(self, on: bool) -> None:
        """Start or stop music on hold."""
        ...

    async def record(self, name: RecordingId, longest: timedelta, silence: timedelta, end_key: Key) -> timedelta:
        """Record what the caller says until ``end_key``, silence (zero: however long) or ``longest``; the length recorded.

        It lies in :meth:`Switch.spool` as ``<name>.wav``. A hang-up ends it: what was said until then is in the file a moment later.
        """
        ...

    async def hang_up(self, cause: HangUpCause = "normal") -> None:
        """End the call. Harmless when it is gone already."""
        ...


class SeatPhones(Protocol):
    """The agents' telephones. What becomes of a ring arrives as a signal named by its offer."""

    async def ring(self, offer: OfferId, call: CallId, seat: SeatNo, endpoint: str, caller_label: str, longest: timedelta) -> None:
        """Send the INVITE. Repeating it with the same offer rings nobody twice. Failure comes as PhoneRefused too."""
        ...

    async def stop(self, offer: OfferId, cause: HangUpCause) -> None:
        """Stop ringing, or hang the seat's leg up. Harmless when it is gone."""
        ...


class Switch(Protocol):
    """The exchange as a whole."""

    def signals(self) -> AsyncIterator[SwitchSignal]:
        """What happens, for ever, over reconnections; one consumer."""
        ...

    def line(self, arrival: Arrival) -> AbstractAsyncContextManager[Line]:
        """Hold a caller's channel; leaving the context gives it back without hanging up."""
        ...

    async def connect(self, call: CallId, line: ChannelId, offer: OfferId, announce: Sequence[Sound]) -> None:
        """Join the caller and the seat's leg and play ``announce`` into the bridge (no gap in talk). Repeatable."""
        ...

    async def disconnect(self, call: CallId) -> None:
        """Take the bridge of ``call`` away; the legs stay up, and the caller can be spoken to when this returns. Repeatable."""
        ...

    async def start_recording(self, call: CallId, line: ChannelId, recording: RecordingId) -> None:
        """Record both sides into two files by Asterisk itself, so that our death doesn't end it."""
        ...

    async def stop_recording(self, line: ChannelId, recording: RecordingId) -> None:
        """End the recording. Harmless when the channel is gone (Asterisk ended it then)."""
        ...

    async def spool(self) -> Path:
        """The folder :meth:`Line.record` records into. Raises SwitchAway."""
        ...

    async def end_recording(self, name: RecordingId) -> None:
        """End what :meth:`Line.record` records, also when whoever began it is gone. Harmless when there is nothing. Raises SwitchAway."""
        ...

    async def found(self) -> Found:
        """Channels, bridges and reachable endpoints as they really are. Raises SwitchAway."""
        ...

    async def take_back(self, line: ChannelId) -> None:
        """Bring a caller who waits in the dialplan's fallback queue back into our application (AMI Redirect)."""
        ...

    async def to_fallback(self, line: ChannelId) -> None:
        """Send a caller on to the dialplan's own queue (ARI continue)."""
        ...

    async def hang_up(self, channel: ChannelId, cause: HangUpCause = "normal") -> None:
        """Hang any channel up. Harmless when it is gone."""
        ...

    async def remove_bridge(self, bridge: BridgeId) -> None:
        """Remove a bridge nobody owns."""
        ...

    async def show_presence(self, seat: SeatNo, endpoint: str, agent: str, takes_calls: bool, signed_in: bool) -> None:
        """Tell the fallback queue who may be rung (AMI QueueAdd, QueueRemove, QueuePause)."""
        ...


def as_secret(keys: Sequence[Key]) -> Secret:
    """Digits keyed one by one, as the secret they are."""
    return Secret("".join(keys))
