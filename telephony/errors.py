"""What may go wrong at the exchange; :mod:`telephony.ports` says where. Importable from there."""

from __future__ import annotations

from hotline.errors import HotlineError
from hotline.moment import Moment


class HungUp(HotlineError):
    """The caller hung up."""

    def __init__(self, at: Moment | None = None) -> None:
        super().__init__()
        self.at = at


class SwitchAway(HotlineError):
    """The exchange does not answer."""


class SwitchRefused(HotlineError):
    """The exchange would not do it:"""


class LineHeld(HotlineError):
    """Somebody else holds this line:"""
