"""Issues as people read them: each message is one that was translated, and each blocks or does not."""

from __future__ import annotations

from apps.kernel.issue import Issue
from tests.architecture import extraction

CATALOG = extraction.catalog("incentives")


def spoken(issue: Issue) -> str:
    """The issue in English, once it is known to be an issue of this room in order."""
    assert issue.blocking is True or issue.blocking is False
    assert isinstance(issue.where, str)
    assert known(issue.message), issue.message
    return str(issue)


def known(message: str) -> bool:
    """Whether the room's catalog has the message."""
    entry = CATALOG.get(message)
    return entry is not None and bool(entry.string)
