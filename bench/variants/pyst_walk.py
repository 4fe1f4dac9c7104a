"""Yardstick of bench/ivr_load: the same tree walked with pyst2 0.5.1's AGI over FastAGI, a thread per call.

python -m bench.variants.pyst_walk --port 15395 --tree tree.json --out tally.json
"""

from __future__ import annotations

import argparse
import json
import socket
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

import asterisk.agi as agi_module  # type: ignore[import-not-found]

from bench.variants.pyst import Nowhere, listen
from bench.variants.tally import say_ready, write_on_terminate
from bench.walks import Tree, load_tree

KEYS = "0123456789*#"


class Counts:
    """Calls served, and those that ended because Asterisk refused a command."""

    def __init__(self) -> None:
        self.calls = self.wrong = 0

    def write(self, path: Path) -> None:
        """As JSON."""
        path.write_text(json.dumps({"calls": self.calls, "wrong": self.wrong}))


def ask(agi: Any, sounds: Sequence[str], wait_s: float) -> str:
    """Say sounds until a key; wait for one behind them. Empty for none. (GET DATA takes one file only.)"""
    for sound in sounds:
        if key := agi.stream_file(sound, KEYS):
            return str(key)
    return str(agi.wait_for_digit(round(wait_s * 1000)))


def serve(link: socket.socket, tree: Tree, counts: Counts) -> None:
    """One call: through the tree until the caller hangs up."""
    counts.calls += 1
    with link, link.makefile("r", encoding="utf-8") as reading, link.makefile("w", encoding="utf-8") as writing:
        try:
            agi = agi_module.AGI(stdin=reading, stdout=writing, stderr=Nowhere())
            agi.answer()
            for sound in tree.welcome:
                agi.stream_file(sound)
            at = tree.start
            while True:
                place = tree.places[at]
                at = place.keys.get(ask(agi, place.sounds, place.first_key_s), at)
        except (agi_module.AGIUsageError, agi_module.AGIInvalidCommand):
            counts.wrong += 1
        except (agi_module.AGIException, OSError):
            return  # hung up: pyst2 knows several words for it


def main() -> None:
    """Serve until SIGTERM."""
    parser = argparse.ArgumentParser()
    for name in ("port", "tree", "out"):
        parser.add_argument(f"--{name}", required=True)
    given = parser.parse_args()
    counts = Counts()
    write_on_terminate(counts, Path(given.out))
    listen(int(given.port), partial(serve, tree=load_tree(Path(given.tree)), counts=counts), say_ready)


if __name__ == "__main__":
    main()
