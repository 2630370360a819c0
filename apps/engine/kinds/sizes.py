"""How many figures one request may come to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from apps.engine.failure import EngineFailure
from apps.engine.plan import Planned
from apps.engine.requests import MeasureRow
from apps.kernel.issue import N_

MOST_ROWS = 500_000
"""Values of one request; more is a dimension that is none, such as an order number."""


def check_rows(rows: Sequence[MeasureRow], plans: Iterable[Planned]) -> None:
    """Raise EngineFailure if there are too many."""
    if len(rows) > MOST_ROWS:
        columns = {plan.id: plan.attribute.column if plan.attribute else plan.split_by for plan in plans}
        check_size(Counter(columns[row.plan] for row in rows))


def check_size(counts: Counter[str | None]) -> None:
    """Raise EngineFailure if those by all columns together are too many. It names the column with most of them."""
    if counts.total() > MOST_ROWS:
        ((column, _),) = counts.most_common(1)
        message = N_("“%(column)s” has too many different values to split by; over %(most)s figures would come of it.")
        raise EngineFailure(message, {"column": column or "", "most": MOST_ROWS})
