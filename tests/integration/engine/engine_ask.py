"""Ask the engine's workers in this process: load rows that a test made up, and compute plans over them."""

import csv
import secrets
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path

from apps.engine import FileEntry, Limits, Load, Measure, Planned, Rows, load, measure, rows
from apps.engine.child import Desk
from apps.kernel.period import Calendar
from tests.integration.engine.engine_files import mapping

UTC = Calendar("UTC")
Figures = dict[tuple[str, date, str | None, str], tuple[Decimal | None, Decimal | None, int]]


def desk_in(folder: Path) -> Desk:
    """A desk whose directory is in `folder`."""
    work_dir = folder / f".work-{secrets.token_hex(4)}"
    work_dir.mkdir()
    return Desk(Limits(threads=1), str(work_dir), lambda *_: None)


def load_rows(folder: Path, columns: Sequence[tuple[str, str, str]], *uploads: Sequence) -> tuple[FileEntry, ...]:
    """Files of a data set made of `uploads`, each a list of rows. `columns` are (name, type, role)."""
    wanted = mapping(tuple((name, name, kind, role) for name, kind, role in columns))
    files: tuple[FileEntry, ...] = ()
    for upload in uploads:
        name = f"u{secrets.token_hex(4)}"
        path = folder / f"{name}.csv"
        with path.open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file)
            writer.writerow([name for name, _, _ in columns])
            writer.writerows(upload)
        before = tuple(entry.path for entry in files)
        request = Load(str(path), path.name, "", wanted, name, before, "append", str(folder), "UTC")
        loaded = load.work(request, desk_in(folder))
        assert loaded.rows_loaded == len(upload), loaded
        files = loaded.files
    return files


def ask(folder: Path, files: tuple[FileEntry, ...], *plans: Planned, calendar: Calendar = UTC, tables=None) -> Figures:
    """(numerator, denominator, n) by plan, period, member and series."""
    found = measure.work(Measure(files, calendar, plans, tables or {}), desk_in(folder)).rows
    figures = {
        (row.plan, row.period_start, row.member, row.series): (row.numerator, row.denominator, row.n) for row in found
    }
    assert len(figures) == len(found)
    return figures


def by_key(rows) -> dict:
    """Both sides of each figure, and how many rows are behind it, by plan, period and member."""
    return {(row.plan, row.period_start, row.member): (row.numerator, row.denominator, row.n) for row in rows}


def behind(folder: Path, files: tuple[FileEntry, ...], plan: Planned, period, **options) -> list[str]:
    """The first cell of each row behind a value."""
    page = rows.work(Rows(files, plan, period, **options), desk_in(folder))
    assert page.total == len(page.rows)
    return [row.cells[0] for row in page.rows]
