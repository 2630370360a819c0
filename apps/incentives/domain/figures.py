"""Which figures a plan reads: each by the key it is kept under, with the metric and the scope it is of."""

from __future__ import annotations

from dataclasses import dataclass

from apps.incentives.domain.attainment import needs
from apps.incentives.domain.plan import Kind, Plan, Scope, TargetOf
from apps.incentives.domain.pool import Funding
from apps.incentives.domain.snapshot import POOL_METRIC, TARGET_METRIC


@dataclass(frozen=True)
class Wanted:
    """A reading that a plan asks for. `with_target`: it is measured against what was agreed."""

    key: str
    metric: str
    scope: Scope
    with_target: bool = False


_AGREED = frozenset({"target", "start", "low", "high", "tolerance"})


def wanted(plan: Plan) -> tuple[Wanted, ...]:
    """Every reading of components, gates and multipliers, in the order of the plan.

    What money is a share of is read for the team and, where that has no value, for the company.
    """
    found = [
        Wanted(each.key, each.metric, each.scope, bool(_AGREED & set(needs(each.attaining))))
        for each in plan.components
    ]
    found += [Wanted(each.key, each.condition.metric, each.condition.scope) for each in plan.gates]
    for each in plan.multipliers:
        if each.condition is not None:
            found.append(Wanted(each.key, each.condition.metric, each.condition.scope))
        elif each.curve is not None:
            found.append(Wanted(each.key, each.metric, each.scope))
    if plan.target is TargetOf.METRIC and plan.target_metric:
        found += [Wanted(TARGET_METRIC, plan.target_metric, scope) for scope in Scope]
    if plan.kind is Kind.POOL and plan.pool.funding is Funding.SHARE_OF_METRIC and plan.pool.metric:
        found += [Wanted(POOL_METRIC, plan.pool.metric, scope) for scope in Scope]
    return tuple(found)
