"""Ask for the uploaded rows behind a value: a page of them, or all of them as a file."""

from __future__ import annotations

import re
from pathlib import Path

from django.db import transaction

from apps.accounts.domain.roles import Actor
from apps.audit.services import record
from apps.datasets.services import storage
from apps.kernel.issue import N_, NotHere, Refusal
from apps.metrics import selectors
from apps.metrics.models import MetricValue
from apps.metrics.selectors.sources import rows_subject
from apps.work.services import Work, enqueue

ROWS_PER_PAGE = 100
"""Rows on a page of "where does this come from"."""

_SIDE = re.compile(r"(numerator|denominator)(\.[a-z0-9_]{1,60})?")
"""The name of a look (`domain.behind`), safe as a part of a file's name."""

ROW_FILES = "value-rows"
"""The folder of files of rows behind values."""

NO_ROWS_BEHIND = N_("There are no uploaded rows behind this value.")


@transaction.atomic
def request_rows(*, actor: Actor, value_id: int, side: str = "numerator", page: int = 1) -> Work:
    """Have a worker read page `page` (from 1) of the rows behind one side of a value; the page is kept when read.

    Refusal for a side the value does not have: the values behind a formula are in `selectors.value_for(...).inputs`.
    """
    value = _value_with_rows(actor, value_id, side)
    if page < 1:
        raise Refusal(NO_ROWS_BEHIND, status=404)
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


@transaction.atomic
def request_rows_file(*, actor: Actor, value_id: int, side: str = "numerator") -> Work:
    """Have a worker write all rows behind one side of a value to a CSV file. Refusal as for `request_rows`."""
    value = _value_with_rows(actor, value_id, side)
    note = f"{value.grain} {value.period_start} {side} CSV"
    record(actor=actor, act="metric.rows_read", subject=value.metric, note=note)
    return enqueue(
        "metrics.rows_file",
        subject=rows_subject(value, side, 0),
        about=value.metric.key,
        asked_by=actor.id,
        value_id=value.pk,
        side=side,
    )


def rows_file(value_id: int, side: str) -> Path | None:
    """The file of all rows behind a side of a value as it is now, if a worker has written it. One query."""
    value = MetricValue.objects.filter(pk=value_id).first()
    path = path_of_rows(value, side) if value and _SIDE.fullmatch(side) else None
    return path if path and path.is_file() else None


def path_of_rows(value: MetricValue, side: str) -> Path:
    """Where the file of a value's rows lies; a value that is computed anew has another one."""
    return storage.root() / ROW_FILES / f"{value.pk}-{value.run_id}-{side}.csv"


def _value_with_rows(actor: Actor, value_id: int, side: str) -> MetricValue:
    actor.must("metrics.rows")
    value = MetricValue.objects.select_related("metric").filter(pk=value_id).first()
    if value is None:
        raise NotHere(N_("There is no such value; it may have been computed anew."))
    if side not in selectors.value_for(value_id).sides:
        raise Refusal(NO_ROWS_BEHIND, status=404)
    return value
