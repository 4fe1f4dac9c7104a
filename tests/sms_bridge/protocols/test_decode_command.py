"""`hotline sms decode` prints the fields, or the same bytes again, or one sentence about what is wrong."""

from __future__ import annotations

import json

import pytest

from server.cli import main
from tests.sms_bridge.protocols.test_tables import CAPTURED


@pytest.mark.parametrize("protocol", ["cmpp20", "cmpp30", "smgp30", "sgip12"])
def test_every_capture_is_printed_and_printed_again(protocol: str, capsys: pytest.CaptureFixture[str]) -> None:
    frames = [frame.hex() for name, _, frame in CAPTURED if name == protocol]
    assert main(["sms", "decode", "--protocol", protocol, "--reencode", *frames]) == 0
    assert capsys.readouterr().out.split() == frames
    assert main(["sms", "decode", "--protocol", protocol, "-o", "json", *frames]) == 0
    assert len(json.loads(capsys.readouterr().out)) == len(frames)
    assert main(["sms", "decode", "--protocol", protocol, frames[-1]]) == 0


@pytest.mark.parametrize(
    ("hex", "words"),
    [
        ("", "0 bytes"),
        ("0000000c00000008000000", "11 bytes"),
        ("00000000000000080000000100", "can't have 0 bytes"),
        ("ffffffff0000000800000001", "can't have 4294967295 bytes"),
        ("0000000d0000000800000001", "length field says 13"),
        ("0000000c0000000900000001", "knows no command 0x00000009"),
        ("xyz", "hexadecimal"),
    ],
)
def test_what_is_no_pdu_is_refused_in_one_sentence(hex: str, words: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["sms", "decode", "--protocol", "cmpp30", hex]) == 1
    said = capsys.readouterr()
    assert words in said.err
    assert said.out == ""
    assert len(said.err.splitlines()) == 1
