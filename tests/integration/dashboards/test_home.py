"""The home page: the one number, what is in it, and the way there."""

import json
import re
from datetime import date
from decimal import Decimal

import pytest
from django.urls import reverse

from apps.datasets import services as datasets
from apps.kernel.period import Grain
from apps.metrics import selectors as metrics
from apps.metrics import services
from apps.metrics.domain.definition import parse
from apps.metrics.services import TypedValue
from apps.targets.services import set_target
from tests.integration.dashboards.conftest import typed_metric

HOME_QUERIES, KEPT_QUERIES = 23, 7
"""What the home page costs, whatever the size of the tree: the host, the session, the person, and sixteen of its own;
four of its own where nothing has changed since it was made."""
TREE_QUERIES, KEPT_TREE_QUERIES = 14, 4

TARGET = {
    "grain": Grain.MONTH, "baseline": Decimal(4200), "goal": Decimal(5500),
    "start": date(2026, 1, 1), "due": date(2026, 12, 31),
}  # fmt: skip


def words(response) -> str:
    """What a reader sees, without tags."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


def home(client) -> str:
    response = client.get("/")
    assert response.status_code == 200
    return words(response)


def test_a_new_company_is_led_step_by_step(in_acme, ada, client_of, company) -> None:
    client = client_of(ada)
    seen = home(client)
    assert "First steps 0 of 4 done" in seen
    assert reverse("datasets:new") in client.get("/").content.decode()
    assert 'class="chart' not in client.get("/").content.decode()
    star = company()
    seen = home(client)
    assert "1 of 4 done" in seen  # a North Star; typed values need no upload
    assert "no target yet" in seen
    set_target(actor=ada.actor, metric_id=star.id, **TARGET)
    assert "2 of 4 done" in home(client)


def test_somebody_who_may_not_is_told_who_may(in_acme, cleo, client_of) -> None:
    response = client_of(cleo).get("/")
    assert "Ask an administrator or an analyst" in words(response)
    assert reverse("datasets:new") not in response.content.decode()


def test_the_directors_case_at_a_glance(on_day, company, ada, client_of) -> None:
    star = company(3)
    set_target(actor=ada.actor, metric_id=star.id, **TARGET)
    client = client_of(ada)
    seen = home(client)
    for told in (
        "The arpu", "¥4,800", "Slightly behind", "46.2% of the way, 50% of the time", "Start ¥4,200",
        "Due now ¥4,850", "Target ¥5,500", "vs May better +¥100", "vs start better +14.3%", "Jun 2026 · computed",
        "It counts.", "The driver_1", "No target",
    ):  # fmt: skip
        assert told in seen, told
    drawn = json.loads(re.search(r'id="chart-north-star"[^>]*>(.*?)</script>', client.get("/").content.decode())[1])
    lines = {line["name"]: line["data"] for line in drawn["option"]["series"]}
    assert [point["value"] for point in lines["Actual"][:7]] == [4200, 4230, 4210, 4380, 4550, 4700, 4800]
    assert (lines["Target path"][0]["value"], lines["Target path"][6]["value"]) == (4200, 4850)
    assert lines["Target path"][-1]["value"] == 5500
    assert len(lines["Actual"]) == 13


def test_added_amount_a_year_is_the_change_times_the_customers(in_acme, ada, client_of, run_work) -> None:
    upload_visits(ada.actor, run_work)
    ratio = {
        "kind": "ratio", "key": "arpu", "name": {"en": "ARPU"}, "unit": {"kind": "currency"}, "grains": ["year"],
        "numerator": {"dataset": "visits", "how": "sum", "column": "amount"},
        "denominator": {"dataset": "visits", "how": "distinct", "column": "customer"},
    }  # fmt: skip
    services.define(actor=ada.actor, definition=parse(ratio))
    star = metrics.metric_for("arpu")
    services.choose_north_star(actor=ada.actor, metric_id=star.id, grain=Grain.YEAR)
    run_work()
    terms = {"baseline": Decimal(100), "goal": Decimal(400), "start": date(2025, 1, 1), "due": date(2026, 12, 31)}
    set_target(actor=ada.actor, metric_id=star.id, grain=Grain.YEAR, **terms)
    assert metrics.series(star, Grain.YEAR).latest.value == 250  # 500 of two customers in 2025
    assert "Added a year ¥300" in home(client_of(ada))


def upload_visits(actor, run_work) -> None:
    rows = ["day,customer,amount", "2025-01-01,a,100", "2025-06-01,b,150", "2025-12-31,b,250"]
    upload = datasets.receive_upload(actor=actor, filename="visits.csv", chunks=["\n".join(rows).encode()])
    run_work()
    columns = [
        {"source": "day", "name": "day", "type": "date", "role": "time", "required": True},
        {"source": "customer", "name": "customer", "type": "text", "role": "entity", "required": True},
        {"source": "amount", "name": "amount", "type": "decimal", "role": "measure", "required": True},
    ]
    datasets.name_columns(actor=actor, upload_id=upload.pk, columns=columns, name="Visits", key="visits")
    run_work()


def test_the_data_card_tells_how_fresh_it_is(in_acme, ada, max, client_of, run_work, company) -> None:
    upload_visits(ada.actor, run_work)
    company()
    page = client_of(ada).get("/")
    assert "Visits 3 rows · until 31 Dec 2025" in words(page)
    assert "/data/" in page.content.decode()
    assert 'href="/data/' not in client_of(max).get("/").content.decode()


def test_a_period_that_still_runs_is_never_told_as_a_drop(in_acme, ada, client_of, run_work, company) -> None:
    star = company()
    this_month = in_acme.calendar.period_of(today(in_acme), Grain.MONTH)
    last_month = in_acme.calendar.shift(this_month, -1)
    values = [TypedValue(last_month.start, Decimal(5000)), TypedValue(this_month.start, Decimal(7))]
    services.type_values(actor=ada.actor, metric_id=star.id, grain=Grain.MONTH, values=values)
    run_work()
    seen = home(client_of(ada))
    assert "¥5,000" in seen
    assert "so far ¥7 in progress" in seen
    assert "−¥" not in seen


def today(workspace):
    from django.utils import timezone

    return workspace.calendar.today(timezone.now())


def test_a_north_star_without_values_says_why(in_acme, ada, client_of) -> None:
    services.define(actor=ada.actor, definition=parse(typed_metric("arpu")))
    star = metrics.metric_for("arpu")
    services.choose_north_star(actor=ada.actor, metric_id=star.id, grain=Grain.MONTH)
    response = client_of(ada).get("/")
    assert "being computed" in words(response)
    assert response.context["trend"] is None


@pytest.mark.parametrize("nodes", [5, 200])
def test_the_home_page_costs_the_same_whatever_the_size_of_the_tree(
    nodes, company, ada, client_of, django_assert_num_queries
) -> None:
    star = company(nodes)
    for key in ("arpu", "driver_1", "driver_4"):
        set_target(actor=ada.actor, metric_id=metrics.metric_for(key).id, **TARGET)
    client = client_of(ada)
    client.get("/?first=1")
    with django_assert_num_queries(HOME_QUERIES):
        response = client.get("/")
    assert response.context["tree"].name == star.name
    assert response.content.count(b"<article") == nodes
    with django_assert_num_queries(KEPT_QUERIES):
        assert client.get("/").content.count(b"<article") == nodes
    for queries in (TREE_QUERIES, KEPT_TREE_QUERIES):
        with django_assert_num_queries(queries):
            assert client.get("/tree/").content.count(b"<article") == nodes


def test_the_tree_page_shows_the_tree(company, ada, cleo, client_of) -> None:
    assert "No North Star yet" in words(client_of(cleo).get(reverse("dashboards:tree")))
    company(4)
    for person, may_edit in ((ada, True), (cleo, False)):
        page = client_of(person).get(reverse("dashboards:tree"))
        assert "The driver_3" in words(page)
        assert (reverse("metrics:tree_setup") in page.content.decode()) is may_edit


def test_another_workspace_sees_nothing_of_it(company, dora, borealis, client_of) -> None:
    company(2)
    seen = home(client_of(dora, borealis))
    assert "arpu" not in seen
    assert "0 of 4 done" in seen


def test_strangers_are_asked_to_sign_in(acme, client_on) -> None:
    response = client_on(acme).get("/")
    assert response.status_code == 302
    assert response.headers["Location"].startswith("/account/login/")


def test_the_chart_marks_where_the_definition_changed(company, ada, client_of, django_assert_num_queries) -> None:
    company(1)
    client, without_target = client_of(ada), HOME_QUERIES - 4
    client.get("/?first=1")
    with django_assert_num_queries(without_target):
        assert not [point for point in client.get("/").context["trend"].points if point.mark]
    services.define(actor=ada.actor, definition=parse(typed_metric("base")))
    calculated = typed_metric("arpu") | {"kind": "formula", "expression": "base * 2"}
    services.define(actor=ada.actor, definition=parse(calculated), note="Twice the base.")
    with django_assert_num_queries(without_target + 1):
        response = client.get("/")
    assert [point.mark for point in response.context["trend"].points if point.mark] == ["v2"]
