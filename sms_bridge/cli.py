"""`hotline sms`: PDUs taken apart, the gateway simulator.

Exit codes: 0 done, 1 what was given is no PDU (why, on standard error).
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal

from cyclopts import App, Parameter

from sms_bridge.protocols.dialect import Framer
from sms_bridge.protocols.fields import Malformed
from sms_bridge.protocols.known import DIALECTS
from sms_bridge.protocols.show import shown

Protocol = Annotated[Literal["cmpp20", "cmpp30", "smgp30", "sgip12", "smpp34"], Parameter(help="whose PDU it is")]
Span = Literal["day", "week", "month", "quarter", "year"]
Output = Annotated[Literal["table", "json"], Parameter(name=["-o", "--output"], help="table for people, json for programs")]


def make_app(place: Callable[[], Any]) -> App:
    """The `sms` command; ``place`` gives the installation (sms_bridge.process.Installation) when a command needs it."""
    app = App(name="sms", help="短信: the protocols of the carriers, the bridge and its simulator.")
    app.command(decode)
    app.command(simulator)

    @app.command
    def run() -> None:
        """Carry the outbox to the gateways of etc/sms.toml until Ctrl-C; only one at a time."""
        from sms_bridge.process import run_bridge

        run_bridge(place())

    @app.command
    def tell(*words: str) -> None:
        """Tell the demo's gateway something: `hotline sms tell text 15400000000 GJJYE`, `tell fault flow 0.2`, `tell status`."""
        from sms_bridge.desk_commands import tell_gateway

        print(tell_gateway(place(), " ".join(words)))

    @app.command
    def dead(put_back: int | None = None, *, output: Output = "table") -> None:
        """Messages that failed, with the reason; --put-back ID sends one again."""
        from sms_bridge.desk_commands import show_dead

        show_dead(place(), put_back, as_json=output == "json")

    @app.command
    def report(span: Span, day: date, *, output: Output = "table") -> None:
        """The seven statistics and three indicators (seed 000 §4.2) of the day, week, month, quarter or year DAY (YYYY-MM-DD) lies in."""
        from sms_bridge.desk_commands import show_report

        show_report(place(), span, day, as_json=output == "json")

    @app.command
    def reconcile(account: str, span: Span, day: date, bill: Path) -> int:
        """Lay a gateway's bill (CSV with a column gateway_id) beside what was accepted. Exit code 1 when they differ."""
        from sms_bridge.desk_commands import show_reconciled

        return show_reconciled(place(), account, span, day, bill)

    return app


def decode(*hex: str, protocol: Protocol, reencode: bool = False, output: Output = "table") -> None:
    """Print the fields of the PDU given in hexadecimal (blanks and line ends don't matter; several PDUs may follow one another).

    Parameters
    ----------
    hex: the bytes; - reads them from standard input.
    reencode: print the same PDU written anew, in hexadecimal.
    """
    given = sys.stdin.read() if hex == ("-",) else " ".join(hex)
    try:
        data = bytes.fromhex("".join(given.split()))
    except ValueError as error:
        raise Malformed(f"{error}") from None
    dialect = DIALECTS[protocol]
    framer = Framer(dialect)
    frames = framer.feed(data)
    if framer.incomplete or not frames:
        dialect.read(data[len(data) - framer.incomplete :])
    pdus = [dialect.read(frame) for frame in frames]
    if reencode:
        print("\n".join(dialect.write(pdu).hex() for pdu in pdus))
        return
    all_shown = [shown(dialect, pdu) for pdu in pdus]
    if output == "json":
        print(json.dumps(all_shown[0] if len(all_shown) == 1 else all_shown, ensure_ascii=False, indent=1))
        return
    for each in all_shown:
        _print(each)


def simulator(
    *,
    account: Annotated[tuple[str, ...], Parameter(help="NAME=SECRET of a client", negative="")] = ("900001=888888",),
    fault: Annotated[tuple[str, ...], Parameter(help="NAME=VALUE of a fault, from the start", negative="")] = (),
    cmpp_port: int = 7890,
    smpp_port: int = 2775,
    host: str = "127.0.0.1",
    log: Path | None = None,
) -> None:
    """A carrier's gateway on this machine: CMPP 2.0/3.0 and SMPP 3.4, faults on demand; commands are read from the terminal.

    Commands: `text NUMBER WORDS` (somebody texts to us), `fault NAME VALUE`, `status`. Example:
    `hotline sms simulator --fault flow=0.1 --fault report_s=2`
    """
    from sms_bridge.gateways.simulator.command import run_simulator

    run_simulator(account, fault, cmpp_port, smpp_port, host, log)


def _print(pdu: dict[str, Any]) -> None:
    status = f"  status {pdu['status']:#x}" if "status" in pdu else ""
    print(f"{pdu['protocol']}  {pdu['pdu']}  sequence {pdu['sequence']}{status}")
    for name, value in pdu["fields"].items():
        print(f"  {name:<22}{json.dumps(value, ensure_ascii=False) if isinstance(value, dict | list) else value}")
