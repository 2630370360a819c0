"""Expressions as SQL of the engine that is to run them: one expression, whichever engine that is.

Ibis is loaded only when there is something to write.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

_SPOKEN: ContextVar[str] = ContextVar("dialect", default="duckdb")


@contextmanager
def speaking(dialect: str) -> Iterator[None]:
    """Let `written` give SQL of this dialect ("duckdb" or "pyspark")."""
    token = _SPOKEN.set(dialect)
    try:
        yield
    finally:
        _SPOKEN.reset(token)


def spoken() -> str:
    """The dialect that is spoken."""
    return _SPOKEN.get()


def written(expression: Any) -> str:
    """The expression as SQL of the dialect that is spoken."""
    dialect = _SPOKEN.get()
    if dialect == "pyspark":
        from apps.engine.spark_sql import to_spark

        return to_spark(expression)
    from apps.engine.duck_sql import to_duckdb

    return to_duckdb(expression)
