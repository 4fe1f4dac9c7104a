"""The knowledge base in its tables. Every question is asked of the database, so that a change is heard on the next call."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date

from sqlalchemy import Connection, Row, func, select

from back_office.knowledge.model import Article, ArticleId, Audience, Branch, Channel, Estate, NoSuchArticle, Status
from back_office.knowledge.rules import hot_since, hottest, in_force
from back_office.knowledge.tables import article_uses, articles, branches, estates
from hotline.moment import Moment
from hotline.tables import Tables, insert_or

MANY = 200
"""No list asked for by phone or desk is longer."""


class Knowledge:
    """Articles, branches and estates. Every method may raise StoreAway."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    async def published(self, article: ArticleId, day: date, channel: Channel | None = None) -> Article:
        """The version told on ``day`` (by ``channel``). Raises NoSuchArticle."""
        found = await self._tables.read(lambda c: _versions(c, articles.c.id == article))
        if (told := in_force(found, day, channel)) is None:
            raise NoSuchArticle(article)
        return told

    async def listed(self, prefix: str, day: date, channel: Channel | None = None) -> list[Article]:
        """The articles whose name begins with ``prefix``, as told on ``day``, by name."""
        found = await self._tables.read(lambda c: _versions(c, articles.c.id.startswith(prefix, autoescape=True)))
        return _in_force_by_name(found, day, channel)

    async def hot(self, prefix: str, day: date, channel: Channel, count: int = 5) -> list[Article]:
        """The ``count`` most used articles whose name begins with ``prefix``, the most used first."""
        uses = await self._tables.read(lambda c: _uses(c, prefix, hot_since(day), day))
        return hottest(await self.listed(prefix, day, channel), uses)[:count]

    async def used(self, article: ArticleId, day: date, channel: Channel) -> None:
        """Count that ``article`` was told, sent or shown."""
        await self._tables.write(lambda c: _use(c, article, day, channel))

    async def branches_in(self, area: str) -> list[Branch]:
        """The open branches of a telephone area code, in the order they are told; empty when there is none."""
        query = select(branches).where(branches.c.area == area, branches.c.open).order_by(branches.c.place, branches.c.code)
        return [_branch(row) for row in await self._tables.read(lambda c: c.execute(query.limit(MANY)).all())]

    async def branch(self, code: str) -> Branch | None:
        """The branch the fund core calls ``code``."""
        row = await self._tables.read(lambda c: c.execute(select(branches).where(branches.c.code == code)).first())
        return _branch(row) if row is not None else None

    async def areas(self) -> list[str]:
        """The area codes that have an open branch."""
        query = select(branches.c.area).where(branches.c.open).distinct().order_by(branches.c.area)
        return list(await self._tables.read(lambda c: c.scalars(query).all()))

    async def estates_like(self, digits: str, count: int = 3) -> list[Estate]:
        """The estate of that number, else up to ``count`` whose number begins with ``digits``."""
        fits = estates.c.number.startswith(digits, autoescape=True) if digits else estates.c.number == ""
        query = select(estates).where(fits).order_by(func.length(estates.c.number), estates.c.number).limit(count)
        found = [_estate(row) for row in await self._tables.read(lambda c: c.execute(query).all())]
        return found[:1] if found and found[0].number == digits else found

    async def everything(self, day: date) -> tuple[list[Article], list[Branch], list[Estate]]:
        """All that is told on ``day``: what the voices have to be made for."""
        return await self._tables.read(
            lambda c: (
                _in_force_by_name(_versions(c), day, None),
                [_branch(row) for row in c.execute(select(branches).where(branches.c.open).order_by(branches.c.code))],
                [_estate(row) for row in c.execute(select(estates).order_by(estates.c.number))],
            )
        )

    async def put(self, given: Iterable[Article], who: str, at: Moment, reviewer: str | None = None) -> int:
        """Add versions that aren't there yet; how many were added. What is there already is never changed."""
        rows = [_article_row(article, who, at, reviewer) for article in given]
        return await self._tables.write(lambda c: sum(_added(c, row) for row in rows))

    async def put_places(self, new_branches: Sequence[Branch], new_estates: Sequence[Estate]) -> None:
        """Add or replace branches and estates by their keys."""
        await self._tables.write(lambda c: _put_places(c, new_branches, new_estates))


def _versions(connection: Connection, *fits: object) -> list[Article]:
    query = select(articles).where(articles.c.status == Status.PUBLISHED, *fits)  # type: ignore[arg-type]
    return [_article(row) for row in connection.execute(query)]


def _in_force_by_name(found: Sequence[Article], day: date, channel: Channel | None) -> list[Article]:
    told = [in_force((each for each in found if each.id == name), day, channel) for name in sorted({each.id for each in found})]
    return [each for each in told if each is not None]


def _uses(connection: Connection, prefix: str, first: date, last: date) -> dict[ArticleId, int]:
    query = (
        select(article_uses.c.id, func.sum(article_uses.c.uses))
        .where(article_uses.c.id.startswith(prefix, autoescape=True), article_uses.c.day.between(first, last))
        .group_by(article_uses.c.id)
    )
    return {ArticleId(name): int(uses) for name, uses in connection.execute(query)}


def _use(connection: Connection, article: ArticleId, day: date, channel: Channel) -> None:
    one = insert_or(connection, article_uses).values(id=article, day=day, channel=channel.value, uses=1)
    key = [article_uses.c.id, article_uses.c.day, article_uses.c.channel]
    connection.execute(one.on_conflict_do_update(index_elements=key, set_={"uses": article_uses.c.uses + 1}))


def _added(connection: Connection, row: dict[str, object]) -> bool:
    adding = insert_or(connection, articles).values(row).on_conflict_do_nothing().returning(articles.c.id)
    return connection.execute(adding).first() is not None


def _put_places(connection: Connection, new_branches: Sequence[Branch], new_estates: Sequence[Estate]) -> None:
    for place, each in enumerate(new_branches):
        row = {
            "code": each.code, "area": each.area, "place": place, "name": each.name, "address": each.address, "phone": each.phone,
            "hours": each.hours, "open": each.open, "demo": each.demo,
        }  # fmt: skip
        connection.execute(insert_or(connection, branches).values(row).on_conflict_do_update(index_elements=[branches.c.code], set_=row))
    for estate in new_estates:
        row = {
            "number": estate.number, "name": estate.name, "developer": estate.developer, "address": estate.address,
            "lends": estate.lends, "demo": estate.demo,
        }  # fmt: skip
        connection.execute(insert_or(connection, estates).values(row).on_conflict_do_update(index_elements=[estates.c.number], set_=row))


def _article_row(article: Article, who: str, at: Moment, reviewer: str | None) -> dict[str, object]:
    return {
        "id": article.id, "version": article.version, "status": article.status.value, "title": article.title, "full_text": article.full,
        "spoken": article.spoken, "sms": article.sms, "channels": " ".join(sorted(article.channels)),
        "audience": article.audience.value, "valid_from": article.valid_from, "valid_to": article.valid_to, "demo": article.demo,
        "written_by": who, "written_us": at.wall, "reviewed_by": reviewer,
        "published_us": at.wall if article.status is Status.PUBLISHED else None,
    }  # fmt: skip


def _article(row: Row[tuple[object, ...]]) -> Article:
    return Article(
        id=ArticleId(row.id),
        version=row.version,
        title=row.title,
        full=row.full_text,
        spoken=row.spoken,
        sms=row.sms,
        channels=frozenset(Channel(name) for name in row.channels.split()),
        valid_from=row.valid_from,
        valid_to=row.valid_to,
        status=Status(row.status),
        audience=Audience(row.audience),
        demo=row.demo,
    )


def _branch(row: Row[tuple[object, ...]]) -> Branch:
    return Branch(row.code, row.area, row.name, row.address, row.phone, row.hours, row.open, row.demo)


def _estate(row: Row[tuple[object, ...]]) -> Estate:
    return Estate(row.number, row.name, row.developer, row.address, row.lends, row.demo)
