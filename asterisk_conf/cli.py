"""``hotline asterisk render|diff|install|uninstall``: the configuration beside a foreign Asterisk. Shows first, changes when told to."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Literal

from cyclopts import App, Parameter

from asterisk_conf.install import SECRET_LINE, Plan, advise, apply, hook_line, plan_install, plan_uninstall
from asterisk_conf.lint import lint
from asterisk_conf.music import lay_out_music
from asterisk_conf.place import Place, host_place, own_place
from asterisk_conf.render import render as render_texts
from asterisk_conf.toolbox import Toolbox, default_folder
from hotline.settings import Settings, load_settings
from hotline.vault import Vault

app = App(name="asterisk", help="Asterisk's configuration: show it, compare it, put it beside an Asterisk you have, take it out again.")

Config = Annotated[Path | None, Parameter(name=["--config", "-c"], help="settings file; without it the defaults")]
Output = Annotated[Literal["text", "json"], Parameter(name=["--output", "-o"], help="how to print")]
Host = Annotated[Path, Parameter(help="the configuration folder of the Asterisk you have")]
DEFAULT_HOST = Path("/etc/asterisk")


@app.command
def render(folder: Path | None = None, *, own: bool = False, config: Config = None, output: Output = "text") -> int:
    """Print the configuration with secrets hidden, or write it whole into FOLDER.

    ``--own`` renders the whole configuration of an Asterisk of our own instead of the part that lives beside yours.
    """
    settings, vault = _load(config)
    texts = render_texts(settings, vault, _place(settings, own))
    if folder is None:
        shown = {name: SECRET_LINE.sub(r"\1******", text) for name, text in texts.items()}
        _print(shown, output, [f"; ===== {name}\n{text}" for name, text in shown.items()])
        return 0
    folder.mkdir(parents=True, exist_ok=True, mode=0o750)
    for name, text in texts.items():
        (folder / name).touch(0o600)
        (folder / name).write_text(text)
    _print({"written": sorted(texts)}, output, [f"{len(texts)} files in {folder}"])
    return 0


@app.command
def diff(*, host: Host = DEFAULT_HOST, config: Config = None, output: Output = "text") -> int:
    """Show how the installed configuration differs from what the settings say. Exit code 1 when it does."""
    plan = _install_plan(host, config)[0]
    changes = (*plan.changes, *plan.refusals)
    _print(_as_json(plan), output, [step.diff() or f"{step.kind} {step.path}: {step.why}" for step in changes] or ["no difference"])
    return 1 if changes else 0


@app.command
def install(*, write: bool = False, hooks: bool = True, host: Host = DEFAULT_HOST, config: Config = None, output: Output = "text") -> int:
    """Put our files into HOST/12329 and one #tryinclude line into each file of yours. Without ``--write`` only say what would be done.

    ``--no-hooks`` leaves your files alone and prints the lines to add. A file that isn't ours is never touched.
    """
    plan, settings = _install_plan(host, config)
    if write and not plan.refusals:
        place = host_place(Path(settings.runtime.folder), host)
        lay_out_music(place.music, place.data / "moh")
        apply(plan, host, hooks=hooks)
    lines = [f"{step.kind:8}{step.path}  {step.why}" for step in plan.steps]
    if not hooks:
        lines += [f"add to {step.path}: {hook_line(step.path.name)}" for step in plan.steps if step.kind == "hook"]
    lines += [f"note    {advice}" for advice in advise(host, settings)]
    done = write and not plan.refusals
    lines.append("done; `asterisk -rx 'core reload'` reads it" if done else _why_not(plan))
    _print({**_as_json(plan), "written": done, "advice": list(advise(host, settings))}, output, lines)
    return 1 if plan.refusals else 0


@app.command
def uninstall(*, write: bool = False, host: Host = DEFAULT_HOST, output: Output = "text") -> int:
    """Take everything of ours out of HOST again. Without ``--write`` only say what would be done; what you edited stays."""
    plan = plan_uninstall(host)
    if write:
        apply(plan, host)
    lines = [f"{step.kind:8}{step.path}  {step.why}" for step in plan.steps] or ["nothing of ours is there"]
    _print({**_as_json(plan), "written": write}, output, [*lines, "done" if write else "nothing was changed; --write does it"])
    return 1 if plan.refusals else 0


@app.command
def check(folder: Path | None = None, *, config: Config = None, output: Output = "text") -> int:
    """Look for openings to toll fraud and leaks in FOLDER's configuration, or in our own. Exit code 1 when one is found."""
    if folder is None:
        settings, vault = _load(config)
        texts = render_texts(settings, vault, _place(settings, own=True))
    else:
        texts = {file.name: file.read_bytes().decode(errors="replace") for file in sorted(folder.glob("*.conf"))}
    found = lint(texts)
    rows = [{"rule": item.rule, "file": item.file, "line": item.line, "why": item.why} for item in found]
    _print({"found": rows}, output, [str(item) for item in found] or ["nothing found"])
    return 1 if found else 0


def _load(config: Path | None) -> tuple[Settings, Vault]:
    settings = load_settings(config)
    return settings, Vault(Path(settings.runtime.secrets_folder or Path(settings.runtime.folder) / "secrets"))


def _place(settings: Settings, own: bool) -> Place:
    runtime = Path(settings.runtime.folder)
    return own_place(runtime, Toolbox(default_folder(runtime)).program("asterisk")) if own else host_place(runtime, DEFAULT_HOST)


def _install_plan(host: Path, config: Path | None) -> tuple[Plan, Settings]:
    settings, vault = _load(config)
    return plan_install(render_texts(settings, vault, host_place(Path(settings.runtime.folder), host)), host), settings


def _why_not(plan: Plan) -> str:
    return "refused: nothing was changed" if plan.refusals else "nothing was changed; --write does it"


def _as_json(plan: Plan) -> dict[str, object]:
    return {"steps": [{"kind": step.kind, "path": str(step.path), "why": step.why, "diff": step.diff()} for step in plan.steps]}


def _print(value: object, output: str, lines: Sequence[str]) -> None:
    print(json.dumps(value, ensure_ascii=False, indent=1) if output == "json" else "\n".join(lines))
