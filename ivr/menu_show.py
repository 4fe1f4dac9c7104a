"""The menu as a picture of words: as a tree, as a Mermaid flowchart, as JSON (:mod:`ivr.menu_svg` draws it)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from ivr.menu import WORDS, Menu, Node

LOGINS = {"person": "个人登录", "unit": "单位登录", "any": "登录"}
ALWAYS = "任何地方:0 人工服务,* 返回,# 重听,9 主菜单"
HOURS = {"staffed": "人工时段", "off": "非人工时段"}
ACTIONS = {"menu": "菜单", "dialog": "对话", "queue": "排队", "repeat": "重复", "end": "结束"}


@dataclass(frozen=True, slots=True)
class Twig:
    """A node where it stands in the picture: how one comes to it, what is below; ``seen``: it stands elsewhere, this is a pointer."""

    node: Node
    way: str
    below: tuple[Twig, ...] = ()
    seen: bool = False


def forest(menu: Menu) -> list[Twig]:
    """The whole menu as trees: the main menu, then what hangs on none of its keys. Every node stands in it exactly once."""
    seen: set[str] = set()
    # a node is drawn below its parent when a key of the parent leads to it
    home = {
        to: node.id for node in menu.nodes.values() for to in node.keys.values() if to in menu.nodes and menu.nodes[to].parent == node.id
    }
    welcome = menu.roles.welcome
    order = [
        welcome,
        menu.nodes[welcome].then or welcome,
        *menu.trunk(),
        menu.roles.person,
        menu.roles.login_person,
        menu.roles.login_unit,
        *menu.nodes,
    ]
    return [_twig(menu, menu.nodes[name], "", seen, home) for name in order if name not in seen]


def _twig(menu: Menu, node: Node, way: str, seen: set[str], home: dict[str, str]) -> Twig:
    seen.add(node.id)
    below: list[Twig] = []
    for how, to in _ways(menu, node):
        elsewhere = how.isdigit() and home.get(to, node.id) != node.id
        if to in seen or elsewhere:
            below.append(Twig(menu.nodes[to], how, seen=True))
        else:
            below.append(_twig(menu, menu.nodes[to], how, seen, home))
    return Twig(node, way, tuple(below))


def _ways(menu: Menu, node: Node) -> Iterator[tuple[str, str]]:
    for key, to in node.keys.items():
        if to not in WORDS:
            yield key, to
    for step in node.steps:
        yield "步骤", step
    if node.closed and node.id != menu.roles.main:
        yield "非人工时段", node.closed


def remarks(menu: Menu, node: Node) -> list[str]:
    """What is worth knowing of a node beside its name."""
    found = [LOGINS[node.login]] if node.login else []
    found += [HOURS[node.hours]] if node.hours in HOURS else []
    service = menu.services.get(node.id)
    if service is not None:
        hours = f"{'工作日' if service.days == 'working' else ''}{service.opens}-{service.closes}" if service.opens else ""
        found.append(hours or ("工作日" if service.days == "working" else "") if service.on else "已停用")
    found += [f"附件4: {'、'.join(map(str, node.covers))}"] if node.covers else []
    return [remark for remark in found if remark]


def as_tree(menu: Menu) -> str:
    """The tree for a terminal."""
    lines: list[str] = []
    for twig in forest(menu):
        lines += [_line(menu, twig), *_branches(menu, twig, "")]
    return "\n".join([*lines, "", ALWAYS + (f",主菜单按 {menu.slow.key} {menu.slow.name}" if menu.slow.key else ""), ""])


def _branches(menu: Menu, twig: Twig, indent: str) -> Iterator[str]:
    for at, child in enumerate(twig.below):
        last = at == len(twig.below) - 1
        yield f"{indent}{'└─' if last else '├─'} {_line(menu, child)}"
        yield from _branches(menu, child, indent + ("   " if last else "│  "))


def _line(menu: Menu, twig: Twig) -> str:
    way = f"{twig.way} " if twig.way else ""
    if twig.seen:
        return f"{way}→ {twig.node.id} {twig.node.name}"
    notes = remarks(menu, twig.node)
    what = ACTIONS[twig.node.action] if twig.node.action != "dialog" else twig.node.dialog
    return f"{way}{twig.node.name}  {twig.node.id} [{what}]{'  ' + ','.join(notes) if notes else ''}"


def as_mermaid(menu: Menu) -> str:
    """A Mermaid flowchart."""
    shapes = {"menu": '["{}"]', "dialog": '("{}")', "queue": '(["{}"])', "repeat": '[/"{}"/]', "end": '(("{}"))'}
    lines = ["flowchart LR"]
    for node in menu.nodes.values():
        lines.append(f"  {_id(node.id)}{shapes[node.action].format(f'{node.id}<br/>{node.name}')}")
    for node in menu.nodes.values():
        for key, to in node.keys.items():
            if to not in WORDS:
                lines.append(f"  {_id(node.id)} -->|{key}| {_id(to)}")
        lines += [f"  {_id(node.id)} -.-> {_id(step)}" for step in node.steps]
        lines += [f"  {_id(node.id)} -.->|非人工时段| {_id(node.closed)}"] if node.closed else []
        lines += [f"  {_id(node.id)} --> {_id(node.then)}"] if node.then else []
    return "\n".join([*lines, ""])


def _id(name: str) -> str:
    return name.replace(".", "_")


def as_json(menu: Menu) -> dict[str, Any]:
    """The whole menu as plain data: what the file says, defaults left out."""
    return {
        "roles": _plain(menu.roles),
        "notice": _plain(menu.notice),
        "slow": _plain(menu.slow),
        "services": {name: _plain(service) for name, service in menu.services.items()},
        "outbound": list(menu.outbound),
        "nodes": [
            {field: value for field, value in _plain(node).items() if value not in ("", [], {}, None)} for node in menu.nodes.values()
        ],
    }


def _plain(part: msgspec.Struct) -> dict[str, Any]:
    given = {field: getattr(part, field) for field in part.__struct_fields__}
    plain: dict[str, Any] = msgspec.to_builtins({name: dict(one) if isinstance(one, Mapping) else one for name, one in given.items()})
    return plain
