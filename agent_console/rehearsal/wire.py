"""What page and house tell each other over the rehearsal's WebSocket: one JSON object a frame, ``kind`` says which.

A frame of the page names a key and nothing else personal; no frame of the house carries a digit the caller keyed. Ids of persons are
masked before they come here.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

SceneName = Literal["now", "staffed", "closed", "holiday"]
"""When it is in a rehearsal: now, on a working day in staffed hours, on one after them, on a holiday."""
What = Literal["id", "citizen", "pin"]
"""What can be keyed for the demo caller: his account, his identity number, his PIN."""


class _Asked(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind", tag=str.lower):
    """Base of what the page says: an unknown field is refused."""


class Begin(_Asked, frozen=True):
    """Dial. ``person``: the demo caller, by his place in the list; ``slow``: he is on the centre's list of slow ones."""

    scene: SceneName = "now"
    person: Annotated[int, Meta(ge=0, le=99)] = 0
    slow: bool = False


class Key(_Asked, frozen=True):
    """A key of the telephone."""

    key: Annotated[str, Meta(pattern=r"^[0-9*#]$")] = msgspec.field()


class Fill(_Asked, frozen=True):
    """Key one of the demo caller's numbers with ``#``, or his PIN."""

    what: What = msgspec.field()


class Leave(_Asked, frozen=True):
    """Hang up."""


Asked = Begin | Key | Fill | Leave


class _Told(msgspec.Struct, frozen=True, tag_field="kind", tag=str.lower):
    """Base of what the house says."""


class Begun(_Told, frozen=True):
    """The call is on. ``when`` says in words when it is; ``walk`` names it for its transcript."""

    walk: str
    menu: str
    when: str
    staffed: bool
    caller: str


class Clip(msgspec.Struct, frozen=True):
    """One sound: ``sound`` names it for playing (empty: not made yet), its words, its seconds."""

    sound: str
    words: str
    seconds: float


class Said(_Told, frozen=True):
    """Something begins to be said, ``at`` seconds into the call; each of its ``clips`` is announced by Sound as it begins."""

    at: float
    clips: tuple[Clip, ...]


class Sound(_Told, frozen=True):
    """The ``clip``-th sound of what is being said begins."""

    clip: int


class Cut(_Told, frozen=True):
    """A key cut short what was being said."""


class Waiting(_Told, frozen=True):
    """A key is waited for and none is there."""


class Stands(_Told, frozen=True):
    """The caller stands at ``node``."""

    node: str


class Noted(_Told, frozen=True):
    """An event the journal would have: its name, what it says to a person (may be empty), its fields, masked."""

    at: float
    name: str
    words: str
    fields: Mapping[str, Any]


class Texted(_Told, frozen=True):
    """A text message the caller would get now: to whom (masked), and what it says. Codes are in it: he must be able to key them."""

    at: float
    number: str
    text: str = msgspec.field()


class Ended(_Told, frozen=True):
    """The call is over: how, and that in words."""

    at: float
    how: str
    words: str


class Refused(_Told, frozen=True):
    """The house won't begin, or won't go on; why, in words."""

    why: str


Told = Begun | Said | Sound | Cut | Waiting | Stands | Noted | Texted | Ended | Refused

_decoder: msgspec.json.Decoder[Asked] = msgspec.json.Decoder(Asked)
_encoder = msgspec.json.Encoder()


def read(frame: str) -> Asked:
    """A frame of the page. Raises msgspec.MsgspecError for anything else."""
    return _decoder.decode(frame)


def write(told: Told) -> str:
    """A frame for the page."""
    return _encoder.encode(told).decode()
