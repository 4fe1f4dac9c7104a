"""How personal data may be shown (domain/identity.md §5 "masking"): on screens, in logs, in repr."""

from __future__ import annotations


def mask_phone(number: str) -> str:
    """``139****1111``; short numbers keep only their last two digits."""
    return f"{number[:3]}****{number[-4:]}" if len(number) >= 9 else f"**{number[-2:]}"


def mask_citizen_id(number: str) -> str:
    """First 3 and last 4 characters of an identity number."""
    return f"{number[:3]}{'*' * max(0, len(number) - 7)}{number[-4:]}" if len(number) > 7 else "****"


def mask_account(number: str) -> str:
    """The last four digits of an account, loan or card number."""
    return f"****{number[-4:]}"


def mask_name(name: str) -> str:
    """First character and a star."""
    return f"{name[:1]}*" if name else ""
