"""The same statement for many rows, at the driver's own speed: SQLAlchemy writes it once, its handling of each row is left away.

For values that need no conversion (numbers, texts, bytes, None), in both databases.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import ClauseElement, Connection

Row = dict[str, Any]
Build = Callable[[Connection], ClauseElement]

_written: dict[tuple[str, str], tuple[str, tuple[str, ...] | None, Row]] = {}
"""Dialect and name -> the words, the places of the parameters (None: they are named), and the statement's own constants."""


def run_many(connection: Connection, name: str, build: Build, rows: Sequence[Row]) -> int:
    """Run the statement ``name`` (built by ``build`` the first time) for each of ``rows``, which all have the same keys.

    How many rows of the table it changed; -1 when the driver can't say.
    """
    key = (connection.dialect.name, name)
    if key not in _written:
        compiled = build(connection).compile(dialect=connection.dialect, column_keys=list(rows[0]))
        places = getattr(compiled, "positiontup", None)
        constants = {name: value for name, value in compiled.params.items() if name not in rows[0]}
        _written[key] = (str(compiled), tuple(places) if places is not None else None, constants)
    words, order, constants = _written[key]
    given: list[Any]
    if order is None:
        given = [{**constants, **row} for row in rows]
    elif constants:
        given = [tuple([row[p] if p in row else constants[p] for p in order]) for row in rows]
    else:
        given = [tuple([row[place] for place in order]) for row in rows]
    return connection.exec_driver_sql(words, given).rowcount
