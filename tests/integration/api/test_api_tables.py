"""The rows of a dataset over REST: read by a worker, page by page, all of one version."""

from apps.api.domain.cursors import write_cursor
from apps.audit.models import Entry
from apps.datasets.services import rows as table
from tests.integration.api.conftest import Program
from tests.integration.api.test_api_habits import fields

AT = "datasets/orders/rows"


def test_every_row_comes_once_also_while_more_are_loaded(api: Program, orders: str, run_work, monkeypatch) -> None:
    monkeypatch.setattr(table, "ROWS_ON_A_PAGE", 2)
    assert api.get(AT).status_code == 404
    seen, body = [], {}
    for page in range(3):
        asked = api.post(AT, body, Idempotency_Key=f"page {page}".replace(" ", "-"))
        assert asked.status_code == 202, asked.content
        run_work()
        assert api.get(asked["Location"].removeprefix("/api/v1/")).json()["state"] == "done"
        path = AT if not body else f"{AT}?cursor={body['cursor']}"
        read = api.get(path)
        told = read.json()
        assert (told["version"], told["total"]) == (1, 5)
        assert told["columns"] == ["upload", "row", "day", "store", "amount"]
        seen += told["rows"]
        body = {"cursor": told["next"]}
        assert ("Link" in read) is (told["next"] is not None)
        if page == 0:  # somebody loads a file meanwhile
            more = api.send("day,store,amount\n2026-01-05,West,1\n", dataset="orders")
            run_work()
            assert api.post(f"uploads/{more.json()['id']}/columns", {}).status_code == 202
            run_work()
            assert api.get("datasets/orders").json()["version"] == 2
    assert body == {"cursor": None}
    assert seen == [
        [orders, 2, "2026-01-01", "North", "10.5"], [orders, 3, "2026-01-20", "South", "2"],
        [orders, 4, "2026-02-03", "North", "7.25"], [orders, 5, "2026-03-09", "=South", "100"],
        [orders, 6, "2026-03-31", "North", "0.05"],
    ]  # fmt: skip
    assert Entry.objects.filter(act="dataset.rows_read").count() == 3
    assert api.get(AT).status_code == 404, "of the new version nobody has asked yet"


def test_places_that_are_not_there_and_people_who_may_not(api: Program, program, orders: str, cleo, mia) -> None:
    assert api.post(AT, {"cursor": write_cursor([1, 5])}).status_code == 404
    assert api.post(AT, {"cursor": write_cursor([7, 0])}).status_code == 404
    assert api.post("datasets/other/rows").status_code == 404
    for strange in ("x", write_cursor([1, -1]), write_cursor(["1", 0]), write_cursor([2**40, 0])):
        assert fields(api.get(f"{AT}?cursor={strange}")) == ["cursor"], strange
        assert fields(api.post(AT, {"cursor": strange})) == ["cursor"]
    assert program(cleo.actor).post(AT).status_code == 403
    assert program(mia.actor, "data:read").post(AT).status_code == 403, "reading rows is a scope of its own"
    assert program(mia.actor, "rows:read").post(AT).status_code == 202
