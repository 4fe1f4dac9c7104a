"""Rescue of callers while no line worker is there: plain ARI over HTTP, no application, no events.

A channel in Stasis whose application lost its owner stays there in silence for ever. So callers who are not talking are sent
on to the dialplan's own queue (``continue``), and legs that nobody will ever end are hung up: an agent alone in a bridge, a phone
that rings for nobody. Who talks is left alone.
"""

from __future__ import annotations

import base64
import http.client
import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

from hotline.secret import Secret

CALLER_ARGS = ("hotline,arrived,", "hotline,returned,")


@dataclass(frozen=True, slots=True)
class Rescued:
    """How many callers were sent on and how many ownerless legs and bridges were removed."""

    callers: int
    legs: int
    bridges: int


class PlainAri:
    """A few blocking ARI requests. Raises OSError when Asterisk is not there."""

    def __init__(self, port: int, password: Secret, host: str = "127.0.0.1") -> None:
        self._connection = http.client.HTTPConnection(host, port, timeout=5)
        token = base64.b64encode(f"hotline:{password.reveal()}".encode()).decode()
        self._headers = {"Authorization": f"Basic {token}"}

    def ask(self, method: str, path: str, **query: str) -> Any:
        """The decoded answer, or None for an error status (the thing is gone: normal in a rescue)."""
        target = f"/ari/{path}" + (f"?{urlencode(query)}" if query else "")
        self._connection.request(method, target, headers=self._headers)
        reply = self._connection.getresponse()
        body = reply.read()
        if reply.status >= 400:
            return None
        return json.loads(body) if body else {}


def rescue(ari: PlainAri) -> Rescued:
    """Send callers who don't talk on to ``hl-fallback`` and remove what nobody owns. Safe to repeat."""
    channels = {channel["id"]: channel for channel in ari.ask("GET", "channels") or []}
    bridges = ari.ask("GET", "bridges") or []
    talking: set[str] = set()
    removed = 0
    for bridge in bridges:
        people = [name for name in bridge["channels"] if name in channels]
        if len(people) >= 2:
            talking.update(people)
        elif ari.ask("DELETE", f"bridges/{quote(bridge['id'])}") is not None:
            removed += 1
    callers = legs = 0
    for name, channel in channels.items():
        if name in talking:
            continue
        plan = channel.get("dialplan", {})
        if name.startswith("o-"):
            legs += ari.ask("DELETE", f"channels/{quote(name)}") is not None
        elif plan.get("app_name") == "Stasis" and str(plan.get("app_data", "")).startswith(CALLER_ARGS):
            goes = ari.ask("POST", f"channels/{quote(name)}/continue", context="hl-fallback", extension="s", priority="1")
            callers += goes is not None
    return Rescued(callers, legs, removed)
