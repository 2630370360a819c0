"""Computed again and again: what changes, what does not, and what stands in the way."""

from datetime import date
from decimal import Decimal

import pytest

from apps.datasets.models import Dataset
from apps.engine import EngineFailure
from apps.kernel.period import Grain
from apps.metrics import selectors
from apps.metrics.domain import filling
from apps.metrics.domain.reasons import Reason
from apps.metrics.models import ComputeRun, MetricValue
from apps.metrics.services import measure as measuring
from apps.metrics.services import planning
from apps.work.models import Work
from apps.work.services import enqueue
from tests.integration.metrics import metric_cases as m
from tests.integration.metrics.test_metrics_compute import FEB, JAN, MAR, ROWS

pytestmark = pytest.mark.django_db


def _define_some(define) -> None:
    define("revenue", "aggregate", measure=m.measure("sum", "amount"), dimensions=["region"], grains=["week", "month"])
    define("customers", "aggregate", measure=m.measure("distinct", "customer"), dimensions=["region"])
    define("arpu", "formula", expression="revenue / customers", dimensions=["region"])


def test_the_same_versions_again_change_nothing(upload, define, run_work, today) -> None:
    upload("orders", ROWS)
    _define_some(define)
    run_work()
    before = m.snapshot()
    enqueue("metrics.compute_all", subject="all")
    enqueue("metrics.compute_dataset", subject=Dataset.objects.get().pk)
    run_work()
    assert m.snapshot() == before
    assert list(ComputeRun.objects.values_list("status", "values_written")[:2]) == [("done", 0), ("done", 0)]


def test_a_computation_asks_the_engine_once_for_each_data_set(upload, define, run_work, today, monkeypatch) -> None:
    upload("orders", ROWS)
    _define_some(define)
    define("rolling", "aggregate", measure=m.measure("distinct", "customer"), trailing=2)
    run_work()
    asked = []

    def spy(request, claim, real=measuring.run_engine):
        asked.append(request)
        return real(request, claim)

    monkeypatch.setattr(measuring, "run_engine", spy)
    upload("orders", [("2026-03-20", "8", "eve", "North", "paid", "3")])
    (request,) = asked
    assert {(plan.grain, plan.first, plan.last) for plan in request.plans} == {
        (Grain.MONTH, MAR, date(2026, 3, 31)),
        (Grain.WEEK, date(2026, 3, 16), date(2026, 3, 22)),
    }


def test_a_corrected_row_restates_settled_values_and_says_why(upload, define, run_work, today) -> None:
    upload("orders", ROWS, row_key=["order_id"])
    _define_some(define)
    run_work()
    untouched = set(MetricValue.objects.filter(period_start=MAR).values_list("pk", "computed_at"))
    upload("orders", [("2026-01-15", "2", "bob", "South", "open", "5.25")], row_key=["order_id"])
    for key, value, former in [("revenue", "35.75", "34.75"), ("arpu", "17.875", "17.375")]:
        row = MetricValue.objects.get(metric__key=key, grain="month", period_start=JAN, dimension="")
        assert (row.value, row.state, row.former_value) == (Decimal(value), "restated", Decimal(former))
    reasons = [selectors.series(key, Grain.MONTH).points[0].reason for key in ("revenue", "arpu")]
    assert reasons == ["The data changed: Orders v2.", "A metric it is calculated from changed: Revenue."]
    assert MetricValue.objects.get(metric__key="customers", period_start=JAN, dimension="").state == "final"
    assert set(MetricValue.objects.filter(period_start=MAR).values_list("pk", "computed_at")) == untouched
    before = m.snapshot()
    enqueue("metrics.compute_all", subject="all")
    run_work()
    assert m.snapshot() == before


def test_a_new_definition_replaces_the_values_and_restates_nothing(upload, define, run_work, today) -> None:
    upload("orders", ROWS)
    define("total", "aggregate", measure=m.measure("sum", "amount"), grains=["month", "week"])
    run_work()
    define("total", "aggregate", measure=m.measure("count"))
    assert not selectors.metric_for("total").is_computed
    run_work()
    assert selectors.metric_for("total").is_computed
    points = selectors.series("total", Grain.MONTH).points
    assert [(p.value, p.state, p.former_value, p.version_number) for p in points] == [
        (3, "final", None, 2),
        (2, "final", None, 2),
        (2, "final", None, 2),
    ]
    assert m.totals("total", "week") == {}


def test_rows_that_are_taken_away_are_remembered(upload, define, run_work, today) -> None:
    upload("orders", ROWS)
    define("total", "aggregate", measure=m.measure("sum", "amount"), dimensions=["region"])
    run_work()
    upload("orders", ROWS[3:], mode="replace")
    row = MetricValue.objects.get(period_start=JAN, dimension="")
    assert (row.value, row.state, row.former_value) == (None, "no_data", Decimal("34.75"))
    assert {start for start, _ in m.cells("total", "month", "region")} == {FEB, MAR}


def test_uploads_that_pile_up_are_all_seen(upload, define, run_work, today) -> None:
    """Two versions before a worker comes: the first computation brings both, the second finds nothing to do."""
    upload("orders", ROWS)
    define("total", "aggregate", measure=m.measure("sum", "amount"))
    run_work()
    Work.objects.filter(kind="metrics.compute_dataset").delete()
    upload("orders", [("2026-01-02", "8", "x", "North", "paid", "1")], compute=False)
    upload("orders", [("2026-03-02", "9", "x", "North", "paid", "2")])
    assert m.totals("total") == {JAN: Decimal("35.75"), FEB: 7, MAR: Decimal("2.3")}


# --- trouble ----------------------------------------------------------------------------------------------------------


def test_a_definition_that_changes_meanwhile_is_computed_anew(upload, define, run_work, today, monkeypatch) -> None:
    upload("orders", ROWS)
    define("total", "aggregate", measure=m.measure("sum", "amount"))
    asked = []

    def meddle(request, claim, real=measuring.run_engine):
        asked.append(request)
        if len(asked) == 1:
            define("total", "aggregate", measure=m.measure("count"))
        return real(request, claim)

    monkeypatch.setattr(measuring, "run_engine", meddle)
    run_work()
    assert m.totals("total") == {JAN: 3, FEB: 2, MAR: 2}
    assert set(MetricValue.objects.values_list("version__number", flat=True)) == {2}


def test_new_data_meanwhile_is_computed_anew(upload, define, run_work, today, monkeypatch) -> None:
    upload("orders", ROWS)
    define("total", "aggregate", measure=m.measure("sum", "amount"))
    upload("orders", [("2026-02-02", "8", "x", "North", "paid", "100")], compute=False)
    real_numbers, seen = planning.current_numbers, []

    def older_at_first(keys):
        seen.append(keys)
        return {"orders": 0} if len(seen) == 1 else real_numbers(keys)

    monkeypatch.setattr(planning, "current_numbers", older_at_first)
    run_work()
    assert len(seen) >= 2
    assert m.totals("total")[FEB] == 107


def test_a_failure_leaves_the_old_values_and_says_why(upload, define, run_work, today) -> None:
    from apps.datasets.selectors import files_of

    upload("orders", ROWS)
    define("total", "aggregate", measure=m.measure("sum", "amount"))
    run_work()
    before = m.snapshot()
    for file in files_of(Dataset.objects.get().current_version):
        with open(file.path, "r+b") as parquet:
            parquet.truncate(100)
    define("total", "aggregate", measure=m.measure("count"))
    run_work()
    assert m.snapshot() == before
    run = ComputeRun.objects.first()
    assert run.status == "failed"
    assert Reason.from_json(run.reason).in_words(str)
    assert run.finished_at is not None
    work = Work.objects.filter(kind="metrics.compute_metric").order_by("-created_at").first()
    assert work.reason


def test_a_run_that_died_is_closed_by_the_next_attempt(upload, define, run_work, today) -> None:
    upload("orders", ROWS)
    define("total", "aggregate", measure=m.measure("sum", "amount"))
    work = Work.objects.get(kind="metrics.compute_metric")
    ComputeRun.objects.create(work_id=work.pk, cause={"message": "x"})
    run_work()
    assert list(ComputeRun.objects.filter(work_id=work.pk).values_list("status", flat=True)) == ["done", "failed"]


def test_a_column_that_is_gone_stops_only_what_reads_it(upload, define, run_work, today) -> None:
    upload("orders", ROWS)
    define("total", "aggregate", measure=m.measure("sum", "amount"))
    define("visits", "aggregate", measure=m.measure("count"))
    run_work()
    upload("orders", [row[:5] for row in ROWS[:3]], m.ORDERS[:5], mode="replace")
    assert m.totals("total")[FEB] == 7
    problems = selectors.metric_for("total").problems
    assert [(issue.where, issue.blocking) for issue in problems] == [("measure.column", True)]
    assert m.totals("visits")[JAN] == 3
    upload("orders", ROWS, mode="replace")
    assert selectors.metric_for("total").problems == ()
    assert m.totals("total") == {JAN: Decimal("34.75"), FEB: 7, MAR: Decimal("0.3")}


def test_a_dimension_with_too_many_members_is_not_split(upload, define, run_work, today, monkeypatch) -> None:
    monkeypatch.setattr(filling, "MOST_MEMBERS", 2)
    upload("orders", ROWS)
    define("total", "aggregate", measure=m.measure("sum", "amount"), dimensions=["region"])
    run_work()
    assert m.cells("total", "month", "region") == {}
    (issue,) = selectors.metric_for("total").problems
    assert (issue.where, issue.blocking) == ("dimensions.region", False)
    upload("orders", [("2026-03-02", "9", "x", "North", "paid", "2")])
    assert m.cells("total", "month", "region") == {}
    assert m.totals("total")[MAR] == Decimal("2.3")


def test_a_dimension_the_engine_gives_up_on_stops_nothing_else(upload, define, run_work, today, monkeypatch) -> None:
    def give_up(request, claim, real=measuring.run_engine):
        if any(plan.split_by == "region" for plan in request.plans):
            raise EngineFailure("Too many different values.")
        return real(request, claim)

    monkeypatch.setattr(measuring, "run_engine", give_up)
    monkeypatch.setattr(measuring, "MOST_MEMBERS", 1)
    upload("orders", ROWS)
    define("total", "aggregate", measure=m.measure("sum", "amount"), dimensions=["region"])
    run_work()
    assert (m.cells("total", "month", "region"), m.totals("total")[FEB]) == ({}, 7)
    assert [issue.where for issue in selectors.metric_for("total").problems] == ["dimensions.region"]


def test_nothing_loaded_yet_is_said(upload, define, run_work, today) -> None:
    dataset = upload("orders", ROWS)
    Dataset.objects.filter(pk=dataset.pk).update(current_version=None)
    define("total", "aggregate", measure=m.measure("sum", "amount"))
    run_work()
    (issue,) = selectors.metric_for("total").problems
    assert str(issue) == "Nothing has been loaded into Orders yet."
    assert m.totals("total") == {}
