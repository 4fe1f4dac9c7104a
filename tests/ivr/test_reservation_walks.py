"""Whatever is pressed in 业务受理 and 查询密码服务: the call ends politely, and nothing is done that nobody confirmed."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from ivr.needs import Needs
from ivr.walk import Goodbye, WantsAgent, walk
from tests.ivr.fake_sms import FakeSms
from tests.ivr.rooms import FakeKnowledge
from tests.ivr.scripted import House

KEYS = st.lists(
    st.one_of(st.text("0123456789*#", min_size=1, max_size=4), st.sampled_from(["1", "2", "154", "702915", "837264"])), max_size=40
)


@given(KEYS, st.sampled_from(["A", "A.4", "Q.5", "Q.1", "G"]), st.booleans(), st.booleans())
def test_the_walk_ends_politely_and_nothing_is_done_that_was_not_confirmed(keys: list[str], begin: str, staffed: bool, known: bool) -> None:
    house = House([("", each) for each in keys], staffed=staffed)
    sms = FakeSms(house.core)
    before = house.core.people[0]
    needs = Needs(sms=sms, knowledge=FakeKnowledge(), number_of=lambda call: "")  # type: ignore[arg-type]
    logged_in = before.depositor if known else None
    outcome = house.run(lambda h: walk(h.talk, h.core, h.gate, needs=needs, at_node=begin, logged_in=logged_in))
    assert isinstance(outcome, WantsAgent if staffed else Goodbye)
    assert house.ended_at <= house.settings.menu.longest_self_service_s + 15
    after, heard = house.core.people[0], house.line.text
    assert len(house.core._booked) <= heard.count("确认请按1，重新选择请按2")
    assert after.mobile == before.mobile or "新手机收到的六位验证码" in heard
    assert after.pin == before.pin or heard.count("再次输入新密码") >= 1
    if not known and "LoggedIn" not in house.kinds():
        assert (house.core._booked, sms.open) == ({}, {})
