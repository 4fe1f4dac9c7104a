"""SMGP spoken as the captures and the document have it: digests, ids of BCD, reports with raw bytes inside."""

from __future__ import annotations

import hashlib
import json
from datetime import datetime
from pathlib import Path

import pytest

from hotline.moment import SHANGHAI
from hotline.secret import Secret
from sms_bridge.link.machine import Link
from sms_bridge.link.model import Account, Answered, Down, Fate, LinkSettings, Order, Report, Text, Ticket, Up, Verdict
from sms_bridge.link.smgp import SmgpManners
from sms_bridge.protocols.dialect import Framer, Pdu
from sms_bridge.protocols.smgp import SMGP30

NOW = datetime(2026, 3, 5, 7, 8, 9, tzinfo=SHANGHAI)
CAPTURED = [
    SMGP30.read(bytes.fromhex(json.loads(line)["hex"]))
    for line in (Path(__file__).parents[1] / "data" / "pdus" / "smgp30.jsonl").read_text().splitlines()
]
ID = bytes.fromhex("00012311231200000001")


def link(mutual: bool = True) -> Link:
    made = Link(SmgpManners(SMGP30, Account("12329001", Secret("secret"), mutual=mutual)), LinkSettings(window=4))
    made.opened(0, NOW)
    return made


def sent(made: Link) -> list[Pdu]:
    return [SMGP30.read(frame) for frame in Framer(SMGP30).feed(made.output())]


def up() -> Link:
    made = link()
    [login] = sent(made)
    proof = hashlib.md5(bytes(4) + login["AuthenticatorClient"] + b"secret").digest()
    made.received(SMGP30.write(Pdu("LOGIN_RESP", 1, {"Status": 0, "AuthenticatorServer": proof, "ServerVersion": 0x30})), 0)
    assert made.events() == [Up()]
    return made


def test_our_login_is_the_captured_one_and_its_gateway_proves_itself() -> None:
    captured, answer = CAPTURED[0], CAPTURED[1]
    made = Link(SmgpManners(SMGP30, Account("12329001", Secret("888888"))), LinkSettings())
    made.opened(0, datetime(2026, 11, 20, 13, 28, 42, tzinfo=SHANGHAI))
    [login] = sent(made)
    assert login.fields == {**captured.fields, "LoginMode": 2}
    made.received(SMGP30.write(Pdu("LOGIN_RESP", 1, answer.fields)), 0)
    assert made.events() == [Up()]


def test_the_leading_zero_of_the_month_is_kept() -> None:
    [login] = sent(link())
    assert login["TimeStamp"] == 305070809
    assert login["AuthenticatorClient"] == hashlib.md5(b"12329001" + bytes(7) + b"secret" + b"0305070809").digest()


@pytest.mark.parametrize(
    ("status", "words"), [(21, "wrong password"), (22, "wrong version"), (2, "too many links"), (99, "refuses our login")]
)
def test_a_refused_login_is_told_in_words(status: int, words: str) -> None:
    made = link()
    made.received(SMGP30.write(Pdu("LOGIN_RESP", 1, {"Status": status, "AuthenticatorServer": bytes(16), "ServerVersion": 0x30})), 0)
    [down] = made.events()
    assert isinstance(down, Down)
    assert words in down.reason


def test_a_message_is_taken_and_reported_on_whatever_the_report_writes_around_it() -> None:
    for words in (b" sub:001 dlvrd:001 submit date:2611231200 done date:2611231201 stat:DELIVRD err:000 text:", b" Stat:DELIVRD"):
        made = up()
        made.submit(Order(Ticket(1, 2), "15400000001", b"\x05\x00\x03\x01\x02\x02x", parts=2, joined=True, link_id=b"link"), 0)
        [submit] = sent(made)
        assert dict(submit["Tlvs"])[10] == b"\x02"
        made.received(SMGP30.write(Pdu("SUBMIT_RESP", submit.sequence, {"MsgID": ID, "Status": 0})), 1)
        made.received(SMGP30.write(deliver(b"id:" + ID + words, 1)), 1)
        answered, report = made.events()
        assert isinstance(answered, Answered)
        assert isinstance(report, Report)
        assert (answered.verdict, report.fate, report.stat) == (Verdict.TAKEN, Fate.DELIVERED, "DELIVRD")
        assert answered.gateway_id == report.gateway_id == ID.hex()
        assert report.receipt["MsgID"] == ID


def test_a_report_that_is_none_ends_the_link() -> None:
    for content in (b"", b"id:short", b"no id at all stat:DELIVRD"):
        made = up()
        made.received(SMGP30.write(deliver(content, 1)), 1)
        [down] = made.events()
        assert isinstance(down, Down)
        assert "report" in down.reason


def test_a_text_comes_with_its_number_and_name() -> None:
    made = up()
    made.received(SMGP30.write(deliver("GJJYE".encode("utf-16-be"), 0)), 1)
    [text] = made.events()
    assert isinstance(text, Text)
    assert (text.key, text.number, text.to) == (ID.hex(), "15400000001", "12329")


def deliver(content: bytes, report: int) -> Pdu:
    fields = {
        "MsgID": ID, "IsReport": report, "MsgFormat": 8, "RecvTime": b"20261123120000", "SrcTermID": b"8615400000001",
        "DestTermID": b"12329", "MsgContent": content, "Reserve": b"", "Tlvs": [],
    }  # fmt: skip
    return Pdu("DELIVER", 7, fields)
