"""The link between the line worker and Asterisk is cut, or passes nothing on without a word: calls and figures come through."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from faults.scenes import CLOSE, Scene, longest_gap, ms_apart, now, rest, scene

from hotline import events as e
from tests.telephony.tcp_gate import Gate

pytestmark = [pytest.mark.asterisk, pytest.mark.asyncio(loop_scope="module")]


class Gated(Scene):
    """A scene whose worker reaches Asterisk's HTTP port through a gate."""

    gate: Gate


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def gated(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Gated]:
    """A hotline with a gate in its link."""
    async with scene(tmp_path_factory.mktemp("link"), start=False) as stage:
        port = stage.hotline.exchange.settings.asterisk.http_port
        running = Gated(stage.hotline)
        running.gate = Gate(port)
        await running.gate.open()
        config = stage.hotline.config
        config.write_text(config.read_text().replace(f"http_port = {port}", f"http_port = {running.gate.port}"))
        await stage.hotline.start_worker()
        yield running
        await running.gate.shut()


async def hears_again(stage: Gated) -> None:
    """Wait until the worker hears Asterisk again."""
    await stage.hotline.until(lambda: stage.hotline.ask({"do": "health"})["ok"]["hears_asterisk"], "the worker hears Asterisk", 15)


async def test_hang_ups_while_the_link_is_cut_are_found_with_their_own_times(gated: Gated) -> None:
    await gated.staff(1, 2)
    leaver, left_agent = await gated.talk(1)
    stayer, leaving_agent = await gated.talk(2)
    waiting = await gated.dial()
    await waiting.want_an_agent()
    for seat in (1, 2):
        gated.hotline.ask({"do": "seat", "seat": seat, "action": "break"})
    cut = now()
    await gated.gate.shut()
    await rest(0.3)
    assert not gated.hotline.ask({"do": "health"})["ok"]["hears_asterisk"]
    await leaver.line.hang_up()
    await leaving_agent.hang_up()
    await rest(0.5)
    await gated.gate.open()
    await hears_again(gated)

    await left_agent.ended(5)
    for caller, moment, by in ((leaver, leaver.line.moments.bye_sent, "caller"), (stayer, leaving_agent.moments.bye_sent, "agent")):
        talk = await caller.event(e.TalkEnded)
        assert (talk.by, talk.estimated) == (by, True)
        assert ms_apart(talk.at, moment) < CLOSE / 1000
    assert ms_apart((await leaver.event(e.CallEnded)).at, leaver.line.moments.bye_sent) < CLOSE / 1000
    await stayer.event(e.SurveyOffered, 3)
    assert not waiting.line.over
    assert len(waiting.events(e.CallQueued)) == 1
    assert longest_gap(waiting.line, cut, now()) < 3
    for line in (stayer.line, waiting.line):
        await line.hang_up()
    await gated.calm()


async def test_a_caller_in_the_menu_does_not_notice_that_the_link_was_cut(gated: Gated) -> None:
    caller = await gated.dial()
    await caller.menu("E.MAIN")
    await gated.gate.shut()
    await rest(0.3)
    await gated.gate.open()
    await hears_again(gated)
    await caller.line.press("2")
    await caller.menu("Q")
    assert len(caller.events(e.MenuEntered)) == 2
    await caller.line.hang_up()
    await gated.calm()


async def test_a_link_that_passes_nothing_on_is_noticed_within_five_seconds(gated: Gated) -> None:
    await gated.staff(1)
    caller, agent = await gated.talk(1)
    lost = len(gated.hotline.events(e.SwitchLost))
    gated.gate.freeze()
    began = now()
    await gated.hotline.until(lambda: len(gated.hotline.events(e.SwitchLost)) > lost, "the link is given up", 10)
    assert ms_apart(began, now()) < 5500
    await agent.hang_up()
    await rest(0.3)
    await gated.gate.shut()
    await gated.gate.open()
    await hears_again(gated)
    talk = await caller.event(e.TalkEnded)
    assert ms_apart(talk.at, agent.moments.bye_sent) < CLOSE / 1000
    await caller.event(e.SurveyOffered)
    await caller.line.hang_up()
    await gated.calm()
