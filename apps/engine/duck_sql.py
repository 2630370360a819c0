"""Expressions as SQL of DuckDB. Ibis' own compiler, but for a frame that it has no word for."""

from __future__ import annotations

from typing import Any

import ibis
import ibis.expr.datatypes as dt
from ibis.backends.sql.compilers.duckdb import DuckDBCompiler

_OF_NEXT = "first_value"


@ibis.udf.agg.builtin(name=_OF_NEXT)  # type: ignore[untyped-decorator]
def _first_value(day: dt.date) -> dt.date:
    """The first of the frame."""


def of_next(day: Any, group_by: str, order_by: list[Any]) -> Any:
    """The day of the next row that does not tie with this one: of DuckDB only, other engines know no GROUPS."""
    return _first_value(day).over(ibis.window(group_by=group_by, order_by=order_by, following=(1, 1)))


def to_duckdb(expression: Any) -> str:
    """The expression as SQL of DuckDB."""
    query = _COMPILER.to_sqlglot(expression.unbind())
    return str(query.sql(dialect=_COMPILER.dialect, pretty=True))


class _DuckCompiler(DuckDBCompiler):  # type: ignore[misc]
    """A frame of groups of rows that tie, for `of_next`."""

    __slots__ = ()

    def visit_WindowFunction(self, op: Any, **parts: Any) -> Any:
        """The frame counts groups where it is that of `of_next`, rows where not."""
        window = super().visit_WindowFunction(op, **parts)
        if getattr(op.func, "__func_name__", "") == _OF_NEXT:
            window.args["spec"].set("kind", "GROUPS")
        return window


_COMPILER = _DuckCompiler()
