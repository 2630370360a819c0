"""One at a time: who changes definitions or writes values holds every metric, so that nobody writes from old ones."""

from __future__ import annotations

from django.db import transaction

from apps.metrics.models import Edition, Metric


def hold_metrics() -> dict[str, Metric]:
    """Lock every metric of the workspace until the transaction ends; the rows as they are now, by key.

    Rows are locked in one order, so two writers wait for each other and never deadlock; readers do not wait. The
    current versions are read after that: a join would look for them as they were before the wait, and find none. What
    is shown of metrics has another edition once the transaction is done.
    """
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError("hold_metrics needs a transaction.")
    rows = Metric.objects.select_for_update(no_key=True).prefetch_related("current_version").order_by("pk")
    found = {metric.key: metric for metric in rows}
    new_edition("metrics")
    return found


def new_edition(subject: str) -> None:
    """Let nothing that was finished of `subject` be shown any more, once the caller's transaction is done.

    Whoever changes what pages show of it calls this in the same transaction, after every lock of its own.
    """
    edition = Edition(subject=subject)
    Edition.objects.bulk_create([edition], update_conflicts=True, unique_fields=["subject"], update_fields=["mark"])
