"""The menu examined before a caller meets it: every kind of defect seeded and found, none in the centre's own menu."""

from __future__ import annotations

import csv
import json
import re
from pathlib import Path
from typing import Any

import pytest

from hotline.errors import ConfigError
from hotline.settings import SpeechSettings
from ivr.leaves import LEAVES, there_are
from ivr.lengths import Lengths
from ivr.menu_check import examine
from ivr.menu_file import parse_menu
from ivr.menu_times import times
from ivr.needs import Needs
from ivr.reference import HOTLINE_ITEMS, LEVEL_1, LEVEL_2
from ivr.version import MenuFiles, open_version
from tests.ivr.menus import MENU_TEXT, Change, changed, findings, version_with
from tests.ivr.scripted import ETC, VERSION

DATA = Path(__file__).parent / "data"
TREE: list[dict[str, Any]] = json.loads((DATA / "menu_tree.json").read_text(encoding="utf-8"))["nodes"]
HEAD = "# -- welcome and main menu"

BROKEN: list[tuple[str, str, Change]] = [
    ("dangling_role", "roles", ('person = "H"', 'person = "Z"')),
    ("wrong_role", "roles", ('person = "H"', 'person = "G"')),
    ("ambiguous_key", "slow", ('key = "8"', 'key = "2"')),
    ("ambiguous_key", "nodes.Q.5", ('keys = { 1 = "Q.5.1"', 'keys = { 9 = "Q.5.1"')),
    ("ambiguous_key", "nodes.Q.5", ('keys = { 1 = "Q.5.1"', 'keys = { "*" = "Q.5.1"')),
    ("bad_key", "nodes.Q.5", ('keys = { 1 = "Q.5.1"', 'keys = { 12 = "Q.5.1"')),
    ("bad_hours", "notice", ("on = false", "begins = 2026-01-02T08:00:00+08:00\nends = 2026-01-01T08:00:00+08:00")),
    ("bad_hours", "services.A", (HEAD, f'[services.A]\nopens = "08:00"\n{HEAD}')),
    ("bad_hours", "services.A", (HEAD, f'[services.A]\nopens = "08:00"\ncloses = "08:00"\n{HEAD}')),
    ("unknown_service", "services.Q.9", (HEAD, f'[services."Q.9"]\non = false\n{HEAD}')),
    ("missing_prompt", "services.A", (HEAD, f'[services.A]\non = false\ninstead = "sorry"\n{HEAD}')),
    ("missing_prompt", "notice", ('prompt = "urgent_notice"', 'prompt = "news"')),
    ("missing_prompt", "nodes.G.4", ('prompts = ["ask_estate", ', 'prompts = ["ask_castle", ')),
    ("dangling_target", "nodes.G", ('2 = "G.2"', '2 = "G.1-G.6"')),
    ("dangling_target", "nodes.Q.1.1", ('then = "X.AFTER"', 'then = "X.BEFORE"')),
    ("dangling_target", "nodes.C.1", ('closed = "C.MSG"', 'closed = "C.MESSAGE"')),
    ("dangling_target", "nodes.G.2", ('steps = ["G.2.1"]', 'steps = ["G.2.1", "G.2.2"]')),
    ("dangling_parent", "nodes.G.2.1", ('parent = "G.2"\n', 'parent = "G.9"\n')),
    (
        "pattern_parent",
        "nodes.A.OK",
        ('name = "预约成功"\naction = "dialog"\nparent = "A"', 'name = "预约成功"\naction = "dialog"\nparent = "A.*"'),
    ),
    (
        "parent_loop",
        "nodes.Q",
        ('name = "业务查询"\naction = "menu"\nparent = "E.MAIN"', 'name = "业务查询"\naction = "menu"\nparent = "Q.1"'),
    ),
    ("missing_field", "nodes.Q.5", ('keys = { 1 = "Q.5.1", 2 = "Q.5.2" }', "")),
    ("missing_field", "nodes.G.4", ('dialog = "estates"', "")),
    ("wrong_field", "nodes.C.2", ('skill = "general"\nclosed', 'skill = "general"\nthen = "C"\nclosed')),
    ("wrong_field", "nodes.E.WELCOME", ('protected = ["notice"]', 'protected = ["bye"]')),
    ("unsaid_key", "nodes.X.AFTER", ('say = { 1 = "继续查询" }', "")),
    ("unsaid_key", "nodes.E.MAIN_OFF", ('say = { 4 = "投诉建议留言" }', 'say = { 5 = "留言" }')),
    ("bad_first", "nodes.Q.1", ('first = "Q.1.1"', 'first = "Q.2.1"')),
    ("unknown_value", "nodes.H.OFF", ('prompts = ["closed"]', 'prompts = ["balance"]')),
    ("endless", "nodes.E.NOTICE", ('dialog = "notice"\nthen = "E.MAIN"', 'dialog = "notice"\nthen = "E.WELCOME"')),
]
"""Defects for which a running hotline refuses the file: kind, place, change."""


def extra_menu(name: str, words: str, parent: str, to: str) -> str:
    """A menu node more, with one key."""
    return f'[nodes.{name}]\nname = "{words}"\naction = "menu"\nparent = "{parent}"\nkeys = {{ 1 = "{to}" }}\n'


IDLE = extra_menu("Z", "空菜单", "Q", "Z")
LOOP = extra_menu("Z", "甲", "Q", "Y") + extra_menu("Y", "乙", "Z", "Z")
DEEP = extra_menu("Z", "更多", "Q.5", "Q.5.2")
IN_Q5 = ('keys = { 1 = "Q.5.1", 2 = "Q.5.2" }', 'keys = { 1 = "Q.5.1", 2 = "Q.5.2", 3 = "Z" }')
LONG = "请您仔细收听以下内容" * 15

FOUND: list[tuple[str, str, list[Change]]] = [
    ("unreachable", "nodes.G.4", [('4 = "G.4", 5 = "G.5"', '4 = "G.5", 5 = "G.5"')]),
    ("dead_end", "nodes.Z", [IN_Q5, (HEAD, IDLE + HEAD)]),
    ("dead_end", "nodes.E.NOTICE", [('dialog = "notice"\nthen = "E.MAIN"', 'dialog = "notice"')]),
    ("loop_without_exit", "nodes.Z", [IN_Q5, (HEAD, LOOP + HEAD)]),
    ("no_way_back", "nodes.G.4", [('action = "dialog"\nparent = "G"\ndialog = "estates"', 'action = "dialog"\ndialog = "estates"')]),
    ("no_person", "nodes.H", [(HEAD, f"[services.H]\non = false\n{HEAD}")]),
    ("no_person", "nodes.H", [('hours = "staffed"\nclosed = "H.OFF"', 'hours = "off"\nclosed = "H.OFF"')]),
    ("no_person", "nodes.E.MAIN", [('closed = "E.MAIN_OFF"', 'tails = ["again"]\nclosed = "E.MAIN_OFF"')]),
    ("no_closed", "nodes.C.1", [('skill = "complaint"\nclosed = "C.MSG"', 'skill = "complaint"')]),
    ("bad_hours", "nodes.C.1", [('dialog = "voice_message"', 'hours = "staffed"\ndialog = "voice_message"')]),
    ("never_open", "nodes.E.MAIN_OFF", [('dialog = "voice_message"', 'hours = "staffed"\ndialog = "voice_message"')]),
    ("too_many_options", "nodes.G", [('6 = "G.6" }', '6 = "G.6", 7 = "Q.4" }')]),
    ("too_many_options", "nodes.E.MAIN", [('4 = "C" }', '4 = "C", 5 = "G.1", 6 = "G.3" }')]),
    ("unordered_keys", "nodes.Q.5", [('1 = "Q.5.1", 2 = "Q.5.2"', '2 = "Q.5.2", 1 = "Q.5.1"')]),
    ("ambiguous_words", "nodes.Q.5", [('name = "忘记密码"', 'name = "修改查询密码"')]),
    ("ambiguous_words", "nodes.Q.5", [('name = "忘记密码"', 'name = "忘记密码请按3或者"')]),
    ("too_deep", "nodes.Z", [IN_Q5, (HEAD, DEEP + HEAD)]),
    ("deviation_level_1", "nodes.E.MAIN", [('1 = "G", 2 = "Q", 3 = "A"', '1 = "Q", 2 = "G", 3 = "A"')]),
    ("deviation_level_2", "nodes.A", [('4 = "A.4", 5 = "A.5"', '4 = "A.5", 5 = "A.4"')]),
    ("unknown_item", "nodes.G.2", [("covers = [71]", "covers = [71, 187]")]),
    ("unknown_item", "", [("outbound = [43, 86]", "outbound = [43, 86, 12]")]),
    ("uncovered", "nodes", [('covers = [72]\n', "")]),
    ("uncovered", "nodes", [(HEAD, f'[services."G.4"]\non = false\n{HEAD}')]),
    ("no_dialog", "nodes.G.4", [('dialog = "estates"', 'dialog = "castles"')]),
    ("no_login", "nodes.Q.1.1", [('login = "person"\ndialog = "account_balance"', 'dialog = "account_balance"')]),
    ("unspeakable", "nodes.Q.5", [('name = "忘记密码"', 'name = "忘记PIN"')]),
]  # fmt: skip
"""Defects that only the check finds."""


def refused(text: str, folder: Path) -> str:
    """Why a running hotline refuses a menu file."""
    (folder / "menu.toml").write_text(text, encoding="utf-8")
    files = MenuFiles(folder / "menu.toml", ETC / "prompts.toml", ETC / "pronunciation.toml", folder / "sounds")
    with pytest.raises(ConfigError) as raised:
        open_version(files, SpeechSettings())
    return str(raised.value)


def test_nothing_is_found_in_the_centres_own_menu() -> None:
    assert findings(VERSION) == []


def test_in_this_house_only_dialogs_that_are_not_there_yet_are_found() -> None:
    found = examine(VERSION, Lengths(VERSION.prompts))
    assert {finding.kind for finding in found} <= {"no_dialog"}
    missing = {VERSION.menu.nodes[finding.place.removeprefix("nodes.")].dialog for finding in found}
    assert missing.isdisjoint(there_are(Needs()))


@pytest.mark.parametrize(("kind", "place", "change"), BROKEN)
def test_a_menu_that_cannot_be_walked_is_found_and_refused_with_its_line(kind: str, place: str, change: Change, tmp_path: Path) -> None:
    version = version_with(change)
    found = findings(version)
    assert (kind, place) in {(finding.kind, finding.place) for finding in found}
    assert all(";" in finding.text for finding in found), "each says what to do"
    first = found[0]
    why = refused(changed(MENU_TEXT, [change]), tmp_path)
    line = version.source.line(first.place, first.field)
    assert line
    assert f"menu.toml line {line}: {first.place}" in why


@pytest.mark.parametrize(("kind", "place", "changes"), FOUND)
def test_a_menu_that_callers_would_suffer_from_is_found(kind: str, place: str, changes: list[Change]) -> None:
    found = findings(version_with(*changes))
    assert (kind, place) in {(finding.kind, finding.place) for finding in found}
    assert all(re.search(r"; |no reading", finding.text) for finding in found)


@pytest.mark.parametrize(
    ("kind", "place", "prompt"),
    [
        ("over_long_welcome", "nodes.E.WELCOME", ('greeting = "您好', f'greeting = "{LONG[:40]}您好')),
        ("over_long_welcome", "nodes.E.WELCOME_OFF", ("现为自助服务。", "现在是非人工服务时间，您可以使用自助服务或留言。")),
        ("over_long_prompt", "nodes.G.4", ("请输入楼盘备案编号", LONG)),
        ("over_long_prompt", "notice", ("因系统升级", LONG)),
        ("unused_prompt", "", ('bye = "', 'hello = "你好。"\nbye = "')),
    ],
)
def test_prompts_that_are_too_long_or_said_by_nobody_are_found(kind: str, place: str, prompt: Change, tmp_path: Path) -> None:
    found = findings(version_with(folder=tmp_path, prompts=[prompt]))
    assert (kind, place) in [(finding.kind, finding.place) for finding in found]
    assert {finding.kind for finding in found} == {kind}


def test_options_that_take_too_long_to_say_are_found() -> None:
    found = findings(version_with(('name = "忘记密码"', f'name = "{LONG[:100]}"'), ('name = "修改查询密码"', f'name = "{LONG[:101]}"')))
    assert {finding.kind for finding in found} == {"over_long_menu"}


def test_a_dialog_nobody_has_is_no_fault_of_a_service_that_is_switched_off() -> None:
    missing = ('dialog = "ticket_progress"', 'dialog = "oracle"')
    assert [finding.kind for finding in findings(version_with(missing))] == ["no_dialog"]
    assert findings(version_with(missing, (HEAD, f'[services."Q.4"]\non = false\n{HEAD}'))) == []


def test_every_kind_is_explained_in_the_docs() -> None:
    told = (ETC.parent / "docs/menu.md").read_text(encoding="utf-8")
    kinds = {kind for kind, *_ in (*BROKEN, *FOUND)} | {
        "unreadable",
        "over_long_welcome",
        "over_long_prompt",
        "over_long_menu",
        "unused_prompt",
    }
    assert [kind for kind in sorted(kinds) if f"`{kind}`" not in told] == []


def test_at_least_twenty_kinds_are_seeded() -> None:
    assert len({kind for kind, *_ in (*BROKEN, *FOUND)}) >= 35


def test_a_menu_that_differs_from_the_national_one_may_say_why() -> None:
    swap = ('1 = "G", 2 = "Q", 3 = "A"', '1 = "Q", 2 = "G", 3 = "A"')
    assert {finding.kind for finding in findings(version_with(swap))} == {"deviation_level_1"}
    excused = ('closed = "E.MAIN_OFF"', 'closed = "E.MAIN_OFF"\ndeviates = "本市查询最多"')
    assert findings(version_with(swap, excused)) == []


# -- held against the documents -------------------------------------------------------------------------------------


def test_every_node_of_the_reference_tree_is_in_the_menu_and_no_other() -> None:
    assert set(VERSION.menu.nodes) == {node["id"] for node in TREE}
    assert len(VERSION.menu.nodes) == 82


def test_the_keys_of_the_reference_tree_are_those_of_the_menu() -> None:
    for node in TREE:
        if re.fullmatch(r"\d", node["key"]) and node["key"] != "0" and node["parent"] in VERSION.menu.nodes and node["id"] != "H.CALLBACK":
            assert VERSION.menu.nodes[node["parent"]].keys[node["key"]] == node["id"]


def test_logins_and_hours_are_those_of_the_reference_tree() -> None:
    logins = {"none": "", "personal": "person", "unit": "unit", "personal|unit": "any"}
    for node in TREE:
        ours = VERSION.menu.nodes[node["id"]]
        # which account is asked after the PIN was right and before the login is complete
        assert ours.login == ("" if node["id"] == "AU.MULTI" else logins[node["auth"]]), node["id"]
        # C.MSG_OK follows C.MSG, which is open at any hour; a call-back is offered to who finds nobody there, too
        any_hour = node["id"] in ("C.MSG_OK", "H.CALLBACK", "H.CALLBACK_OK")
        assert ours.hours == ("7x24" if any_hour else node["hours"]), node["id"]


def test_the_items_of_annex_4_are_those_marked_for_the_hotline() -> None:
    with (DATA / "annex4_hotline_sms.csv").open(encoding="utf-8") as file:
        marked = {int(row["no"]): row["item"] for row in csv.DictReader(file) if row["hotline"] == "●"}
    assert marked == HOTLINE_ITEMS


def test_the_reference_keys_are_those_of_the_tree() -> None:
    for level in (LEVEL_1, LEVEL_2):
        for name, keys in level.items():
            assert dict(VERSION.menu.nodes[name].keys) == keys


def test_the_trees_own_faults_are_found_when_it_is_taken_as_it_stands(tmp_path: Path) -> None:
    """Targets that are no nodes, patterns as parents, a welcome of fifteen seconds: docs/menu.md lists how each was mended."""
    text = MENU_TEXT
    for node in TREE:
        section = re.search(rf'\[nodes\."?{re.escape(node["id"])}"?\]\n(.*?)(?=\n\[|\n# --|\Z)', text, re.DOTALL)
        assert section
        given = section[1]
        if set(node["parent"]) & set("*|"):
            given = re.sub(r'parent = ".*"', f'parent = "{node["parent"]}"', given)
        if node["kind"] == "menu" and node["id"] not in ("X.AFTER", "E.MAIN", "E.MAIN_OFF") and 'action = "menu"' in given:
            targets = ", ".join(f'{at} = "{target}"' for at, target in enumerate(node["target"].split(","), 1))
            given = re.sub(r"keys = \{.*\}", f"keys = {{ {targets} }}", given)
        text = text[: section.start(1)] + given + text[section.end(1) :]
    menu, _ = parse_menu(text)
    found = findings(version_with((MENU_TEXT, text)))
    patterns = {finding.place for finding in found if finding.kind == "pattern_parent"}
    assert patterns == {f"nodes.{node['id']}" for node in TREE if set(node["parent"]) & set("*|")}
    dangling = {finding.place for finding in found if finding.kind == "dangling_target"}
    assert dangling == {f"nodes.{name}" for name in ("G", "G.1", "G.3", "Q", "Q.1", "Q.2", "Q.3", "Q.5", "A", "A.4")}
    assert len(menu.nodes) == 82
    welcome = next(node["prompt"] for node in TREE if node["id"] == "E.WELCOME_OFF").replace("{service_hours}", "工作日九点到十七点")
    long = findings(version_with(folder=tmp_path, prompts=[("现为自助服务。", welcome.partition("录音。")[2])]))
    assert [(finding.kind, finding.place) for finding in long] == [("over_long_welcome", "nodes.E.WELCOME_OFF")]


# -- time to service ------------------------------------------------------------------------------------------------


def test_the_way_to_every_service_is_told_with_the_seconds_before_each_key() -> None:
    ways = {way.service: way for way in times(VERSION, Lengths(VERSION.prompts))}
    steps = {step for node in VERSION.menu.nodes.values() for step in node.steps}
    leaves = {node.id for node in VERSION.menu.nodes.values() if node.dialog in LEAVES} - steps
    assert leaves <= set(ways)
    balance = ways["Q.1.1"]
    assert [key for key, _ in balance.keys] == ["2", "1", "号码#", "PIN"], "told at once after the login"
    assert [key for key, _ in ways["Q.1.2"].keys] == ["2", "1", "号码#", "PIN", "2"]
    assert ways["Q.4"].keys[-1][0] == "4", "by 业务查询, which comes before 投诉建议"
    assert [key for key, _ in ways["H"].keys] == ["0"]
    assert balance.seconds == pytest.approx(balance.welcome_s + sum(seconds for _, seconds in balance.keys))


def test_a_later_key_of_a_menu_takes_longer() -> None:
    ways = {way.service: way.seconds for way in times(VERSION, Lengths(VERSION.prompts))}
    assert ways["G.1.1"] < ways["G.1.2"] < ways["G.1.6"]


def test_a_shorter_name_shortens_the_way_to_what_comes_behind_it() -> None:
    before = {way.service: way.seconds for way in times(VERSION, Lengths(VERSION.prompts))}
    version = version_with(('name = "个人公积金账户查询"', 'name = "账户"'))
    after = {way.service: way.seconds for way in times(version, Lengths(version.prompts))}
    assert after["Q.2.1"] < before["Q.2.1"]
    assert after["G.2"] == before["G.2"]
