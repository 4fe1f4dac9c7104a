"""Examining a menu before a caller meets it (seed 001 §2.2, domain/ivr.md §2.3): everything :mod:`ivr.faults` lets pass and shouldn't be.

None of these keeps a running hotline from taking a file: a centre may have its reasons. ``hotline menu check`` exits 1 on any.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from ivr.faults import Finding
from ivr.leaves import LEAVES, Leaf, known
from ivr.lengths import Lengths
from ivr.menu import ANNOUNCE, NOTICE, WORDS, Menu, Node, label, phrases
from ivr.offers import services_of
from ivr.reference import ANNEX_ITEMS, HOTLINE_ITEMS, LEVEL_1, LEVEL_2
from ivr.version import MenuVersion
from ivr.voice import LONGEST_S, VoiceError, to_pinyin
from ivr.wanted import WANTED

MOST_OPTIONS = 6
DEEPEST = 3
"""Menus before content."""
LONGEST_WELCOME_S = 8.0
LONGEST_NOTICE_S = 20.0
LONGEST_MENU_S = 40.0


def examine(
    version: MenuVersion, lengths: Lengths, *, leaves: Mapping[str, Leaf] = LEAVES, dialogs: Collection[str] | None = None
) -> list[Finding]:
    """Every finding about a menu that can be walked. ``dialogs``: those that may be named (default: those there are)."""
    menu = version.menu
    held = known(leaves) if dialogs is None else dialogs
    return [
        *_reach(menu),
        *_ends(menu),
        *_person(menu),
        *_hours(menu),
        *(finding for node in menu.nodes.values() if node.action == "menu" for finding in _menu(menu, node)),
        *_depth(menu),
        *_national(menu),
        *_annex(menu),
        *_dialogs(menu, held, leaves),
        *_words(version),
        *_long(version, lengths),
    ]


def _reach(menu: Menu) -> Iterator[Finding]:
    """Nodes nobody ever comes to."""
    reached: set[str] = set()
    coming = [getattr(menu.roles, role) for role in menu.roles.__struct_fields__]
    coming += [node.then for node in menu.nodes.values() if node.action == "dialog" and node.then]
    while coming:
        at = coming.pop()
        if at not in reached:
            reached.add(at)
            coming += [to for _, to in menu.ways(menu.nodes[at])]
    for node in menu.nodes.values():
        if node.id not in reached:
            text = f"nothing leads to {node.id} {node.name}; give it a key, list it in steps of its dialog, or take it out"
            yield Finding("unreachable", f"nodes.{node.id}", "", text)


def _ends(menu: Menu) -> Iterator[Finding]:
    """Menus that lead to no service, announcements that lead nowhere."""
    serving = {node.id for node in menu.nodes.values() if node.action != "menu"}
    while more := {n.id for n in menu.nodes.values() if n.id not in serving and any(to in serving for to in n.keys.values())}:
        serving |= more
    for node in menu.nodes.values():
        place = f"nodes.{node.id}"
        if node.action == "menu" and node.id not in serving and not set(node.keys.values()) & set(WORDS):
            if set(node.keys.values()) <= {node.id}:
                yield Finding("dead_end", place, "keys", f"{node.id} leads only to itself; let a key lead to a service")
            else:
                yield Finding(
                    "loop_without_exit", place, "keys", f"from {node.id} menu leads to menu and never to a service; let one do so"
                )
        if node.dialog in (ANNOUNCE, NOTICE) and not node.then:
            yield Finding("dead_end", place, "then", f"after {node.name} nothing comes; write then")
        if not node.parent and node.id not in _begin(menu):
            yield Finding("no_way_back", place, "parent", "* leads nowhere from here; name the menu above")


def _begin(menu: Menu) -> set[str]:
    """The nodes a call begins with, which have nothing above them."""
    begin = set(menu.trunk())
    at = menu.roles.welcome
    while at and at not in begin:
        begin |= {at, menu.nodes[at].closed}
        at = menu.nodes[at].then
    return begin


def _person(menu: Menu) -> Iterator[Finding]:
    """Whether everybody can get to a person, is told so, and hears something when there is nobody."""
    person = menu.nodes[menu.roles.person]
    place = f"nodes.{person.id}"
    if person.hours == "off" or any(service.on is False for name, service in menu.services.items() if name == person.id):
        yield Finding("no_person", place, "hours", "0 never leads to a person; let the role person be on in staffed hours")
    if not person.closed:
        yield Finding("no_person", place, "closed", "outside staffed hours 0 leads to nothing; write closed")
    main = menu.nodes[menu.roles.main]
    if "person" not in menu.tails_of(main):
        yield Finding("no_person", f"nodes.{main.id}", "tails", "the main menu doesn't say that 0 leads to a person; add it to tails")
    for node in menu.nodes.values():
        if node.action == "queue" and not node.closed:
            yield Finding("no_closed", f"nodes.{node.id}", "action", "a queue that leads nowhere outside staffed hours; write closed")


def _hours(menu: Menu) -> Iterator[Finding]:
    """Hours that contradict each other."""
    for node in menu.nodes.values():
        place = f"nodes.{node.id}"
        if node.closed and menu.nodes[node.closed].hours == "staffed":
            yield Finding(
                "bad_hours", place, "closed", f"{node.closed} stands in outside staffed hours and is staffed itself; set its hours"
            )
        for key, to in node.keys.items():
            target = menu.nodes.get(to)
            if target and node.hours != "7x24" and target.hours not in ("7x24", node.hours) and not target.closed:
                text = f"key {key} leads to {to}, which is never open when {node.id} is; set the hours of one of them"
                yield Finding("never_open", place, "keys", text)


def _menu(menu: Menu, node: Node) -> Iterator[Finding]:
    place = f"nodes.{node.id}"
    more = 1 if node.id in menu.trunk() and menu.slow.key else 0
    if len(node.keys) + more > MOST_OPTIONS:
        text = f"{len(node.keys) + more} options, nobody remembers more than {MOST_OPTIONS}; put some into a menu below"
        yield Finding("too_many_options", place, "keys", text)
    if list(node.keys) != sorted(node.keys):
        yield Finding("unordered_keys", place, "keys", f"said in the order {', '.join(node.keys)}; write the keys in rising order")
    words: dict[str, str] = {}
    for key in node.keys:
        name = label(menu, node, key).rpartition("请按")[0]
        if name in words:
            yield Finding(
                "ambiguous_words", place, "keys", f"keys {words[name]} and {key} are both called {name}; give one other words in say"
            )
        elif "请按" in name or any(letter.isdigit() for letter in name):
            yield Finding("ambiguous_words", place, "keys", f"{name} of key {key} sounds like another key; take the figure out of its name")
        words.setdefault(name, key)


def _depth(menu: Menu) -> Iterator[Finding]:
    """More than three menus before content."""
    level, seen = [menu.roles.main], {menu.roles.main}
    for _ in range(DEEPEST):
        level = [to for at in level for to in menu.nodes[at].keys.values() if to in menu.nodes and menu.nodes[to].action == "menu"]
        level = [to for to in dict.fromkeys(level) if to not in seen]
        seen |= set(level)
    for at in level:
        yield Finding("too_deep", f"nodes.{at}", "keys", f"a menu below {DEEPEST} others; move its services up")


def _national(menu: Menu) -> Iterator[Finding]:
    for kind, level in (("deviation_level_1", LEVEL_1), ("deviation_level_2", LEVEL_2)):
        for name, keys in level.items():
            node = menu.nodes.get(name)
            if node is None:
                yield Finding(kind, "nodes", "", f"the national menu has {name}, this one hasn't; add it")
            elif not node.deviates:
                for key in sorted({key for key in {*keys, *node.keys} if keys.get(key) != node.keys.get(key)}):
                    text = f"key {key} leads to {node.keys.get(key, 'nothing')}, in the national menu to {keys.get(key, 'nothing')}"
                    yield Finding(kind, f"nodes.{name}", "keys", f"{text}; change it, or say why in deviates")


def _annex(menu: Menu) -> Iterator[Finding]:
    """Items of annex 4 (热线 ●) nobody serves."""
    covered: set[int] = set(menu.outbound)
    for node in menu.nodes.values():
        for item in node.covers:
            if not 1 <= item <= ANNEX_ITEMS:
                yield Finding("unknown_item", f"nodes.{node.id}", "covers", f"annex 4 has no item {item}; its items are 1 to {ANNEX_ITEMS}")
        if _is_on(menu, node):
            covered |= set(node.covers)
    for item in menu.outbound:
        if item not in HOTLINE_ITEMS:
            yield Finding("unknown_item", "", "outbound", f"item {item} is no service of the hotline in annex 4; take it out")
    for item, name in HOTLINE_ITEMS.items():
        if item not in covered:
            yield Finding("uncovered", "nodes", "", f"item {item} {name} of annex 4 is served by no node that is on; write it into covers")


def _is_on(menu: Menu, node: Node) -> bool:
    """Whether the centre offers the node at all, at whatever hour."""
    return all(service.on for service in services_of(menu, node.id))


def _dialogs(menu: Menu, held: Collection[str], leaves: Mapping[str, Leaf]) -> Iterator[Finding]:
    """Dialogs that don't exist, and leaves that serve persons without asking who they are."""
    for node in menu.nodes.values():
        place = f"nodes.{node.id}"
        owned = any(node.id in owner.steps and owner.dialog == node.dialog for owner in menu.nodes.values())
        if node.dialog and node.dialog not in held and not owned and _is_on(menu, node):
            text = f"there is no dialog {node.dialog!r} here, so {node.name} is not offered; switch it off in [services] or add the dialog"
            yield Finding("no_dialog", place, "dialog", text)
        leaf = leaves.get(node.dialog)
        if leaf and leaf.login and node.login not in (leaf.login, "any"):
            yield Finding(
                "no_login", place, "login", f"{node.dialog} serves a {leaf.login} who has logged in; write login = {leaf.login!r}"
            )


def _words(version: MenuVersion) -> Iterator[Finding]:
    """Names that can't be spoken, prompts that nobody says."""
    menu, book = version.menu, version.prompts.book
    for words in phrases(menu):
        try:
            to_pinyin(words, book.pronunciations)
        except VoiceError as error:
            owner = next((n for n in menu.nodes.values() if any(label(menu, n, key) == words for key in n.keys)), None)
            yield Finding("unspeakable", f"nodes.{owner.id}" if owner else "slow", "keys" if owner else "name", str(error))
    named = {prompt for node in menu.nodes.values() for prompt in node.prompts} | {service.instead for service in menu.services.values()}
    for prompt in book.texts:
        if prompt not in named and prompt not in WANTED and prompt != menu.notice.prompt:
            yield Finding("unused_prompt", "", "", f"nobody says prompt {prompt}; name it in a node, or take it out of prompts.toml")


def _long(version: MenuVersion, lengths: Lengths) -> Iterator[Finding]:
    menu = version.menu
    welcome = menu.nodes[menu.roles.welcome]
    for node in (welcome, menu.nodes.get(welcome.closed)):
        if node and (seconds := lengths.row(node.prompts)) > LONGEST_WELCOME_S:
            text = f"the welcome takes {seconds:.1f} s, at most {LONGEST_WELCOME_S:.0f} s are heard out; shorten its prompts"
            yield Finding("over_long_welcome", f"nodes.{node.id}", "prompts", text)
    if (seconds := lengths.prompt(menu.notice.prompt)) > LONGEST_NOTICE_S:
        yield Finding("over_long_prompt", "notice", "prompt", f"the notice takes {seconds:.1f} s; shorten it to {LONGEST_NOTICE_S:.0f} s")
    for node in menu.nodes.values():
        for prompt in node.prompts:
            if (seconds := lengths.prompt(prompt)) > LONGEST_S:
                text = f"prompt {prompt} takes {seconds:.1f} s; shorten it to {LONGEST_S:.0f} s or cut it into two"
                yield Finding("over_long_prompt", f"nodes.{node.id}", "prompts", text)
        said = [*node.prompts, *(label(menu, node, key) for key in node.keys)]
        if node.action == "menu" and (seconds := lengths.row(said)) > LONGEST_MENU_S:
            text = f"its options take {seconds:.1f} s; shorten their names to {LONGEST_MENU_S:.0f} s in all"
            yield Finding("over_long_menu", f"nodes.{node.id}", "keys", text)
