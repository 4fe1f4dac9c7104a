"""What a gateway may do wrong, each as a share of messages (0 to 1) or a number; nothing of it by default.

Drawn from one seeded source: the same seed and the same order of messages give the same faults.
"""

from __future__ import annotations

import random
from typing import Annotated

import msgspec
from msgspec import Meta

Share = Annotated[float, Meta(ge=0, le=1)]
Seconds = Annotated[float, Meta(ge=0, le=86_400)]
Count = Annotated[int, Meta(ge=0)]


class Faults(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """Faults on demand."""

    flow: Annotated[Share, Meta(description="share of submits refused by flow control")] = 0.0
    per_second: Annotated[Count, Meta(description="submits a second taken from one account, flow control beyond; 0: all")] = 0
    silent: Annotated[Share, Meta(description="share of submits that are neither taken nor answered")] = 0.0
    mute: Annotated[Share, Meta(description="share of submits that are taken, but never answered")] = 0.0
    slow_s: Annotated[Seconds, Meta(description="every answer comes this late")] = 0.0
    refused: Annotated[Share, Meta(description="share of submits refused for good (a bad number)")] = 0.0
    close_after: Annotated[Count, Meta(description="a link is cut after so many submits; 0: never")] = 0
    close_in_pdu: Annotated[bool, Meta(description="the cut comes in the middle of an answer")] = False
    garbage_after: Annotated[Count, Meta(description="garbage instead of an answer after so many submits; 0: never")] = 0
    report_s: Annotated[Seconds, Meta(description="reports come this long after the answer")] = 0.02
    no_report: Annotated[Share, Meta(description="share of taken messages without a report")] = 0.0
    failed: Annotated[Share, Meta(description="share of reports that say it failed")] = 0.0
    twice: Annotated[Share, Meta(description="share of reports that come twice")] = 0.0
    contrary: Annotated[Share, Meta(description="share of reports followed by one that says the opposite")] = 0.0
    early: Annotated[Share, Meta(description="share of reports that come before the answer to the submit")] = 0.0
    elsewhere: Annotated[bool, Meta(description="reports come on any link of the account, not the one of the submit")] = False
    wrong_version: Annotated[bool, Meta(description="every login is told that its version is too high")] = False
    too_many: Annotated[Count, Meta(description="links of one account beyond this are refused; 0: any number")] = 0


class Dice:
    """Draws for the faults."""

    def __init__(self, seed: int = 12329) -> None:
        self._random = random.Random(seed)

    def falls(self, share: float) -> bool:
        """Whether it happens this time."""
        return share > 0 and self._random.random() < share

    def stat(self) -> str:
        """A word of failure, of the open vocabulary."""
        return self._random.choice(("UNDELIV", "REJECTD", "EXPIRED", "MA:0022", "MB:1077", "AF:4"))
