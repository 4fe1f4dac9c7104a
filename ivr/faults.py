"""What makes a menu unwalkable: faults a running hotline refuses a file for (:mod:`ivr.menu_check` finds the rest).

Each fault is one sentence that says what is wrong and what to do, with the place in the file.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ivr.menu import ANNOUNCE, FIELDS_OF, NEEDED, SHARED, WORDS, Menu, Node, label
from ivr.prompts import PromptBook, Value

OPTION_KEYS = "12345678"
TAKEN = {"0": "asks for a person", "9": "leads to the main menu", "*": "leads back", "#": "says it again"}
GIVEN = frozenset({"hours"})
"""Values the walk itself can say; prompts of dialogs are given theirs by the dialog."""
ROLE_ACTIONS = {"welcome": "dialog", "main": "menu", "person": "queue", "login_person": "dialog", "login_unit": "dialog"}
ROLE_ACTIONS |= {"invalid": "repeat", "no_input": "repeat", "core_away": "repeat", "to_agent": "queue", "goodbye": "end", "gave_up": "end"}


@dataclass(frozen=True, slots=True)
class Finding:
    """One fault: its kind, the file's section and field, and the sentence."""

    kind: str
    place: str
    field: str
    text: str


def broken(menu: Menu, book: PromptBook) -> list[Finding]:
    """Everything for which the menu can't be walked, in the order of the file; empty when it can."""
    return [
        *_roles(menu),
        *_hours(menu, book),
        *(fault for node in menu.nodes.values() for fault in _node(menu, node, book)),
        *_endless(menu),
    ]


def _roles(menu: Menu) -> Iterator[Finding]:
    for role, action in ROLE_ACTIONS.items():
        name = getattr(menu.roles, role)
        if name not in menu.nodes:
            yield Finding("dangling_role", "roles", role, f"{name!r} is no node; name one of action {action}")
        elif menu.nodes[name].action != action:
            yield Finding("wrong_role", "roles", role, f"{name} is of action {menu.nodes[name].action}; name a node of action {action}")
    key = menu.slow.key
    if key and (key not in OPTION_KEYS or any(key in menu.nodes[node].keys for node in menu.trunk() if node in menu.nodes)):
        yield Finding("ambiguous_key", "slow", "key", f"{key!r} means something else in the main menu; choose a free one of 1 to 8")


def _hours(menu: Menu, book: PromptBook) -> Iterator[Finding]:
    notice = menu.notice
    if notice.begins and notice.ends and notice.begins >= notice.ends:
        yield Finding("bad_hours", "notice", "ends", "the notice ends before it begins; put ends behind begins")
    if notice.prompt not in book.texts:
        yield Finding("missing_prompt", "notice", "prompt", f"there is no prompt {notice.prompt!r}; write it into prompts.toml")
    for name, service in menu.services.items():
        place = f"services.{name}"
        if name not in menu.nodes:
            yield Finding("unknown_service", place, "", f"{name!r} is no node; name one of [nodes]")
        if bool(service.opens) != bool(service.closes):
            yield Finding("bad_hours", place, "opens", "one of opens and closes is missing; write both, or neither for any hour")
        elif service.opens and service.opens == service.closes:
            yield Finding("bad_hours", place, "closes", "it opens and closes at the same minute; write other hours, or on = false")
        if service.instead not in book.texts:
            yield Finding("missing_prompt", place, "instead", f"there is no prompt {service.instead!r}; write it into prompts.toml")


def _node(menu: Menu, node: Node, book: PromptBook) -> Iterator[Finding]:
    place = f"nodes.{node.id}"
    yield from _fields(node, place)
    yield from _parent(menu, node, place)
    for field, to in menu.ways(node):
        if to not in menu.nodes:
            yield Finding("dangling_target", place, field, f"{to!r} is no node; name an existing one{_near(menu, to)}")
    yield from _keys(menu, node, place)
    for prompt in node.prompts:
        if prompt not in book.texts:
            yield Finding("missing_prompt", place, "prompts", f"there is no prompt {prompt!r}; write it into prompts.toml")
        elif _is_said_by_the_walk(menu, node) and (strange := _values(book, prompt) - GIVEN):
            text = f"prompt {prompt} says {', '.join(sorted(strange))}, which only a dialog knows; use a text without it"
            yield Finding("unknown_value", place, "prompts", text)


def _fields(node: Node, place: str) -> Iterator[Finding]:
    """Fields that mean nothing for the node's action, and the one it can't do without."""
    allowed = SHARED | FIELDS_OF[node.action]
    for field in node.__struct_fields__:
        if field not in allowed and getattr(node, field) not in ("", (), {}, None):
            yield Finding("wrong_field", place, field, f"a {node.action} has no {field}; take it out, or make it another action")
    if not getattr(node, needed := NEEDED[node.action]):
        yield Finding("missing_field", place, "action", f"a {node.action} without {needed} does nothing; write {needed}")
    for prompt in node.protected:
        if prompt not in node.prompts:
            yield Finding("wrong_field", place, "protected", f"{prompt!r} is not among its prompts; list it there too")


def _parent(menu: Menu, node: Node, place: str) -> Iterator[Finding]:
    if node.parent and node.parent not in menu.nodes:
        if set(node.parent) & set("*|"):
            yield Finding(
                "pattern_parent", place, "parent", f"{node.parent!r} is a pattern; name one menu, and list the node in steps of the others"
            )
        else:
            yield Finding("dangling_parent", place, "parent", f"{node.parent!r} is no node; name an existing one{_near(menu, node.parent)}")
        return
    seen, here = {node.id}, node
    while (here := menu.nodes.get(here.parent)) is not None if here is not None and here.parent else False:  # type: ignore[assignment]
        if here.id in seen:
            yield Finding("parent_loop", place, "parent", f"* would lead in a circle by {here.id}; name a menu nearer to the main menu")
            return
        seen.add(here.id)


def _keys(menu: Menu, node: Node, place: str) -> Iterator[Finding]:
    for key in node.keys:
        if key in TAKEN:
            yield Finding("ambiguous_key", place, "keys", f"{key} {TAKEN[key]} everywhere; give the option one of 1 to 8")
        elif key not in OPTION_KEYS or len(key) != 1:
            yield Finding("bad_key", place, "keys", f"{key!r} is no key of an option; use one of 1 to 8")
        elif node.keys[key] in WORDS and key not in node.say:
            yield Finding("unsaid_key", place, "keys", f"key {key} leads {node.keys[key]} and has no words; write say = {{ {key} = ... }}")
    for key in node.say:
        if key not in node.keys:
            yield Finding("unsaid_key", place, "say", f"say has words for key {key}, which leads nowhere; add it to keys or take it out")
    if node.first and (node.first not in node.keys.values() or not node.login):
        yield Finding("bad_first", place, "first", f"{node.first} can't be told first; name a node of its keys, in a menu with a login")


def _endless(menu: Menu) -> Iterator[Finding]:
    """Nodes that lead on by themselves, one to the other, for ever."""
    for node in menu.nodes.values():
        seen: list[str] = []
        at: str = node.id
        while at in menu.nodes and menu.nodes[at].action == "dialog" and menu.nodes[at].then and at not in seen:
            seen.append(at)
            at = menu.nodes[at].then
        if at == node.id and seen:
            yield Finding(
                "endless", f"nodes.{node.id}", "then", f"{' -> '.join([*seen, at])} never asks the caller; let one lead to a menu"
            )


def _is_said_by_the_walk(menu: Menu, node: Node) -> bool:
    """Whether the walk says the node's prompts itself; a dialog and its steps say their own."""
    told = node.action in ("menu", "repeat", "end") or node.dialog == ANNOUNCE
    return told and not any(node.id in other.steps for other in menu.nodes.values())


def _values(book: PromptBook, prompt: str) -> set[str]:
    return {part.name for part in book.parts[prompt] if isinstance(part, Value)}


def _near(menu: Menu, name: str) -> str:
    """A hint for a list or range written where one node belongs."""
    if "," in name or "-" in name or " " in name:
        return "; a list or a range is not a node: one key, one node"
    close = [known for known in menu.nodes if known.startswith(name[:-1]) or name.startswith(known)]
    return f" ({', '.join(close[:3])}?)" if close and name else ""


__all__ = ["Finding", "broken", "label"]
