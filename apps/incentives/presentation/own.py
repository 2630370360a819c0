"""One's own pay in words: the estimate of a running period, what moves it, what if; who looked; what was said."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import groupby

from django.db.models import QuerySet
from django.utils.timezone import localdate
from django.utils.translation import gettext as _

from apps.common import formats
from apps.incentives.domain.attainment import ONE, Reading, attain
from apps.incentives.domain.levers import Estimate, Lever, WhatIf, better, place_of
from apps.incentives.domain.paper import FEW
from apps.incentives.domain.plan import Component
from apps.incentives.domain.proration import Days
from apps.incentives.domain.rounding import whole
from apps.incentives.domain.sentences import cents, number, percent
from apps.incentives.models import DisputeNote, Look, Run, Statement
from apps.incentives.presentation.statements import days_words
from apps.incentives.services.estimating import Outlook
from apps.kernel.issue import N_, Refusal


@dataclass(frozen=True)
class ComponentView:
    """A component of the running period: how it stands, and how it is expected to end."""

    key: str
    name: str
    weight: str
    actual: str
    target: str
    attained: str
    expected: str
    field: str
    typed: str
    changed: str
    would_be: str


@dataclass(frozen=True)
class LeverView:
    """One step of a metric and what it adds."""

    words: str
    own: str
    team: str
    gap: str
    gap_pays: str
    drivers: tuple[tuple[str, str], ...] = ()
    """The strongest drivers below the metric: what a step is, and what it adds."""


@dataclass(frozen=True)
class PlanView:
    """A running period of one plan."""

    name: str
    key: str
    days: str
    team: str
    likely: str
    low: str
    high: str
    as_now: bool
    ranged: bool
    missing: str
    components: tuple[ComponentView, ...]
    levers: tuple[LeverView, ...]
    what_if: str
    change: str
    change_minor: int
    ladder: tuple[RungView, ...]
    range: RangeView | None
    all_field: str
    asked: bool


MOST_DRIVERS = 3
LEVELS = tuple(Fraction(percents, 100) for percents in (80, 90, 100, 110, 120))
"""The attainments of everything that are worked out unasked."""
BAR = 300


@dataclass(frozen=True)
class RungView:
    """What one attainment of everything would pay; `bar` is its length, in parts of `BAR`."""

    share: str
    percents: str
    amount: str
    change: str
    bar: int
    chosen: bool


@dataclass(frozen=True)
class RangeView:
    """The estimate between its ends, on a line from nothing to the most that is shown; in parts of `BAR`."""

    low: int
    likely: int
    high: int

    @property
    def width(self) -> int:
        return max(self.high - self.low, 2)


def plan_view(
    found: Outlook,
    foreseen: tuple[int, tuple[WhatIf, ...]] | None,
    shares: Mapping[str, Fraction],
    names: Mapping[str, str],
    rungs: Sequence[int] = (),
) -> PlanView:
    """Everything the page says of one plan. No query.

    `names` are those of metrics, by key; `rungs` what each of `LEVELS` pays.
    """
    told = found.estimate
    currency = told.currency if told else found.terms.currency
    likely = told.likely if told else 0
    total, parts = foreseen if foreseen is not None and shares else (likely, ())
    changed = {each.component.key: each for each in parts}
    return PlanView(
        name=found.version.plan.name,
        key=found.version.plan.key,
        days=days_words(found.days),
        team=found.team_name,
        likely=cents(likely, currency) if told else "",
        low=cents(told.low, currency) if told else "",
        high=cents(told.high, currency) if told else "",
        ranged=bool(told and told.ranged),
        as_now=not found.expected,
        missing=formats.listed(dict.fromkeys(each.where for each in found.issues if each.where)),
        components=tuple(_component(found, each, shares, changed, currency) for each in found.terms.components),
        levers=tuple(_lever(each, currency, _drivers(found, each, names, currency)) for each in found.levers),
        what_if=cents(total, currency) if parts else "",
        change=_signed(total - likely, currency) if parts else "",
        change_minor=total - likely,
        ladder=tuple(_ladder(rungs, likely, set(shares.values()), currency)) if told else (),
        range=_range(told, max([told.high, *rungs])) if told and told.ranged else None,
        all_field=f"{found.version.plan.key}-all",
        asked=bool(shares),
    )


def _ladder(rungs: Sequence[int], likely: int, asked: set[Fraction], currency: str) -> Iterator[RungView]:
    most = max([*rungs, 1])
    for level, minor in zip(LEVELS, rungs, strict=False):
        yield RungView(
            percent(level), number(level * 100), cents(minor, currency), _signed(minor - likely, currency),
            _part(minor, most), asked == {level},
        )  # fmt: skip


def _range(told: Estimate, most: int) -> RangeView:
    return RangeView(_part(told.low, most), _part(told.likely, most), _part(told.high, most))


def _part(minor: int, most: int) -> int:
    return whole(Fraction(max(minor, 0) * BAR, max(most, 1)))


def _component(
    found: Outlook,
    component: Component,
    shares: Mapping[str, Fraction],
    changed: Mapping[str, WhatIf],
    currency: str,
) -> ComponentView:
    reading = found.snapshot.readings.get(place_of(component, found.team), Reading())
    expected, told = found.expected.get(component.key), changed.get(component.key)
    share = shares.get(component.key)
    return ComponentView(
        key=component.key,
        name=component.name,
        weight=percent(component.weight) if component.tiers is None else "",
        actual=_figure(reading.actual),
        target=_figure(reading.target),
        attained=_attained(component, reading),
        expected=_expected_words(expected.value, expected.low, expected.high) if expected else "",
        field=f"{found.version.plan.key}-{component.key}",
        typed="" if share is None else number(share * 100).replace(",", ""),
        changed=_signed(told.change, currency) if told else "",
        would_be=_figure(told.actual) if told else "",
    )


def _figure(value: Fraction | None) -> str:
    return "–" if value is None else number(value)


def _rough(value: Fraction) -> str:
    """An expectation has no more figures than it deserves: none after the point from a hundred on, else two."""
    scale = ONE if abs(value) >= 100 else Fraction(100)
    return number(Fraction(whole(value * scale), scale))


def _expected_words(value: Fraction, low: Fraction | None, high: Fraction | None) -> str:
    if low is None or high is None:
        return _rough(value)
    return _("%(value)s (%(low)s to %(high)s)") % {
        "value": _rough(value), "low": _rough(min(low, high)), "high": _rough(max(low, high)),
    }  # fmt: skip


def _attained(component: Component, reading: Reading) -> str:
    try:
        found = attain(component.attaining, reading)
    except Refusal:
        return "–"
    return number(found.value) if component.attaining.basis == "actual" else percent(found.value)


def _drivers(found: Outlook, lever: Lever, names: Mapping[str, str], currency: str) -> tuple[tuple[str, str], ...]:
    """What drives the metric of a lever, the strongest first."""
    mine = [each for each in found.drivers if each.component.key == lever.component.key]
    return tuple(
        (
            (_("%(step)s more of “%(name)s”") if each.step > 0 else _("%(step)s less of “%(name)s”"))
            % {"step": number(abs(each.step)), "name": names.get(each.metric, each.metric)},
            _signed(each.own, currency),
        )
        for each in mine[:MOST_DRIVERS]
    )


def _lever(lever: Lever, currency: str, drivers: tuple[tuple[str, str], ...]) -> LeverView:
    figures = {"step": number(lever.step), "name": lever.component.name}
    more = _("%(step)s more of “%(name)s”") if better(lever.component) > 0 else _("%(step)s less of “%(name)s”")
    team = ""
    if lever.everybody is not None and lever.people >= FEW:
        team = _("%(amount)s for the team of %(people)s") % {
            "amount": _signed(lever.everybody, currency), "people": lever.people,
        }  # fmt: skip
    gap, pays = "", ""
    if lever.gap is not None and lever.gap_pays is not None:
        gap = _("%(gap)s to the next point of the curve") % {"gap": _rough(lever.gap)}
        pays = _signed(lever.gap_pays, currency)
    return LeverView(more % figures, _signed(lever.own, currency), team, gap, pays, drivers)


def _signed(minor: int, currency: str) -> str:
    return f"+{cents(minor, currency)}" if minor > 0 else cents(minor, currency)


# --- who looked, what was said ---------------------------------------------------------------------------------------

WHERE = {
    "run": N_("in a run"),
    "calculation": N_("in a calculation"),
    "pool": N_("in a pool"),
    "balance": N_("on the list of what is owed back"),
    "ledger": N_("in the ledger"),
    "statement": N_("on a statement"),
    "people": N_("on the list of who takes part"),
    "scope": N_("on the list of teams they look after"),
    "file": N_("in a file"),
    "api": N_("by the API"),
    "dispute": N_("in a dispute"),
}


@dataclass(frozen=True)
class LookView:
    """Somebody's looks of one day at one place, one after the other."""

    who: str
    where: str
    plan: str
    when: str
    times: int


def looks(rows: Iterable[Look]) -> Sequence[LookView]:
    """Who, where, of which plan, when last; looks of one day that follow each other are one line."""
    alike = groupby(rows, lambda each: (each.by_name, each.where, each.participant.plan.name, localdate(each.at)))
    return [
        LookView(who, _(WHERE.get(where, where)), plan, formats.moment(next(same).at), 1 + sum(1 for _each in same))
        for (who, where, plan, _day), same in alike
    ]


DONE = {
    "raise": N_("disputes the statement"),
    "say": N_("adds"),
    "answer": N_("answers"),
    "accept": N_("accepts the dispute"),
    "refuse": N_("refuses the dispute"),
    "close": N_("closes the dispute"),
}


def notes(rows: Iterable[DisputeNote]) -> Sequence[tuple[str, str, str, str]]:
    """Who, what they did, what they said, when."""
    return [(each.by_name, _(DONE[each.act]), each.text, formats.moment(each.at)) for each in rows]


def days_of(run: Run) -> Days:
    """The days of a run."""
    return Days(run.first, run.last)


def average(rows: QuerySet[Statement]) -> str:
    """What people are paid on average, by currency, half up to the cent; "" for fewer than five."""
    by_currency: dict[str, list[int]] = {}
    for currency, pay in rows.order_by().values_list("currency", "pay"):
        by_currency.setdefault(currency, []).append(pay)
    told = [
        cents(whole(Fraction(sum(pays), len(pays))), currency)
        for currency, pays in sorted(by_currency.items())
        if len(pays) >= FEW
    ]
    return formats.listed(told)
