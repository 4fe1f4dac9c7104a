"""What `hotline sms` shows and does with the bridge's database; numbers and texts don't appear."""

from __future__ import annotations

import asyncio
import json
from dataclasses import asdict

from hotline.clock import SystemClock
from hotline.moment import Moment
from hotline.sealed import Sealer
from hotline.tables import Tables
from sms_bridge.model import MessageId
from sms_bridge.process import Installation
from sms_bridge.store.outbox import Outbox
from sms_bridge.tables import SCHEMA


def show_dead(place: Installation, put_back: int | None, *, as_json: bool) -> None:
    """List dead letters, or put one back. Raises IllegalSmsStep, StoreAway."""
    tables = Tables(place.url, SCHEMA, "sms_desk")
    outbox = Outbox(tables, Sealer(place.key, "sms"), place.signature)
    try:
        if put_back is not None:
            asyncio.run(outbox.put_back(MessageId(put_back), SystemClock().now()))
            print(f"message {put_back} waits to be sent again")
            return
        letters = asyncio.run(outbox.dead())
    finally:
        tables.close()
    if as_json:
        print(json.dumps([asdict(each) for each in letters], ensure_ascii=False, indent=1))
        return
    for each in letters:
        print(f"{each.id:>10}  {Moment(each.changed_us, 0).local():%m-%d %H:%M}  {each.topic:<10} {each.attempts} tries  {each.reason}")
    print(f"{len(letters)} dead letters")
