"""The demo's year of pay: what happened in it, and a way from every line of every statement to its rows."""

from __future__ import annotations

from apps.datasets import selectors as datasets
from apps.incentives import selectors as pay
from apps.incentives.domain.paper import paid_lines
from apps.incentives.models import Dispute, Run, Statement
from apps.incentives.selectors.statements import values_today
from apps.metrics import selectors as metrics


def check_the_year() -> None:
    """Everything there is to say of the demo's pay; its company is entered."""
    runs = list(Run.objects.order_by("first", "created_at"))
    assert [(run.kind, run.state) for run in runs] == [
        ("regular", "paid"), ("regular", "paid"), ("adjustment", "paid"), ("regular", "paid"), ("regular", "locked"),
    ]  # fmt: skip
    statements = list(Statement.objects.select_related("run__plan", "run__version", "participant"))
    assert {row.participant.name for row in statements} >= {"王强", "何佳", "吴桐"}
    moved = [row for row in statements if row.participant.name == "何佳" and len(row.teams) == 2]
    assert len(moved) == 1
    assert Dispute.objects.get().state == "answered"
    corrected = [row for row in statements if row.run.kind == "adjustment"]
    assert corrected
    assert all(row.causes and row.due for row in corrected)
    assert pay.proof().holds
    for row in statements:
        leads_to_rows(row)


def leads_to_rows(row: Statement) -> None:
    """Each line of a statement: its component, where that lies on the curve, its value, and versions with rows."""
    today, lines = values_today(row), paid_lines(row.paper)
    assert lines
    assert sum(line.minor for line in lines) == row.paper.result.minor
    for cause in (cause for line in lines for cause in line.causes):
        source = dict(cause.reading.source)
        assert cause.outcome.landing is not None
        assert cause.sentences
        value = metrics.value_for(today[source["metric"], source["dimension"], source["member"]].id)
        assert value.looks
        used = [version for name, version in cause.reading.source if name == "dataset_version"]
        assert used
        for version in used:
            found = datasets.version_for(version)
            assert found.rows > 0
