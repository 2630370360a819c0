"""The form of a score: parts and weights, what they mean, the traps, figures before it is saved, and the page of it."""

from collections.abc import Callable
from decimal import Decimal
from html import unescape
from typing import Any

import pytest

from apps.metrics import selectors
from apps.metrics.domain.definition import document_of
from apps.metrics.models import MetricValue
from tests.integration.metrics import metric_cases as m

ROWS = [
    ("2025-01-03", "o1", "c1", "North", "paid", "100.00"),
    ("2025-01-20", "o2", "c1", "South", "paid", "50.00"),
    ("2025-02-11", "o4", "c3", "South", "open", "80.00"),
    ("2025-02-28", "o5", "c1", "North", "paid", "20.00"),
]
COMMON = {"name_en": "Health", "unit_kind": "score", "unit_decimals": "0", "direction": "up", "grains": ["month"]}
SENT = {
    **COMMON, "mean": "arithmetic", "least_coverage": "70",
    "group0_name_en": "Sales", "group0_name_zh": "销售", "group0_weight": "3",
    "group0_part0_metric": "revenue", "group0_part0_weight": "1", "group0_part0_scale": "linear",
    "group0_part0_floor": "0", "group0_part0_goal": "200",
    "group1_name_en": "Service", "group1_name_zh": "", "group1_weight": "1",
    "group1_part0_metric": "open_share", "group1_part0_weight": "1", "group1_part0_scale": "inverted",
    "group1_part0_goal": "0", "group1_part0_ceiling": "100 %",
    "cap0_metric": "revenue", "cap0_op": "lt", "cap0_value": "120", "cap0_at_most": "30",
}  # fmt: skip
WORDS = {"HTTP_HX_REQUEST": "true"}
FORM = "/metrics/new-metric/score/"


@pytest.fixture
def analyst(client_of: Callable, ben: Any, upload: Callable, define: Callable, run_work: Callable) -> Any:
    """Ben, the analyst, with two metrics: revenue 150 then 100, the share of open orders 0 then a half."""
    upload("orders", ROWS)
    define("revenue", "aggregate", measure=m.measure("sum", "amount"), dimensions=["region"])
    only_open = [{"column": "status", "op": "eq", "values": ["open"]}]
    define(
        "open_share", "ratio", unit={"kind": "percent"}, direction="down", dimensions=["region"],
        numerator=m.measure("count", filters=only_open), denominator=m.measure("count"),
    )  # fmt: skip
    run_work()
    return client_of(ben)


def text_of(response: Any) -> str:
    return unescape(response.content.decode())


def test_a_score_is_defined_in_a_form_and_computed(analyst: Any, run_work: Callable) -> None:
    page = text_of(analyst.get(FORM))
    assert '<option value="revenue"' in page
    saved = analyst.post(FORM, {**SENT, "key": "health", "save": "1"})
    assert saved.status_code == 302, text_of(saved)
    document = document_of(selectors.metric_for("health").definition)
    assert [group["weight"] for group in document["groups"]] == ["3", "1"]
    assert document["groups"][1]["parts"][0]["scale"] == {"type": "inverted", "goal": "0", "ceiling": "1"}
    assert document["caps"] == [{"metric": "revenue", "op": "lt", "value": "120", "at_most": "30"}]
    assert Decimal(document["least_coverage"]) == Decimal("0.7")
    run_work()
    found = MetricValue.objects.filter(metric__key="health", dimension="").order_by("period_start")
    # January: 0.75 x 75 + 0.25 x 100; February: 0.75 x 50 + 0.25 x 50 is 50, held down to 30.
    assert [row.value for row in found] == [Decimal("81.25"), Decimal(30)]
    edited = text_of(analyst.get("/metrics/health/edit/"))
    for field in ('name="group1_part0_ceiling" value="1"', 'name="cap0_at_most" value="30"', 'value="销售"'):
        assert field in edited, field


def test_the_form_says_weights_scales_and_traps_while_one_types(analyst: Any) -> None:
    page = text_of(analyst.post(FORM, {**SENT, "refresh": "words"}, **WORDS))
    assert "A score from 0 to 100 of Sales 75 % (“Revenue”) and Service 25 % (“Open_Share”)" in page
    assert "75.0%" in page
    assert "0 points at 0, 100 at 200" in page
    assert "Is this meant?" not in page
    wrong = {
        **SENT, "group0_weight": "60", "group1_weight": "30", "group1_part0_scale": "linear",
        "group1_part0_floor": "0", "group1_part0_goal": "80",
        "group0_part0_scale": "percentile", "group0_part0_direction": "up",
    }  # fmt: skip
    page = text_of(analyst.post(FORM, {**wrong, "refresh": "words"}, **WORDS))
    assert "The weights add up to 90, not to 100" in page
    assert "“open_share” is better when lower, and here more of it gives more points." in page
    assert "“open_share” is a share: 80% is 0.8. Write 0.8 or 80%, not 80." in page
    assert "without a split “revenue” never gives points" in page


def test_a_part_of_another_part_counts_twice(analyst: Any, define: Callable) -> None:
    define("double", "formula", expression="revenue * 2")
    sent = {**SENT, "group1_part0_metric": "double", "refresh": "words"}
    assert "“revenue” is part of “double”: what moves it counts twice." in text_of(analyst.post(FORM, sent, **WORDS))


def test_a_preview_of_a_score(analyst: Any, run_work: Callable) -> None:
    page = text_of(analyst.post(FORM, {**SENT, "refresh": "preview"}, **WORDS))
    address = page.split('hx-get="')[1].split('"')[0]
    run_work()
    figures = text_of(analyst.get(address))
    assert figures.index("Jan 2025") < figures.index("81") < figures.index("Feb 2025") < figures.index(">30<")
    assert not MetricValue.objects.filter(metric__key="health").exists()


def test_the_form_grows_and_keeps_what_was_typed(analyst: Any) -> None:
    more = text_of(analyst.post(FORM, {**SENT, "refresh": "group"}))
    assert 'name="group2_weight"' in more
    assert 'name="group0_part0_goal" value="200"' in more
    part = text_of(analyst.post(FORM, {**SENT, "refresh": "group1"}))
    assert 'name="group1_part1_metric"' in part
    assert 'name="group0_part1_metric"' not in part
    assert 'name="cap1_value"' in text_of(analyst.post(FORM, {**SENT, "refresh": "cap"}))
    band = text_of(analyst.post(FORM, {**SENT, "group0_part0_scale": "band", "refresh": "columns"}))
    assert 'name="group0_part0_low_end"' in band
    assert 'name="group0_part0_floor"' not in band
    assert 'name="dimensions" value="region"' in band


def test_every_fault_stands_at_its_field(analyst: Any) -> None:
    wrong = {
        **SENT, "group0_name_en": "", "group0_name_zh": "", "group0_part0_goal": "0", "group1_weight": "-1",
        "cap0_at_most": "200", "group1_part1_metric": "revenue", "group1_part1_weight": "much",
        "group1_part1_scale": "steps", "group1_part1_points": "60", "save": "1",
    }  # fmt: skip
    response = analyst.post(FORM, wrong)
    page = text_of(response)
    assert response.status_code == 422
    assert "Write pairs of a value and its points" in page
    response = analyst.post(FORM, {**wrong, "group1_part1_points": "60 = 0, above = 100"})
    page = text_of(response)
    for words in (
        "Give it a name in English or Chinese.", "The values of 0 and of 100 points have to differ.",
        "Write a number of up to 15 digits",
    ):  # fmt: skip
        assert words in page, words
    assert page.count("It has to be between") == 2
    missing = {**COMMON, "mean": "arithmetic", "least_coverage": "70", "save": "1"}
    assert analyst.post(FORM, missing).status_code == 422
    assert [view.key for view in selectors.metrics()] == ["open_share", "revenue"]
