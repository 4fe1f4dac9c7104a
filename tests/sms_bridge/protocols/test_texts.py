"""Long texts are cut where the network cuts them, joined as they were, and never lose a character."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from sms_bridge.protocols.texts import GBK, UCS2, Joint, joint_header, parts, readable, take_header, units

letters = st.text(alphabet=st.sampled_from("一公积金a1，😀𠮷"), max_size=300)


@given(text=letters)
def test_parts_joined_are_the_text_and_none_is_too_long_or_ends_within_a_pair(text: str) -> None:
    cut = parts(text)
    assert "".join(cut) == text
    assert [units(part) for part in cut] == [len(part.encode("utf-16-be")) // 2 for part in cut]
    assert all(units(part) <= (70 if len(cut) == 1 else 67) for part in cut)
    assert all(readable(part.encode("utf-16-be"), UCS2) == part for part in cut)


def test_a_pair_that_would_be_cut_moves_to_the_next_part() -> None:
    assert [units(part) for part in parts("一" * 66 + "😀" + "二" * 10)] == [66, 12]
    assert len(parts("😀" * 67)) == 3


def test_both_kinds_of_joint_are_read_and_other_headers_are_taken_off() -> None:
    assert take_header(joint_header(Joint(7, 3, 2)) + b"text") == (Joint(7, 3, 2), b"text")
    assert take_header(bytes((6, 8, 4, 1, 2, 3, 1)) + b"text") == (Joint(0x102, 3, 1), b"text")
    assert take_header(bytes((10, 5, 3, 1, 2, 3, 0, 3, 9, 2, 1)) + b"text") == (Joint(9, 2, 1), b"text")
    assert take_header(bytes((4, 36, 2, 1, 1)) + b"text") == (None, b"text")
    assert take_header(b"") == (None, b"")
    assert take_header(b"\xfftext") == (None, b"\xfftext")


def test_codings_are_read_and_what_is_none_is_shown_in_hexadecimal() -> None:
    assert readable("𠮷先生".encode("gb18030"), GBK) == "𠮷先生"
    assert readable(b"\xd8\x3d", UCS2) == "d83d"
    assert readable(b"\x01", 3) == "01"
