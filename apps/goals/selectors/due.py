"""How much of a cycle is over by a day, the way the cycle counts its days."""

from __future__ import annotations

from datetime import date
from fractions import Fraction

from apps.goals.domain.cycles import elapsed
from apps.goals.models import Cycle
from apps.targets.domain.calendars import Workdays, country_of
from apps.targets.domain.shapes import WorkingDays
from apps.workspaces.scope import current_workspace


def elapsed_of(cycle: Cycle, on: date) -> Fraction:
    """The share of a cycle's time that is over at the end of a day; of its working days, where the cycle says so."""
    if cycle.pace == Cycle.Pace.WORKDAYS:
        workdays = Workdays(country_of(current_workspace().calendar.time_zone))
        return WorkingDays(cycle.start, cycle.due, workdays).after(on)
    return elapsed(cycle.start, cycle.due, on)
