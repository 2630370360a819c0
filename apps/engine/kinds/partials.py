"""What each month came to for windows, kept between requests as one file for each query: a window is made of many
months, of which an upload changes few. Months are named by their files: what is kept is never wrong, only missing."""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from typing import Any

from apps.engine.kinds.bench import Bench, Row
from apps.engine.kinds.scans import Scan, pieces
from apps.engine.kinds.store import Store, digest_of, publish
from apps.engine.requests import FileEntry

MOST_ROWS = 50_000
"""More are not kept: reading them would take as long as computing them."""


@dataclass(frozen=True)
class Part:
    """What a period of a member comes to, or the part of it that lies in a month. `place` says which of the splits of a
    query the member is of."""

    place: int
    member: str | None
    start: date
    row: Row


class Partials:
    """The months of a query over the main data set, made by its SQL and some more. Empty, and stays so, where the
    request names no directory."""

    def __init__(self, made_by: Sequence[object], bench: Bench) -> None:
        self._bench, self._made_by = bench, made_by
        folder = os.path.dirname(os.path.abspath(bench.main.files[0].path))
        self._path = os.path.join(bench.rollups, f"{digest_of([], [*self._made_by, folder])}.json")
        self._is_open = Store(bench).is_open
        self._added: dict[str, list[Part]] = {}

    def find(self, scan: Scan) -> list[Part] | None:
        """What a scan comes to, if it is known."""
        return self._known.get(self._name(scan.files)) if self._is_whole(scan) else None

    def add(self, scan: Scan, found: list[Part]) -> None:
        """Remember what a scan comes to."""
        if self._is_whole(scan):
            self._added[self._name(scan.files)] = found

    def save(self) -> None:
        """Keep the months of the data set as it is now for the next request, beside what others kept meanwhile."""
        if not self._added:
            return
        current = {self._name(files) for files in pieces(self._bench.main.files, self._bench)}
        months = {name: found for name, found in (_read(self._path) | self._added).items() if name in current}
        if sum(map(len, months.values())) > MOST_ROWS:
            return
        made = Path(self._bench.work_dir, f"{secrets.token_hex(8)}.json")
        with suppress(OSError):
            made.write_text(json.dumps({name: list(map(_written, found)) for name, found in months.items()}))
            publish(str(made), self._path)

    @cached_property
    def _known(self) -> dict[str, list[Part]]:
        return _read(self._path)

    def _is_whole(self, scan: Scan) -> bool:
        """Whether a scan is of all rows of its months."""
        if not self._is_open or len({entry.month for entry in scan.files}) > 1:
            return False
        first, last = self._bench.days(scan.files)
        return scan.span.start <= first and last < scan.span.end

    def _name(self, files: Sequence[FileEntry]) -> str:
        made_of = self._bench.main.made_of(self._bench.days(files)[1])
        return digest_of(sorted(files, key=lambda entry: entry.path), [*self._made_by, *made_of])


def _read(path: str) -> dict[str, list[Part]]:
    """What is kept there: nothing where the file is missing or damaged."""
    try:
        found = json.loads(Path(path).read_text())
        return {name: [_part(*each) for each in parts] for name, parts in found.items()}
    except (OSError, ValueError, TypeError, AttributeError, ArithmeticError):
        return {}


def _written(part: Part) -> list[Any]:
    row = {name: str(value) if isinstance(value, Decimal) else value for name, value in part.row.items()}
    return [part.place, part.member, part.start.isoformat(), row]


def _part(place: int, member: str | None, start: str, row: dict[str, Any]) -> Part:
    """As it was written: whole numbers are numbers, decimals are text."""
    values = {name: Decimal(value) if isinstance(value, str) else value for name, value in row.items()}
    return Part(place, member, date.fromisoformat(start), values)
