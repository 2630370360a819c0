"""Values in three forms that say the same, page by page, at a fixed number of queries."""

import csv
import io
from datetime import date
from decimal import Decimal

import pyarrow as pa
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.metrics import services
from apps.metrics.domain.definition import parse
from apps.metrics.models import ComputeRun, Metric, MetricValue
from tests.integration.api.conftest import REVENUE, Program

QUERIES = {"values?grain=month": 4, "values?grain=month&metric=revenue&dimension=store": 5, "tree?grain=month": 5}
"""Which workspace, which key in it, and what is asked for; that a key was used is written once a minute. Each costs one
more to know the edition, and only three in all where nothing has changed since."""


def test_csv_and_arrow_say_what_json_says(api: Program, revenue: str) -> None:
    path = "values?metric=revenue&grain=month&dimension=store"
    items = api.get(path).json()["items"]
    assert [(item["period"], item["member"], item["value"]) for item in items] == [
        ("2026-01", "North", "10.5"),
        ("2026-01", "South", "2"),
        ("2026-02", "North", "7.25"),
        ("2026-03", "=South", "100"),
        ("2026-03", "North", "0.05"),
    ]
    written = api.get(path, Accept="text/csv")
    assert written["Content-Type"].startswith("text/csv")
    rows = list(csv.DictReader(io.StringIO(written.content.decode())))
    as_text = [{name: "" if cell is None else str(cell) for name, cell in item.items()} for item in items]
    as_text[3]["member"] = "'=South"  # or a spreadsheet would calculate it
    assert rows == as_text
    streamed = api.get(f"{path}&format=arrow")
    assert streamed["Content-Type"] == "application/vnd.apache.arrow.stream"
    table = pa.ipc.open_stream(streamed.content).read_all()
    assert table.schema.field("value").type == pa.decimal128(38, 12)
    assert [
        {**row, "value": Decimal(row["value"]), "start": row["start"].isoformat()} for row in table.to_pylist()
    ] == [
        {
            **row,
            "value": Decimal(item["value"]),
            "start": item["start"],
            "member": item["member"],
            "period": item["period"],
            "state": item["state"],
        }
        for row, item in zip(table.to_pylist(), items, strict=True)
    ]
    assert table.column("computed_at").to_pylist()[0].isoformat() == items[0]["computed_at"]


def test_values_are_filtered_by_range_and_member(api: Program, revenue: str) -> None:
    def periods(more: str) -> list[str]:
        return [item["period"] for item in api.get(f"values?metric=revenue&grain=month{more}").json()["items"]]

    assert periods("") == ["2026-01", "2026-02", "2026-03"]
    assert periods("&first=2026-02-01") == ["2026-02", "2026-03"]
    assert periods("&last=2026-02-27") == ["2026-01", "2026-02"]
    assert periods("&dimension=store&member=North") == ["2026-01", "2026-02", "2026-03"]
    assert periods("&dimension=store&member=%3DSouth") == ["2026-03"]
    assert periods("&dimension=colour") == []
    assert api.get("values?grain=year").json()["items"] == []


@pytest.mark.parametrize("form", ["json", "csv", "arrow"])
def test_pages_of_values_follow_each_other(api: Program, revenue: str, form: str) -> None:
    path = f"values?metric=revenue&grain=month&dimension=store&limit=2&format={form}"
    found, link = [], path
    while link:
        answer = api.get(link)
        assert answer.status_code == 200
        found.append(_count(form, answer.content))
        told = answer.get("Link", "")
        link = told.partition(">")[0].removeprefix("</api/v1/") if told else ""
    assert found == [2, 2, 1]


def _count(form: str, content: bytes) -> int:
    if form == "csv":
        return len(content.decode().strip().splitlines()) - 1
    if form == "arrow":
        return pa.ipc.open_stream(content).read_all().num_rows
    import json

    return len(json.loads(content)["items"])


def _many(actor, number: int) -> None:
    """`number` more metrics below the North Star with twelve values each."""
    run = ComputeRun.objects.create()
    for index in range(number):
        key = f"more_{index}"
        definition = {"kind": "manual", "key": key, "name": {"en": key}, "grains": ["month"], "direction": "up"}
        services.define(actor=actor, definition=parse(definition))
        metric = Metric.objects.get(key=key)
        MetricValue.objects.bulk_create(
            MetricValue(
                metric=metric, version=metric.current_version, run=run, grain="month", value=Decimal(month),
                period_start=date(2025, month, 1), period_end=date(2025 + month // 12, month % 12 + 1, 1),
                state="final",
            )
            for month in range(1, 13)
        )  # fmt: skip


def test_the_number_of_queries_is_fixed(api: Program, revenue: str, actor) -> None:
    from apps.kernel.period import Grain
    from apps.metrics import selectors

    root = selectors.metric_for("revenue")
    services.choose_north_star(actor=actor, metric_id=root.id, grain=Grain.MONTH)
    api.get("me")  # remembers that the key was used
    before = {path: _queries(api, path) for path in QUERIES}
    _many(actor, 20)
    top = selectors.tree().id
    for index in range(20):
        services.add_node(
            actor=actor, metric_id=selectors.metric_for(f"more_{index}").id, parent_id=top, link="influence"
        )
    after = {path: _queries(api, path) for path in QUERIES}
    assert before == after == QUERIES
    assert {_queries(api, path) for path in QUERIES} == {3}


def _queries(api: Program, path: str) -> int:
    with CaptureQueriesContext(connection) as caught:
        assert api.get(path).status_code == 200
    return len(caught)


def test_kept_answers_are_as_new_as_the_last_run(api: Program, revenue: str, actor, run_work) -> None:
    path = "values?metric=revenue&grain=month"
    first, again = api.get(path), api.get(path)
    assert again.content == first.content
    assert dict(again.items()) == dict(first.items())
    assert api.get(path, **{"If-None-Match": first["ETag"]}).status_code == 304
    assert api.get(path, **{"Accept-Language": "zh-Hans"})["Content-Language"] == "zh-hans"
    measure = {**REVENUE["measure"], "filters": [{"column": "amount", "op": "gt", "values": ["5"]}]}
    services.define(actor=actor, definition=parse({**REVENUE, "measure": measure}))
    run_work()
    after = api.get(path, **{"If-None-Match": first["ETag"]})
    assert after.status_code == 200
    values = [[item["value"] for item in answer.json()["items"]] for answer in (first, after)]
    assert values[0] != values[1]
