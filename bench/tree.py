"""The product's own menu as the tree that the load bench walks, and the same tree as plain dialplan.

Menus are said with the product's sounds, option by option. Walked are all menus and leaves that need no login and no person: articles
and questions are told with what may follow them; leaves that ask for a number say the question, and ``**`` leads back from it.
"""

from __future__ import annotations

import re
import wave
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import jinja2

from back_office.knowledge.demo import demo_knowledge
from bench.exchange import CONF
from bench.tools import ROOT
from bench.walks import Place, Tree
from fund_core.people import demo_depositors
from hotline.calendar import Calendar, Staffing
from hotline.clock import SystemClock
from hotline.settings import Settings, SpeechSettings
from ivr.leaves import known
from ivr.menu import Menu, Node
from ivr.offers import Situation, spoken
from ivr.prompts import Prompts
from ivr.version import MenuFiles, MenuVersion, open_version

ASKS = {"branches": "ask_area", "estates": "ask_estate", "ticket_progress": "ask_ticket"}
"""Leaves that begin with a question for a number, and the question."""
TELLS = ("article", "questions")
CLEARED = "~"
NUMBER_S = 8.0


def open_menu(sounds: Path) -> MenuVersion:
    """The shipped menu, with its sounds in ``sounds``. Raises ConfigError."""
    etc = ROOT / "etc"
    files = MenuFiles(etc / "menu.toml", etc / "prompts.toml", etc / "pronunciation.toml", sounds, ROOT / SpeechSettings().studio_folder)
    return open_version(files, SpeechSettings())


def make_tree(version: MenuVersion) -> Tree:
    """The tree of ``version``; its sounds must be there."""
    menu, prompts = version.menu, version.prompts
    maker = _Maker(menu, prompts)
    main = menu.roles.main
    maker.menu(menu.nodes[main])
    welcome = tuple(sound for prompt in menu.nodes[menu.roles.welcome].prompts for sound in prompts.sounds(prompt))
    return Tree(main, welcome, round(sum(map(seconds_of, welcome)), 2), maker.places)


class _Maker:
    """Goes through the menu once."""

    def __init__(self, menu: Menu, prompts: Prompts) -> None:
        self.places: dict[str, Place] = {}
        self._menu = menu
        self._prompts = prompts
        self._now = Situation(SystemClock().now().local(), staffed=True, working_day=True, dialogs=known())
        self._articles = demo_knowledge().articles

    def menu(self, node: Node) -> None:
        """A menu and all below it."""
        keys = {"*": node.parent or self._menu.roles.main, "#": node.id, "9": self._menu.roles.main}
        hours = Staffing.of(Settings().centre, Calendar()).service_hours
        words = tuple(self._prompts.sequence(spoken(self._menu, node, self._now), hours=hours))
        self.places[node.id] = Place(words, words[:1], keys)
        for key, to in node.keys.items():
            target = self._menu.nodes.get(to)
            if target is None or target.login:
                continue
            if target.action == "menu":
                keys[key] = to
                self.menu(target)
            elif target.action == "dialog" and self._leaf(f"{node.id}>{key}", node.id, target):
                keys[key] = f"{node.id}>{key}"

    def _leaf(self, name: str, behind: str, node: Node) -> bool:
        """A leaf and how one gets out of it; False for one that is not walked."""
        if node.dialog in ASKS:
            question, cleared = (tuple(self._prompts.sounds(prompt)) for prompt in (ASKS[node.dialog], "cleared"))
            self.places[name] = Place(question, question[:1], {"*": name + CLEARED}, NUMBER_S)
            self.places[name + CLEARED] = Place(cleared, cleared[:1], {"*": behind}, NUMBER_S)
            return True
        if node.dialog not in TELLS:
            return False
        texts = [self._prompts.text(article.spoken) for article in self._articles if _is_about(article.id, node.about)]
        if not texts:
            return False
        behind_it = self._prompts.sequence((*node.prompts, "tail_again", "tail_back", "tail_person"))
        begins = tuple(text[0] for text in texts)  # which of several is told first changes with how often each is asked for
        keys = {"*": behind, "#": name, "9": self._menu.roles.main}
        self.places[name] = Place((*texts[0], *behind_it), begins, keys)
        return True


def _is_about(article: str, about: str) -> bool:
    """Whether an article may be told by a node with ``about``."""
    top = re.fullmatch(r"(\w+)/top\d", about)
    return article.startswith(f"{top[1]}/") if top else article == about or article.startswith(f"{about}/")


def seconds_of(sound: str) -> float:
    """How long a sound is."""
    with wave.open(f"{sound}.wav", "rb") as file:
        return file.getnframes() / file.getframerate()


# -- login -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Account:
    """An invented depositor of the demo who can log in; the PIN is public and opens nothing real."""

    number: str
    pin: str


def accounts(count: int) -> list[Account]:
    """The first demo people with one account and a PIN of their own."""
    people = (one for one in demo_depositors(count=Settings().core.depositors) if not one.initial and not one.second_account)
    return [Account(one.account, one.pin) for one, _ in zip(people, range(count), strict=False)]


@dataclass(frozen=True, slots=True)
class LoginWay:
    """The way to one's balance: the keys to the login, the questions for number and PIN, and how the answer begins."""

    keys: str
    ask_number: Sequence[str]
    ask_pin: Sequence[str]
    balance: str


def login_way(version: MenuVersion) -> LoginWay:
    """Main menu, 2, 1: account and PIN, and the balance is told at once."""
    prompts = version.prompts
    first = next(part for part in prompts.book.parts["balance"] if isinstance(part, str))
    return LoginWay("21", prompts.sounds("ask_number"), prompts.sounds("ask_pin"), str(prompts.clips[first].file.with_suffix("")))


@dataclass(frozen=True, slots=True)
class Drawn:
    """The tree, the way to a login, who may log in, all of it as dialplan, and the tree's file."""

    tree: Tree
    login: LoginWay
    people: tuple[Account, ...]
    dialplan: str
    file: Path


def draw(sounds: Path, logins: int, verdict_after_s: float, agi_port: int, file: Path) -> Drawn:
    """Everything made of the shipped menu, whose sounds are in ``sounds``. Raises ConfigError."""
    version = open_menu(sounds)
    tree, login, people = make_tree(version), login_way(version), tuple(accounts(logins))
    return Drawn(tree, login, people, dialplan(tree, login, people, verdict_after_s, agi_port), tree.save(file))


# -- dialplan --------------------------------------------------------------------------------------------------------


def dialplan(tree: Tree, login: LoginWay, people: Iterable[Account], verdict_after_s: float, agi_port: int) -> str:
    """Contexts of plain dialplan for ``tree`` and a login, entered by 9201 and 9202; 9204 leads to a FastAGI server."""
    template = jinja2.Template((CONF / "load.conf").read_text(), undefined=jinja2.StrictUndefined, keep_trailing_newline=True)
    contexts = {name: (f"load-{context_of(name)}", place) for name, place in tree.places.items()}
    return str(
        template.render(
            tree=tree, contexts=contexts, login=login, people=tuple(people), verdict_after_s=verdict_after_s, agi_port=agi_port,
            row="&".join,
        )
    )  # fmt: skip


def context_of(place: str) -> str:
    """A place's name as dialplan can have it; different places stay different."""
    return "".join(_letters(place))


def _letters(place: str) -> Iterator[str]:
    for letter in place:
        yield letter if letter.isalnum() else {".": "-", ">": "_to_", CLEARED: "_cleared", "_": "__"}[letter]
