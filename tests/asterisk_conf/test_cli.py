"""`hotline asterisk ...`: shows first, changes when told to, never prints a secret."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from asterisk_conf import cli
from hotline.vault import Vault


@pytest.fixture
def config(tmp_path: Path) -> Path:
    file = tmp_path / "hotline.toml"
    file.write_text(f'[runtime]\nfolder = "{tmp_path}/run"\n')
    return file


@pytest.fixture
def host(tmp_path: Path) -> Path:
    (tmp_path / "host").mkdir()
    (tmp_path / "host/pjsip.conf").write_text("[global]\ntype=global\n")
    return tmp_path / "host"


def test_install_without_write_only_says_what_it_would_do(config: Path, host: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.install(host=host, config=config) == 0
    assert "nothing was changed" in capsys.readouterr().out
    assert [file.name for file in host.iterdir()] == ["pjsip.conf"]


def test_install_diff_uninstall(config: Path, host: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.diff(host=host, config=config) == 1
    assert cli.install(write=True, host=host, config=config) == 0
    capsys.readouterr()
    assert cli.diff(host=host, config=config, output="json") == 0
    assert {step["kind"] for step in json.loads(capsys.readouterr().out)["steps"]} == {"same"}
    assert cli.uninstall(host=host) == 0
    assert (host / "12329").exists()
    assert cli.uninstall(write=True, host=host) == 0
    assert [file.name for file in host.iterdir()] == ["pjsip.conf"]


def test_no_secret_is_printed(config: Path, host: Path, capsys: pytest.CaptureFixture[str]) -> None:
    cli.render(config=config)
    cli.diff(host=host, config=config)
    cli.install(host=host, config=config, output="json")
    said = capsys.readouterr().out
    secrets = [Vault(config.parent / "run/secrets").get(name).reveal() for name in ("ari_password", "ami_password", "sip_accounts")]
    assert "password = ******" in said
    assert not [secret for secret in secrets if secret in said]


def test_a_folder_with_an_opening_fails_the_check(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "rtp.conf").write_text("[general]\nstrictrtp=no\n")
    assert cli.check(tmp_path) == 1
    assert "strict-rtp" in capsys.readouterr().out
