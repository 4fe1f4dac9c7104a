"""One centre's settings: ``etc/hotline.toml``, typed, each field described, refused whole when one is wrong.

Every field has a default that works on one machine with nothing installed; the file names only what differs. An environment
variable ``HOTLINE_<SECTION>__<FIELD>`` overrides a field. ``hotline config check`` prints what is in force and where from.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, get_type_hints

import msgspec
from msgspec import Meta

from hotline.errors import ConfigError
from hotline.routing import RoutingSettings
from hotline.section import Section as Section

Port = Annotated[int, Meta(ge=1, le=65535)]
Positive = Annotated[int, Meta(ge=1)]
Clock = Annotated[str, Meta(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")]


class CentreSettings(Section, frozen=True, kw_only=True):
    """Who we are."""

    name: Annotated[str, Meta(description="name of the management centre, spoken and printed")] = "示范市住房公积金管理中心"
    number: Annotated[str, Meta(description="the hotline's number", pattern=r"^\d{3,12}$")] = "12329"
    staffed_from: Annotated[Clock, Meta(description="staffed hours begin (working days)")] = "09:00"
    staffed_to: Annotated[Clock, Meta(description="staffed hours end; callers queued then are still served")] = "17:00"
    calendar: Annotated[str, Meta(description="file of holidays and make-up days (date,kind,status)")] = "etc/calendar.csv"
    always_staffed: Annotated[bool, Meta(description="take agent calls at any hour (demo, rehearsal)")] = False


class RuntimeSettings(Section, frozen=True, kw_only=True):
    """Where the product keeps what it makes."""

    folder: Annotated[str, Meta(description="runtime folder: journal, recordings, prompts, Asterisk of our own")] = "var"
    prompts_folder: Annotated[str, Meta(description="synthesised prompts; empty: folder/prompts")] = ""
    secrets_folder: Annotated[str, Meta(description="generated secrets, mode 0600; empty: folder/secrets")] = ""


class AsteriskSettings(Section, frozen=True, kw_only=True):
    """The exchange: which one, on which addresses and ports."""

    binary: Annotated[str, Meta(description="path of an asterisk binary; empty: PATH if >= 22.5, else our own copy")] = ""
    bind: Annotated[str, Meta(description="address SIP and RTP listen on")] = "127.0.0.1"
    sip_port: Annotated[Port, Meta(description="SIP over UDP and TCP")] = 5060
    http_port: Annotated[Port, Meta(description="ARI and WebSocket (ws), loopback only")] = 8088
    https_port: Annotated[Port, Meta(description="WebSocket (wss) for browser phones, loopback only; used when certificate is set")] = 8089
    certificate: Annotated[str, Meta(description="PEM file with the certificate for wss; empty: no wss")] = ""
    certificate_key: Annotated[str, Meta(description="PEM file with its key; empty: in the same file")] = ""
    ami_port: Annotated[Port, Meta(description="AMI, loopback only")] = 5038
    fastagi_port: Annotated[
        int, Meta(ge=0, le=65535, description="the menus over FastAGI too, for a dialplan of your own, loopback only; 0: off")
    ] = 0
    rtp_from: Annotated[Port, Meta(description="first RTP port")] = 10000
    rtp_to: Annotated[Port, Meta(description="last RTP port")] = 10999
    carrier_addresses: Annotated[tuple[str, ...], Meta(description="addresses the carrier's trunk is recognised by")] = ("127.0.0.2",)
    codecs: Annotated[tuple[str, ...], Meta(description="codecs of trunk and seat phones, in order")] = ("alaw", "ulaw")
    rtp_timeout_s: Annotated[Positive, Meta(description="a line without RTP this long is dropped")] = 30
    rtp_timeout_hold_s: Annotated[Positive, Meta(description="the same while on hold")] = 300
    longest_call_s: Annotated[Positive, Meta(description="absolute limit of one call")] = 7200
    qualify_s: Annotated[int, Meta(ge=0, description="seconds between two OPTIONS to a registered seat phone; 0: none")] = 60
    rest_over_websocket: Annotated[bool, Meta(description="REST over the event WebSocket; false: plain HTTP for older Asterisk")] = True
    outlives_us: Annotated[bool, Meta(description="our own Asterisk keeps running when the workers die and is adopted again")] = True


class SeatSettings(Section, frozen=True, kw_only=True):
    """The seats and their telephones."""

    count: Annotated[int, Meta(ge=1, le=10000, description="number of seats (seed 004 §2.1-3: 8)")] = 8
    first_agent: Annotated[int, Meta(ge=1, description="agent number of the demo agent of seat 1")] = 8001
    ring_s: Annotated[Positive, Meta(description="how long a phone rings before the call goes on to the next (ring-no-answer)")] = 15
    wrap_up_target_s: Annotated[Positive, Meta(description="wrap-up target: an alarm, never an end (25 tender, 30 guideline)")] = 25
    wrap_up_cap_s: Annotated[int, Meta(ge=0, description="wrap-up ends here by itself; 0: there is no wrap-up")] = 120
    wrap_up_extension_s: Annotated[Positive, Meta(description="by so much an agent may extend a wrap-up")] = 60
    wrap_up_extensions: Annotated[int, Meta(ge=0, description="how often he may; 0: never")] = 1
    break_limits_s: Annotated[dict[str, Positive], Meta(description="reason = seconds; a longer break is an alarm, never an end")] = (
        msgspec.field(default_factory=dict)
    )
    retry_phone_s: Annotated[Positive, Meta(description="a phone that was busy or failed is tried again after this long")] = 10


class QueueSettings(Section, frozen=True, kw_only=True):
    """The waiting room."""

    announce_every_s: Annotated[Positive, Meta(description="seconds of music between two position announcements")] = 20
    longest_wait_s: Annotated[Positive, Meta(description="a caller who waited this long is offered goodbye")] = 900
    offer_after_s: Annotated[Positive, Meta(description="a caller who waited this long is offered a call-back or a message")] = 60


class MessageSettings(Section, frozen=True, kw_only=True):
    """Voice messages (domain/ivr.md C.MSG)."""

    longest_s: Annotated[int, Meta(ge=10, le=600, description="longest message; the caller is told")] = 180
    silence_s: Annotated[Positive, Meta(description="a message ends by itself after so long a silence")] = 10
    shortest_s: Annotated[float, Meta(gt=0, description="less than this is no message: somebody hung up into the beep")] = 1.5


class MenuSettings(Section, frozen=True, kw_only=True):
    """Manners of the voice menu (domain/ivr.md §2.3)."""

    first_key_s: Annotated[float, Meta(gt=0, description="wait for the first key of a menu")] = 5.0
    next_key_s: Annotated[float, Meta(gt=0, description="wait between two digits of a number")] = 5.0
    first_digit_s: Annotated[float, Meta(gt=0, description="wait for the first digit of a long number")] = 8.0
    code_wait_s: Annotated[float, Meta(gt=0, description="wait for the first digit of a code that is on its way by SMS")] = 20.0
    tries: Annotated[Positive, Meta(description="no-input and invalid together, per node")] = 3
    longest_self_service_s: Annotated[Positive, Meta(description="bound of a call's self-service")] = 600
    slow_factor: Annotated[float, Meta(ge=1, description="so many times longer every wait is in the slow profile")] = 2.0


class LoginSettings(Section, frozen=True, kw_only=True):
    """Identity check (domain/identity.md §5) and the budgets of attempts (ivr/guard/rule.py)."""

    tries_per_call: Positive = 3
    tries_per_account_day: Annotated[Positive, Meta(description="wrong PINs on one account until midnight, whoever dials")] = 3
    tries_per_caller_day: Annotated[Positive, Meta(description="failed logins from one number; company switchboards need some")] = 10
    tries_per_block_day: Annotated[Positive, Meta(description="failed logins from one block of 10,000 numbers")] = 30
    tries_per_pin_day: Annotated[Positive, Meta(description="failures of one and the same PIN, over all accounts")] = 5
    strangers_hour: Annotated[Positive, Meta(description="failed logins of strangers per hour before their share is looked at")] = 120
    strangers_failing_percent: Annotated[int, Meta(ge=1, le=100, description="share of strangers' failures that closes the door")] = 40
    familiar_days: Annotated[Positive, Meta(description="so long a number is familiar after a login")] = 180
    weak_pins_open: Annotated[bool, Meta(description="PINs the policy refuses, chosen before it, open all the same")] = False
    verdict_after_s: Annotated[float, Meta(ge=0, description="every verdict is told this long after the last digit")] = 1.5


class CoreSettings(Section, frozen=True, kw_only=True):
    """The fund's business system."""

    kind: Annotated[str, Meta(pattern="^(demo)$", description="demo: invented depositors in SQL")] = "demo"
    depositors: Annotated[Positive, Meta(description="how many demo depositors to invent")] = 300
    waiting_prompt_after_s: Annotated[float, Meta(gt=0, description="silence the caller may hear while the core thinks")] = 2.0
    give_up_after_s: Annotated[float, Meta(gt=0, description="then the caller is offered a choice")] = 10.0


class SmsSettings(Section, frozen=True, kw_only=True):
    """Texts to and from the provincial SMS platform."""

    signature: Annotated[str, Meta(min_length=2, max_length=8, description="put in front of every text in 【】, counted with it")] = (
        "示范公积金"
    )


class JournalSettings(Section, frozen=True, kw_only=True):
    """The journal of events."""

    url: Annotated[str, Meta(description="SQLAlchemy URL; empty: SQLite in the runtime folder")] = ""
    slow_commit_s: Annotated[float, Meta(gt=0, description="a commit slower than this switches to the memory spool")] = 2.0
    gather_ms: Annotated[int, Meta(ge=0, le=1000, description="events nobody waits for gather this long for one commit")] = 25
    spool_events: Annotated[Positive, Meta(description="bound of the memory spool")] = 100_000
    check_below_mb: Annotated[int, Meta(ge=0, description="a SQLite file up to this size is checked whole at every start")] = 256
    snapshot_every: Annotated[Positive, Meta(description="events between two snapshots of the floor")] = 1000


class KpiSettings(Section, frozen=True, kw_only=True):
    """The figures."""

    wait_basis: Annotated[str, Meta(pattern="^(request|arrival)$", description="which wait fills waittimeavg")] = "request"


class SpeechSettings(Section, frozen=True, kw_only=True):
    """Synthesised prompts; a studio recording with the prompt's id replaces one."""

    studio_folder: Annotated[str, Meta(description="folder of studio recordings named by prompt id")] = "etc/studio"
    words_per_minute: Annotated[int, Meta(ge=80, le=300, description="espeak-ng speed; 190 is about 4 characters a second")] = 190
    slow_words_per_minute: Annotated[int, Meta(ge=80, le=300, description="speed of the slow profile (old people)")] = 130


class WebSettings(Section, frozen=True, kw_only=True):
    """The pages in the browser (agent_console/)."""

    host: Annotated[str, Meta(min_length=1, description="address of the pages; loopback unless TLS stands before it")] = "127.0.0.1"
    port: Annotated[Port, Meta(description="port the pages are served on")] = 8329
    names: Annotated[tuple[str, ...], Meta(description="host names browsers may ask for, beside localhost and the address")] = ()
    rehearsals: Annotated[Positive, Meta(description="rehearsals at once in the browser")] = 8
    rehearsal_idle_s: Annotated[float, Meta(gt=0, description="a rehearsal without a key for so long is ended")] = 180.0


class Settings(Section, frozen=True, kw_only=True):
    """All sections of ``hotline.toml``."""

    centre: CentreSettings = CentreSettings()
    runtime: RuntimeSettings = RuntimeSettings()
    asterisk: AsteriskSettings = AsteriskSettings()
    seats: SeatSettings = SeatSettings()
    queue: QueueSettings = QueueSettings()
    message: MessageSettings = MessageSettings()
    routing: RoutingSettings = RoutingSettings()
    menu: MenuSettings = MenuSettings()
    login: LoginSettings = LoginSettings()
    core: CoreSettings = CoreSettings()
    sms: SmsSettings = SmsSettings()
    journal: JournalSettings = JournalSettings()
    kpi: KpiSettings = KpiSettings()
    speech: SpeechSettings = SpeechSettings()
    web: WebSettings = WebSettings()


def load_settings(path: Path | None, environment: Mapping[str, str] = os.environ) -> Settings:
    """The settings in ``path`` (defaults when None) with the environment's overrides.

    Raises ConfigError naming file, field and remedy; nothing is half accepted.
    """
    given: dict[str, Any] = {}
    name = str(path) if path else "the environment"
    if path is not None:
        try:
            given = tomllib.loads(path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            raise ConfigError(f"{path} is not there; copy etc/hotline.toml or leave --config away") from None
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise ConfigError(f"{path}: {error}; mend the line and start again") from None
    _override(given, environment)
    try:
        return msgspec.convert(given, Settings, strict=False)
    except msgspec.ValidationError as error:
        raise ConfigError(f"{name}: {_explain(str(error))}") from None


def _override(given: dict[str, Any], environment: Mapping[str, str]) -> None:
    sections = get_type_hints(Settings)
    for key, value in environment.items():
        head, _, field = key.removeprefix("HOTLINE_").lower().partition("__")
        if key.startswith("HOTLINE_") and field and head in sections:
            kind = get_type_hints(sections[head]).get(field)
            listed = kind is not None and "tuple" in str(kind)
            given.setdefault(head, {})[field] = value.split(",") if listed else value


def _explain(message: str) -> str:
    """msgspec's sentence with the field's dotted name first and the remedy behind."""
    text, _, where = message.partition(" - at `$.")
    field = where.rstrip("`") or "top level"
    return f"{field}: {text}; `hotline config check` lists every field with its meaning"
