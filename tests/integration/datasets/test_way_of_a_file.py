"""A file's way from the upload to a version of its data: every upload ends loaded, refused or failed, with a word."""

import hashlib
from datetime import date
from decimal import Decimal

import pytest

from apps.accounts.domain.roles import ROBOT
from apps.audit.models import Entry
from apps.datasets import selectors, services
from apps.datasets.domain.columns import MappingRefused
from apps.datasets.models import Dataset, DatasetVersion, Upload
from apps.kernel.issue import Forbidden, NotHere, Refusal
from apps.work.models import Work
from tests.integration.datasets.conftest import COLUMNS, ORDERS, rows_of

pytestmark = pytest.mark.django_db


# --- keeping --------------------------------------------------------------------------------------------------------


def test_a_file_is_kept_as_it_came(send, in_acme, storage, ada):
    upload = send(ORDERS, "订单 2026-01.csv")
    kept = services.path_of(upload.storage_key)
    assert kept.read_text() == ORDERS
    assert kept == storage / in_acme.pk.hex / "uploads" / str(upload.pk) / "original"
    assert upload.sha256 == hashlib.sha256(ORDERS.encode()).hexdigest()
    assert (upload.size, upload.filename, upload.uploaded_by) == (len(ORDERS.encode()), "订单 2026-01.csv", ada.pk)
    assert list((storage / in_acme.pk.hex / "incoming").iterdir()) == []
    assert kept.stat().st_mode & 0o077 == 0, "nobody else on the machine reads it"
    assert Entry.objects.filter(act="upload.received", subject_id=str(upload.pk)).exists()


@pytest.mark.parametrize(
    "name", ["../../etc/passwd", "C:\\data\\x.csv", "/etc/../x.csv", "a\x00b\u202ecsv.exe", "", "."]
)
def test_a_tricky_name_is_only_a_name(send, in_acme, storage, name):
    upload = send(ORDERS, name)
    assert services.path_of(upload.storage_key).parent.parent.parent == storage / in_acme.pk.hex
    assert upload.filename
    assert not set("/\\\x00\u202e") & set(upload.filename)


def test_an_empty_file_is_refused_at_once_and_leaves_nothing(in_acme, actor, storage):
    with pytest.raises(Refusal, match="0 bytes"):
        services.receive_upload(actor=actor, filename="x.csv", chunks=[])
    assert not Upload.objects.exists()
    assert not [path for path in storage.rglob("*") if path.is_file()]


def test_a_file_that_is_too_large_is_refused_and_leaves_nothing(in_acme, actor, storage, settings):
    settings.UPLOAD_MAX_BYTES = 1024 * 1024
    with pytest.raises(services.TooLarge, match=r"larger than 1\.0 MB"):
        services.receive_upload(actor=actor, filename="x.csv", chunks=[b"x" * 600_000] * 2)
    assert not [path for path in storage.rglob("*") if path.is_file()]


def test_the_same_file_twice_says_when_and_by_whom(send, actor, in_acme, storage):
    first = send(ORDERS)
    with pytest.raises(services.AlreadyHere) as caught:
        send(ORDERS, "other name.csv")
    said = caught.value.in_words()
    assert "orders.csv" in said
    assert "Ada" in said
    assert f"{first.uploaded_at.year}-" in said
    assert len([path for path in storage.rglob("*") if path.is_file()]) == 1
    assert send(ORDERS, again=True).pk != first.pk


def test_a_file_that_was_refused_may_come_again(send):
    assert send("only,a,header\n").status == Upload.Status.REFUSED
    assert send("only,a,header\n").status == Upload.Status.REFUSED


def test_only_builders_upload(in_acme, cleo, mia):
    for person in (cleo, mia):
        with pytest.raises(Forbidden):
            services.receive_upload(actor=person.actor, filename="x.csv", chunks=[b"a\n1\n"])


def test_data_that_is_not_there_cannot_be_fed(in_acme, actor):
    with pytest.raises(NotHere):
        services.receive_upload(actor=actor, filename="x.csv", chunks=[b"a\n1\n"], dataset_id=ROBOT.id)


# --- looking --------------------------------------------------------------------------------------------------------


def test_a_good_file_is_looked_at(send):
    upload = send(ORDERS)
    assert upload.status == Upload.Status.INSPECTED
    assert [column["name"] for column in upload.shape["columns"]] == [
        "order_no",
        "day",
        "customer_id",
        "amount",
        "store",
    ]
    assert upload.shape["rows"] == 3
    assert upload.work.status == Work.Status.DONE


@pytest.mark.parametrize(
    ("content", "filename", "said"),
    [
        (b"day,amount\n", "x.csv", "header"),
        (b"<html><body><table><tr><td>1</td></tr></table></body></html>", "x.xls", ""),
        (b"\x89PNG\r\n\x1a\n" + b"\x00" * 200, "photo.csv", ""),
        (b"%PDF-1.7 nothing of a table", "x.xlsx", ""),
        (b"PK\x03\x04 cut off", "x.xlsx", ""),
        ("日期,金额\n2026-01-01,1\n".encode("utf-16") + b"1", "x.csv", "UTF-16 LE"),
        (b"day,day\n2026-01-01,1\n", "x.csv", "same name"),
        (b"day,\n2026-01-01,1\n", "x.csv", "no name"),
    ],
)
def test_a_bad_file_is_refused_with_the_reason_found(send, content, filename, said):
    upload = send(content, filename)
    assert upload.status == Upload.Status.REFUSED
    (problem, *_) = upload.problems_in_words
    assert said in problem["message"]
    assert "Traceback" not in problem["message"]
    assert services.path_of(upload.storage_key).read_bytes() == content, "the original is kept"


# --- naming ---------------------------------------------------------------------------------------------------------


def test_everything_wrong_with_a_choice_is_said_at_once(send, actor):
    upload = send(ORDERS)
    columns = [
        {"source": "order_no", "name": "1st", "type": "text", "role": "attribute"},
        {"source": "day", "name": "day", "type": "text", "role": "time"},
        {"source": "customer_id", "name": "day", "type": "integer", "role": "entity"},
        {"source": "gone", "name": "gone", "type": "number", "role": "nothing"},
        {"source": "store", "name": "d", "type": "text", "role": "measure"},
    ]
    with pytest.raises(MappingRefused) as caught:
        services.name_columns(
            actor=actor, upload_id=upload.pk, columns=columns, row_key=["nope"], mode="merge", name="", key="Orders!"
        )
    places = {(fault.position, fault.field) for fault in caught.value.faults}
    assert places == {
        (0, "name"), (1, "type"), (2, "name"), (3, "source"), (3, "type"), (3, "role"), (4, "name"), (4, "type"),
        (None, "row_key"), (None, "mode"), (None, "name"), (None, "key"),
    }  # fmt: skip
    assert not Dataset.objects.exists()
    upload.refresh_from_db()
    assert upload.status == Upload.Status.INSPECTED


def test_a_dataset_needs_exactly_one_time(send, actor):
    upload = send(ORDERS)
    none = [column | {"role": "attribute"} for column in COLUMNS]
    with pytest.raises(MappingRefused, match="cannot be used") as caught:
        services.name_columns(actor=actor, upload_id=upload.pk, columns=none, name="Orders", key="orders")
    assert "time of a row" in caught.value.issues[0].in_words()


def test_a_name_or_key_that_is_taken_is_said(orders, send, actor):
    upload = send(ORDERS.replace("A1", "B1"))
    with pytest.raises(MappingRefused) as caught:
        services.name_columns(actor=actor, upload_id=upload.pk, columns=COLUMNS, name="ORDERS", key="orders")
    assert [fault.field for fault in caught.value.faults] == ["name", "key"]


# --- loading --------------------------------------------------------------------------------------------------------


def test_rows_are_loaded_into_a_first_version(load, computed):
    upload = load()
    assert upload.status == Upload.Status.LOADED
    assert (upload.rows_in, upload.rows_loaded, upload.rows_rejected) == (3, 3, 0)
    dataset = upload.dataset
    version = dataset.current_version
    assert (version.number, version.rows, version.upload_id) == (1, 3, upload.pk)
    assert (version.first_day, version.last_day) == (date(2026, 1, 2), date(2026, 2, 1))
    assert (version.changed_first, version.changed_last) == (date(2026, 1, 2), date(2026, 2, 1))
    assert [column.name for column in selectors.columns_of(dataset)] == [column["name"] for column in COLUMNS]
    assert [column.name for column in selectors.dimensions_of(dataset)] == ["store"]
    assert selectors.coverage_of(dataset) == (date(2026, 1, 2), date(2026, 2, 1))
    assert [row["amount"] for row in rows_of(dataset)] == [Decimal("10.50"), Decimal("20.00"), Decimal("5.25")]
    assert computed == [str(version.pk)]


def test_files_lie_below_the_storage_under_their_own_workspace(orders, in_acme, storage):
    for entry in orders.current_version.files:
        assert entry["path"].startswith(f"{in_acme.pk.hex}/datasets/{orders.pk}/")
    assert all(storage in services.path_of(entry["path"]).parents for entry in orders.current_version.files)


def test_a_row_with_a_bad_cell_is_rejected_and_the_others_are_loaded(load, actor, run_work):
    upload = load(ORDERS + "A4,2026-02-30,c3,1.00,North\nA5,2026-02-03,c3,many,North\nA6,,c3,1,North\n")
    assert upload.status == Upload.Status.LOADED
    assert (upload.rows_in, upload.rows_loaded, upload.rows_rejected) == (6, 3, 3)
    assert upload.reject_counts == {"bad_date": 1, "bad_number": 1, "missing": 1}
    page = selectors.row_page(services.page_subject(upload.pk, 1))
    assert [(row[0], row[1], row[2]) for row in page.rows] == [
        (5, "day", "bad_date"), (6, "amount", "bad_number"), (7, "day", "missing"),
    ]  # fmt: skip
    assert page.rows[1][3] == "many"


def test_a_file_without_one_good_row_changes_nothing(orders, load, computed):
    before = orders.current_version_id
    computed.clear()
    upload = load("order_no,day,customer_id,amount,store\nA9,never,c1,1,North\n", dataset=orders, mode="replace")
    assert upload.status == Upload.Status.FAILED
    assert "None of the 1 rows" in upload.problems_in_words[0]["message"]
    assert upload.rows_rejected == 1
    assert upload.rejects_key, "the rows can be looked at"
    orders.refresh_from_db()
    assert orders.current_version_id == before
    assert computed == []


def test_a_failed_upload_can_be_named_anew(orders, load, actor, run_work):
    bad = load("order_no,day,customer_id,amount,store\nA9,13/01/2026,c1,1,North\n", dataset=orders, mode="append")
    assert bad.status == Upload.Status.FAILED
    columns = [column | {"date_order": "dmy"} if column["name"] == "day" else column for column in COLUMNS]
    services.name_columns(actor=actor, upload_id=bad.pk, dataset_id=orders.pk, columns=columns)
    run_work()
    bad.refresh_from_db()
    assert bad.status == Upload.Status.LOADED
    assert [row["d"] for row in rows_of(orders)][1:3] == [date(2026, 1, 3), date(2026, 1, 13)]


def test_dates_that_can_be_read_in_two_ways_are_asked(orders, send, load, actor):
    upload = send("order_no,day,customer_id,amount,store\nA9,05/01/2026,c1,1,North\n", again=True)
    with pytest.raises(MappingRefused) as refused:
        services.name_columns(actor=actor, upload_id=upload.pk, dataset_id=orders.pk, columns=COLUMNS)
    assert [(fault.position, fault.field) for fault in refused.value.faults] == [(1, "date_order")]


def test_rows_are_added(orders, load, computed):
    computed.clear()
    upload = load(ORDERS, dataset=orders, again=True)
    assert upload.status == Upload.Status.LOADED
    orders.refresh_from_db()
    assert (orders.current_version.number, orders.current_version.rows) == (2, 6)
    assert computed == [str(orders.current_version_id)]


def test_rows_are_added_by_key(load):
    first = load(row_key=["order_no"])
    dataset = first.dataset
    newer = "order_no,day,customer_id,amount,store\nA2,2026-01-03,c2,99.00,South\nA4,2026-03-01,c9,1.00,North\n"
    second = load(newer, dataset=dataset, row_key=["order_no"])
    assert (second.rows_loaded, second.rows_replaced) == (2, 1)
    assert {row["order_no"]: row["amount"] for row in rows_of(dataset)} == {
        "A1": Decimal("10.50"), "A2": Decimal("99.00"), "A3": Decimal("5.25"), "A4": Decimal("1.00"),
    }  # fmt: skip
    version = dataset.current_version
    assert (version.changed_first, version.changed_last) == (date(2026, 1, 3), date(2026, 3, 1))


def test_everything_is_replaced(orders, load):
    first = orders.current_version_id
    load("order_no,day,customer_id,amount,store\nZ1,2026-05-01,c1,1.00,North\n", dataset=orders, mode="replace")
    assert [row["order_no"] for row in rows_of(orders)] == ["Z1"]
    old = DatasetVersion.objects.get(pk=first)
    assert all(services.path_of(entry["path"]).is_file() for entry in old.files), "versions before are kept"


def test_adding_keeps_the_columns_of_the_data(orders, send, actor):
    upload = send(ORDERS.replace("order_no", "number"), again=True, dataset_id=orders.pk)
    assert services.lacking_headers(upload, orders) == ["order_no"]
    with pytest.raises(MappingRefused):
        services.load_as_known(actor=actor, upload_id=upload.pk)
    other = [column for column in COLUMNS if column["name"] != "order_no"]
    other = [column | {"type": "text"} if column["name"] == "amount" else column for column in other]
    other = [column | {"role": "attribute"} if column["name"] == "amount" else column for column in other]
    other.append({"source": "number", "name": "extra", "type": "text", "role": "attribute"})
    with pytest.raises(MappingRefused) as caught:
        services.name_columns(
            actor=actor, upload_id=upload.pk, dataset_id=orders.pk, columns=other, row_key=["customer_id"]
        )
    assert {(fault.position, fault.field) for fault in caught.value.faults} == {
        (2, "type"), (4, "name"), (None, "columns"), (None, "row_key"),
    }  # fmt: skip


def test_a_known_file_is_loaded_as_known_under_new_headers_too(orders, send, actor, run_work):
    upload = send(ORDERS.replace("order_no", "number"), dataset_id=orders.pk)
    columns = [column | {"source": "number"} if column["name"] == "order_no" else column for column in COLUMNS]
    services.name_columns(actor=actor, upload_id=upload.pk, dataset_id=orders.pk, columns=columns)
    run_work()
    assert len(rows_of(orders)) == 6
    assert {row["order_no"] for row in rows_of(orders)} == {"A1", "A2", "A3"}


def test_a_file_for_known_data_is_loaded_without_naming(orders, send, actor, run_work):
    upload = send(ORDERS.replace("A", "B"), dataset_id=orders.pk)
    assert services.lacking_headers(upload, orders) == []
    services.load_as_known(actor=actor, upload_id=upload.pk)
    run_work()
    assert sorted(row["order_no"] for row in rows_of(orders)) == ["A1", "A2", "A3", "B1", "B2", "B3"]


def test_uploads_of_one_dataset_are_loaded_one_after_the_other_none_is_lost(orders, send, actor, run_work):
    first = send(ORDERS.replace("A", "B"), dataset_id=orders.pk)
    second = send(ORDERS.replace("A", "C"), dataset_id=orders.pk)
    for upload in (first, second):
        services.load_as_known(actor=actor, upload_id=upload.pk)
    assert Work.objects.filter(kind="datasets.load", status=Work.Status.QUEUED).count() == 2
    run_work()
    orders.refresh_from_db()
    assert orders.current_version.number == 3
    assert len(rows_of(orders)) == 9


def test_columns_that_changed_between_naming_and_loading_stop_the_load(orders, send, actor, run_work):
    waiting = send(ORDERS.replace("A", "B"), dataset_id=orders.pk)
    anew = send("day,people\n2026-01-01,7\n", dataset_id=orders.pk)
    services.name_columns(
        actor=actor, upload_id=anew.pk, dataset_id=orders.pk, mode="replace",
        columns=[
            {"source": "day", "name": "day", "type": "date", "role": "time"},
            {"source": "people", "name": "people", "type": "integer", "role": "measure"},
        ],
    )  # fmt: skip
    services.load_as_known(actor=actor, upload_id=waiting.pk)
    run_work()
    waiting.refresh_from_db()
    assert waiting.status == Upload.Status.FAILED
    assert "columns of the data have changed" in waiting.problems_in_words[0]["message"]
    assert [row["people"] for row in rows_of(orders)] == [7]


# --- ends -----------------------------------------------------------------------------------------------------------


def test_a_file_that_is_not_in_the_data_can_be_removed(send, actor, orders, django_capture_on_commit_callbacks):
    upload = send("only,a,header\n")
    kept = services.path_of(upload.storage_key)
    with django_capture_on_commit_callbacks(execute=True):
        services.discard_upload(actor=actor, upload_id=upload.pk)
    assert not kept.exists()
    upload.refresh_from_db()
    assert upload.status == Upload.Status.DISCARDED
    with pytest.raises(Refusal, match="loaded"):
        services.discard_upload(actor=actor, upload_id=orders.current_version.upload_id)


def test_nothing_of_it_belongs_to_another_workspace(send, borealis, in_acme):
    from apps.workspaces.scope import inside

    upload = send(ORDERS)
    with inside(borealis):
        assert not Upload.objects.exists()
        with pytest.raises(NotHere):
            selectors.upload_for(upload.pk)
        with pytest.raises(ValueError, match="does not belong"):
            services.path_of(upload.storage_key)
    with pytest.raises(ValueError, match="does not belong"):
        services.path_of(f"{in_acme.pk.hex}/../{borealis.pk.hex}/uploads/x/original")


def test_freshness_of_all_data_costs_one_query(orders, send, load, django_assert_num_queries):
    load(ORDERS + "A4,never,c3,1.00,North\n", name="Partly", key="partly")
    send("only,a,header\n", dataset_id=orders.pk)
    with django_assert_num_queries(1):
        partly, full = sorted(selectors.freshness(), key=lambda row: row.name, reverse=True)
    assert (full.name, full.rows, full.rejected, full.state) == ("Orders", 3, 0, "failed")
    assert (partly.name, partly.rows, partly.rejected, partly.state) == ("Partly", 3, 1, "partly")
    assert full.last_day == date(2026, 2, 1)
