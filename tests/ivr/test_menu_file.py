"""Reading a menu file: five actions, no unknown field, every complaint with line, node, field and remedy."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from hotline.errors import ConfigError
from ivr.menu import FIELDS_OF, SHARED, Node, option_words, phrases
from ivr.menu_file import load_menu, parse_menu
from tests.ivr.menus import MENU_TEXT, Change, changed
from tests.ivr.scripted import MENU


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (
            ('dialog = "branches"\nprompts = ["ask', 'dialogue = "branches"\nprompts = ["ask'),
            "nodes.G.2, dialogue: unknown field; known: name",
        ),
        (('name = "业务指南"\naction = "menu"', 'name = "业务指南"\naction = "loop"'), "nodes.G, action: Invalid enum value 'loop'"),
        (('name = "业务指南"\naction = "menu"', 'name = "业务指南"\nif = "a > b"\naction = "menu"'), "nodes.G, if: unknown field"),
        (('name = "业务指南"\n', ""), "nodes.G: name is missing"),
        (('name = "业务指南"', 'name = ""'), "nodes.G, name: Expected `str` of length >= 1"),
        (('keys = { 1 = "Q.5.1", 2 = "Q.5.2" }', "keys = { 1 = 2 }"), "nodes.Q.5, keys: Expected `str`, got `int`"),
        (('keys = { 1 = "Q.5.1", 2 = "Q.5.2" }', 'keys = { 1 = "Q.5.1", 1 = "Q.5.2" }'), "Duplicate inline table key"),
        (('[nodes."G.4"]', "[nodes.G.4]"), "quotes"),
        (('[nodes."G.4"]', '[nodes."g 4"]'), "capital letters, digits and dots"),
        (('[nodes."G.4"]', '[nodes."G.4"]\nid = "G.5"'), "the id stands in the header"),
        (("covers = [72]", 'covers = ["72"]'), "nodes.G.4, covers: Expected `int`, got `str`"),
        (("on = false", "ends = 2026-01-01T08:00:00"), "notice, ends: Expected `datetime` with a timezone"),
        (('person = "H"\n', ""), "roles: person is missing"),
        (("[slow]", "[slower]"), "unknown section; known: roles"),
        (("outbound = [43, 86]", 'outbound = "43"'), "outbound"),
        (("[roles]", "[roles"), "at line"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_with_place_and_remedy(change: Change, said: str) -> None:
    with pytest.raises(ConfigError, match=re.escape(said)) as raised:
        parse_menu(changed(MENU_TEXT, [change]), "menu.toml")
    assert re.search(r"; |\(", str(raised.value))
    assert "menu.toml" in str(raised.value)


def test_a_complaint_names_the_line_of_the_field() -> None:
    text = changed(MENU_TEXT, [("covers = [72]", 'covers = "72"')])
    line = text.splitlines().index('covers = "72"') + 1
    with pytest.raises(ConfigError, match=rf"menu\.toml line {line}: nodes\.G\.4, covers"):
        parse_menu(text, "menu.toml")


def test_a_service_closing_at_a_quarter_past_nowhere_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"services\.A, closes"):
        parse_menu(MENU_TEXT + '\n[services.A]\nopens = "08:00"\ncloses = "24:15"\n')


def test_a_file_that_is_not_there_is_said_by_name(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"nowhere\.toml"):
        load_menu(tmp_path / "nowhere.toml")


def test_a_file_that_is_no_utf_8_is_refused_not_crashed_upon(tmp_path: Path) -> None:
    (tmp_path / "menu.toml").write_bytes('name = "业务"'.encode("gb18030"))
    with pytest.raises(ConfigError, match="UTF-8"):
        load_menu(tmp_path / "menu.toml")


def test_every_field_belongs_to_at_least_one_action_and_is_explained() -> None:
    assert set(Node.__struct_fields__) == SHARED.union(*FIELDS_OF.values())


def test_a_menu_once_read_cannot_be_changed() -> None:
    with pytest.raises(TypeError):
        MENU.nodes["Z"] = MENU.nodes["G"]  # type: ignore[index]
    with pytest.raises(TypeError):
        MENU.nodes["Q"].keys["9"] = "G"
    with pytest.raises(AttributeError):
        MENU.nodes["Q"].name = "查询"  # type: ignore[misc]


def test_every_option_has_words_made_of_name_and_key() -> None:
    said = phrases(MENU)
    assert "业务查询请按2" in said
    assert "投诉建议留言请按4" in said
    assert "投诉建议请按4" in said
    assert "继续查询请按1" in said
    assert "老年人服务请按8" in said
    assert len(said) == len(set(said))
    assert option_words("返回", "*") == "返回请按星号键"
