"""In which rows two tables differ: equal rows cancel out, and of what is left the key says which row became which."""

# ruff: noqa: S608 - names and literals are quoted by apps.engine.duck, and the connection can reach nothing else

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from apps.engine.checks import type_of
from apps.engine.duck import Connection, name, one

AT_ONCE = 3_000_000
"""Up to so many rows are compared in one go, more of them month by month: rows of different days are never equal."""


@dataclass(frozen=True)
class Changes:
    """Rows added, changed, removed, and those that are there on both sides."""

    added: int = 0
    changed: int = 0
    removed: int = 0
    same: int = 0


def columns_in(connection: Connection, query: str) -> dict[str, str]:
    """The columns of data in a query over our files, with their types in SQL; the day `d` and what begins with _ left
    out."""
    described = connection.execute(f"DESCRIBE {query}").fetchall()
    return {column: kind for column, kind, *_ in described if not column.startswith("_") and column != "d"}


def net(connection: Connection, before: str, after: str, rows: int) -> list[str]:
    """Make table `net` of the rows that are in one of two queries more often than in the other: `_n` times more in
    `after`, or (below 0) in `before`; its columns. A column that only one has is empty on the other side, one of
    another type is compared as text. `rows`: how many there are in both."""
    was, now = columns_in(connection, before), columns_in(connection, after)
    columns = [*now, *(column for column in was if column not in now)]
    sides = [_side(before, was, now, columns, -1), _side(after, now, was, columns, 1)]
    connection.execute("DROP TABLE IF EXISTS net")
    listed = ", ".join(map(name, columns))
    summed = f"SELECT {listed}, d, sum(_side)::BIGINT AS _n FROM ({{part}}) GROUP BY ALL HAVING sum(_side) <> 0"
    table = f"SELECT * FROM ({' UNION ALL '.join(sides)})"
    if rows <= AT_ONCE:
        connection.execute(f"CREATE TABLE net AS {summed.format(part=table)}")
        return columns
    months = connection.execute(f"SELECT DISTINCT date_trunc('month', d)::DATE FROM ({table}) ORDER BY 1").fetchall()
    connection.execute(f"CREATE TABLE net AS {summed.format(part=f'{table} LIMIT 0')}")
    for (month,) in months:
        inside = f"WHERE d >= DATE '{month}' AND d < DATE '{month}' + INTERVAL 1 MONTH"
        parts = " UNION ALL ".join(f"SELECT * FROM ({side}) {inside}" for side in sides)
        connection.execute(f"INSERT INTO net {summed.format(part=parts)}")
    return columns


def _side(query: str, own: Mapping[str, str], other: Mapping[str, str], columns: Sequence[str], sign: int) -> str:
    parts = [f"{_cell(column, own, other)} AS {name(column)}" for column in columns]
    return f"SELECT {', '.join(parts)}, d, {sign} AS _side FROM ({query})"


def _cell(column: str, own: Mapping[str, str], other: Mapping[str, str]) -> str:
    if column not in own:
        return "NULL"
    retyped = column in other and type_of(own[column]) != type_of(other[column])
    return f"CAST({name(column)} AS VARCHAR)" if retyped else name(column)


def count(connection: Connection, key: Sequence[str], before: int, after: int) -> Changes:
    """What table `net` comes to, of `before` rows that went and `after` that came."""
    plus, minus = one(
        connection,
        "SELECT coalesce(sum(_n) FILTER (_n > 0), 0)::BIGINT, coalesce(-sum(_n) FILTER (_n < 0), 0)::BIGINT FROM net",
    )
    changed = 0
    if key:
        by_key = (
            "SELECT sum(_n) FILTER (_n > 0) AS came, -sum(_n) FILTER (_n < 0) AS went FROM net"
            f" GROUP BY {', '.join(map(name, key))}"
        )
        paired = f"SELECT coalesce(sum(least(came, went)), 0)::BIGINT FROM ({by_key}) WHERE came > 0 AND went > 0"
        (changed,) = one(connection, paired)
    if before - minus != after - plus:
        raise ArithmeticError("rows were lost in the comparison")
    return Changes(plus - changed, changed, minus - changed, after - plus)
