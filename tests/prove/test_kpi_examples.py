"""Every worked example through the command itself, as anybody outside would check it."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

HOUSE = Path(__file__).parents[2]
EXAMPLES = HOUSE / "tests" / "kpi" / "data" / "kpi_examples.json"


@pytest.mark.prove
def test_every_worked_example_comes_out_of_the_command(tmp_path: Path, evidence: Callable[..., None]) -> None:
    examples = json.loads(EXAMPLES.read_text(encoding="utf-8"))["examples"]
    wrong: list[str] = []
    for example in examples:
        document = tmp_path / f"{example['id']}.json"
        document.write_text(json.dumps({"kind": example["kind"], "given": example["given"]}, ensure_ascii=False), encoding="utf-8")
        command = [sys.executable, "-m", "server", "kpi", "compute", str(document), "--json"]
        answer = json.loads(subprocess.run(command, cwd=HOUSE, capture_output=True, text=True, check=True).stdout)
        if not covers(answer, example["expect"]):
            wrong.append(example["id"])
    evidence(examples=len(examples), wrong=wrong, kinds=len({example["kind"] for example in examples}))
    assert wrong == []


def covers(answer: object, expected: object) -> bool:
    """Whether ``answer`` has everything expected; more keys are allowed."""
    if isinstance(expected, dict):
        return isinstance(answer, dict) and all(key in answer and covers(answer[key], value) for key, value in expected.items())
    return answer == expected
