"""Rule of what is offered 开放的服务: which keys of a menu lead somewhere at this moment, and how the menu is said.

A menu's words are made of its options, so what is said is always what is offered. Not offered is: what the centre switched off or
closed for the hour (``[services]``), what has no Python dialog here, what needs a login nobody can do here, a person outside
staffed hours, and a menu that has nothing left to offer.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, time

from ivr.menu import BACK, MAIN_MENU, WORDS, Menu, Node, Service, label, option_words

Option = Mapping[str, str]
TAIL_PROMPTS = {"back": "tail_back", "main": "tail_main", "person": "tail_person", "again": "tail_again", "hang_up": "tail_hang_up"}


@dataclass(frozen=True, slots=True)
class Situation:
    """What an offer depends on: the local moment, whether people take calls, whether it is a working day, the dialogs there are."""

    at: datetime
    staffed: bool
    working_day: bool
    dialogs: Collection[str]


def standing(menu: Menu, node: str, staffed: bool) -> str:
    """The node that stands at ``node`` now: its ``closed`` one outside staffed hours, and back again within them."""
    here = menu.nodes[node]
    if not staffed:
        return here.closed or node
    if here.hours == "off":
        return next((other.id for other in menu.nodes.values() if other.closed == node and other.action == here.action), node)
    return node


def offered(menu: Menu, node: Node, now: Situation) -> dict[str, str]:
    """The keys of a menu that lead somewhere now, with their targets, in the order they are said."""
    return {key: to for key, to in node.keys.items() if to in WORDS or is_offered(menu, to, now)}


def is_offered(menu: Menu, node: str, now: Situation, _above: frozenset[str] = frozenset()) -> bool:
    """Whether a key that leads to ``node`` is offered now."""
    here = menu.nodes[standing(menu, node, now.staffed)]
    if here.id in _above or not (
        is_on(menu, node, now) and is_on(menu, here.id, now) and _is_time(here, now) and _can_log_in(menu, here, now)
    ):
        return False
    match here.action:
        case "menu":
            above = _above | {here.id}
            return any(to in WORDS or is_offered(menu, to, now, above) for to in here.keys.values())
        case "dialog":
            return here.dialog in now.dialogs
        case "queue":
            return now.staffed
        case _:
            return True


def is_on(menu: Menu, node: str, now: Situation) -> bool:
    """Whether the centre offers ``node`` and all above it at this hour."""
    return all(is_open(service, now) for service in services_of(menu, node))


def services_of(menu: Menu, node: str) -> list[Service]:
    """What the centre's ``[services]`` say about a node: its own entry first, then those of the menus above."""
    found: list[Service] = []
    seen: set[str] = set()
    while node in menu.nodes and node not in seen:
        seen.add(node)
        if node in menu.services:
            found.append(menu.services[node])
        node = menu.nodes[node].parent
    return found


def is_open(service: Service, now: Situation) -> bool:
    """Whether a service is on at this hour; ``closes`` before ``opens`` means over midnight."""
    if not service.on or (service.days == "working" and not now.working_day):
        return False
    opens, closes = time.fromisoformat(service.opens or "00:00"), time.fromisoformat(service.closes or "00:00")
    clock = now.at.time()
    if opens == closes:
        return True
    return opens <= clock < closes if opens < closes else clock >= opens or clock < closes


def instead(menu: Menu, node: Node, now: Situation) -> dict[str, str]:
    """Key -> prompt said to who presses it although it is not offered now: he knows the menu, and it is not his mistake."""
    shut = {key: to for key, to in node.keys.items() if key not in offered(menu, node, now)}
    return {key: next((s.instead for s in services_of(menu, to) if not is_open(s, now)), "not_offered") for key, to in shut.items()}


def spoken(menu: Menu, node: Node, now: Situation) -> tuple[str, ...]:
    """The prompts that say a menu now: its own, its options, the keys that work everywhere."""
    options = (label(menu, node, key) for key in offered(menu, node, now))
    tails = (_tail(menu, tail) for tail in menu.tails_of(node) if tail != "person" or now.staffed)
    return (*node.prompts, *options, *tails)


def _tail(menu: Menu, tail: str) -> str:
    return option_words(menu.slow.name, menu.slow.key) if tail == "slow" else TAIL_PROMPTS[tail]


def notice_is_on(menu: Menu, at: datetime) -> bool:
    """Whether the urgent notice is to be said at ``at``."""
    notice = menu.notice
    return notice.on and (notice.begins is None or notice.begins <= at) and (notice.ends is None or at < notice.ends)


def _is_time(node: Node, now: Situation) -> bool:
    return node.hours == "7x24" or (node.hours == "staffed") == now.staffed


def _can_log_in(menu: Menu, node: Node, now: Situation) -> bool:
    """Whether somebody can prove here that he is who the node is for."""
    roles = {"person": [menu.roles.login_person], "unit": [menu.roles.login_unit], "any": [menu.roles.login_person, menu.roles.login_unit]}
    logins = roles.get(node.login)
    return logins is None or any(menu.nodes[login].dialog in now.dialogs for login in logins)


__all__ = ["BACK", "MAIN_MENU", "Situation", "instead", "is_offered", "notice_is_on", "offered", "spoken", "standing"]
