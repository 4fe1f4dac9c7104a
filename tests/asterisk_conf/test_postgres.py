"""A PostgreSQL of our own, as root or not."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy

from asterisk_conf.postgres import own_postgres
from asterisk_conf.toolbox import Toolbox, default_folder


@pytest.mark.postgres
def test_it_starts_answers_and_leaves_nothing_behind(tmp_path: Path) -> None:
    with own_postgres(Toolbox(default_folder(Path("var"))), tmp_path / "cluster") as server:
        engine = sqlalchemy.create_engine(server.url)
        with engine.connect() as connection:
            assert connection.execute(sqlalchemy.text("select 6 * 7")).scalar() == 42
        engine.dispose()
        folder = server._folder
        assert folder.exists()
    assert not folder.exists()
