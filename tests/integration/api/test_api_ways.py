"""Rows as JSON; what a file does is seen first; versions compared and brought back; deletions; sources."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db.models.functions import Now

from apps.datasets.models import Dataset, Upload
from apps.datasets.services import path_of
from apps.sources.models import Pull, Source
from apps.work.models import Work
from tests.integration.api.conftest import REVENUE, Program

ROWS = [
    {"order_no": "A1", "day": "2026-01-02", "store": "North", "amount": "10.50"},
    {"order_no": "A2", "day": "2026-01-03", "store": "South", "amount": "20.00"},
    {"order_no": "A3", "day": "2026-02-01", "store": "North", "amount": "5.25"},
]


@pytest.fixture
def keyed(api: Program, run_work: Callable) -> str:
    """Orders with a row key, out of rows that were sent as JSON; the id of their upload."""
    sent = api.post("uploads", {"rows": ROWS}).json()
    run_work()
    columns = [guess["column"] for guess in api.get(f"uploads/{sent['id']}/columns").json()["columns"]]
    told = {"name": "Orders", "key": "orders", "columns": columns, "row_key": ["order_no"]}
    assert api.post(f"uploads/{sent['id']}/columns", told).status_code == 202
    run_work()
    assert api.get("datasets/orders").json()["rows"] == 3
    return sent["id"]


def bring(api: Program, run_work: Callable, rows: list[dict[str, Any]], **how: Any) -> str:
    """Send rows for the orders and have them loaded so; the id of the upload."""
    sent = api.post("uploads", {"rows": rows, "dataset": "orders"}).json()
    run_work()
    named = api.post(f"uploads/{sent['id']}/columns", how)
    assert named.status_code == 202, named.content
    run_work()
    return sent["id"]


def test_rows_come_as_json_with_every_digit_and_once(api: Program) -> None:
    body = {"rows": [{"day": "2026-01-01", "amount": 12.10, "note": None, "paid": True}]}
    text = '{"rows": [{"day": "2026-01-01", "amount": 0.12345678901234567890, "note": null, "n": 1e2}]}'
    sent = api.ask("POST", "uploads", text, kind="application/json; charset=utf-8", Idempotency_Key="one")
    assert sent.status_code == 201, sent.content
    upload = Upload.objects.get(pk=sent.json()["id"])
    assert upload.filename.startswith("rows 20")
    kept = path_of(upload.storage_key).read_text()
    assert kept == '{"day": "2026-01-01", "amount": 0.12345678901234567890, "note": null, "n": 1E+2}\n'
    replayed = api.ask("POST", "uploads", text, kind="application/json; charset=utf-8", Idempotency_Key="one")
    assert replayed["Idempotent-Replayed"] == "true"
    assert replayed.json()["id"] == sent.json()["id"]
    assert api.ask("POST", "uploads", text, kind="application/json; charset=utf-8").status_code == 409
    assert api.post("uploads", body, Idempotency_Key="one").status_code == 422, "another request under the same key"
    assert Upload.objects.count() == 1

    wrong = api.post("uploads", {"rows": [{"a": 1}, {"a": [1]}, {}, 7], "colour": "blue"})
    assert wrong.status_code == 422
    fields = {error["field"] for error in wrong.json()["errors"]}
    assert fields == {"rows.1", "rows.2", "rows.3", "colour"}, "all at once"
    assert api.post("uploads", {"rows": []}).status_code == 422
    assert api.post("uploads", {"rows": [{"a": 1}], "dataset": "nothing"}).status_code == 404
    assert Upload.objects.count() == 1


def test_what_takes_rows_away_is_seen_before_it_is_applied(api: Program, keyed: str, run_work: Callable) -> None:
    assert api.get(f"uploads/{keyed}/review").status_code == 409
    removing = bring(api, run_work, [{"order_no": "A1"}, {"order_no": "A9"}], mode="delete")
    assert api.get(f"uploads/{removing}").json()["status"] == "review"
    assert api.get("datasets/orders").json()["rows"] == 3, "nothing is applied yet"
    review = api.get(f"uploads/{removing}/review").json()
    assert (review["removed"], review["rows_before"], review["rows_after"]) == (1, 3, 2)
    assert review["rows_in"] == review["rows_ready"] + review["rows_to_mend"] + review["rows_left_out"]
    refused = api.post(f"uploads/{removing}/apply")
    assert refused.status_code == 409
    assert [error["field"] for error in refused.json()["errors"]] == ["removed"]
    applied = api.post(f"uploads/{removing}/apply", {"removed": 1})
    assert (applied.status_code, applied.json()["status"], applied.json()["version"]) == (200, "loaded", 2)
    assert api.post(f"uploads/{removing}/apply", {"removed": 1}).status_code == 409

    whole = api.post("uploads", {"rows": [{**ROWS[1], "amount": "21"}], "dataset": "orders"}).json()["id"]
    run_work()
    at, days = f"uploads/{whole}/columns", {"mode": "period", "first": "2026-01-01", "last": "2026-01-31"}
    assert api.post(at, {**days, "last": "2025-01-01"}).json()["errors"][0]["field"] == "period"
    assert api.post(at, {**days, "apply": True}).status_code == 202
    run_work()
    assert api.get(f"uploads/{whole}").json()["status"] == "loaded", "whoever says apply has it applied"
    assert api.get("datasets/orders").json()["rows"] == 2
    seen = bring(api, run_work, [{**ROWS[0], "order_no": "A7"}], mode="append", apply=False, meets="refuse")
    assert api.get(f"uploads/{seen}/review").json()["added"] == 1


def test_versions_are_compared_and_brought_back(api: Program, keyed: str, run_work: Callable) -> None:
    measure = {"dataset": "orders", "how": "sum", "column": "amount"}
    assert api.post("metrics", {"definition": {**REVENUE, "measure": measure}, "note": "First"}).status_code == 201
    run_work()
    bring(api, run_work, [{**ROWS[0], "amount": "11.50"}, {**ROWS[2], "order_no": "A4"}])
    at = "datasets/orders/comparison?before=1&after=2"
    assert api.get(at).status_code == 404
    assert api.get("datasets/orders/comparison?before=1").status_code == 422
    assert api.post("datasets/orders/comparison", {"before": 1, "after": 9}).status_code == 404
    assert api.post("datasets/orders/comparison", {"before": 1, "after": 2}).status_code == 202
    run_work()
    found = api.get(at).json()
    assert (found["added"], found["changed"], found["removed"], found["total"]) == (1, 1, 0, 2)
    assert {row["change"] for row in found["rows"]} == {"added", "changed"}
    moves = {move["start"]: (move["metric"], move["before"], move["after"]) for move in found["moves"]}
    assert moves == {"2026-01-01": ("revenue", "30.5", "31.5"), "2026-02-01": ("revenue", "5.25", "10.5")}

    back = api.post("datasets/orders/versions/1/restore", Idempotency_Key="back")
    assert (back.status_code, back.json()["number"], back.json()["rows"]) == (201, 3, 3)
    assert api.post("datasets/orders/versions/1/restore", Idempotency_Key="back").json() == back.json()
    assert api.post("datasets/orders/versions/3/restore").status_code == 409
    assert api.post("datasets/orders/versions/9/restore").status_code == 404


def test_uploads_and_data_go_into_the_bin_and_come_back(api: Program, keyed: str, run_work: Callable) -> None:
    second = bring(api, run_work, [{**ROWS[0], "order_no": "A5"}])
    Work.objects.filter(status="queued").update(not_before=Now())  # rows are counted some seconds after a load
    run_work()
    foreseen = api.get(f"uploads/{second}/deletion").json()
    assert (foreseen["state"], foreseen["rows"], foreseen["first_day"]) == ("in_data", 1, "2026-01-02")
    deleted = api.post(f"uploads/{second}/deletion")
    assert (deleted.status_code, deleted.json()["state"]) == (202, "binned")
    run_work()
    assert api.get("datasets/orders").json()["rows"] == 3
    assert api.delete(f"uploads/{second}/deletion").status_code == 204
    run_work()
    assert api.get("datasets/orders").json()["rows"] == 4
    assert api.delete(f"uploads/{second}/deletion").status_code == 409

    Work.objects.filter(status="queued").update(not_before=Now())
    run_work()
    going = api.get("datasets/orders/retention?days=40").json()
    assert going["days"] == 40
    assert going["rows_going"] == 4, "seen before it is said"
    assert api.get("datasets/orders/retention").json() == {"days": None, "cutoff": None, "rows_going": 0}
    assert api.put("datasets/orders/retention", {"days": 10}).json()["errors"][0]["field"] == "days"
    assert api.put("datasets/orders/retention", {"days": 4000}).json()["rows_going"] == 0
    assert api.put("datasets/orders/retention", {"days": None}).json()["days"] is None

    assert api.post("datasets/orders/deletion", {"name": "orders"}).json()["errors"][0]["field"] == "name"
    gone = api.post("datasets/orders/deletion", {"name": "Orders"})
    assert (gone.status_code, gone.json()["binned"]) == (200, True)
    assert api.get("datasets/orders").status_code == 404
    assert api.get("datasets/orders/deletion").json()["binned"] is True
    assert api.delete("datasets/orders/deletion").status_code == 204
    assert api.get("datasets/orders").json()["rows"] == 4


def test_sources_are_seen_read_and_paused_and_tell_no_secret(api: Program, program, ada, actor, orders: str) -> None:
    source = Source.objects.create(
        name="Till", kind="postgresql", status="active", secret="sealed", owner_id=ada.pk,
        dataset=Dataset.objects.get(),
        connection={"host": "db.example.com", "port": 5432, "database": "shop", "user": "reader", "tls": "verify"},
        schedule={"every": "day", "minute": 0, "hour": 6, "weekday": 0, "cron": ""},
    )  # fmt: skip
    listed = api.get("sources")
    assert b"sealed" not in listed.content
    [told] = listed.json()["items"]
    assert (told["name"], told["dataset"], told["schedule"], told["status"]) == (
        "Till",
        "orders",
        "0 6 * * *",
        "active",
    )
    at = f"sources/{source.pk}"
    assert api.get(at).json() == told
    asked = api.post(f"{at}/readings", Idempotency_Key="now")
    assert (asked.status_code, asked.json()["status"], asked.json()["why"]) == (202, "waiting", "person")
    assert api.post(f"{at}/readings").status_code == 409, "the last reading is not at its end"
    assert [reading["id"] for reading in api.get(f"{at}/readings").json()["items"]] == [asked.json()["id"]]
    assert Pull.objects.count() == 1
    assert api.post(f"{at}/pause").json()["status"] == "paused"
    assert api.post(f"{at}/resume").json()["status"] == "active"
    reader = program(actor, "data:read")
    assert reader.get("sources").status_code == 200
    assert reader.post(f"{at}/pause").status_code == 403
