"""The menu drawn: a tree from left to right as an SVG file, for docs and walls (docs/img/menu.svg is made by it)."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

from ivr.menu import Menu
from ivr.menu_show import ACTIONS, ALWAYS, LOGINS, Twig, forest

ROW, BOX, STEP = 30, 22, 54
"""Pixels: distance of two rows, height of a box, length of a branch."""
GAP = 0.4
"""Rows between two trees."""
LETTER = 13.0
COLOURS = {"menu": "#dbe9f6", "dialog": "#e6f2e0", "queue": "#fbe3d4", "repeat": "#f2eefa", "end": "#eeeeee"}
STYLE = "text{font:13px 'Noto Sans CJK SC','Microsoft YaHei',sans-serif;fill:#222}.w{font-size:11px;fill:#666}.t{font-size:17px}"


class _Sheet:
    """Lays the trees out row by row and keeps what is drawn."""

    def __init__(self) -> None:
        self.shapes: list[str] = []
        self.row = 0.0
        self.width = 0.0
        self.columns: list[float] = []

    def plant(self, twig: Twig, depth: int = 0) -> float:
        """Draw a twig and all below it; the height of its middle."""
        x = self.columns[depth]
        middles = [self.plant(child, depth + 1) for child in twig.below]
        if middles:
            y = (middles[0] + middles[-1]) / 2
        else:
            y = 70 + self.row * ROW
            self.row += 1
        self._box(twig, x, y)
        for child, middle in zip(twig.below, middles, strict=True):
            self._branch(child, x + _width(twig), y, self.columns[depth + 1], middle)
        return y

    def measure(self, twigs: list[Twig]) -> None:
        """Where each level begins: behind the widest box of the level before."""
        x = 20.0
        while twigs:
            self.columns.append(x)
            x += max(map(_width, twigs)) + STEP
            twigs = [child for twig in twigs for child in twig.below]
        self.width = x

    def _box(self, twig: Twig, x: float, y: float) -> None:
        node = twig.node
        line = 'stroke-dasharray="3 2" ' if twig.seen else ""
        colour = "#ffffff" if twig.seen else COLOURS[node.action]
        border = "#b5651d" if node.login and not twig.seen else "#7a8894"
        box = f'x="{x:.0f}" y="{y - BOX / 2:.0f}" width="{_width(twig):.0f}" height="{BOX}" rx="4"'
        self.shapes.append(f'<rect {box} fill="{colour}" stroke="{border}" {line}/>')
        self.shapes.append(f'<text x="{x + 8:.0f}" y="{y + 5:.0f}">{escape(_text(twig))}</text>')

    def _branch(self, child: Twig, x: float, y: float, x2: float, y2: float) -> None:
        bend = x + 14
        self.shapes.append(f'<path d="M{x:.0f} {y:.0f} H{bend:.0f} V{y2:.0f} H{x2:.0f}" fill="none" stroke="#9aa5ae"/>')
        words = {"步骤": "", "非人工时段": "时段外"}.get(child.way, child.way)
        if words:
            self.shapes.append(f'<text class="w" x="{x2 - 6:.0f}" y="{y2 - 3:.0f}" text-anchor="end">{escape(words)}</text>')


def as_svg(menu: Menu) -> str:
    """The whole menu as one SVG document."""
    trees = forest(menu)
    sheet = _Sheet()
    sheet.measure(trees)
    for tree in trees:
        sheet.plant(tree)
        sheet.row += GAP
    height = round(70 + sheet.row * ROW)
    slow = f",主菜单按 {menu.slow.key} {menu.slow.name}" if menu.slow.key else ""
    head = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{sheet.width:.0f}" height="{height}" viewBox="0 0 {sheet.width:.0f} {height}">',
        f"<style>{STYLE}</style>",
        f'<rect width="{sheet.width:.0f}" height="{height}" fill="#fff"/>',
        f'<text class="t" x="20" y="26">12329 语音菜单({len(menu.nodes)} 个节点)</text>',
        f'<text class="w" x="20" y="46">{escape(ALWAYS + slow)}</text>',
        *_legend(sheet.width),
    ]
    return "\n".join([*head, *sheet.shapes, "</svg>", ""])


def _legend(width: float) -> Iterator[str]:
    x = max(460.0, width - 480)
    for action, colour in COLOURS.items():
        yield f'<rect x="{x:.0f}" y="12" width="14" height="14" fill="{colour}" stroke="#7a8894"/>'
        yield f'<text class="w" x="{x + 18:.0f}" y="23">{ACTIONS[action]}</text>'
        x += 60
    yield f'<rect x="{x:.0f}" y="12" width="14" height="14" fill="#fff" stroke="#b5651d"/>'
    yield f'<text class="w" x="{x + 18:.0f}" y="23">须登录</text>'


def _text(twig: Twig) -> str:
    if twig.seen:
        return f"→ {twig.node.name}"
    login = f"({LOGINS[twig.node.login]})" if twig.node.login and twig.node.action == "menu" else ""
    return f"{twig.node.id} {twig.node.name}{login}"


def _width(twig: Twig) -> float:
    return 16 + sum(LETTER if ord(letter) > 0x2E80 else 7.6 for letter in _text(twig))
