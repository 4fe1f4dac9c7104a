"""What `hotline sms` shows and does with the bridge's database; numbers and texts don't appear."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import date
from pathlib import Path

from hotline.clock import SystemClock
from hotline.errors import HotlineError
from hotline.moment import Moment
from hotline.sealed import Sealer
from hotline.tables import Tables
from sms_bridge.figures.rules import Span, period_of
from sms_bridge.figures.show import as_json as figures_as_json
from sms_bridge.figures.show import as_lines
from sms_bridge.figures.store import read_figures, reconcile
from sms_bridge.model import MessageId
from sms_bridge.process import GATEWAY_SOCKET, Installation
from sms_bridge.store.outbox import Outbox
from sms_bridge.tables import SCHEMA


def show_dead(place: Installation, put_back: int | None, *, as_json: bool) -> None:
    """List dead letters, or put one back. Raises IllegalSmsStep, StoreAway."""
    with _tables(place) as tables:
        outbox = Outbox(tables, Sealer(place.key, "sms"), place.signature)
        if put_back is not None:
            asyncio.run(outbox.put_back(MessageId(put_back), SystemClock().now()))
            print(f"message {put_back} waits to be sent again")
            return
        letters = asyncio.run(outbox.dead())
    if as_json:
        print(json.dumps([asdict(each) for each in letters], ensure_ascii=False, indent=1))
        return
    for each in letters:
        print(f"{each.id:>10}  {Moment(each.changed_us, 0).local():%m-%d %H:%M}  {each.topic:<10} {each.attempts} tries  {each.reason}")
    print(f"{len(letters)} dead letters")


class NoDemoGateway(HotlineError):
    """The demo's gateway is not there; start it with `hotline run --demo --sms`:"""


def tell_gateway(place: Installation, line: str) -> str:
    """What the demo's gateway says to a command. Raises NoDemoGateway."""
    try:
        with socket.socket(socket.AF_UNIX) as there:
            there.settimeout(3)
            there.connect(str(place.lock.with_name(GATEWAY_SOCKET)))
            there.sendall(f"{line}\n".encode())
            return there.makefile().readline().strip()
    except OSError as error:
        raise NoDemoGateway(str(error.strerror)) from None


class NoBill(HotlineError):
    """This bill can't be read:"""


def show_report(place: Installation, span: Span, day: date, *, as_json: bool) -> None:
    """The ten figures of a period; coverage and complaints are known to other rooms and stay open here. Raises StoreAway."""
    with _tables(place) as tables:
        found = asyncio.run(tables.read(lambda c: read_figures(c, period_of(span, day))))
    print(json.dumps(figures_as_json(found), ensure_ascii=False, indent=1) if as_json else "\n".join(as_lines(found)))


def show_reconciled(place: Installation, account: str, span: Span, day: date, bill: Path) -> int:
    """What a bill and we agree on and not; 1 when anything differs. Raises NoBill, StoreAway."""
    try:
        text = bill.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise NoBill(f"{bill}: {error}") from None
    with _tables(place) as tables:
        found = asyncio.run(tables.read(lambda c: reconcile(c, account, period_of(span, day), text)))
    sides = (("only ours", found.only_ours), ("only billed", found.only_theirs), ("billed twice", found.twice_billed))
    print(", ".join([f"{found.agree} agree", *(f"{len(ids)} {name}" for name, ids in sides)]))
    for name, ids in sides:
        for id in ids[:50]:
            print(f"  {name}: {id}")
    for number, why in found.broken[:50]:
        print(f"  line {number}: {why}")
    return int(bool(found.only_ours or found.only_theirs or found.twice_billed or found.broken))


@contextmanager
def _tables(place: Installation) -> Iterator[Tables]:
    tables = Tables(place.url, SCHEMA, "sms_desk")
    try:
        yield tables
    finally:
        tables.close()
