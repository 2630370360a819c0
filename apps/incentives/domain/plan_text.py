"""A plan in words, for those who are paid by it: every setting has its sentence, and a setting that is not used none.

Sentences come from the plan alone, so what people sign is what is calculated. `SECTIONS` are the headings, in order.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from apps.incentives.domain.attainment import Attaining, Basis, Direction, Lower, RangeRule
from apps.incentives.domain.curve import Above, Below, Curve, Shape, TierRule, Tiers
from apps.incentives.domain.deltas import NegativeRule
from apps.incentives.domain.plan import (
    Combine,
    Component,
    Condition,
    Gate,
    GatesWhen,
    Kind,
    Measured,
    Missing,
    Multiplier,
    Plan,
    Scope,
    TargetOf,
    Unknown,
)
from apps.incentives.domain.pool import Excess, Funding, LeaverShare
from apps.incentives.domain.proration import Rule
from apps.incentives.domain.rounding import Mode, Unit, When
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

_HOLDS = {
    False: N_("“%(plan)s” holds from %(first)s until another version takes its place. Amounts are in %(currency)s."),
    True: N_("“%(plan)s” holds from %(first)s to %(last)s. Amounts are in %(currency)s."),
}
_PAYS = {
    "month": N_("It is calculated for each month."),
    "quarter": N_("It is calculated for each quarter."),
    "half": N_("It is calculated for each half-year."),
    "year": N_("It is calculated for each year."),
}
_KIND = {
    Kind.INDIVIDUAL: N_("Everybody has a target bonus of their own: what is paid at a payout factor of 100 %%."),
    Kind.POOL: N_("A team shares one pool, split by prorated target bonus × individual coefficient."),
}
_TARGET = {
    TargetOf.FIXED: N_("The target bonus is an amount that is agreed with each person."),
    TargetOf.SALARY: N_("The target bonus is a share of each person's salary for the period."),
    TargetOf.METRIC: N_("The target bonus is a share, agreed with each person, of “%(metric)s”."),
}
_FUNDING = {
    Funding.FIXED: N_("What is in a team's pool at 100 %% is an amount fixed for the team."),
    Funding.SUM_OF_TARGETS: N_("In a team's pool at 100 %% is the sum of its people's prorated target bonuses."),
    Funding.SHARE_OF_METRIC: N_("In a team's pool at 100 %% are %(rate)s of “%(metric)s”."),
}


def _head(plan: Plan, frame: Frame, names: Names) -> Iterator[Sentence]:
    days = {"first": frame.first.isoformat(), "last": frame.last.isoformat() if frame.last else ""}
    yield Sentence(_HOLDS[frame.last is not None], {"plan": plan.name, "currency": plan.currency, **days})
    yield Sentence(_PAYS[frame.period])
    yield Sentence(_KIND[plan.kind])
    yield Sentence(_TARGET[plan.target], {"metric": names.get(plan.target_metric, plan.target_metric)})
    if plan.kind is Kind.POOL:
        told = {"rate": percent(plan.pool.rate), "metric": names.get(plan.pool.metric, plan.pool.metric)}
        yield Sentence(_FUNDING[plan.pool.funding], told)


# --- one line --------------------------------------------------------------------------------------------------------

_SOURCE = {
    (Scope.COMPANY, False): N_("It reads “%(metric)s” of the company. Its weight is %(weight)s."),
    (Scope.TEAM, False): N_("It reads “%(metric)s” of the team somebody was in. Its weight is %(weight)s."),
    (Scope.COMPANY, True): N_("It reads “%(metric)s” of the company."),
    (Scope.TEAM, True): N_("It reads “%(metric)s” of the team somebody was in."),
}
_ATTAINED = {
    (Basis.RATIO, Direction.HIGHER): N_("More is better. Attainment is the value divided by the target."),
    (Basis.BASELINE, Direction.HIGHER): N_("More is better. Attainment is the share of the way from start to target."),
    (Basis.BASELINE, Direction.LOWER): N_("Less is better. Attainment is the share of the way from start to target."),
    (Basis.ACTUAL, Direction.HIGHER): N_("More is better. The curve is written on the value itself."),
    (Basis.ACTUAL, Direction.LOWER): N_("Less is better. The curve is written on the value itself."),
}
_LOWER = {
    Lower.MIRROR: N_("Less is better. Attainment is 2 − value ÷ target, and never below 0."),
    Lower.RECIPROCAL: N_(
        "Less is better. Attainment is target ÷ value; a value of 0 or below counts as the last point."
    ),
}
_BINARY = {
    (Direction.HIGHER, True): N_("100 %% where the value reaches the target or is above it, else 0."),
    (Direction.HIGHER, False): N_("100 %% where the value is above the target, else 0."),
    (Direction.LOWER, True): N_("100 %% where the value is the target or below it, else 0."),
    (Direction.LOWER, False): N_("100 %% where the value is below the target, else 0."),
}
_RANGE = {
    RangeRule.DISTANCE: N_("100 %% inside the agreed range; outside it falls off in a line, to 0 at the tolerance."),
    RangeRule.BINARY: N_("100 %% inside the agreed range, else 0."),
    RangeRule.SHARE: N_("The share of due readings that lay inside the agreed range; a missed one counts as outside."),
    RangeRule.MIRRORED: N_("1 − the distance from the target ÷ the target, and never below 0."),
}
_BOUNDS = {
    True: N_("The ends of the range count as inside."),
    False: N_("The ends of the range count as outside."),
}
_EXACT = {
    False: N_("Attainment is not rounded before the curve."),
    True: N_("Attainment is rounded to %(decimals)s decimals of a percent before the curve."),
}
_CAP = N_("This line pays no more than %(cap)s.")


def _line(plan: Plan, component: Component, names: Names) -> Iterator[Sentence]:
    told = {"metric": names.get(component.metric, component.metric), "weight": percent(component.weight)}
    unweighted = component.tiers is not None or plan.combine is Combine.MULTIPLIED
    yield Sentence(_SOURCE[component.scope, unweighted], told)
    if component.tiers is not None:
        yield from _tiers(component.tiers)
    else:
        yield from _attained(component.attaining)
        if plan.combine is not Combine.ON_TOTAL:
            yield from curve_in_words(component.curve, on_values=component.attaining.basis is Basis.ACTUAL)
    if component.cap is not None:
        yield Sentence(_CAP, {"cap": percent(component.cap)})


def _attained(rule: Attaining) -> Iterator[Sentence]:
    if rule.basis is Basis.BINARY:
        yield Sentence(_BINARY[rule.direction, rule.bound_included])
    elif rule.basis is Basis.RANGE:
        yield Sentence(_RANGE[rule.range_rule])
        if rule.range_rule in (RangeRule.BINARY, RangeRule.DISTANCE):
            yield Sentence(_BOUNDS[rule.bound_included])
    elif rule.basis is Basis.RATIO and rule.direction is Direction.LOWER:
        yield Sentence(_LOWER[rule.lower])
    else:
        yield Sentence(_ATTAINED[rule.basis, rule.direction])
    if rule.basis is not Basis.ACTUAL:
        yield Sentence(_EXACT[rule.decimals is not None], {"decimals": str(rule.decimals)})


_SHAPE = {
    Shape.INTERPOLATE: N_("The payout factor runs in straight lines through these points: %(points)s."),
    Shape.STEP: N_("The payout factor is that of the last point reached: %(points)s."),
    Shape.DIRECT: N_("The payout factor is what was attained."),
}
_THRESHOLD = {
    (Below.ZERO, True): N_("Below %(first)s nothing is paid; exactly %(first)s is enough."),
    (Below.ZERO, False): N_("Up to %(first)s nothing is paid; exactly %(first)s is not enough."),
    (Below.FIRST, True): N_("Before %(first)s what is paid at %(first)s is paid, too."),
    (Below.FIRST, False): N_("Up to %(first)s what is paid at %(first)s is paid; a point counts once it is passed."),
}
_ABOVE = {
    Above.FLAT: N_("Past %(last)s no more is paid than there."),
    Above.EXTEND: N_("Past %(last)s more is paid, along the last slope."),
}
_MOST = N_("The curve never pays more than %(cap)s.")


def curve_in_words(curve: Curve, *, on_values: bool, factors: bool = False) -> Iterator[Sentence]:
    """A curve; `on_values`: its x are values of a metric; `factors`: its y are numbers to multiply by."""
    x_of = number if on_values else percent
    y_of = number if factors else percent
    points = "; ".join(f"{x_of(point.x)} → {y_of(point.y)}" for point in curve.points)
    yield Sentence(_SHAPE[curve.shape], {"points": points})
    if curve.points:
        told = {"first": x_of(curve.points[0].x), "last": x_of(curve.points[-1].x)}
        yield Sentence(_THRESHOLD[curve.below, curve.threshold_included], told)
        if curve.shape is not Shape.DIRECT:
            yield Sentence(_ABOVE[curve.above if curve.shape is Shape.INTERPOLATE else Above.FLAT], told)
    if curve.cap is not None:
        yield Sentence(_MOST, {"cap": y_of(curve.cap)})


_TIERS = {
    TierRule.MARGINAL: N_("It pays by bands, each rate for what lies in its band: %(bands)s."),
    TierRule.WHOLE_RATE: N_("It pays by bands, the rate of the band reached for the whole value: %(bands)s."),
}
_TIER_BOUND = {
    True: N_("A value exactly on a bound belongs to the upper band."),
    False: N_("A value exactly on a bound belongs to the lower band."),
}


def _tiers(tiers: Tiers) -> Iterator[Sentence]:
    bands = "; ".join(f"≥ {number(each.start)} → {percent(each.rate)}" for each in tiers.bands)
    if not tiers.bound_included:
        bands = bands.replace("≥", ">")
    yield Sentence(_TIERS[tiers.rule], {"bands": bands})
    yield Sentence(_TIER_BOUND[tiers.bound_included])


# --- the whole -------------------------------------------------------------------------------------------------------

_COMBINE = {
    Combine.WEIGHTED: N_("Each line has its own curve; the payout factor is the weighted sum of the lines."),
    Combine.ON_TOTAL: N_("Attainments are weighted and added; one curve turns their sum into the payout factor."),
    Combine.MULTIPLIED: N_("The payout factor is the product of the factors of all lines."),
}
_GATES_WHEN = {
    GatesWhen.LAST: N_("Gates come last, after all multipliers: nothing climbs over a gate."),
    GatesWhen.BEFORE_MULTIPLIERS: N_("Gates come before the multipliers."),
}
_UNKNOWN = {
    Unknown.BLOCKS: N_("Without a value of “%(name)s” nothing is calculated."),
    Unknown.NOT_PASSED: N_("Without a value “%(name)s” counts as not met."),
}
_CONDITION = {
    (True, True): N_("“%(name)s”: “%(metric)s” is at least %(bound)s."),
    (True, False): N_("“%(name)s”: “%(metric)s” is above %(bound)s."),
    (False, True): N_("“%(name)s”: “%(metric)s” is at most %(bound)s."),
    (False, False): N_("“%(name)s”: “%(metric)s” is below %(bound)s."),
}
_WHOSE = {
    Scope.COMPANY: N_("“%(name)s” looks at the company."),
    Scope.TEAM: N_("“%(name)s” looks at the team somebody was in."),
}
_GATED = {
    True: N_("Where “%(name)s” is not met, no more than %(cap)s of the target bonus is paid."),
    False: N_("Where “%(name)s” is not met, “%(line)s” pays no more than %(cap)s."),
}
_TIMES = N_("“%(name)s” multiplies the payout factor by %(factor)s.")
_TIMES_WHILE = N_("Where “%(name)s” is met, the payout factor is multiplied by %(factor)s.")
_TIMES_CURVE = N_("“%(name)s” multiplies the payout factor by what a curve reads from “%(metric)s”.")
_TOTAL_CAP = N_("The payout factor is never more than %(cap)s.")
_PERSON_CAP = N_("Nobody is paid more than %(cap)s for a period.")


def _whole(plan: Plan, names: Names) -> Iterator[Sentence]:
    yield Sentence(_COMBINE[plan.combine])
    if plan.combine is Combine.ON_TOTAL and plan.total_curve is not None:
        yield from curve_in_words(plan.total_curve, on_values=False)
    for multiplier in plan.multipliers:
        yield from _multiplier(multiplier, names)
    lines = {each.key: each.name for each in plan.components}
    for gate in plan.gates:
        yield from _gate(gate, lines, names)
    if plan.gates and plan.multipliers:
        yield Sentence(_GATES_WHEN[plan.gates_when])
    if plan.total_cap is not None:
        yield Sentence(_TOTAL_CAP, {"cap": percent(plan.total_cap)})
    if plan.person_cap is not None:
        yield Sentence(_PERSON_CAP, {"cap": money(plan.person_cap, plan.currency)})


def _condition(name: str, condition: Condition, names: Names) -> Iterator[Sentence]:
    told = {"name": name, "metric": names.get(condition.metric, condition.metric), "bound": number(condition.bound)}
    yield Sentence(_CONDITION[condition.at_least, condition.bound_included], told)
    yield Sentence(_WHOSE[condition.scope], {"name": name})


def _gate(gate: Gate, lines: Mapping[str, str], names: Names) -> Iterator[Sentence]:
    yield from _condition(gate.name, gate.condition, names)
    told = {"name": gate.name, "cap": percent(gate.cap), "line": lines.get(gate.component, "")}
    yield Sentence(_GATED[not gate.component], told)
    yield Sentence(_UNKNOWN[gate.unknown], {"name": gate.name})


def _multiplier(each: Multiplier, names: Names) -> Iterator[Sentence]:
    told = {"name": each.name, "factor": number(each.factor or Fraction(1))}
    if each.curve is not None:
        yield Sentence(_TIMES_CURVE, {**told, "metric": names.get(each.metric, each.metric)})
        yield Sentence(_WHOSE[each.scope], {"name": each.name})
        yield from curve_in_words(each.curve, on_values=True, factors=True)
    elif each.condition is not None:
        yield from _condition(each.name, each.condition, names)
        yield Sentence(_TIMES_WHILE, told)
    else:
        yield Sentence(_TIMES, told)


# --- time, amount, trouble, handling ---------------------------------------------------------------------------------

_MEASURED = {
    Measured.PERIOD: N_("Each period stands alone."),
    Measured.CUMULATIVE: N_("Measured from the start of the year; what was paid earlier in the year is taken off."),
}
_PRORATION = {
    Rule.CALENDAR: N_("Who was there for a part of the period has that part of the target bonus, by calendar days."),
    Rule.THIRTY_360: N_(
        "Who was there for a part of the period has that part of the target bonus; each month has 30 days."
    ),
    Rule.WORKING: N_("Who was there for a part of the period has that part of the target bonus, by working days."),
    Rule.CUT_OFF: N_(
        "Who begins by day %(day)s of a month has all of it; who begins later begins with the next month."
    ),
    Rule.WHOLE_MONTHS: N_("Only months served from their first to their last day count."),
    Rule.NONE: N_("Whoever was there at all has the whole target bonus."),
}
_MODE = {Mode.HALF_UP: N_("Halves are rounded up."), Mode.HALF_EVEN: N_("Halves are rounded to the even neighbour.")}
_UNIT = {
    Unit.MINOR: N_("Amounts are rounded to the currency's smallest unit."),
    Unit.WHOLE: N_("Amounts are rounded to whole units of the currency."),
}
_WHEN = {
    When.ONCE: N_("Each person's amount is rounded once, at the very end."),
    When.PER_COMPONENT: N_("Each line is rounded by itself; the amount is their sum."),
}
_AMOUNT = {
    Kind.INDIVIDUAL: N_("Amount = prorated target bonus × payout factor × individual coefficient."),
    Kind.POOL: N_("Cents left over by the split go to the largest remainders, so that the parts make the pool."),
}
_EXCESS = {
    Excess.UNSPENT: N_("What a person's cap leaves of the pool stays unspent."),
    Excess.RESPREAD: N_("What a person's cap leaves of the pool goes to the others."),
}
_LEAVER = {
    LeaverShare.KEPT: N_("A share that somebody forfeits stays unspent."),
    LeaverShare.RESPREAD: N_("A share that somebody forfeits goes to the others."),
}
_NEGATIVE = {
    NegativeRule.CARRY: N_("What a correction takes back is set against what is paid next."),
    NegativeRule.PAY: N_("What a correction takes back is taken off the next payroll."),
    NegativeRule.WAIVE: N_("What a correction takes back may be waived by two people; until then it is carried."),
    NegativeRule.IGNORE_SMALL: N_("What a correction takes back is not asked for below %(floor)s."),
}
_MISSING = {
    Missing.BLOCKS: N_("Where a value is missing nothing is paid before it is there; missing never counts as 0."),
    Missing.ZERO: N_("Where a value is missing, somebody may decide, with a reason, that the line pays nothing."),
    Missing.REWEIGHT: N_("Where a value is missing, two people may decide that the other lines carry its weight."),
}
_STEPS = {
    True: N_("One person who did not calculate it approves each calculation."),
    False: N_("%(steps)s people who did not calculate it approve each calculation."),
}
_DISPUTE = N_("A statement can be disputed for %(days)s days.")
_LEADS = {
    True: N_("A team's lead sees what the people of the team are paid by this plan."),
    False: N_("A team's lead does not see what the people of the team are paid by this plan."),
}
_ESTIMATE = {
    True: N_("Before the end of a period everybody sees an estimate of their own amount; it binds nobody."),
    False: N_("Amounts are shown once they are approved, not before."),
}


def _time(plan: Plan) -> Iterator[Sentence]:
    yield Sentence(_MEASURED[plan.measured])
    yield Sentence(_PRORATION[plan.proration.rule], {"day": str(plan.proration.cut_off_day)})


def _amount(plan: Plan) -> Iterator[Sentence]:
    yield Sentence(_AMOUNT[plan.kind])
    yield Sentence(_WHEN[plan.rounding.when])
    yield Sentence(_UNIT[plan.rounding.unit])
    yield Sentence(_MODE[plan.rounding.mode])
    if plan.kind is Kind.POOL:
        yield Sentence(_EXCESS[plan.pool.excess])
        yield Sentence(_LEAVER[plan.pool.leaver_share])


def _trouble(plan: Plan) -> Iterator[Sentence]:
    yield Sentence(_MISSING[plan.missing])
    yield Sentence(_NEGATIVE[plan.negative.rule], {"floor": cents(plan.negative.floor, plan.currency)})


def _handling(frame: Frame) -> Iterator[Sentence]:
    yield Sentence(_STEPS[frame.approval_steps == 1], {"steps": str(frame.approval_steps)})
    yield Sentence(_DISPUTE, {"days": str(frame.dispute_days)})
    yield Sentence(_LEADS[frame.lead_sees_team])
    yield Sentence(_ESTIMATE[frame.show_estimate])
