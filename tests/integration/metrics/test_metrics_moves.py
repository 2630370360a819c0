"""Two versions of the data: which metrics move and by how much; brought back, the figures are what they were."""

import pytest
from django.urls import reverse
from django.utils import timezone

from apps.datasets import selectors as data_selectors
from apps.datasets import services as data
from apps.datasets.domain.modes import How
from apps.datasets.models import Dataset
from apps.datasets.models import root as storage_root
from apps.metrics.models import MetricValue
from apps.metrics.services import users_of_columns
from tests.integration.metrics import metric_cases as m
from tests.integration.metrics.test_metrics_compute import ROWS

pytestmark = pytest.mark.django_db


def figures() -> set[tuple]:
    """Every figure with its place. A value that changed and changed back is called restated, and rightly so."""
    names = ("metric__key", "grain", "period_start", "dimension", "member", "numerator", "denominator", "value", "n")
    return set(MetricValue.objects.values_list(*names))


def moved(page) -> dict[str, tuple[str, str]]:
    """By metric, its value now and then in the latest period that would differ."""
    return {
        move["metric"].key: (move["periods"][0]["before"], move["periods"][0]["after"])
        for move in page.context["moves"]
    }


def test_what_would_move_is_known_before_anything_is_applied_or_deleted(
    upload, define, run_work, today, ben, client_of, actor
) -> None:
    upload("orders", ROWS, row_key=["order_id"])
    define("revenue", "aggregate", measure=m.measure("sum", "amount"), grains=["month"])
    run_work()
    orders, before, web = Dataset.objects.get(), figures(), client_of(ben)
    changed = [list(ROWS[0])]
    changed[0][5] = "1000"
    text = "\n".join([",".join(column["source"] for column in orders.columns), ",".join(map(str, changed[0]))])
    waits = data.receive_upload(actor=actor, filename="more.csv", chunks=[text.encode()], dataset_id=orders.pk)
    run_work()
    data.load_as_known(actor=actor, upload_id=waits.pk, how=How(review=True))
    run_work()
    page = reverse("metrics:upload_moves", args=[waits.pk])
    assert page in web.get(reverse("datasets:upload", args=[waits.pk])).text
    asked = web.get(page)
    assert ("Not computed yet" in asked.text, "every 2s" in asked.text) == (True, True)
    run_work()
    would = moved(web.get(page))
    assert figures() == before, "nothing is applied"
    data.apply_upload(actor=actor, upload_id=waits.pk)
    run_work()
    applied = figures()
    assert [f"{row[-2]:,.0f}" for row in applied - before] == [would["revenue"][1]]

    loaded = Dataset.objects.get().current_version.upload
    page = reverse("metrics:upload_moves", args=[loaded.pk])
    assert page in web.get(reverse("datasets:delete_upload", args=[loaded.pk])).text
    web.get(page)
    run_work()
    assert moved(web.get(page)) == {"revenue": would["revenue"][::-1]}, "the newest: all as before it"
    older = reverse("metrics:upload_moves", args=[Dataset.objects.get().versions.get(number=1).upload_id])
    web.get(older)
    run_work()
    known = moved(web.get(older))
    assert known["revenue"][0] != known["revenue"][1]
    assert figures() == applied
    assert not list(storage_root().rglob("candidate-*")), "what was written for it is gone"
    data.delete_upload(actor=actor, upload_id=loaded.pk, now=timezone.now())
    run_work()
    assert figures() == before
    assert web.get(page).status_code == 302, "there is nothing left to compare"


def test_versions_side_by_side_and_back(upload, define, run_work, today, ben, client_of, actor) -> None:
    upload("orders", ROWS, row_key=["order_id"])
    define("revenue", "aggregate", measure=m.measure("sum", "amount"), dimensions=["region"], grains=["week", "month"])
    define("customers", "aggregate", measure=m.measure("distinct", "customer"))
    define("arpu", "formula", expression="revenue / customers")
    run_work()
    first = figures()
    changed = [list(row) for row in ROWS]
    changed[0][5] = "1000"
    upload("orders", changed[:1], row_key=["order_id"])
    orders = Dataset.objects.get()
    assert figures() != first

    users = users_of_columns(orders, ["amount", "customer", "status"])
    assert {name: [user.name for user in found] for name, found in users.items()} == {
        "amount": ["Revenue"], "customer": ["Customers"], "status": [],
    }  # fmt: skip

    web = client_of(ben)
    url = reverse("metrics:compare_data", args=[orders.pk, 1, 2])
    assert "every 2s" in web.get(url).text
    run_work()
    page = web.get(url)
    assert page.context["counts"] == {
        "added": 0, "changed": 1, "removed": 0, "first": str(ROWS[0][0]), "last": str(ROWS[0][0]),
    }  # fmt: skip
    (row,) = page.context["rows"]
    assert [(cell["now"], cell["was"]) for cell in row["cells"] if cell["was"] is not None] == [("1000", "10.5")]
    moves = {move["metric"].key: move["periods"] for move in page.context["moves"]}
    assert set(moves) == {"revenue", "arpu"}, "the formula above moves, what counts customers does not"
    assert len(moves["revenue"]) == 1
    assert moves["revenue"][0]["change"].startswith("+")
    assert web.get(url, {"kind": "removed"}).status_code == 200
    run_work()
    assert "No row of this kind" in web.get(url, {"kind": "removed"}).text
    assert web.get(reverse("metrics:compare_data", args=[orders.pk, 1, 9])).status_code == 404

    file_url = reverse("metrics:compare_data_file", args=[orders.pk, 1, 2])
    asked = web.post(file_url)
    run_work()
    assert "Download all as CSV" in web.get(asked["Location"]).text
    lines = b"".join(web.get(file_url).streaming_content).decode("utf-8-sig").splitlines()
    assert len(lines) == 2
    assert lines[1].startswith("Changed,")

    data.restore_version(actor=actor, dataset_id=orders.pk, number=1)
    run_work()
    assert figures() == first
    assert data_selectors.version_for(Dataset.objects.get().current_version_id).came_from is not None
    same = reverse("metrics:compare_data", args=[orders.pk, 1, 3])
    web.get(same)
    run_work()
    page = web.get(same)
    assert (page.context["counts"]["changed"], page.context["moves"]) == (0, [])
