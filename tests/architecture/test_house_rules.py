"""The house keeps its own rules: small files, rooms that say what they are, no shortcuts around the ports."""

from __future__ import annotations

import ast
import subprocess
from pathlib import Path

import pytest

HOUSE = Path(__file__).parents[2]
ROOMS = [
    "hotline",
    "telephony",
    "fund_core",
    "ivr",
    "acd",
    "recordings",
    "back_office",
    "sms_bridge",
    "kpi",
    "asterisk_conf",
    "agent_console",
    "server",
    "robots",
]
LONGEST_FILE = 300
LONGEST_FUNCTION = 60
EXEMPT = {"telephony/ari_messages.py": "generated", "hotline/events.py": "one closed list, read as one"}


def sources(*folders: str) -> list[Path]:
    return sorted(file for folder in folders for file in (HOUSE / folder).rglob("*.py"))


def name(file: Path) -> str:
    return str(file.relative_to(HOUSE))


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_says_in_at_most_six_lines_what_it_does_with_its_chinese_name(room: str) -> None:
    text = ast.get_docstring(ast.parse((HOUSE / room / "__init__.py").read_text())) or ""
    assert 1 <= len(text.splitlines()) <= 6
    assert any("\u4e00" <= letter <= "\u9fff" for letter in text.splitlines()[0])


def test_files_stay_short() -> None:
    long = {name(file): n for file in sources(*ROOMS) if (n := file.read_text().count("\n")) > LONGEST_FILE and name(file) not in EXEMPT}
    assert long == {}


def test_functions_stay_short() -> None:
    long = [
        f"{name(file)}:{node.lineno} {node.name}"
        for file in sources(*ROOMS)
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and (node.end_lineno or 0) - node.lineno > LONGEST_FUNCTION
    ]
    assert long == []


def test_every_file_opens_with_what_it_is_for() -> None:
    silent = [
        name(file)
        for file in sources(*ROOMS, "tests", "bench")
        if file.stat().st_size and not ast.get_docstring(ast.parse(file.read_text()))
    ]
    assert silent == []


def test_nobody_patches_and_nobody_mocks() -> None:
    words = ("mock." + "patch", "Magic" + "Mock", "unittest." + "mock")
    assert [name(file) for file in sources(*ROOMS, "tests") if any(word in file.read_text() for word in words)] == []


OWNERS = {
    "telephony/ari_rest.py",
    "ivr/asking.py",
    "hotline/cancellation.py",
    "telephony/exchange.py",
    "server/calls.py",
    "server/worker.py",
}
"""Files that keep a task of their own in a variable and await or cancel-and-await it before they leave."""


def test_tasks_are_created_in_groups_or_by_an_owner_who_awaits_them() -> None:
    """A task nobody keeps may vanish, and its exception with it."""
    words = ("asyncio.create_task(", "ensure_future(", "get_running_loop().create_task(", "loop.create_task(")
    loose = {name(file) for file in sources(*ROOMS) if any(word in file.read_text() for word in words)}
    assert loose - OWNERS == set()


def test_no_file_names_a_machine_a_workplace_or_a_package_host() -> None:
    words = ("/wo" + "rk/", "/tmp/" + "wt", "pypi." + "org", "python" + "hosted", "npmjs." + "org", "deb." + "debian")
    tracked = subprocess.run(["git", "ls-files"], cwd=HOUSE, capture_output=True, text=True, check=True).stdout.split()
    texts = {file: (HOUSE / file).read_text(errors="replace") for file in tracked if (HOUSE / file).is_file()}
    assert [(file, word) for file, text in texts.items() for word in words if word in text] == []


def test_every_package_is_a_known_room() -> None:
    packages = {file.parent.name for file in HOUSE.glob("*/__init__.py")} - {"tests", "bench"}
    assert packages == set(ROOMS)
