"""What is told today: which version of an article holds, which branches belong to a number, which articles are asked for most.

Seed 002 §五 (one knowledge base for all channels) and §七 (hot topics); domain/ivr.md G.1-G.6.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, timedelta

from back_office.knowledge.model import Article, ArticleId, Branch, Channel, Estate, Status

HOT_DAYS = 30
"""An article's uses of so many days make its place in the hot list."""
LONGEST_SPOKEN = 120
"""Characters: half a minute at four a second, as long as anybody listens to a menu's content."""
LONGEST_SMS = 500
"""Characters (domain/sms.md §3.1 "length")."""


def holds(article: Article, day: date) -> bool:
    """Whether ``article`` is told on ``day``: published, and inside its validity, first and last day included."""
    return article.status is Status.PUBLISHED and article.valid_from <= day and (article.valid_to is None or day <= article.valid_to)


def in_force(versions: Iterable[Article], day: date, channel: Channel | None = None) -> Article | None:
    """The newest version that holds on ``day`` (and is told by ``channel``); a version that comes later doesn't hide today's."""
    fit = [each for each in versions if holds(each, day) and (channel is None or channel in each.channels)]
    return max(fit, key=lambda article: article.version, default=None)


def hottest(articles: Iterable[Article], uses: Mapping[ArticleId, int]) -> list[Article]:
    """By use, the most used first; equally used ones in the order of their names."""
    return sorted(articles, key=lambda article: (-uses.get(article.id, 0), article.id))


def hot_since(day: date) -> date:
    """The first day whose uses count on ``day``."""
    return day - timedelta(days=HOT_DAYS - 1)


def area_of(number: str, areas: Iterable[str]) -> str | None:
    """The area among ``areas`` a fixed line belongs to, as dialled inside China with its 0; None for mobiles and other places."""
    fit = [area for area in areas if area and number.startswith(area)]
    return max(fit, key=len, default=None)


def article_faults(article: Article) -> list[str]:
    """Why ``article`` can't be published, in plain words; empty when it can."""
    faults: list[str] = []
    if Channel.HOTLINE in article.channels and not article.spoken:
        faults.append("is told by phone but has no spoken form")
    if Channel.SMS in article.channels and not article.sms:
        faults.append("is sent by SMS but has no SMS form")
    if len(article.spoken) > LONGEST_SPOKEN:
        faults.append(f"its spoken form has {len(article.spoken)} characters, {LONGEST_SPOKEN} are listened to")
    if len(article.sms) > LONGEST_SMS:
        faults.append(f"its SMS form has {len(article.sms)} characters, {LONGEST_SMS} can be sent")
    if "【" in article.sms or "】" in article.sms:
        faults.append("its SMS form contains 【】, which the signature alone may")
    if article.valid_to is not None and article.valid_to < article.valid_from:
        faults.append("ends before it begins")
    return faults


def spoken_texts(articles: Iterable[Article], branches: Iterable[Branch], estates: Iterable[Estate]) -> dict[str, str]:
    """Sound name -> text of everything of ours that is told by phone: what has to be spoken before a caller can hear it."""
    texts = {article.sound: article.spoken for article in articles if article.spoken}
    for branch in branches:
        texts |= {f"{branch.sound}-{part}": text for part, text in branch_words(branch).items()}
    for estate in estates:
        texts |= {f"{estate.sound}-{part}": text for part, text in estate_words(estate).items()}
    return texts


def branch_words(branch: Branch) -> dict[str, str]:
    """The spoken parts of a branch by name; the telephone number is said digit by digit from pieces."""
    return {"name": branch.name, "address": branch.address, "hours": branch.hours}


def estate_words(estate: Estate) -> dict[str, str]:
    """The spoken parts of an estate by name."""
    return {"name": estate.name, "address": estate.address}


def branch_sms(branch: Branch) -> str:
    """A branch as it is sent (MT-TX01)."""
    return f"{branch.name}，地址{branch.address}，电话{branch.phone}，{branch.hours}。"
