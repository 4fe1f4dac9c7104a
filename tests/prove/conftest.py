"""Evidence: what a proof counted, with seed, commit and versions, written to docs/evidence/."""

from __future__ import annotations

import json
import platform
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

HOUSE = Path(__file__).parents[2]


@pytest.fixture
def evidence(request: pytest.FixtureRequest) -> Callable[..., None]:
    """``evidence(seed=..., figure=...)`` writes docs/evidence/<test file without test_>.json, a section per test."""

    def write(seed: int = 0, **figures: Any) -> None:
        file = HOUSE / "docs" / "evidence" / f"{Path(str(request.path)).stem.removeprefix('test_')}.json"
        known = json.loads(file.read_text()) if file.exists() else {}
        known.update(commit=_commit(), versions=_versions())
        known.setdefault("proofs", {})[request.node.name] = {"seed": seed, **figures}
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(known, ensure_ascii=False, indent=1, sort_keys=True) + "\n")
        print(f"\n{request.node.name}: {json.dumps(figures, ensure_ascii=False)}")

    return write


def _commit() -> str:
    return subprocess.run(["git", "rev-parse", "--short", "HEAD"], cwd=HOUSE, capture_output=True, text=True, check=False).stdout.strip()


def _versions() -> dict[str, str]:
    from asterisk_conf.toolbox import Toolbox, asterisk_version, default_folder

    asterisk = asterisk_version(Toolbox(default_folder(HOUSE / "var")).program("asterisk"))
    return {"python": platform.python_version(), "asterisk": ".".join(map(str, asterisk)), "machine": f"{platform.machine()}, Linux"}
