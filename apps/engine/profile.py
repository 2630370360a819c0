"""What the rows of a data set come to, column by column and day by day, and which of them break a rule."""

# ruff: noqa: S608 - names and literals are quoted by apps.engine.duck, and the connection can reach nothing else

from __future__ import annotations

from typing import TYPE_CHECKING

from apps.engine.checks import types_in
from apps.engine.duck import Connection, connect, literal, name, one, parquet
from apps.engine.plan import NUMERIC, ColumnType
from apps.engine.quality import (
    ColumnProfile,
    DayRows,
    Failing,
    Frequent,
    Profile,
    Profiled,
    Rule,
    RuleKind,
    RuleResult,
    UploadRows,
)
from apps.engine.rules import broken, shared
from apps.engine.values import cell_text
from apps.kernel.issue import N_

if TYPE_CHECKING:
    from collections.abc import Mapping

    from apps.engine.child import Desk

EXACT_ROWS = 5_000_000
"""Up to so many rows the different values of every column are counted; beyond they are estimated, and told so."""

FEW_VALUES = 100_000
"""Of so many rows the most frequent values of a column are looked for, where they are not counted anyway."""

MOST_FREQUENT = 5
MOST_EXAMPLES = 5
LONGEST_CELL = 200
_DAY = "d"
_ORDERED = NUMERIC | {ColumnType.DATE, ColumnType.DATETIME}


def work(request: Profile, desk: Desk) -> Profiled:
    """Look at every row; nothing is written."""
    paths = [entry.path for entry in request.files]
    if not paths:
        return Profiled(0, (), (), (), tuple(RuleResult(rule.id, 0, ()) for rule in request.rules))
    connection = connect(desk, paths)
    types = types_in(connection, paths)
    source = parquet(paths)
    rows: int = one(connection, f"SELECT count(*) FROM {source}")[0]
    columns = [column for column in types if column != _DAY]
    stages = len(columns) + len(request.rules) + 1
    profiles = []
    for done, column in enumerate(columns):
        desk.progress(done, stages, N_("Looking at the columns"))
        profiles.append(_column(connection, request, column, types[column], rows))
    results = []
    for done, rule in enumerate(request.rules, start=len(columns)):
        desk.progress(done, stages, N_("Checking the rows"))
        results.append(_checked(connection, source, rule, types))
    days = connection.execute(f"SELECT d, count(*) FROM {source} GROUP BY d ORDER BY d").fetchall()
    uploads = connection.execute(
        f"SELECT _upload, count(*), min(d), max(d) FROM {source} GROUP BY _upload ORDER BY _upload"
    ).fetchall()
    return Profiled(
        rows,
        tuple(profiles),
        tuple(DayRows(*day) for day in days),
        tuple(UploadRows(*upload) for upload in uploads),
        tuple(results),
    )


def _column(connection: Connection, request: Profile, column: str, kind: ColumnType, rows: int) -> ColumnProfile:
    source = parquet([entry.path for entry in request.files])
    cell, about = name(column), rows > EXACT_ROWS
    new = f"count(*) FILTER (WHERE {cell} IS NULL AND _upload = {literal(request.newest)})"
    different = f"approx_count_distinct({cell})" if about else f"count(DISTINCT {cell})"
    ends = f"min({cell}), max({cell})" if kind in _ORDERED else "NULL, NULL"
    filled, empty, distinct, low, high = one(
        connection, f"SELECT count({cell}), {new}, {different}, {ends} FROM {source}"
    )
    found: list[tuple[object, int]] = []
    if distinct and distinct < filled and (not about or distinct <= FEW_VALUES):
        found = connection.execute(
            f"SELECT {cell}, count(*) AS n FROM {source} WHERE {cell} IS NOT NULL GROUP BY {cell} HAVING count(*) > 1"
            f" ORDER BY n DESC, {cell} LIMIT {MOST_FREQUENT}"
        ).fetchall()
    frequent = tuple(Frequent(_cut(value), count) for value, count in found)
    return ColumnProfile(column, rows - filled, empty, distinct, about, cell_text(low), cell_text(high), frequent)


def _checked(connection: Connection, source: str, rule: Rule, types: Mapping[str, ColumnType]) -> RuleResult:
    if any(column not in types for column in rule.columns):
        return RuleResult(rule.id, None, ())
    cells = ", ".join(name(column) for column in rule.columns)
    if rule.kind == RuleKind.UNIQUE:
        total = f"SELECT coalesce(sum(n), 0) FROM ({shared(rule, source)})"
        rows = f"SELECT _upload, _row, {cells} FROM {source} SEMI JOIN ({shared(rule, source)}) USING ({cells})"
        order = f"{cells}, _upload, _row"
    else:
        condition = broken(rule, types)
        total = f"SELECT count(*) FROM {source} WHERE {condition}"
        rows = f"SELECT _upload, _row, {cells} FROM {source} WHERE {condition}"
        order = "_upload, _row"
    failing = int(one(connection, total)[0])
    found = connection.execute(f"{rows} ORDER BY {order} LIMIT {MOST_EXAMPLES}").fetchall() if failing else []
    examples = (Failing(upload, row, tuple(_cut(cell) for cell in line)) for upload, row, *line in found)
    return RuleResult(rule.id, failing, tuple(examples))


def _cut(value: object) -> str:
    return cell_text(value)[:LONGEST_CELL]  # type: ignore[arg-type]
