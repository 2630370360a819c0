"""How a reading ends, and what that means for its source."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from django.conf import settings

from apps.kernel.issue import Issue
from apps.sources.domain.schedule import next_run, try_again_at
from apps.sources.models import Pull, Source
from apps.sources.services import telling
from apps.sources.services.clock import begin
from apps.sources.services.rows import as_json
from apps.workspaces.scope import current_workspace


def succeeded(source: Source, pull: Pull, status: str, now: datetime) -> None:
    """It came to its end: loaded, or nothing new. Goes on at once where there is more."""
    pull.status, pull.ended_at = status, now
    pull.save()
    if source.failures:
        source.failures = 0
        telling.tell_owner(source, "sources.works_again", telling.WORKS, pull)
    source.save()
    if pull.more:
        begin(source, why=Pull.Why.MORE)


def failed(source: Source, pull: Pull, issues: Sequence[Issue], now: datetime, *, retry: bool) -> None:
    """It failed: tried again a little later where that may help, by the clock otherwise; paused if it goes on so."""
    pull.status, pull.problem, pull.ended_at = Pull.Status.FAILED, as_json(issues), now
    pull.save()
    source.failures += 1
    if source.status == Source.Status.ACTIVE:
        regular = next_run(source.clock, now, ZoneInfo(current_workspace().time_zone))
        if source.failures >= settings.SOURCE_FAILURES:
            source.status, source.next_at, source.problem = Source.Status.PAUSED, None, pull.problem
            telling.tell_owner(source, "sources.failed", telling.PAUSED, pull, count=source.failures)
        else:
            source.next_at = try_again_at(source.failures, now, regular) if retry else regular
            if source.failures == 1:
                telling.tell_owner(source, "sources.failed", telling.FAILED, pull)
    source.save()


def dropped(source: Source, pull: Pull, now: datetime) -> None:
    """Somebody removed the file it brought: its rows are read again the next time."""
    pull.status, pull.ended_at = Pull.Status.DROPPED, now
    pull.save()
    source.mark = pull.mark_before
    source.save()
