"""How data stands: what workers find in its rows, what people want checked, and when rows are expected."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.db.models.functions import Now
from django.urls import reverse

from apps.audit.models import Entry
from apps.datasets import selectors, services
from apps.datasets.models import Check, CheckResult, Health, VersionProfile
from apps.kernel.issue import Forbidden, NotHere, Refusal
from apps.notifications.models import Notice
from apps.work.models import Work
from tests.integration.datasets.conftest import ORDERS

pytestmark = pytest.mark.django_db

AMOUNTS = {"kind": "range", "column": "amount", "low": "6"}
STORES = {"kind": "one_of", "column": "store", "values": ["North", "South"], "severity": "refuse"}
DAILY = {"every": "workday", "hour": 9, "time_zone": "Asia/Shanghai"}
MORNING = datetime(2026, 2, 4, 2, 0, tzinfo=UTC)
"""Ten o'clock in Shanghai on a Wednesday; rows reach to the Sunday before."""


@pytest.fixture
def look(run_work):
    """`look()`: do all work, that which settles first too."""

    def at_once() -> None:
        run_work()
        Work.objects.filter(status="queued").update(not_before=Now())
        run_work()

    return at_once


@pytest.fixture
def heard(monkeypatch):
    """How often higher rooms heard that a dataset stands otherwise."""
    from apps.datasets.services import hearing

    calls = []
    monkeypatch.setitem(hearing._hearers, "test", lambda: calls.append(1))
    return calls


def test_a_load_is_looked_at_by_a_worker_and_the_page_shows_it(orders, look, client_of, ben, heard, actor, load):
    look()
    profile = VersionProfile.objects.get(version=orders.current_version)
    assert profile.rows == 3
    assert {column["name"]: column["distinct"] for column in profile.columns}["customer_id"] == 2
    assert profile.days == [["2026-01-02", 1], ["2026-01-03", 1], ["2026-02-01", 1]]
    services.add_check(actor=actor, dataset_id=orders.pk, check=AMOUNTS)
    look()
    assert CheckResult.objects.get().failing == 1
    assert [issue.message for issue in _warnings(orders)] == [
        "%(dataset)s: rows that break a check of the data: %(rows)s."
    ]
    assert len(heard) == 1
    page = client_of(ben).get(reverse("datasets:quality", args=[orders.pk]))
    for said in ("“amount” is at least 6", "orders.csv", "row 4", "5.25", "North", "20"):
        assert said in page.text, said
    assert "Orders: rows that break a check of the data: 1." in client_of(ben).get(reverse("datasets:overview")).text
    load(
        "order_no,day,customer_id,amount,store\nA3,2026-02-01,c1,9,North\n", "fixed.csv", dataset=orders, mode="replace"
    )
    look()
    assert _warnings(orders) == []
    assert len(heard) == 2
    history = selectors.results_of(orders, [1, 2])
    assert [(result.version.number, result.failing) for result in history] == [(2, 0), (1, 1)]


def test_rows_that_break_a_refusing_check_are_not_loaded(orders, load, look, actor):
    check = services.add_check(actor=actor, dataset_id=orders.pk, check=STORES)
    upload = load(ORDERS.replace("North", "Nowhere"), "more.csv", dataset=orders)
    assert (upload.rows_loaded, upload.rows_rejected) == (1, 2)
    assert upload.reject_counts == {"not_allowed": 2}
    look()
    result = CheckResult.objects.get(version=upload.version)
    assert (result.tested, result.failing, result.refused) == (check, 0, 2)
    assert _warnings(orders) == [], "what was refused is in no number"


def test_a_column_that_is_empty_more_often_in_the_newest_file_is_pointed_out(orders, load, look):
    load(
        "order_no,day,customer_id,amount,store\nB1,2026-02-02,,1,North\nB2,2026-02-03,,1,South\n",
        "b.csv",
        dataset=orders,
    )
    look()
    (warning,) = _warnings(orders)
    assert warning.params == {"dataset": "Orders", "column": "customer_id", "share": "100.0%", "before": "0.0%"}


def test_checks_are_set_together_and_say_everything_that_is_wrong_with_them(orders, actor, look, cleo):
    kept = services.add_check(actor=actor, dataset_id=orders.pk, check=AMOUNTS)
    with pytest.raises(services.CheckRefused) as caught:
        services.set_checks(
            actor=actor,
            dataset_id=orders.pk,
            wanted=[
                AMOUNTS,
                {"kind": "range", "column": "store", "low": "a"},
                {"kind": "one_of", "column": "amount", "values": ["x"]},
            ],
        )
    assert [issue.where for issue in caught.value.issues] == ["1.columns", "2.values"]
    rows = services.set_checks(actor=actor, dataset_id=orders.pk, wanted=[STORES, AMOUNTS])
    assert kept in rows, "what stays keeps its history"
    assert len(rows) == 2
    services.set_checks(actor=actor, dataset_id=orders.pk, wanted=[STORES])
    assert [row.kind for row in selectors.checks_of(orders)] == ["one_of"]
    assert Check.objects.get(pk=kept.pk).ended_by_name == "Ada"
    acts = Entry.objects.filter(act__startswith="dataset.check_").order_by("at").values_list("act", flat=True)
    assert list(acts) == ["dataset.check_added", "dataset.check_added", "dataset.check_ended"]
    with pytest.raises(services.CheckRefused, match="cannot be checked"):
        services.add_check(actor=actor, dataset_id=orders.pk, check=STORES)
    with pytest.raises(NotHere):
        services.end_check(actor=actor, dataset_id=orders.pk, check_id=kept.pk)
    with pytest.raises(Forbidden):
        services.add_check(actor=cleo.actor, dataset_id=orders.pk, check=AMOUNTS)


def test_who_owns_late_data_is_told_once_for_each_time(orders, actor, ada, ben, heard):
    services.set_rhythm(actor=actor, dataset_id=orders.pk, rhythm=DAILY, now=MORNING, owner_id=ben.pk)
    (warning,) = _warnings(orders)
    assert warning.params == {"dataset": "Orders", "day": "2026-02-03"}
    assert not Notice.objects.exists(), "what is late when the rhythm is set is on the page"
    for _ in range(2):
        services.watch(MORNING + timedelta(days=1))
    notice = Notice.objects.get()
    assert (notice.recipient_id, notice.kind) == (ben.pk, "data.late")
    services.watch(MORNING + timedelta(days=2))
    assert Notice.objects.count() == 2
    assert Health.objects.get(dataset=orders).late_from == date(2026, 2, 5)
    orders.current_version.last_day = date(2026, 2, 5)
    orders.current_version.save()
    services.watch(MORNING + timedelta(days=2))
    assert _warnings(orders) == []
    assert len(heard) == 4
    services.set_rhythm(actor=actor, dataset_id=orders.pk, rhythm=None, now=MORNING)
    assert selectors.rhythm_of(orders) is None


def test_a_rhythm_says_everything_that_is_wrong_with_it(orders, actor, cleo):
    wrong = {"every": "hour", "hour": 24, "time_zone": "Mars/One", "weekday": 0, "day": "31"}
    with pytest.raises(Refusal) as caught:
        services.set_rhythm(actor=actor, dataset_id=orders.pk, rhythm=wrong, now=MORNING, owner_id=cleo.pk)
    assert [issue.where for issue in caught.value.issues] == ["every", "hour", "weekday", "day", "time_zone", "owner"]


def test_pages_of_checks_and_rhythm(orders, client_of, ben, look, django_assert_num_queries):
    web, here = client_of(ben), reverse("datasets:quality", args=[orders.pk])
    assert "A worker looks at the rows" in web.get(here).text
    look()
    new = reverse("datasets:new_check", args=[orders.pk])
    assert "?kind=pattern" in web.get(new).text
    assert web.get(new, {"kind": "sql"}).status_code == 404
    wrong = web.post(f"{new}?kind=range", {"column": "amount", "low": "9", "high": "1", "severity": "warn"})
    assert (wrong.status_code, "larger than the largest" in wrong.text) == (422, True)
    said = {"column": "store", "values": "North\n\nSouth ", "severity": "refuse"}
    assert web.post(f"{new}?kind=one_of", said).status_code == 302
    web.post(f"{new}?kind=unique", {"columns": ["order_no", "day"]})
    look()
    page = web.get(here)
    assert "“store” is one of: North, South" in page.text
    assert "“order_no + day” is different in every row" in page.text
    check = Check.objects.get(kind="one_of")
    web.post(reverse("datasets:end_check", args=[orders.pk, check.pk]))
    assert [row.kind for row in selectors.checks_of(orders)] == ["unique"]
    sent = {"every": "week", "weekday": "1", "hour": "8", "time_zone": "Nowhere/X", "day": "1", "owner": str(ben.pk)}
    wrong = web.post(reverse("datasets:rhythm", args=[orders.pk]), sent)
    assert (wrong.status_code, "There is no time zone" in wrong.text) == (422, True)
    web.post(reverse("datasets:rhythm", args=[orders.pk]), sent | {"time_zone": "Asia/Shanghai"})
    assert selectors.rhythm_of(orders).weekday == 1
    page = web.get(here)
    assert "rows of" in page.text
    assert 'data-when="every=week"' in page.text


def _warnings(dataset):
    from apps.datasets.domain.health import warnings

    return list(warnings(selectors.standing_for(dataset)))
