"""The pages of versions as people use them: a draft looked at and published, a value explained, rows taken away."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.metrics import selectors, services
from apps.metrics.models import MetricValue
from tests.integration.metrics import metric_cases as m

ROWS = [
    ("2025-01-03", "o1", "c1", "North", "paid", "100.00"),
    ("2025-01-20", "o2", "c2", "South", "open", "50.50"),
    ("2025-02-11", "=o4", "c3", "South", "paid", "80.00"),
]
PAID = [{"column": "status", "op": "eq", "values": ["paid"]}]


def revenue(**parts: Any) -> Any:
    return m.document("revenue", "aggregate", measure=m.measure("sum", "amount", **parts), dimensions=["region"])


@pytest.fixture
def metric(upload: Callable, run_work: Callable, actor: Any, ben: Any) -> Any:
    upload("orders", ROWS)
    services.define(actor=actor, definition=revenue(), owner_id=ben.pk)
    run_work()
    return m.metric("revenue")


@pytest.fixture
def analyst(client_of: Callable, ben: Any) -> Any:
    """Ben, the analyst, who looks after revenue."""
    return client_of(ben)


def text_of(response: Any) -> str:
    return response.content.decode()


def queries(person: Any, url: str) -> int:
    with CaptureQueriesContext(connection) as caught:
        assert person.get(url).status_code == 200
    return len(caught)


def test_a_draft_is_seen_compared_and_published(metric: Any, analyst: Any, ben: Any, run_work: Callable) -> None:
    assert analyst.get("/metrics/revenue/draft/")["Location"] == "/metrics/revenue/versions/"
    services.save_draft(actor=ben.actor, metric_id=metric.pk, definition=revenue(filters=PAID))
    assert "work-progress" in text_of(analyst.get("/metrics/revenue/draft/"))
    run_work()
    page = text_of(analyst.get("/metrics/revenue/draft/"))
    assert "1 of 2 periods come to another figure." in page
    assert "status is paid" in page
    refused = analyst.post("/metrics/revenue/draft/publish/", {"note": "", "seen": "1"})
    assert refused.status_code == 422
    assert "Say in a sentence what changed" in text_of(refused)
    assert analyst.post("/metrics/revenue/draft/publish/", {"note": "Mine", "seen": "7"}).status_code == 409
    assert analyst.post("/metrics/revenue/draft/publish/", {"note": "Only paid.", "seen": "1"}).status_code == 302
    assert analyst.post("/metrics/revenue/draft/publish/", {"note": "Again.", "seen": "1"}).status_code == 409
    run_work()
    assert "Only paid." in text_of(analyst.get("/metrics/revenue/versions/"))
    changed = text_of(analyst.get("/metrics/revenue/"))
    for said in ("The definition changed", "Before, version 1", '"formatter": "v2"', "Only paid."):
        assert said in changed, said
    assert analyst.post("/metrics/revenue/versions/1/restore/")["Location"] == "/metrics/revenue/draft/"
    assert analyst.post("/metrics/revenue/draft/discard/", {"seen": "1"}).status_code == 302


def test_a_metric_is_certified_on_its_page_and_marked_in_the_list(
    metric: Any, analyst: Any, actor: Any, client_of: Callable, mia: Any
) -> None:
    form = {"note": "", "version": "1"}
    assert client_of(mia).post("/metrics/revenue/certify/", form).status_code == 403
    assert "Say what you checked" in text_of(analyst.post("/metrics/revenue/certify/", form))
    assert analyst.post("/metrics/revenue/certify/", {**form, "note": "Ledger."}).status_code == 302
    for url in ("/metrics/", "/metrics/revenue/", "/metrics/revenue/versions/"):
        assert "Certified" in text_of(analyst.get(url)), url
    services.define(actor=actor, definition=revenue(filters=PAID), note="Only paid.")
    for url in ("/metrics/", "/metrics/revenue/", "/metrics/revenue/versions/"):
        assert "Certification lapsed" in text_of(analyst.get(url)), url


def test_what_is_used_is_kept_and_what_is_free_is_deleted(metric: Any, analyst: Any, actor: Any) -> None:
    services.define(actor=actor, definition=m.document("double", "formula", expression="revenue * 2"))
    page = text_of(analyst.get("/metrics/revenue/remove/"))
    assert 'href="/metrics/double/"' in page
    assert 'name="confirmation"' not in page
    refused = analyst.post("/metrics/revenue/archive/")
    assert (refused.status_code, 'href="/metrics/double/"' in text_of(refused)) == (409, True)
    assert analyst.post("/metrics/double/delete/", {"confirmation": "revenue"}).status_code == 422
    assert analyst.post("/metrics/double/delete/", {"confirmation": "double"})["Location"] == "/metrics/"
    assert analyst.get("/metrics/double/").status_code == 404


def january() -> MetricValue:
    return MetricValue.objects.get(metric__key="revenue", period_start=date(2025, 1, 1), dimension="")


def test_a_value_explains_itself_down_to_the_query(metric: Any, analyst: Any, client_of: Callable, cleo: Any) -> None:
    url = f"/metrics/value-explained/{january().pk}/"
    page = text_of(analyst.get(url))
    for said in ("150.5", "Definition, version 1", "orders.csv", "1 Jan 2025", "SELECT", "Its rows"):
        assert said in page, said
    reader = text_of(client_of(cleo).get(url))
    assert "150.5" in reader
    assert "SELECT" not in reader
    assert "orders.csv</a>" not in reader
    assert analyst.get("/metrics/value-explained/987654321/").status_code == 404


def test_a_value_that_was_judged_anew_shows_the_query_that_measured_it(
    metric: Any, analyst: Any, upload: Callable
) -> None:
    upload("orders", [("2025-03-02", "o9", "c9", "North", "paid", "1.00")])
    row = MetricValue.objects.get(metric__key="revenue", period_start=date(2025, 2, 1), dimension="")
    assert selectors.origin_of(row.pk).queries
    assert "SELECT" in text_of(analyst.get(f"/metrics/value-explained/{row.pk}/"))


def test_rows_are_written_to_a_file_that_no_spreadsheet_takes_for_formulas(
    metric: Any, analyst: Any, run_work: Callable, client_of: Callable, cleo: Any
) -> None:
    value = MetricValue.objects.get(metric__key="revenue", period_start=date(2025, 2, 1), dimension="")
    url = f"/metrics/value-rows/{value.pk}/file/?side=numerator"
    assert client_of(cleo).get(url).status_code == 403
    assert "Write the file" in text_of(analyst.get(url))
    assert analyst.post(url)["Location"] == url
    assert "work-progress" in text_of(analyst.get(url))
    run_work()
    assert "The file is ready" in text_of(analyst.get(url))
    sent = b"".join(analyst.get(f"{url}&download=1").streaming_content).decode("utf-8-sig").splitlines()
    assert sent[0] == "file,row,day,order_id,customer,region,status,amount"
    assert sent[1].startswith("orders.csv,4,2025-02-11,'=o4,c3,South,paid,80")
    assert len(sent) == 2


def test_pages_cost_a_fixed_number_of_queries(metric: Any, analyst: Any, actor: Any, run_work: Callable) -> None:
    """However many versions there are, and however many metrics use this one."""
    urls = ["/metrics/revenue/versions/", "/metrics/revenue/remove/", "/metrics/revenue/draft/"]

    def counts() -> list[int]:
        services.save_draft(actor=actor, metric_id=metric.pk, definition=revenue(filters=PAID))
        run_work()
        found = [queries(analyst, url) for url in [*urls, f"/metrics/value-explained/{january().pk}/"]]
        services.discard_draft(actor=actor, metric_id=metric.pk)
        return found

    counts()  # what is cached for the first request is asked for here
    few = counts()
    for n in range(3):
        services.define(actor=actor, definition=revenue(filters=[{**PAID[0], "values": [f"p{n}"]}]), note=f"{n}")
        services.define(actor=actor, definition=m.document(f"more{n}", "formula", expression="revenue * 2"))
    services.define(actor=actor, definition=revenue(), note="Back.")
    run_work()
    assert counts() == few
    assert all(number <= 20 for number in few), few
