"""Remind of targets that are to be looked at again: once for each target and day, whoever runs twice."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import transaction
from django.urls import reverse
from django.utils import translation

from apps.accounts import selectors as accounts
from apps.kernel.issue import N_
from apps.metrics import selectors as metrics
from apps.notifications.selectors import told_before
from apps.notifications.services import tell
from apps.targets.selectors.finding import in_force
from apps.workspaces.scope import current_workspace

KIND = "targets.review"
MESSAGE = N_("The target for %(metric)s was to be looked at again on %(day)s.")
FROM_HOUR = 9
BACK = timedelta(days=14)
"""So long a scheduler may have been away: nobody is told of what is longer past."""


@transaction.atomic
def remind_of_reviews(now: datetime) -> int:
    """Tell of each target in force whose day has come, from nine on, who answers for it; where they left, who set it.

    How many were told something new. Four queries, and a few for each who is told.
    """
    at = now.astimezone(ZoneInfo(current_workspace().time_zone))
    today = at.date() if at.hour >= FROM_HOUR else at.date() - timedelta(days=1)
    rows = in_force(teams=True).filter(review_on__gt=today - BACK, review_on__lte=today, due__gte=today)
    due = {f"target-review:{row.pk}:{row.review_on.isoformat()}": row for row in rows.select_related("team")}
    if not due:
        return 0
    away = accounts.inactive_among({row.owner_id for row in due.values()} - {None})
    before = told_before(due)
    names = _names()
    told = 0
    for key, row in due.items():
        person = row.owner_id if row.owner_id and row.owner_id not in away else row.set_by
        if (person, key) not in before:
            of = row.member or (row.team.name if row.team else "")
            name = f"{names[row.metric_id]} · {of}" if of else names[row.metric_id]
            told += tell(
                people=[person], kind=KIND, message=MESSAGE, key=key, params={"metric": name, "day": row.review_on},
                url=reverse("targets:history", args=[row.pk]),
            )  # fmt: skip
    return told


def _names() -> dict[UUID, str]:
    """What metrics are called in the company's language. One query."""
    with translation.override(current_workspace().language):
        return {view.id: view.name for view in metrics.metrics(archived=True)}
