"""A file of a data set, as requests and answers name it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from apps.engine.codec import Message

KEYS = ".keys"
"""What stands behind a file's name in that of the file of its keys' hashes (`apps.engine.keys`), which goes with it."""


@dataclass(frozen=True)
class FileEntry(Message):
    """One Parquet file of a dataset version: the rows of one local month ("2026-06")."""

    path: str
    month: str
    rows: int
    bytes: int
    first_day: date
    last_day: date
