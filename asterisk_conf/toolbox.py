"""The project's own copy of programs that the machine lacks: Asterisk, sipp, espeak-ng, sox, PostgreSQL, a browser for the tests.

apt resolves and downloads into a private folder, ``dpkg-deb -x`` unpacks, and each program is started through the folder's own
``ld.so`` with the folder's own libraries: no root, no chroot, the machine's packages and apt state stay as they are. A program
that is on PATH and new enough is preferred. Versions and SHA256 of every package are kept in ``<set>/packages.json``.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from asterisk_conf.apt_private import SUITE, PrivateApt
from asterisk_conf.apt_sources import ToolboxError, choose_mirror
from asterisk_conf.browser import BROWSER, wrap_browser

STAMP = "complete"
OLDEST_ASTERISK = (22, 5)
"""Older ones lack REST over the event WebSocket as we use it; untested."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """A set of packages that belong together, and the programs it brings (name -> glob below the set's root)."""

    packages: tuple[str, ...]
    programs: Mapping[str, str]


RECIPES: Mapping[str, Recipe] = {
    "asterisk": Recipe(("asterisk", "asterisk-modules", "asterisk-moh-opsound-wav", "libc6"), {"asterisk": "usr/sbin/asterisk"}),
    "sipp": Recipe(("sip-tester", "libc6"), {"sipp": "usr/bin/sipp"}),
    "voice": Recipe(("espeak-ng", "sox", "libc6"), {"espeak-ng": "usr/bin/espeak-ng", "sox": "usr/bin/sox"}),
    "postgres": Recipe(
        ("postgresql", "libc6"),
        {name: f"usr/lib/postgresql/*/bin/{name}" for name in ("postgres", "initdb", "pg_ctl", "psql", "pg_dump", "pg_isready")},
    ),
    "browser": Recipe(("chromium-headless-shell", "fonts-wqy-microhei", "libc6"), {BROWSER: f"usr/lib/chromium/{BROWSER}"}),
}


@dataclass(frozen=True, slots=True)
class Program:
    """A program and how to start it. ``root`` is the tree it was unpacked into, None when it is the machine's own."""

    name: str
    path: Path
    root: Path | None = None
    prefix: tuple[str, ...] = ()
    options: tuple[str, ...] = ()

    def argv(self, *args: str) -> list[str]:
        """The command line that runs the program with ``args``."""
        return [*self.prefix, str(self.path), *self.options, *args]


def default_folder(runtime: Path, environment: Mapping[str, str] = os.environ) -> Path:
    """Where the toolbox is: ``HOTLINE_TOOLBOX``, else ``<runtime folder>/toolbox``."""
    return Path(environment.get("HOTLINE_TOOLBOX") or runtime / "toolbox").absolute()


class Toolbox:
    """The toolbox in ``folder``. ``own_only`` never takes a program from PATH; ``tell`` gets one line per step."""

    def __init__(self, folder: Path, *, own_only: bool = False, tell: Callable[[str], None] | None = None) -> None:
        self.folder = folder.absolute()
        self._own_only = own_only
        self._tell = tell or _tell_stderr

    def program(self, name: str) -> Program:
        """``name`` from PATH when it is good enough, else from the toolbox, fetched first if need be (blocks, may take a minute).

        Raises ToolboxError with the remedy when it can't be had, KeyError for a program no set has.
        """
        set_name = set_of(name)
        if not self._own_only and (found := on_path(name)):
            return found
        self.ensure(set_name)
        return self.own(name)

    def own(self, name: str) -> Program:
        """``name`` from a set that is complete already. Raises ToolboxError when it isn't."""
        set_name = set_of(name)
        root = self.folder / set_name / "rootfs"
        paths = sorted(root.glob(RECIPES[set_name].programs[name]))
        if not self.has(set_name) or not paths:
            raise ToolboxError(f"{name} is not in {self.folder}; run `make setup`, which fetches it")
        if paths[-1].with_name(f"{name}.real").exists():
            return Program(name, paths[-1], root)
        return Program(name, paths[-1], root, loader(root), _options(name, root))

    def has(self, set_name: str) -> bool:
        """Whether the set is complete."""
        return (self.folder / set_name / STAMP).exists()

    def ensure(self, set_name: str) -> Path:
        """Make the set complete if it isn't; its root. Two processes at once: the second waits for the first."""
        home = self.folder / set_name
        if not self.has(set_name):
            home.mkdir(parents=True, exist_ok=True)
            with self._lock():
                if not self.has(set_name):
                    self._fill(set_name, home)
        return home / "rootfs"

    def _fill(self, set_name: str, home: Path) -> None:
        if not shutil.which("dpkg-deb"):
            raise ToolboxError("dpkg-deb is not on this machine; put asterisk >= 22.5 and the other programs on PATH yourself")
        recipe = RECIPES[set_name]
        source = choose_mirror()
        apt = PrivateApt(self.folder / "apt", home / "debs", source)
        self._tell(f"toolbox {set_name}: asking {source.uri} for its list of packages ({SUITE})")
        apt.update()
        wanted = apt.plan(recipe.packages)
        self._tell(f"toolbox {set_name}: fetching {len(wanted.files)} packages, {wanted.megabytes:.0f} MB")
        apt.fetch(recipe.packages)
        debs = sorted((home / "debs").glob("*.deb"))
        self._tell(f"toolbox {set_name}: unpacking {len(debs)} packages")
        unpack(debs, home)
        (home / "packages.json").write_text(json.dumps(record(debs, source.uri), indent=1) + "\n")
        if set_name == "postgres":
            wrap_programs(home / "rootfs")
        if set_name == "browser":
            root = (home / "rootfs").resolve()
            wrap_browser(root, loader(root))
        (home / STAMP).write_text(f"{SUITE}\n")
        for leftover in (home / "debs", self.folder / "apt"):
            shutil.rmtree(leftover)
        self._write_scripts(recipe)
        self._tell(f"toolbox {set_name}: complete in {home}")

    def _write_scripts(self, recipe: Recipe) -> None:
        """One small script per program in ``<folder>/bin``, for people and for programs that want a plain path."""
        (self.folder / "bin").mkdir(exist_ok=True)
        for name in recipe.programs:
            script = self.folder / "bin" / name
            script.write_text(f'#!/bin/sh\nexec {shlex.join(self.own(name).argv())} "$@"\n')
            script.chmod(0o755)

    @contextmanager
    def _lock(self) -> Iterator[None]:
        with (self.folder / ".lock").open("w") as handle:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                self._tell("toolbox: another process is filling it; waiting")
                fcntl.flock(handle, fcntl.LOCK_EX)
            yield


def set_of(name: str) -> str:
    """The set that brings the program ``name``. Raises KeyError when none does."""
    for set_name, recipe in RECIPES.items():
        if name in recipe.programs:
            return set_name
    raise KeyError(name)


def on_path(name: str) -> Program | None:
    """The machine's own ``name`` when it is there and good enough (asterisk: at least 22.5)."""
    found = shutil.which(name, path=f"{os.environ.get('PATH', '')}:/usr/sbin")
    if not found or (name == "asterisk" and asterisk_version(Program(name, Path(found))) < OLDEST_ASTERISK):
        return None
    return Program(name, Path(found))


def asterisk_version(program: Program) -> tuple[int, ...]:
    """``(22, 10, 1)`` of an asterisk, ``(0,)`` when it doesn't run or tells no number."""
    try:
        said = subprocess.run(program.argv("-V"), capture_output=True, text=True, timeout=20, check=False).stdout
    except (OSError, subprocess.SubprocessError):
        return (0,)
    match = re.search(r"Asterisk (?:certified[/-])?(\d+(?:\.\d+)*)", said)
    return tuple(int(part) for part in match[1].split(".")) if match else (0,)


def loader(root: Path) -> tuple[str, ...]:
    """The command line that starts a program with the libraries below ``root`` (its own ``ld.so`` and all library folders)."""
    loaders = sorted([*root.glob("usr/lib64/ld-linux*.so.*"), *root.glob("usr/lib/ld-linux*.so.*"), *root.glob("usr/lib/*/ld-linux*.so.*")])
    folders = sorted(root.glob("usr/lib/*-linux-gnu*"))
    if not loaders or not folders:
        raise ToolboxError(f"{root} is not a whole tree; remove {root.parent} and start again")
    inner = [folder for folder in (folders[0] / "pulseaudio", folders[0] / "blas", folders[0] / "lapack") if folder.is_dir()]
    return (str(loaders[0]), "--library-path", ":".join(str(folder) for folder in (folders[0], *inner)))


def unpack(debs: list[Path], home: Path) -> None:
    """Unpack ``debs`` below ``home/rootfs``; the tree appears whole or not at all."""
    draft = home / "rootfs.part"
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir()
    for deb in debs:
        done = subprocess.run(["dpkg-deb", "-x", str(deb), str(draft)], capture_output=True, text=True, check=False)
        if done.returncode:
            raise ToolboxError(f"{deb.name} can't be unpacked ({done.stderr.strip()}); see to the disk's space and start again")
    shutil.rmtree(home / "rootfs", ignore_errors=True)
    draft.rename(home / "rootfs")


def record(debs: list[Path], mirror: str) -> dict[str, object]:
    """What was taken from where: name, version and SHA256 of every package."""
    rows = []
    for deb in debs:
        name, version, *_ = (part.replace("%3a", ":") for part in deb.stem.split("_"))
        with deb.open("rb") as stream:
            digest = hashlib.file_digest(stream, "sha256").hexdigest()
        rows.append({"name": name, "version": version, "sha256": digest})
    return {"suite": SUITE, "mirror": mirror, "packages": rows}


def wrap_programs(root: Path) -> None:
    """PostgreSQL's programs start each other by name from their own folder: put a script in each one's place that uses our ``ld.so``."""
    start, option, folders = loader(root)
    for file in sorted(root.glob("usr/lib/postgresql/*/bin/*")):
        if file.suffix != ".real" and file.is_file() and not file.is_symlink():
            real = file.rename(file.with_name(f"{file.name}.real"))
            file.write_text(f'#!/bin/sh\nexec "{start}" --argv0 "$0" {option} "{folders}" "{real}" "$@"\n')
            file.chmod(0o755)


def _options(name: str, root: Path) -> tuple[str, ...]:
    if name == "espeak-ng":  # its voices are found by a path that was compiled in
        return (f"--path={next(iter(root.glob('usr/lib/*/espeak-ng-data'))).parent}",)
    return ()


def _tell_stderr(line: str) -> None:
    print(line, file=sys.stderr, flush=True)
