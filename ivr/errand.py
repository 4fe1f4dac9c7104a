"""What a caller came to a leaf for: the node, what it is about, who he has proved to be, and the rooms that can serve him."""

from __future__ import annotations

from dataclasses import dataclass, field

from fund_core.port import FundCore
from hotline.ids import DepositorId
from ivr.lockout import LoginGate
from ivr.needs import Needs


@dataclass(frozen=True, slots=True)
class Errand:
    """Handed to every leaf. ``depositor`` is set where the node says ``login = "person"``, ``unit`` where it says ``"unit"``; with
    ``"any"`` at least one of them is."""

    node: str
    """The node's id: the name of the service in SelfServiceGiven and SelfServiceFailed."""
    core: FundCore = field(repr=False)
    needs: Needs = field(repr=False)
    gate: LoginGate = field(repr=False)
    """Judges what is proved with a PIN or digits, under the budgets that all lines share."""
    about: str = ""
    """The node's ``about``: an article, a kind of appointment."""
    depositor: DepositorId | None = None
    account: int = 0
    """Which of the person's accounts he means (the ordinal the core counts them by)."""
    unit: DepositorId | None = None

    @property
    def person(self) -> DepositorId:
        """Who is logged in. Raises LookupError when the node does not ask for a login (``hotline menu check`` finds that)."""
        if self.depositor is None:
            raise LookupError(f"{self.node} serves persons but asks for no login")
        return self.depositor

    @property
    def employer(self) -> DepositorId:
        """The employer whose clerk is logged in. Raises LookupError when the node does not ask for that login."""
        if self.unit is None:
            raise LookupError(f"{self.node} serves employers but asks for no login")
        return self.unit
