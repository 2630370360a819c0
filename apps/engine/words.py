"""How plans are put into words: each text by way of a translation."""

from __future__ import annotations

from collections.abc import Callable

Translate = Callable[[str], str]


def same(text: str) -> str:
    """No translation."""
    return text
