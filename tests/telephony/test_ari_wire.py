"""Frames: what is decoded, what is dropped, and that nothing of a dropped one is told."""

from __future__ import annotations

import json
from urllib.parse import unquote

import pytest
import structlog
import structlog.testing
from hypothesis import given
from hypothesis import strategies as st

from telephony.ari_messages import EVENTS, ChannelDtmfReceived, Event
from telephony.ari_socket import frame_end, text_length
from telephony.ari_wire import FrameReader, RestReply, query, write_request

CHANNEL = {
    "id": "1.0",
    "name": "PJSIP/hl-carrier-00000000",
    "state": "Up",
    "caller": {"name": "", "number": "13900001111"},
    "connected": {"name": "", "number": ""},
    "dialplan": {"context": "c", "exten": "12329", "priority": 3, "app_name": "Stasis", "app_data": "hotline,arrived,c-1,carrier"},
    "creationtime": "2026-11-21T13:31:08.318+0000",
}
STAMP = {"timestamp": "2026-11-21T21:31:08.443+0800", "application": "hotline"}


def digit(key: str = "7", first: str = "type") -> bytes:
    body = {"type": "ChannelDtmfReceived", **STAMP, "digit": key, "duration_ms": 100, "channel": CHANNEL}
    return json.dumps({first: body.pop(first), **body}, separators=(",", ":")).encode()


@pytest.mark.parametrize("first", ["type", "digit"])
def test_an_event_is_typed_wherever_its_type_stands(first: str) -> None:
    event = FrameReader(["ChannelDtmfReceived"]).read(digit(first=first))
    assert isinstance(event, ChannelDtmfReceived)
    assert (event.digit, event.channel.id, event.timestamp.isoformat()) == ("7", "1.0", "2026-11-21T21:31:08.443000+08:00")


def test_an_event_nobody_wants_is_dropped_without_decoding() -> None:
    reader = FrameReader(["StasisStart"])
    assert reader.read(b'{"type":"ChannelVarset","and":then nonsense') is None
    assert reader.counts == {"ignored": 1}


def test_an_event_of_a_newer_asterisk_is_counted_and_dropped() -> None:
    reader = FrameReader(["StasisStart"])
    for _ in range(2):
        assert reader.read(b'{"type":"ChannelTeleported","timestamp":"x"}') is None
    assert reader.counts == {"unknown ChannelTeleported": 2}


def test_a_million_kinds_of_unknown_events_do_not_fill_the_memory() -> None:
    reader = FrameReader([])
    for number in range(1000):
        reader.read(b'{"type":"New%d"}' % number)
    assert len(reader.counts) < 250
    assert sum(reader.counts.values()) == 1000


@pytest.mark.parametrize(
    "frame",
    [
        b"",
        b"\xff\xfe",
        b"[]",
        b"12",
        b'{"type":',
        b'{"type":"',
        b'{"type":7}',
        digit()[:-10],
        digit().replace(b'"digit":"7"', b'"digit":7'),
        digit().replace(b"2026-11-21T21", b"yesterday"),
        digit().replace(b'"channel":{', b'"channel":[{').replace(b"}}", b"}]}"),
    ],
)
def test_a_malformed_frame_is_skipped_and_its_content_told_to_nobody(frame: bytes) -> None:
    reader = FrameReader(["ChannelDtmfReceived"])
    with structlog.testing.capture_logs() as logged:
        assert reader.read(frame) is None
        assert reader.read(digit()) is not None
    assert sum(reader.counts.values()) == 1
    assert "13900001111" not in str(logged)
    assert "digit" not in str(logged)


@given(st.binary(max_size=60), st.integers(0, 200))
def test_no_bytes_break_the_reader(noise: bytes, place: int) -> None:
    reader = FrameReader(EVENTS)
    frame = digit()
    reader.read(noise)
    reader.read(frame[:place] + noise + frame[place:])


def test_a_message_shows_its_kind_only() -> None:
    event = FrameReader(["ChannelDtmfReceived"]).read(digit())
    assert repr(event) == "<ChannelDtmfReceived>"
    assert f"{event}" == "<ChannelDtmfReceived>"


def test_a_reply_keeps_what_is_needed() -> None:
    frame = b'{"type":"RESTResponse","transaction_id":"","request_id":"5","status_code":204,"reason_phrase":"No Content","uri":"x"}'
    assert FrameReader([]).read(frame) == RestReply("5", 204, "")


def test_every_event_type_has_a_shape_that_an_older_asterisk_may_leave_gaps_in() -> None:
    assert all(issubclass(kind, Event) for kind in EVENTS.values())
    bare = {"type": "ChannelDtmfReceived", "timestamp": STAMP["timestamp"], "channel": CHANNEL}
    event = FrameReader(["ChannelDtmfReceived"]).read(json.dumps(bare).encode())
    assert isinstance(event, ChannelDtmfReceived)
    assert event.digit == ""


@given(st.text(max_size=40), st.text(max_size=40))
def test_whatever_is_asked_survives_the_way_there(value: str, body: str) -> None:
    frame = json.loads(write_request("1", "POST", query("channels", media=value), body))
    path, _, asked = frame["uri"].partition("?")
    assert (path, asked.partition("=")[0], unquote(asked.partition("=")[2])) == ("channels", "media", value)
    assert frame["message_body"] == body
    assert "&" not in asked.partition("=")[2]


@given(st.lists(st.tuples(st.sampled_from([0x81, 0x89, 0x8A, 0x88, 0x01, 0x80]), st.integers(0, 70_000)), max_size=5), st.data())
def test_frames_are_told_apart_wherever_the_stream_is_cut(frames: list[tuple[int, int]], data: st.DataObject) -> None:
    stream = b""
    ends = []
    for first, length in frames:
        size = (
            bytes([length])
            if length < 126
            else b"\x7e" + length.to_bytes(2, "big")
            if length < 65536
            else b"\x7f" + length.to_bytes(8, "big")
        )
        stream += bytes([first]) + size + bytes(length)
        ends.append(len(stream))
    cut = data.draw(st.integers(0, len(stream)))
    found, start = [], 0
    while (end := frame_end(stream[:cut], start)) is not None:
        assert text_length(stream, start) == dict(zip(ends, (length for _, length in frames), strict=True))[end]
        found.append(end)
        start = end
    assert found == [end for end in ends if end <= cut]
