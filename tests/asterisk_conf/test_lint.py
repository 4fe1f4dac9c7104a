"""The linter finds every opening that is put into our configuration, and none in what we render."""

from __future__ import annotations

import dataclasses

import pytest

from asterisk_conf.lint import lint
from asterisk_conf.place import Place
from asterisk_conf.render import render
from hotline.settings import AsteriskSettings, SeatSettings, Settings
from hotline.vault import Vault

LARGE = Settings(asterisk=AsteriskSettings(bind="0.0.0.0", certificate="/c.pem"), seats=SeatSettings(count=40))
SEEDED = [
    ("anonymous-endpoint", "pjsip.conf", "", "\n[anonymous](hl-seat)\nauth=hl-1\n"),
    ("anonymous-endpoint", "pjsip.conf", "ip,auth_username,username", "ip,username,anonymous"),
    ("no-proof", "pjsip.conf", "auth = hl-caller\n", ""),
    ("default-context", "pjsip.conf", "context = hl-seats", "context = default"),
    ("default-context", "pjsip.conf", "context = hl-from-carrier\n", ""),
    ("transfer", "pjsip.conf", "allow_transfer = no", "allow_transfer = yes"),
    ("transfer", "pjsip.conf", "allow_transfer = no\n", ""),
    ("direct-media", "pjsip.conf", "direct_media = no", "direct_media = yes"),
    ("no-rtp-timeout", "pjsip.conf", "rtp_timeout = 30", "rtp_timeout = 0"),
    ("no-srtp", "pjsip.conf", "webrtc = yes", "webrtc = no"),
    ("trusted-caller-id", "pjsip.conf", "context = hl-seats", "context = hl-seats\ntrust_id_inbound = yes"),
    ("trunk-can-dial-out", "pjsip.conf", "identify_by = ip\n", "identify_by = ip\naors = hl-carrier\n"),
    ("wide-trunk", "pjsip.conf", "match = 127.0.0.2", "match = 0.0.0.0/0"),
    ("wide-trunk", "pjsip.conf", "match = 127.0.0.2", "match = 127.0.0.2,10.0.0.0/8"),
    ("user-agent", "pjsip.conf", "user_agent = 12329", "user_agent = Asterisk PBX 22.10.1"),
    ("user-agent", "pjsip.conf", "user_agent = 12329\n", ""),
    ("weak-secret", "pjsip.conf", "", "\n[hl-9]\ntype=auth\nusername=hl-9\npassword=hl-9\n"),
    ("weak-secret", "pjsip.conf", "", "\n[hl-9]\ntype=auth\nusername=hl-9\npassword=123456789012\n"),
    ("weak-secret", "ari.conf", "", "\n[guest]\ntype=user\npassword=guest\n"),
    ("weak-secret", "manager.conf", "", "\n[guest]\nsecret=short\npermit=127.0.0.1\n"),
    ("guests", "sip.conf", "", "[general]\nallowguest=yes\n"),
    ("guests", "sip.conf", "", "[general]\ncontext=x\n"),
    ("ami-web", "manager.conf", "webenabled = no", "webenabled = yes"),
    ("ami-open", "manager.conf", "bindaddr = 127.0.0.1", "bindaddr = 0.0.0.0"),
    ("ami-open", "manager.conf", "bindaddr = 127.0.0.1\n", ""),
    ("ami-rights", "manager.conf", "write = system,call", "write = originate,call"),
    ("ami-rights", "manager.conf", "write = system,call", "write = command,call"),
    ("ami-rights", "manager.conf", "write = system,call", "write = all,call"),
    ("ami-rights", "manager.conf", "read = system", "read = dtmf"),
    ("ami-no-acl", "manager.conf", "permit = 127.0.0.1/255.255.255.255\n", ""),
    ("http-open", "http.conf", "bindaddr = 127.0.0.1", "bindaddr = 0.0.0.0"),
    ("http-open", "http.conf", "", "tlsbindaddr = 0.0.0.0:8089\n"),
    ("http-extras", "http.conf", "enable_static = no", "enable_static = yes"),
    ("http-extras", "http.conf", "enable_status = no", "enable_status = yes"),
    ("ari-origins", "ari.conf", "pretty = no", "allowed_origins = *"),
    ("dangerous-functions", "asterisk.conf", "live_dangerously = no", "live_dangerously = yes"),
    ("exec-includes", "asterisk.conf", "debug = 0", "execincludes = yes"),
    ("verbose-digits", "asterisk.conf", "verbose = 0", "verbose = 3"),
    ("autoload", "modules.conf", "autoload = no", "autoload = yes"),
    ("module", "modules.conf", "", "load = chan_iax2.so\n"),
    ("module", "modules.conf", "", "load => res_pjsip_endpoint_identifier_anonymous.so\n"),
    ("module", "modules.conf", "", "preload = pbx_dundi\n"),
    ("strict-rtp", "rtp.conf", "strictrtp = yes", "strictrtp = no"),
    ("log-digits", "logger.conf", "notice,warning,error", "notice,dtmf"),
    ("log-digits", "logger.conf", "notice,warning,error", "notice,verbose(3)"),
    ("cel-digits", "cel.conf", "events = CHAN_START", "events = DTMF,CHAN_START"),
    ("cel-digits", "cel.conf", "events = CHAN_START", "events = ALL,CHAN_START"),
    ("exec", "extensions.conf", "", "#exec /usr/bin/more-dialplan\n"),
    ("catch-all-dial", "extensions.conf", "", "\n[hl-x]\nexten => _X.,1,Dial(PJSIP/${EXTEN}@hl-carrier)\n"),
    ("dials-out", "extensions.conf", "", "\n[hl-x]\nexten => s,1,Dial(PJSIP/1@hl-carrier)\n"),
    ("transfer-option", "extensions.conf", "Queue(hl-fallback,,,,900)", "Queue(hl-fallback,tT,,,900)"),
    ("program", "extensions.conf", "", "\n[hl-x]\nexten => h,1,System(/bin/billing)\n"),
    ("program", "extensions.conf", "", "\n[hl-x]\nexten => h,1,AGI(bill.py)\n"),
    ("program", "extensions.conf", "", "\n[hl-x]\nexten => h,1,Set(X=${SHELL(id)})\n"),
    ("open-goto", "extensions.conf", "", "\n[hl-x]\nexten => _X.,1,Goto(from-internal,${EXTEN},1)\n"),
    ("caller-as-code", "extensions.conf", "arrived,${HL_CALL},carrier", "arrived,${HL_CALL},${CALLERID(name)}"),
    ("no-time-limit", "extensions.conf", "TIMEOUT(absolute)", "TIMEOUT(response)"),
    ("include", "extensions.conf", "[hl-from-carrier]\n", "[hl-from-carrier]\ninclude => from-internal\n"),
    ("digits-in-log", "extensions.conf", "", "\n[hl-x]\nexten => s,1,Verbose(1,PIN ${PIN})\n"),
]  # fmt: skip


@pytest.mark.parametrize("own", [True, False])
@pytest.mark.parametrize(
    "settings", [Settings(), Settings(asterisk=AsteriskSettings(bind="0.0.0.0", certificate="/c"), seats=SeatSettings(count=40))]
)
def test_nothing_is_found_in_our_own(place: Place, vault: Vault, settings: Settings, own: bool) -> None:
    assert lint(render(settings, vault, dataclasses.replace(place, own=own))) == []


@pytest.mark.parametrize(("rule", "file", "old", "new"), SEEDED)
def test_each_seeded_opening_is_found(place: Place, vault: Vault, rule: str, file: str, old: str, new: str) -> None:
    texts = render(Settings(), vault, place)
    text = texts.get(file, "")
    assert old in text, "the seed no longer fits the templates"
    texts[file] = text.replace(old, new) if old else text + new
    found = lint(texts)
    assert {item.rule for item in found} == {rule}
    assert {item.file for item in found} == {file}


def test_a_finding_says_where_and_why() -> None:
    (found,) = lint({"rtp.conf": "[general]\nrtpstart=10000\nstrictrtp=no ; faster\n"})
    assert str(found) == "rtp.conf:1: strict-rtp: strictrtp: anybody may speak into a call"
