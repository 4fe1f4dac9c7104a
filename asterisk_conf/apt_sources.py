"""Where this machine gets its packages from: the mirror, the keyring and the proxy of its own apt configuration.

Nothing is hard-coded: a site that mirrors Debian inside its own network has said so in ``/etc/apt`` already. Both forms of
apt's source lists are read (one line per source, and the deb822 paragraphs of ``*.sources``).
"""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from hotline.errors import HotlineError

KEYRINGS = ("usr/share/keyrings/debian-archive-keyring.pgp", "usr/share/keyrings/debian-archive-keyring.gpg")


class ToolboxError(HotlineError):
    """The toolbox can't be filled:"""


@dataclass(frozen=True, slots=True)
class Source:
    """One place packages come from: ``uri`` of the archive, the suites named there, ``keyring`` when the entry names one."""

    uri: str
    suites: tuple[str, ...]
    keyring: str = ""

    @property
    def is_main_archive(self) -> bool:
        """Whether this is the archive itself: not the security or backports part, not a third party's repository."""
        plain = any(re.fullmatch(r"[a-z]+", suite) for suite in self.suites)
        return plain and "security" not in self.uri and self.uri.rstrip("/").endswith(("debian", ".list"))


def read_sources(root: Path = Path("/")) -> list[Source]:
    """All binary-package sources with a ``main`` component that apt under ``root`` knows, in apt's own order."""
    lists = [root / "etc/apt/sources.list", *sorted((root / "etc/apt/sources.list.d").glob("*.list"))]
    found = [source for file in lists if file.is_file() for source in _one_line_sources(file.read_text(errors="replace"))]
    for file in sorted((root / "etc/apt/sources.list.d").glob("*.sources")):
        found.extend(_deb822_sources(file.read_text(errors="replace")))
    return found


def _one_line_sources(text: str) -> Iterator[Source]:
    for line in text.splitlines():
        match = re.match(r"\s*deb\s+(?:\[(?P<options>[^\]]*)\]\s*)?(?P<uri>\S+)\s+(?P<suite>\S+)\s+(?P<parts>[^#]+)", line)
        if match and "main" in match["parts"].split():
            keyring = re.search(r"signed-by=(\S+)", match["options"] or "")
            yield Source(match["uri"], (match["suite"],), keyring[1] if keyring else "")


def _deb822_sources(text: str) -> Iterator[Source]:
    for paragraph in re.split(r"\n\s*\n", text):
        fields = _deb822_fields(paragraph)
        wanted = "deb" in fields.get("types", "").split() and "main" in fields.get("components", "").split()
        if wanted and fields.get("enabled", "yes").lower() not in ("no", "false"):
            keyring = fields.get("signed-by", "")
            for uri in fields.get("uris", "").split():
                yield Source(uri, tuple(fields.get("suites", "").split()), keyring if keyring.startswith("/") else "")


def _deb822_fields(paragraph: str) -> dict[str, str]:
    fields: dict[str, str] = {}
    last = ""
    for line in paragraph.splitlines():
        if line.startswith("#"):
            continue
        if line[:1].isspace():
            fields[last] = f"{fields.get(last, '')} {line.strip()}"
        elif ":" in line:
            last, value = line.split(":", 1)[0].strip().lower(), line.split(":", 1)[1].strip()
            fields[last] = value
    return fields


def choose_mirror(root: Path = Path("/"), environment: Mapping[str, str] = os.environ) -> Source:
    """The Debian archive to use, with its keyring. ``HOTLINE_DEBIAN_MIRROR`` wins over what apt says.

    Raises ToolboxError with the remedy when the machine names no Debian archive or has no Debian keyring.
    """
    given = environment.get("HOTLINE_DEBIAN_MIRROR")
    candidates = [Source(given, ())] if given else [source for source in read_sources(root) if source.is_main_archive]
    if not candidates:
        raise ToolboxError("apt on this machine names no Debian archive; set HOTLINE_DEBIAN_MIRROR to one, or put asterisk >= 22.5 on PATH")
    for chosen in candidates:
        for keyring in (chosen.keyring.lstrip("/"), *KEYRINGS):
            if keyring and (root / keyring).is_file():
                return Source(chosen.uri, chosen.suites, str(root / keyring))
    raise ToolboxError("the keyring that vouches for Debian's packages is missing; install the package debian-archive-keyring")


def machine_transport() -> str:
    """The machine's own apt settings for HTTP (proxy, certificates, retries), as lines of an apt.conf; empty when none."""
    try:
        dump = subprocess.run(["apt-config", "dump"], capture_output=True, text=True, timeout=20, check=True).stdout
    except (OSError, subprocess.SubprocessError):
        return ""
    wanted = re.compile(r"Acquire::(http|https|ftp|tor|socks|Retries|ForceIPv4|ForceIPv6)\b", re.IGNORECASE)
    return "".join(f"{line}\n" for line in dump.splitlines() if wanted.match(line))
