"""Whatever arrives on its ports, a phone goes on working."""

from __future__ import annotations

import asyncio
import random
import socket

import pytest

from robots.errors import CallRefused

HEADERS = (
    b"Via: SIP/2.0/UDP 127.0.0.1:%d;rport;branch=z9hG4bK%s\r\nFrom: <sip:x@y>;tag=1\r\nTo: <sip:two@127.0.0.1>%s\r\n"
    b"Call-ID: odd\r\nCSeq: %d %s\r\nContent-Length: %d\r\n\r\n%s"
)


class Stranger:
    """A bare socket that says what it likes."""

    def __init__(self) -> None:
        self.sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.sock.bind(("127.0.0.1", 0))
        self.sock.setblocking(False)
        self._branch = 0

    def say(self, data: bytes, to: tuple[str, int]) -> None:
        self.sock.sendto(data, to)

    def ask(self, method: bytes, to: tuple[str, int], *, tag: bytes = b"", extra: bytes = b"", body: bytes = b"", cseq: int = 1) -> None:
        self._branch += 1
        branch = b"%d" % self._branch
        rest = HEADERS % (self.sock.getsockname()[1], branch, tag, cseq, method, len(body), body)
        self.say(method + b" sip:two@127.0.0.1 SIP/2.0\r\n" + extra + rest, to)

    async def answer(self) -> bytes:
        async with asyncio.timeout(2):
            return await asyncio.get_running_loop().sock_recv(self.sock, 65535)

    def close(self) -> None:
        self.sock.close()


@pytest.fixture
def stranger():
    one = Stranger()
    yield one
    one.close()


async def works(plug, phone) -> bool:
    """Whether the phone can still be called."""
    caller = await plug(user="checker")
    call = await caller.dial(phone.uri)
    arrived = await phone.wait_for_call(2)
    await arrived.answer()
    await call.answered(2)
    await call.hang_up()
    return arrived.ended_by == "peer"


async def test_rubbish_is_counted_and_dropped(plug, stranger) -> None:
    phone = await plug(user="two")
    dice = random.Random(1)
    address = ("127.0.0.1", phone.agent.port)
    good = b"OPTIONS sip:two@127.0.0.1 SIP/2.0\r\n" + HEADERS % (1, b"q", b"", 1, b"OPTIONS", 0, b"")
    for _ in range(300):
        torn = bytearray(good[: dice.randrange(len(good))])
        for _ in range(dice.randrange(6)):
            if torn:
                torn[dice.randrange(len(torn))] = dice.randrange(256)
        stranger.say(bytes(torn) or b"x", address)
        stranger.say(dice.randbytes(dice.randrange(1, 200)), address)
        if not dice.randrange(20):
            await asyncio.sleep(0)
    await asyncio.sleep(0.05)
    assert phone.agent.traffic.malformed > 100
    assert await works(plug, phone)


async def test_keep_alives_are_no_messages(plug, stranger) -> None:
    phone = await plug(user="two")
    for data in (b"\r\n\r\n", b"\0\0\0\0", b"\r\n"):
        stranger.say(data, ("127.0.0.1", phone.agent.port))
    await asyncio.sleep(0.02)
    assert (phone.agent.traffic.received, phone.agent.traffic.malformed) == (3, 0)


@pytest.mark.parametrize(
    ("method", "options", "status"),
    [
        (b"OPTIONS", {}, b"200"),
        (b"NOTIFY", {}, b"200"),
        (b"SUBSCRIBE", {}, b"405"),
        (b"BYE", {"tag": b";tag=unknown"}, b"481"),
        (b"BYE", {}, b"405"),
        (b"CANCEL", {}, b"481"),
        (b"INVITE", {"tag": b";tag=unknown"}, b"481"),
        (b"INVITE", {"extra": b"Require: 100rel\r\n"}, b"420"),
        (b"INVITE", {"body": b"v=0\r\nm=audio 0 nonsense"}, b"488"),
        (b"INVITE", {"body": b"c=IN IP4 127.0.0.1\r\nm=audio 5 RTP/AVP 18\r\n"}, b"488"),
    ],
    ids=lambda value: value.decode() if isinstance(value, bytes) else "",
)
async def test_strange_requests_are_answered_as_sip_wants_it(plug, stranger, method, options, status) -> None:
    phone = await plug(user="two")
    stranger.ask(method, ("127.0.0.1", phone.agent.port), **options)
    answer = await stranger.answer()
    assert answer.split(b" ")[1] == status
    if method == b"OPTIONS":
        assert b"Allow: INVITE" in answer
    assert await works(plug, phone)


async def test_an_invite_without_offer_gets_ours_and_answers_in_its_ack(plug, stranger) -> None:
    phone = await plug(user="two")
    address = ("127.0.0.1", phone.agent.port)
    stranger.ask(b"INVITE", address, extra=b"Contact: <sip:x@127.0.0.1:9>\r\n")
    arrived = await phone.wait_for_call(2)
    await arrived.answer()
    answers = [await stranger.answer(), await stranger.answer()]
    assert answers[1].startswith(b"SIP/2.0 200") and b"m=audio" in answers[1]
    tag = b";tag=" + arrived.dialog.local.parameter("tag").encode()
    stranger.ask(b"ACK", address, tag=tag, body=b"c=IN IP4 127.0.0.1\nm=audio 22498 RTP/AVP 8")
    await arrived.acked(2)
    assert arrived.session.theirs is not None and not arrived.session.media.mouth.silent
    stranger.ask(b"INVITE", address, tag=tag, cseq=2)  # a re-INVITE without offer
    while not (answer := await stranger.answer()).startswith(b"SIP/2.0 200") or b"CSeq: 2 INVITE" not in answer:
        pass
    assert b"m=audio" in answer
    stranger.ask(b"PUBLISH", address, tag=tag, cseq=3)
    while not (answer := await stranger.answer()).startswith(b"SIP/2.0 405"):
        pass
    stranger.ask(b"BYE", address, tag=tag, cseq=2)  # older than what came last
    while not (answer := await stranger.answer()).startswith(b"SIP/2.0 500"):
        pass
    assert not arrived.over
    stranger.ask(b"BYE", address, tag=tag, cseq=4)
    await arrived.ended(2)
    assert arrived.ended_by == "peer"


async def test_odd_rtp_is_counted_and_heard_by_nobody(plug, stranger, sound) -> None:
    one, two = await plug(user="one"), await plug(user="two")
    call = await one.dial(two.uri)
    arrived = await two.wait_for_call(2)
    await arrived.answer()
    await call.answered(2)
    await call.play(sound(0.1, 1))
    media = arrived.session.media
    for data in (b"", b"x", b"\x80" * 11, bytes(40), b"\x80\x65\0\1\0\0\0\1\0\0\0\1\x01"):
        call.session.media.send_raw(data)
    call.session.media.send_raw(b"\x80\x63" + bytes(20))
    stranger.say(b"\x80\x08" + bytes(170), (media.host, media.port))
    await asyncio.sleep(0.05)
    assert (media.counts.malformed, media.counts.strays, media.counts.other_types) == (5, 1, 1)
    assert media.heard.keys == []
    await call.press("1", tone=0.04, gap=0.02)
    await asyncio.sleep(0.02)
    assert len(media.heard.keys) == 1


async def test_an_answer_that_cannot_be_spoken_ends_the_call_with_bye(plug, stranger) -> None:
    phone = await plug(user="one")
    call = await phone.dial(f"sip:x@127.0.0.1:{stranger.sock.getsockname()[1]}")
    invite = (await stranger.answer()).split(b"\r\n\r\n")[0].split(b"\r\n")
    kept = [line for line in invite[1:] if line.split(b":")[0] in (b"Via", b"From", b"Call-ID", b"CSeq")]
    to = [line + b";tag=s" for line in invite if line.startswith(b"To:")]
    stranger.say(b"\r\n".join([b"SIP/2.0 200 OK", *kept, *to, b"", b"no sdp"]), ("127.0.0.1", phone.agent.port))
    with pytest.raises(CallRefused):
        await call.answered(2)
    assert (await stranger.answer()).startswith(b"ACK")
    assert (await stranger.answer()).startswith(b"BYE")
    assert call.end_reason == "no usable SDP"
