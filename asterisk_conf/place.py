"""Where a configuration lives: the folders an Asterisk of our own uses, or the directory beside a foreign one.

Asterisk talks to its console through a unix socket in ``run``; such a path may have 107 characters at most, so a deep runtime
folder gets a short ``run`` folder in /tmp instead (mode 0700, ours alone).
"""

from __future__ import annotations

import hashlib
import os
import stat
from dataclasses import dataclass
from pathlib import Path

from asterisk_conf.apt_sources import ToolboxError
from asterisk_conf.toolbox import Program
from hotline.errors import HotlineError

LONGEST_SOCKET = 107
SYSTEM_MODULES = ("/usr/lib/asterisk/modules", "/usr/lib64/asterisk/modules", "/usr/local/lib/asterisk/modules")
SYSTEM_DATA = ("/usr/share/asterisk", "/var/lib/asterisk", "/usr/local/var/lib/asterisk")


class UnsafeFolder(HotlineError):
    """A folder that must be ours alone is somebody else's:"""


@dataclass(frozen=True, slots=True)
class Place:
    """The folders of one exchange. ``own``: it is ours whole, so general sections and transports are rendered too."""

    etc: Path
    modules: Path
    data: Path
    var: Path
    spool: Path
    run: Path
    log: Path
    prompts: Path
    music: Path
    own: bool = True

    @property
    def socket(self) -> Path:
        """The console's unix socket."""
        return self.run / "asterisk.ctl"

    def folders(self) -> tuple[Path, ...]:
        """All folders that must exist before Asterisk starts (it makes neither spool/recording nor spool/monitor itself)."""
        var = (self.var / "lib/agi-bin", self.var / "db", self.var / "cache", self.var / "keys/keys")
        logs = (self.log / "cdr-custom", self.log / "cel-custom")
        return (self.etc, *var, self.spool / "recording", self.spool / "monitor", self.spool / "tmp", *logs, self.prompts, self.music)


def own_place(runtime: Path, program: Program) -> Place:
    """The folders of our own exchange below ``runtime`` (absolute), with modules and data of ``program``."""
    home = runtime.absolute() / "asterisk"
    return Place(
        etc=home / "etc",
        modules=module_folder(program),
        data=data_folder(program),
        var=home / "var",
        spool=home / "spool",
        run=short_run(home / "run"),
        log=home / "log",
        prompts=runtime.absolute() / "prompts",
        music=home / "music",
    )


def host_place(runtime: Path, host: Path) -> Place:
    """The folders beside a foreign Asterisk whose configuration is in ``host``: prompts and music are ours, the rest is its own."""
    home = runtime.absolute()
    system = Path("/var")
    return Place(
        etc=host,
        modules=next((Path(name) for name in SYSTEM_MODULES if Path(name).is_dir()), Path(SYSTEM_MODULES[0])),
        data=next((Path(name) for name in SYSTEM_DATA if Path(name).is_dir()), Path(SYSTEM_DATA[0])),
        var=system / "lib/asterisk",
        spool=system / "spool/asterisk",
        run=system / "run/asterisk",
        log=system / "log/asterisk",
        prompts=home / "prompts",
        music=home / "asterisk/music",
        own=False,
    )


def module_folder(program: Program) -> Path:
    """Where ``program`` keeps its modules. Raises ToolboxError when there are none."""
    root = program.root or Path("/")
    found = [*root.glob("usr/lib/*/asterisk/modules"), *(Path(name) for name in SYSTEM_MODULES if program.root is None)]
    for folder in found:
        if (folder / "app_stasis.so").exists():
            return folder
    raise ToolboxError(f"{program.path} has no modules beside it; install asterisk-modules")


def data_folder(program: Program) -> Path:
    """Where ``program`` keeps its data (the documentation that modules register with, sounds, music)."""
    if program.root:
        return program.root / "usr/share/asterisk"
    return next((Path(name) for name in SYSTEM_DATA if (Path(name) / "documentation").is_dir()), Path(SYSTEM_DATA[0]))


def short_run(wanted: Path) -> Path:
    """``wanted`` when a socket fits below it, else a folder in /tmp named by it."""
    if len(os.fsencode(wanted / "asterisk.ctl")) <= LONGEST_SOCKET:
        return wanted
    return Path("/tmp") / f"hl-{short_name(wanted)}"


def short_name(folder: Path) -> str:
    """Sixteen characters that stand for ``folder``."""
    return hashlib.sha256(os.fsencode(folder)).hexdigest()[:16]


def make_private(folder: Path) -> None:
    """Make ``folder`` with mode 0700. Raises UnsafeFolder when it is a link or somebody else's."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    seen = folder.lstat()
    if not stat.S_ISDIR(seen.st_mode) or seen.st_uid != os.getuid():
        raise UnsafeFolder(f"{folder}; remove it and start again")
    folder.chmod(0o700)
