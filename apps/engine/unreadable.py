"""How readers say that a file is no table."""

from __future__ import annotations

from collections.abc import Sequence

from apps.kernel.issue import Issue


class Unreadable(Exception):
    """The file cannot be read as a table; `issues` say why, each with the way out."""

    def __init__(self, issues: Sequence[Issue], kind: str = "") -> None:
        super().__init__("; ".join(map(str, issues)))
        self.issues = tuple(issues)
        self.kind = kind
