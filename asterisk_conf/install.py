"""Living beside a foreign Asterisk: a directory of our own, one ``#tryinclude`` line per file of the host, nothing else.

First a plan, which changes nothing and can be shown; then :func:`apply`. A file is ours when its digest stands in our manifest; what
somebody edited by hand, or put there himself, is never overwritten and never removed. ``#tryinclude`` of a file that is gone
doesn't hurt the host (``#include`` would stop the module from loading).
"""

from __future__ import annotations

import difflib
import hashlib
import json
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from asterisk_conf.parse import parse
from hotline.errors import HotlineError
from hotline.settings import Settings

FOLDER = "12329"
MANIFEST = ".manifest.json"
MARK = "; 12329 hotline: the next line is ours, `hotline asterisk uninstall` takes it out"
NO_NEWLINE = " (no newline stood before it)"
MADE = " (and the file)"
SECRET_LINE = re.compile(r"^([+ -]?\s*(?:password|secret)\s*=\s*).+$", re.MULTILINE)

Kind = Literal["write", "rewrite", "same", "remove", "hook", "unhook", "refuse"]


class NotOurs(HotlineError):
    """The host's configuration has something of its own in our way:"""


@dataclass(frozen=True, slots=True)
class Step:
    """One thing to do with one file. ``text`` is what will be written; ``why`` is for people."""

    kind: Kind
    path: Path
    why: str = ""
    text: str = ""
    before: str = ""

    def diff(self) -> str:
        """What changes, line by line, with every secret hidden."""
        lines = difflib.unified_diff(self.before.splitlines(True), self.text.splitlines(True), str(self.path), str(self.path))
        return SECRET_LINE.sub(r"\1******", "".join(lines))

    def __repr__(self) -> str:
        return f"<{self.kind} {self.path}>"


@dataclass(frozen=True, slots=True)
class Plan:
    """All steps in order."""

    steps: tuple[Step, ...]

    @property
    def refusals(self) -> tuple[Step, ...]:
        """Steps that can't be done because something isn't ours."""
        return tuple(step for step in self.steps if step.kind == "refuse")

    @property
    def changes(self) -> tuple[Step, ...]:
        """Steps that change a file."""
        return tuple(step for step in self.steps if step.kind not in ("same", "refuse"))


def plan_install(texts: Mapping[str, str], host: Path) -> Plan:
    """What installing ``texts`` into the host's configuration folder ``host`` would do. Touches nothing."""
    return Plan((*_own_steps(texts, host), *_hook_steps(texts, host)))


def plan_uninstall(host: Path) -> Plan:
    """What taking everything of ours out of ``host`` would do. Touches nothing."""
    steps = []
    for name, digest in _manifest(host).items():
        path = host / FOLDER / name
        if path.exists() and _digest(_read(path)) != digest:
            steps.append(Step("refuse", path, "edited by hand since it was installed; look at it and remove it yourself"))
        elif path.exists():
            steps.append(Step("remove", path, "ours", before=_read(path)))
    for path in sorted(host.glob("*.conf")):
        before = _read(path)
        if MARK in before:
            kind: Kind = "remove" if before.startswith(MARK + MADE) and not _without_hook(before) else "unhook"
            steps.append(Step(kind, path, "takes our line out again", _without_hook(before), before))
    return Plan(tuple(steps))


def apply(plan: Plan, host: Path, *, hooks: bool = True) -> None:
    """Do the plan's steps. ``hooks``: also the lines in the host's own files. Raises NotOurs, before anything, when a step is refused
    at installing; OSError when the disk refuses.
    """
    installing = any(step.kind in ("write", "rewrite", "same", "hook") for step in plan.steps)
    if installing and plan.refusals:
        raise NotOurs("; ".join(f"{step.path}: {step.why}" for step in plan.refusals))
    owned = _manifest(host)
    for step in plan.steps:
        if hooks or step.kind not in ("hook", "unhook"):
            _do(step, host, owned)
    _keep_manifest(host, owned)


def advise(host: Path, settings: Settings) -> tuple[str, ...]:
    """What the host's own files must say for us to work, as sentences; empty when all is well. Touches nothing."""
    http, ami = str(settings.asterisk.http_port), str(settings.asterisk.ami_port)
    needs = (
        ("ari.conf", "enabled", ("yes", "true", "1", "on", ""), "set enabled=yes"),
        ("http.conf", "enabled", ("yes", "true", "1", "on"), "set enabled=yes"),
        ("http.conf", "bindport", (http, "" if http == "8088" else http), f"its bindport differs from asterisk.http_port={http}"),
        ("manager.conf", "enabled", ("yes", "true", "1", "on"), "set enabled=yes"),
        ("manager.conf", "port", (ami, "" if ami == "5038" else ami), f"its port differs from asterisk.ami_port={ami}"),
        (
            "queues.conf",
            "persistentmembers",
            ("yes", "true", "1", "on"),
            "set persistentmembers=yes: seats stay signed in over a restart",
        ),
    )
    said = []
    for name, key, good, advice in needs:
        document = parse(_read(host / name))
        if document.value(document.general(), key).lower() not in good:
            said.append(f"{host / name} [general]: {advice}")
    return tuple(said)


def hook_line(name: str) -> str:
    """The one line that file ``name`` of the host needs."""
    return f"#tryinclude {FOLDER}/{name}"


def _own_steps(texts: Mapping[str, str], host: Path) -> Iterator[Step]:
    owned = _manifest(host)
    for name, text in sorted(texts.items()):
        path = host / FOLDER / name
        before = _read(path)
        if not path.exists():
            yield Step("write", path, "new", text)
        elif _digest(before) != owned.get(name):
            yield Step("refuse", path, "not written by us, or edited by hand since; move it away", text, before)
        else:
            yield Step("same" if before == text else "rewrite", path, "" if before == text else "the settings changed", text, before)
    for name in sorted(set(owned) - set(texts)):
        path = host / FOLDER / name
        if path.exists() and _digest(_read(path)) == owned[name]:
            yield Step("remove", path, "no longer needed", before=_read(path))


def _hook_steps(texts: Mapping[str, str], host: Path) -> Iterator[Step]:
    for name, text in sorted(texts.items()):
        path = host / name
        before = _read(path)
        if re.search(rf"^#tryinclude\s+\"?{FOLDER}/{re.escape(name)}\"?\s*$", before, re.MULTILINE):
            continue
        if clash := _clashes(text, before):
            yield Step("refuse", path, f"has a section [{clash}] of its own already; rename it there", before=before)
            continue
        mark = MARK if not before or before.endswith("\n") else f"\n{MARK}{NO_NEWLINE}"
        mark = mark if path.exists() else MARK + MADE
        yield Step("hook", path, hook_line(name), f"{before}{mark}\n{hook_line(name)}\n", before)


def _clashes(ours: str, theirs: str) -> str:
    names = {section.name for section in parse(theirs).sections}
    return next((section.name for section in parse(ours).sections if section.name in names), "")


def _without_hook(text: str) -> str:
    line = r"#tryinclude [^\n]*\n"
    text = re.sub(rf"\n{re.escape(MARK + NO_NEWLINE)}\n{line}", "", text)
    return re.sub(rf"{re.escape(MARK)}(?:{re.escape(MADE)})?\n{line}", "", text)


def _do(step: Step, host: Path, owned: dict[str, str]) -> None:
    if step.kind in ("write", "rewrite"):
        _write(step.path, step.text, 0o640, host)
        owned[step.path.name] = _digest(step.text)
    elif step.kind == "remove":
        step.path.unlink()
        if step.path.parent != host:
            owned.pop(step.path.name, None)
    elif step.kind in ("hook", "unhook"):
        mode = step.path.stat().st_mode & 0o777 if step.path.exists() else 0o640
        _write(step.path, step.text, mode, host)


def _write(path: Path, text: str, mode: int, host: Path) -> None:
    """Whole or not at all; owner and group as the file had, else those of the host's folder (Asterisk must read it)."""
    if not path.parent.exists():
        path.parent.mkdir(mode=0o750)
        _give(path.parent, host)
    draft = path.with_name(f".{path.name}.new")
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as stream:
        stream.write(text.encode(errors="surrogateescape"))
    draft.chmod(mode)
    _give(draft, path if path.exists() else host)
    draft.replace(path)


def _give(path: Path, like: Path) -> None:
    if os.getuid() == 0:
        os.chown(path, like.stat().st_uid, like.stat().st_gid)


def _manifest(host: Path) -> dict[str, str]:
    file = host / FOLDER / MANIFEST
    return dict(json.loads(file.read_text())) if file.exists() else {}


def _keep_manifest(host: Path, owned: dict[str, str]) -> None:
    file = host / FOLDER / MANIFEST
    if owned:
        file.write_text(json.dumps(owned, indent=1, sort_keys=True) + "\n")
        return
    file.unlink(missing_ok=True)
    if file.parent.is_dir() and not any(file.parent.iterdir()):
        file.parent.rmdir()


def _read(path: Path) -> str:
    """Byte for byte (whatever its encoding and line ends), so that writing it back changes nothing."""
    return path.read_bytes().decode(errors="surrogateescape") if path.exists() else ""


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode(errors="surrogateescape")).hexdigest()
