"""What each child of the engine took, by its own account."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from apps.engine import parent

Usage = dict[str, float]
"""`cpu_s` and `peak_mib`."""


class _Listener(logging.Handler):
    def __init__(self) -> None:
        super().__init__(logging.INFO)
        self.taken: list[Usage] = []

    def emit(self, record: logging.LogRecord) -> None:
        """The last thing the caller's line tells is what the child took."""
        assert isinstance(record.args, tuple)
        self.taken.append(record.args[-1])  # type: ignore[arg-type]


@contextmanager
def heard() -> Iterator[list[Usage]]:
    """A list that grows by what each child took, as long as the block runs."""
    listener, level = _Listener(), parent.logger.level
    parent.logger.setLevel(logging.INFO)
    parent.logger.addHandler(listener)
    try:
        yield listener.taken
    finally:
        parent.logger.removeHandler(listener)
        parent.logger.setLevel(level)
