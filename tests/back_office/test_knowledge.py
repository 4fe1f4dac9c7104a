"""Articles hold from day to day and version to version; the demo's content serves every node of the menu that wants one."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from back_office.knowledge.demo import demo_knowledge, fill
from back_office.knowledge.model import Article, ArticleId, Branch, Channel, NoSuchArticle, Status
from back_office.knowledge.rules import area_of, article_faults, branch_sms, holds, in_force, spoken_texts
from back_office.knowledge.store import Knowledge
from fund_core.histories import OFFICES
from hotline.tables import StoreAway, Tables
from tests.hotline.samples import moment

DAY = date(2025, 11, 20)
LOAN = ArticleId("policy/loan")
FIRST = Article(LOAN, 1, "贷款", "全文", "说", "发", frozenset(Channel), date(2025, 1, 1))


@pytest.fixture
def knowledge(tables: Tables) -> Knowledge:
    return Knowledge(tables)


async def test_the_newest_version_of_the_day_is_told_and_the_next_one_on_its_first_day(knowledge: Knowledge) -> None:
    later = replace(FIRST, version=2, spoken="新的", valid_from=date(2025, 12, 1))
    assert await knowledge.put([FIRST, later], "甲", moment(), "乙") == 2
    assert await knowledge.published(LOAN, date(2025, 11, 30)) == FIRST
    assert (await knowledge.published(LOAN, date(2025, 12, 1))).spoken == "新的"


async def test_what_is_not_published_today_is_told_to_nobody(knowledge: Knowledge) -> None:
    ended = replace(FIRST, valid_to=date(2025, 11, 19))
    draft = replace(FIRST, version=2, status=Status.DRAFT)
    await knowledge.put([ended, draft], "甲", moment())
    for asked in (LOAN, ArticleId("policy/nothing"), ArticleId("policy/%")):
        with pytest.raises(NoSuchArticle):
            await knowledge.published(asked, DAY)
    assert await knowledge.listed("policy/", DAY) == []
    assert await knowledge.published(LOAN, date(2025, 11, 19)) == ended


async def test_a_version_once_written_is_never_changed(knowledge: Knowledge) -> None:
    await knowledge.put([FIRST], "甲", moment())
    assert await knowledge.put([replace(FIRST, spoken="别的")], "丙", moment()) == 0
    assert (await knowledge.published(LOAN, DAY)).spoken == "说"


async def test_an_article_is_told_only_by_its_channels(knowledge: Knowledge) -> None:
    await knowledge.put([replace(FIRST, channels=frozenset({Channel.WEB}))], "甲", moment())
    assert (await knowledge.published(LOAN, DAY, Channel.WEB)).version == 1
    with pytest.raises(NoSuchArticle):
        await knowledge.published(LOAN, DAY, Channel.HOTLINE)


async def test_the_hot_list_is_ordered_by_the_uses_of_thirty_days(knowledge: Knowledge) -> None:
    await fill(knowledge, moment())
    names = [article.id for article in await knowledge.listed("faq/", DAY, Channel.HOTLINE)]
    assert names == sorted(names)
    assert [article.id for article in await knowledge.hot("faq/", DAY, Channel.HOTLINE)] == names[:5]
    for _ in range(2):
        await knowledge.used(names[4], DAY, Channel.HOTLINE)
    await knowledge.used(names[5], DAY, Channel.SMS)
    for _ in range(9):
        await knowledge.used(names[3], DAY - timedelta(days=30), Channel.HOTLINE)
    hot = [article.id for article in await knowledge.hot("faq/", DAY, Channel.HOTLINE)]
    assert hot == [names[4], names[5], names[0], names[1], names[2]]


async def test_branches_are_found_by_area_code_in_order_and_closed_ones_are_not_told(knowledge: Knowledge) -> None:
    await fill(knowledge, moment())
    assert [branch.code for branch in await knowledge.branches_in("0931")] == ["0901", "0902", "0903"]
    assert await knowledge.branches_in("010") == []
    assert await knowledge.areas() == ["0931", "0932", "0943"]
    gone = await knowledge.branch("0902")
    assert gone is not None
    await knowledge.put_places([replace(gone, open=False)], [])
    assert [branch.code for branch in await knowledge.branches_in("0931")] == ["0901", "0903"]
    assert await knowledge.branch("9999") is None


async def test_an_estate_is_found_by_its_number_or_the_first_digits_of_it(knowledge: Knowledge) -> None:
    await fill(knowledge, moment())
    assert [estate.name for estate in await knowledge.estates_like("20250002")] == ["演示河畔苑"]
    assert len(await knowledge.estates_like("2025")) == 3
    assert len(await knowledge.estates_like("2025", count=2)) == 2
    for nothing in ("", "9", "%", "2025000_"):
        assert await knowledge.estates_like(nothing) == []


async def test_the_demo_fills_once_and_leaves_alone_what_a_person_changed(knowledge: Knowledge) -> None:
    await fill(knowledge, moment())
    mine = await knowledge.branch("0901")
    assert mine is not None
    await knowledge.put_places([replace(mine, address="改过")], [])
    await fill(knowledge, moment())
    again = await knowledge.branch("0901")
    assert again is not None
    assert again.address == "改过"


def test_the_demo_is_marked_complete_and_fit_to_be_published() -> None:
    demo = demo_knowledge()
    wanted = {f"policy/{each}" for each in ("deposit", "withdrawal", "loan", "transfer", "base-ratio", "news")}
    wanted |= {f"guide/{each}" for each in ("deposit", "withdrawal", "loan", "repayment", "unit")} | {"forms/personal", "forms/unit"}
    names = {str(article.id) for article in demo.articles}
    assert wanted <= names
    assert sum(name.startswith("faq/") for name in names) >= 5
    for article in demo.articles:
        assert article_faults(article) == []
        assert holds(article, DAY)
        assert article.demo
        assert all(text.startswith("演示") for text in (article.title, article.full, article.spoken, article.sms))
        assert len(article.sms) + len("【演示公积金】") <= 70
    assert all(place.name.startswith("演示") and place.demo for place in (*demo.branches, *demo.estates))


def test_every_office_that_takes_appointments_has_an_address() -> None:
    names = {branch.code: branch.name for branch in demo_knowledge().branches}
    assert {office.code: office.name for office in OFFICES}.items() <= names.items()


async def test_everything_that_can_be_heard_has_a_name_for_its_sound(memory: Tables) -> None:
    knowledge = Knowledge(memory)
    await fill(knowledge, moment())
    texts = spoken_texts(*await knowledge.everything(DAY))
    assert texts["kb-policy-base-ratio-1"].startswith("演示内容：缴存基数")
    assert texts["branch-0901-address"] == "演示城关区演示大街一号"
    assert texts["estate-20250003-name"] == "演示新城一期"
    assert len(texts) == len(demo_knowledge().articles) + 3 * 5 + 2 * 3


def test_an_article_that_cannot_be_told_is_refused_with_every_reason() -> None:
    bad = replace(FIRST, spoken="", sms="【中心】" + "长" * 600, valid_to=date(2024, 1, 1))
    assert len(article_faults(bad)) == 4
    assert "121" in article_faults(replace(FIRST, spoken="长" * 121))[0]
    assert article_faults(replace(FIRST, channels=frozenset({Channel.WEB}), spoken="", sms="")) == []


def test_a_fixed_line_belongs_to_the_longest_area_code_it_begins_with() -> None:
    areas = ["010", "0931", "0932"]
    assert area_of("09318888888", areas) == "0931"
    assert area_of("01088888888", areas) == "010"
    assert area_of("13911112222", areas) is None
    assert area_of("", areas) is None


def test_a_branch_is_sent_in_one_sentence() -> None:
    branch = Branch("1", "0931", "演示网点", "演示路一号", "09310000001", "工作日")
    assert branch_sms(branch) == "演示网点，地址演示路一号，电话09310000001，工作日。"


versions = st.lists(
    st.builds(
        lambda number, start, span, status: replace(
            FIRST, version=number, valid_from=DAY + timedelta(days=start), valid_to=DAY + timedelta(days=start + span), status=status
        ),
        st.integers(1, 9),
        st.integers(-30, 30),
        st.integers(0, 30),
        st.sampled_from(Status),
    ),
    unique_by=lambda article: article.version,
)


@given(found=versions, ahead=st.integers(-40, 70))
def test_what_is_told_always_holds_and_nothing_newer_does(found: list[Article], ahead: int) -> None:
    day = DAY + timedelta(days=ahead)
    told = in_force(found, day)
    holding = [article.version for article in found if holds(article, day)]
    assert (told.version if told else None) == max(holding, default=None)


async def test_a_knowledge_base_that_was_closed_is_away(memory: Tables) -> None:
    memory.close()
    with pytest.raises(StoreAway):
        await Knowledge(memory).areas()


async def test_a_demo_that_was_cut_short_between_articles_and_branches_is_made_whole(memory: Tables) -> None:
    knowledge = Knowledge(memory)
    await knowledge.put(demo_knowledge().articles, "演示", moment(), "演示")
    await fill(knowledge, moment())
    assert await knowledge.areas()
    assert await knowledge.estates_like("2")
