"""What the rendered configuration promises, whatever the settings are."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import jinja2
import msgspec
import pytest

from asterisk_conf import accounts, modules, render
from asterisk_conf.lint import lint
from asterisk_conf.parse import Document, parse
from asterisk_conf.place import Place
from hotline.ids import SeatNo
from hotline.settings import AsteriskSettings, CentreSettings, SeatSettings, Settings
from hotline.vault import Vault


def rendered(place: Place, vault: Vault, settings: Settings | None = None) -> dict[str, Document]:
    return {name: parse(text) for name, text in render.render(settings or Settings(), vault, place).items()}


def of_type(pjsip: Document, kind: str) -> dict[str, dict[str, str]]:
    found = [section for section in pjsip.real() if pjsip.value(section, "type") == kind]
    return {section.name: {one.key: one.value for one in pjsip.whole(section)} for section in found}


@pytest.mark.parametrize("own", [True, False])
def test_no_endpoint_may_transfer(place: Place, vault: Vault, own: bool) -> None:
    pjsip = rendered(dataclasses.replace(place, own=own), vault)["pjsip.conf"]
    found = of_type(pjsip, "endpoint")
    assert len(found) == 8 * 2 + 2
    assert {values["allow_transfer"] for values in found.values()} == {"no"}


def test_nobody_is_anonymous_and_each_endpoint_proves_who_it_is(place: Place, vault: Vault) -> None:
    documents = rendered(place, vault)
    found = of_type(documents["pjsip.conf"], "endpoint")
    assert {name for name, values in found.items() if "auth" not in values} == {"hl-carrier"}
    assert of_type(documents["pjsip.conf"], "identify")["hl-carrier"]["endpoint"] == "hl-carrier"
    assert "anonymous" not in found
    assert "anonymous" not in of_type(documents["pjsip.conf"], "global")["global"]["endpoint_identifier_order"]
    assert not [one for one in documents["modules.conf"].real()[0].settings if "anonymous" in one.value]


def test_each_seat_has_a_sip_phone_and_a_browser_phone_with_account_and_place(place: Place, vault: Vault) -> None:
    settings = Settings(seats=SeatSettings(count=3))
    pjsip = rendered(place, vault, settings)["pjsip.conf"]
    phones = {name for seat in (1, 2, 3) for name in (accounts.phone(SeatNo(seat)), accounts.browser_phone(SeatNo(seat)))}
    assert set(of_type(pjsip, "endpoint")) == phones | {"hl-carrier", "hl-caller"}
    assert set(of_type(pjsip, "auth")) == set(of_type(pjsip, "aor")) == phones | {"hl-caller"}
    assert {values["remove_existing"] for name, values in of_type(pjsip, "aor").items() if name in phones} == {"yes"}
    assert {name for name, values in of_type(pjsip, "endpoint").items() if values.get("webrtc") == "yes"} == {
        "hl-1-web",
        "hl-2-web",
        "hl-3-web",
    }


def test_each_account_has_its_own_password_and_it_stays_the_same(place: Place, vault: Vault) -> None:
    auths = of_type(rendered(place, vault)["pjsip.conf"], "auth")
    assert len({values["password"] for values in auths.values()}) == len(auths)
    assert auths["hl-3"]["password"] == accounts.sip_password(vault, "hl-3").reveal()
    assert of_type(rendered(place, vault)["pjsip.conf"], "auth") == auths


def test_the_log_holds_no_digit(place: Place, vault: Vault) -> None:
    documents = rendered(place, vault)
    levels = {one.value for section in documents["logger.conf"].sections if section.name == "logfiles" for one in section.settings}
    assert levels == {"notice,warning,error"}
    options = next(section for section in documents["asterisk.conf"].sections if section.name == "options")
    assert documents["asterisk.conf"].value(options, "verbose") == "0"
    assert "dtmf" not in documents["cel.conf"].value(documents["cel.conf"].general(), "events").lower()
    rights = documents["manager.conf"].value(documents["manager.conf"].sections[-1], "read")
    assert not {"dtmf", "dialplan", "all", "verbose"} & set(rights.split(","))


def test_a_template_variable_nobody_gives_fails(place: Place, vault: Vault, monkeypatch: pytest.MonkeyPatch) -> None:
    facts = render._facts
    monkeypatch.setattr(render, "_facts", lambda *given: {key: value for key, value in facts(*given).items() if key != "app"})
    with pytest.raises(jinja2.UndefinedError, match="app"):
        render.render(Settings(), vault, place)


@pytest.mark.parametrize(("context", "origin"), [("hl-from-carrier", "carrier"), ("hl-from-demo", "demo"), ("hl-seats", "internal")])
def test_a_call_gets_its_name_and_its_limit_before_it_comes_to_us(place: Place, vault: Vault, context: str, origin: str) -> None:
    lines = dialplan(rendered(place, vault), context)
    arrival = lines.index(f"n,Stasis(hotline,arrived,${{HL_CALL}},{origin})")
    assert lines[arrival + 1 :][:2] == ['n,GotoIf($["${STASISSTATUS}"="FAILED"]?hl-fallback,s,1)', "n,Hangup()"]
    before = lines[:arrival]
    assert before[0].startswith("12329,1,Set(HL_CALL=")
    assert "${STRFTIME(${EPOCH},Asia/Shanghai,%Y%m%d)}-${FILTER(0-9,${UNIQUEID})}" in before[0]
    assert "n,Set(HL_JOINED=${EPOCH})" in before
    assert "n,Set(TIMEOUT(absolute)=7200)" in before


def dialplan(documents: dict[str, Document], context: str) -> list[str]:
    section = next(section for section in documents["extensions.conf"].sections if section.name == context)
    return [one.value for one in section.settings]


def test_the_dialplan_answers_to_the_centres_own_number_only(place: Place, vault: Vault) -> None:
    settings = Settings(centre=CentreSettings(number="057112329"))
    lines = dialplan(rendered(place, vault, settings), "hl-from-carrier")
    assert [line.split(",")[0] for line in lines if line[0].isdigit()] == ["057112329"]


def test_staffed_hours_end_a_minute_before_closing_time(place: Place, vault: Vault) -> None:
    lines = dialplan(rendered(place, vault), "hl-fallback")
    assert "n(clock),GotoIfTime(09:00-16:59,*,*,*,Asia/Shanghai?staffed:unstaffed)" in lines


def test_a_centre_that_is_always_staffed_asks_no_clock(place: Place, vault: Vault) -> None:
    settings = Settings(centre=CentreSettings(always_staffed=True))
    assert not [line for line in dialplan(rendered(place, vault, settings), "hl-fallback") if "GotoIfTime" in line]


def test_beside_a_foreign_asterisk_there_is_no_general_section_and_no_transport(place: Place, vault: Vault) -> None:
    texts = render.render(Settings(), vault, dataclasses.replace(place, own=False))
    assert set(texts) == set(render.SHARED_FILES)
    for text in texts.values():
        names = [section.name for section in parse(text).sections]
        assert not {"general", "global", "globals", "default"} & set(names)
        assert {name for name in names if not name.startswith("hl-")} <= {"hotline"}
    assert not of_type(parse(texts["pjsip.conf"]), "transport")


def test_wss_is_there_only_with_a_certificate(place: Place, vault: Vault) -> None:
    assert set(of_type(rendered(place, vault)["pjsip.conf"], "transport")) == {"hl-udp", "hl-tcp", "hl-ws"}
    with_certificate = Settings(asterisk=AsteriskSettings(certificate="/etc/ssl/hotline.pem"))
    documents = rendered(place, vault, with_certificate)
    assert set(of_type(documents["pjsip.conf"], "transport")) == {"hl-udp", "hl-tcp", "hl-ws", "hl-wss"}
    assert documents["http.conf"].value(documents["http.conf"].general(), "tlsenable") == "yes"


def test_all_http_is_on_this_machine_only_wherever_sip_listens(place: Place, vault: Vault) -> None:
    settings = msgspec.structs.replace(Settings(), asterisk=AsteriskSettings(bind="0.0.0.0", certificate="/c.pem"))
    documents = rendered(place, vault, settings)
    http, ami = documents["http.conf"], documents["manager.conf"]
    assert http.value(http.general(), "bindaddr") == ami.value(ami.general(), "bindaddr") == "127.0.0.1"
    assert http.value(http.general(), "tlsbindaddr").startswith("127.0.0.1:")
    assert of_type(documents["pjsip.conf"], "transport")["hl-udp"]["bind"] == "0.0.0.0:5060"


def test_modules_an_older_asterisk_lacks_are_left_out(place: Place, vault: Vault) -> None:
    (place.modules / "res_cdrel_custom.so").unlink()
    texts = render.render(Settings(), vault, place)
    assert "res_cdrel_custom" not in texts["modules.conf"]
    assert "[mappings]" in texts["cel_custom.conf"]


def test_extra_dialplan_and_modules_come_last(place: Place, vault: Vault) -> None:
    (place.modules / "app_milliwatt.so").touch()
    texts = render.render(Settings(), vault, place, extra_extensions=(place.etc / "bench.conf",), extra_modules=("app_milliwatt",))
    assert texts["extensions.conf"].rstrip().endswith(f'#tryinclude "{place.etc}/bench.conf"')
    assert texts["modules.conf"].rstrip().endswith("load = app_milliwatt.so")


def test_fastagi_is_there_only_when_a_port_is_set_and_names_our_server_only(place: Place, vault: Vault) -> None:
    for name in modules.FASTAGI:
        (place.modules / f"{name}.so").touch()
    off = render.render(Settings(), vault, place)
    assert "AGI" not in off["extensions.conf"]
    assert "res_agi" not in off["modules.conf"]
    on = render.render(Settings(asterisk=AsteriskSettings(fastagi_port=4573)), vault, place)
    assert on["extensions.conf"].count("AGI(") == 1
    assert "[hl-agi]" in on["extensions.conf"]
    assert "AGI(agi://127.0.0.1:4573/,${HL_CALL}," in on["extensions.conf"]
    assert on["modules.conf"].index("load = res_speech.so") < on["modules.conf"].index("load = res_agi.so")
    assert lint(on) == []
    beside = render.render(Settings(asterisk=AsteriskSettings(fastagi_port=4573)), vault, dataclasses.replace(place, own=False))
    assert "[hl-agi]" in beside["extensions.conf"]


def test_the_dialplan_plays_its_prompts_from_the_folder_of_the_settings(place: Place, vault: Vault, tmp_path: Path) -> None:
    settings = msgspec.convert({"runtime": {"folder": str(tmp_path), "prompts_folder": str(tmp_path / "studio")}}, Settings)
    assert f"Playback({tmp_path}/studio/fallback_apology)" in render.render(settings, vault, place)["extensions.conf"]
