"""What each request asks, whose SQL Django puts together once, not each time (which takes half a millisecond for one
row and several for a list, more than the database does)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, NamedTuple, TypeVar

from django.db import connection
from django.db.models import Model, QuerySet

Row = TypeVar("Row", bound=Model)


Converters = Mapping[int, tuple[list[Callable], Any]]


class _Made(NamedTuple):
    sql: str
    model: type[Model]
    names: tuple[str, ...]
    converters: Converters


@dataclass
class Lookup(Generic[Row]):
    """The row of `rows(value)`, which asks for whole rows of one model by that value alone, or None. One query."""

    rows: Callable[[object], QuerySet[Row]]
    _made: _Made | None = field(default=None, init=False, repr=False)

    def __call__(self, value: object) -> Row | None:
        made = self._made or self._compile(value)
        with connection.cursor() as cursor:
            cursor.execute(made.sql, [value])
            found = cursor.fetchone()
        if found is None:
            return None
        return made.model.from_db(connection.alias, made.names, _converted(found, made.converters))

    def _compile(self, value: object) -> _Made:
        rows = self.rows(value).order_by()[:1]
        compiler = rows.query.get_compiler(connection=connection)
        sql, params = compiler.as_sql()
        if len(params) != 1:
            raise TypeError(f"One value is asked for, not {len(params)}: {sql}")
        columns = [column for column, _sql, _alias in compiler.select]
        names = tuple(column.target.attname for column in columns)
        self._made = _Made(sql, rows.model, names, compiler.get_converters(columns))
        return self._made


@dataclass
class Listing:
    """The tuples of `rows()`, a `values_list` that asks for the same each time. One query."""

    rows: Callable[[], QuerySet]
    _made: tuple[str, tuple, Converters] | None = field(default=None, init=False, repr=False)

    def __call__(self) -> list[tuple]:
        self._made = self._made or self._compile()
        sql, params, converters = self._made
        with connection.cursor() as cursor:
            cursor.execute(sql, params)
            return [tuple(_converted(row, converters)) for row in cursor.fetchall()]

    def _compile(self) -> tuple[str, tuple, Converters]:
        compiler = self.rows().query.get_compiler(connection=connection)
        sql, params = compiler.as_sql()
        return sql, params, compiler.get_converters([column for column, _sql, _alias in compiler.select])


def _converted(row: Iterable[object], converters: Converters) -> list[object]:
    """A row as Django would hand it out."""
    cells = list(row)
    for at, (converts, expression) in converters.items():
        for convert in converts:
            cells[at] = convert(cells[at], expression, connection)
    return cells
