"""The toolbox: where packages come from, what is preferred, what is refused with a remedy."""

from __future__ import annotations

import fcntl
import subprocess
import threading
from pathlib import Path

import pytest

from asterisk_conf import toolbox as module
from asterisk_conf.apt_private import CONF, PrivateApt
from asterisk_conf.apt_sources import Source, ToolboxError, choose_mirror, read_sources
from asterisk_conf.browser import BROWSER, wrap_browser
from asterisk_conf.toolbox import Program, Toolbox, asterisk_version, default_folder, loader, on_path, record, set_of

DEB822 = """\
# the mirror of the site
Types: deb deb-src
URIs: http://mirror.site.example/debian
Suites: bookworm bookworm-updates
Components: main contrib
Signed-By: /usr/share/keyrings/site.gpg

Types: deb
URIs: http://security.site.example/debian-security
Suites: bookworm-security
Components: main

Enabled: no
Types: deb
URIs: http://off.example/debian
Suites: bookworm
Components: main
"""


@pytest.fixture
def machine(tmp_path: Path) -> Path:
    (tmp_path / "etc/apt/sources.list.d").mkdir(parents=True)
    (tmp_path / "usr/share/keyrings").mkdir(parents=True)
    (tmp_path / "usr/share/keyrings/debian-archive-keyring.gpg").touch()
    return tmp_path


def test_the_mirror_is_the_one_the_machines_own_apt_names(machine: Path) -> None:
    (machine / "etc/apt/sources.list.d/debian.sources").write_text(DEB822)
    assert choose_mirror(machine, {}).uri == "http://mirror.site.example/debian"
    assert choose_mirror(machine, {}).keyring.endswith("debian-archive-keyring.gpg"), "the entry's own keyring is not there"
    (machine / "usr/share/keyrings/site.gpg").touch()
    assert choose_mirror(machine, {}).keyring == str(machine / "usr/share/keyrings/site.gpg")


def test_old_lists_of_one_line_per_source_are_read_too(machine: Path) -> None:
    (machine / "etc/apt/sources.list").write_text(
        "# deb http://commented.example/debian bookworm main\n"
        "deb-src http://source.example/debian bookworm main\n"
        "deb http://third.example/packages stable main\n"
        "deb http://security.example/debian-security bookworm-security main\n"
        "deb [arch=amd64 signed-by=/usr/share/keyrings/k.gpg] http://mirror.example/debian/ bookworm main contrib # ours\n"
    )
    assert [source.uri for source in read_sources(machine)][-1] == "http://mirror.example/debian/"
    assert choose_mirror(machine, {}).uri == "http://mirror.example/debian/"


def test_the_environment_may_name_another_mirror(machine: Path) -> None:
    assert choose_mirror(machine, {"HOTLINE_DEBIAN_MIRROR": "http://near.example/debian"}).uri == "http://near.example/debian"


def test_a_machine_without_a_debian_archive_is_told_what_to_do(machine: Path) -> None:
    with pytest.raises(ToolboxError, match="HOTLINE_DEBIAN_MIRROR"):
        choose_mirror(machine, {})


def test_a_machine_without_a_keyring_is_told_what_to_install(machine: Path) -> None:
    (machine / "etc/apt/sources.list.d/debian.sources").write_text(DEB822)
    (machine / "usr/share/keyrings/debian-archive-keyring.gpg").unlink()
    with pytest.raises(ToolboxError, match="install the package debian-archive-keyring"):
        choose_mirror(machine, {})


def test_a_mirror_that_does_not_answer_is_named_in_one_sentence(machine: Path, tmp_path: Path) -> None:
    source = Source(f"file:{tmp_path}/no-mirror/debian", (), str(machine / "usr/share/keyrings/debian-archive-keyring.gpg"))
    apt = PrivateApt(tmp_path / "apt", tmp_path / "debs", source)
    with pytest.raises(ToolboxError, match="no-mirror/debian") as caught:
        apt.update()
    assert "\n" not in str(caught.value)


def test_apt_never_looks_at_the_machines_own_state() -> None:
    for key in ("Dir", "Dir::State", "Dir::State::lists", "Dir::State::status", "Dir::Cache", "Dir::Etc::sourcelist"):
        assert f'{key} "{{state}}' in CONF
    for key in ("sourceparts", "main", "parts", "preferences", "preferencesparts"):
        assert f'Dir::Etc::{key} "-"' in CONF


def test_the_toolbox_is_in_the_runtime_folder_unless_the_environment_says_otherwise() -> None:
    assert default_folder(Path("/srv/run"), {}) == Path("/srv/run/toolbox")
    assert default_folder(Path("/srv/run"), {"HOTLINE_TOOLBOX": "/opt/tools"}) == Path("/opt/tools")


def fake_asterisk(folder: Path, version: str) -> Path:
    folder.mkdir(exist_ok=True)
    (folder / "asterisk").write_text(f"#!/bin/sh\necho 'Asterisk {version}'\n")
    (folder / "asterisk").chmod(0o755)
    return folder


@pytest.mark.parametrize(
    ("version", "good"), [("22.5.0", True), ("22.10.1+dfsg+~cs6", True), ("23.0.0", True), ("22.4.9", False), ("20.15.0", False)]
)
def test_an_asterisk_on_path_is_taken_when_it_is_new_enough(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, version: str, good: bool
) -> None:
    monkeypatch.setenv("PATH", f"{fake_asterisk(tmp_path / 'bin', version)}:/bin")
    assert (on_path("asterisk") is not None) is good


def test_a_program_that_tells_no_version_counts_as_the_oldest(tmp_path: Path) -> None:
    assert asterisk_version(Program("asterisk", Path("/bin/true"))) == (0,)
    assert asterisk_version(Program("asterisk", tmp_path / "missing")) == (0,)


def small_tree(home: Path) -> Path:
    root = home / "rootfs"
    for path in ("usr/lib/x86_64-linux-gnu/pulseaudio", "usr/lib/x86_64-linux-gnu/espeak-ng-data", "usr/lib64", "usr/bin"):
        (root / path).mkdir(parents=True)
    (root / "usr/lib64/ld-linux-x86-64.so.2").touch()
    for name in ("espeak-ng", "sox"):
        (root / "usr/bin" / name).touch()
    (home / "complete").touch()
    return root


def test_a_program_of_a_set_is_started_by_the_sets_own_loader_and_libraries(tmp_path: Path) -> None:
    root = small_tree(tmp_path / "voice")
    libraries = root / "usr/lib/x86_64-linux-gnu"
    start = [str(root / "usr/lib64/ld-linux-x86-64.so.2"), "--library-path", f"{libraries}:{libraries}/pulseaudio"]
    tools = Toolbox(tmp_path, own_only=True)
    assert tools.program("sox").argv("a", "b") == [*start, str(root / "usr/bin/sox"), "a", "b"]
    assert tools.program("espeak-ng").argv("-v", "cmn") == [*start, str(root / "usr/bin/espeak-ng"), f"--path={libraries}", "-v", "cmn"]


def test_a_set_half_made_is_not_used(tmp_path: Path) -> None:
    small_tree(tmp_path / "voice")
    (tmp_path / "voice/complete").unlink()
    assert not Toolbox(tmp_path).has("voice")
    with pytest.raises(ToolboxError, match="sox is not in"):
        Toolbox(tmp_path).own("sox")
    with pytest.raises(ToolboxError, match="not a whole tree"):
        loader(tmp_path / "nothing")


def test_a_program_no_set_has_is_unknown() -> None:
    with pytest.raises(KeyError):
        set_of("emacs")


def test_what_was_fetched_is_recorded_with_version_and_digest(tmp_path: Path) -> None:
    deb = tmp_path / "asterisk_1%3a22.10.1+dfsg_amd64.deb"
    deb.write_bytes(b"abc")
    (row,) = record([deb], "http://mirror.example/debian")["packages"]  # type: ignore[misc]
    assert row == {
        "name": "asterisk",
        "version": "1:22.10.1+dfsg",
        "sha256": "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
    }


def test_two_at_once_fill_a_set_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    filled: list[str] = []

    def fill(self: Toolbox, name: str, home: Path) -> None:
        filled.append(name)
        small_tree(home)

    monkeypatch.setattr(module.Toolbox, "_fill", fill)
    said: list[str] = []
    waiting = threading.Event()

    def tell(line: str) -> None:
        said.append(line)
        waiting.set()

    (tmp_path / "tools").mkdir()
    with (tmp_path / "tools/.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        second = threading.Thread(target=lambda: Toolbox(tmp_path / "tools", tell=tell).ensure("voice"))
        second.start()
        assert waiting.wait(10)
        Toolbox.__dict__["_fill"](Toolbox(tmp_path / "tools"), "voice", tmp_path / "tools/voice")
    second.join(10)
    assert filled == ["voice"]
    assert said == ["toolbox: another process is filling it; waiting"]


@pytest.mark.asterisk
@pytest.mark.parametrize(("name", "question"), [("asterisk", "-V"), ("sox", "--version"), ("espeak-ng", "--version"), ("sipp", "-v")])
def test_each_program_of_the_toolbox_runs(name: str, question: str) -> None:
    program = Toolbox(default_folder(Path("var")), own_only=True).program(name)
    said = subprocess.run(program.argv(question), capture_output=True, text=True, timeout=30, check=False)
    assert name.replace("-ng", "").replace("sox", "sox_ng").lower() in (said.stdout + said.stderr).lower().replace("-", "_")


def test_an_unpacked_browser_starts_itself_through_its_own_loader(tmp_path: Path) -> None:
    folder = tmp_path / "usr/lib/chromium"
    folder.mkdir(parents=True)
    (folder / BROWSER).write_text("the real one")
    (tmp_path / "ld-2.so").write_text('#!/bin/sh\necho "$FONTCONFIG_FILE" "$@"\n')
    (tmp_path / "ld-2.so").chmod(0o755)
    wrap_browser(tmp_path, (str(tmp_path / "ld-2.so"), "--library-path", "/libs"))
    said = subprocess.run([folder / BROWSER, "--headless", "a b"], capture_output=True, text=True, check=True).stdout.split()
    assert said[0] == str(tmp_path / "etc/fonts.conf")
    assert said[1:4] == ["--library-path", "/libs", str(folder / f"{BROWSER}.real")]
    assert f"--browser-subprocess-path={folder / BROWSER}" in said
    assert (folder / "ld.so").exists(), "it looks for its files beside what runs"
    assert str(tmp_path) in (tmp_path / "etc/fonts.conf").read_text()
