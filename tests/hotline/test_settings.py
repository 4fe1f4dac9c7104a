"""Settings are refused whole, with file, field and remedy."""

from __future__ import annotations

from pathlib import Path

import pytest

from hotline.errors import ConfigError
from hotline.settings import Settings, load_settings


def refused(tmp_path: Path, text: str) -> str:
    file = tmp_path / "hotline.toml"
    file.write_text(text)
    with pytest.raises(ConfigError) as error:
        load_settings(file, {})
    assert str(file) in str(error.value)
    return str(error.value)


@pytest.mark.parametrize(
    ("text", "field"),
    [
        ("[seats]\ncuont = 3", "seats: Object contains unknown field `cuont`"),
        ("[seats]\ncount = 0", "seats.count"),
        ("[asterisk]\nsip_port = 70000", "asterisk.sip_port"),
        ("[asterisk]\nsip_port = 'fifty'", "asterisk.sip_port"),
        ("[centre]\nstaffed_from = '25:00'", "centre.staffed_from"),
        ("[telephones]\ncount = 3", "unknown field `telephones`"),
        ("[seats\n", "line 1"),
        ("[core]\nkind = 'oracle'", "core.kind"),
    ],
)
def test_a_wrong_setting_is_named(tmp_path: Path, text: str, field: str) -> None:
    assert field in refused(tmp_path, text)


def test_a_wrong_setting_comes_with_its_remedy(tmp_path: Path) -> None:
    assert "hotline config check" in refused(tmp_path, "[seats]\ncuont = 3")


def test_a_file_that_is_not_there_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="is not there"):
        load_settings(tmp_path / "none.toml", {})


def test_the_environment_overrides_a_field() -> None:
    settings = load_settings(None, {"HOTLINE_SEATS__COUNT": "12", "HOTLINE_ASTERISK__CARRIER_ADDRESSES": "127.0.0.2,127.0.0.3"})
    assert settings.seats.count == 12
    assert settings.asterisk.carrier_addresses == ("127.0.0.2", "127.0.0.3")


def test_the_environment_is_checked_like_the_file() -> None:
    with pytest.raises(ConfigError, match=r"seats\.count"):
        load_settings(None, {"HOTLINE_SEATS__COUNT": "none"})


def test_the_file_we_ship_is_accepted() -> None:
    shipped = Path(__file__).parents[2] / "etc" / "hotline.toml"
    assert load_settings(shipped, {}) == Settings()
