"""Asking in which rows two versions of a data set differ, and what is answered."""

from __future__ import annotations

from collections.abc import Mapping as Dict
from dataclasses import dataclass, field
from datetime import date

from apps.engine.codec import Message


@dataclass(frozen=True)
class Compare(Message):
    """Find the rows in which two versions of a data set differ. `key` tells which row became which; with no key, or one
    that not both have, rows are only added and removed. `out_path` becomes Parquet, for `Differences`."""

    before: tuple[str, ...]
    after: tuple[str, ...]
    key: tuple[str, ...]
    out_path: str


@dataclass(frozen=True)
class Compared(Message):
    """How many rows were added, changed, removed, from `before` to `after`; the first and last day they are of."""

    path: str
    added: int
    changed: int
    removed: int
    first_day: date | None
    last_day: date | None


@dataclass(frozen=True)
class Differences(Message):
    """A page of what `Compare` wrote at `path`: rows of one `kind` ("added", "changed", "removed"; "" for all), in the
    order of their days. `limit` is at most 500."""

    path: str
    kind: str = ""
    offset: int = 0
    limit: int = 100


@dataclass(frozen=True)
class Difference(Message):
    """A row as it was and as it is, as text; `before` is empty for an added one, `after` for a removed one."""

    kind: str
    before: tuple[str, ...]
    after: tuple[str, ...]


@dataclass(frozen=True)
class DifferencePage(Message):
    """`total` rows of the kind, of which these from `offset` on."""

    columns: tuple[str, ...]
    rows: tuple[Difference, ...]
    total: int
    offset: int


@dataclass(frozen=True)
class ExportDifferences(Message):
    """Write all of them as CSV for a spreadsheet: what happened (`kinds`: words by kind), then each column as it is
    and, under a header made with `before` (which holds %s), as it was."""

    path: str
    out_path: str
    kinds: Dict[str, str] = field(default_factory=dict, hash=False)
    change: str = "change"
    before: str = "%s (before)"
