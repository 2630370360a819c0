"""The company of the drivers bench: one tree of some 500 nodes, all of it formulas, with values of 36 months.

Leaves are typed metrics. All values are written as a worker would have: reading
is what is measured.
"""

import sys
from decimal import Decimal
from fractions import Fraction

from tests.bench.pages_company import EMAIL, MONTHS, PASSWORD

SLUG = "drivers"
WIDE = 8
LEAVES = 7
INNER = "{} * {} + {} * {} + {} * {} + {}"


def shape() -> dict[str, list[str]]:
    """What hangs below each formula, from the top: 8 branches of 8, each over 7 leaves."""
    below = {"top": [f"a{i}" for i in range(WIDE)]}
    for i in range(WIDE):
        below[f"a{i}"] = [f"a{i}_{j}" for j in range(WIDE)]
        for j in range(WIDE):
            below[f"a{i}_{j}"] = [f"a{i}_{j}_{k}" for k in range(LEAVES)]
    return below


def formula_of(parts: list[str]) -> str:
    return INNER.format(*parts) if len(parts) == LEAVES else " + ".join(parts)


def values_of(below: dict[str, list[str]], at: int) -> dict[str, Fraction]:
    """What everything comes to in a month; no two leaves move alike."""
    from apps.metrics.domain import formula
    from apps.metrics.domain.arithmetic import evaluate
    from apps.metrics.domain.formula import Input

    found: dict[str, Fraction] = {}
    for key, parts in reversed(below.items()):
        for number, part in enumerate(parts):
            found.setdefault(part, Fraction(10 + number) + Fraction((at * (number + 3) + len(part)) % 17, 4))
        read = {Input(part): found[part] for part in parts}
        found[key] = evaluate(formula.parse(formula_of(parts)), read).exact or Fraction(0)
    return found


def open_company() -> int:
    """Open the workspace, define everything, hang the tree, write the values; how many nodes it has."""
    from django.db import connection

    from apps.accounts.domain.roles import ROBOT
    from apps.kernel.period import Grain
    from apps.metrics import selectors, services
    from apps.work.models import Work
    from apps.workspaces.domain.company import Calendar, NewCompany
    from apps.workspaces.scope import inside
    from apps.workspaces.services import open_workspace

    wanted = NewCompany(
        company="Drivers", slug=SLUG, email=EMAIL, person_name="Pia", password=PASSWORD, language="en",
        calendar=Calendar(time_zone="Asia/Shanghai", currency="CNY"),
    )  # fmt: skip
    below = shape()
    with inside(open_workspace(wanted=wanted)):
        by_key = _define(below)
        services.choose_north_star(actor=ROBOT, metric_id=by_key["top"].id, grain=Grain.MONTH)
        _hang(below, by_key, selectors.tree().id)
        _write(below, by_key)
        Work.objects.filter(status="waiting").delete()
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
        return sum(1 for _node in selectors.tree().walk())


def _define(below: dict[str, list[str]]) -> dict:
    """Every metric with its one version, as `services.define` leaves them one by one."""
    from apps.metrics.domain.definition import document_of, parse
    from apps.metrics.models import Metric, MetricVersion

    leaves = [part for parts in below.values() for part in parts if part not in below]
    documents = {key: _document(key) for key in leaves}
    documents |= {key: _document(key, expression=formula_of(parts)) for key, parts in below.items()}
    metrics = {row.key: row for row in Metric.objects.bulk_create(Metric(key=key) for key in documents)}
    for key, metric in metrics.items():
        definition = document_of(parse(documents[key]))
        metric.current_version = MetricVersion(metric=metric, number=1, definition=definition)
    MetricVersion.objects.bulk_create(metric.current_version for metric in metrics.values())
    Metric.objects.bulk_update(metrics.values(), ["current_version"])
    return metrics


def _hang(below: dict[str, list[str]], by_key: dict, root_id: object) -> None:
    """What each formula names below it, level by level."""
    from apps.metrics.domain.branches import FORMULA
    from apps.metrics.models import TreeNode

    nodes = {"top": root_id}
    for key, parts in below.items():
        rows = TreeNode.objects.bulk_create(
            TreeNode(metric=by_key[part], parent_id=nodes[key], link=FORMULA, position=at)
            for at, part in enumerate(parts)
        )  # fmt: skip
        nodes |= {part: row.pk for part, row in zip(parts, rows, strict=True)}


def _document(key: str, **formula: str) -> dict:
    kind = "formula" if formula else "manual"
    return {"kind": kind, "key": key, "name": {"en": f"Metric {key}"}, "grains": ["month"]} | formula


def _write(below: dict[str, list[str]], by_key: dict) -> None:
    from apps.metrics.domain.arithmetic import rounded
    from apps.metrics.models import ComputeRun, MetricValue
    from apps.workspaces.scope import current_workspace

    calendar = current_workspace().calendar
    run = ComputeRun.objects.create(status="done")
    for at, month in enumerate(MONTHS):
        end = calendar.period_of(month, "month").end
        MetricValue.objects.bulk_create(
            MetricValue(
                metric=by_key[key], version_id=by_key[key].current_version_id, run=run, grain="month",
                period_start=month, period_end=end, value=Decimal(rounded(value)), state="final",
            )
            for key, value in values_of(below, at).items()
        )  # fmt: skip


if __name__ == "__main__":
    import django

    django.setup()
    print(open_company())
    sys.exit(0)
