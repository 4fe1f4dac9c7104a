"""What changed between two menus, one plain sentence each, for who has to say yes to it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import msgspec

from ivr.menu import WORDS, Menu, Node

BESIDE = {"id", "name", "keys"}
"""Fields with sentences of their own."""


def differences(old: Menu, new: Menu, old_texts: Mapping[str, str] | None = None, new_texts: Mapping[str, str] | None = None) -> list[str]:
    """Every difference of two menus and of the prompts' texts; empty when callers would notice nothing."""
    return [
        *_nodes(old, new),
        *_part("role", old.roles, new.roles),
        *_part("the urgent notice:", old.notice, new.notice),
        *_part("the slow profile:", old.slow, new.slow),
        *_services(old, new),
        *([f"items served by outbound calls: {_said(old.outbound)} -> {_said(new.outbound)}"] if old.outbound != new.outbound else []),
        *_texts(old_texts or {}, new_texts or {}),
    ]


def _nodes(old: Menu, new: Menu) -> Iterator[str]:
    for name, node in new.nodes.items():
        if name not in old.nodes:
            yield f"new: {_name(node)} ({node.action})"
    for name, node in old.nodes.items():
        if name not in new.nodes:
            yield f"gone: {_name(node)} ({node.action})"
        else:
            yield from _node(old, new, node, new.nodes[name])


def _node(old: Menu, new: Menu, before: Node, after: Node) -> Iterator[str]:
    if before.name != after.name:
        yield f"{before.id} {before.name} is now called {after.name}"
    for key in sorted({*before.keys, *after.keys}):
        was, now = before.keys.get(key), after.keys.get(key)
        if was is None:
            yield f"{_name(after)}: key {key} is new and leads to {_target(new, now)}"
        elif now is None:
            yield f"{_name(after)}: key {key}, which led to {_target(old, was)}, is gone"
        elif was != now:
            yield f"{_name(after)}: key {key} leads to {_target(new, now)} instead of {_target(old, was)}"
    if list(before.keys) != list(after.keys) and sorted(before.keys) == sorted(after.keys):
        yield f"{_name(after)}: the options are said in the order {', '.join(after.keys)} instead of {', '.join(before.keys)}"
    for field in before.__struct_fields__:
        was, now = getattr(before, field), getattr(after, field)
        if field not in BESIDE and was != now:
            yield f"{_name(after)}: {field} is {_said(now)} instead of {_said(was)}"


def _part(title: str, old: msgspec.Struct, new: msgspec.Struct) -> Iterator[str]:
    for field in old.__struct_fields__:
        was, now = getattr(old, field), getattr(new, field)
        if was != now:
            yield f"{title} {_field(field)}{_said(now)} instead of {_said(was)}"


def _services(old: Menu, new: Menu) -> Iterator[str]:
    for name in dict.fromkeys([*old.services, *new.services]):
        was, now = old.services.get(name), new.services.get(name)
        called = _target(new if name in new.nodes else old, name)
        if was is None:
            yield f"service {called} has rules of its own now: {_said(now)}"
        elif now is None:
            yield f"service {called} has no rules of its own any more and is on at any hour"
        else:
            yield from _part(f"service {called}:", was, now)


def _texts(old: Mapping[str, str], new: Mapping[str, str]) -> Iterator[str]:
    for prompt in dict.fromkeys([*old, *new]):
        was, now = old.get(prompt), new.get(prompt)
        if was is None:
            yield f"new prompt {prompt}: {now}"
        elif now is None:
            yield f"prompt {prompt} is gone: {was}"
        elif was != now:
            yield f"prompt {prompt} says {now} instead of {was}"


def _name(node: Node) -> str:
    return f"{node.id} {node.name}"


def _target(menu: Menu, name: str | None) -> str:
    if name is None or name in WORDS or name not in menu.nodes:
        return str(name)
    return _name(menu.nodes[name])


def _field(field: str) -> str:
    """``opens is``; nothing where on and off say it all."""
    return "" if field == "on" else f"{field} is "


def _said(value: object) -> str:
    """A value in words: nothing for an empty one."""
    if isinstance(value, msgspec.Struct):
        given = {field: getattr(value, field) for field in value.__struct_fields__}
        return ", ".join(f"{_field(field).replace(' is', '')}{_said(one)}" for field, one in given.items() if one not in ("", None))
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, Mapping):
        return ", ".join(f"{key}: {one}" for key, one in value.items()) or "nothing"
    if isinstance(value, tuple):
        return ", ".join(map(str, value)) or "nothing"
    return str(value) if value not in ("", None) else "nothing"
