"""The rehearsal's line: one socket is one call; so many at once, ended when nobody is there, and nothing of it is left."""

from __future__ import annotations

import asyncio
import hashlib
import re
from collections.abc import Coroutine
from pathlib import Path
from typing import Any, TypeVar

import pytest
from litestar.types import ASGIApp

from fund_core.people import demo_depositors
from server.dial import ScriptLoop
from server.dial_script import BEFORE_KEY_S, BETWEEN_KEYS_S
from server.places import Places
from server.rehearsal import rehearsal_copies
from tests.agent_console.conftest import PEOPLE
from tests.agent_console.page_peer import Frame, PagePeer

T = TypeVar("T")
FIRST = demo_depositors(count=PEOPLE)[0]


def virtually(story: Coroutine[Any, Any, T]) -> T:
    with asyncio.Runner(loop_factory=ScriptLoop) as runner:
        return runner.run(story)


def words(page: PagePeer) -> str:
    """Everything the caller heard begin."""
    heard, clips = "", []
    for frame in page.heard:
        if frame["kind"] == "said":
            clips = frame["clips"]
        elif frame["kind"] == "sound":
            heard += clips[frame["clip"]]["words"]
    return heard


async def call(app: ASGIApp, *steps: str, **choice: Any) -> PagePeer:
    """A polite caller: his next step when a key is waited for; then he hangs up."""
    todo = list(steps)
    lengths = {"code": 6, "id": len(FIRST.account) + 1, "citizen": len(FIRST.citizen_id) + 1, "pin": len(FIRST.pin)}
    busy = 0.0

    def hear(frame: Frame) -> None:
        nonlocal busy
        loop = asyncio.get_running_loop()
        if frame["kind"] != "waiting" or loop.time() < busy - 1e-6:
            return
        step = todo.pop(0) if todo else "!"
        busy = loop.time() + BEFORE_KEY_S + (lengths.get(step, len(step)) - 1) * BETWEEN_KEYS_S
        match step:
            case "!":
                page.hang_up(BEFORE_KEY_S)
            case "id" | "citizen" | "pin":
                loop.call_later(BEFORE_KEY_S, lambda: page.tell(kind="fill", what=step))
            case "code":
                page.press(re.findall(r"\d{6}", page.of("texted")[-1]["text"])[0], BEFORE_KEY_S, BETWEEN_KEYS_S)
            case _:
                page.press(step, BEFORE_KEY_S, BETWEEN_KEYS_S)

    page = PagePeer(app, hear)
    page.tell(kind="begin", **choice)
    await page.run()
    return page


def test_a_caller_logs_in_hears_his_balance_and_asks_for_a_person(app: ASGIApp) -> None:
    page = virtually(call(app, "2", "1", "id", "pin", "0", scene="staffed"))
    assert page.closed == 1000
    assert page.of("ended") == [{"kind": "ended", "at": page.of("ended")[0]["at"], "how": "agent", "words": "转人工"}]
    assert "当前余额" in words(page)
    assert [frame["node"] for frame in page.of("stands")][:6] == ["E.WELCOME", "E.NOTICE", "E.MAIN", "Q", "Q.1", "AU.P1"]
    assert [frame["name"] for frame in page.of("noted")][:4] == ["MenuEntered", "MenuEntered", "LoggedIn", "SelfServiceGiven"]


def test_no_frame_carries_a_key_or_whose_account_it_is(app: ASGIApp) -> None:
    page = virtually(call(app, "2", "1", "id", "pin", "0", scene="staffed"))
    sent = str(page.heard)
    for secret in (FIRST.pin, FIRST.account, FIRST.citizen_id, FIRST.mobile, str(FIRST.depositor)):
        assert secret not in sent
    assert page.of("noted")[2]["fields"] == {"depositor": "****0001"}


def test_each_sound_is_told_as_it_begins_and_a_key_cuts_it_short(app: ASGIApp) -> None:
    async def story() -> PagePeer:
        page = PagePeer(app, lambda frame: page.press("2", 1.0) if frame["kind"] == "stands" and frame["node"] == "E.MAIN" else None)
        page.tell(kind="begin", scene="staffed")
        asyncio.get_running_loop().call_later(40, page.hang_up)
        await page.run()
        return page

    page = virtually(story())
    kinds = [frame["kind"] for frame in page.heard]
    cut = kinds.index("cut")
    begun = [frame for frame in page.heard[:cut] if frame["kind"] == "said"][-1]["clips"]
    assert kinds[cut - 1] == "sound"
    assert "业务查询请按2" in str(begun)
    assert page.heard[cut - 1]["clip"] < len(begun) - 1, "the rest of the menu was not begun"
    assert [frame["node"] for frame in page.heard[cut:] if frame["kind"] == "stands"] == ["Q"]


@pytest.mark.parametrize(
    ("scene", "said", "staffed"),
    [("staffed", "人工服务请按0", True), ("closed", "非人工", False), ("holiday", "非人工", False)],
)
def test_the_time_that_was_chosen_decides_what_is_offered(app: ASGIApp, scene: str, said: str, staffed: bool) -> None:
    page = virtually(call(app, scene=scene))
    assert page.of("begun")[0]["staffed"] is staffed
    offered = words(page)
    assert ("人工服务请按0" in offered) is staffed, offered
    assert page.of("begun")[0]["when"].startswith({"staffed": "2025-11-25 09:30", "closed": "2025-11-25 17:30"}.get(scene, "2026-01-01"))


def test_who_is_on_the_slow_list_goes_to_a_person_when_people_are_there(app: ASGIApp) -> None:
    page = virtually(call(app, scene="staffed", slow=True))
    assert page.of("ended")[0]["how"] == "agent"


FRAMES = [
    "", "{", "null", "[]", '"key"', "{}", '{"kind":"nothing"}', '{"kind":"key","key":"12"}', '{"kind":"key","key":"A"}', '{"kind":"key"}',
    '{"kind":"fill","what":"name"}', '{"kind":"key","key":"1","more":1}', '{"kind":"begin"}', "\ud800", '{"kind":"key","key":1}',
]  # fmt: skip


@pytest.mark.parametrize("frame", FRAMES)
def test_what_is_no_frame_ends_that_socket_and_no_other(app: ASGIApp, frame: str) -> None:
    async def story() -> tuple[PagePeer, PagePeer]:
        good, bad = PagePeer(app), PagePeer(app)
        for page in (good, bad):
            page.tell(kind="begin", scene="staffed")
        loop = asyncio.get_running_loop()
        loop.call_later(1, bad.tell_raw, frame)
        loop.call_later(20, good.hang_up)
        await asyncio.gather(good.run(), bad.run())
        return good, bad

    good, bad = virtually(story())
    assert bad.closed == 1008
    assert bad.heard[-1]["kind"] == "refused"
    assert frame not in bad.heard[-1]["why"] or not frame
    assert good.closed == 1000
    assert good.heard[-1]["how"] == "hung_up"


@pytest.mark.parametrize(
    "first", ['{"kind":"key","key":"1"}', '{"kind":"leave"}', '{"kind":"begin","scene":"yesterday"}', '{"kind":"begin","person":-1}']
)
def test_a_call_begins_with_dialling(app: ASGIApp, first: str) -> None:
    async def story() -> PagePeer:
        page = PagePeer(app)
        page.tell_raw(first)
        await page.run()
        return page

    assert virtually(story()).closed == 1008


def test_a_binary_frame_is_no_frame_of_ours(app: ASGIApp) -> None:
    async def story() -> PagePeer:
        page = PagePeer(app)
        page.tell(kind="begin")
        page.tell_bytes(b"\x00\xff")
        await page.run()
        return page

    assert virtually(story()).closed == 1008


def test_one_more_than_there_are_booths_is_told_so_and_may_come_when_one_is_free(app: ASGIApp) -> None:
    async def story() -> list[PagePeer]:
        pages = [PagePeer(app) for _ in range(3)]
        for page in pages:
            page.tell(kind="begin")
        for page in pages:
            page.hang_up(5)
        async with asyncio.TaskGroup() as group:
            for page in pages:
                group.create_task(page.run())
        later = await call(app)
        return [*pages, later]

    first, second, third, later = virtually(story())
    assert (first.closed, second.closed, third.closed, later.closed) == (1000, 1000, 1013, 1000)
    assert "2 场" in third.of("refused")[0]["why"]


def test_a_line_nobody_dials_on_is_closed_and_takes_nobodys_booth(app: ASGIApp) -> None:
    async def story() -> tuple[PagePeer, float]:
        page, others = PagePeer(app), [PagePeer(app) for _ in range(5)]
        async with asyncio.TaskGroup() as group:
            for silent in others:
                group.create_task(silent.run())
            assert (await call(app, "!")).closed == 1000
            await page.run()
        return page, asyncio.get_running_loop().time()

    page, lasted = virtually(story())
    assert page.closed == 1000
    assert lasted < 40
    assert "太久" in page.of("refused")[0]["why"]


def test_who_dials_and_is_silent_is_ended_and_frees_his_booth(app: ASGIApp) -> None:
    async def story() -> list[PagePeer]:
        pages = [PagePeer(app) for _ in range(3)]  # one more than there are booths, one after the other
        for page in pages:
            page.tell(kind="begin", scene="staffed")
            asyncio.get_running_loop().call_later(30, page.tell_raw, '{"kind":"key","key":"2"}')
            await page.run()
        return pages

    for page in virtually(story()):
        assert page.closed == 1000
        assert "太久" in page.of("refused")[0]["why"]


class Deaf(PagePeer):
    """A page that stops reading after its first frame."""

    async def _send(self, message: Any) -> None:
        await super()._send(message)
        if self.heard:
            await asyncio.Event().wait()


def test_a_page_that_does_not_read_is_given_up_and_no_other_notices(app: ASGIApp) -> None:
    async def story() -> tuple[Deaf, PagePeer, float]:
        deaf, good = Deaf(app), PagePeer(app)
        for page in (deaf, good):
            page.tell(kind="begin", scene="staffed")
        deaf.press("2*" * 80, 1)
        good.hang_up(45)
        await asyncio.gather(deaf.run(), good.run())
        return deaf, good, asyncio.get_running_loop().time()

    deaf, good, lasted = virtually(story())
    assert [frame["kind"] for frame in deaf.heard] == ["begun", "refused"]
    assert "来不及" in deaf.heard[-1]["why"]
    assert good.closed == 1000
    assert lasted < 50


def test_a_text_message_arrives_at_the_page_and_its_code_can_be_keyed(app: ASGIApp) -> None:
    page = virtually(call(app, "2", "5", "2", "citizen", "code", "904713", "904713", "!", scene="staffed"))
    text = page.of("texted")[0]
    assert text["number"] == f"{FIRST.mobile[:3]}****{FIRST.mobile[-4:]}"
    assert "验证码" in text["text"]
    assert {"service": "Q.5.2"} in [frame["fields"] for frame in page.of("noted")], words(page)
    assert len(page.of("texted")) == len({frame["text"] for frame in page.of("texted")}), "each is told once"


def test_a_closed_tab_ends_its_walk_and_frees_its_booth(app: ASGIApp, places: Places) -> None:
    async def story() -> list[PagePeer]:
        pages = []
        for _ in range(4):  # twice as many as there are booths
            page = PagePeer(app)
            page.tell(kind="begin")
            asyncio.get_running_loop().call_later(3, page.vanish)
            await page.run()
            pages.append(page)
        return pages

    for page in virtually(story()):
        assert page.accepted
        assert page.closed is None
        assert not page.of("refused")
    assert list(rehearsal_copies(places).iterdir()) == []


def test_a_rehearsal_leaves_nothing_behind(app: ASGIApp, places: Places) -> None:
    virtually(call(app, "!"))
    core = places.runtime / "demo_core.db"
    before = hashlib.sha256(core.read_bytes()).hexdigest()
    for _ in range(3):
        page = virtually(call(app, "2", "1", "id", "000000", "id", "000000", "id", "000000", "!", scene="staffed"))
        assert [frame["name"] for frame in page.of("noted")].count("LoginRefused") == 3
    page = virtually(call(app, "2", "1", "id", "pin", "0", scene="staffed"))
    assert "LoggedIn" in [frame["name"] for frame in page.of("noted")], "nobody is locked out"
    assert hashlib.sha256(core.read_bytes()).hexdigest() == before
    left = {file.relative_to(places.runtime) for file in places.runtime.rglob("*") if file.is_file()}
    assert {str(file) for file in left if file.parts[0] != "secrets"} == {"demo_core.db"}


def test_a_pin_that_is_changed_in_a_rehearsal_is_the_old_one_in_the_next(app: ASGIApp) -> None:
    changing = ("2", "5", "1", "id", "pin", "904713", "904713", "!")
    for _ in range(2):
        page = virtually(call(app, *changing, scene="staffed"))
        assert {"service": "Q.5.1"} in [frame["fields"] for frame in page.of("noted")], words(page)
        assert "904713" not in str(page.heard)


@pytest.mark.parametrize(
    "headers", [{"origin": "http://evil.example"}, {"origin": ""}, {"host": "evil.example", "origin": "http://evil.example"}]
)
def test_only_our_own_pages_open_a_line(app: ASGIApp, headers: dict[str, str]) -> None:
    async def story() -> PagePeer:
        page = PagePeer(app, headers=headers)
        page.tell(kind="begin")
        await page.run()
        return page

    page = virtually(story())
    assert not page.accepted
    assert page.closed == 1008


def test_the_files_of_a_rehearsal_are_its_own(app: ASGIApp, places: Places, tmp_path: Path) -> None:
    """A copy of the core exists while somebody rehearses, and is gone afterwards."""
    seen: list[int] = []

    async def story() -> None:
        page = PagePeer(app, lambda frame: seen.append(len(list(rehearsal_copies(places).iterdir()))))
        page.tell(kind="begin")
        page.hang_up(3)
        await page.run()

    virtually(story())
    assert seen[0] == 1
    assert list(rehearsal_copies(places).iterdir()) == []
