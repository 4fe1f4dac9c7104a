"""A value that cannot be printed, logged, compared by accident, pickled or journalled.

A PIN lives in a :class:`Secret` from the first digit keyed to the verdict (domain/identity.md, "PIN secrecy"). The only way
to its value is :meth:`Secret.reveal`, whose callers are few and easy to find.
"""

from __future__ import annotations

from typing import Never, NoReturn


class Secret:
    """Holds a text and shows ``Secret(******)`` to everybody who doesn't call :meth:`reveal`."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """The value itself: for the verifier only."""
        return self._value

    def __len__(self) -> int:
        return len(self._value)

    def __repr__(self) -> str:
        return "Secret(******)"

    __str__ = __repr__

    def __format__(self, spec: str) -> str:
        return repr(self)

    def __eq__(self, other: object) -> bool:
        return self is other

    __hash__ = object.__hash__

    def __reduce__(self) -> NoReturn:
        raise TypeError("a secret can't be pickled or copied out")

    def __iter__(self) -> Never:
        raise TypeError("a secret can't be iterated")
