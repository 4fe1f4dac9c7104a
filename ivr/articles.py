"""政策查询, 办事指南, 常见问题: the published articles of the knowledge base, told by phone (domain/ivr.md G.1, G.3, G.5).

Which article a node tells stands in its ``about``: ``policy/loan``, with ``policy/loan/...`` behind it, the most asked for first;
``faq/top5`` means the five most asked for of a kind. What is told was published when it was asked for, so a correction is heard on
the next call.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from hotline.events import SelfServiceFailed
from ivr.asking import ask_core
from ivr.errand import Errand
from ivr.manners import Nav
from ivr.needs import Article, Knowledge
from ivr.reading import Item, Option, read_out
from ivr.sending import to_caller
from ivr.talk import Talk

BY_SMS, NEXT_ARTICLE, NEXT_QUESTION = Option("1", "article_sms"), Option("2", "article_next"), Option("1", "question_next")
TOPIC = "MT-TX02"
MOST = 5
"""So many articles are told one after the other: nobody listens to more."""
_TOP = re.compile(r"(\w+)/top(\d)")


async def tell_articles(talk: Talk, errand: Errand) -> Nav | None:
    """The article a node is about; of several the most asked for first."""
    return await _tell(talk, errand, NEXT_ARTICLE, BY_SMS)


async def tell_questions(talk: Talk, errand: Errand) -> Nav | None:
    """The questions asked most 常见问题, one by one."""
    return await _tell(talk, errand, NEXT_QUESTION, None)


async def _tell(talk: Talk, errand: Errand, next_one: Option, by_sms: Option | None) -> Nav:
    knowledge = errand.needs.knowledge
    assert knowledge is not None  # the leaf names it in its needs
    found = await ask_core(talk, errand.node, lambda: _wanted(knowledge, talk, errand))
    if isinstance(found, Nav):
        return found
    if not found:
        talk.note(SelfServiceFailed(at=talk.now(), call=talk.call, service=errand.node, why="not_found"))
        await talk.tell("no_article")
        return Nav.BACK
    return await read_out(talk, errand, [_item(talk, errand, knowledge, article) for article in found], next_one, by_sms)


async def _wanted(knowledge: Knowledge, talk: Talk, errand: Errand) -> Sequence[Article]:
    """The articles of an ``about``, the most asked for first; none when nothing is published today."""
    day = talk.now().day()
    if top := _TOP.fullmatch(errand.about):
        return await knowledge.hot(f"{top[1]}/", day, int(top[2]))
    found = await knowledge.hot(errand.about, day, MOST)
    return [article for article in found if article.id == errand.about or article.id.startswith(f"{errand.about}/")]


def _item(talk: Talk, errand: Errand, knowledge: Knowledge, article: Article) -> Item:
    fields = {"title": article.title, "text": article.sms}
    send = to_caller(talk, errand, article.id, TOPIC, fields) if article.sms else None

    async def sent() -> None:
        assert send is not None
        await send()
        await knowledge.used(article.id, talk.now().day(), by_sms=True)

    return Item(
        article.id,
        lambda: talk.prompts.text(article.spoken),
        sent if send is not None else None,
        lambda: knowledge.used(article.id, talk.now().day()),
    )
