"""The SMS bridge of this installation: where its database, keys and settings are."""

from __future__ import annotations

from hotline.vault import Vault
from server.places import Places
from sms_bridge.process import Installation


def installation(places: Places) -> Installation:
    """What the bridge is given. Raises OSError when a secret can't be kept."""
    vault = Vault(places.secrets)
    return Installation(
        url=f"sqlite:///{places.runtime / 'sms.db'}",
        key=vault.get("sms_key", 43),
        secret=lambda name: vault.get(f"sms_gateway_{name}"),
        lock=places.run / "sms_relay.lock",
        settings=places.etc / "sms.toml",
    )
