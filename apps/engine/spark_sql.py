"""Expressions as Spark SQL. Ibis' own compiler, but for what would not give the very figures of DuckDB."""

from __future__ import annotations

from typing import Any

import sqlglot.expressions as sge
from ibis.backends.sql.compilers.base import NULL, STAR
from ibis.backends.sql.compilers.pyspark import PySparkCompiler


def to_spark(expression: Any) -> str:
    """The expression as SQL of Spark, Databricks and Sail."""
    query = _COMPILER.to_sqlglot(expression.unbind())
    return str(query.sql(dialect=_COMPILER.dialect, pretty=True))


class _SparkCompiler(PySparkCompiler):  # type: ignore[misc]
    """Counts that are never empty, and percentiles that are one of the values."""

    __slots__ = ()

    def visit_CountStar(self, op: Any, *, arg: Any, where: Any) -> Any:
        """Rows that satisfy a condition: 0 where there is none. (Ibis sums the condition, which gives NULL.)"""
        return self.f.count(STAR) if where is None else self.f.count(self.if_(where, sge.convert(1), NULL))

    def visit_AggUDF(self, op: Any, *, where: Any, **arguments: Any) -> Any:
        """`quantile_disc(values, share)`: of n values in order the ceil(n * share)-th, at least the first.

        Spark's own percentiles go through a double.
        """
        if op.__func_name__ != "quantile_disc":
            return super().visit_AggUDF(op, where=where, **arguments)
        values, share = arguments.values()
        if where is not None:
            values = self.if_(where, values, NULL)
        place = self.f.greatest(self.f.anon.ceil(self.f.count(values) * share), sge.convert(1))
        ordered = self.f.anon.sort_array(self.f.anon.collect_list(values))
        return self.f.anon.get(ordered, sge.cast(sge.paren(place - 1), "INT"))


_COMPILER = _SparkCompiler()
