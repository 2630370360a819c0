"""A program's way from a file to values, and back to the rows."""

from decimal import Decimal

from tests.integration.api.conftest import COLUMNS, ORDERS, REVENUE, Program


def test_from_a_file_to_values_and_back_to_the_rows(api: Program, run_work) -> None:
    sent = api.send(ORDERS)
    assert sent.status_code == 201
    upload = sent.json()
    assert sent["Location"] == f"/api/v1/uploads/{upload['id']}"
    assert upload["status"] == "stored"
    assert upload["work"]["state"] == "waiting"
    run_work()

    assert api.get(f"uploads/{upload['id']}").json()["status"] == "inspected"
    guessed = api.get(f"uploads/{upload['id']}/columns").json()
    assert [guess["column"]["role"] for guess in guessed["columns"]] == ["time", "dimension", "measure"]
    columns = [guess["column"] for guess in guessed["columns"]]
    named = api.post(f"uploads/{upload['id']}/columns", {"name": "Orders", "key": "orders", "columns": columns})
    assert named.status_code == 202
    assert api.client.get(named["Location"], headers={"Authorization": f"Bearer {api.secret}"}).status_code == 200
    run_work()
    done = api.get(f"uploads/{upload['id']}").json()
    assert (done["status"], done["rows_loaded"], done["version"], done["dataset"]) == ("loaded", 5, 1, "orders")
    assert done["work"]["state"] == "done"

    dataset = api.get("datasets/orders").json()
    assert [column["name"] for column in dataset["columns"]] == ["day", "store", "amount"]
    assert (dataset["rows"], dataset["first_day"], dataset["last_day"]) == (5, "2026-01-01", "2026-03-31")
    assert [version["number"] for version in api.get("datasets/orders/versions").json()["items"]] == [1]

    made = api.post("metrics", {"definition": REVENUE, "note": "First"})
    assert made.status_code == 201, made.content
    assert made["Location"] == "/api/v1/metrics/revenue"
    run_work()
    values = api.get("values?metric=revenue&grain=month").json()["items"]
    assert [(value["period"], value["value"]) for value in values] == [
        ("2026-01", "12.5"),
        ("2026-02", "7.25"),
        ("2026-03", "100.05"),
    ]
    assert values[0]["start"] == "2026-01-01"
    assert values[0]["end"] == "2026-02-01"
    assert (values[0]["n"], values[0]["version"], values[0]["state"]) == (2, 1, "final")

    rows = f"values/{values[0]['id']}/rows"
    assert api.get(rows).status_code == 404
    asked = api.post(rows, {"side": "numerator"})
    assert asked.status_code == 202
    run_work()
    read = api.get(rows).json()
    assert read["total"] == 2
    assert read["columns"] == ["upload", "row", "day", "store", "amount"]
    assert [row[0] for row in read["rows"]] == [upload["id"], upload["id"]]
    assert sum(Decimal(row[4]) for row in read["rows"]) == Decimal("12.5")


def test_a_column_that_reads_in_two_ways_is_asked_for_and_never_guessed(api: Program, run_work) -> None:
    sent = api.send("day,store,amount\n2026-01-01,North,1.234\n2026-01-02,South,5.678\n", "two.csv").json()
    run_work()
    address = f"uploads/{sent['id']}/columns"
    columns = [guess["column"] for guess in api.get(address).json()["columns"]]
    assert [column["number_style"] for column in columns] == ["point", "point", ""]
    told = {"name": "Two", "key": "two"}
    refused = api.post(address, {**told, "columns": columns})
    assert refused.status_code == 422
    assert [error["field"] for error in refused.json()["errors"]] == ["columns.2.number_style"]
    columns[2]["number_style"] = "comma"
    assert api.post(address, {**told, "columns": columns}).status_code == 202
    run_work()
    assert api.get("datasets/two").json()["columns"][2]["number_style"] == "comma"


def test_a_second_file_of_a_known_dataset_is_loaded_as_known(api: Program, orders: str, run_work) -> None:
    sent = api.send("day,store,amount\n2026-04-01,North,3\n", "april.csv", dataset="orders").json()
    run_work()
    assert api.get(f"uploads/{sent['id']}/columns").json()["lacking"] == []
    assert api.post(f"uploads/{sent['id']}/columns", {"mode": "append"}).status_code == 202
    run_work()
    assert api.get("datasets/orders").json()["rows"] == 6
    assert [row["id"] for row in api.get("uploads?dataset=orders").json()["items"]] == [sent["id"], orders]


def test_the_same_file_twice_is_refused_unless_meant(api: Program, orders: str) -> None:
    again = api.send(ORDERS)
    assert again.status_code == 409
    assert "is here already" in again.json()["detail"]
    assert api.send(ORDERS, again="true").status_code == 201


def test_a_file_that_is_no_use_is_discarded(api: Program, run_work) -> None:
    sent = api.send("a,b\n1,2\n").json()
    run_work()
    assert api.delete(f"uploads/{sent['id']}").status_code == 204
    assert api.get(f"uploads/{sent['id']}").json()["status"] == "discarded"


def test_columns_that_do_not_fit_are_named_one_by_one(api: Program, run_work) -> None:
    sent = api.send(ORDERS).json()
    run_work()
    columns = [{**COLUMNS[0], "role": "dimension"}, {**COLUMNS[1], "name": "Store!"}, {**COLUMNS[2], "source": "sum"}]
    refused = api.post(f"uploads/{sent['id']}/columns", {"name": "Orders", "key": "orders", "columns": columns})
    assert refused.status_code == 422
    assert refused["Content-Type"] == "application/problem+json"
    fields = [error["field"] for error in refused.json()["errors"]]
    assert fields == ["columns.1.name", "columns.2.source", "columns"]


def test_an_upload_without_a_file_or_with_a_strange_field(api: Program) -> None:
    empty = api.send("", dataset="orders")
    assert empty.status_code == 422
    assert "0 bytes" in empty.json()["detail"]
    strange = api.send(ORDERS, colour="blue")
    assert [(error["field"], error["code"]) for error in strange.json()["errors"]] == [("colour", "unknown")]
    assert api.get("uploads").json()["items"] == []
    wrong = api.ask("POST", "uploads", "{}", kind="text/plain")
    assert wrong.status_code == 415


def test_computing_is_asked_for(api: Program, revenue: str, run_work) -> None:
    for body in ({"metric": "revenue"}, {"dataset": "orders"}, {}):
        asked = api.post("compute", body)
        assert asked.status_code == 202, asked.content
        assert asked["Location"] == asked.json()["url"]
        run_work()
        work = api.get(asked.json()["url"].removeprefix("/api/v1/")).json()
        assert (work["state"], work["kind"].split("_")[0]) == ("done", "metrics.compute")
    assert api.post("compute", {"metric": "nothing"}).status_code == 404
    assert api.post("compute", {"metric": "revenue", "dataset": "orders"}).status_code == 422
    runs = api.get("runs").json()["items"]
    assert {run["status"] for run in runs} == {"done"}
    assert api.get(f"runs/{runs[0]['id']}").json() == runs[0]
    assert api.get("runs?status=failed").json()["items"] == []


def test_tree_and_targets_are_read(on_day, api: Program, revenue: str, actor, run_work) -> None:
    from datetime import UTC, date, datetime

    from apps.kernel.period import Grain
    from apps.metrics import selectors, services
    from apps.targets import services as targets

    on_day(datetime(2026, 4, 20, 9, tzinfo=UTC))  # the data ends with March
    assert api.get("tree").json() == {"north_star": None, "grain": None, "nodes": []}
    metric = selectors.metric_for("revenue")
    services.choose_north_star(actor=actor, metric_id=metric.id, grain=Grain.MONTH, reason="It is what counts.")
    targets.set_target(
        actor=actor, metric_id=metric.id, grain=Grain.MONTH, baseline=Decimal(0), goal=Decimal(200),
        start=date(2026, 1, 1), due=date(2026, 12, 31), reason="More",
    )  # fmt: skip
    tree = api.get("tree?grain=month").json()
    assert tree["north_star"] == "revenue"
    assert tree["nodes"][0]["latest"]["value"] == "100.05"
    [target] = api.get("targets?metric=revenue").json()["items"]
    assert (target["goal"], target["value"], target["status"]) == ("200", "100.05", "good")
    assert api.get("targets?metric=other").json()["items"] == []
