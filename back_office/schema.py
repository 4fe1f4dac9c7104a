"""The back office's place in a database: all its tables and the migrations that make them."""

from __future__ import annotations

from pathlib import Path

from back_office.tickets.tables import tickets
from hotline.db import Schema

SCHEMA = Schema(tickets.metadata, "0001", Path(__file__).parent / "migrations" / "versions", "back_office_version")
