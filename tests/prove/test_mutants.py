"""Small lies in acd/rules: how many the room's own tests notice. A sample drawn from a seed, as many as an hour is good for."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from random import Random

import hypothesis
import hypothesis.stateful
import msgspec
import pytest

from tests.prove.mutation import Verdict, attempt, mutants

pytestmark = pytest.mark.prove
HOUSE = Path(__file__).parents[2]
SEED = 12329
SECONDS = float(os.environ.get("HOTLINE_MUTANTS_S", "3000"))
CPU_S = 90
"""Several times what the tests take on the truth."""
AIM = 0.90
QUICK = ("offers", "seats", "callers", "routing", "works", "talks", "exchange", "regressions", "explain")
SLOWER = ("small_scope", "keeper_restart", "routing_oracle")
TESTS = [[f"tests/acd/test_{name}.py" for name in names] for names in (QUICK, SLOWER)]


def test_nine_of_ten_small_lies_are_noticed(evidence: Callable[..., None]) -> None:
    """The trying is done by another process, which has not imported the room."""
    found = subprocess.run([sys.executable, "-m", "tests.prove.test_mutants"], cwd=HOUSE, capture_output=True, text=True, check=True)
    rows = [line.split("\t") for line in found.stdout.splitlines() if line.startswith("mutant\t")]
    killed = [row for row in rows if row[1] == "killed"]
    survived = [f"{row[2]}:{row[3]} {row[4]}" for row in rows if row[1] == "survived"]
    whole = int(next(line.split("\t")[1] for line in found.stdout.splitlines() if line.startswith("all\t")))
    by_module = Counter(row[2] for row in rows)
    evidence(
        seed=SEED, mutants=whole, tried=len(rows), killed=len(killed), share=round(len(killed) / len(rows), 4), survived=survived,
        tried_by_module=dict(by_module),
    )  # fmt: skip
    assert len(killed) >= AIM * len(rows)


def main() -> None:
    """Try mutants in a random order until the time is up."""
    files = {f"acd.rules.{file.stem}".removesuffix(".__init__"): file for file in sorted((HOUSE / "acd" / "rules").glob("*.py"))}
    lies = [lie for module, file in files.items() for lie in mutants(module, file)]
    print(f"all\t{len(lies)}", flush=True)
    Random(SEED).shuffle(lies)
    assert hypothesis and msgspec  # imported here, once, for all children
    start = time.monotonic()
    for lie in lies:
        if time.monotonic() - start > SECONDS:
            break
        tell(attempt(lie, files[lie.module], TESTS, CPU_S))


def tell(verdict: Verdict) -> None:
    """A line for whoever called."""
    lie = verdict.mutant
    print(
        "mutant", "killed" if verdict.killed else "survived", lie.module, lie.line, lie.what, f"{verdict.seconds:.1f}", sep="\t", flush=True
    )


if __name__ == "__main__":
    main()
