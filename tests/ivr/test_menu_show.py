"""The menu shown: every node in the tree once, the picture in the docs is the menu's, differences in plain words, the commands."""

from __future__ import annotations

import json
import re
import shutil
import xml.etree.ElementTree as ET
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from cyclopts import App

from hotline.settings import SpeechSettings
from ivr.cli import make_menu_app, make_prompts_app
from ivr.menu import Menu
from ivr.menu_diff import differences
from ivr.menu_file import parse_menu
from ivr.menu_show import Twig, as_json, as_mermaid, as_tree, forest
from ivr.menu_svg import as_svg
from ivr.version import MenuFiles
from ivr.voice import VoiceError
from server import cli
from tests.ivr.menus import MENU_TEXT, PROMPTS_TEXT, Change, changed
from tests.ivr.scripted import ETC, MENU
from tests.ivr.test_prompts import Tones

HOUSE = ETC.parent
NEW = '[nodes.Z]\nname = "新"\naction = "end"\nprompts = ["bye"]\n'


def twigs(trees: list[Twig]) -> Iterator[Twig]:
    for twig in trees:
        yield twig
        yield from twigs(list(twig.below))


def menu_with(*changes: Change) -> Menu:
    return parse_menu(changed(MENU_TEXT, changes))[0]


# -- shown ----------------------------------------------------------------------------------------------------------


def test_every_node_stands_in_the_tree_exactly_once() -> None:
    drawn = Counter(twig.node.id for twig in twigs(forest(MENU)) if not twig.seen)
    assert drawn == Counter(list(MENU.nodes))


def test_a_service_reached_by_two_keys_is_drawn_below_its_own_menu_and_pointed_to_from_the_other() -> None:
    drawn = {twig.node.id: twig for twig in twigs(forest(MENU)) if not twig.seen}
    assert "Q.4" in [child.node.id for child in drawn["Q"].below if not child.seen]
    assert "Q.4" in [child.node.id for child in drawn["C"].below if child.seen]


def test_the_tree_tells_login_hours_services_and_the_keys_that_work_everywhere() -> None:
    tree = as_tree(
        menu_with(("# -- welcome", '[services.A]\ndays = "working"\nopens = "08:00"\ncloses = "17:30"\n[services."Q.3"]\non = false\n# --'))
    )
    assert "1 个人公积金账户查询  Q.1 [菜单]  个人登录" in tree
    assert "3 业务受理  A [菜单]  工作日08:00-17:30" in tree
    assert "3 单位公积金账户查询  Q.3 [菜单]  单位登录,已停用" in tree
    assert "0 人工服务,* 返回" in tree


def test_the_flowchart_has_every_node_and_every_key() -> None:
    chart = as_mermaid(MENU)
    for node in MENU.nodes.values():
        assert f"{node.id}<br/>{node.name}" in chart
        for key, to in node.keys.items():
            assert to in ("back", "main") or f"{node.id.replace('.', '_')} -->|{key}| {to.replace('.', '_')}\n" in chart


def test_the_json_holds_the_whole_menu_and_can_be_written() -> None:
    told = json.loads(json.dumps(as_json(MENU), ensure_ascii=False))
    assert {node["id"] for node in told["nodes"]} == set(MENU.nodes)
    assert told["nodes"][3]["keys"] == {"1": "G", "2": "Q", "3": "A", "4": "C"}
    assert told["roles"]["person"] == "H"


def test_the_picture_is_well_formed_and_names_every_node() -> None:
    picture = as_svg(MENU)
    words = {text.text for text in ET.fromstring(picture).iter("{http://www.w3.org/2000/svg}text")}
    for node in MENU.nodes.values():
        assert any(word and word.startswith(f"{node.id} {node.name}") for word in words), node.id


def test_no_box_of_the_picture_lies_on_another() -> None:
    boxes = [
        tuple(float(rect.get(side) or 0) for side in ("x", "y", "width", "height"))
        for rect in ET.fromstring(as_svg(MENU)).iter("{http://www.w3.org/2000/svg}rect")
        if rect.get("rx")
    ]
    assert len(boxes) > 82
    for at, (x, y, width, height) in enumerate(boxes):
        for x2, y2, width2, height2 in boxes[at + 1 :]:
            assert x + width <= x2 or x2 + width2 <= x or y + height <= y2 or y2 + height2 <= y


def test_the_picture_in_the_docs_is_the_menu_as_it_is() -> None:
    assert (HOUSE / "docs/img/menu.svg").read_text(encoding="utf-8") == as_svg(MENU), (
        "make it anew: hotline menu show --format svg > docs/img/menu.svg"
    )


# -- compared -------------------------------------------------------------------------------------------------------


def test_a_menu_does_not_differ_from_itself() -> None:
    assert differences(MENU, menu_with(), {"a": "b"}, {"a": "b"}) == []


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ([('name = "忘记密码"', 'name = "重置密码"')], ["Q.5.2 忘记密码 is now called 重置密码"]),
        (
            [('keys = { 1 = "Q.5.1", 2 = "Q.5.2" }', 'keys = { 1 = "Q.5.2", 3 = "Q.5.1" }')],
            [
                "Q.5 查询密码服务: key 1 leads to Q.5.2 忘记密码 instead of Q.5.1 修改查询密码",
                "Q.5 查询密码服务: key 2, which led to Q.5.2 忘记密码, is gone",
                "Q.5 查询密码服务: key 3 is new and leads to Q.5.1 修改查询密码",
            ],
        ),
        (
            [('1 = "Q.5.1", 2 = "Q.5.2"', '2 = "Q.5.2", 1 = "Q.5.1"')],
            ["Q.5 查询密码服务: the options are said in the order 2, 1 instead of 1, 2"],
        ),
        ([('login = "unit"\nkeys', 'login = "any"\nkeys')], ["Q.3 单位公积金账户查询: login is any instead of unit"]),
        ([("on = false", "on = true")], ["the urgent notice: on instead of off"]),
        ([('key = "8"', 'key = ""')], ["the slow profile: key is nothing instead of 8"]),
        ([('goodbye = "X.BYE"', 'goodbye = "E.BYE_NOINPUT"')], ["role goodbye is E.BYE_NOINPUT instead of X.BYE"]),
        ([("outbound = [43, 86]", "outbound = [43]")], ["items served by outbound calls: 43, 86 -> 43"]),
        (
            [("# -- welcome", '[services.A]\nopens = "08:00"\ncloses = "20:00"\n# -- welcome')],
            ["service A 业务受理 has rules of its own now: on, days every, opens 08:00, closes 20:00, instead not_offered"],
        ),
        (
            [("# -- welcome", NEW + "# -- welcome"), ('skill = "complaint"', 'skill = "calm"')],
            ["new: Z 新 (end)", "C.1 投诉: skill is calm instead of complaint"],
        ),
    ],
)  # fmt: skip
def test_what_changed_is_said_in_plain_words(changes: list[Change], said: list[str]) -> None:
    assert differences(MENU, menu_with(*changes)) == said


def test_what_is_gone_is_said_too() -> None:
    services = menu_with(("# -- welcome", "[services.A]\non = false\n# -- welcome"))
    assert differences(services, MENU) == ["service A 业务受理 has no rules of its own any more and is on at any hour"]
    extra = menu_with(("# -- welcome", '[nodes.Z]\nname = "旧"\naction = "end"\nprompts = ["bye"]\n# -- welcome'))
    assert differences(extra, MENU) == ["gone: Z 旧 (end)"]
    assert differences(services, menu_with(("# -- welcome", '[services.A]\ndays = "working"\n# -- welcome'))) == [
        "service A 业务受理: on instead of off",
        "service A 业务受理: days is working instead of every",
    ]


def test_changed_texts_are_part_of_the_difference() -> None:
    assert differences(MENU, MENU, {"a": "一", "b": "二"}, {"b": "贰", "c": "三"}) == [
        "prompt a is gone: 一",
        "prompt b says 贰 instead of 二",
        "new prompt c: 三",
    ]


# -- commands -------------------------------------------------------------------------------------------------------


class Centre:
    """A centre's files, with commands over them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.tones = Tones()
        for name in ("menu.toml", "prompts.toml", "pronunciation.toml"):
            shutil.copy(ETC / name, folder / name)
        self.app = App(name="hotline")
        self.app.command(make_menu_app(self.files, SpeechSettings))
        self.app.command(make_prompts_app(self.files, SpeechSettings, lambda: self.tones))

    def files(self, menu: Path | None) -> MenuFiles:
        beside = (menu or self.folder / "menu.toml").parent
        prompts = beside / "prompts.toml"
        own = prompts if prompts.exists() else self.folder / "prompts.toml"
        return MenuFiles(menu or self.folder / "menu.toml", own, self.folder / "pronunciation.toml", self.folder / "sounds")

    def run(self, *words: str) -> int:
        """One command; its exit code."""
        code = self.app(list(words), exit_on_error=False, result_action="return_value")
        return code if isinstance(code, int) else 0


@pytest.fixture
def centre(tmp_path: Path) -> Centre:
    return Centre(tmp_path)


def test_the_check_command_fails_with_findings_and_tells_them_with_their_lines(centre: Centre, capsys: pytest.CaptureFixture[str]) -> None:
    (centre.folder / "menu.toml").write_text(changed(MENU_TEXT, [('2 = "G.2"', '2 = "G.22"')]), encoding="utf-8")
    assert centre.run("menu", "check") == 1
    told = capsys.readouterr().out
    assert re.search(r"menu\.toml line \d+: nodes\.G, keys\.2: 'G\.22' is no node", told)
    assert "1 findings" in told


def test_the_check_command_tells_an_unreadable_file(centre: Centre, capsys: pytest.CaptureFixture[str]) -> None:
    broken = centre.folder / "other.toml"
    broken.write_text("[roles\n", encoding="utf-8")
    assert centre.run("menu", "check", str(broken), "-o", "json") == 1
    told = json.loads(capsys.readouterr().out)
    assert [finding["kind"] for finding in told["findings"]] == ["unreadable"]
    assert "line 1" in told["findings"][0]["text"]


@pytest.mark.thorough
def test_the_check_command_prints_the_time_to_each_service(centre: Centre, capsys: pytest.CaptureFixture[str]) -> None:
    centre.run("menu", "check")
    told = capsys.readouterr().out
    assert "estimated, no sounds yet" in told
    assert re.search(r"\d+\.\d s  Q\.1\.1 +账户余额和状态  2 \d", told)
    centre.run("prompts", "build")
    capsys.readouterr()
    centre.run("menu", "check", "-o", "json")
    told = json.loads(capsys.readouterr().out)
    assert told["measured"]
    assert {"service", "name", "seconds", "keys"} == set(told["time_to_service"][0])


@pytest.mark.parametrize(("form", "begin"), [("tree", "欢迎词"), ("mermaid", "flowchart LR"), ("svg", "<svg"), ("json", "{")])
def test_the_show_command_has_four_formats(centre: Centre, capsys: pytest.CaptureFixture[str], form: str, begin: str) -> None:
    assert centre.run("menu", "show", "--format", form) == 0
    assert capsys.readouterr().out.startswith(begin)


def test_the_diff_command_compares_two_files_and_their_prompts(centre: Centre, capsys: pytest.CaptureFixture[str]) -> None:
    other = centre.folder / "new"
    other.mkdir()
    (other / "menu.toml").write_text(changed(MENU_TEXT, [('name = "忘记密码"', 'name = "重置密码"')]), encoding="utf-8")
    (other / "prompts.toml").write_text(changed(PROMPTS_TEXT, [("感谢您使用", "谢谢您使用")]), encoding="utf-8")
    assert centre.run("menu", "diff", str(centre.folder / "menu.toml"), str(other / "menu.toml")) == 1
    told = capsys.readouterr().out.splitlines()
    assert told[0] == "Q.5.2 忘记密码 is now called 重置密码"
    assert told[1].startswith("prompt bye says 谢谢")
    assert centre.run("menu", "diff", str(centre.folder / "menu.toml")) == 0
    assert capsys.readouterr().out == "no difference\n"


@pytest.mark.thorough
def test_prompts_are_built_checked_and_found_wanting(centre: Centre, capsys: pytest.CaptureFixture[str]) -> None:
    assert centre.run("prompts", "check") == 1
    assert "业务查询请按2: there is no sound; run `hotline prompts build`" in capsys.readouterr().out
    assert centre.run("prompts", "build") == 0
    assert centre.run("prompts", "check") == 0
    assert "sounds in order" in capsys.readouterr().out
    made = len(centre.tones.spoken)
    assert centre.run("prompts", "build") == 0
    assert len(centre.tones.spoken) == made


@pytest.mark.thorough
def test_a_synthesiser_is_asked_for_only_when_a_sound_is_missing(centre: Centre) -> None:
    centre.run("prompts", "build")

    def none() -> Tones:
        raise VoiceError("not here")

    app = App(name="hotline")
    app.command(make_prompts_app(centre.files, SpeechSettings, none))
    assert app(["prompts", "build"], exit_on_error=False, result_action="return_value") is None


def test_the_recording_script_lists_every_clip_once_with_its_length_and_place(centre: Centre, capsys: pytest.CaptureFixture[str]) -> None:
    centre.run("prompts", "script")
    script = capsys.readouterr().out
    rows = re.findall(r"^\| ([^|]+) \| ([^|]+) \| (\d+\.\d) \| ([^|]*) \|$", script, re.MULTILINE)
    assert "| 业务查询请按2 | 业务查询请按2 | " in script
    assert len(rows) == len({name for name, *_ in rows}) == int(re.findall(r"共 (\d+) 条", script)[0])
    assert ("balance.1", "您尾号") in {(name, text) for name, text, *_ in rows}
    assert "balance 的一部分，后接号码。" in script
    target = centre.folder / "script.md"
    centre.run("prompts", "script", str(target))
    assert target.read_text(encoding="utf-8") == script


def test_the_one_command_knows_menu_and_prompts(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["menu", "show"]) == 0
    assert "主菜单  E.MAIN" in capsys.readouterr().out
    assert cli.main(["menu", "check", "/nowhere/menu.toml"]) == 1
    assert cli.main(["menu", "show", "/nowhere/menu.toml"]) == 1
    assert cli.main(["menu", "sing"]) == 2
