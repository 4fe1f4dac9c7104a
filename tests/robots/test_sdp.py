"""Session descriptions: odd ones read, strict ones written."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from robots.sdp import MalformedSdp, Sdp, answer_to, format_sdp, parse_sdp

ASTERISK = b"""v=0
o=- 1 2 IN IP4 127.0.0.1
s=12329
c=IN IP4 127.0.0.1
t=0 0
m=audio 10002 RTP/AVP 8 0 101
a=rtpmap:8 PCMA/8000
a=rtpmap:0 PCMU/8000
a=rtpmap:101 telephone-event/8000
a=fmtp:101 0-16
a=ptime:20
a=maxptime:140
a=sendrecv
"""


@pytest.mark.parametrize("ending", [b"\n", b"\r\n", b"\r", b" \r\n", b"\n\n"])
def test_any_line_ending_is_read(ending: bytes) -> None:
    sdp = parse_sdp(ASTERISK.replace(b"\n", ending))
    assert sdp == Sdp("127.0.0.1", 10002, ("PCMA", "PCMU"), (8, 0), 101)


def test_what_is_written_is_read_back() -> None:
    for event in (None, 96):
        for direction in ("sendrecv", "sendonly", "recvonly", "inactive"):
            sdp = Sdp("127.0.0.2", 22000, ("PCMU", "PCMA"), (0, 8), event, direction)
            assert parse_sdp(format_sdp(sdp)) == sdp


def test_static_types_need_no_rtpmap_and_strange_codecs_are_passed_over() -> None:
    sdp = parse_sdp(b"c=IN IP4 10.0.0.1\nm=audio 4000 RTP/AVP 18 111 8 96\na=rtpmap:111 opus/48000/2\na=rtpmap:96 telephone-event/8000")
    assert (sdp.codecs, sdp.event_type) == (("PCMA",), 96)


def test_the_payload_type_of_keys_is_the_one_for_our_clock_rate() -> None:
    body = b"c=IN IP4 1.2.3.4\nm=audio 4 RTP/AVP 8 110 101\na=rtpmap:110 telephone-event/48000\na=rtpmap:101 TELEPHONE-EVENT/8000/1"
    assert parse_sdp(body).event_type == 101


def test_a_streams_own_address_and_direction_win_over_the_sessions() -> None:
    sdp = parse_sdp(
        b"c=IN IP4 1.1.1.1\na=sendrecv\nm=audio 4000 RTP/AVP 8\nc=IN IP4 2.2.2.2/127\na=sendonly"
        b"\nm=video 5 RTP/AVP 99\nc=IN IP4 3.3.3.3\na=inactive"
    )
    assert (sdp.host, sdp.direction, sdp.on_hold()) == ("2.2.2.2", "sendonly", True)


def test_the_old_way_of_holding_is_understood() -> None:
    assert parse_sdp(b"c=IN IP4 0.0.0.0\nm=audio 4000 RTP/AVP 8").on_hold()


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"v=0",
        b"m=audio 4000 RTP/AVP 8",
        b"c=IN IP4 1.1.1.1\nm=video 4 RTP/AVP 8",
        b"c=\nm=audio x RTP/AVP 8",
        b"c=IN IP4 1.1.1.1\nm=audio 4000 RTP/AVP 18",
        b"\xff\xfe\x00",
    ],
)
def test_what_we_cannot_speak_is_refused(body: bytes) -> None:
    with pytest.raises(MalformedSdp):
        parse_sdp(body)


def test_the_answer_keeps_the_offers_order_and_numbers() -> None:
    offer = Sdp("1.1.1.1", 5, ("PCMU", "PCMA"), (0, 8), 96, "sendonly")
    assert answer_to(offer, "2.2.2.2", 6, ("PCMA", "PCMU")) == Sdp("2.2.2.2", 6, ("PCMU",), (0,), 96, "recvonly")
    assert answer_to(offer, "2.2.2.2", 6, ("PCMA",)).codecs == ("PCMA",)
    with pytest.raises(MalformedSdp):
        answer_to(Sdp("1.1.1.1", 5, ("PCMU",), (0,)), "2.2.2.2", 6, ("PCMA",))


@given(st.binary(max_size=200) | st.text("cma=:/ 0189.IPaudiortpmx\r\n", max_size=120).map(str.encode))
def test_nothing_but_a_refusal_comes_of_rubbish(body: bytes) -> None:
    with contextlib.suppress(MalformedSdp):
        parse_sdp(body)
