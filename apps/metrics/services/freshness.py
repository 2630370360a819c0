"""Tell higher rooms that figures are new. They add themselves with `tell_fresh` when the product starts."""

from __future__ import annotations

from collections.abc import Callable

Hearer = Callable[[], object]
"""Called in the transaction that wrote values, or that changed which metrics are in the tree; asks for work at most."""

_hearers: dict[str, Hearer] = {}


def tell_fresh(room: str, hearer: Hearer) -> None:
    """Register who in `room` hears of new figures; called once, in its AppConfig.ready."""
    _hearers[room] = hearer


def figures_are_new() -> None:
    """Call everybody who wants to hear of it, in the caller's transaction."""
    for hearer in _hearers.values():
        hearer()
