"""RTP packets and telephone events, byte by byte."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from robots.rtp import KEYS, MalformedRtp, RtpPacket, TelephoneEvent, code_of, pack, pack_event, unpack, unpack_event


def test_a_packet_has_the_bytes_of_rfc_3550() -> None:
    packet = RtpPacket(8, 0x1234, 0x01020304, 0xAABBCCDD, True, b"xyz")
    assert pack(packet) == bytes.fromhex("80 88 1234 01020304 aabbccdd") + b"xyz"
    assert unpack(pack(packet)) == packet


def test_counters_wrap_around() -> None:
    packet = unpack(pack(RtpPacket(8, 0x10001, 0x1_0000_0005, 7, False, b"")))
    assert (packet.sequence, packet.timestamp) == (1, 5)


def test_an_event_has_the_bytes_of_rfc_4733() -> None:
    # key 1, end, volume -10 dBm0, 800 samples: the layout of section 2.3
    assert pack_event(TelephoneEvent(1, True, 800)) == bytes.fromhex("01 8a 0320")
    assert unpack_event(bytes.fromhex("0b 0a 00a0")) == TelephoneEvent(11, False, 160, 10)


def test_the_sixteen_keys_have_the_codes_of_rfc_4733() -> None:
    assert [code_of(key) for key in "0123456789*#ABCD"] == list(range(16))
    assert code_of("d") == 15 and len(KEYS) == 16
    for wrong in ("", "x", "12", "F"):
        with pytest.raises(ValueError) as caught:
            code_of(wrong)
        assert str(caught.value) == "no such key"


def test_contributing_sources_extension_and_padding_are_stripped() -> None:
    data = bytes.fromhex("b2 08 0001 00000002 00000003") + b"CSR1CSR2" + bytes.fromhex("bede 0001 11223344") + b"abc" + b"\0\x02"
    assert unpack(data).payload == b"abc"


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x80" * 11,
        b"\x00" * 12,
        bytes.fromhex("80c8 0006 00000000 00000000"),
        bytes.fromhex("9008 0001 00000002 00000003 bede"),
        bytes.fromhex("8f08 0001 00000002 00000003"),
        bytes.fromhex("a008 0001 00000002 00000003 ff"),
    ],
)
def test_what_is_no_rtp_is_refused(data: bytes) -> None:
    with pytest.raises(MalformedRtp):
        unpack(data)


def test_a_short_event_is_refused() -> None:
    with pytest.raises(MalformedRtp):
        unpack_event(b"\x01\x80")


@given(st.binary(max_size=64))
def test_rubbish_is_refused_or_read_and_nothing_else(data: bytes) -> None:
    with contextlib.suppress(MalformedRtp):
        unpack(data)
