"""Events to write down: one of every type, and the few that tests tell stories with."""

from __future__ import annotations

import types
from datetime import UTC, datetime
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints
from zoneinfo import ZoneInfo

import msgspec

from hotline.events import AnyEvent, CallArrived, CallEnded, Event, MenuEntered
from hotline.ids import CallerKey, CallId
from hotline.moment import Moment

EVENT_TYPES: tuple[type[Event], ...] = get_args(AnyEvent)


def moment(text: str = "2025-11-20 09:00:00", mono: int = 1_000) -> Moment:
    """The moment of an Asia/Shanghai wall clock ``text``."""
    local = datetime.fromisoformat(text).replace(tzinfo=ZoneInfo("Asia/Shanghai"))
    return Moment(int(local.astimezone(UTC).timestamp() * 1_000_000), mono, "testboot")


def entered(number: int, call: str = "c-20251120-0000000001") -> MenuEntered:
    """The ``number``-th thing that happened to ``call``."""
    return MenuEntered(at=moment(mono=number), call=CallId(call), node=f"node-{number}")


def arrived(call: str, text: str = "2025-11-20 09:00:00") -> CallArrived:
    """``call`` arrived at ``text``."""
    return CallArrived(at=moment(text), call=CallId(call), caller=CallerKey("k"))


def ended(call: str, text: str = "2025-11-20 09:05:00") -> CallEnded:
    """``call`` ended at ``text``."""
    return CallEnded(at=moment(text), call=CallId(call), how="caller_hung_up")


def sample(cls: Any, seed: int = 7) -> Any:
    """An instance of ``cls`` (a struct) with every field set, by its annotations."""
    hints = get_type_hints(cls)
    return cls(**{field.name: _value(hints[field.name], seed) for field in msgspec.structs.fields(cls)})


def _value(kind: Any, seed: int) -> Any:
    kind = getattr(kind, "__supertype__", kind)
    if kind is Moment:
        return moment(mono=seed)
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        return sample(kind, seed)
    origin = get_origin(kind)
    if origin is Literal:
        return get_args(kind)[seed % len(get_args(kind))]
    if origin is tuple:
        first, *rest = get_args(kind)
        parts = (first, first) if rest == [...] else (first, *rest)
        return tuple(_value(part, seed + place) for place, part in enumerate(parts))
    if origin in (Union, types.UnionType):
        return _value(get_args(kind)[0], seed)
    return {str: f"文字-{seed}", int: seed, bool: True}[kind]
