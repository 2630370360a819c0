"""A quick query that says itself whether it holds, and the one that always does."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from apps.engine.kinds.bench import Bench, Row

STRAYS = "strays"
"""What a quick query has to count besides its answers: rows that it would take for something they are not."""


class Optimist:
    """Asks the quick query until it meets rows that it is not right about, from then on the sure one."""

    def __init__(self, quick: str, sure: Callable[[], str], bench: Bench) -> None:
        self.quick, self._sure, self._bench = quick, sure, bench
        self.sql = quick or sure()

    def ask(self) -> Iterator[Row]:
        """The rows of answers over what is open."""
        if self.quick:
            rows = list(self._bench.ask(self.quick))
            if not any(row[STRAYS] for row in rows):
                yield from rows
                return
            self.quick, self.sql = "", self._sure()
        yield from self._bench.ask(self.sql)
