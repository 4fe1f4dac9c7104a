"""The SMS bridge beside its yardsticks: durable messages a second, codec time a PDU, and an answer's way with a mountain before it.

``python -m bench.sms [--out FILE] [-o json]``. Everything runs on loopback against our own simulator in a process of its own:
outbox, relay, reports on. Yardsticks of the same run: one message under way at a time (a commit for every step of every message), and
``construct`` for the codec.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import subprocess
import tempfile
import time
import timeit
from pathlib import Path
from typing import Any

import uvloop

from bench.report import circumstances, ratio, tell, write
from bench.sms_house import SmsHouse, sms_house, taken
from bench.statistics import percentile
from bench.tools import ROOT, yardstick_python
from sms_bridge.protocols.cmpp import CMPP30

CAPTURE = ROOT / "tests" / "sms_bridge" / "data" / "pdus" / "cmpp30.jsonl"
MESSAGES, ALONE, TEXTS, MOUNTAIN, SPEED = 20_000, 400, 100, 100_000, 50.0
AIM = {"messages_per_s": 8000, "codec_us": 2.0, "reply_p99_s": 1.0}


async def carried(folder: Path, count: int, links: int, window: int) -> dict[str, Any]:
    """Messages a second from the outbox to their reports, and the processor time of each."""
    async with sms_house(folder, links=links, window=window) as home:
        put_s = await home.put(count)
        cpu, began = time.process_time(), time.monotonic()
        relay = asyncio.ensure_future(home.relay.run())
        while await home.count("delivered") < count:
            await asyncio.sleep(0.25)
        seconds, cpu = time.monotonic() - began, time.process_time() - cpu
        relay.cancel()
        await asyncio.gather(relay, return_exceptions=True)
        resent = home.relay.desk.counts["resent"]
    different = len({each["mark"] for each in taken(folder)})
    return {
        "messages": count, "links": links, "window": window, "per_s": round(count / seconds, 1),
        "bridge_cpu_us": round(cpu / count * 1e6, 1), "into_outbox_per_s": round(count / put_s, 1),
        "different_at_gateway": different, "resent": resent,
    }  # fmt: skip


async def replies(folder: Path, count: int, mountain: int) -> dict[str, Any]:
    """From a code put into the outbox to its being taken by the gateway, with ``mountain`` notices queued at 50 a second."""
    async with sms_house(folder, links=1, window=16, per_second=SPEED) as home:
        await home.put(mountain)
        relay = asyncio.ensure_future(home.relay.run())
        await asyncio.sleep(3)
        waits = [await _one_reply(home, number) for number in range(count)]
        relay.cancel()
        await asyncio.gather(relay, return_exceptions=True)
    return {"queued": mountain, "per_s": SPEED, "codes": count, "p50_s": percentile(waits, 50), "p99_s": percentile(waits, 99)}


async def _one_reply(home: SmsHouse, number: int) -> float:
    began = time.monotonic()
    message = await home.put_code(number)
    while await home.state(message) not in ("accepted", "delivered"):
        await asyncio.sleep(0.005)
    await asyncio.sleep(0.1)
    return time.monotonic() - began - 0.1


def codec() -> dict[str, Any]:
    """Microseconds a PDU: SUBMIT of CMPP 3.0 with 82 bytes of text, as it was captured."""
    frame = bytes.fromhex(json.loads(CAPTURE.read_text().splitlines()[2])["hex"])
    pdu = CMPP30.read(frame)
    found = {"decode_us": _us(lambda: CMPP30.read(frame)), "encode_us": _us(lambda: CMPP30.write(pdu))}
    python = yardstick_python()
    if python is not None:
        theirs = [python, ROOT / "bench" / "variants" / "construct_codec.py"]
        said = subprocess.run(theirs, input=frame.hex(), capture_output=True, text=True, timeout=60, check=False).stdout
        found |= json.loads(said or "{}")
    return found


def _us(job: Any, count: int = 30_000) -> float:
    return round(min(timeit.repeat(job, number=count, repeat=5)) / count * 1e6, 3)


async def measure() -> dict[str, Any]:
    """All of it, one after the other."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        found: dict[str, Any] = {"codec": codec()}
        tell(f"codec {found['codec']}")
        found["durable"] = await carried(folder / "durable", MESSAGES, 4, 32)
        tell(f"durable {found['durable']}")
        found["one_by_one"] = await carried(folder / "alone", ALONE, 1, 1)
        tell(f"one by one {found['one_by_one']}")
        found["replies"] = await replies(folder / "replies", TEXTS, MOUNTAIN)
        tell(f"replies {found['replies']}")
    found["ratios"] = {
        "durable_to_one_by_one": ratio(found["durable"]["per_s"], found["one_by_one"]["per_s"]),
        "decode_to_construct": ratio(found["codec"]["decode_us"], found["codec"].get("construct_decode_us")),
    }
    return found


def main() -> None:
    """Measure and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path)
    parser.add_argument("-o", "--output", choices=("table", "json"), default="table")
    arguments = parser.parse_args()
    report = {**circumstances("sms"), "aim": AIM, "result": uvloop.run(measure())}
    write(report, arguments.out, arguments.output == "json")


if __name__ == "__main__":
    main()
