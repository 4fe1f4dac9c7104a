"""PDUs captured between independent implementations read and written again are the same bytes; anything else is refused in words."""

from __future__ import annotations

import hashlib
import json
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sms_bridge.protocols.cmpp import CMPP20, CMPP30, REPORTS
from sms_bridge.protocols.dialect import Dialect, Framer, Pdu
from sms_bridge.protocols.fields import Field, Malformed, Table
from sms_bridge.protocols.known import DIALECTS
from sms_bridge.protocols.show import shown

CAPTURES = Path(__file__).parents[1] / "data" / "pdus"
CAPTURED = [
    (file.stem, number, bytes.fromhex(json.loads(line)["hex"]))
    for file in sorted(CAPTURES.glob("*.jsonl"))
    for number, line in enumerate(file.read_text().splitlines())
]
dialects = st.sampled_from(list(DIALECTS.values()))


def of(name: str) -> list[bytes]:
    return [frame for protocol, _, frame in CAPTURED if protocol == name]


def test_there_are_captures_of_four_protocols() -> None:
    assert {protocol for protocol, _, _ in CAPTURED} == {"cmpp20", "cmpp30", "sgip12", "smgp30"}
    assert len(CAPTURED) == 35


@pytest.mark.parametrize(("protocol", "number", "frame"), CAPTURED, ids=lambda each: str(each)[:12])
def test_a_captured_pdu_read_and_written_again_is_the_same_bytes(protocol: str, number: int, frame: bytes) -> None:
    dialect = DIALECTS[protocol]
    pdu = dialect.read(frame)
    assert dialect.write(pdu) == frame
    json.dumps(shown(dialect, pdu))


@pytest.mark.parametrize(("protocol", "number", "frame"), CAPTURED, ids=lambda each: str(each)[:12])
def test_a_captured_pdu_cut_anywhere_or_with_a_byte_more_is_refused(protocol: str, number: int, frame: bytes) -> None:
    dialect = DIALECTS[protocol]
    for end in range(len(frame)):
        with pytest.raises(Malformed):
            dialect.read(frame[:end])
    with pytest.raises(Malformed):
        dialect.read(frame + b"\0")


def test_what_the_capture_says_in_words() -> None:
    submit, _, deliver = (CMPP30.read(frame) for frame in of("cmpp30")[2:5])
    assert (submit["Src_Id"], submit["Dest_terminal_Id"], submit["Msg_Fmt"]) == (b"12329", [b"13800130000"], 8)
    assert submit["Msg_Content"].decode("utf-16-be").startswith("【住房公积金】您尾号1234")
    report = REPORTS[71].decode(deliver["Msg_Content"])
    assert (report["Stat"], report["Dest_terminal_Id"]) == (b"DELIVRD", b"13800130000")
    assert report["Msg_Id"] == CMPP30.read(of("cmpp30")[3])["Msg_Id"] > 1 << 63


def test_report_contents_have_sixty_and_seventy_one_bytes() -> None:
    two, three = CMPP20.read(of("cmpp20")[5]), CMPP30.read(of("cmpp30")[4])
    assert (len(two["Msg_Content"]), len(three["Msg_Content"])) == (60, 71)


def values(field: Field, counts: dict[str, int]) -> st.SearchStrategy[Any]:
    """Any value that has room in ``field``."""
    if field.kind == "uint":
        return st.integers(0, 256**field.size - 1)
    if field.kind == "raw":
        return st.binary(min_size=field.size, max_size=field.size)
    if field.kind == "text":
        return st.binary(max_size=field.size).map(lambda each: each.rstrip(b"\0"))
    if field.kind == "cstring":
        return st.binary(max_size=field.size - 1).map(lambda each: each.replace(b"\0", b"x"))
    if field.kind == "repeat":
        return st.lists(st.binary(max_size=field.size).map(lambda each: each.rstrip(b"\0")), max_size=5)
    if field.kind == "tlvs":
        return st.lists(st.tuples(st.integers(0, 65535), st.binary(max_size=40)), max_size=4)
    return st.binary(max_size=200)


@st.composite
def pdus(draw: st.DrawFn) -> tuple[Dialect, Pdu]:
    dialect = draw(dialects)
    table: Table = draw(st.sampled_from(dialect.tables))
    counted = {field.by: field.name for field in table.fields if field.by}
    fields = {field.name: draw(values(field, {})) for field in table.fields if field.name not in counted}
    fields |= {count: len(fields[name]) for count, name in counted.items()}
    words = 3 if dialect.name == "sgip12" else 1
    status = draw(st.integers(0, 2**32 - 1)) if dialect.name == "smpp34" else 0
    return dialect, Pdu(table.name, draw(st.integers(0, 2 ** (32 * words) - 1)), fields, status)


@given(each=pdus())
def test_whatever_has_room_comes_back_as_it_was(each: tuple[Dialect, Pdu]) -> None:
    dialect, pdu = each
    frame = dialect.write(pdu)
    assert dialect.read(frame) == pdu
    assert dialect.write(dialect.read(frame)) == frame


@given(each=pdus(), cuts=st.lists(st.integers(0, 400), max_size=6), more=pdus())
def test_a_stream_gives_the_same_frames_however_it_is_split(each: tuple[Dialect, Pdu], cuts: list[int], more: tuple[Dialect, Pdu]) -> None:
    dialect, pdu = each
    frames = [dialect.write(pdu)] * 3
    stream = b"".join(frames)
    places = sorted({min(cut, len(stream)) for cut in cuts} | {0, len(stream)})
    framer = Framer(dialect)
    got = [frame for begin, end in pairwise(places) for frame in framer.feed(stream[begin:end])]
    assert got == frames
    assert framer.incomplete == 0


@given(dialect=dialects, garbage=st.binary(max_size=200))
def test_garbage_is_refused_and_never_another_error(dialect: Dialect, garbage: bytes) -> None:
    try:
        for frame in Framer(dialect).feed(garbage):
            dialect.read(frame)
    except Malformed as error:
        assert str(error)


@given(each=pdus(), at=st.integers(0, 300), byte=st.integers(0, 255))
def test_a_changed_byte_gives_another_pdu_or_is_refused(each: tuple[Dialect, Pdu], at: int, byte: int) -> None:
    dialect, pdu = each
    frame = bytearray(dialect.write(pdu))
    frame[at % len(frame)] = byte
    try:
        assert dialect.write(dialect.read(bytes(frame))) is not None
    except Malformed as error:
        assert str(error)


@pytest.mark.parametrize("dialect", DIALECTS.values(), ids=str)
@pytest.mark.parametrize("length", [0, 1, 11, 1 << 24, 0xFFFFFFFF])
def test_a_length_no_pdu_can_have_is_refused_at_once(dialect: Dialect, length: int) -> None:
    with pytest.raises(Malformed, match="can't have"):
        Framer(dialect).feed(length.to_bytes(4, "big"))


def test_sequence_zero_and_a_msg_id_above_two_to_the_63_are_numbers_like_others() -> None:
    for number in (0, 2**64 - 1):
        pdu = Pdu("SUBMIT_RESP", 0, {"Msg_Id": number, "Result": 0})
        assert CMPP20.read(CMPP20.write(pdu)) == pdu


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"Source_Addr": b"1234567"}, "Source_Addr has 7 bytes, 6 have room"),
        ({"AuthenticatorSource": b"short"}, "AuthenticatorSource has 5 bytes, not 16"),
        ({"Version": 256}, "CONNECT"),
        ({"Timestamp": None}, "CONNECT"),
    ],
)
def test_what_has_no_room_is_refused_by_name_and_never_shortened(fields: dict[str, Any], words: str) -> None:
    good = {"Source_Addr": b"900001", "AuthenticatorSource": bytes(16), "Version": 0x30, "Timestamp": 0}
    with pytest.raises(Malformed, match=words):
        CMPP30.write(Pdu("CONNECT", 1, good | fields))
    del good["Version"]
    with pytest.raises(Malformed, match="needs 'Version'"):
        CMPP30.write(Pdu("CONNECT", 1, good))


def test_a_command_nobody_knows_is_refused_with_its_number() -> None:
    frame = bytearray(CMPP30.write(Pdu("ACTIVE_TEST", 1)))
    frame[7] = 0x77
    with pytest.raises(Malformed, match="0x00000077"):
        CMPP30.read(bytes(frame))


def test_a_pdu_does_not_show_numbers_in_its_repr() -> None:
    assert "13800130000" not in repr(CMPP30.read(of("cmpp30")[2]))


def test_the_captured_logins_are_digests_of_what_the_document_says() -> None:
    """The account, nine zero bytes, the secret and ten digits of time; the answer covers the status too (secret of the test client)."""
    for dialect, asked, told in ((CMPP20, 0, 1), (CMPP30, 0, 1)):
        frames = of(dialect.name)
        login, answer = dialect.read(frames[asked]), dialect.read(frames[told])
        secrets = (b"888888", b"ICP001", b"ICP", b"88888888")
        fit = [s for s in secrets if _digest(login, s) == login["AuthenticatorSource"]]
        assert len(fit) == 1
        assert answer["Status"] == 0


def _digest(login: Pdu, secret: bytes) -> bytes:
    return hashlib.md5(login["Source_Addr"].ljust(6, b"\0") + bytes(9) + secret + b"%010d" % login["Timestamp"]).digest()
