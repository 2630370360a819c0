"""The worked example in words: for each figure of a result the sentence that makes it, so that anybody can follow it.

Sentences are built from a snapshot and what it came to, never from figures made up here. "Nothing on screen explains
75.16 %" is the complaint (SAP community, "interpolate and step goals") that `_landed` answers.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction

from apps.incentives.domain.attainment import (
    Attaining,
    Basis,
    Direction,
    Lower,
    RangeRule,
    Reading,
)
from apps.incentives.domain.components import Assembly, Outcome, Step, StepName, Verdict
from apps.incentives.domain.curve import Curve, Shape, TierRule, Zone, marks_of, shown_decimals
from apps.incentives.domain.plan import Combine, Component, Kind, Plan, Scope
from apps.incentives.domain.rounding import When
from apps.incentives.domain.sentences import Sentence, cents, money, number, percent
from apps.incentives.domain.snapshot import PoolResult, Result, Run, SliceResult, Snapshot
from apps.kernel.issue import N_


def worked_example(snapshot: Snapshot, run: Run, participant: str) -> tuple[Sentence, ...]:
    """Everything about one person's amount, in the order in which it is calculated. KeyError if they have none."""
    result = run.by_key[participant]
    pools = {pool.team: pool for pool in run.pools}
    found: list[Sentence] = []
    for each in _teams(result):
        assembly = _assembly(run, each)
        found += explain_factor(snapshot, each.team, assembly)
        if each.team in pools:
            found += explain_pool(snapshot.plan, pools[each.team], participant)
    return (*found, *explain_amount(snapshot.plan, result))


def explain_factor(snapshot: Snapshot, team: str, assembly: Assembly) -> tuple[Sentence, ...]:
    """From a team's readings to its payout factor."""
    plan, found = snapshot.plan, []
    for component, outcome in zip(plan.components, assembly.components, strict=True):
        scope = team if component.scope is Scope.TEAM else ""
        reading = snapshot.readings.get((component.key, scope), Reading())
        told = (*_component(plan, component, reading, outcome),)
        found += [replace(sentence, key=component.key) for sentence in told]
    names = {gate.key: gate.name for gate in plan.gates} | {each.key: each.name for each in plan.multipliers}
    return (*found, *(_step(step, names) for step in assembly.steps))


def _teams(result: Result) -> list[SliceResult]:
    """The first slice of each team."""
    return list({each.team: each for each in reversed(result.slices)}.values())[::-1]


def _assembly(run: Run, part: SliceResult) -> Assembly:
    by_target = (part.team, str(part.target))
    return run.assemblies[by_target] if by_target in run.assemblies else run.assemblies[part.team, ""]


# --- one component ---------------------------------------------------------------------------------------------------


def _component(plan: Plan, component: Component, reading: Reading, outcome: Outcome) -> Iterator[Sentence]:
    if outcome.verdict is Verdict.VOID:
        yield Sentence(N_("%(name)s is void by decision: the others carry its weight."), {"name": component.name})
        return
    if outcome.verdict is Verdict.ZERO:
        yield Sentence(N_("%(name)s has no value and pays nothing, by decision."), {"name": component.name})
        return
    yield _attained(component, reading, outcome)
    if outcome.money is not None:
        yield from _tiers(plan, component, outcome)
        return
    if outcome.landing is not None:
        yield _landed(component.curve, component.attaining, outcome)
    for key in outcome.limited:
        names = {gate.key: gate.name for gate in plan.gates}
        figures = {"name": names.get(key, ""), "factor": percent(outcome.factor)}
        yield Sentence(_CAPPED if key == "cap" else _GATED, figures)
    if plan.combine is Combine.WEIGHTED:
        figures = {"weight": percent(outcome.weight), "factor": percent(outcome.factor)}
        yield Sentence(_WEIGHED, {**figures, "part": percent(outcome.contribution)})


_CAPPED = N_("Its cap leaves %(factor)s.")
_GATED = N_("“%(name)s” is not met: it leaves %(factor)s.")
_WEIGHED = N_("Weight %(weight)s × %(factor)s = %(part)s of the target bonus.")


def _attained(component: Component, reading: Reading, outcome: Outcome) -> Sentence:
    """How attainment was measured, with the figures it was measured from."""
    rule, attained = component.attaining, outcome.attained
    assert attained is not None  # noqa: S101  (asked for by `_component` alone)
    marks = marks_of(component.curve)
    figures = {
        "name": component.name,
        "actual": _or_dash(reading.actual),
        "target": _or_dash(reading.target),
        "start": _or_dash(reading.start),
        "low": _or_dash(reading.low),
        "high": _or_dash(reading.high),
        "tolerance": _or_dash(reading.tolerance),
        "inside": str(reading.inside),
        "due": str(reading.due),
        "raw": percent(attained.raw, shown_decimals(attained.raw, marks)),
        "counts": percent(attained.value, shown_decimals(attained.value, marks)),
    }
    if attained.top:
        return Sentence(_TOP, figures)
    message = _way(rule, reading)
    if rule.basis is not Basis.ACTUAL and attained.raw != attained.value:
        return Sentence(_COUNTS_AS[message], figures)
    return Sentence(message, figures)


def _way(rule: Attaining, reading: Reading) -> str:
    if rule.basis is Basis.RANGE:
        return _RANGES[rule.range_rule]
    if rule.basis is Basis.BINARY:
        return _BINARY[rule.direction, rule.bound_included]
    if rule.basis is not Basis.RATIO:
        return _VALUE if rule.basis is Basis.ACTUAL else _BASELINE
    positive = reading.target is not None and reading.target > 0
    if rule.direction is Direction.HIGHER:
        return _RATIO if positive else _RATIO_BELOW
    if rule.lower is Lower.RECIPROCAL:
        return _RECIPROCAL
    return _MIRROR if positive else _MIRROR_BELOW


def _or_dash(value: Fraction | None) -> str:
    return "–" if value is None else number(value)


_TOP = N_("%(name)s: %(actual)s against a target of %(target)s has no ratio; it counts as the last point of the curve.")
_VALUE = N_("%(name)s: the value is %(actual)s; the curve is drawn on values.")
_RATIO = N_("%(name)s: %(actual)s ÷ %(target)s = %(raw)s.")
_RATIO_BELOW = N_("%(name)s: 1 + (%(actual)s − (%(target)s)) ÷ |%(target)s| = %(raw)s.")
_MIRROR = N_("%(name)s: less is better, 2 − %(actual)s ÷ %(target)s = %(raw)s.")
_MIRROR_BELOW = N_("%(name)s: less is better, 1 − (%(actual)s − (%(target)s)) ÷ |%(target)s| = %(raw)s.")
_RECIPROCAL = N_("%(name)s: less is better, %(target)s ÷ %(actual)s = %(raw)s.")
_BASELINE = N_("%(name)s: the way made, (%(actual)s − %(start)s) ÷ (%(target)s − %(start)s) = %(raw)s.")
_BINARY = {
    (Direction.HIGHER, True): N_("%(name)s: %(actual)s, at least %(target)s was asked for: %(raw)s."),
    (Direction.HIGHER, False): N_("%(name)s: %(actual)s, more than %(target)s was asked for: %(raw)s."),
    (Direction.LOWER, True): N_("%(name)s: %(actual)s, at most %(target)s was asked for: %(raw)s."),
    (Direction.LOWER, False): N_("%(name)s: %(actual)s, less than %(target)s was asked for: %(raw)s."),
}
_RANGES = {
    RangeRule.DISTANCE: N_("%(name)s: %(actual)s, range %(low)s to %(high)s, falling off over %(tolerance)s: %(raw)s."),
    RangeRule.BINARY: N_("%(name)s: %(actual)s, range %(low)s to %(high)s: %(raw)s."),
    RangeRule.SHARE: N_("%(name)s: %(inside)s of %(due)s readings in range = %(raw)s."),
    RangeRule.MIRRORED: N_("%(name)s: 1 − |%(actual)s − %(target)s| ÷ |%(target)s| = %(raw)s."),
}
_COUNTS_AS = {
    _RATIO: N_("%(name)s: %(actual)s ÷ %(target)s = %(raw)s, which counts as %(counts)s."),
    _RATIO_BELOW: N_("%(name)s: 1 + (%(actual)s − (%(target)s)) ÷ |%(target)s| = %(raw)s, which counts as %(counts)s."),
    _MIRROR: N_("%(name)s: less is better, 2 − %(actual)s ÷ %(target)s = %(raw)s, which counts as %(counts)s."),
    _MIRROR_BELOW: N_(
        "%(name)s: less is better, 1 − (%(actual)s − (%(target)s)) ÷ |%(target)s| = %(raw)s, "
        "which counts as %(counts)s."
    ),
    _RECIPROCAL: N_("%(name)s: less is better, %(target)s ÷ %(actual)s = %(raw)s, which counts as %(counts)s."),
    _BASELINE: N_(
        "%(name)s: the way made, (%(actual)s − %(start)s) ÷ (%(target)s − %(start)s) = %(raw)s, "
        "which counts as %(counts)s."
    ),
    **{
        message: N_("%(name)s: %(actual)s, range %(low)s to %(high)s = %(raw)s, which counts as %(counts)s.")
        for message in (_RANGES[RangeRule.DISTANCE], _RANGES[RangeRule.BINARY])
    },
    _RANGES[RangeRule.SHARE]: N_(
        "%(name)s: %(inside)s of %(due)s readings in range = %(raw)s, which counts as %(counts)s."
    ),
    _RANGES[RangeRule.MIRRORED]: N_(
        "%(name)s: 1 − |%(actual)s − %(target)s| ÷ |%(target)s| = %(raw)s, which counts as %(counts)s."
    ),
}
"""The same, where a value below 0 counts as 0, or a percentage is rounded before the curve."""


def _landed(curve: Curve, rule: Attaining, outcome: Outcome) -> Sentence:
    """Where on the curve that lies, with the line that makes the factor."""
    landing, attained = outcome.landing, outcome.attained
    assert landing is not None and attained is not None  # noqa: S101, PT018  (asked for by `_component` alone)
    on_values, marks = rule.basis is Basis.ACTUAL, marks_of(curve)

    def x_of(value: Fraction) -> str:
        return number(value) if on_values else percent(value, shown_decimals(value, marks))

    figures = {"x": x_of(attained.value), "factor": percent(landing.factor)}
    if landing.low is not None:
        figures |= {"low_x": x_of(landing.low.x), "low_y": percent(landing.low.y)}
    if landing.high is not None:
        figures |= {"high_x": x_of(landing.high.x), "high_y": percent(landing.high.y)}
    if landing.capped:
        return Sentence(N_("%(x)s lies past the curve's cap: it pays %(factor)s."), figures)
    if landing.zone is Zone.ON and curve.shape is Shape.STEP:
        return Sentence(N_("%(x)s has reached the step at %(low_x)s: it pays %(factor)s."), figures)
    return Sentence(_ZONES[landing.zone], figures)


_ZONES = {
    Zone.BELOW: N_("%(x)s is short of the threshold of %(high_x)s: it pays %(factor)s."),
    Zone.ON: N_("The curve's point at %(low_x)s pays %(factor)s."),
    Zone.BETWEEN: N_(
        "%(x)s lies between %(low_x)s (pays %(low_y)s) and %(high_x)s (pays %(high_y)s): %(low_y)s + "
        "(%(x)s − %(low_x)s) ÷ (%(high_x)s − %(low_x)s) × (%(high_y)s − %(low_y)s) = %(factor)s."
    ),
    Zone.ABOVE: N_("%(x)s lies past the last point, %(low_x)s: it pays %(factor)s."),
    Zone.DIRECT: N_("It pays as attained: %(factor)s."),
}


def _tiers(plan: Plan, component: Component, outcome: Outcome) -> Iterator[Sentence]:
    whole = component.tiers is not None and component.tiers.rule is TierRule.WHOLE_RATE
    for band in outcome.bands:
        figures = {
            "start": number(band.tier.start),
            "amount": number(band.amount),
            "rate": percent(band.tier.rate),
            "pay": money(band.pay, plan.currency),
        }
        yield Sentence(_WHOLE_RATE if whole else _MARGINAL, figures)


_MARGINAL = N_("From %(start)s on: %(amount)s × %(rate)s = %(pay)s.")
_WHOLE_RATE = N_("%(start)s was reached: %(amount)s × %(rate)s = %(pay)s.")


# --- the factor ------------------------------------------------------------------------------------------------------


def _step(step: Step, names: dict[str, str]) -> Sentence:
    figures = {
        "name": names.get(step.key, ""),
        "amount": percent(step.amount),
        "times": number(step.amount),
        "after": percent(step.after),
        "value": _or_dash(step.value),
    }
    if step.name is StepName.TOTAL_CURVE:
        return Sentence(N_("Weighted attainment %(amount)s; on the curve that pays %(after)s."), figures)
    return Sentence(_STEPS[step.name, step.held], figures)


_STEPS = {
    (StepName.SUM, True): N_("All components together: %(after)s of the target bonus."),
    (StepName.PRODUCT, True): N_("All components multiplied: %(after)s of the target bonus."),
    (StepName.MULTIPLIER, True): N_("“%(name)s” multiplies by %(times)s: %(after)s."),
    (StepName.MULTIPLIER, False): N_("“%(name)s” does not apply at %(value)s: it stays at %(after)s."),
    (StepName.GATE, True): N_("“%(name)s” is met at %(value)s: it stays at %(after)s."),
    (StepName.GATE, False): N_("“%(name)s” is not met at %(value)s: no more than %(amount)s, which makes %(after)s."),
    (StepName.CAP, True): N_("The cap of %(amount)s is not reached: it stays at %(after)s."),
    (StepName.CAP, False): N_("The cap leaves %(after)s."),
}


# --- the amount ------------------------------------------------------------------------------------------------------


def explain_pool(plan: Plan, pool: PoolResult, participant: str) -> tuple[Sentence, ...]:
    """From a team's factor to somebody's part of its pool, cents and all."""
    part, currency = pool.split.by_key[participant], plan.currency
    figures = {
        "team": pool.team,
        "funded": money(pool.funded, currency),
        "factor": percent(pool.factor),
        "pool": cents(pool.split.total, currency),
        "part": cents(part.minor, currency),
        "extra": cents(part.extra, currency),
        "unspent": cents(pool.split.unspent, currency),
    }
    found = [Sentence(N_("Pool of %(team)s: %(funded)s × %(factor)s = %(pool)s."), figures)]
    if part.capped:
        found.append(Sentence(N_("The person cap leaves %(part)s of it."), figures))
    elif part.extra:
        found.append(Sentence(N_("By weight that is %(part)s, with %(extra)s of what rounding left over."), figures))
    else:
        found.append(Sentence(N_("By weight that is %(part)s."), figures))
    if pool.split.unspent:
        found.append(Sentence(N_("%(unspent)s of the pool stay unspent."), figures))
    return tuple(found)


def explain_amount(plan: Plan, result: Result) -> tuple[Sentence, ...]:
    """From factors to the amount: each slice, the person cap, the rate, one rounding, what was added or paid before."""
    currency, found = plan.currency, []
    for each in result.slices if plan.kind is Kind.INDIVIDUAL else ():
        figures = {
            "first": each.days.first.isoformat(),
            "last": each.days.last.isoformat(),
            "target": money(each.target, currency),
            "share": f"{each.share.numerator:,}/{each.share.denominator:,}",
            "factor": percent(each.factor),
            "coefficient": number(each.coefficient),
            "money": money(each.money, currency),
        }
        found.append(Sentence(_SLICE, figures))
    figures = {
        "uncapped": money(result.uncapped, currency),
        "exact": money(result.exact, currency),
        "rate": number(result.rate),
        "minor": cents(result.minor, result.currency),
        "earlier": cents(result.earlier, result.currency),
        "adjusted": cents(result.adjusted, result.currency),
        "total": cents(result.total, result.currency),
    }
    capped = plan.kind is Kind.INDIVIDUAL and result.exact < result.uncapped
    by_line = plan.rounding.when is When.PER_COMPONENT and plan.kind is Kind.INDIVIDUAL and not capped
    told = (
        (result.forfeited, N_("The plan pays nothing of this; the reason is stated.")),
        (capped and not result.forfeited, N_("The person cap leaves %(exact)s of %(uncapped)s.")),
        (result.rate != 1, N_("At the rate of %(rate)s that is %(minor)s.")),
        (result.rate == 1 and not by_line, N_("Rounded once: %(minor)s.")),
        (result.rate == 1 and by_line, N_("Each line is rounded by itself; together they make %(minor)s.")),
        (bool(result.earlier), N_("%(earlier)s were paid earlier in the year.")),
        (bool(result.adjusted), N_("Adjusted by hand: %(adjusted)s.")),
        (result.total != result.minor, N_("That makes %(total)s.")),
    )
    return (*found, *(Sentence(message, figures) for applies, message in told if applies))


_SLICE = N_(
    "%(first)s to %(last)s: %(target)s × %(share)s of the period × %(factor)s × coefficient %(coefficient)s "
    "= %(money)s."
)
