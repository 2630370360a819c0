"""From readings to one payout factor, in the fixed order of goals_and_pay 3.7, every step kept with its name.

attainment -> curve -> component cap and gate -> weighted sum -> multipliers -> total gate -> total cap
(-> x prorated target -> individual coefficient -> person cap -> round: `run.py`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from fractions import Fraction
from typing import TypeVar

from apps.incentives.domain.attainment import ONE, ZERO, Attained, Reading, attain
from apps.incentives.domain.curve import Band, Landing, bands, land
from apps.incentives.domain.plan import (
    Combine,
    Component,
    Condition,
    Gate,
    GatesWhen,
    Missing,
    Multiplier,
    Plan,
    Scope,
    Unknown,
)
from apps.kernel.issue import N_, Issue, Refusal

Kept = TypeVar("Kept")

Readings = Mapping[tuple[str, str], Reading]
"""What is known, by the key of a component, gate or multiplier, and a team's key ("" for the company)."""


class Verdict(StrEnum):
    """What somebody decided about a component that has no value."""

    ZERO = "zero"
    VOID = "void"


@dataclass(frozen=True)
class Decision:
    """That a component of a team ("" for the company) pays nothing, or is void; who says so, why, who approved it."""

    component: str
    team: str
    verdict: Verdict
    reason: str
    by: str
    approved_by: str = ""


class StepName(StrEnum):
    """What was done to the running factor."""

    SUM = "sum"
    TOTAL_CURVE = "total_curve"
    PRODUCT = "product"
    MULTIPLIER = "multiplier"
    GATE = "gate"
    CAP = "cap"


@dataclass(frozen=True)
class Step:
    """One step: its `amount` (a multiplier's factor, a gate's cap, a sum) and the factor `after` it.

    `key` names the gate or multiplier, `value` is what its metric read, `held` whether its condition held.
    """

    name: StepName
    after: Fraction
    amount: Fraction
    key: str = ""
    value: Fraction | None = None
    held: bool = True


@dataclass(frozen=True)
class Outcome:
    """One component: what was attained, where that lies on the curve, and what it adds to the factor.

    `factor` is after cap and gates (`limited` names them), `weight` after voided components gave theirs away,
    `contribution` is its part of `Assembly.total`. `verdict` is somebody's decision in place of a value; `bands` and
    `money` belong to tiers.
    """

    key: str
    weight: Fraction
    attained: Attained | None = None
    landing: Landing | None = None
    factor: Fraction = ZERO
    contribution: Fraction = ZERO
    limited: tuple[str, ...] = ()
    verdict: Verdict | None = None
    bands: tuple[Band, ...] = ()
    money: Fraction | None = None


@dataclass(frozen=True)
class Assembly:
    """What a team's readings come to: components, steps, and the factor that a target is multiplied by."""

    components: tuple[Outcome, ...]
    steps: tuple[Step, ...]
    factor: Fraction

    def parts(self) -> tuple[tuple[str, Fraction], ...]:
        """What each component adds to `factor` after all steps; exact, and they add up to it.

        Components that multiply each other cannot be told apart: they are one part with the key "".
        """
        whole = sum((outcome.contribution for outcome in self.components), ZERO)
        if self.factor == 0:
            return tuple((outcome.key, ZERO) for outcome in self.components)
        if whole == 0:
            return (("", self.factor),)
        return tuple((outcome.key, Fraction(outcome.contribution * self.factor, whole)) for outcome in self.components)


@dataclass(frozen=True)
class Situation:
    """What one assembly is made from; `target` is the target bonus that tiers are measured against."""

    readings: Readings
    team: str
    decisions: Mapping[tuple[str, str], Decision]
    target: Fraction | None = None

    def reading(self, key: str, scope: Scope) -> Reading:
        """What is known; an empty reading where nothing is."""
        return self.readings.get((key, self._team(scope)), _NOTHING)

    def decision(self, component: Component) -> Decision | None:
        """Somebody's decision about a component, if there is one."""
        return self.decisions.get((component.key, self._team(component.scope)))

    def _team(self, scope: Scope) -> str:
        return self.team if scope is Scope.TEAM else ""


_NOTHING = Reading()


def assemble(plan: Plan, situation: Situation) -> Assembly:
    """Work out the payout factor. Refusal lists everything that is missing, each with its place, at once."""
    trouble: list[Issue] = []
    gates = [_tried(trouble, gate.name, _gate, gate, situation) for gate in plan.gates]
    multipliers = [_tried(trouble, each.name, _multiplier, each, situation) for each in plan.multipliers]
    found = [_tried(trouble, each.name, _outcome, plan, each, situation) for each in plan.components]
    if trouble:
        raise Refusal(N_("Pay cannot be calculated yet: figures are missing."), issues=trouble)
    on_components = {gate.key: gate for gate in plan.gates if gate.component}
    failed = [on_components[step.key] for step in gates if step and step.key in on_components and not step.held]
    limited = [
        _limited(component, outcome, [gate for gate in failed if gate.component == component.key])
        for component, outcome in zip(plan.components, found, strict=True)
        if outcome
    ]
    weighed, total = _combined(plan, limited)
    on_total = [step for step in gates if step and step.key not in on_components]
    multiplied = [step for step in multipliers if step]
    gates_first = plan.gates_when is GatesWhen.BEFORE_MULTIPLIERS
    steps = [total]
    for step in (*on_total, *multiplied) if gates_first else (*multiplied, *on_total):
        steps.append(_applied(step, steps[-1].after))
    if plan.total_cap is not None:
        before = steps[-1].after
        steps.append(Step(StepName.CAP, min(before, plan.total_cap), plan.total_cap, held=before <= plan.total_cap))
    return Assembly(tuple(weighed), tuple(steps), steps[-1].after)


def _tried(trouble: list[Issue], where: str, act: Callable[..., Kept], *given: object) -> Kept | None:
    """What `act` answers, or None with its refusal among the `trouble`."""
    try:
        return act(*given)
    except Refusal as refusal:
        trouble.append(Issue(where, refusal.message, refusal.params))
        return None


def _gate(gate: Gate, situation: Situation) -> Step:
    """A gate's outcome, not yet applied."""
    value = situation.reading(gate.key, gate.condition.scope).actual
    if value is None and gate.unknown is Unknown.BLOCKS:
        raise Refusal(N_("The gate's metric has no value for the period. Upload the data."))
    held = value is not None and gate.condition.holds(value)
    return Step(StepName.GATE, ZERO, gate.cap, gate.key, value, held)


def _multiplier(multiplier: Multiplier, situation: Situation) -> Step:
    """A multiplier's factor, not yet applied."""
    condition: Condition | None = multiplier.condition
    if condition is None and multiplier.curve is None:
        return Step(StepName.MULTIPLIER, ZERO, multiplier.times, multiplier.key)
    scope = multiplier.scope if condition is None else condition.scope
    value = situation.reading(multiplier.key, scope).actual
    if value is None:
        raise Refusal(N_("The multiplier's metric has no value for the period. Upload the data."))
    held = condition is None or condition.holds(value)
    if not held:
        return Step(StepName.MULTIPLIER, ZERO, ONE, multiplier.key, value, held=False)
    amount = land(multiplier.curve, Attained(value, value)).factor if multiplier.curve else multiplier.times
    return Step(StepName.MULTIPLIER, ZERO, amount, multiplier.key, value)


def _outcome(plan: Plan, component: Component, situation: Situation) -> Outcome:
    """What a component attained and where that lies, before any limit."""
    reading, decision = situation.reading(component.key, component.scope), situation.decision(component)
    if decision is not None:
        _allowed(plan, decision)
        return Outcome(component.key, component.weight, verdict=decision.verdict)
    attained = attain(component.attaining, reading)
    if component.tiers is not None:
        if not situation.target:
            raise Refusal(N_("Tiers pay a share of the target bonus, and there is none. Give a target above 0."))
        paid = bands(component.tiers, attained.value)
        money = sum((band.pay for band in paid), ZERO)
        return Outcome(component.key, ONE, attained, factor=Fraction(money, situation.target), bands=paid, money=money)
    if plan.combine is Combine.ON_TOTAL:
        return Outcome(component.key, component.weight, attained, factor=_on_total(plan, attained))
    landing = land(component.curve, attained)
    return Outcome(component.key, component.weight, attained, landing, landing.factor)


def _on_total(plan: Plan, attained: Attained) -> Fraction:
    """The attainment that is weighed; where there is no ratio, the last point of the curve on the total."""
    points = plan.total_curve.points if plan.total_curve else ()
    return points[-1].x if attained.top and points else attained.value


def _allowed(plan: Plan, decision: Decision) -> None:
    """Refuse a decision that the plan does not know, or that lacks its reason or its second person."""
    wanted = Missing.ZERO if decision.verdict is Verdict.ZERO else Missing.REWEIGHT
    if plan.missing is not wanted:
        raise Refusal(N_("The plan does not allow this decision about a missing value. Upload the data."))
    if not decision.reason.strip():
        raise Refusal(N_("A decision about a missing value needs its reason."))
    if decision.verdict is Verdict.VOID and decision.approved_by in ("", decision.by):
        raise Refusal(N_("Giving a component's weight to the others needs the approval of a second person."))


def _limited(component: Component, outcome: Outcome, failed: list[Gate]) -> Outcome:
    """After the component's cap and the gates on it that were failed."""
    limits = [] if component.cap is None else [("cap", component.cap)]
    limits += [(gate.key, gate.cap) for gate in failed]
    factor, names = outcome.factor, []
    for name, most in limits:
        if factor > most:
            factor = most
            names.append(name)
    return replace(outcome, factor=factor, limited=tuple(names))


def _combined(plan: Plan, outcomes: list[Outcome]) -> tuple[list[Outcome], Step]:
    """Weights after voided components gave theirs away, contributions, and the first step."""
    weighed = _reweighted(outcomes)
    live = [outcome for outcome in weighed if outcome.verdict is not Verdict.VOID]
    if not live:
        raise Refusal(N_("Every component is void: nothing is left to pay by."))
    tiers = sum((outcome.factor for outcome in live if outcome.money is not None), ZERO)
    if plan.combine is Combine.MULTIPLIED:
        product = ONE
        for outcome in live:
            product *= ONE if outcome.money is not None else outcome.factor
        return weighed, Step(StepName.PRODUCT, product + tiers, product)
    total = sum((outcome.weight * outcome.factor for outcome in live if outcome.money is None), ZERO)
    given = [replace(outcome, contribution=outcome.weight * outcome.factor) for outcome in weighed]
    if plan.combine is Combine.WEIGHTED or plan.total_curve is None:
        return given, Step(StepName.SUM, total + tiers, total)
    landing = land(plan.total_curve, Attained(total, total))
    ratio = Fraction(landing.factor, total) if total else ZERO
    shared = [
        outcome if outcome.money is not None else replace(outcome, contribution=outcome.contribution * ratio)
        for outcome in given
    ]
    return shared, Step(StepName.TOTAL_CURVE, landing.factor + tiers, total)


def _reweighted(outcomes: list[Outcome]) -> list[Outcome]:
    """The weights of void components go to the others, in proportion to theirs."""
    sharing = [outcome for outcome in outcomes if outcome.money is None]
    whole = sum((outcome.weight for outcome in sharing), ZERO)
    live = sum((outcome.weight for outcome in sharing if outcome.verdict is not Verdict.VOID), ZERO)
    if live in (ZERO, whole):
        return outcomes
    return [
        replace(outcome, weight=ZERO)
        if outcome.verdict is Verdict.VOID
        else outcome
        if outcome.money is not None
        else replace(outcome, weight=Fraction(outcome.weight * whole, live))
        for outcome in outcomes
    ]


def _applied(step: Step, before: Fraction) -> Step:
    """A gate or a multiplier, applied to the running factor."""
    if step.name is StepName.MULTIPLIER:
        return replace(step, after=before * step.amount)
    return replace(step, after=before if step.held else min(before, step.amount))
