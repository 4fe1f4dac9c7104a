"""Who may call without proof, and what a SIP party may do then."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Iterator, Mapping

from asterisk_conf.parse import Document, Section

Files = Mapping[str, Document]
Found = Iterator[tuple[str, str, int, str]]

FILE = "pjsip.conf"
YES = frozenset(("yes", "true", "1", "on", "y", "t"))
SHORTEST_SECRET = 12
NARROWEST_TRUNK = {4: 24, 6: 64}
"""A trunk recognised by more than 256 addresses is recognised by strangers too."""

ENDPOINT: tuple[tuple[str, str, str, Callable[[str], bool], str], ...] = (
    ("default-context", "context", "", lambda value: value in ("", "default", "public"), "has no context of its own"),
    ("transfer", "allow_transfer", "yes", lambda value: value in YES, "may transfer a call out of the house"),
    ("direct-media", "direct_media", "yes", lambda value: value in YES, "sends its voice past the exchange: not recorded"),
    ("no-rtp-timeout", "rtp_timeout", "0", lambda value: value in ("", "0"), "leaves a dead line for ever"),
)
"""Rule, key, what Asterisk takes when it isn't set, what is bad, why: the endpoint's name goes before it."""


def weak_secret(secret: str, name: str) -> str:
    """Why ``secret`` of the account ``name`` is no good; empty when it is."""
    if not secret or secret.lower() == name.lower():
        return "no secret, or the same as the name"
    if len(secret) < SHORTEST_SECRET or secret.isdigit():
        return f"shorter than {SHORTEST_SECRET} characters or digits only"
    return ""


def _of_type(files: Files, kind: str) -> Iterator[tuple[Document, Section]]:
    document = files.get(FILE)
    for section in document.real() if document else ():
        if document and document.value(section, "type") == kind:
            yield document, section


def endpoint_settings(files: Files) -> Found:
    """The table above, for every endpoint."""
    for document, section in _of_type(files, "endpoint"):
        for rule, key, default, bad, why in ENDPOINT:
            if bad(document.value(section, key, default).lower()):
                yield (rule, FILE, section.line, f"{section.name} {why}")
        encrypted = document.value(section, "webrtc") in YES or document.value(section, "media_encryption") in ("dtls", "sdes")
        if section.name.endswith("-web") and not encrypted:
            yield ("no-srtp", FILE, section.line, f"{section.name} sends its voice in clear")


def endpoint_proof(files: Files) -> Found:
    """How each endpoint is recognised, and what that allows."""
    by_address = {document.value(section, "endpoint") for document, section in _of_type(files, "identify")}
    for document, section in _of_type(files, "endpoint"):
        name, trunk = section.name, section.name in by_address
        if name == "anonymous":
            yield ("anonymous-endpoint", FILE, section.line, "strangers may call")
        if not document.value(section, "auth") and not trunk:
            yield ("no-proof", FILE, section.line, f"{name} has neither auth nor identify")
        if document.value(section, "trust_id_inbound", "no") in YES and not trunk:
            yield ("trusted-caller-id", FILE, section.line, f"{name} may claim any number")
        if trunk and document.value(section, "aors"):
            yield ("trunk-can-dial-out", FILE, section.line, f"{name} has an aor: calls can be sent to it")


def passwords(files: Files) -> Found:
    """Passwords that a scanner guesses."""
    for document, section in _of_type(files, "auth"):
        why = weak_secret(document.value(section, "password"), document.value(section, "username"))
        if why and not document.value(section, "md5_cred"):
            yield ("weak-secret", FILE, section.line, f"{section.name}: {why}")


def trunks(files: Files) -> Found:
    """Which addresses count as the carrier."""
    for document, section in _of_type(files, "identify"):
        for setting in document.whole(section):
            if setting.key == "match" and any(_too_wide(part) for part in setting.value.split(",")):
                yield ("wide-trunk", FILE, setting.line, f"{setting.value} lets strangers be the carrier")


def global_section(files: Files) -> Found:
    """What the exchange says about itself, and whom it takes in without a name."""
    for document, section in _of_type(files, "global"):
        agent = document.value(section, "user_agent")
        if not agent or "asterisk" in agent.lower():
            yield ("user-agent", FILE, section.line, "tells scanners what to attack")
        if "anonymous" in document.value(section, "endpoint_identifier_order", "anonymous"):
            yield ("anonymous-endpoint", FILE, section.line, "strangers are identified as somebody (it is the default order)")


def _too_wide(match: str) -> bool:
    try:
        network = ipaddress.ip_network(match.strip(), strict=False)
    except ValueError:
        return False  # a host name
    return network.prefixlen < NARROWEST_TRUNK[network.version]


RULES = (endpoint_settings, endpoint_proof, passwords, trunks, global_section)
