"""AMI, ARI, HTTP, modules, RTP, logs: beyond this machine nobody needs them, and no log may hold a digit."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from asterisk_conf.lint_pjsip import YES, Files, Found, weak_secret

LOOPBACK = frozenset(("", "127.0.0.1", "::1", "localhost", "[::1]"))
FORBIDDEN_MODULES = frozenset(
    (
        "app_chanisavail", "app_directory", "app_disa", "app_externalivr", "app_followme", "app_originate", "app_system",
        "bridge_builtin_features", "chan_console", "chan_dahdi", "chan_iax2", "chan_mgcp", "chan_motif", "chan_sip", "chan_skinny",
        "chan_unistim", "func_curl", "func_shell", "pbx_ael", "pbx_dundi", "pbx_lua", "pbx_spool", "res_clioriginate", "res_phoneprov",
        "res_pjsip_endpoint_identifier_anonymous", "res_pjsip_messaging", "res_pjsip_notify", "res_xmpp",
    )
)  # fmt: skip
TOO_MUCH = {
    "write": {"all", "command", "originate", "config", "dialplan"},
    "read": {"all", "dtmf", "dialplan", "verbose", "command", "config"},
}


def _yes(value: str) -> bool:
    return value in YES


def _on(value: str) -> bool:
    return value != "0"


def _lax(value: str) -> bool:
    return value not in {*YES, "seqno"}


def _digits(value: str) -> bool:
    return bool(re.search(r"\b(dtmf|all)\b", value))


def _beyond(value: str) -> bool:
    host = value.rsplit(":", 1)[0] if value.count(":") == 1 else value
    return host not in LOOPBACK


@dataclass(frozen=True, slots=True)
class Forbidden:
    """``key`` in ``section`` of ``file`` must not be ``bad``; ``default`` is what Asterisk takes when it isn't set."""

    rule: str
    file: str
    section: str
    key: str
    default: str
    bad: Callable[[str], bool]
    why: str


FORBIDDEN = (
    Forbidden("guests", "sip.conf", "general", "allowguest", "yes", _yes, "strangers may call"),
    Forbidden("dangerous-functions", "asterisk.conf", "options", "live_dangerously", "no", _yes, "outside text may run dialplan functions"),
    Forbidden("exec-includes", "asterisk.conf", "options", "execincludes", "no", _yes, "#exec runs programs"),
    Forbidden("verbose-digits", "asterisk.conf", "options", "verbose", "0", _on, "verbose shows the digits a caller keys"),
    Forbidden("autoload", "modules.conf", "modules", "autoload", "yes", _yes, "loads every module there is"),
    Forbidden("strict-rtp", "rtp.conf", "general", "strictrtp", "yes", _lax, "anybody may speak into a call"),
    Forbidden("cel-digits", "cel.conf", "general", "events", "", _digits, "writes down digits"),
    Forbidden("http-open", "http.conf", "general", "bindaddr", "0.0.0.0", _beyond, "ARI listens beyond this machine"),
    Forbidden("http-open", "http.conf", "general", "tlsbindaddr", "", _beyond, "ARI listens beyond this machine"),
    Forbidden("http-extras", "http.conf", "general", "enable_static", "no", _yes, "serves files"),
    Forbidden("http-extras", "http.conf", "general", "enable_status", "no", _yes, "tells the exchange's state"),
    Forbidden("ari-origins", "ari.conf", "general", "allowed_origins", "", lambda value: "*" in value, "any web page may use ARI"),
    Forbidden("ami-web", "manager.conf", "general", "webenabled", "no", _yes, "AMI over HTTP"),
    Forbidden("ami-open", "manager.conf", "general", "bindaddr", "0.0.0.0", _beyond, "AMI listens beyond this machine"),
)


def forbidden_settings(files: Files) -> Found:
    """The table above."""
    for rule in FORBIDDEN:
        document = files.get(rule.file)
        for section in document.real() if document else ():
            if document and section.name == rule.section and rule.bad(document.value(section, rule.key, rule.default).lower()):
                yield (rule.rule, rule.file, section.line, f"{rule.key}: {rule.why}")


def ami_users(files: Files) -> Found:
    """AMI users: no more rights than needed, from this machine only, with a secret."""
    document = files.get("manager.conf")
    for section in document.real() if document else ():
        if document is None or section.name == "general":
            continue
        name, at = section.name, ("manager.conf", section.line)
        for kind, limit in TOO_MUCH.items():
            if excess := limit & {part.strip() for part in document.value(section, kind).split(",")}:
                yield ("ami-rights", *at, f"{name} may {kind} {', '.join(sorted(excess))}")
        if not document.value(section, "permit") and not document.value(section, "acl"):
            yield ("ami-no-acl", *at, f"{name} may log in from anywhere")
        if why := weak_secret(document.value(section, "secret"), name):
            yield ("weak-secret", *at, f"{name}: {why}")


def ari_users(files: Files) -> Found:
    """ARI users have a secret."""
    document = files.get("ari.conf")
    for section in document.real() if document else ():
        if (
            document
            and document.value(section, "type") == "user"
            and (why := weak_secret(document.value(section, "password"), section.name))
        ):
            yield ("weak-secret", "ari.conf", section.line, f"{section.name}: {why}")


def modules(files: Files) -> Found:
    """No module that opens a way in or out."""
    document = files.get("modules.conf")
    for section in document.real() if document else ():
        for setting in section.settings:
            if setting.key in ("load", "preload", "require") and setting.value.removesuffix(".so") in FORBIDDEN_MODULES:
                yield ("module", "modules.conf", setting.line, f"{setting.value} is not needed and opens a way in or out")


def logs(files: Files) -> Found:
    """No log level that holds digits."""
    document = files.get("logger.conf")
    for section in document.real() if document else ():
        for setting in section.settings if section.name == "logfiles" else ():
            if re.search(r"dtmf|verbose|debug|\*", setting.value):
                yield ("log-digits", "logger.conf", setting.line, f"{setting.value}: digits a caller keys are written down")


def directives(files: Files) -> Found:
    """No program run while configuration is read."""
    for name, document in files.items():
        for line, directive in document.directives:
            if directive.startswith("exec"):
                yield ("exec", name, line, "#exec runs a program as Asterisk")


RULES = (forbidden_settings, ami_users, ari_users, modules, logs, directives)
