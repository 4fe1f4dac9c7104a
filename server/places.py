"""Where things are: every path of one installation, from its settings file and runtime folder."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from hotline.settings import Settings, load_settings

HOUSE = Path(__file__).resolve().parents[1]
"""The folder the product was unpacked in."""


@dataclass(frozen=True, slots=True)
class Places:
    """The settings in force and where they put things."""

    settings: Settings
    config: Path | None

    @property
    def runtime(self) -> Path:
        """The runtime folder, absolute."""
        return (HOUSE / self.settings.runtime.folder).resolve()

    @property
    def secrets(self) -> Path:
        """Folder of generated secrets."""
        given = self.settings.runtime.secrets_folder
        return (HOUSE / given).resolve() if given else self.runtime / "secrets"

    @property
    def run(self) -> Path:
        """Locks and the control socket."""
        return self.runtime / "run"

    @property
    def control(self) -> Path:
        """The line worker's control socket."""
        return self.run / "line.sock"

    @property
    def logs(self) -> Path:
        """Logs of the workers."""
        return self.runtime / "log"

    @property
    def prompts(self) -> Path:
        """Synthesised prompts."""
        given = self.settings.runtime.prompts_folder
        return (HOUSE / given).resolve() if given else self.runtime / "prompts"

    @property
    def recordings(self) -> Path:
        """Recordings of talks."""
        return self.runtime / "recordings"

    @property
    def slow_callers(self) -> Path:
        """The list of callers who are served with the slow profile."""
        return self.runtime / "slow_callers.txt"

    @property
    def journal_url(self) -> str:
        """SQLAlchemy URL of the journal."""
        return self.settings.journal.url or f"sqlite:///{self.runtime / 'journal.db'}"

    @property
    def etc(self) -> Path:
        """The folder of the settings file, with prompts.toml, thresholds.toml, calendar.csv."""
        return self.config.parent if self.config else HOUSE / "etc"


def find_places(config: Path | None = None) -> Places:
    """The installation named by ``config``, else by ``HOTLINE_CONFIG``, else ``etc/hotline.toml``. Raises ConfigError."""
    given = config or (Path(os.environ["HOTLINE_CONFIG"]) if os.environ.get("HOTLINE_CONFIG") else None)
    if given is None:
        shipped = HOUSE / "etc" / "hotline.toml"
        given = shipped if shipped.exists() else None
    return Places(load_settings(given), given.resolve() if given else None)
