"""From which period on another version of a score holds. Every other kind holds for all of its periods."""

from __future__ import annotations

from datetime import date
from enum import StrEnum

from django.utils import timezone

from apps.kernel.issue import N_, Issue, Refusal
from apps.kernel.period import Grain
from apps.metrics.domain.definition import Definition, ScoreDefinition, parse
from apps.metrics.domain.differences import same_figures
from apps.metrics.models import MetricVersion
from apps.workspaces.scope import current_workspace

MOST_YEARS = 100
"""So far from today a start may lie: further away the calendar ends."""


class Since(StrEnum):
    """A start that is no date: the period that is running when it is decided, or all there ever was."""

    RUNNING = "running"
    EVER = "ever"


Start = date | Since

NOT_A_START = N_("%(day)s is not the first day of a period this score is read by. Choose one, such as %(example)s.")
ONLY_SCORES = N_("Only a score can change from a day on; other metrics are computed anew for all periods.")
WRONG_START = N_("The change cannot start then.")


def first_day_of_running(definition: Definition) -> date:
    """The first day of the shortest running period: no period that has ended is scored otherwise."""
    calendar = current_workspace().calendar
    grain = min(definition.grains, key=list(Grain).index)
    return calendar.period_of(calendar.today(timezone.now()), grain).start


def resolved(definition: Definition, start: Start) -> date | None:
    """A start as it is stored with a draft; None for all periods. Refusal if no period begins on that day."""
    if not isinstance(definition, ScoreDefinition):
        if isinstance(start, date):
            raise Refusal(WRONG_START, issues=[Issue("effective_from", ONLY_SCORES)])
        return None
    if start == Since.EVER:
        return None
    running = first_day_of_running(definition)
    if not isinstance(start, date):
        return running
    calendar = current_workspace().calendar
    if abs(start.year - running.year) > MOST_YEARS or all(
        calendar.period_of(start, Grain(grain)).start != start for grain in definition.grains
    ):
        filled = {"day": start.isoformat(), "example": running.isoformat()}
        raise Refusal(WRONG_START, issues=[Issue("effective_from", NOT_A_START, filled)])
    return start


def starts_on(before: MetricVersion | None, definition: Definition, start: Start) -> date | None:
    """From which day on a version that follows `before` holds; None for all periods.

    Where only words changed it holds for the periods of the version before. The first version of a score, and one that
    follows another kind, holds for all periods.
    """
    old = parse(before.definition) if before is not None else None
    if not isinstance(old, ScoreDefinition) or not isinstance(definition, ScoreDefinition):
        resolved(definition, start)
        return None
    assert before is not None  # noqa: S101 - it has a definition
    return before.effective_from if same_figures(old, definition) else resolved(definition, start)
