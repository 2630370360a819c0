"""A plan in words, for those who are paid by it: every setting has its sentence, and a setting that is not used none.

Sentences come from the plan alone, so what people sign is what is calculated. They stand in `plan_sentences`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from apps.incentives.domain import plan_sentences as say
from apps.incentives.domain.attainment import Attaining, Basis, Direction, RangeRule
from apps.incentives.domain.curve import Above, Curve, Shape, Tiers
from apps.incentives.domain.plan import (
    Combine,
    Component,
    Condition,
    Gate,
    Kind,
    Multiplier,
    Plan,
)
from apps.incentives.domain.sentences import Sentence, Translate, cents, money, number, percent
from apps.kernel.issue import N_


@dataclass(frozen=True)
class Frame:
    """What stands beside a plan and decides nothing about an amount: for which days, and how it is handled."""

    first: date
    last: date | None = None
    period: str = "quarter"
    approval_steps: int = 1
    dispute_days: int = 10
    lead_sees_team: bool = False
    show_estimate: bool = True


@dataclass(frozen=True)
class Section:
    """A heading (a msgid) and its sentences; `name` is what a user called the line it is about."""

    title: str
    sentences: tuple[Sentence, ...]
    name: str = ""


Names = Mapping[str, str]
"""What the metrics of a plan are called in the language of the text, by key."""


def plan_text(plan: Plan, frame: Frame, names: Names) -> tuple[Section, ...]:
    """The whole text, section by section."""
    lines = [Section(N_("What counts"), tuple(_line(plan, each, names)), each.name) for each in plan.components]
    return (
        Section(N_("The plan in short"), tuple(_head(plan, frame, names))),
        *lines,
        Section(N_("From the lines to the whole"), tuple(_whole(plan, names))),
        Section(N_("Which time counts"), tuple(_time(plan))),
        Section(N_("How the amount is made"), tuple(_amount(plan))),
        Section(N_("When something is missing or corrected"), tuple(_trouble(plan))),
        Section(N_("How it is handled"), tuple(_handling(frame))),
    )


def as_text(name: str, sections: Sequence[Section], translate: Translate) -> str:
    """The text as it is published and signed: lines with headings, in one language."""
    out = [name]
    for section in sections:
        title = translate(section.title)
        out += ["", f"{title}: {section.name}" if section.name else title]
        out += [f"- {sentence.in_words(translate)}" for sentence in section.sentences]
    return "\n".join(out) + "\n"


# --- what it is ------------------------------------------------------------------------------------------------------


def _head(plan: Plan, frame: Frame, names: Names) -> Iterator[Sentence]:
    days = {"first": str(frame.first), "last": str(frame.last)}
    yield Sentence(say.HOLDS[frame.last is not None], {"plan": plan.name, "currency": plan.currency, **days})
    yield Sentence(say.PAYS[frame.period])
    yield Sentence(say.KIND[plan.kind])
    yield Sentence(say.TARGET[plan.target], {"metric": names.get(plan.target_metric, plan.target_metric)})
    if plan.kind is Kind.POOL:
        told = {"rate": percent(plan.pool.rate), "metric": names.get(plan.pool.metric, plan.pool.metric)}
        yield Sentence(say.FUNDING[plan.pool.funding], told)


# --- one line --------------------------------------------------------------------------------------------------------


def _line(plan: Plan, component: Component, names: Names) -> Iterator[Sentence]:
    told = {"metric": names.get(component.metric, component.metric), "weight": percent(component.weight)}
    unweighted = component.tiers is not None or plan.combine is Combine.MULTIPLIED
    yield Sentence(say.SOURCE[component.scope, unweighted], told)
    if component.tiers is not None:
        yield from _tiers(component.tiers)
    else:
        yield from _attained(component.attaining)
        if plan.combine is not Combine.ON_TOTAL:
            yield from curve_in_words(component.curve, on_values=component.attaining.basis is Basis.ACTUAL)
    if component.cap is not None:
        yield Sentence(say.CAP, {"cap": percent(component.cap)})


def _attained(rule: Attaining) -> Iterator[Sentence]:
    if rule.basis is Basis.BINARY:
        yield Sentence(say.BINARY[rule.direction, rule.bound_included])
    elif rule.basis is Basis.RANGE:
        yield Sentence(say.RANGE[rule.range_rule])
        if rule.range_rule in (RangeRule.BINARY, RangeRule.DISTANCE):
            yield Sentence(say.BOUNDS[rule.bound_included])
    elif rule.basis is Basis.RATIO and rule.direction is Direction.LOWER:
        yield Sentence(say.LOWER[rule.lower])
    else:
        yield Sentence(say.ATTAINED[rule.basis, rule.direction])
    if rule.basis is not Basis.ACTUAL:
        yield Sentence(say.EXACT[rule.decimals is not None], {"decimals": str(rule.decimals)})


def curve_in_words(curve: Curve, *, on_values: bool, factors: bool = False) -> Iterator[Sentence]:
    """A curve; `on_values`: its x are values of a metric; `factors`: its y are numbers to multiply by."""
    x_of = number if on_values else percent
    y_of = number if factors else percent
    points = "; ".join(f"{x_of(point.x)} → {y_of(point.y)}" for point in curve.points)
    yield Sentence(say.SHAPE[curve.shape], {"points": points})
    if curve.points:
        told = {"first": x_of(curve.points[0].x), "last": x_of(curve.points[-1].x)}
        yield Sentence(say.THRESHOLD[curve.below, curve.threshold_included], told)
        if curve.shape is not Shape.DIRECT:
            yield Sentence(say.ABOVE[curve.above if curve.shape is Shape.INTERPOLATE else Above.FLAT], told)
    if curve.cap is not None:
        yield Sentence(say.MOST, {"cap": y_of(curve.cap)})


def _tiers(tiers: Tiers) -> Iterator[Sentence]:
    bands = "; ".join(f"≥ {number(each.start)} → {percent(each.rate)}" for each in tiers.bands)
    if not tiers.bound_included:
        bands = bands.replace("≥", ">")
    yield Sentence(say.TIERS[tiers.rule], {"bands": bands})
    yield Sentence(say.TIER_BOUND[tiers.bound_included])


# --- the whole -------------------------------------------------------------------------------------------------------


def _whole(plan: Plan, names: Names) -> Iterator[Sentence]:
    yield Sentence(say.COMBINE[plan.combine])
    if plan.combine is Combine.ON_TOTAL and plan.total_curve is not None:
        yield from curve_in_words(plan.total_curve, on_values=False)
    for multiplier in plan.multipliers:
        yield from _multiplier(multiplier, names)
    lines = {each.key: each.name for each in plan.components}
    for gate in plan.gates:
        yield from _gate(gate, lines, names)
    if plan.gates and plan.multipliers:
        yield Sentence(say.GATES_WHEN[plan.gates_when])
    if plan.total_cap is not None:
        yield Sentence(say.TOTAL_CAP, {"cap": percent(plan.total_cap)})
    if plan.person_cap is not None:
        yield Sentence(say.PERSON_CAP, {"cap": money(plan.person_cap, plan.currency)})


def _condition(name: str, condition: Condition, names: Names) -> Iterator[Sentence]:
    told = {"name": name, "metric": names.get(condition.metric, condition.metric), "bound": number(condition.bound)}
    yield Sentence(say.CONDITION[condition.at_least, condition.bound_included], told)
    yield Sentence(say.WHOSE[condition.scope], {"name": name})


def _gate(gate: Gate, lines: Mapping[str, str], names: Names) -> Iterator[Sentence]:
    yield from _condition(gate.name, gate.condition, names)
    told = {"name": gate.name, "cap": percent(gate.cap), "line": str(lines.get(gate.component))}
    yield Sentence(say.GATED[not gate.component], told)
    yield Sentence(say.UNKNOWN[gate.unknown], {"name": gate.name})


def _multiplier(each: Multiplier, names: Names) -> Iterator[Sentence]:
    told = {"name": each.name, "factor": number(each.times)}
    if each.curve is not None:
        yield Sentence(say.TIMES_CURVE, {**told, "metric": names.get(each.metric, each.metric)})
        yield Sentence(say.WHOSE[each.scope], {"name": each.name})
        yield from curve_in_words(each.curve, on_values=True, factors=True)
    elif each.condition is not None:
        yield from _condition(each.name, each.condition, names)
        yield Sentence(say.TIMES_WHILE, told)
    else:
        yield Sentence(say.TIMES, told)


# --- time, amount, trouble, handling ---------------------------------------------------------------------------------


def _time(plan: Plan) -> Iterator[Sentence]:
    yield Sentence(say.MEASURED[plan.measured])
    yield Sentence(say.PRORATION[plan.proration.rule], {"day": str(plan.proration.cut_off_day)})


def _amount(plan: Plan) -> Iterator[Sentence]:
    yield Sentence(say.AMOUNT[plan.kind])
    yield Sentence(say.WHEN[plan.rounding.when])
    yield Sentence(say.UNIT[plan.rounding.unit])
    yield Sentence(say.MODE[plan.rounding.mode])
    if plan.kind is Kind.POOL:
        yield Sentence(say.EXCESS[plan.pool.excess])
        yield Sentence(say.LEAVER[plan.pool.leaver_share])


def _trouble(plan: Plan) -> Iterator[Sentence]:
    yield Sentence(say.MISSING[plan.missing])
    yield Sentence(say.NEGATIVE[plan.negative.rule], {"floor": cents(plan.negative.floor, plan.currency)})


def _handling(frame: Frame) -> Iterator[Sentence]:
    yield Sentence(say.STEPS[frame.approval_steps == 1], {"steps": str(frame.approval_steps)})
    yield Sentence(say.DISPUTE, {"days": str(frame.dispute_days)})
    yield Sentence(say.LEADS[frame.lead_sees_team])
    yield Sentence(say.ESTIMATE[frame.show_estimate])
