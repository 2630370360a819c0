"""The families of plans, one module each. What all have in common is `apps.engine.plan.Planned`.

No module here loads Ibis or DuckDB; how a family is computed is in the module of the same name in `apps.engine.kinds`.
"""

from __future__ import annotations

from apps.engine.attribute import Attribute
from apps.engine.misfits import column_issues, issue
from apps.engine.plan import Tables, Types
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
    if plan.attribute is not None:
        found += _attribute_issues(plan.id, plan.attribute, types, known)
        if plan.split_by is not None:
            message = N_("The values are for each member of a column or of another data set, not of both.")
            found.append(issue(plan.id, message))
    for key in plan.table_keys():
        if key not in known:
            message = N_("There is no data set “%(key)s” at hand; there are: %(keys)s.")
            found.append(issue(plan.id, message, key=key, keys=", ".join(known)))
    for conversion in plan.conversions():
        found += conversion_issues(plan.id, conversion, types, known)
    return found + plan.issues(types, known)


def _attribute_issues(plan_id: str, attribute: Attribute, types: Types, tables: Tables) -> list[Issue]:
    """What does not fit in the member that another data set says."""
    found = column_issues(plan_id, [attribute.entity], types)
    if attribute.table not in tables:
        return found  # said once, by `issues_of`
    columns, key = tables[attribute.table], attribute.found_by
    found += column_issues(plan_id, [attribute.column, key, *filter(None, [attribute.moment])], columns)
    if not found and types[attribute.entity] != columns[key]:
        message = N_("“%(entity)s” and “%(key)s” of “%(table)s” are of different types: no row would be found.")
        found.append(issue(plan_id, message, entity=attribute.entity, key=key, table=attribute.table))
    return found
