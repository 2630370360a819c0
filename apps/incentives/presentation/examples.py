"""What a plan pays in an example: readings that were measured or typed, drawn on each curve and told step by step."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from fractions import Fraction

from django.utils.translation import gettext

from apps.incentives.domain import sample
from apps.incentives.domain.attainment import Basis, Reading, attain
from apps.incentives.domain.explain import worked_example
from apps.incentives.domain.plan import Combine, Component, Kind, Plan
from apps.incentives.domain.run import calculate
from apps.incentives.domain.sentences import cents
from apps.incentives.presentation.curves import Drawing, drawing, tier_rows
from apps.kernel.issue import N_, Refusal

USUAL_LEVEL = Fraction(92, 100)
MONEY = Fraction(30_000)


@dataclass(frozen=True)
class Example:
    """What comes out: an amount in words, its sentences by component key, and those of the whole ("")."""

    amount: str
    sentences: tuple[str, ...]
    trouble: tuple[str, ...] = ()


def readings(plan: Plan, known: Mapping[str, Reading], typed: Mapping[str, Reading]) -> dict[str, Reading]:
    """A reading for each component by its key: what was typed, else what was measured, else made up."""
    found = {}
    for each in plan.components:
        made = _made_up(each)
        measured = known.get(each.metric, Reading())
        if measured.actual is None or _lacks_target(each, measured):
            measured = made
        said = typed.get(each.key, Reading())
        given = {name: value for name in ("actual", "target") if (value := getattr(said, name)) is not None}
        found[each.key] = replace(measured, **given)
    return found


def _made_up(component: Component) -> Reading:
    rule, curve = component.attaining, component.curve
    if component.tiers is not None:
        bands = component.tiers.bands
        return Reading(actual=bands[-1].start + 1000 if bands else Fraction(1000))
    if rule.basis is Basis.ACTUAL and curve.points:
        return Reading(actual=curve.points[len(curve.points) // 2].x)
    return sample.reading_at(rule, USUAL_LEVEL)


def _lacks_target(component: Component, reading: Reading) -> bool:
    basis = component.attaining.basis
    if component.tiers is not None or basis is Basis.ACTUAL:
        return False
    if basis is Basis.RANGE:
        return reading.low is None or reading.high is None or reading.tolerance is None
    return reading.target is None or (basis is Basis.BASELINE and reading.start is None)


def example(plan: Plan, told: Mapping[str, Reading], target: Fraction = MONEY) -> Example:
    """One person's amount in the example (in a pool: the first of three)."""
    known = sample.around(plan)
    for each in plan.components:
        known[sample.key_of(each.key, each.scope)] = told[each.key]
    everybody = sample.people(plan, sample.QUARTER, target)
    snapshot = sample.example(plan, known, money=target,
                              everybody=everybody if plan.kind is Kind.POOL else everybody[:1])  # fmt: skip
    try:
        run = calculate(snapshot)
        if run.blocked:
            return Example("", (), tuple(issue.in_words(gettext) for issue in run.blocked[0].issues))
        result = run.by_key["a"]
        found = worked_example(snapshot, run, "a")
    except Refusal as refusal:
        return Example("", (), (refusal.in_words(gettext),))
    except (IndexError, ZeroDivisionError):  # a curve without points: the linter says so
        return Example("", (), (gettext(UNFINISHED),))
    return Example(cents(result.total, result.currency), tuple(each.in_words(gettext) for each in found))


UNFINISHED = N_("As soon as every curve has its points, an example stands here.")


@dataclass(frozen=True)
class Sketch:
    """What is drawn of one component."""

    at: int
    name: str
    drawing: Drawing | None
    tiers: tuple[tuple[str, str], ...] = ()


def sketches(plan: Plan, told: Mapping[str, Reading], target: Fraction = MONEY) -> list[Sketch]:
    """Each component's curve with the example on it, and the money of its weight."""
    found = []
    for at, each in enumerate(plan.components):
        if each.tiers is not None:
            found.append(Sketch(at, each.name, None, tier_rows(each.tiers, plan.currency)))
            continue
        share = each.weight if plan.combine is Combine.WEIGHTED else Fraction(1)
        here = _here(each, told[each.key])
        on_values = each.attaining.basis is Basis.ACTUAL
        found.append(
            Sketch(at, each.name, drawing(each.curve, on_values=on_values, currency=plan.currency,
                                          target=target * share, here=here))
        )  # fmt: skip
    return found


def _here(component: Component, reading: Reading) -> Fraction | None:
    try:
        attained = attain(component.attaining, reading)
    except Refusal:
        return None
    return None if attained.top else attained.value
