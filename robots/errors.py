"""What can go wrong with a telephone call, told to the person (or script) who holds the receiver."""

from __future__ import annotations

from hotline.errors import HotlineError


class CallOver(HotlineError):
    """The call is over."""


class NoKeys(HotlineError):
    """The other side takes no telephone events (RFC 4733)."""


class CallRefused(HotlineError):
    """The other side did not take the call:"""

    def __init__(self, status: int, reason: str = "") -> None:
        super().__init__(f"{status} {reason}".strip())
        self.status = status
        """The final SIP status; 408 when nobody answered at all."""


class RegistrationRefused(HotlineError):
    """The exchange did not register the phone:"""

    def __init__(self, status: int, reason: str = "") -> None:
        super().__init__(f"{status} {reason}".strip())
        self.status = status
