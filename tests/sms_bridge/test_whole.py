"""The whole way over real TCP: a text comes in, its answer goes out by the gateway; what is subscribed comes, what is not stays."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from fund_core.fake import FakeCore
from hotline.clock import monotonic
from hotline.money import yuan
from sms_bridge.bridge import Bridge, open_bridge
from sms_bridge.gateways.simulator.server import Running, obey, simulator
from sms_bridge.gateways.simulator.station import mark_of
from sms_bridge.model import Consent, Message, SmsClass, SmsState
from sms_bridge.process import Installation, serve
from sms_bridge.protocols.texts import Joint, joint_header, parts
from tests.sms_bridge.mo.test_answering import Desk
from tests.sms_bridge.relay.bridge_process import installation
from tests.sms_bridge.relay.house import KEY, NAME, SECRET, SIGNATURE, by_day, noted


@dataclass
class Whole:
    """A bridge in full, its core, and the gateway's log."""

    core: FakeCore
    bridge: Bridge
    gateway: Running
    log: Path

    async def goes_out(self, number: str, text: str) -> None:
        """Wait until the gateway has taken exactly this text for this number."""
        cut = [part.encode("utf-16-be") for part in parts(f"【{SIGNATURE}】{text}")]
        end = monotonic() + 5
        while not any(wanted <= self.marks() for wanted in _marks(number, cut)):
            assert monotonic() < end, text
            await asyncio.sleep(0.02)

    def marks(self) -> set[str]:
        """Names of what the gateway has taken."""
        return {each["mark"] for each in noted(self.log, "taken")}


def _marks(number: str, cut: list[bytes]) -> list[set[str]]:
    """The names of a text's parts, whatever reference joins them."""
    if len(cut) == 1:
        return [{mark_of(number, cut[0])}]
    joints = [[joint_header(Joint(ref, len(cut), n)) + part for n, part in enumerate(cut, 1)] for ref in range(256)]
    return [{mark_of(number, content) for content in contents} for contents in joints]


@asynccontextmanager
async def whole(folder: Path) -> AsyncIterator[Whole]:
    core, desk, log = FakeCore(), Desk(), folder / "gateway.jsonl"
    async with simulator({NAME: SECRET}, log=log) as gateway:
        place = installation(folder, gateway.cmpp_port, 1, 16)
        full = Installation(place.url, place.key, place.secret, place.lock, place.settings, SIGNATURE, lambda open_: (core, desk))
        bridge = open_bridge(place.url, KEY, core, SIGNATURE)
        running = asyncio.ensure_future(serve(full, by_day()))
        try:
            while not gateway.station.links_of(NAME):
                await asyncio.sleep(0.02)
            yield Whole(core, bridge, gateway, log)
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)
            bridge.close()


async def test_a_text_is_answered_with_the_balance_within_a_second_and_td_stops_what_was_subscribed(tmp_path: Path) -> None:
    async with whole(tmp_path) as home:
        person, at = home.core.people[0], by_day().now()
        begin = monotonic()
        obey(home.gateway.station, f"text {person.mobile} GJJYE")
        account = await home.core.account(person.depositor)
        paid, month = account.paid_through[:4], int(account.paid_through[4:])
        who = await home.core.person(person.depositor)
        await home.goes_out(
            person.mobile,
            f"{person.name}，您尾号{account.number[-4:]}的公积金账户余额{yuan(account.balance)}元，月缴存额{yuan(account.monthly_deposit)}元，"
            f"缴至{paid}年{month}月，状态正常，单位{who.employer}。",
        )
        assert monotonic() - begin < 1
        await home.bridge.subscriptions.open(person.depositor, set(SmsClass), Consent("hotline", "c-1"), at)
        notice = Message("loan 1", "MT-DK01", person.mobile, {"name": person.name, "stage": "审批"}, person.depositor)
        await home.bridge.outbox.put(notice, at)
        await home.goes_out(person.mobile, f"{person.name}：您申请的公积金贷款已进入审批环节。")
        obey(home.gateway.station, f"text {person.mobile} TD")
        await home.goes_out(person.mobile, "您已关闭账户、贷款、通知短信服务，回复KT可重新开通。")
        again = Message("loan 2", "MT-DK01", person.mobile, {"name": person.name, "stage": "发放"}, person.depositor)
        assert await home.bridge.outbox.state(await home.bridge.outbox.put(again, at)) is SmsState.FAILED
    assert len(noted(home.log, "taken")) == 4
