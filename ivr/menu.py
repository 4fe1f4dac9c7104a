"""The menu's tree as far as its services exist. Node ids and level-1/2 keys are those of the national reference tree
(domain/data/menu_tree.json, from seed 001 §2.2); a key is offered only when there is something behind it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from fund_core.port import FundCore
from hotline.ids import DepositorId
from ivr.balance import tell_balance, tell_deposit, tell_loan
from ivr.manners import Nav
from ivr.talk import Talk
from telephony.ports import Key

MAIN = "E.MAIN"
Tell = Callable[[Talk, FundCore, DepositorId], Awaitable[Nav | None]]


@dataclass(frozen=True, slots=True)
class Menu:
    """A menu node: its prompt (``<prompt>_closed`` off hours), key -> node, and whether it needs a login.

    ``first`` is the service told at once after a fresh login: the one most callers came for.
    """

    prompt: str
    options: Mapping[Key, str]
    parent: str = MAIN
    login: bool = False
    first: str = ""


@dataclass(frozen=True, slots=True)
class Service:
    """A result node: what is told, and the menu it goes back to (which logs the caller in)."""

    tell: Tell
    parent: str


TREE: Mapping[str, Menu | Service] = {
    MAIN: Menu("main", {"2": "Q"}),
    "Q": Menu("query", {"1": "Q.1", "2": "Q.2"}),
    "Q.1": Menu("query_account", {"1": "Q.1.1", "2": "Q.1.2"}, parent="Q", login=True, first="Q.1.1"),
    "Q.1.1": Service(tell_balance, "Q.1"),
    "Q.1.2": Service(tell_deposit, "Q.1"),
    "Q.2": Menu("query_loan", {"1": "Q.2.1"}, parent="Q", login=True, first="Q.2.1"),
    "Q.2.1": Service(tell_loan, "Q.2"),
}
