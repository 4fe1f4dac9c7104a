"""``python -m server.rescue``: what the supervisor starts while the line worker is away (see telephony/rescue.py)."""

from __future__ import annotations

import sys
from http.client import HTTPException

import structlog

from hotline.vault import Vault
from server.lock import EXCHANGE, HeldByAnother, Lock
from server.places import find_places
from telephony.rescue import PlainAri, rescue

log = structlog.get_logger("rescue")


def main() -> int:
    """Rescue once; exit code 0 when Asterisk was reached."""
    places = find_places()
    try:
        with Lock(places.run, EXCHANGE):
            done = rescue(PlainAri(places.settings.asterisk.http_port, Vault(places.secrets).get("ari_password")))
    except HeldByAnother:
        log.info("a line worker commands the callers' channels; nobody has to be rescued")
        return 0
    except (OSError, HTTPException) as error:
        log.error("asterisk can't be reached for the rescue", why=type(error).__name__)
        return 1
    log.warning("rescued", callers=done.callers, legs=done.legs, bridges=done.bridges)
    return 0


if __name__ == "__main__":
    sys.exit(main())
