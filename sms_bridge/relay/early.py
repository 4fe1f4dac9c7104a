"""Reports that came before the answer to their message, or of a message whose answer never came: kept until somebody waits for them."""

from __future__ import annotations

from collections import defaultdict
from typing import TypeVar

from sms_bridge.relay.model import Reported

K = TypeVar("K")


class EarlyReports:
    """Found by the gateway's id, and by the number. What is taken out is no longer kept."""

    def __init__(self) -> None:
        self._by_key: dict[tuple[str, str], Reported] = {}
        self._by_id: dict[tuple[str, str], set[tuple[str, str]]] = defaultdict(set)
        self._by_mark: dict[str, set[tuple[str, str]]] = defaultdict(set)

    def __len__(self) -> int:
        return len(self._by_key)

    def keep(self, report: Reported) -> None:
        """Keep one; the same again is one."""
        key = (report.account, report.key)
        self._by_key[key] = report
        self._by_id[report.account, report.gateway_id].add(key)
        self._by_mark[report.number_mark].add(key)

    def of_message(self, account: str, gateway_id: str) -> list[Reported]:
        """Take those of one message."""
        return self._take(self._by_id.get((account, gateway_id), set()))

    def of_number(self, mark: str) -> list[Reported]:
        """Take those to one number."""
        return self._take(self._by_mark.get(mark, set()))

    def _take(self, keys: set[tuple[str, str]]) -> list[Reported]:
        found = [self._by_key.pop(key) for key in sorted(keys)]
        for report in found:
            _discard(self._by_id, (report.account, report.gateway_id), (report.account, report.key))
            _discard(self._by_mark, report.number_mark, (report.account, report.key))
        return found


def _discard(index: dict[K, set[tuple[str, str]]], at: K, key: tuple[str, str]) -> None:
    index[at].discard(key)
    if not index[at]:
        del index[at]
