"""The rehearsal page in a real browser: keys pressed, captions read, sounds begun, both themes looked at."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from fund_core.people import demo_depositors
from tests.browser.cdp import Page
from tests.browser.conftest import PEOPLE, Pages

pytestmark = pytest.mark.browser
FIRST = demo_depositors(count=PEOPLE)[0]
STATE = "document.querySelector('.app').dataset.state"
HERE = "document.querySelector('.tree .here')?.dataset.node"
COUNT_STARTS = """
const begin = AudioBufferSourceNode.prototype.start;
window.begun = 0;
AudioBufferSourceNode.prototype.start = function (...given) { window.begun += 1; return begin.apply(this, given); };
"""
CONTRAST = (Path(__file__).parent / "contrast.js").read_text()


async def open_rehearsal(page: Page, pages: Pages, **how: object) -> None:
    await page.tell("Page.addScriptToEvaluateOnNewDocument", source=COUNT_STARTS)
    await page.open(f"{pages.address}/rehearsal", **how)  # type: ignore[arg-type]
    await page.until(f"{STATE} === 'idle'")


async def dial(page: Page, scene: str = "staffed") -> None:
    await page.click(f"input[value={scene}]")
    await page.press("Enter")
    await page.until(f"{STATE} !== 'idle' && {STATE} !== 'dialling'")


async def test_a_walk_by_keyboard_shows_captions_way_events_and_end_and_no_key(page: Page, pages: Pages) -> None:
    await open_rehearsal(page, pages)
    await dial(page)
    await page.until("document.querySelector('#talk').innerText.includes('住房公积金热线')")
    await page.until(f"{HERE} === 'E.MAIN'")
    await page.press("2")
    await page.until(f"{HERE} === 'Q'")
    await page.press("1")
    await page.until("document.querySelector('#talk').innerText.includes('请输入您的公积金账号')")
    for key in f"{FIRST.account}#":
        await page.press(key)
    await page.until("document.querySelector('#talk').innerText.includes('请输入六位数字密码')")
    for key in FIRST.pin:
        await page.press(key)
    await page.until("document.querySelector('#talk').innerText.includes('当前余额')")
    assert await page.js(HERE) == "Q.1.1"
    assert "主菜单" in (await page.text("#crumbs"))
    assert await page.js("document.querySelectorAll('.tree .way-to').length") == 3
    assert "MenuEntered" in (await page.text("#events"))
    assert "depositor=****0001" in (await page.text("#events"))
    everything = str(await page.js("document.documentElement.outerHTML"))
    assert FIRST.pin not in everything
    assert FIRST.account not in everything
    await page.press("0")
    await page.until(f"{STATE} === 'over'")
    assert "转人工" in (await page.text(".final"))
    assert await page.js("window.begun") >= 5, "the prompts sounded"
    assert page.complaints == []


async def test_the_transcript_is_offered_and_has_what_was_heard(page: Page, pages: Pages) -> None:
    await open_rehearsal(page, pages)
    assert await page.js("document.querySelector('#download').href") == ""
    await dial(page)
    await page.until("document.querySelector('#talk').innerText.includes('请按2')")
    await page.press("Escape")
    await page.until(f"{STATE} === 'over'")
    text = await page.js("fetch(document.querySelector('#download').href).then((answer) => answer.text())")
    assert "“您好，12329住房公积金热线。" in text
    assert text.endswith("   = 来电人挂机\n路径  E.MAIN\n")


async def test_the_mouse_presses_the_keypad_and_fills_in_the_caller(page: Page, pages: Pages) -> None:
    await open_rehearsal(page, pages)
    assert await page.js("document.querySelector('[data-key=\"2\"]').disabled")
    await page.click("#call")
    await page.click("input[value=staffed]")
    await page.until(f"{HERE} === 'E.MAIN' || {HERE} === 'E.MAIN_OFF'")
    for key, node in (("2", "Q"), ("1", "AU.P1")):
        await page.click(f'[data-key="{key}"]')
        await page.until(f"{HERE} === '{node}'")
    await page.click("#fill-id")
    await page.until("document.querySelector('#talk').innerText.includes('请输入六位数字密码')")
    await page.click("#fill-pin")
    await page.until("document.querySelector('#talk').innerText.includes('身份验证通过')")
    assert "代输账号 #" in (await page.text("#talk"))
    await page.click("#hang")
    await page.until(f"{STATE} === 'over'")


async def test_keys_of_the_keyboard_work_after_dialling_with_the_mouse(page: Page, pages: Pages) -> None:
    await open_rehearsal(page, pages)
    await page.click("#call")
    await page.until(f"({HERE} ?? '').startsWith('E.MAIN')")
    await page.press("2")
    await page.until(f"{HERE} === 'Q'")
    await page.click("#hang")
    await page.until(f"{STATE} === 'over'")
    await page.press("Enter")
    await page.until(f"{STATE} !== 'over'")


async def test_a_text_message_is_shown_where_the_caller_would_get_it(page: Page, pages: Pages) -> None:
    await open_rehearsal(page, pages)
    await dial(page)
    for key, node in (("2", "Q"), ("5", "Q.5"), ("2", "Q.5.2")):
        await page.press(key)
        await page.until(f"{HERE} === '{node}'")
    await page.press("i")
    await page.until("document.querySelector('.sms') !== null")
    assert "验证码" in (await page.text(".sms"))
    assert FIRST.mobile not in (await page.text("body"))


async def test_the_way_is_the_one_the_caller_came(page: Page, pages: Pages) -> None:
    """Outside staffed hours the menu leads by keys of its own to places that are drawn elsewhere."""
    await open_rehearsal(page, pages)
    await page.click("#unfold")
    await dial(page, "closed")
    ways = []
    for key, node in (("", "E.MAIN_OFF"), ("4", "C.MSG"), ("*", "E.MAIN_OFF"), ("2", "Q"), ("1", "AU.P1")):
        if key:
            await page.press(key)
        await page.until(f"{HERE} === '{node}'", 30)
        ways.append((await page.text("#crumbs")).replace("\n", " "))
    assert ways[0] == "非人工时段主菜单"
    assert ways[1].startswith("非人工时段主菜单 4") and ways[1].endswith("留言")
    assert ways[2] == ways[0]
    assert "2" in ways[3] and ways[3].startswith(ways[0])
    assert ways[4].startswith(ways[3].split("业务")[0]) and ways[4].endswith("个人身份验证")
    assert await page.js("document.querySelectorAll('.tree li:not(.open) > ol').length") == 0, "it stays unfolded"


async def test_muted_is_silent_and_can_be_heard_again(page: Page, pages: Pages) -> None:
    await open_rehearsal(page, pages)
    for pressed in ("true", "false"):
        await page.press("m")
        assert await page.js("document.querySelector('#mute').getAttribute('aria-pressed')") == pressed


async def test_a_key_that_is_still_being_composed_is_no_key(page: Page, pages: Pages) -> None:
    await open_rehearsal(page, pages)
    await dial(page)
    for composing in (True, False):
        key = {"key": "5", "keyCode": 229 if composing else 53, "isComposing": composing, "bubbles": True}
        await page.js(f"dispatchEvent(new KeyboardEvent('keydown', {json.dumps(key)}))")
    assert await page.js("document.querySelectorAll('.pressed').length") <= 1
    assert (await page.text(".pressed")).count("•") == 1


async def test_everything_can_be_reached_by_keyboard(page: Page, pages: Pages) -> None:
    await open_rehearsal(page, pages)
    seen = []
    for _ in range(60):
        await page.press("Tab")
        seen.append(await page.js("document.activeElement.id || document.activeElement.value || document.activeElement.className"))
    for wanted in ("theme", "person", "slow", "mute", "call", "talk", "unfold", "tree", "events", "now"):
        assert wanted in seen, wanted


async def test_a_closed_tab_ends_the_rehearsal(page: Page, pages: Pages) -> None:
    await open_rehearsal(page, pages)
    await dial(page)
    assert json.loads(pages.health())["rehearsals"] == 1
    await page.tell("Page.navigate", url="about:blank")
    async with asyncio.timeout(5):
        while json.loads(pages.health())["rehearsals"]:
            await asyncio.sleep(0.05)


async def test_a_house_that_goes_away_is_said_and_dialled_again(page: Page, pages: Pages) -> None:
    await open_rehearsal(page, pages)
    await dial(page)
    pages.kill()
    await page.until(f"{STATE} === 'over'")
    assert "连接已断开" in (await page.text(".final"))
    page.complaints.clear()  # of the connection
    pages.start()
    page.complaints.clear()
    await page.click("#call")
    await page.until(f"{STATE} === 'speaking'")


@pytest.mark.parametrize("dark", [False, True])
async def test_all_text_is_readable_before_during_and_after_a_call(page: Page, pages: Pages, dark: bool) -> None:
    await open_rehearsal(page, pages, dark=dark)
    assert await page.js("document.documentElement.dataset.theme") == ("dark" if dark else "light")
    looks = {"before": await page.js(CONTRAST)}
    await dial(page)
    await page.until(f"{HERE} === 'E.MAIN'")
    looks["speaking"] = await page.js(CONTRAST)
    await page.press("2")
    await page.until(f"{HERE} === 'Q'")
    await page.until(f"{STATE} === 'waiting'")
    looks["waiting"] = await page.js(CONTRAST)
    await page.press("Escape")
    await page.until(f"{STATE} === 'over'")
    looks["over"] = await page.js(CONTRAST)
    assert {when: seen["weak"] for when, seen in looks.items() if seen["weak"]} == {}
    assert all(seen["texts"] > 60 for seen in looks.values()), "the look found the page's texts"


@pytest.mark.parametrize(("width", "height"), [(1440, 900), (1920, 1080), (1280, 720)])
async def test_nothing_spills_out_of_the_window(page: Page, pages: Pages, width: int, height: int) -> None:
    await open_rehearsal(page, pages, width=width, height=height)
    await dial(page)
    await page.until(f"{HERE} === 'E.MAIN'")
    assert await page.js("[document.documentElement.scrollWidth, document.documentElement.scrollHeight]") == [width, height]
    spills = """[...document.querySelectorAll('button, .tag, .title, .figures div, .foot div, .seg span')]
        .filter((one) => one.offsetParent && (one.scrollWidth > one.clientWidth + 1 || one.getBoundingClientRect().right > innerWidth))
        .map((one) => one.outerHTML.slice(0, 120))"""
    assert await page.js(spills) == []
