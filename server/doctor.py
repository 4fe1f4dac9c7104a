"""``hotline doctor``: what this machine has and lacks, each with the remedy."""

from __future__ import annotations

import shutil
import socket
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from typing import Any

from rich.console import Console

from asterisk_conf.toolbox import Toolbox, default_folder, on_path, set_of
from hotline.clock import SystemClock
from hotline.errors import HotlineError
from server.control import ask
from server.places import Places

ENOUGH_DISK = 2_000_000_000


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at: ``essential`` ones fail the examination."""

    what: str
    good: bool
    seen: str
    remedy: str = ""
    essential: bool = True

    def as_dict(self) -> dict[str, Any]:
        """For ``-o json``."""
        return asdict(self)


def examine(places: Places) -> list[Finding]:
    """Look at everything; a look that fails is a finding, not an error."""
    return [*_machine(places), *_programs(places), *_house(places)]


def _machine(places: Places) -> Iterator[Finding]:
    version = sys.version_info
    yield Finding(
        "Python", (3, 11) <= version[:2] <= (3, 13), f"{version.major}.{version.minor}.{version.micro}", "use Python 3.11 to 3.13"
    )
    places.runtime.mkdir(parents=True, exist_ok=True)
    free = shutil.disk_usage(places.runtime).free
    yield Finding("disk", free > ENOUGH_DISK, f"{free / 1e9:.1f} GB free at {places.runtime}", "make room, or set runtime.folder elsewhere")
    zone = SystemClock().now().local()
    yield Finding(
        "clock", zone.year >= 2025, f"{zone:%Y-%m-%d %H:%M} in Asia/Shanghai", "set the machine's clock (timedatectl set-ntp true)"
    )


def _programs(places: Places) -> Iterator[Finding]:
    toolbox = Toolbox(default_folder(places.runtime))
    for name, essential in (("asterisk", True), ("espeak-ng", True), ("sox", True), ("sipp", False)):
        machine = on_path(name)
        own = toolbox.has(set_of(name))
        where = str(machine.path) if machine else f"our own copy in {toolbox.folder}" if own else "not here yet"
        remedy = f"`make run` fetches it by itself; by hand: apt-get install {name}"
        yield Finding(name, bool(machine or own), where, remedy, essential)


def _house(places: Places) -> Iterator[Finding]:
    yield _try("settings", lambda: f"{places.config or 'defaults'}: in order", "hotline config check")
    yield _try("prompts", lambda: _prompts(places), "`hotline run` makes them")
    running = _try("hotline", lambda: str(ask(places.control, {"do": "health"})["ok"]), "start it: hotline run", essential=False)
    yield running
    if not running.good:
        asterisk = places.settings.asterisk
        for what, port, kind, field in (
            ("SIP port", asterisk.sip_port, socket.SOCK_DGRAM, "ASTERISK__SIP_PORT"),
            ("ARI port", asterisk.http_port, socket.SOCK_STREAM, "ASTERISK__HTTP_PORT"),
            ("AMI port", asterisk.ami_port, socket.SOCK_STREAM, "ASTERISK__AMI_PORT"),
            ("web port", places.settings.web.port, socket.SOCK_STREAM, "WEB__PORT"),
        ):
            free = _is_free(port, kind)
            seen = f"{port} is {'free' if free else 'taken by another program'}"
            yield Finding(what, free, seen, f"stop that program, or set another port: HOTLINE_{field}", essential=what != "web port")


def _prompts(places: Places) -> str:
    from ivr.voice import check
    from server.opening import prompts_of

    prompts = prompts_of(places)
    faults = check(prompts)
    if faults:
        raise HotlineError(f"{len(faults)} faults, first: {faults[0]}")
    return f"{len(prompts.clips)} clips in order"


def _try(what: str, look: Callable[[], str], remedy: str, essential: bool = True) -> Finding:
    try:
        return Finding(what, True, look(), "", essential)
    except (HotlineError, OSError) as error:
        return Finding(what, False, str(error), remedy, essential)


def _is_free(port: int, kind: socket.SocketKind) -> bool:
    with socket.socket(socket.AF_INET, kind) as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def print_findings(findings: list[Finding]) -> None:
    """A line each: ✔ good, ▲ worth knowing, ✘ must be mended, with the remedy behind."""
    console = Console(highlight=False)
    for finding in findings:
        mark = "[green]✔[/]" if finding.good else "[red]✘[/]" if finding.essential else "[yellow]▲[/]"
        console.print(f" {mark} {finding.what:<10} {finding.seen}" + ("" if finding.good else f"  → {finding.remedy}"))
