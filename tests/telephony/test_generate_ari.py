"""The messages come from Asterisk's description: names and types, none of its texts."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from telephony.generate_ari import generate, main, read_models

DESCRIPTION: dict[str, Any] = {
    "models": {
        "Message": {"subTypes": ["Event"], "properties": {"type": {"type": "string", "required": True, "description": "SECRET WORDS"}}},
        "Event": {"subTypes": ["Rang"], "properties": {"timestamp": {"type": "Date", "required": True}}},
        "Rang": {
            "description": "SECRET WORDS",
            "properties": {
                "from": {"type": "string", "required": True},
                "bell": {"type": "Bell", "required": True},
                "spare": {"type": "Bell"},
                "args": {"type": "List[string]", "required": True},
                "times": {"type": "int", "required": True},
            },
        },
        "Bell": {"properties": {}},
    }
}
FILE = Path(__file__).parents[2] / "telephony" / "ari_messages.py"


def _made(folder: Path) -> dict[str, Any]:
    (folder / "events.json").write_text(json.dumps(DESCRIPTION))
    names: dict[str, Any] = {"__name__": "made"}
    exec(compile(generate(folder), "made.py", "exec", dont_inherit=True), names)
    return names


def test_required_scalars_have_zeros_and_optional_fields_may_be_missing(tmp_path: Path) -> None:
    text = (_made(tmp_path), generate(tmp_path))[1]
    assert "    bell: Bell\n" in text
    assert "    spare: Bell | None = None\n" in text
    assert "    times: int = 0\n" in text
    assert '    from_: str = field(default="", name="from")\n' in text
    assert "    args: list[str] = field(default_factory=list)\n" in text
    assert "SECRET" not in text


def test_only_events_are_listed_as_events(tmp_path: Path) -> None:
    assert list(_made(tmp_path)["EVENTS"]) == ["Rang"]


def test_a_folder_without_a_description_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        read_models(tmp_path)
    assert main([]) == 2


@pytest.mark.asterisk
def test_the_file_we_keep_is_the_one_this_asterisk_describes() -> None:
    from asterisk_conf.toolbox import default_folder

    root = default_folder(Path(os.environ.get("HOTLINE_TEST_VAR", "var")))
    (folder,) = {path.parent for path in root.glob("**/rest-api/events.json")}
    ours = set(FILE.read_text().splitlines())
    assert not [line for line in generate(folder).splitlines() if line.startswith("class ") and line not in ours]
