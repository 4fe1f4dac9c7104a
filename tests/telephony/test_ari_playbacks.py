"""Names of sounds: few enough that a successor can stop what plays, far enough apart that no end is taken for another's."""

from __future__ import annotations

from typing import Any, cast

from hotline.ids import ChannelId
from telephony.ari_link import AriLink
from telephony.ari_playbacks import NAMES, PlaybackNames
from telephony.ari_wire import Reply


class Exchange:
    """Knows which sounds play."""

    def __init__(self, *playing: str) -> None:
        self.playing = set(playing)

    async def ask(self, method: str, uri: str, body: str | None = None) -> Reply:
        name = uri.removeprefix("playbacks/")
        known = name in self.playing
        self.playing.discard(name)
        return Reply(204 if known else 404)


def link(exchange: Exchange) -> AriLink:
    return cast(AriLink, cast(Any, exchange))


def test_a_name_comes_round_again_only_after_all_the_others() -> None:
    names = PlaybackNames(ChannelId("1.0"))
    taken = [names.take() for _ in range(NAMES + 1)]
    assert len(set(taken[:NAMES])) == NAMES
    assert taken[NAMES] == taken[0]


async def test_a_successor_stops_what_plays_and_does_not_use_its_name_next() -> None:
    before = PlaybackNames(ChannelId("1.0"))
    played = [before.take() for _ in range(NAMES + 3)][-1]
    exchange, after = Exchange(played), PlaybackNames(ChannelId("1.0"))
    await after.stop_all(link(exchange))
    assert exchange.playing == set()
    assert played not in [after.take() for _ in range(NAMES - 1)]


async def test_where_nothing_plays_nothing_changes() -> None:
    names = PlaybackNames(ChannelId("1.0"))
    await names.stop_all(link(Exchange()))
    assert names.take() == "1.0-p0"
