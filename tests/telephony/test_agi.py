"""FastAGI connections: what libraries got wrong (each fault has a test of its name), and what else a peer may do to us."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asterisk_conf.testing import free_port
from hotline.clock import HandClock, SystemClock
from telephony.agi import AgiLink
from telephony.agi_connection import ENVIRONMENT_S
from telephony.agi_server import AgiServer
from telephony.agi_wire import Environment, Garbled, ReplyReader, Unsayable, application, command, quoted, variable
from telephony.errors import HungUp, SwitchAway
from telephony.ports import Arrival
from telephony.virtual_time import LoopClock, run_virtually
from tests.telephony.agi_peer import AgiPeer, MemoryTransport, moment, words

Talk = Callable[[AgiLink, AgiPeer], Awaitable[None]]


class Bench:
    """A server in virtual time; ``served`` are the calls that reached the handler."""

    def __init__(self, most: int = 100) -> None:
        self.served: list[Arrival] = []
        self.handler: Callable[[AgiLink], Awaitable[None]] = self.rest
        self.server = AgiServer(self.serve, LoopClock(), most)

    async def serve(self, link: AgiLink, arrival: Arrival) -> None:
        self.served.append(arrival)
        await self.handler(link)

    async def rest(self, link: AgiLink) -> None:
        await link.answer()

    def peer(self, **how: Any) -> AgiPeer:
        return AgiPeer(self.server.link(), **how)


def run(story: Callable[[Bench], Awaitable[None]], most: int = 100) -> Bench:
    async def play() -> Bench:
        bench = Bench(most)
        async with bench.server.running():
            await story(bench)
        return bench

    return run_virtually(play())


def talk(dialog: Talk, **how: Any) -> AgiPeer:
    """One call whose handler is ``dialog``; raises what it raises."""

    async def play() -> AgiPeer:
        bench = Bench()
        over: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        peer = bench.peer(**how)

        async def handler(link: AgiLink) -> None:
            try:
                await dialog(link, peer)
                over.set_result(None)
            except BaseException as error:
                over.set_exception(error)
                raise

        bench.handler = handler
        async with bench.server.running():
            peer.connect()
            await over
        return peer

    return run_virtually(play())


# -- faults of panoramisk's FastAGI server -------------------------------------------------------------------------


@asynccontextmanager
async def listening(serve: Callable[[AgiLink, Arrival], Awaitable[None]]) -> AsyncIterator[tuple[AgiServer, int]]:
    server, port = AgiServer(serve, SystemClock()), free_port()
    async with asyncio.timeout(10), server.listening(port):
        yield server, port


async def test_panoramisk_froze_when_somebody_connected_and_closed() -> None:
    served = asyncio.Event()

    async def serve(link: AgiLink, arrival: Arrival) -> None:
        await link.answer()
        served.set()

    async with listening(serve) as (server, port):
        for _ in range(20):
            _, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.close()
            await writer.wait_closed()
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"agi_uniqueid: 1.0\nagi_callerid: 139\n\n")
        assert await reader.readline() == b"ANSWER\n"
        writer.write(b"200 result=0\n")
        await served.wait()
        assert await reader.read() == b""
        writer.close()
        while server.refused.total() < 20:
            await asyncio.sleep(0)
    assert server.refused == {"closed before a call": 20}
    assert server.calls == 0


def test_panoramisk_took_the_hang_up_line_for_a_reply_and_was_off_by_one_ever_after() -> None:
    async def dialog(link: AgiLink, peer: AgiPeer) -> None:
        peer.variables["A"], peer.variables["B"] = "one", "two"
        assert await link.get_variable("A") == "one"
        peer.dead = True
        coming = link.send(command("GET VARIABLE", "B"))
        peer.tell("HANGUP\n")  # before the reply of what is under way
        with pytest.raises(HungUp):
            await coming
        with pytest.raises(HungUp):
            await link.get_variable("A")

    assert talk(dialog).lines[:1] == ["GET VARIABLE A"]


def test_panoramisk_raised_value_error_on_a_closed_socket() -> None:
    async def dialog(link: AgiLink, peer: AgiPeer) -> None:
        waiting = link.wait_for_digit(moment(60))
        await asyncio.sleep(1)
        peer.vanish()
        with pytest.raises(HungUp):
            await link.reply(waiting)
        with pytest.raises(HungUp):
            await link.answer()

    talk(dialog)


def test_panoramisk_swallowed_cancellation() -> None:
    async def story(bench: Bench) -> None:
        ended: list[str] = []

        async def handler(link: AgiLink) -> None:
            try:
                await asyncio.sleep(3600)
            except asyncio.CancelledError:
                ended.append("cancelled")
                raise

        bench.handler = handler
        peer = bench.peer()
        peer.connect()
        await asyncio.sleep(1)
        assert bench.server.calls == 1
        for task in asyncio.all_tasks():
            if task.get_name() == bench.served[0].call:
                task.cancel()
        await asyncio.sleep(0.01)
        assert ended == ["cancelled"]
        assert peer.closed
        assert bench.server.calls == 0

    assert run(story).server.broken == 0


# -- faults of pyst2 -----------------------------------------------------------------------------------------------


def test_pyst2_wrote_every_digit_to_stderr(capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture) -> None:
    async def dialog(link: AgiLink, peer: AgiPeer) -> None:
        shown = []
        for key in "864209":
            peer.press(key, after=0.5)
            reply = await link.reply(link.wait_for_digit(moment(5)))
            assert reply.key == key
            shown.append(repr(reply))
        assert len(set(shown)) == 1
        peer.tell("xyzzy\n")

    talk(dialog)
    written = "".join(capfd.readouterr()) + caplog.text
    assert "xyzzy" not in written
    assert not any(f"result={ord(key)}" in written or f"'{key}'" in written for key in "864209")


def test_pyst2_could_serve_no_call_outside_the_main_thread() -> None:
    served: list[Arrival] = []

    def serve() -> None:
        served.extend(run(lambda bench: _one_call(bench)).served)

    thread = threading.Thread(target=serve)
    thread.start()
    thread.join(10)
    assert [arrival.ani for arrival in served] == ["13900001111"]


async def _one_call(bench: Bench) -> None:
    bench.peer().connect()
    await asyncio.sleep(1)


def test_a_text_with_a_line_break_cannot_become_a_second_command() -> None:
    for text in ("1\nHANGUP", "1\rHANGUP", "1\0HANGUP", "\x7f"):
        with pytest.raises(Unsayable):
            quoted(text)
    with pytest.raises(Unsayable):
        command("NOOP", "1\nHANGUP")


# -- what is said --------------------------------------------------------------------------------------------------


@given(st.lists(st.text(st.characters(exclude_categories=("Cc", "Cs")), max_size=50), max_size=5))
def test_whatever_is_quoted_arrives_as_it_was(texts: list[str]) -> None:
    line = command("NOOP", *(quoted(text) for text in texts)).decode()
    assert line.count("\n") == 1
    assert words(line[:-1]) == ["NOOP", *texts]


@given(st.text(max_size=80))
def test_a_variables_value_is_quoted_or_refused(value: str) -> None:
    async def dialog(link: AgiLink, peer: AgiPeer) -> None:
        try:
            await link.set_variable("HL_X", value)
        except Unsayable:
            assert any(letter < " " or letter == "\x7f" for letter in value)
        else:
            assert peer.variables["HL_X"] == value

    talk(dialog)


@pytest.mark.parametrize("argument", ["a,b", "${SHELL(id)}", "$[1+1]", 'a"', "a)", "a b", "a\\", "a;b", "a|b", "a&b"])
def test_an_argument_can_not_become_another_or_a_substitution(argument: str) -> None:
    with pytest.raises(Unsayable):
        application("Stasis", "hotline", argument)


def test_what_is_no_name_is_no_variable_and_no_application() -> None:
    assert variable("TIMEOUT(absolute)") == "TIMEOUT(absolute)"
    for name in ("", "a b", "X\nHANGUP", "${X}", "A(b)c", "SHELL(rm -rf)"):
        with pytest.raises(Unsayable):
            variable(name)
    with pytest.raises(Unsayable):
        application("System(x)")


def test_a_command_longer_than_asterisk_reads_is_refused() -> None:
    with pytest.raises(Unsayable):
        command("NOOP", quoted("长" * 1000))


# -- what is heard -------------------------------------------------------------------------------------------------


def test_replies_of_many_lines_are_one_reply() -> None:
    reader = ReplyReader()
    assert reader.take("520-Invalid command syntax.  Proper usage follows:") is None
    assert reader.take("200 result=1 (not a reply)") is None
    reply = reader.take("520 End of proper usage.")
    assert reply is not None
    assert reply.code == 520
    assert reader.take("200 result=1 (a") is None
    value = reader.take("b)")
    assert value is not None
    assert value.value == "a\nb"
    ended = reader.take("200 result=35 (dtmf) endpos=4800")
    assert ended is not None
    assert (ended.key, ended.value, ended.end) == ("#", "dtmf", 4800)


@given(st.text(max_size=200))
def test_any_line_is_a_reply_or_garbled(line: str) -> None:
    for reader in (ReplyReader(), Environment()):
        with suppress(Garbled):
            reader.take(line)


def test_a_reply_in_pieces_is_a_reply() -> None:
    async def dialog(link: AgiLink, peer: AgiPeer) -> None:
        coming = link.send(command("VERBOSE"))
        for letter in "200 result=4":
            peer.link.data_received(letter.encode())
        assert not coming.done()
        peer.link.data_received(b"\r\n")
        assert (await coming).result == 4

    async def play() -> None:
        link = AgiLink(HandClock(), lambda link: None, lambda why: None)
        peer = AgiPeer(link)
        link.connection_made(SilentTransport(peer))
        peer.tell("agi_uniqueid: 1.0\n\n")
        await dialog(link, peer)

    run_virtually(play())


class SilentTransport(MemoryTransport):
    """Nobody reads what is written."""

    def write(self, data: Any) -> None:
        pass


def test_a_peer_that_never_answers_is_given_up_and_the_line_is_away() -> None:
    async def play() -> None:
        link = AgiLink(LoopClock(), lambda link: None, lambda why: None)
        peer = AgiPeer(link)
        link.connection_made(SilentTransport(peer))
        peer.tell("agi_uniqueid: 1.0\n\n")
        for _ in range(2):
            with pytest.raises(SwitchAway):
                await link.answer()

    run_virtually(play())


@pytest.mark.parametrize("noise", ["200 result=0\n", "garbage\n", "200 result=x\n", "\x00\xff\n", "520\n", "x" * 70_000])
def test_a_peer_that_talks_nonsense_loses_his_own_call_only(noise: str) -> None:
    async def story(bench: Bench) -> None:
        async def handler(link: AgiLink) -> None:
            await asyncio.sleep(2)
            await link.answer()

        bench.handler = handler
        good, bad = bench.peer(), bench.peer()
        good.connect()
        bad.connect()
        await asyncio.sleep(1)
        bad.tell(noise)
        await asyncio.sleep(3)
        assert good.answered
        assert not bad.answered
        assert bad.closed

    run(story)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "no environment in time"),
        ("GET / HTTP/1.1\r\n", "That is not AGI: a line that is no environment"),
        ("\n", "That is not AGI: an empty environment"),
        ("agi_x: 1\n" * 10, "no environment in time"),
        ("".join(f"agi_{n}: 1\n" for n in range(300)), "That is not AGI: an environment without end"),
        ("agi_x: " + "1" * 40_000 + "\nagi_y: " + "1" * 40_000 + "\n", "That is not AGI: an environment without end"),
        ("agi_x: " + "1" * 100_000, "a line without end"),
        ("agi_uniqueid: ../../etc\n\n", "That is not AGI: no channel"),
    ],
)
def test_who_is_no_asterisk_is_closed_and_counted(text: str, why: str) -> None:
    async def story(bench: Bench) -> None:
        peer = bench.peer()
        peer.link.connection_made(peer.transport)
        peer.tell(text)
        await asyncio.sleep(ENVIRONMENT_S + 1)
        assert peer.transport.closed
        later = bench.peer()
        later.connect()
        await asyncio.sleep(1)
        assert later.answered

    bench = run(story)
    assert bench.server.refused == {why: 1}
    assert len(bench.served) == 1


def test_an_environment_that_comes_slowly_but_in_time_is_taken() -> None:
    async def story(bench: Bench) -> None:
        peer = bench.peer()
        peer.link.connection_made(peer.transport)
        text = "".join(f"{name}: {value}\n" for name, value in peer.environment.items()) + "\n"
        for letter in text:
            peer.tell(letter)
            await asyncio.sleep(ENVIRONMENT_S / len(text) * 0.9)
        await asyncio.sleep(1)
        assert peer.answered

    assert [arrival.call for arrival in run(story).served] == ["c-20251125-0123456789"]


def test_too_many_calls_are_given_back_to_the_dialplan() -> None:
    async def story(bench: Bench) -> None:
        async def handler(link: AgiLink) -> None:
            await asyncio.sleep(10)

        bench.handler = handler
        peers = [bench.peer(channel=f"lab-{number}.0") for number in range(5)]
        for peer in peers:
            peer.connect()
        await asyncio.sleep(1)
        assert [peer.closed for peer in peers] == [False, False, False, True, True]

    assert run(story, most=3).server.refused == {"too many calls": 2}


def test_a_handler_that_breaks_takes_nobody_with_it() -> None:
    async def story(bench: Bench) -> None:
        async def handler(link: AgiLink) -> None:
            raise RuntimeError("ours")

        bench.handler = handler
        first = bench.peer()
        first.connect()
        await asyncio.sleep(1)
        bench.handler = bench.rest
        second = bench.peer()
        second.connect()
        await asyncio.sleep(1)
        assert first.closed
        assert second.answered

    assert run(story).server.broken == 1


def test_a_dialplan_that_names_no_call_gets_one_of_its_channel() -> None:
    async def story(bench: Bench) -> None:
        for given_call in ("", "c-2025; DROP", "../x"):
            bench.peer(call=given_call, trunk="", ani="unknown").connect()
        await asyncio.sleep(1)

    for arrival in run(story).served:
        assert arrival.call == "c-20251124-17951807190"
        assert (arrival.ani, arrival.trunk, arrival.dnis, arrival.line) == ("", "agi", "12329", "lab-1795180719.0")


# -- cutting short -------------------------------------------------------------------------------------------------


async def _cancelled(task: asyncio.Task[Any]) -> None:
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


@pytest.mark.parametrize("after", [0.0, 0.001, 0.02, 0.5, 0.97, 0.985, 0.999, 1.0])
def test_a_cancelled_prompt_is_stopped_and_every_later_reply_is_its_own(after: float) -> None:
    async def dialog(link: AgiLink, peer: AgiPeer) -> None:
        peer.variables["A"], peer.variables["B"] = "one", "two"
        saying = asyncio.create_task(link.reply(link.stream_file("/prompts/x")))
        await asyncio.sleep(after)
        if not saying.done():
            await _cancelled(saying)
        assert await link.get_variable("A") == "one"
        assert await link.get_variable("B") == "two"
        assert asyncio.get_running_loop().time() <= 1.1

    talk(dialog)


def test_a_cancelled_wait_ends_at_once_and_every_later_reply_is_its_own() -> None:
    async def dialog(link: AgiLink, peer: AgiPeer) -> None:
        peer.variables["A"] = "one"
        waiting = asyncio.create_task(link.reply(link.wait_for_digit(moment(60))))
        await asyncio.sleep(5)
        await _cancelled(waiting)
        assert await link.get_variable("A") == "one"
        assert asyncio.get_running_loop().time() < 6

    talk(dialog)


def test_a_cut_that_asterisk_read_together_with_the_prompt_is_sent_again() -> None:
    async def dialog(link: AgiLink, peer: AgiPeer) -> None:
        peer.variables["A"] = "one"
        peer.stalled = True
        saying = asyncio.create_task(link.reply(link.stream_file("/prompts/long")))
        await asyncio.sleep(0.1)
        await _cancelled(saying)
        await asyncio.sleep(0.1)
        peer.resume()  # reads both, plays, and doesn't look at the second
        assert await link.get_variable("A") == "one"
        assert asyncio.get_running_loop().time() < 2
        assert peer.said == ["/prompts/long"]

    talk(dialog, length_of=lambda sound: 30.0)


def test_no_two_commands_are_ever_on_their_way() -> None:
    async def dialog(link: AgiLink, peer: AgiPeer) -> None:
        peer.variables |= {f"V{number}": str(number) for number in range(50)}
        asked = [link.get_variable(f"V{number}") for number in range(50)]
        assert await asyncio.gather(*asked) == [str(number) for number in range(50)]

    talk(dialog)
