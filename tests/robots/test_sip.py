"""SIP messages: read leniently, written strictly, rubbish refused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from robots.sip import (
    Address,
    MalformedSip,
    Request,
    Response,
    escape_user,
    host_port,
    parse,
    parse_address,
    reply,
    split_list,
    user_of,
)

INVITE = (
    b"INVITE sip:12329@127.0.0.1:5060 SIP/2.0\r\n"
    b"v: SIP/2.0/UDP 127.0.0.2:5070;rport;branch=z9hG4bKabc\r\n"
    b"Via: SIP/2.0/UDP 10.0.0.1, SIP/2.0/UDP 10.0.0.2;branch=z9hG4bKdef\r\n"
    b'f: "Wang, A" <sip:13900001111@127.0.0.2>;tag=one\r\n'
    b"To:<sip:12329@127.0.0.1>\r\n"
    b"Call-ID: abc@127.0.0.2\r\n"
    b"CSeq:   7   INVITE\r\n"
    b"Subject: folded\r\n over two lines\r\n"
    b"Content-Length: 4\r\n\r\nv=0\ntoo much"
)


def test_compact_names_folded_lines_lists_and_surplus_bytes_are_understood() -> None:
    message = parse(INVITE)
    assert isinstance(message, Request)
    assert (message.method, message.uri, message.body) == ("INVITE", "sip:12329@127.0.0.1:5060", b"v=0\n")
    assert len(message.all("Via")) == 3
    assert message.get("Subject") == "folded over two lines"
    assert message.cseq() == (7, "INVITE")
    sender = parse_address(message.get("From"))
    assert (sender.display, user_of(sender.uri), sender.parameter("tag")) == ("Wang, A", "13900001111", "one")


def test_a_message_survives_writing_and_reading() -> None:
    first = parse(INVITE)
    again = parse(first.to_bytes())
    assert (again.headers, again.body) == (
        [*((k, v) for k, v in first.headers if k.lower() != "content-length"), ("Content-Length", "4")],
        first.body,
    )


def test_bare_line_feeds_are_understood() -> None:
    assert isinstance(parse(INVITE.replace(b"\r\n", b"\n")), Request)


def test_a_response_is_told_from_a_request() -> None:
    message = parse(INVITE.replace(b"INVITE sip:12329@127.0.0.1:5060 SIP/2.0", b"SIP/2.0 180 Ringing"))
    assert isinstance(message, Response)
    assert (message.status, message.reason) == (180, "Ringing")


@pytest.mark.parametrize(
    "spoil",
    [
        lambda text: b"",
        lambda text: b"\r\n\r\n",
        lambda text: b"HELLO\r\n\r\n",
        lambda text: text.replace(b"SIP/2.0\r\n", b"HTTP/1.1\r\n", 1),
        lambda text: text.replace(b"Content-Length: 4", b"Content-Length: 4000"),
        lambda text: text.replace(b"7   INVITE", b"7 BYE"),
        lambda text: text.replace(b"7   INVITE", b"seven INVITE"),
        lambda text: text.replace(b"7   INVITE", b"99999999999 INVITE"),
        lambda text: text.replace(b"Call-ID:", b"X-Call:"),
        lambda text: text.split(b"\r\n\r\n")[0],
        lambda text: b"\x80" * 100,
    ],
)
def test_what_is_no_sip_message_is_refused(spoil) -> None:
    with pytest.raises(MalformedSip):
        parse(spoil(INVITE))


@given(st.binary(max_size=300), st.integers(0, len(INVITE)), st.integers(0, len(INVITE)))
def test_a_datagram_of_rubbish_or_a_torn_message_never_raises_anything_else(noise: bytes, begin: int, end: int) -> None:
    for data in (noise, INVITE[:begin] + noise + INVITE[end:]):
        try:
            message = parse(data)
            message.to_bytes()
            for header in ("Via", "Contact", "From", "Route"):
                [parse_address(value) for value in message.all(header)]
        except MalformedSip:
            pass


def test_commas_in_quotes_and_brackets_do_not_part() -> None:
    assert split_list('"a,b" <sip:x,y@z>;p, <sip:c>') == ['"a,b" <sip:x,y@z>;p', "<sip:c>"]


def test_addresses_in_both_forms() -> None:
    assert parse_address("sip:a@b;tag=x") == Address("sip:a@b", "", (("tag", "x"),))
    assert parse_address("<sip:a@b;lr>;tag=x") == Address("sip:a@b;lr", "", (("tag", "x"),))
    assert str(Address("sip:a@b", "N").with_tag("1").with_tag("2")) == '"N" <sip:a@b>;tag=2'


def test_star_and_hash_pass_through_a_uri() -> None:
    assert escape_user("*818003#") == "*818003%23"
    assert user_of("sip:*818003%23@127.0.0.1:5060;user=phone") == "*818003#"
    assert user_of("sip:127.0.0.1") == ""


def test_host_and_port_of_a_uri() -> None:
    assert host_port("sip:a@127.0.0.1:5070;transport=udp") == ("127.0.0.1", 5070)
    assert host_port("sip:127.0.0.1") == ("127.0.0.1", 5060)
    assert host_port("sip:a@b:99999") == ("b", 5060)


def test_a_reply_copies_what_must_be_copied_and_adds_our_tag_once() -> None:
    request = parse(INVITE)
    assert isinstance(request, Request)
    response = reply(request, 180, "Ringing", "mine")
    assert response.all("Via") == request.all("Via")
    assert response.get("To") == "<sip:12329@127.0.0.1>;tag=mine"
    assert (response.get("From"), response.get("Call-ID"), response.cseq()) == (request.get("From"), "abc@127.0.0.2", (7, "INVITE"))
