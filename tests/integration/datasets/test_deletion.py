"""What is deleted is really gone: from the data at once, from versions and from the disk after its days in the bin."""

import os
from datetime import timedelta
from pathlib import Path

import duckdb
import pytest
from django.urls import reverse
from django.utils import timezone

from apps.audit.models import Entry
from apps.datasets import selectors, services
from apps.datasets.models import Dataset, DatasetVersion, RowPage, Upload
from apps.datasets.services import hearing
from apps.datasets.services.storage import root
from apps.kernel.issue import Forbidden, Refusal
from tests.integration.datasets.conftest import ORDERS, rows_of

pytestmark = pytest.mark.django_db

SECRET = "Zaphod7"
MORE = f"""order_no,day,customer_id,amount,store
A1,2026-01-02,{SECRET},99,North
Z9,2026-03-01,{SECRET},1,{SECRET}
Z8,2026-03-02,c7,bad {SECRET},West
"""
LATER = "order_no,day,customer_id,amount,store\nQ1,2026-03-02,c5,2,West\n"


@pytest.fixture
def now():
    return timezone.now()


def traces(folder: Path) -> list[str]:
    """Every file below a folder in which the secret stands, as text or in a column of Parquet."""
    found = []
    for path in folder.rglob("*"):
        if path.suffix == ".parquet":
            lines = duckdb.execute(f"SELECT * FROM read_parquet('{path}')").fetchall()  # noqa: S608 - a path of ours
            held = any(SECRET in str(cell) for line in lines for cell in line)
        else:
            held = path.is_file() and SECRET.encode() in path.read_bytes()
        found += [str(path.relative_to(folder))] if held else []
    return found


def hashes() -> set[str]:
    """The files that tell which row keys another surely does not hold."""
    return {str(path) for path in root().rglob("*.keys*")}


def ids(dataset: Dataset) -> list[tuple[str, str]]:
    dataset.refresh_from_db()
    return sorted((row["order_no"], row["customer_id"]) for row in rows_of(dataset))


def test_a_deleted_upload_leaves_the_data_at_once_and_the_disk_for_good(load, actor, run_work, now, client_of, ben):
    first = load(row_key=["order_no"])
    dataset = first.dataset
    wrong = load(MORE, "wrong.csv", dataset=dataset, row_key=["order_no"])
    load(LATER, "later.csv", dataset=dataset, row_key=["order_no"])
    services.ask_for_file(actor=actor, upload_id=wrong.pk, language="en")
    services.ask_for_rows(actor=actor, version=wrong.version, offset=0)
    run_work()
    assert (wrong.rows_loaded, wrong.rows_rejected) == (2, 1)
    assert len(hashes()) > 2
    assert ids(dataset) == [("A1", SECRET), ("A2", "c2"), ("A3", "c1"), ("Q1", "c5"), ("Z9", SECRET)]
    web = client_of(ben)
    asked = web.get(reverse("datasets:delete_upload", args=[wrong.pk]))
    assert "Rows that it replaced by their key come back." in asked.text
    assert web.post(reverse("datasets:delete_upload", args=[wrong.pk])).status_code == 302
    run_work()
    assert ids(dataset) == [("A1", "c1"), ("A2", "c2"), ("A3", "c1"), ("Q1", "c5")]
    assert (dataset.current_version.number, dataset.current_version.takes_out_id) == (4, wrong.pk)
    assert "This upload is in the bin" in web.get(reverse("datasets:upload", args=[wrong.pk])).text
    assert traces(root()), "it can still be put back"
    assert services.sweep_deleted(now - timedelta(days=7)) == 0
    services.sweep_deleted(timezone.now())
    run_work()
    wrong.refresh_from_db()
    assert wrong.gone_at is not None
    assert traces(root()) == []
    assert hashes() <= {f"{path}.keys" for path in root().rglob("*.parquet")}, "what tells of keys goes with them"
    assert not RowPage.objects.exists()
    assert SECRET not in str(list(Upload.objects.values()))
    assert ids(dataset) == [("A1", "c1"), ("A2", "c2"), ("A3", "c1"), ("Q1", "c5")]
    for version in DatasetVersion.objects.all():  # those that remain hold all of the others' rows, and open
        held = [entry.path for entry in selectors.files_of(version)]
        assert sum(duckdb.execute("SELECT count(*) FROM read_parquet(?)", [path]).fetchone()[0] for path in held) == (
            version.rows
        )
    assert [version.rows for version in DatasetVersion.objects.order_by("number")] == [3, 2, 3, 4]
    page = web.get(reverse("datasets:upload", args=[wrong.pk])).text
    assert "deleted by Ben" in page
    assert web.get(reverse("datasets:file", args=[wrong.pk])).status_code == 404
    acts = Entry.objects.filter(act__startswith="upload.", subject_id=str(wrong.pk)).order_by("at", "pk")
    assert list(acts.values_list("act", flat=True))[-2:] == ["upload.deleted", "upload.purged"]


def test_the_newest_upload_is_undone_whatever_it_did_and_can_be_put_back(load, actor, run_work, now):
    dataset = load().dataset
    before = ids(dataset)
    again = load(LATER, "all.csv", dataset=dataset, mode="replace")
    assert ids(dataset) == [("Q1", "c5")]
    services.delete_upload(actor=actor, upload_id=again.pk, now=now)
    with pytest.raises(Refusal):
        services.discard_upload(actor=actor, upload_id=again.pk)
    run_work()
    assert ids(dataset) == before
    services.put_back_upload(actor=actor, upload_id=again.pk)
    run_work()
    assert ids(dataset) == [("Q1", "c5")]
    again.refresh_from_db()
    assert again.status == Upload.Status.LOADED
    services.delete_upload(actor=actor, upload_id=again.pk, now=now)
    run_work()
    load(MORE, "more.csv", dataset=dataset)
    there = ids(dataset)
    once_more = services.put_back_upload(actor=actor, upload_id=again.pk)
    with pytest.raises(services.AlreadyHere):
        services.put_back_upload(actor=actor, upload_id=again.pk)
    run_work()
    once_more.refresh_from_db()
    again.refresh_from_db()
    assert (once_more.pk != again.pk, once_more.status, again.status) == (True, "review", "binned")
    assert (once_more.outcome["added"], once_more.outcome["removed"], ids(dataset)) == (1, len(there), there)
    services.purge_now(actor=actor, upload_id=again.pk)
    run_work()
    services.apply_upload(actor=actor, upload_id=once_more.pk, removed=len(there))
    assert ids(dataset) == [("Q1", "c5")], "its file is its own: that of the bin is gone"


def test_rows_are_kept_for_as_long_as_somebody_says(load, actor, run_work, client_of, ben, mia):
    today = timezone.localdate()
    old, new = today - timedelta(days=90), today - timedelta(days=3)
    text = "order_no,day,customer_id,amount,store\n{no},{day},{who},1,North\n"
    gone = load(text.format(no="O1", day=old, who=SECRET), "old.csv")
    dataset = gone.dataset
    load(text.format(no="N1", day=new, who="c1") + f"O2,{old},{SECRET},2,North\n", "new.csv", dataset=dataset)
    page = reverse("datasets:keep_for", args=[dataset.pk])
    web = client_of(ben)
    asked = web.post(page, {"days": "60"})
    assert (asked.status_code, Dataset.objects.get().keep_days) == (200, None)
    assert "Keep no longer than this" in asked.text
    assert web.post(page, {"days": "5", "sure": "1"}).status_code == 422
    assert web.post(page, {"days": "60", "sure": "1"}).status_code == 302
    with pytest.raises(Forbidden):
        services.keep_rows_for(actor=mia.actor, dataset_id=dataset.pk, days=60)
    services.sweep_deleted(timezone.now() - timedelta(days=7))
    run_work()
    assert ids(dataset) == [("N1", "c1")]
    assert dataset.current_version.first_day == new
    assert [version.rows for version in DatasetVersion.objects.order_by("number")] == [0, 1, 1]
    held = traces(root())
    kept = f"uploads/{Upload.objects.get(filename='new.csv').pk}/original"
    assert [path for path in held if path.endswith("original")] == [kept], "a file that holds newer rows too stays"
    assert not [path for path in held if "-raw-" not in path and not path.endswith("original")]
    gone.refresh_from_db()
    assert gone.gone_at is not None
    (entry,) = Entry.objects.filter(act="dataset.rows_swept")
    assert (entry.after["rows"], entry.after["files"]) == (2, 1)
    assert services.sweep_deleted(timezone.now() - timedelta(days=7)) == 0, "nothing is left to do"


def test_data_is_deleted_by_its_name_comes_back_and_goes(load, actor, run_work, now, client_of, ben, monkeypatch):
    dataset = load(ORDERS.replace("c1", SECRET)).dataset
    user = services.User("Revenue", "/metrics/revenue/")
    monkeypatch.setitem(hearing._builders, "test", lambda dataset: [user])
    page = reverse("datasets:removal", args=[dataset.pk])
    web = client_of(ben)
    assert "Revenue" in web.get(page).text
    refused = web.post(reverse("datasets:delete", args=[dataset.pk]), {"name": "Orders"})
    assert (refused.status_code, "in use" in refused.text) == (409, True)
    monkeypatch.delitem(hearing._builders, "test")
    assert web.post(reverse("datasets:delete", args=[dataset.pk]), {"name": "Order"}).status_code == 422
    assert web.post(reverse("datasets:delete", args=[dataset.pk]), {"name": "Orders"}).status_code == 302
    assert "Data in the bin" in web.get(reverse("datasets:list")).text
    assert web.get(page).status_code == 404
    web.post(reverse("datasets:put_back", args=[dataset.pk]))
    assert ids(dataset)
    services.delete_dataset(actor=actor, dataset_id=dataset.pk, name="Orders", now=now)
    services.sweep_deleted(timezone.now())
    run_work()
    assert traces(root()) == []
    dataset.refresh_from_db()
    assert dataset.gone_at is not None
    upload = load()
    assert (upload.dataset.key, upload.dataset.name) == ("orders", "Orders"), "name and key are free again"


def test_parquet_that_nothing_names_is_swept_after_a_day(load, actor, run_work, now):
    dataset = load(row_key=["order_no"]).dataset
    stray = root() / "datasets" / str(dataset.pk) / "x" / "left.parquet"
    stray.parent.mkdir(parents=True)
    files = set(root().rglob("*.parquet*"))
    assert hashes()
    strays = (stray, stray.with_name("left.parquet.keys"), stray.with_name("left.parquet.keys.draft-7"))
    for path in strays:
        path.write_bytes(b"x")
    assert services.sweep_unnamed(now) == 0
    for path in (*files, *strays):
        os.utime(path, (1, 1))
    assert services.sweep_unnamed(now) == len(strays)
    assert set(root().rglob("*.parquet*")) == files
