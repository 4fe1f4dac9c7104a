"""One planted leak of each kind, so that it is known that the search (tests/leaks.py) would have found it."""

from __future__ import annotations

import base64
import gzip
import json
import sqlite3
import wave
from array import array
from collections.abc import Callable, Mapping
from pathlib import Path

from robots.tones import key_tone, murmur, silence

CHANNEL = "PJSIP/carrier-00000007"
CALL = "c-20251125-17640432001"
Plant = Callable[[Path, str], object]


def log_line(folder: Path, pin: str) -> None:
    (folder / "line.log").write_text(json.dumps({"event": "login", "call": CALL, "pin": pin}) + "\n")


def row_in_wal(folder: Path, pin: str) -> sqlite3.Connection:
    """A row that is in the write-ahead log only: the connection that is given back keeps it there."""
    connection = sqlite3.connect(folder / "some.db")
    connection.execute("pragma journal_mode = wal")
    connection.execute("pragma wal_autocheckpoint = 0")
    connection.execute("create table kept (what text)")
    connection.commit()
    connection.execute("insert into kept values (?)", (f"keyed={pin}",))
    connection.commit()
    assert pin.encode() not in (folder / "some.db").read_bytes()
    return connection


def row_a_digit(folder: Path, pin: str) -> None:
    with sqlite3.connect(folder / "events.db") as connection:
        connection.execute("create table events (seq integer primary key, body text)")
        for digit in pin:
            for body in ({"type": "KeyPressed", "call": CALL, "key": digit}, {"type": "KeyPressed", "call": CALL[:-1] + "9", "key": "5"}):
                connection.execute("insert into events (body) values (?)", (json.dumps(body),))


def wide_text(folder: Path, pin: str) -> None:
    (folder / "wide.bin").write_bytes(b"\xff\x01" + f"pin {pin}.".encode("utf-16-le"))


def base64_text(folder: Path, pin: str) -> None:
    (folder / "authorization.txt").write_bytes(b"Authorization: Basic " + base64.b64encode(f"1232900001:{pin}".encode()))


def hex_text(folder: Path, pin: str) -> None:
    (folder / "dump.txt").write_text(f"payload=0a{pin.encode().hex()}ff\n")


def packed_log(folder: Path, pin: str) -> None:
    (folder / "line.log.1.gz").write_bytes(gzip.compress(f"pin={pin}\n".encode()))


def list_of_keys(folder: Path, pin: str) -> None:
    (folder / "keys.json").write_text(json.dumps({"call": CALL, "keys": list(pin)}))


def exchange_log(folder: Path, pin: str) -> None:
    """As Asterisk's own logger writes keys when its channel ``dtmf`` is on, with another caller's in between."""
    lines = []
    for place, digit in enumerate(pin):
        for channel, key in ((CHANNEL, digit), ("PJSIP/carrier-00000008", "7")):
            head = f"[2025-11-25 12:00:0{place}.{place}41] DTMF[12345][C-0000000{place}] channel.c:"
            lines += [
                f"{head} DTMF begin '{key}' received on {channel}",
                f"{head} DTMF end '{key}' received on {channel}, duration 1{place}0 ms",
            ]
    (folder / "full").write_text("\n".join(lines))


def ami_trace(folder: Path, pin: str) -> None:
    blocks = [
        f"Event: DTMFEnd\r\nPrivilege: dtmf,all\r\nChannel: {CHANNEL}\r\nUniqueid: 1764043200.1\r\nDigit: {digit}\r\nDurationMs: 1{place}0"
        for place, digit in enumerate(pin)
    ]
    (folder / "ami.trace").write_text("\r\n\r\n".join(blocks))


def ari_trace(folder: Path, pin: str) -> None:
    events = [
        {"type": "ChannelDtmfReceived", "timestamp": f"2025-11-25T12:00:0{place}.123+0800", "digit": digit, "duration_ms": 100 + place,
         "channel": {"id": "1764043200.1", "name": CHANNEL}}
        for place, digit in enumerate(pin)
    ]  # fmt: skip
    (folder / "ari.trace").write_text("\n".join(map(json.dumps, events)))


def agi_trace(folder: Path, pin: str) -> None:
    (folder / "agi.trace").write_text("".join(f"<< WAIT FOR DIGIT 5000\n>> 200 result={ord(digit)}\n" for digit in pin))


def recording(folder: Path, pin: str) -> None:
    """Tones in the right channel of a recording, somebody speaking in the left."""
    caller: array[int] = silence(0.5)
    for digit in pin:
        caller += key_tone(digit, 0.1, 0.1) + silence(0.1)
    agent = murmur(len(caller) / 8000, seed=4)
    both = array("h", (sample for pair in zip(agent, caller, strict=False) for sample in pair))
    with wave.open(str(folder / "talk.wav"), "wb") as stream:
        stream.setnchannels(2)
        stream.setsampwidth(2)
        stream.setframerate(8000)
        stream.writeframes(both.tobytes())


PLANTS: Mapping[str, Plant] = {
    "log line": log_line, "row in a write-ahead log": row_in_wal, "row a digit": row_a_digit, "utf-16": wide_text, "base64": base64_text,
    "hex": hex_text, "packed log": packed_log, "list of keys": list_of_keys, "exchange's log": exchange_log, "AMI trace": ami_trace,
    "ARI trace": ari_trace, "AGI trace": agi_trace, "recording": recording,
}  # fmt: skip
