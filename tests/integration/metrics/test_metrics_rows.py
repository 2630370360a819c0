"""Where does this come from: from a value back to the uploaded rows."""

from datetime import date

import pytest

from apps.audit import selectors as audit
from apps.kernel.issue import Forbidden, NotHere, Refusal
from apps.metrics import selectors, services
from apps.metrics.models import ComputeRun, MetricValue
from apps.metrics.services.reading import GONE
from tests.integration.metrics import metric_cases as m

pytestmark = pytest.mark.django_db

JAN, FEB = date(2026, 1, 1), date(2026, 2, 1)
ROWS = [
    ("2026-01-01", "1", "ann", "North", "paid", "10.50"),
    ("2026-01-15", "2", "bob", "South", "open", "4.25"),
    ("2026-01-31", "3", "ann", "North", "paid", "20"),
    ("2026-02-01", "4", "cat", None, "paid", "7"),
]
PAID = [{"column": "status", "op": "eq", "values": ["paid"]}]


@pytest.fixture
def values(upload, define, run_work):
    """`values(key, start, member)`: a stored value."""
    upload("orders", ROWS, row_key=["order_id"])
    define("paid", "aggregate", measure=m.measure("sum", "amount", filters=PAID), dimensions=["region"])
    define("arpu", "ratio", numerator=m.measure("sum", "amount"), denominator=m.measure("distinct", "customer"))
    define("rolling", "aggregate", measure=m.measure("count"), trailing=2)
    define("double", "formula", expression="paid * 2")
    run_work()

    def find(key: str, start: date, member: str | None = None) -> MetricValue:
        dimension = "" if member is None else "region"
        return MetricValue.objects.get(
            metric__key=key, grain="month", period_start=start, dimension=dimension, member=member or ""
        )

    return find


@pytest.fixture
def rows(actor, run_work):
    """`rows(value, side)`: what a worker read."""

    def read(value: MetricValue, side: str = "numerator", page: int = 1):
        services.request_rows(actor=actor, value_id=value.pk, side=side, page=page)
        run_work()
        return selectors.rows_kept(value.pk, side, page)

    return read


def ids(page) -> list[str]:
    at = page.columns.index("order_id") + 2
    return [row[at] for row in page.rows]


def test_the_rows_behind_a_value_are_those_that_count(values, rows) -> None:
    page = rows(values("paid", JAN))
    assert (page.total, ids(page)) == (2, ["1", "3"])
    assert [row[1] for row in page.rows] == [2, 4]  # the header is row 1
    assert ids(rows(values("paid", JAN, "North"))) == ["1", "3"]
    assert ids(rows(values("paid", FEB, ""))) == ["4"]
    assert ids(rows(values("rolling", FEB))) == ["1", "2", "3", "4"]
    assert ids(rows(values("arpu", JAN), "denominator")) == ["1", "2", "3"]


def test_pages(values, rows, monkeypatch) -> None:
    from apps.metrics.services import reading

    monkeypatch.setattr(reading, "ROWS_PER_PAGE", 2)
    value = values("rolling", FEB)
    assert [ids(rows(value, page=page)) for page in (1, 2, 3)] == [["1", "2"], ["3", "4"], []]


def test_a_value_shows_the_rows_it_was_made_of_even_after_a_correction(values, rows, upload) -> None:
    february = values("paid", FEB)
    upload("orders", [("2026-01-01", "1", "ann", "North", "paid", "99")], row_key=["order_id"])
    assert ids(rows(february)) == ["4"]
    page = rows(values("paid", JAN))
    assert page.rows[page.columns.index("order_id")] is not None
    assert sorted(row[page.columns.index("amount") + 2] for row in page.rows) == ["20", "99"]


def test_who_may_see_rows_and_of_what(values, actor, cleo, mia) -> None:
    value = values("paid", JAN)
    with pytest.raises(Forbidden):
        services.request_rows(actor=cleo.actor, value_id=value.pk)
    assert services.request_rows(actor=mia.actor, value_id=value.pk).kind == "metrics.rows"
    assert audit.history_of(value.metric)[0].act == "metric.rows_read"
    for wrong in ({"value_id": value.pk, "side": "denominator"}, {"value_id": value.pk, "page": 0}):
        with pytest.raises(Refusal):
            services.request_rows(actor=actor, **wrong)
    with pytest.raises(Refusal):
        services.request_rows(actor=actor, value_id=values("double", JAN).pk)
    with pytest.raises(NotHere):
        services.request_rows(actor=actor, value_id=0)


def test_a_value_computed_anew_meanwhile_is_not_mixed_up(values, actor, run_work) -> None:
    value = values("paid", JAN)
    work = services.request_rows(actor=actor, value_id=value.pk)
    MetricValue.objects.filter(pk=value.pk).update(run=ComputeRun.objects.create())
    run_work()
    work.refresh_from_db()
    assert (work.status, work.reason) == ("parked", GONE)
