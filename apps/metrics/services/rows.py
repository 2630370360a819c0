"""Ask for the uploaded rows behind a value."""

from __future__ import annotations

from django.db import transaction

from apps.accounts.domain.roles import Actor
from apps.audit.services import record
from apps.kernel.issue import N_, NotHere, Refusal
from apps.metrics import selectors
from apps.metrics.models import MetricValue
from apps.metrics.selectors.sources import rows_subject
from apps.work.services import Work, enqueue

ROWS_PER_PAGE = 100
"""Rows on a page of "where does this come from"."""


@transaction.atomic
def request_rows(*, actor: Actor, value_id: int, side: str = "numerator", page: int = 1) -> Work:
    """Have a worker read page `page` (from 1) of the rows behind one side of a value; the page is kept when read.

    Refusal for a side the value does not have: the values behind a formula are in `selectors.value_for(...).inputs`.
    """
    actor.must("metrics.rows")
    value = MetricValue.objects.select_related("metric").filter(pk=value_id).first()
    if value is None:
        raise NotHere(N_("There is no such value; it may have been computed anew."))
    if side not in selectors.value_for(value_id).sides or page < 1:
        raise Refusal(N_("There are no uploaded rows behind this value."), status=404)
    record(actor=actor, act="metric.rows_read", subject=value.metric, note=f"{value.grain} {value.period_start} {side}")
    return enqueue(
        "metrics.rows",
        subject=rows_subject(value, side, page),
        about=value.metric.key,
        asked_by=actor.id,
        value_id=value.pk,
        side=side,
        page=page,
    )
