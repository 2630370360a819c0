"""Type the values of manual metrics."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from uuid import UUID

from django.db import transaction

from apps.accounts.domain.roles import Actor
from apps.audit.services import record
from apps.kernel.issue import N_, Issue, Refusal
from apps.kernel.period import Grain
from apps.metrics import selectors
from apps.metrics.domain.arithmetic import fits
from apps.metrics.models import ManualValue, Metric
from apps.work.services import enqueue
from apps.workspaces.scope import current_workspace

LONGEST_MEMBER = 200
NOT_TAKEN = N_("Some of the values cannot be taken.")


@dataclass(frozen=True)
class TypedValue:
    """A value somebody typed for the period that starts on a day; None takes an earlier one back."""

    period_start: date
    value: Decimal | None
    dimension: str = ""
    member: str = ""
    note: str = ""


def type_value(
    *,
    actor: Actor,
    metric_id: UUID,
    grain: Grain,
    period_start: date,
    value: Decimal | None,
    dimension: str = "",
    member: str = "",
    note: str = "",
) -> None:
    """Type one value of a manual metric; None takes it back. Older values stay as history."""
    typed = TypedValue(period_start, value, dimension, member, note)
    type_values(actor=actor, metric_id=metric_id, grain=grain, values=[typed])


@transaction.atomic
def type_values(*, actor: Actor, metric_id: UUID, grain: Grain, values: Sequence[TypedValue]) -> int:
    """Type several values of a manual metric at once; how many of them differ from what was there.

    All or none: Refusal with an Issue at "values.<index>" for each that cannot be taken.
    """
    actor.must("values.type")
    view = selectors.metric_for(metric_id)
    if issues := _all_issues(view, grain, values):
        raise Refusal(NOT_TAKEN, issues=issues)
    return _write(view, grain, values, actor)


@transaction.atomic
def type_grid(*, actor: Actor, grain: Grain, values: Mapping[UUID, Sequence[TypedValue]]) -> int:
    """Type values of several manual metrics at once; how many of them differ from what was there.

    All or none: Refusal with an Issue at "<metric's id>.values.<index>" for each that cannot be taken.
    """
    actor.must("values.type")
    views = {metric_id: selectors.metric_for(metric_id) for metric_id in values}
    issues = [
        replace(issue, where=f"{metric_id}.{issue.where}")
        for metric_id, typed in values.items()
        for issue in _all_issues(views[metric_id], grain, typed)
    ]
    if issues:
        raise Refusal(NOT_TAKEN, issues=issues)
    return sum(_write(views[metric_id], grain, typed, actor) for metric_id, typed in values.items())


def _all_issues(view: selectors.MetricView, grain: Grain, values: Sequence[TypedValue]) -> list[Issue]:
    found = _metric_issues(view, grain)
    return found or [issue for index, typed in enumerate(values) for issue in _issues(view, grain, index, typed)]


def _write(view: selectors.MetricView, grain: Grain, values: Sequence[TypedValue], actor: Actor) -> int:
    fresh = _that_differ(view.id, grain, values)
    ManualValue.objects.bulk_create(_row(view.id, grain, typed, actor) for typed in fresh)
    if fresh:
        metric = Metric.objects.get(pk=view.id)
        record(actor=actor, act="metric.values_typed", subject=metric, after=[_said(typed) for typed in fresh])
        enqueue("metrics.compute_metric", subject=view.id, about=view.key, asked_by=actor.id)
    return len(fresh)


def _metric_issues(view: selectors.MetricView, grain: Grain) -> list[Issue]:
    if view.kind != "manual" or view.archived:
        return [Issue("", N_("Values are typed only for manual metrics; the others are computed."))]
    if grain not in view.grains:
        message = N_("“%(key)s” has no values by %(grain)s.")
        return [Issue("grain", message, {"key": view.key, "grain": grain})]
    return []


def _issues(view: selectors.MetricView, grain: Grain, index: int, typed: TypedValue) -> list[Issue]:
    where, found = f"values.{index}", []
    start = current_workspace().calendar.period_of(typed.period_start, Grain(grain)).start
    if start != typed.period_start:
        message = N_("No period starts on %(day)s; the one around it starts on %(start)s.")
        found.append(Issue(where, message, {"day": typed.period_start.isoformat(), "start": start.isoformat()}))
    if typed.dimension and typed.dimension not in view.dimensions:
        found.append(Issue(where, N_("“%(name)s” is no dimension of this metric."), {"name": typed.dimension}))
    if not typed.dimension and typed.member:
        found.append(Issue(where, N_("Choose the dimension “%(name)s” belongs to."), {"name": typed.member}))
    if typed.dimension and not 0 < len(typed.member) <= LONGEST_MEMBER:
        found.append(Issue(where, N_("Name the member, in at most %(most)s characters."), {"most": LONGEST_MEMBER}))
    if typed.value is not None and (not typed.value.is_finite() or not fits(typed.value)):
        found.append(Issue(where, N_("The value is too large.")))
    elif typed.value is not None and (Fraction(typed.value) * 10**12).denominator != 1:
        found.append(Issue(where, N_("A value has at most 12 digits after the point.")))
    return found


def _that_differ(metric_id: UUID, grain: Grain, values: Sequence[TypedValue]) -> list[TypedValue]:
    rows = ManualValue.objects.filter(metric_id=metric_id, grain=grain).order_by("typed_at", "pk")
    now = {(row.period_start, row.dimension, row.member): (row.value, row.note) for row in rows}
    fresh = []
    for typed in values:
        place = (typed.period_start, typed.dimension, typed.member)
        if now.get(place, (None, "")) != (typed.value, typed.note):
            now[place] = (typed.value, typed.note)
            fresh.append(typed)
    return fresh


def _row(metric_id: UUID, grain: Grain, typed: TypedValue, actor: Actor) -> ManualValue:
    return ManualValue(
        metric_id=metric_id,
        grain=grain,
        period_start=typed.period_start,
        dimension=typed.dimension,
        member=typed.member,
        value=typed.value,
        note=typed.note,
        typed_by=actor.id,
        typed_by_name=actor.name[:120],
    )


def _said(typed: TypedValue) -> dict[str, str | None]:
    return {
        "period": typed.period_start.isoformat(),
        "dimension": typed.dimension,
        "member": typed.member,
        "value": None if typed.value is None else f"{typed.value:f}",
    }
