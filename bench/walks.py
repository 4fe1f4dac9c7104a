"""Random walks through the menu, drawn by seeded dice: the same callers press the same keys at the same times whichever way serves them.

The tree is data (JSON), made by bench/tree.py; the keypad, the yardstick's process and our own callers walk it. Standard library only:
the yardsticks run in a venv of their own.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

SEED = 12329
PAUSE_S = (0.7, 1.9)
"""From the end of a key to the beginning of the next: every menu lasts longer, so that each key barges in."""
DEEPER = 0.7
"""Share of keys that choose an option where there is one; the others are * # 9."""
EVERYWHERE = "*#9"
STAY_S = (12.0, 20.0)
"""How long a caller stays."""
LAST_KEY_S = 1.5
"""No key so shortly before he hangs up: it may not reach the next call on the same port."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a caller can stand: what he hears, how that may begin (files without extension), where keys lead."""

    sounds: tuple[str, ...]
    begins: tuple[str, ...]
    keys: dict[str, str]
    first_key_s: float = 5.0
    """How long the first key is waited for behind the words."""


@dataclass(frozen=True, slots=True)
class Tree:
    """All places; calls begin at ``start`` after the ``welcome`` (files), which lasts ``welcome_s`` seconds."""

    start: str
    welcome: tuple[str, ...]
    welcome_s: float
    places: dict[str, Place]

    def save(self, path: Path) -> Path:
        """Write it as JSON."""
        path.write_text(json.dumps(asdict(self), ensure_ascii=False))
        return path


def load_tree(path: Path) -> Tree:
    """The tree in a JSON file."""
    given = json.loads(path.read_text())
    places = {
        name: Place(tuple(one["sounds"]), tuple(one["begins"]), one["keys"], one["first_key_s"]) for name, one in given["places"].items()
    }
    return Tree(given["start"], tuple(given["welcome"]), given["welcome_s"], places)


@dataclass(frozen=True, slots=True)
class Step:
    """One key of a walk: pressed ``pause`` seconds after the one before, it leads to ``place``."""

    pause: float
    key: str
    place: str


def dice_of(caller: int, call: int) -> random.Random:
    """The dice of a caller's ``call``-th call (both from 0)."""
    return random.Random(f"{SEED}/{caller}/{call}")


def stay_of(caller: int) -> float:
    """Seconds from answer to hang-up: the same in each of a caller's calls, different from caller to caller."""
    return round(random.Random(f"{SEED}/stay/{caller}").uniform(*STAY_S), 2)


def walk(tree: Tree, dice: random.Random) -> Iterator[Step]:
    """Keys without end, from the main menu on."""
    at = tree.start
    while True:
        keys = tree.places[at].keys
        options = [key for key in keys if key not in EVERYWHERE]
        others = [key for key in keys if key in EVERYWHERE]
        key = dice.choice(options if options and dice.random() < DEEPER else others)
        at = keys[key]
        yield Step(round(dice.uniform(*PAUSE_S), 3), key, at)


def visit(tree: Tree, caller: int, call: int, tone_s: float) -> Iterator[Step]:
    """One call's keys: the first once the welcome is over, the last well before he hangs up. ``tone_s``: how long a key is held."""
    left = stay_of(caller) - LAST_KEY_S - tree.welcome_s
    first = tree.welcome_s
    for step in walk(tree, dice_of(caller, call)):
        left -= step.pause + tone_s
        if left < 0:
            return
        yield Step(first + step.pause, step.key, step.place)
        first = 0.0
