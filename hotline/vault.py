"""Secrets of the installation: from the environment, a systemd credential, else generated once into a 0600 file.

``vault.get("ari_password")`` looks for ``HOTLINE_SECRET_ARI_PASSWORD``, then ``$CREDENTIALS_DIRECTORY/ari_password``, then
``<folder>/ari_password``, and generates the last when it is not there. Two processes that ask at once get the same answer.
"""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from hotline.secret import Secret


class Vault:
    """The folder of generated secrets (mode 0700, files 0600)."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def get(self, name: str, length: int = 24) -> Secret:
        """The secret called ``name``; ``length`` characters when it has to be made. Raises OSError when it can't be kept."""
        given = os.environ.get(f"HOTLINE_SECRET_{name.upper()}")
        if given:
            return Secret(given)
        credentials = os.environ.get("CREDENTIALS_DIRECTORY")
        for file in (Path(credentials) / name if credentials else None, self._folder / name):
            if file is not None and file.exists():
                return Secret(file.read_text().strip())
        return self._make(name, length)

    def _make(self, name: str, length: int) -> Secret:
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        final = self._folder / name
        draft = self._folder / f".{name}.{os.getpid()}.{secrets.token_hex(4)}"
        handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w") as stream:
            stream.write(secrets.token_urlsafe(length)[:length].replace("-", "x").replace("_", "y"))
        try:
            os.link(draft, final)  # fails when somebody was quicker: then his is the secret
        except FileExistsError:
            pass
        finally:
            draft.unlink()
        return Secret(final.read_text().strip())
