"""How many figures one request may come to."""

from __future__ import annotations

from apps.engine.failure import EngineFailure
from apps.kernel.issue import N_

MOST_ROWS = 500_000
"""Values of one request; more is a dimension that is none, such as an order number."""


def check_size(count: int, split_by: str | None) -> None:
    """Raise EngineFailure if there are too many."""
    if count > MOST_ROWS:
        message = N_("“%(column)s” has too many different values to split by; over %(most)s figures would come of it.")
        raise EngineFailure(message, {"column": split_by or "", "most": MOST_ROWS})
