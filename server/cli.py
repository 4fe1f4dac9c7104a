"""``hotline``: the one command. Rooms bring their own sub-commands; this file only gathers them.

Nothing heavy is imported before a command needs it, so that `hotline --help` answers at once.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal

from cyclopts import App, Parameter

from hotline.errors import HotlineError
from hotline.settings import SpeechSettings
from server.places import Places, find_places

app = App(name="hotline", help="12329 住房公积金热线: IVR, floor and figures on a real Asterisk.", version="0.1.0")
config_app = App(name="config", help="The settings in force.")
app.command(config_app)
Output = Annotated[Literal["table", "json"], Parameter(name=["-o", "--output"], help="table for people, json for programs")]


def main(arguments: list[str] | None = None) -> int:
    """Run one command; its exit code. What went wrong is one sentence on stderr, never a traceback."""
    _register(sys.argv[1:] if arguments is None else arguments)
    try:
        result = app(arguments, exit_on_error=False, print_error=True, result_action="return_value")
    except HotlineError as error:
        print(f"hotline: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    except Exception as error:
        if type(error).__module__.startswith("cyclopts"):
            return 2
        raise
    return result if isinstance(result, int) else 0


def _register(arguments: list[str]) -> None:
    """Add the sub-commands of the rooms whose name was typed (or all of them for the help)."""
    first = next((word for word in arguments if not word.startswith("-")), "")
    if first in ("", "kpi"):
        from kpi.cli import make_app

        app.command(make_app(_read_day, lambda: find_places().settings.kpi))
    if first in ("", "menu", "prompts") and "menu" not in app:
        _register_menu()
    if first in ("", "attack", "check-id") and "attack" not in app:
        from ivr.guard.cli import attack, check_id

        app.command(attack)
        app.command(check_id)
    if first in ("", "sms") and "sms" not in app:
        from sms_bridge.cli import make_app as make_sms_app

        app.command(make_sms_app(_bridge_place))
    if first in ("", "twin", "staffing", "explain", "replay", "fairness") and "twin" not in app:
        from server.floor_cli import COMMANDS

        for command in COMMANDS.values():
            app.command(command)
    if first in ("", "asterisk"):
        from asterisk_conf.cli import app as asterisk_app

        app.command(asterisk_app)


def _bridge_place() -> Any:
    """The SMS bridge of this installation."""
    from server.sms import installation

    return installation(find_places())


def _register_menu() -> None:
    """The menu's commands, told where this installation's files are and what makes sounds."""
    from ivr.cli import make_menu_app, make_prompts_app
    from server.opening import menu_files
    from server.voices import synthesiser_of

    def speech() -> SpeechSettings:
        return find_places().settings.speech

    app.command(make_menu_app(lambda menu: menu_files(find_places(), menu), speech))
    app.command(make_prompts_app(lambda menu: menu_files(find_places(), menu), speech, lambda: synthesiser_of(find_places())))


def _read_day(day: date) -> Iterable[Any]:
    from hotline.journal import read_day

    return (recorded.event for recorded in read_day(find_places().journal_url, day))


@app.command
def run(*, demo: bool = False, quiet: bool = False, robots: bool = True, sms: bool = False, config: Path | None = None) -> int:
    """Bring up the hotline and keep it up until Ctrl-C.

    Parameters
    ----------
    demo: invent depositors, sign robot seats in and let robot callers dial.
    quiet: no line per call step.
    robots: with --demo, robot callers and seats (``--no-robots``: only you).
    sms: carry texts to the gateways of etc/sms.toml and answer them; with --demo to a gateway of ours, no text leaves the machine.
    config: settings file; default etc/hotline.toml.
    """
    from server.run import run_house

    return run_house(find_places(config), demo=demo, quiet=quiet, robots=robots and demo, sms=sms)


@app.command
def seat(number: int, action: str, argument: str = "") -> None:
    """Do something at a seat: sign-in AGENT, sign-out, available, break [REASON], end-wrap-up.

    Example: `hotline seat 3 sign-in 8003`, then `hotline seat 3 available`.
    """
    _tell({"do": "seat", "seat": number, "action": action, "argument": argument})


@app.command
def agent(number: str, action: str, argument: str = "") -> None:
    """The same by agent number, at the seat where the agent is signed in: `hotline agent 8003 available`."""
    _tell({"do": "agent", "agent": number, "action": action, "argument": argument})


def _tell(request: dict[str, Any]) -> None:
    from server.control import ask

    print(ask(find_places().control, request)["ok"])


@app.command
def seats(*, output: Output = "table", watch: bool = True) -> None:
    """The seats as they are now, live (one look with --no-watch or -o json)."""
    from server.terminal import show_floor

    show_floor(find_places().control, "seats", as_json=output == "json", watch=watch)


@app.command
def calls(*, output: Output = "table", watch: bool = True) -> None:
    """The calls that are on now, live (one look with --no-watch or -o json)."""
    from server.terminal import show_floor

    show_floor(find_places().control, "calls", as_json=output == "json", watch=watch)


@app.command
def dial(
    *,
    script: str = "",
    staffed: bool | None = None,
    when: Literal["now", "staffed", "closed", "holiday"] = "now",
    slow: bool = False,
    number: str = "",
    output: Annotated[Literal["table", "text", "json"], Parameter(name=["-o", "--output"])] = "table",
    config: Path | None = None,
) -> int:
    """Call the hotline from this terminal, without telephone and exchange: the same menus, with demo people, leaving no trace.

    Exit code: 0 the menu led to an end of its own (a person, goodbye), 3 it gave the caller up, 4 the caller hung up.

    Parameters
    ----------
    script: keys by script, e.g. '2,1,@id,@pin,0': keys, @id and @pin of a demo person (@id2: the second), ~N waits N seconds, ! hangs up.
    staffed: whether people are there (--staffed, --no-staffed); else as the calendar has it.
    when: now, or on a day to come: staffed hours, after them (closed), a holiday.
    slow: a caller on the centre's list of those served slowly.
    number: the number he calls from; withheld when none is given.
    output: table as it goes, text without moments (as the rehearsal page's transcript), json for programs.
    config: settings file; default etc/hotline.toml.
    """
    from server.dial import Dialling
    from server.dial import dial as call

    return call(find_places(config), script, Dialling(staffed, when, slow, number, output))


slow_app = App(name="slow-callers", help="老年人服务名单: callers who are served slowly, by number (kept as keyed hashes).")
app.command(slow_app)


@slow_app.command(name="add")
def add_slow_caller(number: str) -> None:
    """Serve who calls from NUMBER with the slow profile, from the next call on."""
    from server.opening import slow_callers_of

    listed, key = slow_callers_of(find_places())
    print("added" if listed.add(number, key) else "was there")


@slow_app.command(name="remove")
def remove_slow_caller(number: str) -> None:
    """Serve who calls from NUMBER like everybody else."""
    from server.opening import slow_callers_of

    listed, key = slow_callers_of(find_places())
    print("removed" if listed.remove(number, key) else "was not there")


@slow_app.command(name="count")
def count_slow_callers() -> None:
    """How many are on the list."""
    from server.opening import slow_callers_of

    print(len(slow_callers_of(find_places())[0]))


@app.command
def doctor(*, output: Output = "table") -> int:
    """What is missing on this machine, and how to fix it. Exit code 1 when something essential is."""
    from server.doctor import examine, print_findings

    findings = examine(find_places())
    if output == "json":
        print(json.dumps([finding.as_dict() for finding in findings], ensure_ascii=False, indent=1))
    else:
        print_findings(findings)
    return int(any(finding.essential and not finding.good for finding in findings))


@config_app.command
def check(file: Path | None = None, *, output: Output = "table") -> None:
    """Check a settings file and list every field with its value, origin and meaning."""
    from server.config_view import print_settings

    places: Places = find_places(file)
    print_settings(places, as_json=output == "json")


@app.command
def say(kind: str, value: str) -> None:
    """How a value is spoken: kinds amount, date, year_month, account, phone, percent."""
    from ivr.spoken import say as spoken

    print(spoken(kind, value))


if __name__ == "__main__":
    sys.exit(main())
