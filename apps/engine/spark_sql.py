"""Expressions as Spark SQL. Ibis' own compiler, but for what would not give the very figures of DuckDB."""

from __future__ import annotations

from typing import Any

import sqlglot.expressions as sge
from ibis.backends.sql.compilers.base import NULL, STAR
from ibis.backends.sql.compilers.pyspark import PySparkCompiler

TOO_LARGE = "ARITHMETIC_OVERFLOW: a sum has lost digits"
"""What a server says of such a sum, in the words of Spark's own error."""


def to_spark(expression: Any) -> str:
    """The expression as SQL of Spark, Databricks and Sail."""
    query = _COMPILER.to_sqlglot(expression.unbind())
    return str(query.sql(dialect=_COMPILER.dialect, pretty=True))


class _SparkCompiler(PySparkCompiler):  # type: ignore[misc]
    """Counts that are never empty, sums that are right, and percentiles that are one of the values."""

    __slots__ = ()

    def visit_CountStar(self, op: Any, *, arg: Any, where: Any) -> Any:
        """Rows that satisfy a condition: 0 where there is none. (Ibis sums the condition, which gives NULL.)"""
        return self.f.count(STAR) if where is None else self.f.count(self.if_(where, sge.convert(1), NULL))

    def visit_Sum(self, op: Any, *, arg: Any, where: Any) -> Any:
        """A sum, or an error where it is not near the one of doubles: Sail says nothing of digits that it loses."""
        total = self.agg.sum(arg, where=where)
        if op.arg.dtype.is_boolean() or op.arg.dtype.is_floating():
            return total
        double = sge.cast(arg, "DOUBLE") * sge.Literal.number("1E0")  # of a cast alone Sail makes the sum of its cell
        near, size = self.agg.sum(double, where=where), self.agg.sum(self.f.abs(double), where=where)
        far = self.f.abs(near - sge.cast(total, "DOUBLE")) > size * sge.Literal.number("1E-6")
        # Of its own sum each: what several sums have in common Spark works out at once, error or not.
        error = self.f.anon.raise_error(self.f.concat(sge.convert(f"{TOO_LARGE}: "), sge.cast(total, "STRING")))
        lost = self.f.coalesce(far, sge.convert(False))  # of nothing there is no sum; not false is asked for the error
        return self.if_(sge.And(this=lost, expression=error.is_(NULL)), NULL, total)

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
