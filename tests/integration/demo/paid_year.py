"""The demo's year of pay: what happened in it, and a way from every line of every statement to its rows."""

from __future__ import annotations

from django.contrib.auth import get_user_model

from apps.datasets import selectors as datasets
from apps.demo.domain.story import GROUP
from apps.incentives import selectors as pay
from apps.incentives.domain.paper import paid_lines
from apps.incentives.models import Dispute, Run, Statement
from apps.incentives.selectors.statements import values_today
from apps.metrics import selectors as metrics
from apps.metrics.services import request_rows
from apps.work.services import run_due


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
    values = {value for row in statements for value in leads_to_values(row)}
    assert values
    owner = get_user_model().objects.get(email=f"wangheng@{GROUP.domain}").actor
    for value in values:
        request_rows(actor=owner, value_id=value)
    while run_due():
        pass
    for value in values:  # what a click on "The uploaded rows" shows
        found = metrics.rows_kept(value, "numerator", 1)
        assert found.total >= len(found.rows) > 0
        assert all(name and place > 1 for name, place, *_cells in found.rows), "the file, and the row in it"


def leads_to_values(row: Statement) -> set[int]:
    """Each line of a statement: its component, where that lies on the curve, versions of data that still have rows, and
    its value as it is now. Gives the ids of the values.
    """
    today, lines = values_today(row), paid_lines(row.paper)
    assert sum(line.minor for line in lines) == row.paper.result.minor
    assert {line.key for line in lines} == {each.key for each in row.paper.plan.components}
    values = set()
    for line in lines:
        assert [cause.team for cause in line.causes] == list(dict.fromkeys(s.team for s in row.paper.result.slices))
        for cause in line.causes:
            source = dict(cause.reading.source)
            assert cause.outcome.landing is not None
            assert cause.sentences
            standing = today[source["metric"], source["dimension"], source["member"]]
            assert "numerator" in metrics.value_for(standing.id).sides
            used = [version for name, version in cause.reading.source if name == "dataset_version"]
            assert used
            assert all(datasets.version_for(version).rows > 0 for version in used)
            values.add(standing.id)
    return values
