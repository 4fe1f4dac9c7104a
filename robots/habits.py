"""What robots are told to be like: settings of the demo's crowd, read from one JSON file (mode 0600: it holds passwords).

The server writes the file from its own settings and starts ``python -m robots crowd FILE``.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from hotline.errors import ConfigError
from hotline.secret import Secret

Span = tuple[float, float]
"""At least and at most, in seconds."""
Share = Annotated[float, Meta(ge=0, le=1)]


class _Section(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Base: an unknown field is refused by its name."""


class DemoAccount(_Section, frozen=True, kw_only=True):
    """An invented depositor a robot may log in as."""

    number: str
    pin: Secret

    def __repr__(self) -> str:
        return f"DemoAccount(****{self.number[-4:]})"


class RobotSeat(_Section, frozen=True, kw_only=True):
    """A seat's phone with a robot at it."""

    user: str
    """The phone's account, ``hl-3``."""
    password: Secret
    agent: str
    """The agent number to sign in with, ``8003``."""


class CallerHabits(_Section, frozen=True, kw_only=True):
    """What robot callers do, how often and how long (domain: seed 001's self-services, 0 for a person)."""

    guide_keys: tuple[str, ...] = ("1", "1", "1")
    account_keys: tuple[str, ...] = ("2", "1")
    """The way to the login of the personal account."""
    result_keys: tuple[str, ...] = ("1",)
    """After the login."""
    wants_guide: Share = 0.2
    wants_account: Share = 0.35
    mistypes_pin: Share = 0.05
    then_a_person: Share = 0.4
    """Of those who used self-service, how many press 0 afterwards; the others pressed 0 at once."""
    leaves_early: Share = 0.08
    """Hangs up somewhere on the way."""
    before_key: Span = (2.0, 6.0)
    hears_result: Span = (6.0, 15.0)
    patience: Span = (40.0, 120.0)
    talks: Span = (8.0, 40.0)
    ends_talk: Share = 0.4
    """Hangs up by itself; the others wait for the agent's farewell and answer the survey."""
    survey_keys: str = "111123"
    """Drawn from: mostly satisfied."""


class SeatHabits(_Section, frozen=True, kw_only=True):
    """What robot agents do."""

    sign_in: str = "*81"
    available: str = "*82"
    wrapped_up: str = "*84"
    answers_after: Span = (1.0, 4.0)
    greets_after: Annotated[float, Meta(ge=0)] = 3.5
    """The agent number is announced to both at first; a greeting spoken into it is not understood."""
    talks: Span = (8.0, 40.0)
    wraps_up: Span = (3.0, 15.0)
    lets_it_ring: Share = 0.02
    """Too late at the phone: back after a while with *82."""
    break_s: float = 20.0
    again_s: Annotated[float, Meta(gt=0)] = 5.0
    """Between two attempts to register or to sign in, while the exchange is not there yet."""
    idle_s: float = 180.0
    """No call for so long: press *82 once more, in case the exchange took the seat for lost."""


class CrowdSettings(_Section, frozen=True, kw_only=True):
    """The whole crowd."""

    host: str = "127.0.0.1"
    port: Annotated[int, Meta(ge=1, le=65535)] = 5060
    number: str = "12329"
    caller_bind: str = "127.0.0.2"
    """The address calls come from: the carrier's trunk is known by it."""
    caller_user: str = "trunk"
    caller_password: Secret | None = None
    """For a caller account instead of a trunk."""
    seat_bind: str = "127.0.0.1"
    rtp_ports: tuple[int, int] = (22000, 22999)
    seats: tuple[RobotSeat, ...] = ()
    accounts: tuple[DemoAccount, ...] = ()
    mean_gap_s: Annotated[float, Meta(gt=0)] = 15.0
    """Mean time between two arrivals; they come at random (Poisson)."""
    most_callers: Annotated[int, Meta(ge=1, le=200)] = 4
    calls: Annotated[int, Meta(ge=0)] = 0
    """How many calls in all; 0: until stopped."""
    seed: int | None = None
    """Equal seeds, equal plans."""
    caller_sound: str = ""
    seat_sound: str = ""
    """PCM16 8 kHz wav files to speak with; empty: a murmur."""
    callers: CallerHabits = CallerHabits()
    agents: SeatHabits = SeatHabits()


def load_crowd(path: Path) -> CrowdSettings:
    """The crowd described in ``path``. Raises ConfigError naming file and field."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=CrowdSettings, dec_hook=_decode)
    except OSError as error:
        raise ConfigError(f"{path}: {error.strerror}") from None
    except msgspec.MsgspecError as error:
        raise ConfigError(f"{path}: {error}") from None


def _decode(kind: type, value: Any) -> Any:
    if kind is Secret and isinstance(value, str):
        return Secret(value)
    raise NotImplementedError(f"no {kind.__name__} here")
