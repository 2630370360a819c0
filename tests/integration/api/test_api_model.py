"""The model as code: exported, planned, applied; here and in another company."""

from decimal import Decimal

import pytest

from apps.accounts.domain.roles import Actor, Role
from apps.api.model.acting import Options
from apps.api.model.difference import Status
from apps.api.model.parsing import parse_yaml
from apps.api.model.planning import Plan, apply_model, export_model, plan_model
from apps.api.model.reading import ModelRefused
from apps.api.model.writing import write_yaml
from apps.audit.models import Entry
from apps.kernel.issue import Forbidden, Refusal
from apps.kernel.period import Grain
from apps.metrics import selectors as metrics
from apps.metrics.models import MetricVersion
from apps.targets.models import Target
from apps.work.models import Work
from apps.workspaces.scope import inside

MODEL = """\
version: 1
datasets:
  orders:
    name: Orders
    columns:
      - {name: day, source: day, type: date, role: time}
      - {name: store, source: store, type: text, role: dimension}
      - {name: amount, source: amount, type: decimal, role: measure}
metrics:
  revenue:
    name: {en: Revenue, zh: 收入}
    kind: aggregate
    unit: {kind: currency, decimals: 2}
    grains: [month]
    dimensions: [store]
    measure: {dataset: orders, how: sum, column: amount}
  orders:
    name: {en: Orders}
    kind: aggregate
    unit: {kind: count}
    grains: [month]
    dimensions: [store]
    measure: {dataset: orders, how: count}
  basket:
    name: {en: Basket}
    kind: formula
    unit: {kind: currency, decimals: 2}
    grains: [month]
    dimensions: [store]
    expression: revenue / orders
  joy:
    name: {en: Joy}
    kind: manual
    grains: [month]
north_star: {metric: basket, grain: month, reason: What a visit is worth}
tree:
  - {metric: orders}
  - metric: revenue
    below:
      - {metric: joy, link: influence}
targets:
  - {metric: basket, grain: month, baseline: 20, goal: "25.5", start: 2026-04-01, due: 2026-12-31}
  - {metric: revenue, grain: month, dimension: store, member: North, baseline: 5, goal: 9, start: 2026-04-01, due: 2026-12-31}
"""


def apply(actor: Actor, text: str, fingerprint: str | None = None, **options: object) -> Plan:
    wanted, read = parse_yaml(text)
    return apply_model(actor=actor, wanted=wanted, read=read, options=Options(**options), fingerprint=fingerprint)


def plan(actor: Actor, text: str, **options: object) -> Plan:
    wanted, read = parse_yaml(text)
    return plan_model(actor=actor, wanted=wanted, read=read, options=Options(**options))


def said(done: Plan, *statuses: Status) -> set[str]:
    return {f"{change.section}:{change.key}" for change in done.changes if change.status in statuses}


def test_an_empty_company_gets_everything_and_the_second_time_nothing(in_acme, actor) -> None:
    planned = plan(actor, MODEL)
    assert not metrics.metrics(), "a plan changes nothing"
    assert not Entry.objects.exists()
    done = apply(actor, MODEL, planned.fingerprint, note="Release 1")
    assert done.changes == planned.changes
    assert said(done, Status.CREATED) == {
        "datasets:orders", "metrics:basket", "metrics:joy", "metrics:orders", "metrics:revenue",
        "north_star:north_star", "tree:basket / orders", "tree:basket / revenue", "tree:basket / revenue / joy",
        "targets:basket / month", "targets:revenue / month / store=North",
    }  # fmt: skip
    assert metrics.north_star().key if False else metrics.north_star().metric.key == "basket"
    assert {version.note for version in MetricVersion.objects.all()} == {"Release 1"}
    entry = Entry.objects.get(act="model.applied")
    assert (entry.note, entry.after["north_star"], entry.actor_name) == ("Release 1", ["north_star"], "Ada")
    versions, targets, work, entries = _counts()
    again = apply(actor, MODEL)
    assert again.is_empty
    assert _counts() == (versions, targets, work, entries), "nothing is written the second time"
    exported = write_yaml(export_model(actor))
    assert apply(actor, exported).is_empty
    assert write_yaml(export_model(actor)) == exported


def _counts() -> tuple[int, ...]:
    return tuple(model.objects.count() for model in (MetricVersion, Target, Work, Entry))
