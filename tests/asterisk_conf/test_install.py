"""Living beside a foreign Asterisk: nothing of the host's is ever lost."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings, strategies

from asterisk_conf.install import NotOurs, advise, apply, plan_install, plan_uninstall
from hotline.settings import Settings

OURS = {"pjsip.conf": "; ours\n[hl-1]\ntype = endpoint\n", "ari.conf": "[hotline]\npassword = sesame-open-now\n"}


@pytest.fixture
def host(tmp_path: Path) -> Path:
    folder = tmp_path / "etc-asterisk"
    folder.mkdir()
    (folder / "pjsip.conf").write_bytes(b"[global]\r\ntype=global\r\n; \xb9\xab\xbb\xfd\xbd\xf0\n[office]\ntype=endpoint")
    (folder / "sip.conf").write_text("[general]\n")
    (folder / "manager.conf").write_text("")
    return folder


def seen(folder: Path) -> dict[str, bytes]:
    return {str(file.relative_to(folder)): file.read_bytes() for file in sorted(folder.rglob("*")) if file.is_file()}


def test_a_dry_run_changes_nothing(host: Path) -> None:
    before = seen(host)
    plan = plan_install(OURS, host)
    assert [step.kind for step in plan.changes] == ["write", "write", "hook", "hook"]
    plan_uninstall(host)
    assert seen(host) == before


def test_installing_and_taking_out_again_leaves_the_host_as_it_was_byte_for_byte(host: Path) -> None:
    before = seen(host)
    apply(plan_install(OURS, host), host)
    assert seen(host)["12329/pjsip.conf"].decode() == OURS["pjsip.conf"]
    assert seen(host)["pjsip.conf"].startswith(before["pjsip.conf"])
    assert seen(host)["pjsip.conf"].endswith(b"\n#tryinclude 12329/pjsip.conf\n")
    assert seen(host)["sip.conf"] == before["sip.conf"]
    apply(plan_uninstall(host), host)
    assert seen(host) == before
    assert not (host / "12329").exists()


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(strategies.dictionaries(strategies.sampled_from([*OURS, "other.conf"]), strategies.binary(max_size=40)))
def test_whatever_the_host_has_comes_back_byte_for_byte(tmp_path_factory: pytest.TempPathFactory, files: dict[str, bytes]) -> None:
    host = tmp_path_factory.mktemp("host")
    for name, content in files.items():
        (host / name).write_bytes(content)
    apply(plan_install(OURS, host), host)
    apply(plan_uninstall(host), host)
    assert seen(host) == files


def test_installing_twice_changes_nothing_the_second_time(host: Path) -> None:
    apply(plan_install(OURS, host), host)
    once = seen(host)
    plan = plan_install(OURS, host)
    assert not plan.changes
    apply(plan, host)
    assert seen(host) == once


def test_new_settings_rewrite_what_is_ours_and_drop_what_is_no_longer_needed(host: Path) -> None:
    apply(plan_install(OURS, host), host)
    plan = plan_install({"pjsip.conf": "; newer\n"}, host)
    assert [(step.kind, step.path.name) for step in plan.changes] == [("rewrite", "pjsip.conf"), ("remove", "ari.conf")]
    apply(plan, host)
    assert (host / "12329/pjsip.conf").read_text() == "; newer\n"
    assert not (host / "12329/ari.conf").exists()


def test_a_file_edited_by_hand_is_neither_overwritten_nor_removed(host: Path) -> None:
    apply(plan_install(OURS, host), host)
    (host / "12329/ari.conf").write_text("[hotline]\npassword = mine\n")
    plan = plan_install(OURS | {"pjsip.conf": "; newer\n"}, host)
    with pytest.raises(NotOurs, match=r"ari\.conf"):
        apply(plan, host)
    assert (host / "12329/pjsip.conf").read_text() == OURS["pjsip.conf"], "refused before anything was done"
    apply(plan_uninstall(host), host)
    assert (host / "12329/ari.conf").read_text() == "[hotline]\npassword = mine\n"
    assert not (host / "12329/pjsip.conf").exists()


def test_a_file_somebody_else_put_in_our_place_is_refused(host: Path) -> None:
    (host / "12329").mkdir()
    (host / "12329/pjsip.conf").write_text("; theirs\n")
    with pytest.raises(NotOurs):
        apply(plan_install(OURS, host), host)
    assert (host / "12329/pjsip.conf").read_text() == "; theirs\n"


def test_a_section_the_host_has_already_is_refused_by_its_name(host: Path) -> None:
    (host / "ari.conf").write_text("[hotline]\ntype=user\n")
    (refusal,) = plan_install(OURS, host).refusals
    assert refusal.path == host / "ari.conf"
    assert "[hotline]" in refusal.why


def test_without_hooks_the_hosts_own_files_stay_untouched(host: Path) -> None:
    before = seen(host)
    apply(plan_install(OURS, host), host, hooks=False)
    assert {name: content for name, content in seen(host).items() if not name.startswith("12329/")} == before


def test_what_is_written_cannot_be_read_by_everybody(host: Path) -> None:
    apply(plan_install(OURS, host), host)
    assert (host / "12329/ari.conf").stat().st_mode & 0o007 == 0
    assert (host / "12329").stat().st_mode & 0o007 == 0


def test_a_difference_is_shown_without_the_secrets(host: Path) -> None:
    step = next(step for step in plan_install(OURS, host).steps if step.path.name == "ari.conf")
    assert "password = ******" in step.diff()
    assert "sesame" not in step.diff()


def test_what_the_host_must_say_itself_is_told(host: Path) -> None:
    (host / "http.conf").write_text("[general]\nenabled=yes\nbindport=8088\n")
    (host / "manager.conf").write_text("[general]\nenabled=yes\nport=5039\n")
    said = advise(host, Settings())
    assert [line.split(" ")[0].rsplit("/")[-1] for line in said] == ["manager.conf", "queues.conf"]
    assert "5038" in said[0]
