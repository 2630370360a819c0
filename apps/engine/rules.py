"""Rules of a data set as SQL: which rows break them."""

# ruff: noqa: S608 - names and literals are quoted by apps.engine.duck, and the connection can reach nothing else

from __future__ import annotations

import re
from collections.abc import Mapping

from apps.engine.duck import Connection, literal, name
from apps.engine.plan import ColumnType
from apps.engine.quality import Rule, RuleKind
from apps.engine.requests import Load, Mode, RejectCode
from apps.engine.typed import SQL_TYPES

CODES = {
    RuleKind.FILLED: RejectCode.MISSING,
    RuleKind.RANGE: RejectCode.OUT_OF_RANGE,
    RuleKind.ONE_OF: RejectCode.NOT_ALLOWED,
    RuleKind.LENGTH: RejectCode.BAD_LENGTH,
    RuleKind.PATTERN: RejectCode.BAD_PATTERN,
}
"""Why a row that breaks a rule is not loaded."""

_MASK = {"#": "[0-9]", "@": r"\p{L}", "?": ".", "*": ".*"}


def broken(rule: Rule, types: Mapping[str, ColumnType]) -> str:
    """A condition that is true for rows that break `rule`, which is of one column that is there."""
    column, kind = name(rule.columns[0]), types[rule.columns[0]]
    if rule.kind == RuleKind.FILLED:
        return f"{column} IS NULL"
    if rule.kind == RuleKind.LENGTH:
        return _outside(f"length({column})", rule, ColumnType.INTEGER)
    if rule.kind == RuleKind.RANGE:
        value = f"CAST({column} AS DATE)" if kind == ColumnType.DATETIME else column
        return _outside(value, rule, ColumnType.DATE if kind == ColumnType.DATETIME else kind)
    if rule.kind == RuleKind.ONE_OF:
        allowed = ", ".join(_value(text, kind) for text in rule.values)
        return f"coalesce({column} NOT IN ({allowed}), false)"
    return f"coalesce(NOT regexp_full_match({column}, {literal(expression_of(rule.pattern))}), false)"


def set_broken_aside(connection: Connection, request: Load) -> None:
    """List the cells of view `staged` that break a rule in the table `rejects`, with what they were read as, and their
    rows in `aside`."""
    columns = {column.name: column for column in request.mapping.columns}
    types = {column.name: column.type for column in request.mapping.columns}
    connection.execute("CREATE TABLE broken (rule VARCHAR, _row BIGINT)")
    for rule in request.rules:
        if rule.kind not in CODES or rule.columns[0] not in columns:
            continue
        column = columns[rule.columns[0]]
        where = f"FROM staged WHERE {broken(rule, types)}"
        connection.execute(f"INSERT INTO broken SELECT {literal(rule.id)}, _row {where}")
        text = f"CAST({name(column.name)} AS VARCHAR)"
        if column.type == ColumnType.DECIMAL:
            text = f"regexp_replace({text}, '\\.?0+$', '')"
        connection.execute(
            f'INSERT INTO rejects BY NAME SELECT _row AS "row", {literal(column.source)} AS "column",'
            f" '{CODES[rule.kind]}' AS code, left(coalesce({text}, ''), 500) AS \"text\" {where}"
        )
    connection.execute("INSERT INTO aside SELECT DISTINCT _row FROM broken")


def how_many_broken(connection: Connection, request: Load) -> dict[str, int]:
    """By rule, how many rows were refused for it."""
    if not request.rules or request.mode == Mode.DELETE:
        return {}
    return dict(connection.execute("SELECT rule, count(*) FROM broken GROUP BY rule ORDER BY rule").fetchall())


def expression_of(pattern: str) -> str:
    """The regular expression (of RE2) that a pattern means."""
    return "(?s)" + "".join(_MASK.get(sign, re.escape(sign)) for sign in pattern)


def shared(rule: Rule, source: str) -> str:
    """A query for the values of a `unique` rule that stand in several rows of `source`."""
    columns = ", ".join(name(column) for column in rule.columns)
    filled = " AND ".join(f"{name(column)} IS NOT NULL" for column in rule.columns)
    return f"SELECT {columns}, count(*) AS n FROM {source} WHERE {filled} GROUP BY {columns} HAVING count(*) > 1"


def _outside(value: str, rule: Rule, kind: ColumnType) -> str:
    parts = [f"{value} {sign} {_value(text, kind)}" for sign, text in (("<", rule.low), (">", rule.high)) if text]
    return f"coalesce({' OR '.join(parts) or 'false'}, false)"


def _value(text: str, kind: ColumnType) -> str:
    """A literal; whole numbers are compared as decimals, so that a bound may be one."""
    kind = ColumnType.DECIMAL if kind == ColumnType.INTEGER else kind
    return f"CAST({literal(text)} AS {SQL_TYPES[kind]})"
