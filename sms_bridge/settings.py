"""Which gateways the bridge talks to and how: ``etc/sms.toml``, typed, each field described, refused whole when one is wrong.

Passwords are not in the file: each account's stands in the installation's vault as ``sms_gateway_<name>``.
"""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from hotline.errors import ConfigError
from hotline.settings import Port, Positive, Section
from sms_bridge.link.model import LinkSettings
from sms_bridge.relay.model import RelaySettings, Route

Carrier = Literal["mobile", "unicom", "telecom", "broadcast"]


class AccountSettings(Section, frozen=True, kw_only=True):
    """One account at a gateway."""

    name: Annotated[str, Meta(min_length=1, max_length=15, description="our name there: SP id (CMPP), system_id (SMPP)")]
    protocol: Annotated[Literal["cmpp20", "cmpp30", "smgp30", "smpp34"], Meta(description="what is spoken")] = "cmpp20"
    host: Annotated[str, Meta(description="the gateway's address")] = "127.0.0.1"
    port: Annotated[Port, Meta(description="its port; CMPP's is 7890 (§7.3)")] = 7890
    links: Annotated[int, Meta(ge=1, le=16, description="connections at once, by contract")] = 1
    source: Annotated[str, Meta(pattern=r"^\d{3,20}$", description="access code texts come from")] = "12329"
    service: Annotated[str, Meta(max_length=10, description="Service_Id agreed with the carrier")] = "GJJ"
    window: Annotated[int, Meta(ge=1, le=1000, description="messages without an answer at most, each link (16 in CMPP §7.1)")] = 16
    per_second: Annotated[float, Meta(ge=0, description="messages a second by contract; 0: any number")] = 0.0
    carriers: Annotated[tuple[Carrier, ...], Meta(description="carriers whose numbers go here; none: all")] = ()
    mutual: Annotated[bool, Meta(description="the gateway must prove that it knows the password")] = True
    hex_ids: Annotated[bool, Meta(description="SMPP: ids are hexadecimal in answers and decimal in reports")] = False
    beat_s: Annotated[float, Meta(gt=0, description="heart-beat after this long without a word")] = 30.0
    answer_s: Annotated[float, Meta(gt=0, description="an answer that takes longer is asked for again")] = 60.0
    tries: Annotated[Positive, Meta(description="so often")] = 3

    def link(self) -> LinkSettings:
        """As the link wants it."""
        return LinkSettings(window=self.window, beat_s=self.beat_s, answer_s=self.answer_s, tries=self.tries)

    def route(self) -> Route:
        """As the relay wants it."""
        return Route(self.name, self.links, self.per_second, frozenset(self.carriers), self.link())


class BridgeSettings(Section, frozen=True, kw_only=True):
    """All of ``sms.toml``."""

    account: Annotated[tuple[AccountSettings, ...], Meta(description="accounts at gateways")] = ()
    report_wait_s: Annotated[float, Meta(ge=0, description="a notice of unknown outcome waits so long for a report")] = 60.0
    tries: Annotated[Positive, Meta(description="a message without an answer so often is a dead letter")] = 5
    reserve: Annotated[int, Meta(ge=0, description="window slots of each link for codes and replies only")] = 2
    price: Annotated[int, Meta(ge=0, description="price of one part in 1/10,000 yuan (500: 0.05 yuan)")] = 500

    def relay(self) -> RelaySettings:
        """As the relay wants it."""
        return RelaySettings(reserve=self.reserve, report_wait_s=self.report_wait_s, tries=self.tries, price=self.price)


def load_bridge_settings(file: Path) -> BridgeSettings:
    """The settings in ``file``. Raises ConfigError naming file, field and remedy."""
    try:
        given = msgspec.convert(tomllib.loads(file.read_text(encoding="utf-8")), BridgeSettings)
    except FileNotFoundError:
        raise ConfigError(f"{file} is not there; copy etc/sms.toml") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, msgspec.ValidationError) as error:
        raise ConfigError(f"{file}: {error}") from None
    names = [each.name for each in given.account]
    if len(names) != len(set(names)):
        raise ConfigError(f"{file}: account: a name stands there twice")
    for each in given.account:
        room = {"cmpp20": 6, "cmpp30": 6, "smgp30": 8}.get(each.protocol, 15)
        if len(each.name.encode()) > room:
            raise ConfigError(f"{file}: account {each.name}: {each.protocol} has room for {room} characters")
    return given
