"""What people text is answered from the fund core by the bound number, once, and TD works whatever else doesn't."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import pytest

from fund_core.fake import FakeCore
from fund_core.faults import Fault
from hotline.clock import HandClock
from hotline.moment import Moment
from hotline.sealed import Sealer
from hotline.secret import Secret
from sms_bridge.bridge import Bridge, open_bridge
from sms_bridge.link.model import Text
from sms_bridge.mo.answering import Answering
from sms_bridge.mo.answers import ANSWERS
from sms_bridge.mo.grammar import keywords
from sms_bridge.model import Consent, Message, SmsClass, SmsState
from sms_bridge.needs import TicketKind
from sms_bridge.protocols.dialect import Pdu
from sms_bridge.protocols.texts import Joint
from sms_bridge.relay.model import Came, Turn
from sms_bridge.store.inbox import Inbox
from sms_bridge.store.parts import write_turn
from tests.hotline.samples import moment

KEY = Secret("a key")
STRANGER = "13800000001"


@dataclass
class Desk:
    """Tickets as the bridge needs them."""

    made: dict[str, tuple[str, str, bool]] = field(default_factory=dict)

    async def open(self, request: str, kind: TicketKind, content: str, number: str, about_sms: bool, at: Moment) -> tuple[str, int]:
        self.made.setdefault(request, (kind, content, about_sms))
        return f"{10000000 + list(self.made).index(request)}", 5

    async def progress(self, tail: str, number: str) -> tuple[str, date] | None:
        return ("处理中", date(2026, 12, 1)) if (tail, number) == ("12345678", "15400000000") else None


class Home:
    """A bridge, a core, and somebody who answers; :meth:`text` is what a mobile sends."""

    def __init__(self, url: str) -> None:
        self.core = FakeCore()
        self.clock = HandClock(moment("2026-11-23 23:30:00").wall)
        self.bridge: Bridge = open_bridge(url, KEY, self.core, "示范公积金")
        self.sealer = Sealer(KEY, "sms")
        self.desk = Desk()
        self.inbox = Inbox(self.bridge.tables, self.sealer)
        self.answering = Answering(self.bridge, self.inbox, self.core, self.desk, self.clock)
        self.person = next(p for p in self.core.people if p.loan is not None)
        self.count = 0

    async def came(self, number: str, text: str, joint: Joint | None = None) -> None:
        self.count += 1
        nod = Pdu("DELIVER_RESP", 1)
        came = Came("900001", Text(f"{self.count:016x}", number, "12329", text.encode("utf-16-be"), 8, joint, b"link", nod))
        turn = Turn(self.clock.now().wall, texts=[came])
        await self.bridge.tables.write(lambda c: write_turn(c, turn, self.sealer, 500))

    async def replies(self) -> list[str]:
        waiting = await self.bridge.outbox.waiting(1000)
        for each in waiting:
            await self.bridge.outbox.move(each.id, SmsState.ON_WIRE, self.clock.now())
        return [each.text.removeprefix("【示范公积金】") for each in waiting]

    async def text(self, text: str, number: str = "") -> str:
        """The answer to a text."""
        await self.came(number or self.person.mobile, text)
        await self.answering.step()
        return "".join(await self.replies())


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    made = Home(f"sqlite:///{tmp_path / 'sms.db'}")
    yield made
    made.bridge.close()


async def test_the_balance_is_told_to_the_bound_number_at_any_hour_and_to_nobody_else(home: Home) -> None:
    account = await home.core.account(home.person.depositor)
    told = await home.text("gjjye")
    assert told.startswith(
        f"{home.person.name}，您尾号{account.number[-4:]}的公积金账户余额{account.balance // 100}.{account.balance % 100:02d}元"
    )
    assert "请拨打12329" in await home.text("GJJYE", STRANGER)


async def test_a_reply_carries_the_link_id_of_its_text_and_goes_before_notices(home: Home) -> None:
    await home.came(home.person.mobile, "1")
    await home.answering.step()
    [waiting] = await home.bridge.outbox.waiting()
    row = await home.bridge.tables.read(lambda c: c.exec_driver_sql("select link_id, lane from sms_outbox").first())
    assert row is not None
    assert tuple(row) == ("link", "reply")
    assert waiting.number == home.person.mobile


@pytest.mark.parametrize("id", sorted(keywords()))
async def test_every_keyword_has_an_answer(home: Home, id: str) -> None:
    entry = keywords()[id]
    told = await home.text(entry.words[0])
    assert told
    if id in ANSWERS and id != "MO-08.5" and id != "MO-06":
        assert "暂无记录" not in told, told


async def test_identity_is_the_number_and_never_what_is_written(home: Home) -> None:
    other = home.core.people[5]
    told = await home.text(f"GJJYE#{other.citizen_id}#{other.pin}", STRANGER)
    assert told == "请拨打12329按3再按4绑定手机号码，或到业务网点办理。"


async def test_a_number_of_two_persons_is_asked_which_account(home: Home) -> None:
    other = next(p for p in home.core.people if p.depositor != home.person.depositor)
    await home.core.bind_mobile(other.depositor, Secret(home.person.mobile))
    told = await home.text("GJJYE")
    tails = [(await home.core.account(each.depositor)).number[-4:] for each in (home.person, other)]
    assert all(tail in told for tail in tails)
    assert told.startswith("本号码绑定了多个账户")
    assert f"尾号{tails[1]}的公积金账户余额" in await home.text(f"GJJYE#{tails[1]}")
    assert (await home.text("GJJYE#0000")).startswith("本号码绑定了多个账户")


async def test_td_closes_and_kt_opens_by_class(home: Home) -> None:
    who = home.person.depositor
    assert await home.text("KT") == "您已开通账户、贷款、通知短信服务，回复TD可关闭。"
    assert await home.bridge.subscriptions.of(who) == set(SmsClass)
    assert await home.text("TD贷款") == "您已关闭贷款短信服务，回复KT可重新开通。"
    assert await home.bridge.subscriptions.of(who) == {SmsClass.ACCOUNT, SmsClass.NOTICE}
    await home.text("TD")
    assert await home.bridge.subscriptions.of(who) == frozenset()


async def test_td_works_off_the_bound_number_and_while_the_core_is_away_and_stops_what_waits(home: Home) -> None:
    await home.bridge.bindings.number(home.person.depositor, home.clock.now())
    await home.bridge.subscriptions.open(home.person.depositor, set(SmsClass), Consent("hotline", "t"), home.clock.now())
    for number in (STRANGER, home.person.mobile):
        await home.bridge.outbox.put(Message(f"news {number}", "MT-GZ04", number, {"text": "演示"}), home.clock.now())
    home.core.fault = Fault.FAILING
    for number in (STRANGER, home.person.mobile):
        assert "您已关闭" in await home.text("退订", number)
    assert await home.bridge.subscriptions.of(home.person.depositor) == frozenset()
    later = await home.bridge.outbox.put(Message("later", "MT-GZ04", STRANGER, {"text": "别的"}), home.clock.now())
    assert {each.reason for each in await home.bridge.outbox.dead()} == {"the number texted TD"}
    assert await home.bridge.outbox.state(later) is SmsState.FAILED


async def test_what_nobody_understands_gets_help_once_an_hour_then_becomes_a_ticket(home: Home) -> None:
    assert await home.text("你好吗", STRANGER) == "未识别您的指令，回复CXFS查看查询方式，或拨打12329。"
    assert await home.text("在吗", STRANGER) == "您反映的问题已受理，工单10000000，5个工作日内答复。"
    assert list(home.desk.made.values()) == [("other", "在吗", False)]
    home.clock.advance(3601)
    assert "未识别" in await home.text("在不在", STRANGER)


async def test_complaints_and_suggestions_become_tickets_at_once(home: Home) -> None:
    await home.text("TS#短信发错人了", STRANGER)
    await home.text("JY 多开窗口", STRANGER)
    assert list(home.desk.made.values()) == [("complaint", "短信发错人了", True), ("suggestion", "多开窗口", False)]


async def test_a_score_is_kept_once_and_the_next_digit_is_a_keyword_again(home: Home) -> None:
    asked = await home.bridge.outbox.put(Message("survey", "MT-EV01", home.person.mobile), home.clock.now())
    for state in (SmsState.ON_WIRE, SmsState.ACCEPTED, SmsState.DELIVERED):
        await home.bridge.outbox.move(asked, state, home.clock.now())
    assert await home.text("2") == "感谢您的评价。"
    assert "贷款总额" in await home.text("2")
    rows = await home.bridge.tables.read(lambda c: c.exec_driver_sql("select invitation, score from sms_scores").all())
    assert [tuple(row) for row in rows] == [(asked, 2)]


async def test_a_core_that_is_away_is_asked_again_for_three_minutes(home: Home) -> None:
    home.core.fault = Fault.FAILING
    assert await home.text("GJJYE") == ""
    home.clock.advance(6)
    home.core.fault = None
    await home.answering.step()
    [told] = await home.replies()
    assert "余额" in told
    home.core.fault = Fault.FAILING
    assert await home.text("GJJYE") == ""
    home.clock.advance(181)
    await home.answering.step()
    assert await home.replies() == ["查询暂时不可用，请稍后再试或拨打12329。"]


async def test_a_text_read_twice_has_one_answer(home: Home) -> None:
    await home.came(home.person.mobile, "GJJYE")
    await home.answering.step()
    await home.bridge.tables.write(lambda c: c.exec_driver_sql("update sms_texts set state = 'new'"))
    await home.answering.step()
    assert len(await home.replies()) == 1


async def test_a_long_text_is_joined_and_an_incomplete_one_is_read_as_it_is_after_a_while(home: Home) -> None:
    await home.came(STRANGER, "柜台不办理", Joint(7, 2, 2))
    await home.answering.step()
    assert home.desk.made == {}
    await home.came(STRANGER, "TS#", Joint(7, 2, 1))
    await home.answering.step()
    assert list(home.desk.made.values()) == [("complaint", "柜台不办理", False)]
    await home.came(STRANGER, "投诉一半", Joint(8, 2, 1))
    await home.answering.step()
    home.clock.advance(601)
    await home.answering.step()
    assert len(home.desk.made) == 2


async def test_two_machines_that_answer_each_other_stop(home: Home) -> None:
    told = [await home.text("CXFS", STRANGER) for _ in range(40)]
    assert sum(bool(each) for each in told) == 30
    assert await home.text("GJJYE", "10690000000000") == ""


async def test_a_code_is_sent_for_the_web_and_limited(home: Home) -> None:
    told = await home.text("ZC")
    assert told.startswith("验证码")
    assert "用于网站注册" in told
    assert await home.text("ZC") == ""


async def test_the_progress_of_a_ticket_is_told_to_the_number_it_came_from(home: Home) -> None:
    assert "处理中" in await home.text("TSJD#12345678", "15400000000")
    assert "暂无记录" in await home.text("TSJD#12345678", STRANGER)
