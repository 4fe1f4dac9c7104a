"""Styles, scripts and pictures of the pages: read once, named by their content, so that a browser keeps them and never an old one."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from pathlib import Path

FOLDER = Path(__file__).parent / "static"
TYPES = {".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml"}
FOR_EVER = "public, max-age=31536000, immutable"
ASK_AGAIN = "no-cache"


@dataclass(frozen=True, slots=True)
class Asset:
    """One file: its bytes, media type, ETag, and how long it may be kept under the name it was asked by."""

    body: bytes = field(repr=False)
    media_type: str
    etag: str
    keep: str


class Assets:
    """The files of ``folder``, each under its own name (asked for anew, by ETag) and under one with its digest (kept for ever)."""

    def __init__(self, folder: Path = FOLDER) -> None:
        self._named: dict[str, Asset] = {}
        self._urls: dict[str, str] = {}
        for file in sorted(folder.iterdir()):
            if file.suffix in TYPES:
                self._add(file)

    def url(self, name: str) -> str:
        """The lasting address of a file. Raises KeyError when there is none of that name."""
        return self._urls[name]

    def find(self, name: str) -> Asset | None:
        """The file of that name, plain or with its digest."""
        return self._named.get(name)

    def _add(self, file: Path) -> None:
        body = file.read_bytes()
        digest = hashlib.sha256(body).hexdigest()[:16]
        lasting = f"{file.stem}.{digest}{file.suffix}"
        self._named[file.name] = Asset(body, TYPES[file.suffix], f'"{digest}"', ASK_AGAIN)
        self._named[lasting] = Asset(body, TYPES[file.suffix], f'"{digest}"', FOR_EVER)
        self._urls[file.name] = f"/static/{lasting}"
