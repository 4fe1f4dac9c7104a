"""Real Asterisk behind our adapter keeps the contract: over the WebSocket and over plain HTTP, with real SIP phones."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
import pytest_asyncio

from tests.contracts.telephony import RULES, Stage
from tests.telephony.real_stage import RealStage, open_stage

pytestmark = [pytest.mark.asterisk, pytest.mark.asyncio(loop_scope="module")]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def over_websocket(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[RealStage]:
    async with open_stage(tmp_path_factory.mktemp("ws"), rest_over_websocket=True) as stage:
        yield stage


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def over_http(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[RealStage]:
    async with open_stage(tmp_path_factory.mktemp("http"), rest_over_websocket=False) as stage:
        yield stage


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
async def test_asterisk_keeps_the_rule(over_websocket: RealStage, rule: Callable[[Stage], Awaitable[None]]) -> None:
    async with over_websocket.cleared():
        await asyncio.wait_for(rule(over_websocket), 40)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
async def test_asterisk_keeps_the_rule_over_plain_http(over_http: RealStage, rule: Callable[[Stage], Awaitable[None]]) -> None:
    async with over_http.cleared():
        await asyncio.wait_for(rule(over_http), 40)
