"""How readers say that a file is no table."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from apps.kernel.issue import Issue


class Unreadable(Exception):
    """The file cannot be read as a table; `issues` say why, each with the way out."""

    def __init__(self, issues: Sequence[Issue], kind: str = "") -> None:
        super().__init__("; ".join(map(str, issues)))
        self.issues = tuple(issues)
        self.kind = kind


class Damaged(ValueError):
    """A reader gave up on bytes that mean nothing; `row` is the row of a sheet, 0 if it is in none."""

    def __init__(self, what: str, row: int = 0) -> None:
        super().__init__(what)
        self.row = row


@contextmanager
def unharmed() -> Iterator[None]:
    """A panic of a library written in Rust becomes Damaged: it is no Exception, and would end the child as if it had
    been killed. Raises Damaged."""
    try:
        yield
    except BaseException as error:
        if type(error).__name__ != "PanicException":
            raise
        raise Damaged(str(error)[:200]) from error
