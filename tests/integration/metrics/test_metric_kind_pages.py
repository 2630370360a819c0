"""The form of each kind: it asks, says what it means, shows figures before it saves, and saves what was meant."""

from collections.abc import Callable
from html import escape
from typing import Any

import pytest

from apps.metrics import selectors
from apps.metrics.domain.definition import document_of
from apps.metrics.models import MetricValue
from apps.metrics.views.define import KIND_TEXTS

ROWS = [
    ("2025-01-03", "o1", "c1", "North", "paid", "100.00"),
    ("2025-01-20", "o2", "c1", "South", "paid", "50.50"),
    ("2025-01-31", "o3", "c2", "North", "open", "25.00"),
    ("2025-02-11", "o4", "c3", "South", "paid", "80.00"),
    ("2025-02-28", "o5", "c1", "North", "paid", "20.00"),
]
COMMON = {"name_en": "Mine", "unit_kind": "count", "unit_decimals": "0", "direction": "up", "grains": ["month"]}
ORDERS_BY = {"activity_dataset": "orders", "activity_entity": "customer"}
TWICE = {
    "condition0_dataset": "orders", "entity": "customer", "condition0_op": "ge", "condition0_value": "2",
    "condition0_how": "count",
}  # fmt: skip
PAID = {"condition0_filter0_column": "status", "condition0_filter0_op": "eq", "condition0_filter0_values": "paid"}
SENT: dict[str, dict[str, Any]] = {
    "entity_count": {**TWICE, **PAID, "trailing": "1"},
    "entity_share": {**TWICE, "trailing": "1", "base_kind": "rows"},
    "lifecycle": {**ORDERS_BY, "figure": "churned", "known_since": "2024-12-31"},
    "retention": {
        **ORDERS_BY, "cohort": "first", "interval": "2", "variant": "unbroken", "minimum": "1", "intervals": "6",
    },
    "cumulative": {
        "measure_dataset": "orders", "measure_how": "sum", "measure_column": "amount", "window": "year",
        "periods": "12",
    },
    "recurring": {"rows_dataset": "orders", "rows_entity": "customer", "rows_column": "amount", "figure": "nrr"},
    "repeat": {**ORDERS_BY, "within_days": "20"},
    "stock": {
        "rows_dataset": "orders", "rows_entity": "customer", "rows_column": "amount", "at": "average",
        "carry_days": "0",
    },
    "nps": {"rows_dataset": "orders", "rows_column": "amount", "trailing": "3"},
    "conversion": {
        "start_dataset": "orders", "start_entity": "customer", "goal_dataset": "orders", "goal_entity": "customer",
        "goal_filter0_column": "status", "goal_filter0_op": "eq", "goal_filter0_values": "paid",
        "goal_name_zh": "付款", "within_days": "14",
    },
    "funnel": {
        **{f"step{at}_dataset": "orders" for at in range(3)}, **{f"step{at}_entity": "customer" for at in range(3)},
        "step1_filter0_column": "status", "step1_filter0_op": "eq", "step1_filter0_values": "open",
        "step2_filter0_column": "status", "step2_filter0_op": "eq", "step2_filter0_values": "paid",
        "within_days": "30", "order": "strict",
    },
}  # fmt: skip
IS_PAID = {"column": "status", "op": "eq", "values": ["paid"]}
ORDERED = {"dataset": "orders", "entity": "customer", "filters": [], "moment": None}
MEANT: dict[str, dict[str, Any]] = {
    "entity_count": {"entity": "customer"},
    "entity_share": {"base": {"dataset": "orders", "filters": [], "started": None, "ended": None}},
    "lifecycle": {"figure": "churned", "known_since": "2024-12-31"},
    "retention": {"interval": 2, "variant": "unbroken", "cohort": "first", "intervals": 6, "minimum": 1},
    "cumulative": {"to_date": "year", "trailing": None},
    "recurring": {"figure": "nrr", "column": "amount", "entity": "customer"},
    "repeat": {"within_days": 20, "moment": None},
    "stock": {"at": "average", "carry_days": 0, "entity": ["customer"], "column": "amount"},
    "nps": {"column": "amount", "trailing": 3},
    "conversion": {
        "start": {**ORDERED, "name": None},
        "within_days": 14,
        "goal": {**ORDERED, "filters": [IS_PAID], "name": {"en": "", "zh": "付款"}},
    },
    "funnel": {
        "steps": [
            {**ORDERED, "filters": filters, "name": None}
            for filters in ([], [{**IS_PAID, "values": ["open"]}], [IS_PAID])
        ],
        "within_days": 30,
        "order": "strict",
    },
}


@pytest.fixture
def analyst(client_of: Callable, ben: Any, upload: Callable) -> Any:
    """Ben, the analyst, with a data set."""
    upload("orders", ROWS)
    return client_of(ben)


def text_of(response: Any) -> str:
    return response.content.decode()


def test_each_kind_has_a_form_that_saves_what_was_meant(analyst: Any) -> None:
    page = text_of(analyst.get("/metrics/new-metric/"))
    for kind in KIND_TEXTS:
        assert f"/metrics/new-metric/{kind}/" in page
    assert set(SENT) | {"score", "aggregate", "ratio", "formula", "manual"} == set(KIND_TEXTS)
    for kind, sent in SENT.items():
        address = f"/metrics/new-metric/{kind}/"
        assert analyst.get(address).status_code == 200
        saved = analyst.post(address, {**COMMON, **sent, "key": kind, "save": "1"})
        assert (saved.status_code, saved["Location"]) == (302, f"/metrics/{kind}/"), text_of(saved)
        document = document_of(selectors.metric_for(kind).definition)
        assert {name: document[name] for name in MEANT[kind]} == MEANT[kind]
        edited = text_of(analyst.get(f"/metrics/{kind}/edit/"))
        assert 'value="orders" selected' in edited, kind
        assert escape(selectors.in_words(selectors.metric_for(kind).definition)) in edited, kind


def test_the_form_says_what_it_means_while_one_types(analyst: Any) -> None:
    words = {"HTTP_HX_REQUEST": "true"}
    sent = {**COMMON, **SENT["entity_count"], "condition0_op": "gt", "refresh": "words"}
    page = text_of(analyst.post("/metrics/new-metric/entity_count/", sent, **words))
    assert "<form" not in page
    assert "The number of different customer with more than 2 rows in Orders where status is paid, by month." in page
    assert "begins at 3" in page
    assert "paying accounts" in page
    assert selectors.metrics() == []
    unfinished = text_of(analyst.post("/metrics/new-metric/entity_count/", {"refresh": "words"}, **words))
    assert "Here the definition stands as a sentence" in unfinished


def test_a_preview_shows_the_last_periods_and_stores_nothing(analyst: Any, run_work: Callable) -> None:
    sent = {**COMMON, **SENT["entity_count"], "refresh": "preview"}
    page = text_of(analyst.post("/metrics/new-metric/entity_count/", sent, HTTP_HX_REQUEST="true"))
    address = page.split('hx-get="')[1].split('"')[0].replace("&amp;", "&")
    waiting = text_of(analyst.get(address))
    assert 'hx-trigger="every 1s"' in waiting
    run_work()
    figures = text_of(analyst.get(address))
    assert "every 1s" not in figures
    assert "Jan 2025" in figures
    assert figures.index("Jan 2025") < figures.index("Feb 2025")
    assert '<td class="num">1</td>' in figures
    assert (selectors.metrics(), MetricValue.objects.count()) == ([], 0)
    again = analyst.post("/metrics/new-metric/entity_count/", sent, HTTP_HX_REQUEST="true")
    assert address.replace("&", "&amp;") in text_of(again)
    assert "Jan 2025" in text_of(analyst.get(address))


def test_a_preview_says_what_stands_in_its_way(analyst: Any) -> None:
    sent = {**COMMON, **SENT["recurring"], "rows_column": "status", "refresh": "preview"}
    page = text_of(analyst.post("/metrics/new-metric/recurring/", sent, HTTP_HX_REQUEST="true"))
    assert "holds no numbers" in page
    assert "hx-get" not in page


def test_faults_stand_at_their_fields(analyst: Any) -> None:
    wrong = {
        **COMMON,
        **TWICE,
        "condition0_value": "two",
        "condition0_how": "sum",
        "trailing": "1",
        "name_en": "",
        "save": "1",
    }
    response = analyst.post("/metrics/new-metric/entity_count/", wrong)
    page = text_of(response)
    assert response.status_code == 422
    for words in ("Write a number of up to 15 digits", "Choose the column to work on.", "Give it a name in English"):
        assert words in page
    assert selectors.metrics() == []


def test_more_conditions_and_a_customer_file(analyst: Any) -> None:
    more = text_of(
        analyst.post("/metrics/new-metric/entity_share/", {**COMMON, **SENT["entity_share"], "refresh": "threshold"})
    )
    assert 'name="condition1_value"' in more
    assert 'name="condition2_value"' not in more
    file = {**COMMON, **SENT["entity_share"], "base_kind": "file", "base_dataset": "orders", "refresh": "columns"}
    page = text_of(analyst.post("/metrics/new-metric/entity_share/", file))
    assert 'name="base_started"' in page
    saved = {**file, "base_started": "day", "key": "of_file", "save": "1"}
    del saved["refresh"]
    assert analyst.post("/metrics/new-metric/entity_share/", saved).status_code == 302
    assert document_of(selectors.metric_for("of_file").definition)["base"]["started"] == "day"


def test_a_split_by_a_column_of_a_customer_file(analyst: Any, upload: Callable) -> None:
    """Offered as soon as the rows are known; saved with how the file is found, and kept when something else changes."""
    columns = [
        {"source": "since", "name": "since", "type": "date", "role": "time"},
        {"source": "customer", "name": "customer", "type": "text", "role": "entity"},
        {"source": "City", "name": "city", "type": "text", "role": "dimension"},
    ]
    upload("people", [("2025-01-01", "c1", "Bern")], columns)
    sent = {**COMMON, **SENT["lifecycle"], "told0_column": "people.city", "told0_as_of": "event"}
    page = text_of(analyst.post("/metrics/new-metric/lifecycle/", {**sent, "refresh": "columns"}))
    assert 'value="people.city" selected' in page
    assert 'name="told1_column"' in page
    assert "day of the row keeps old" in page
    assert analyst.post("/metrics/new-metric/lifecycle/", {**sent, "key": "moved", "save": "1"}).status_code == 302
    told = {"column": "city", "dataset": "people", "on": "customer", "entity": "customer", "as_of": "event"}
    assert document_of(selectors.metric_for("moved").definition)["entity_dimensions"] == [told]
    edited = text_of(analyst.get("/metrics/moved/edit/"))
    assert 'value="people.city" selected' in edited
    assert 'value="event" selected' in edited
    wrong = {**sent, "told1_column": "people.city", "key": "twice", "save": "1"}
    answer = analyst.post("/metrics/new-metric/lifecycle/", wrong)
    assert (answer.status_code, "Name each dimension only once." in text_of(answer)) == (422, True)


def test_a_funnel_grows_step_by_step_and_shows_figures(analyst: Any, run_work: Callable) -> None:
    sent = {**COMMON, **SENT["funnel"], "unit_kind": "percent"}
    more = text_of(analyst.post("/metrics/new-metric/funnel/", {**sent, "refresh": "step"}))
    assert 'name="step3_dataset"' in more
    assert 'name="step4_dataset"' not in more
    said = text_of(analyst.post("/metrics/new-metric/funnel/", {**sent, "refresh": "preview"}, HTTP_HX_REQUEST="true"))
    assert "goes on one after the other to a row in Orders where status is open, then a row" in said
    assert "the same day included" in said
    assert "name the columns with the time of day" in said
    address = said.split('hx-get="')[1].split('"')[0].replace("&amp;", "&")
    run_work()
    figures = text_of(analyst.get(address))
    assert figures.index("Jan 2025") < figures.index("Feb 2025")
    wrong = {**sent, "step2_dataset": "", "step1_entity": "", "within_days": "0", "save": "1"}
    response = analyst.post("/metrics/new-metric/funnel/", wrong)
    assert response.status_code == 422
    assert selectors.metrics() == []
    del wrong["step1_entity"], wrong["within_days"]
    cleared = {"step2_entity": "", "step2_filter0_column": ""}  # as the page does once the data set is gone
    two = {**wrong, **cleared, "step1_entity": "customer", "within_days": "5", "key": "two"}
    assert analyst.post("/metrics/new-metric/funnel/", two).status_code == 302
    assert len(document_of(selectors.metric_for("two").definition)["steps"]) == 2
