"""What a caller came to a leaf for: the node, what it is about, who he has proved to be, and the rooms that can serve him."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from fund_core.port import FundCore
from hotline.ids import DepositorId
from ivr.lockout import LoginGate
from ivr.needs import Knowledge, Needs, Sms


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
    forget_refusals: Callable[[], None] = field(default=lambda: None, repr=False)
    """Gives this call its login tries back: whoever is on the line has proved who he is by a code."""

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

    @property
    def texts(self) -> Sms:
        """The SMS bridge. Raises LookupError when the leaf doesn't say that it can't do without."""
        if self.needs.sms is None:
            raise LookupError(f"{self.node} sends texts but does not need sms")
        return self.needs.sms

    @property
    def guide(self) -> Knowledge:
        """The knowledge base. Raises LookupError as :attr:`texts`."""
        if self.needs.knowledge is None:
            raise LookupError(f"{self.node} tells articles but does not need knowledge")
        return self.needs.knowledge
