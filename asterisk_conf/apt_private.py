"""apt with a state of its own in one folder: resolves and downloads, never installs, never touches the machine's apt.

Needs no root. ``Check-Valid-Until`` is off because a site's mirror may stand still longer than Debian's release file allows;
signatures and digests are checked by apt all the same.
"""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from asterisk_conf.apt_sources import Source, ToolboxError, machine_transport

SUITE = "forky"
"""The first Debian suite with Asterisk 22.10 (LTS until 2029-10-16)."""

CONF = """\
Dir "{state}";
Dir::State "{state}";
Dir::State::lists "{state}/lists";
Dir::State::status "{state}/status";
Dir::Cache "{state}/cache";
Dir::Cache::archives "{archives}";
Dir::Etc::sourcelist "{state}/sources.list";
Dir::Etc::sourceparts "-";
Dir::Etc::main "-";
Dir::Etc::parts "-";
Dir::Etc::preferences "-";
Dir::Etc::preferencesparts "-";
Dir::Etc::netrc "/etc/apt/auth.conf";
Dir::Etc::netrcparts "/etc/apt/auth.conf.d";
APT::Install-Recommends "false";
APT::Sandbox::User "";
APT::Keep-Downloaded-Packages "true";
Acquire::Languages "none";
Acquire::GzipIndexes "true";
Acquire::Check-Valid-Until "false";
Acquire::IndexTargets::deb::DEP-11::DefaultEnabled "false";
Acquire::IndexTargets::deb::Contents-deb::DefaultEnabled "false";
Debug::NoLocking "true";
"""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What apt would fetch: file name and bytes of each package."""

    files: tuple[tuple[str, int], ...]

    @property
    def megabytes(self) -> float:
        """Size of all packages together."""
        return sum(size for _, size in self.files) / 1e6


class PrivateApt:
    """apt under ``state``, fetching into ``archives`` from ``source``."""

    def __init__(self, state: Path, archives: Path, source: Source, suite: str = SUITE) -> None:
        self._state = state
        self._archives = archives
        self._mirror = source.uri
        self._suite = suite
        for folder in (state / "lists/partial", state / "cache", archives / "partial"):
            folder.mkdir(parents=True, exist_ok=True)
        (state / "status").touch()
        (state / "apt.conf").write_text(CONF.format(state=state, archives=archives) + machine_transport())
        (state / "sources.list").write_text(f"deb [signed-by={source.keyring}] {source.uri} {suite} main\n")

    def update(self) -> None:
        """Fetch the list of packages. Raises ToolboxError naming the mirror when it can't be had."""
        self._run(["update", "-o", "APT::Update::Error-Mode=any"], 600)

    def plan(self, packages: Sequence[str]) -> Wanted:
        """What ``packages`` with all they need would fetch (dependencies on an empty machine)."""
        lines = self._run(["-y", "--print-uris", "-d", "install", *packages], 120).splitlines()
        rows = [match for match in (re.match(r"'[^']+' (\S+) (\d+)", line) for line in lines) if match]
        return Wanted(tuple((row[1], int(row[2])) for row in rows))

    def fetch(self, packages: Sequence[str]) -> None:
        """Download ``packages`` with all they need; a half-done download is resumed."""
        self._run(["-y", "-d", "install", *packages], 3600)

    def _run(self, arguments: list[str], seconds: int) -> str:
        environment = {**os.environ, "APT_CONFIG": str(self._state / "apt.conf"), "LC_ALL": "C", "DEBIAN_FRONTEND": "noninteractive"}
        try:
            done = subprocess.run(
                ["apt-get", *arguments],
                env=environment,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                timeout=seconds,
                check=False,
            )
        except FileNotFoundError:
            raise ToolboxError("apt-get is not on this machine; put asterisk >= 22.5 and the other programs on PATH yourself") from None
        except subprocess.TimeoutExpired:
            raise ToolboxError(f"{self._mirror} did not deliver within {seconds} s; see to the network and start again") from None
        if done.returncode:
            raise ToolboxError(f"{self._why(done.stderr)}; see to the network or name another mirror in HOTLINE_DEBIAN_MIRROR")
        return done.stdout

    def _why(self, errors: str) -> str:
        lines = [line for line in errors.splitlines() if line.startswith("E:")] or errors.splitlines() or ["no reason given"]
        return f"apt-get with {self._mirror} {self._suite} says '{lines[0].removeprefix('E: ').strip()}'"
