"""Cohorts, steps and notes on the pages: what is open is never low, what is lost is said, every figure has its way."""

import csv
import io
from collections.abc import Callable
from datetime import date
from html import unescape
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.metrics.models import MetricValue
from tests.integration.metrics import metric_cases as m

ROWS = [
    ("2025-01-01", "o1", "ann", "North", "open", "100"),
    ("2025-01-09", "o2", "bob", "South", "open", "60"),
    ("2025-01-20", "o3", "ann", "North", "paid", "50"),
    ("2025-01-31", "o4", "cat", "South", "open", "25"),
    ("2025-02-11", "o5", "bob", "South", "open", "80"),
    ("2025-02-28", "o6", "ann", "North", "paid", "20"),
    ("2025-03-31", "o7", "dan", "South", "open", "9"),
]
ORDERED = {"dataset": "orders", "entity": "customer"}
OPEN, PAID = ({"column": "status", "op": "eq", "values": [word]} for word in ("open", "paid"))
JAN = date(2025, 1, 1)
QUERIES = {
    "/metrics/": 7,
    "/metrics/kept/": 26,
    "/metrics/way/": 26,
    "/metrics/health/": 26,
    "/metrics/health/edit/": 20,
    "/metrics/new-metric/score/": 7,
}
NOTES = {"kept": 9, "way": 9, "health": 11}
"""What each page costs once it is warm: the host, the session and the person are three of them."""


@pytest.fixture
def analyst(client_of: Callable, ben: Any, upload: Callable, define: Callable, run_work: Callable) -> Any:
    upload("orders", ROWS)
    define("kept", "retention", activity=ORDERED, interval=1, intervals=24, unit={"kind": "percent"})
    steps = [{**ORDERED, "filters": [OPEN], "name": {"en": "Ordered", "zh": "下单"}}, {**ORDERED, "filters": [PAID]}]
    define("way", "funnel", steps=steps, within_days=20, unit={"kind": "percent"})
    define("revenue", "aggregate", measure=m.measure("sum", "amount"), direction="down")
    scale = {"type": "linear", "floor": "0", "goal": "470"}
    group = {"name": {"en": "All"}, "weight": "1", "parts": [{"metric": "revenue", "scale": scale}]}
    define("health", "score", groups=[group], unit={"kind": "score"})
    run_work()
    return client_of(ben)


def text_of(response: Any) -> str:
    assert response.status_code == 200
    return " ".join(unescape(response.content.decode()).split())


def value(key: str, dimension: str = "", member: str = "") -> MetricValue:
    return MetricValue.objects.get(metric__key=key, grain="month", period_start=JAN, dimension=dimension, member=member)


def test_a_retention_metric_shows_its_curve_and_cohorts(analyst: Any) -> None:
    page = text_of(analyst.get("/metrics/kept/"))
    january = page.split('id="h-cohorts"')[1].split("Jan 2025</th>")[1].split("</tr>")[0]
    for cell in ("<span>3</span>", ">100%</a>", ">67%</a>"):
        assert cell in january, january
    assert january.count('class="heat-') == 3  # of its own month, of February and of March
    assert "not yet" in january
    assert "All cohorts" in page
    assert f"/metrics/value-explained/{value('kept', 'interval', '1').pk}/" in january


def test_what_has_not_come_is_no_share_in_the_file_either(analyst: Any) -> None:
    lines = list(csv.reader(io.StringIO(analyst.get("/metrics/kept/export/?parts=1").content.decode("utf-8-sig"))))
    assert lines[0][:4] == ["Cohort", "Cohort size", "0", "1"]
    january = lines[1]
    assert january[:3] == ["2025-01", "3", "1"]
    assert january[3].startswith("0.666666666667")
    assert january[-1] == ""


def test_a_funnel_shows_steps_shares_and_losses(analyst: Any) -> None:
    page = text_of(analyst.get("/metrics/way/?period=2025-01"))
    steps = page.split('id="h-steps"')[1].split("</section>")[0]
    assert "1. Ordered" in steps
    assert "2. Orders where status is paid" in steps
    second = steps.split("2. Orders where status is paid</th>")[2].split("</tr>")[0]
    for cell in (">1</td>", ">33.3%</td>", ">2 <small"):
        assert cell in second, second
    assert "most lost here" in second
    lines = list(csv.reader(io.StringIO(analyst.get("/metrics/way/export/?parts=1").content.decode("utf-8-sig"))))
    assert lines[1][:4] == ["2025-01", "1", "Ordered", "3"]
    assert lines[2][:2] == ["2025-01", "2"]
    assert lines[2][-1] == "2"


def test_the_note_says_who_how_many_and_the_division(analyst: Any) -> None:
    page = text_of(analyst.get(f"/metrics/value-explained/{value('way', 'step', '2').pk}/"))
    for said in (
        "Step: 2. Orders where status is paid",
        "Take the rows dated from 1 Jan 2025 to 31 Jan 2025, both days included (",
        "What follows is looked up in the rows up to 19 Feb 2025.",
        "with “Ordered” (a row in Orders where status is open) in the period = <b class=\"num\">3</b>",
        "Divide once, as an exact fraction: 1 ÷ 3 = <b class=\"num\">0.333333333333</b>",
        "?side=numerator", "?side=denominator",
    ):  # fmt: skip
        assert said in page, said
    page = text_of(analyst.get(f"/metrics/value-explained/{value('kept', 'interval', '1').pk}/"))
    assert "Who came back is looked up in the rows of Feb 2025." in page
    page = text_of(analyst.get(f"/metrics/value-explained/{value('health').pk}/"))
    assert "0 points at 0, 100 at 470" in page
    assert page.count(">50</td>") == 2  # 235 of 470: its points, and what they add


def test_pages_of_every_kind_cost_what_is_checked_in(analyst: Any) -> None:
    values = {"kept": value("kept", "interval", "1"), "way": value("way", "step", "2"), "health": value("health")}
    notes = {f"/metrics/value-explained/{row.pk}/": NOTES[key] for key, row in values.items()}
    found = {}
    for url in (*QUERIES, *notes):
        analyst.get(url)
        with CaptureQueriesContext(connection) as caught:
            assert analyst.get(url).status_code == 200
        found[url] = len(caught)
    wanted = QUERIES | notes
    assert {url: n for url, n in found.items() if n != wanted[url]} == {}
