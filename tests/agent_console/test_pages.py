"""The pages over HTTP: what they show, how long a browser may keep what, and what it may do with it."""

from __future__ import annotations

import re
import shutil
import wave
from collections.abc import Iterator
from pathlib import Path

import pytest
from litestar.testing import TestClient
from litestar.types import ASGIApp

from agent_console.app import make_app
from agent_console.assets import FOLDER, Assets
from hotline.clock import SystemClock
from robots.tones import murmur
from robots.wav import write_wav
from server.places import HOUSE, Places
from server.rehearsal_hall import RehearsalHall


@pytest.fixture
def client(app: ASGIApp) -> Iterator[TestClient[ASGIApp]]:
    with TestClient(app, base_url="http://127.0.0.1") as client:
        yield client


def test_the_front_door_leads_to_the_rehearsal(client: TestClient) -> None:
    assert client.get("/", follow_redirects=False).headers["location"] == "/rehearsal"


def test_the_page_shows_every_node_once_the_people_and_the_times(client: TestClient) -> None:
    page = client.get("/rehearsal").text
    nodes = re.findall(r'data-node="([^"]+)"', page)
    assert len(nodes) == len(set(nodes)) == 82
    assert page.count('name="scene"') == 4
    assert page.count("<option") >= 3
    assert "缺 " in page, "no sound has been made here, and the page says so"
    assert re.findall(r'data-key="(.)"', page) == list("123456789*0#")


def test_nothing_inline_runs_and_nothing_comes_from_elsewhere(client: TestClient) -> None:
    answer = client.get("/rehearsal")
    assert not re.search(r"\son\w+=|style=|<style|javascript:", answer.text)
    assert not re.search(r'(?:src|href)="(?:https?:)?//', answer.text)
    policy = dict(part.split(" ", 1) for part in answer.headers["content-security-policy"].split("; "))
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == policy["style-src"] == "'self'"
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("path", ["/", "/rehearsal", "/nothing", "/static/none.js", "/healthz"])
def test_every_answer_carries_the_policy_refusals_too(client: TestClient, path: str) -> None:
    assert "default-src 'none'" in client.get(path, follow_redirects=False).headers["content-security-policy"]


def test_what_is_named_by_its_content_is_kept_for_ever_and_the_rest_asked_for_anew(client: TestClient) -> None:
    lasting = re.findall(r"/static/[\w.]+", client.get("/rehearsal").text)
    assert len(lasting) == 5
    for address in lasting:
        answer = client.get(address)
        assert answer.status_code == 200
        assert "immutable" in answer.headers["cache-control"]
    plain = client.get("/static/voice.js")
    assert plain.headers["cache-control"] == "no-cache"
    again = client.get("/static/voice.js", headers={"if-none-match": plain.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_a_changed_file_has_another_name(tmp_path: Path) -> None:
    (tmp_path / "a.js").write_text("1")
    before = Assets(tmp_path).url("a.js")
    (tmp_path / "a.js").write_text("2")
    assert Assets(tmp_path).url("a.js") != before


def test_scripts_import_only_what_is_there() -> None:
    for script in FOLDER.glob("*.js"):
        for imported in re.findall(r'from "\./([\w.]+)"', script.read_text()):
            assert (FOLDER / imported).is_file(), f"{script.name} imports {imported}"


@pytest.mark.parametrize("name", ["../app.py", "..%2fapp.py", "%2e%2e/hotline.toml", "console", "none.css"])
def test_nothing_but_the_files_of_the_pages_is_served(client: TestClient, name: str) -> None:
    assert client.get(f"/static/{name}").status_code == 404
    assert client.get(f"/rehearsal/sounds/{name}").status_code == 404


def test_a_prompts_sound_is_a_wav_that_a_browser_keeps(places: Places) -> None:
    hall = RehearsalHall(places, SystemClock())
    clip = hall.menu().prompts.clips["greeting"]
    clip.file.parent.mkdir(parents=True)
    write_wav(clip.file, murmur(0.2))
    with TestClient(make_app(places.settings, hall, lambda: {"ok": True}), base_url="http://127.0.0.1") as client:
        answer = client.get(f"/rehearsal/sounds/{clip.file.stem}.wav")
        again = client.get(f"/rehearsal/sounds/{clip.file.stem}.wav", headers={"if-none-match": answer.headers["etag"]})
        other = client.get("/rehearsal/sounds/demo_core.wav")
    assert answer.headers["content-type"] == "audio/wav"
    assert "immutable" in answer.headers["cache-control"]
    assert answer.content == clip.file.read_bytes()
    with wave.open(str(clip.file)) as sound:
        assert (sound.getframerate(), sound.getnchannels()) == (8000, 1)
    assert again.status_code == 304
    assert other.status_code == 404


def test_health_is_told_and_illness_is_503(client: TestClient, places: Places) -> None:
    assert client.get("/healthz").json() == {"ok": True, "menu": "here", "rehearsals": 0}
    ill = make_app(places.settings, RehearsalHall(places, SystemClock()), lambda: {"ok": False, "why": "no menu"})
    with TestClient(ill, base_url="http://127.0.0.1") as other:
        assert other.get("/healthz").status_code == 503


@pytest.mark.parametrize(
    ("host", "status"),
    [("localhost:8329", 200), ("127.0.0.1", 200), ("[::1]:8329", 200), ("PAGES.example:80", 200), ("evil.example", 421), ("", 421)],
)
def test_the_house_answers_to_its_own_names_only(client: TestClient, host: str, status: int) -> None:
    assert client.get("/rehearsal", headers={"host": host}).status_code == status


def test_a_broken_menu_file_leaves_the_page_with_the_old_one(config: Path, places: Places) -> None:
    own = config.parent / "menu.toml"
    shutil.copy(HOUSE / "etc" / "menu.toml", own)
    hall = RehearsalHall(places, SystemClock())
    label = hall.menu().label
    own.write_text("this is no menu")
    assert hall.menu().label == label
    assert len(hall.menu().menu.nodes) == 82
