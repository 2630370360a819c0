"""The families of plans, one module each. What all have in common is `apps.engine.plan.Planned`.

No module here loads Ibis or DuckDB; how a family is computed is in the module of the same name in `apps.engine.kinds`.
"""

from __future__ import annotations

from apps.engine.plan import Tables, Types, column_issues, issue
from apps.engine.plans.aggregates import MeasurePlan
from apps.engine.plans.entities import Base, EntityPlan, Threshold
from apps.engine.plans.funnels import FunnelPlan, FunnelStep, Order
from apps.engine.plans.history import Cohort, LifecyclePlan, RecurringPlan, RetentionPlan, Variant
from apps.engine.plans.money import conversion_issues
from apps.engine.plans.repeats import RepeatPlan
from apps.engine.plans.stocks import At, StockPlan
from apps.kernel.issue import N_, Issue

Plan = MeasurePlan | EntityPlan | LifecyclePlan | RetentionPlan | RecurringPlan | RepeatPlan | StockPlan | FunnelPlan

__all__ = [
    "At",
    "Base",
    "Cohort",
    "EntityPlan",
    "FunnelPlan",
    "FunnelStep",
    "LifecyclePlan",
    "MeasurePlan",
    "Order",
    "Plan",
    "RecurringPlan",
    "RepeatPlan",
    "RetentionPlan",
    "StockPlan",
    "Threshold",
    "Variant",
    "issues_of",
]


def issues_of(plan: Plan, types: Types, tables: Tables | None = None) -> list[Issue]:
    """Everything in `plan` that does not fit columns of these `types`; empty when it can be measured."""
    known = tables or {}
    found = column_issues(plan.id, [plan.split_by] if plan.split_by is not None else [], types)
    for key in plan.table_keys():
        if key not in known:
            message = N_("There is no data set “%(key)s” at hand; there are: %(keys)s.")
            found.append(issue(plan.id, message, key=key, keys=", ".join(known)))
    for conversion in plan.conversions():
        found += conversion_issues(plan.id, conversion, types, known)
    return found + plan.issues(types, known)
