"""One at a time: who changes definitions or writes values holds every metric, so that nobody writes from old ones."""

from __future__ import annotations

from django.db import transaction

from apps.metrics.models import Metric


def hold_metrics() -> dict[str, Metric]:
    """Lock every metric of the workspace until the transaction ends; the rows as they are now, by key.

    Rows are locked in one order, so two writers wait for each other and never deadlock; readers do not wait.
    """
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError("hold_metrics needs a transaction.")
    rows = Metric.objects.select_for_update(no_key=True, of=("self",)).select_related("current_version").order_by("pk")
    return {metric.key: metric for metric in rows}
