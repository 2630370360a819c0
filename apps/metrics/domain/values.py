"""What a value is and may be called: states, coverage, filling and restating. Nothing missing is ever 0."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from typing import Any

from apps.kernel.issue import N_
from apps.kernel.period import Calendar, Period, Span
from apps.metrics.domain.arithmetic import TOO_LARGE, fits, rounded
from apps.metrics.domain.look import Look
from apps.metrics.domain.money import Money
from apps.metrics.domain.reasons import Reason

OPEN = "open"
PROVISIONAL = "provisional"
FINAL = "final"
RESTATED = "restated"
NO_DATA = "no_data"
UNDEFINED = "undefined"
SETTLED = (FINAL, RESTATED)
UNSETTLED = (OPEN, PROVISIONAL)

NOT_COVERED = N_("Nothing uploaded to %(dataset)s covers this period.")
NO_LONGER_COVERED = N_("There was a value once; the data no longer covers this period.")
REACHES_TO = N_("%(dataset)s reaches to %(day)s.")
STARTS_ON = N_("%(dataset)s starts on %(day)s.")
HISTORY_MISSING = N_("It needs %(n)s periods, and %(dataset)s does not cover all of them.")
NOT_BEGUN = N_("What it looks for happens from %(day)s on.")
MATURES = N_("It can still rise until %(day)s.")
NOT_REACHED = N_("%(dataset)s does not reach the days from %(day)s on that it looks at.")
BEFORE_KNOWN = N_("The data is complete from %(day)s on: who came before is not known.")
NO_ROWS = N_("No row has a value in this period.")
NOTHING_TO_DIVIDE_BY = N_("There is nothing to divide by: the denominator is 0.")

_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Coverage:
    """The days that the uploads of one data set speak for: merged spans from a first to a last day, both included.

    A covered day without rows is a true 0; a day that is not covered is not known.
    """

    dataset: str
    spans: tuple[tuple[date, date], ...] = ()

    @classmethod
    def of(cls, dataset: str, spans: Iterable[tuple[date, date]]) -> Coverage:
        """Merge spans that overlap or touch."""
        merged: list[tuple[date, date]] = []
        for first, last in sorted(spans):
            if merged and first <= merged[-1][1] + _DAY:
                merged[-1] = (merged[-1][0], max(last, merged[-1][1]))
            else:
                merged.append((first, last))
        return cls(dataset, tuple(merged))

    @property
    def first(self) -> date | None:
        return self.spans[0][0] if self.spans else None

    @property
    def last(self) -> date | None:
        return self.spans[-1][1] if self.spans else None

    def within(self, first: date, last: date) -> Coverage:
        """The part of it from `first` to `last`, both included."""
        return Coverage(
            self.dataset, tuple((max(a, first), min(b, last)) for a, b in self.spans if a <= last and b >= first)
        )

    def change_to(self, other: Coverage) -> tuple[date, date] | None:
        """From the first to the last day that only one of the two covers; None if they cover the same days."""
        edges: dict[date, int] = {}
        for coverage, weight in ((self, 1), (other, 2)):
            for first, last in coverage.spans:
                edges[first] = edges.get(first, 0) + weight
                edges[last + _DAY] = edges.get(last + _DAY, 0) - weight
        days, level = sorted(edges), 0
        only_one: list[tuple[date, date]] = []
        for day, following in pairwise(days):
            level += edges[day]
            if level in (1, 2):
                only_one.append((day, following - _DAY))
        return (only_one[0][0], only_one[-1][1]) if only_one else None

    def touches(self, span: Span | Period) -> bool:
        """Whether any of the days is covered."""
        return any(first < span.end and last >= span.start for first, last in self.spans)


@dataclass(frozen=True)
class Cell:
    """A value of one period and member, ready to be stored: at 12 places, with its state and why."""

    numerator: Decimal | None
    denominator: Decimal | None
    value: Decimal | None
    n: int
    state: str
    reason: Reason | None = None
    former_value: Decimal | None = None


def missing(state: str, reason: Reason) -> Cell:
    """A cell without a value."""
    return Cell(None, None, None, 0, state, reason)


@dataclass(frozen=True)
class Measurement:
    """What came back from the rows: undivided sides (denominator None where the metric has none) and rows behind it."""

    numerator: Decimal | None
    denominator: Decimal | None
    n: int


@dataclass(frozen=True)
class Verdict:
    """What a value of a period may be: its state or "no_data" or "undefined" if it has none.

    `blank`: it is open and has no value yet, because what it looks for cannot have happened.
    """

    state: str
    reason: Reason | None = None
    blank: bool = False


@dataclass(frozen=True)
class Frame:
    """What a value of one period is judged by: the calendar, today, what the data it reads covers, how far it looks.

    `parts` says how far those values look that are kept as members of a built-in dimension: the periods of a curve;
    `money` what of the amounts is converted.
    """

    calendar: Calendar
    today: date
    coverages: Sequence[Coverage]
    look: Look = field(default_factory=Look)
    parts: Mapping[str, Look] = field(default_factory=dict)
    money: Money = field(default_factory=Money)

    def judge(self, period: Period, part: str = "") -> Verdict:
        """What a value of `period` may be, whatever it comes to; `part` is a member of the built-in dimension."""
        look = self.parts.get(part, self.look)
        for coverage in self.coverages:
            if not coverage.touches(period):
                return Verdict(NO_DATA, Reason(NOT_COVERED, {"dataset": coverage.dataset}))
        unknown = self._unknown(period, look)
        if unknown is not None:
            return unknown
        if self.today < period.end:
            return Verdict(OPEN, blank=look.ahead > 0)
        return self._maturing(period, look) or self._complete(period, look)

    def _unknown(self, period: Period, look: Look) -> Verdict | None:
        """Why the past of a period is not known well enough, if it is not."""
        if look.known_since is not None and period.start <= look.known_since:
            return Verdict(UNDEFINED, Reason(BEFORE_KNOWN, {"day": look.known_since.isoformat()}))
        earlier = look.needed(self.calendar, period)
        for coverage in self.coverages:
            if not all(coverage.touches(before) for before in earlier):
                filled = {"n": len(earlier) + 1, "dataset": coverage.dataset}
                return Verdict(UNDEFINED, Reason(HISTORY_MISSING, filled))
        return None

    def _maturing(self, period: Period, look: Look) -> Verdict | None:
        """Why a value that looks ahead is not mature, if it is not: it is open, never low."""
        matures = look.matures(self.calendar, period)
        if look.awaits:
            awaited = self.calendar.shift(period, look.awaits)
            day = {"day": awaited.start.isoformat()}
            if self.today < awaited.start:
                return Verdict(OPEN, Reason(NOT_BEGUN, day), blank=True)
            for coverage in self.coverages:
                if not coverage.touches(awaited):
                    why = Reason(NOT_REACHED, {"dataset": coverage.dataset, **day})
                    running = self.today < awaited.end
                    return Verdict(OPEN, why, blank=True) if running else Verdict(NO_DATA, why)
        if self.today < matures:
            return Verdict(OPEN, Reason(MATURES, {"day": matures.isoformat()}))
        return None

    def _complete(self, period: Period, look: Look) -> Verdict:
        """Whether the data covers all that a value looks at."""
        start, end = look.start(self.calendar, period), look.matures(self.calendar, period)
        for coverage in self.coverages:
            if coverage.last is not None and coverage.last < end - _DAY:
                return Verdict(PROVISIONAL, Reason(REACHES_TO, _day_of(coverage, coverage.last)))
            if coverage.first is not None and coverage.first > start:
                return Verdict(PROVISIONAL, Reason(STARTS_ON, _day_of(coverage, coverage.first)))
        return Verdict(FINAL)


def _day_of(coverage: Coverage, day: date) -> dict[str, str]:
    return {"dataset": coverage.dataset, "day": day.isoformat()}


def measured(verdict: Verdict, found: Measurement) -> Cell:
    """The cell of a metric that is read from rows. `found` holds 0 where sums and counts found nothing."""
    if verdict.state in (NO_DATA, UNDEFINED) or verdict.blank:
        return Cell(None, None, None, found.n, verdict.state, verdict.reason)
    trouble = _trouble(found)
    if trouble is not None:
        return Cell(None, None, None, found.n, UNDEFINED, Reason(trouble))
    exact = exact_value(found.numerator, found.denominator)
    if exact is None:
        why = Reason(NOTHING_TO_DIVIDE_BY if found.n else NO_ROWS)
        return Cell(found.numerator, found.denominator, None, found.n, UNDEFINED, why)
    if not fits(exact):
        return Cell(found.numerator, found.denominator, None, found.n, UNDEFINED, Reason(TOO_LARGE))
    return Cell(found.numerator, found.denominator, rounded(exact), found.n, verdict.state, verdict.reason)


def _trouble(found: Measurement) -> str | None:
    if found.numerator is None:
        return NO_ROWS
    return None if fits(found.numerator) and fits(found.denominator) else TOO_LARGE


def exact_value(numerator: Decimal | None, denominator: Decimal | None) -> Fraction | None:
    """The value before it is rounded; None without a numerator, or with a denominator of 0."""
    if numerator is None or denominator == 0:
        return None
    return Fraction(numerator) / Fraction(denominator) if denominator is not None else Fraction(numerator)


def restated(former: Cell | None, new: Cell, cause: Reason) -> Cell:
    """`new` with the settled value that people saw before, where that differs; the same again changes nothing.

    Only for values of one version of a definition: another definition is another figure, not a correction.
    """
    if former is None:
        return new
    settled = former.state in SETTLED
    before = former.value if settled else former.former_value
    if before is None:
        return new
    if new.value == before:
        if former.state != RESTATED:
            return new
        kept = replace(new, former_value=former.former_value)
        return replace(kept, state=RESTATED, reason=former.reason) if new.state == FINAL else kept
    if new.state == FINAL:
        return replace(new, state=RESTATED, reason=cause, former_value=before)
    return replace(new, former_value=before)


def state_today(state: str, period_end: date, today: date, reason: Mapping[str, Any] | None = None) -> str:
    """The stored state as of today: an open period that has ended, and matured, since then is provisional.

    `reason` is the stored one: it says until when a value that looks ahead stays open.
    """
    if state != OPEN:
        return state
    until = period_end
    if reason and reason.get("message") in (MATURES, NOT_BEGUN):
        until = max(until, date.fromisoformat(reason["params"]["day"]))
    return PROVISIONAL if today >= until else OPEN


def worst(states: Iterable[str]) -> str:
    """The state of something made of settled and unsettled values: open before provisional before final."""
    found = set(states)
    return OPEN if OPEN in found else PROVISIONAL if PROVISIONAL in found else FINAL
