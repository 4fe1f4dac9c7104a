"""The menu 流程菜单 as content: what its nodes are, in five actions only (seed 001 §2.2, domain/ivr.md §2.2).

A node is a ``menu`` (keys lead on), a ``dialog`` (a Python dialog is held), a ``queue`` (a person is wanted), a ``repeat`` (said,
and the caller stands where he stood) or an ``end`` (said, and the call is over). There are no conditions and no loops here and
never will be: what depends on the hour is said by ``hours``, ``closed`` and ``[services]``, what depends on the caller is Python.

Everything is frozen: a call keeps the menu it began with.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

Action = Literal["menu", "dialog", "queue", "repeat", "end"]
Login = Literal["", "person", "unit", "any"]
Hours = Literal["7x24", "staffed", "off"]
Tail = Literal["slow", "back", "main", "person", "again", "hang_up"]
Days = Literal["every", "working"]
Clock = Annotated[str, Meta(pattern=r"^(([01]\d|2[0-3]):[0-5]\d)?$")]

ANNOUNCE, NOTICE = "announce", "notice"
"""Dialogs of the walk itself: say the node's prompts; say the urgent notice while it is in force."""
BACK, MAIN_MENU = "back", "main"
"""What a key may lead to beside a node: where the caller came from, the main menu."""
WORDS = (BACK, MAIN_MENU)


class Part(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Base of the parts of a menu file: an unknown field is refused by its name."""


class Node(Part, frozen=True, kw_only=True):
    """One place of the menu. Which fields belong to which action is in :data:`FIELDS_OF`."""

    id: str
    name: Annotated[str, Meta(min_length=1, description="what it is called; in a menu it is said: <name>请按<key>")]
    action: Action
    parent: Annotated[str, Meta(description="the menu that * leads back to")] = ""
    keys: Annotated[Mapping[str, str], Meta(description="key -> node, or the words back, main; said in this order")] = {}
    say: Annotated[Mapping[str, str], Meta(description="key -> other words for its option than the node's name")] = {}
    tails: Annotated[tuple[Tail, ...] | None, Meta(description="which keys that work everywhere are said at the end")] = None
    prompts: Annotated[tuple[str, ...], Meta(description="prompts it says; those of a menu come before its options")] = ()
    protected: Annotated[tuple[str, ...], Meta(description="those of the prompts that no key interrupts")] = ()
    dialog: Annotated[str, Meta(description="name of a Python dialog")] = ""
    about: Annotated[str, Meta(description="what the dialog is about: an article, a kind of appointment")] = ""
    skill: Annotated[str, Meta(description="what the agent must know")] = ""
    then: Annotated[str, Meta(description="where the caller goes when the dialog has done its work")] = ""
    first: Annotated[str, Meta(description="one of the keys' nodes: told at once after a fresh login")] = ""
    closed: Annotated[str, Meta(description="stands in its place outside staffed hours")] = ""
    steps: Annotated[tuple[str, ...], Meta(description="nodes the dialog passes through by itself")] = ()
    login: Annotated[Login, Meta(description="who must have logged in")] = ""
    hours: Annotated[Hours, Meta(description="when it is offered")] = "7x24"
    covers: Annotated[tuple[int, ...], Meta(description="items of annex 4 of the platform guideline it serves")] = ()
    deviates: Annotated[str, Meta(description="why its keys are not those of the national menu")] = ""


class Roles(Part, frozen=True, kw_only=True):
    """Nodes that the house itself needs: where calls begin, where keys lead that work everywhere, what manners say."""

    welcome: str
    main: str
    person: str
    login_person: str
    login_unit: str
    invalid: str
    no_input: str
    to_agent: str
    core_away: str
    goodbye: str
    gave_up: str


class Notice(Part, frozen=True, kw_only=True):
    """The urgent notice 紧急通知: said after the welcome while it is in force; any key passes it over."""

    on: bool = False
    prompt: str = "urgent_notice"
    begins: Annotated[datetime, Meta(tz=True)] | None = None
    ends: Annotated[datetime, Meta(tz=True)] | None = None


class Slow(Part, frozen=True, kw_only=True):
    """The slow profile 老年人服务: a key of the main menu; longer time-outs, slower speech, a person at once when staffed."""

    key: str = ""
    name: str = "老年人服务"


class Service(Part, frozen=True, kw_only=True):
    """What a centre offers of a node and all below it: on or off, and when. ``instead`` is said when its key is pressed then."""

    on: bool = True
    days: Days = "every"
    opens: Clock = ""
    closes: Clock = ""
    instead: str = "not_offered"


class Menu(Part, frozen=True, kw_only=True):
    """A whole menu file."""

    roles: Roles
    notice: Notice = Notice()
    slow: Slow = Slow()
    services: dict[str, Service] = {}
    outbound: Annotated[tuple[int, ...], Meta(description="items of annex 4 served by calls the centre makes")] = ()
    nodes: Mapping[str, Node] = {}

    def trunk(self) -> tuple[str, ...]:
        """The main menu, by day and outside staffed hours."""
        main = self.roles.main
        closed = self.nodes[main].closed if main in self.nodes else ""
        return (main, closed) if closed else (main,)

    def tails_of(self, node: Node) -> tuple[Tail, ...]:
        """Which keys that work everywhere are said at the end of a menu."""
        if node.tails is not None:
            return node.tails
        if node.id in self.trunk():
            return ("slow", "person", "again") if self.slow.key else ("person", "again")
        return ("back", "person")

    def ways(self, node: Node) -> tuple[tuple[str, str], ...]:
        """Every way on from a node: (field, node), the words ``back`` and ``main`` left out."""
        keys = [(f"keys.{key}", to) for key, to in node.keys.items() if to not in WORDS]
        ones = [(field, to) for field in ("then", "first", "closed") if (to := getattr(node, field))]
        return (*keys, *ones, *(("steps", step) for step in node.steps))


FIELDS_OF: Mapping[Action, frozenset[str]] = {
    "menu": frozenset({"keys", "say", "tails", "first", "login"}),
    "dialog": frozenset({"dialog", "about", "then", "steps", "protected", "login"}),
    "queue": frozenset({"skill", "steps"}),
    "repeat": frozenset({"dialog", "steps"}),
    "end": frozenset({"dialog", "steps"}),
}
"""The fields an action may use beside name, parent, prompts, hours, closed, covers and deviates."""
NEEDED: Mapping[Action, str] = {"menu": "keys", "dialog": "dialog", "queue": "skill", "end": "prompts", "repeat": "prompts"}
"""The field without which an action is nothing."""
SHARED = frozenset({"id", "name", "action", "parent", "prompts", "hours", "closed", "covers", "deviates"})


def option_words(name: str, key: str) -> str:
    """How an option is said: ``业务查询请按2``."""
    return f"{name}请按{ {'*': '星号键', '#': '井号键'}.get(key, key) }"


def label(menu: Menu, node: Node, key: str) -> str:
    """The words of one of a menu's options."""
    target = menu.nodes.get(node.keys[key])
    return option_words(node.say.get(key) or (target.name if target else ""), key)


def phrases(menu: Menu) -> tuple[str, ...]:
    """The words of every option of every menu, each once: a sound is made for all of them, offered at the moment or not."""
    said = {label(menu, node, key): None for node in menu.nodes.values() for key in node.keys}
    if menu.slow.key:
        said[option_words(menu.slow.name, menu.slow.key)] = None
    return tuple(said)
