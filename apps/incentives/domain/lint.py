"""What a plan must be before it is published, and what is worth knowing about it; everything at once.

`where` is the field ("components[1].curve.points", as in `canonical.read`), the message says what is wrong and how to
mend it. Blocking: the plan could not be calculated, or would pay for the opposite of what it says. Everything else is
told and may be meant: a cliff, a cap that nobody can reach. Sources: goals_and_pay 3.2, 3.5, 3.6, 7.6.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction

from apps.incentives.domain.attainment import (
    ONE,
    ZERO,
    Attained,
    Attaining,
    Basis,
    Direction,
    RangeRule,
    Reading,
    attain,
)
from apps.incentives.domain.curve import Shape, land
from apps.incentives.domain.lint_curve import cap_issues, curve_issues, tier_issues, written
from apps.incentives.domain.plan import Combine, Component, Condition, Kind, Measured, Multiplier, Plan, TargetOf
from apps.incentives.domain.pool import Funding
from apps.incentives.domain.proration import Rule
from apps.incentives.domain.rounding import When, minor_digits
from apps.incentives.domain.snapshot import RESERVED
from apps.kernel.issue import N_, Issue, Refusal


@dataclass(frozen=True)
class Source:
    """What is known of a metric that a plan reads, when the plan is checked.

    `better`: which way is good, None if the metric does not say. `lowest` and `highest`: the ends of its scale (1 and 5
    of a survey, 0 and 1 of a share), None where there is none. `readings`: the committed targets, one for each team.
    """

    better: Direction | None = None
    lowest: Fraction | None = None
    highest: Fraction | None = None
    has_data: bool = True
    readings: tuple[Reading, ...] = ()


Sources = Mapping[str, Source]
NO_SOURCE = Source(has_data=False)


def issues(plan: Plan, sources: Sources) -> list[Issue]:
    """Everything there is to say about `plan`, in the order of its fields."""
    return [
        *_head(plan),
        *_weights(plan),
        *(issue for index, each in enumerate(plan.components) for issue in _component(plan, index, each, sources)),
        *_total(plan),
        *_gates(plan, sources),
        *(issue for index, each in enumerate(plan.multipliers) for issue in _multiplier(index, each, sources)),
        *_settings(plan),
        *_shares(plan, sources),
    ]


def publishable(found: list[Issue]) -> bool:
    """Whether nothing blocks."""
    return not any(issue.blocking for issue in found)


def _head(plan: Plan) -> Iterator[Issue]:
    try:
        minor_digits(plan.currency)
    except Refusal as refusal:
        yield Issue("currency", refusal.message, refusal.params)
    if not plan.components:
        yield Issue("components", N_("The plan has no component. Add one."))
    keys: set[str] = set()
    places = [(f"components[{index}].key", each.key) for index, each in enumerate(plan.components)]
    places += [(f"gates[{index}].key", each.key) for index, each in enumerate(plan.gates)]
    places += [(f"multipliers[{index}].key", each.key) for index, each in enumerate(plan.multipliers)]
    for at, key in places:
        if key in keys or key in RESERVED:
            yield Issue(at, _KEY, {"key": key})
        keys.add(key)


_KEY = N_("The key “%(key)s” is taken, or reserved. Choose another one.")


_TOO_LITTLE = N_("Weights make %(total)s, not 100 %%: %(apart)s is missing.")
_TOO_MUCH = N_("Weights make %(total)s, not 100 %%: that is %(apart)s too much.")


def _weights(plan: Plan) -> Iterator[Issue]:
    for index, component in enumerate(plan.components):
        if component.tiers is None and component.weight <= 0:
            yield Issue(f"components[{index}].weight", N_("A weight must be above 0. Give one, or take the line out."))
    total = sum((component.weight for component in plan.weighted), ZERO)
    if plan.combine is Combine.MULTIPLIED:
        yield Issue("combine", N_("Components multiply each other: their weights are not used."), blocking=False)
    elif plan.weighted and total != 1:
        told = {"total": written(total), "apart": written(abs(ONE - total))}
        yield Issue("components", _TOO_LITTLE if total < ONE else _TOO_MUCH, told)


def _component(plan: Plan, index: int, component: Component, sources: Sources) -> Iterator[Issue]:
    at = f"components[{index}]"
    source, rule = sources.get(component.metric, NO_SOURCE), component.attaining
    if not source.has_data:
        yield Issue(f"{at}.metric", N_("“%(name)s” has no value yet. Upload data first."), {"name": component.name})
    if source.better not in (None, rule.direction) and rule.basis is not Basis.RANGE:
        yield Issue(f"{at}.attaining.direction", _DIRECTION, {"name": component.name})
    if rule.decimals is not None and not 0 <= rule.decimals <= 4:
        yield Issue(f"{at}.attaining.decimals", N_("Attainment is rounded to 0 to 4 decimals, or not at all."))
    yield from cap_issues(f"{at}.cap", component.cap)
    if component.tiers is not None:
        yield from tier_issues(f"{at}.tiers", component.tiers)
        if plan.kind is Kind.POOL:
            yield Issue(f"{at}.tiers", N_("Tiers pay each person for a value; a pool is split. Choose one of the two."))
        if rule.basis is not Basis.ACTUAL:
            yield Issue(f"{at}.attaining.basis", N_("Tiers are written on the metric's values. Choose actual values."))
        return
    trouble = []
    if plan.combine is not Combine.ON_TOTAL:
        trouble = list(curve_issues(f"{at}.curve", component.curve, rule))
        yield from trouble
    yield from _targets(at, component, source)
    if plan.combine is not Combine.ON_TOTAL and publishable(trouble):
        yield from _reach(at, component, source)


_DIRECTION = N_("The plan and the metric disagree about which way “%(name)s” is better. Turn one of them.")


def _targets(at: str, component: Component, source: Source) -> Iterator[Issue]:
    """Whether attainment can be measured against each committed target; each complaint once."""
    told = set()
    for reading in source.readings:
        try:
            attain(component.attaining, _tried(component.attaining, reading))
        except Refusal as refusal:
            if refusal.message not in told:
                told.add(refusal.message)
                yield Issue(f"{at}.attaining", refusal.message, refusal.params)


def _tried(rule: Attaining, reading: Reading) -> Reading:
    """A reading as it could be: a value, where only its target is known."""
    if reading.actual is None:
        value = next((each for each in (reading.target, reading.low) if each is not None), ZERO)
        reading = replace(reading, actual=value)
    if rule.range_rule is RangeRule.SHARE and reading.due is None:
        reading = replace(reading, inside=1, due=1)
    return reading


def _reach(at: str, component: Component, source: Source) -> Iterator[Issue]:
    """What can be reached on a bounded scale: the threshold at least, the last point at best."""
    curve, rule = component.curve, component.attaining
    end = source.highest if rule.direction is Direction.HIGHER else source.lowest
    if end is None or not curve.points or rule.basis in (Basis.BINARY, Basis.RANGE):
        return
    worst: Attained | None = None
    for reading in source.readings or (Reading(),):
        try:
            best = attain(rule, replace(reading, actual=end))
        except Refusal:
            continue
        if not best.top and (worst is None or (best.value < worst.value) is not curve.falling):
            worst = best
    if worst is None:
        return
    shown = {"name": component.name, "end": written(end, rule.basis), "best": written(worst.value, rule.basis)}
    first, last = curve.points[0], curve.points[-1]
    if land(curve, worst).factor == 0:
        yield Issue(f"{at}.curve.points", _NEVER, {**shown, "first": written(first.x, rule.basis)})
    elif worst.value != last.x and (worst.value < last.x) is not curve.falling:
        yield Issue(f"{at}.curve.points", _UNREACHABLE, {**shown, "last": written(last.x, rule.basis)}, blocking=False)


_NEVER = N_("“%(name)s” ends at %(end)s, which is %(best)s: the threshold of %(first)s can never be reached. Lower it.")
_UNREACHABLE = N_("“%(name)s” ends at %(end)s, which is %(best)s: the last point, %(last)s, can never be reached.")


def _total(plan: Plan) -> Iterator[Issue]:
    if plan.combine is Combine.ON_TOTAL:
        if plan.total_curve is None:
            yield Issue("total_curve", N_("One curve on the total was chosen, and there is none. Draw it."))
        else:
            yield from curve_issues("total_curve", plan.total_curve, Attaining())
    elif plan.total_curve is not None:
        yield Issue(
            "total_curve", N_("The curve on the total is not used: each component has its own."), blocking=False
        )
    yield from cap_issues("total_cap", plan.total_cap)
    if plan.person_cap is not None and plan.person_cap <= 0:
        yield Issue("person_cap", N_("A cap must be above 0. Leave it out if there is none."))
    most = most_factor(plan)
    if plan.total_cap is not None and most is not None and plan.total_cap > most:
        told = {"cap": written(plan.total_cap), "most": written(most)}
        yield Issue("total_cap", N_("The cap of %(cap)s is never reached: %(most)s is the most."), told, blocking=False)


def most_factor(plan: Plan) -> Fraction | None:
    """The most that the factor can come to before the total cap; None where there is no end."""
    best: list[tuple[Fraction, Fraction]] = []
    for component in plan.components:
        curve = component.curve
        ends = [] if curve.shape is Shape.DIRECT or not curve.points else [curve.points[-1].y]
        ends = [end for end in (*ends, curve.cap, component.cap) if end is not None]
        if component.tiers is not None or not ends:
            return None
        best.append((component.weight, min(ends)))
    if plan.combine is Combine.ON_TOTAL or any(each.curve for each in plan.multipliers):
        return None
    most = ONE if plan.combine is Combine.MULTIPLIED else sum((weight * factor for weight, factor in best), ZERO)
    for _, factor in best if plan.combine is Combine.MULTIPLIED else ():
        most *= factor
    for multiplier in plan.multipliers:
        most *= multiplier.times if multiplier.condition is None else max(multiplier.times, ONE)
    return most


def _gates(plan: Plan, sources: Sources) -> Iterator[Issue]:
    keys = {component.key for component in plan.components}
    for index, gate in enumerate(plan.gates):
        at = f"gates[{index}]"
        yield from _condition(f"{at}.condition", gate.name, gate.condition, sources)
        if gate.cap < 0:
            yield Issue(f"{at}.cap", N_("A gate leaves 0 or more of the target. 0 means: nothing is paid."))
        if gate.component and gate.component not in keys:
            yield Issue(f"{at}.component", N_("There is no such component. Choose one of the plan, or the total."))


def _condition(at: str, name: str, condition: Condition, sources: Sources) -> Iterator[Issue]:
    source = sources.get(condition.metric, NO_SOURCE)
    if not source.has_data:
        yield Issue(f"{at}.metric", _NO_DATA, {"name": name})
    ends = [end for end in (source.lowest, source.highest) if end is not None]
    held = {condition.holds(end) for end in ends}
    if len(ends) == 2 and len(held) == 1:
        message = _ALWAYS if held == {True} else _NOT_EVER
        yield Issue(f"{at}.bound", message, {"name": name}, blocking=held == {False})


_NO_DATA = N_("“%(name)s” asks for a metric without any value: nobody could be paid. Upload data, or take it out.")
_ALWAYS = N_("“%(name)s” holds whatever happens: its bound lies at an end of the scale.")
_NOT_EVER = N_("“%(name)s” can never hold: its bound lies beyond the scale. Move it.")


def _multiplier(index: int, multiplier: Multiplier, sources: Sources) -> Iterator[Issue]:
    at = f"multipliers[{index}]"
    if (multiplier.factor is None) is (multiplier.curve is None):
        yield Issue(at, N_("A multiplier has either a factor or a curve. Give one of the two."))
    if multiplier.factor is not None and multiplier.factor < 0:
        yield Issue(f"{at}.factor", N_("A factor must be 0 or more."))
    if multiplier.condition is not None:
        yield from _condition(f"{at}.condition", multiplier.name, multiplier.condition, sources)
    if multiplier.curve is not None:
        yield from curve_issues(f"{at}.curve", multiplier.curve, None)
        if not sources.get(multiplier.metric, NO_SOURCE).has_data:
            yield Issue(f"{at}.metric", _NO_DATA, {"name": multiplier.name})


def _settings(plan: Plan) -> Iterator[Issue]:
    if plan.proration.rule is Rule.CUT_OFF and not 1 <= plan.proration.cut_off_day <= 28:
        yield Issue("proration.cut_off_day", N_("The cut-off is a day from 1 to 28."))
    if plan.negative.floor < 0:
        yield Issue("negative.floor", N_("The amount below which nothing is asked back must be 0 or more."))
    if plan.kind is not Kind.POOL:
        return
    if plan.measured is Measured.CUMULATIVE:
        yield Issue("measured", N_("A pool is split for each period; the year to date is for target bonuses."))
    if plan.pool.funding is Funding.SHARE_OF_METRIC and plan.pool.rate <= 0:
        yield Issue("pool.rate", N_("The pool is a share of a metric: give a share above 0."))
    if plan.rounding.when is When.PER_COMPONENT:
        yield Issue("rounding.when", N_("A pool is rounded once: rounding per component is not used."), blocking=False)


def _shares(plan: Plan, sources: Sources) -> Iterator[Issue]:
    """The metrics that money is a share of."""
    wanted = []
    if plan.target is TargetOf.METRIC:
        wanted.append(("target_metric", plan.target_metric))
    if plan.kind is Kind.POOL and plan.pool.funding is Funding.SHARE_OF_METRIC:
        wanted.append(("pool.metric", plan.pool.metric))
    for where, metric in wanted:
        if not metric:
            yield Issue(where, N_("Money is a share of a metric here: choose which."))
        elif not sources.get(metric, NO_SOURCE).has_data:
            yield Issue(where, N_("“%(name)s” has no value yet. Upload data first."), {"name": metric})
