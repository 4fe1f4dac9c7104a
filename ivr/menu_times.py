"""Time to service: how many seconds of speech a caller must hear before each key on the way to a service, told without barge-in."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from ivr.lengths import Lengths
from ivr.menu import WORDS, Menu, Node, label
from ivr.version import MenuVersion

ASKED = {"person": ("ask_number", "ask_pin"), "unit": ("ask_unit", "ask_pin"), "any": ("ask_number", "ask_pin")}
"""What the login says before the caller keys his number, and his PIN."""


@dataclass(frozen=True, slots=True)
class WayTo:
    """The shortest way to a service: keys with the seconds heard before each, the login's two entries among them."""

    service: str
    name: str
    welcome_s: float
    keys: tuple[tuple[str, float], ...]

    @property
    def seconds(self) -> float:
        """Everything heard before the service begins."""
        return self.welcome_s + sum(seconds for _, seconds in self.keys)

    def as_dict(self) -> dict[str, Any]:
        """For ``-o json``."""
        keys = [{"key": key, "seconds": round(seconds, 1)} for key, seconds in self.keys]
        return {"service": self.service, "name": self.name, "seconds": round(self.seconds, 1), "keys": keys}


def times(version: MenuVersion, lengths: Lengths) -> list[WayTo]:
    """The way to every service that keys lead to from the main menu, in the order of the keys; every option counts as offered."""
    menu = version.menu
    welcome = lengths.row(menu.nodes[menu.roles.welcome].prompts)
    ways = [WayTo(node.id, node.name, welcome, keys) for node, keys in _services(menu, lengths)]
    person = menu.nodes[menu.roles.person]
    at_once = (("0", lengths.row(_said_before(menu, menu.nodes[menu.roles.main], ""))),)
    return [*ways, WayTo(person.id, person.name, welcome, at_once)]


def _services(menu: Menu, lengths: Lengths) -> Iterator[tuple[Node, tuple[tuple[str, float], ...]]]:
    """Breadth first, so that the first way found is the one with the fewest keys."""
    found: dict[str, tuple[tuple[str, float], ...]] = {}
    coming = deque([(menu.roles.main, tuple[tuple[str, float], ...](), "")])
    seen = {menu.roles.main}
    while coming:
        at, keys, logged_in = coming.popleft()
        here = menu.nodes[at]
        if here.login and not logged_in:
            keys, logged_in = (*keys, *_login(here, lengths)), here.login
        if here.action != "menu":
            found[at] = keys
            continue
        for key, to in here.keys.items():
            if to in menu.nodes and to not in seen and to not in WORDS:
                seen.add(to)
                told = to == here.first and logged_in and keys and keys[-1][0] == "PIN"
                before = (key, lengths.row(_said_before(menu, here, key)))
                coming.append((to, keys if told else (*keys, before), logged_in))
    for node in menu.nodes.values():
        if node.id in found:
            yield node, found[node.id]


def _login(here: Node, lengths: Lengths) -> Iterator[tuple[str, float]]:
    number, pin = ASKED[here.login]
    yield "号码#", lengths.prompt(number)
    yield "PIN", lengths.prompt(pin)


def _said_before(menu: Menu, here: Node, key: str) -> list[str]:
    """What a menu says up to the words of ``key``; up to those of 0 when it is none of its options."""
    said = list(here.prompts)
    for option in here.keys:
        said.append(label(menu, here, option))
        if option == key:
            return said
    return [*said, *(["tail_person"] if "person" in menu.tails_of(here) else [])]
