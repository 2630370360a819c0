"""What a file does to the data: seen before it is applied, in every mode, and taken back again."""

from datetime import date

import pytest

from apps.audit.models import Entry
from apps.datasets import selectors, services
from apps.datasets.domain.columns import MappingRefused
from apps.datasets.domain.modes import How
from apps.datasets.models import Dataset, DatasetVersion, Upload
from apps.datasets.services import usage
from apps.kernel.issue import Refusal
from apps.metrics.services import sources
from tests.integration.datasets.conftest import COLUMNS, ORDERS, rows_of

pytestmark = pytest.mark.django_db
HEAD = "order_no,day,customer_id,amount,store\n"


@pytest.fixture
def keyed(load) -> Dataset:
    """Three orders whose number is the row key."""
    return load(row_key=["order_no"]).dataset


@pytest.fixture
def put(send, actor, run_work):
    """`put(rows, How(...))`: send a file for data that is known, and have it loaded so."""

    def known(dataset: Dataset, rows: str, how: How, head: str = HEAD) -> Upload:
        upload = send(head + rows, dataset_id=dataset.pk)
        services.load_as_known(actor=actor, upload_id=upload.pk, how=how)
        run_work()
        upload.refresh_from_db()
        dataset.refresh_from_db()
        return upload

    return known


def numbers(dataset: Dataset) -> list[str]:
    return sorted(row["order_no"] for row in rows_of(dataset))


def test_nothing_is_applied_before_the_go_ahead(keyed, put, actor, run_work, computed):
    rows = "A1,2026-01-02,c1,11.00,North\nA9,2026-01-09,c9,9.00,North\nbad,x,c9,9.00,North\n"
    upload = put(keyed, rows, How(review=True))
    assert (upload.status, keyed.current_version.number) == (Upload.Status.REVIEW, 1)
    assert (upload.rows_in, upload.rows_loaded, upload.rows_rejected) == (3, 2, 1)
    assert (upload.outcome["added"], upload.outcome["changed"], upload.outcome["removed"]) == (1, 1, 0)
    assert [fresh.state for fresh in selectors.freshness()] == [selectors.State.WAITING]
    with pytest.raises(Refusal, match="Somebody else went on") as caught:
        services.apply_upload(actor=actor, upload_id=upload.pk, seen="inspected:")
    assert caught.value.status == 409
    services.apply_upload(actor=actor, upload_id=upload.pk, seen=upload.mark, unasked=True)
    keyed.refresh_from_db()
    version = keyed.current_version
    assert (version.number, version.added, version.changed, version.made_by) == (2, 1, 1, actor.id)
    assert numbers(keyed) == ["A1", "A2", "A3", "A9"]
    run_work()
    assert len(computed) == 2
    with pytest.raises(Refusal, match="does not wait"):
        services.apply_upload(actor=actor, upload_id=upload.pk)
    sound = put(keyed, "B1,2026-02-01,c1,1,North\n", How(review=True))
    assert (sound.status, keyed.current_version.number) == (Upload.Status.LOADED, 3), "it only adds: nobody is asked"
    changes = put(keyed, "B1,2026-02-01,c1,2,North\n", How(review=True))
    assert changes.status == Upload.Status.REVIEW


def test_rows_that_go_are_confirmed_by_their_number(keyed, put, actor):
    april = How(mode="period", first=date(2026, 1, 1), last=date(2026, 1, 31), review=True)
    upload = put(keyed, "A7,2026-01-20,c1,7.00,North\nA8,2026-02-01,c1,7.00,North\n", april)
    assert (upload.outcome["added"], upload.outcome["removed"]) == (1, 2)
    assert upload.reject_counts == {"outside_period": 1}
    with pytest.raises(Refusal) as caught:
        services.apply_upload(actor=actor, upload_id=upload.pk, removed=3)
    assert [str(issue) for issue in caught.value.issues] == [
        "removed: 2 rows of the data go by this. Confirm that number."
    ]
    services.apply_upload(actor=actor, upload_id=upload.pk, removed=2)
    assert numbers(keyed) == ["A3", "A7"]


def test_the_data_changed_while_a_file_waited(keyed, put, actor, run_work):
    waits = put(keyed, "A9,2026-01-09,c9,9.00,North\n", How(review=True))
    put(keyed, "A9,2026-01-10,c9,8.00,North\n", How())
    services.apply_upload(actor=actor, upload_id=waits.pk)
    run_work()
    waits.refresh_from_db()
    keyed.refresh_from_db()
    assert (waits.status, keyed.current_version.number) == (Upload.Status.REVIEW, 2)
    assert (waits.outcome["added"], waits.outcome["changed"]) == (0, 1), "it says what it comes to now"
    services.discard_upload(actor=actor, upload_id=waits.pk)
    assert numbers(keyed) == ["A1", "A2", "A3", "A9"]


def test_rows_are_removed_by_a_file_of_keys(keyed, put):
    upload = put(keyed, "A2\nZ9\n", How(mode="delete"), head="order_no\n")
    assert (upload.status, upload.rows_loaded, upload.reject_counts) == (Upload.Status.LOADED, 1, {"unknown_key": 1})
    assert numbers(keyed) == ["A1", "A3"]
    assert [column.name for column in selectors.columns_of(keyed)] == [column["name"] for column in COLUMNS]
    source = sources.sources(["orders"])["orders"]
    assert source.coverage() == source.coverage(1), "it speaks for no day"
    every = put(keyed, "A1\nA3\n", How(mode="delete"), head="order_no\n")
    assert every.status == Upload.Status.FAILED
    assert "No row would be left" in every.problems_in_words[0]["message"]


def test_all_of_it_or_nothing(keyed, put):
    upload = put(keyed, "A9,2026-01-09,c9,9.00,North\nbad,x,c9,9.00,North\n", How(whole=True))
    assert (upload.status, upload.rows_rejected) == (Upload.Status.FAILED, 1)
    assert "1 of the 2 rows have to be mended" in upload.problems_in_words[0]["message"]
    assert numbers(keyed) == ["A1", "A2", "A3"]
    kept = put(keyed, "A1,2026-01-02,c1,99,North\nA9,2026-01-09,c9,9.00,North\n", How(whole=True, meets="keep"))
    assert (kept.status, kept.rows_loaded, kept.set_aside, kept.rows_faulty) == (Upload.Status.LOADED, 1, 1, 0)


def test_a_choice_that_cannot_be_is_refused_all_at_once(orders, send, actor):
    upload = send(HEAD + "A9,2026-01-09,c9,9.00,North\n", dataset_id=orders.pk)
    how = How(mode="delete", first=date(2026, 2, 1), last=date(2026, 1, 1), twins="all", meets="maybe")
    with pytest.raises(MappingRefused) as caught:
        services.load_as_known(actor=actor, upload_id=upload.pk, how=how)
    assert [fault.field for fault in caught.value.faults] == ["twins", "meets", "mode", "period", "period"]


def test_any_version_comes_back_and_goes_again(keyed, put, actor, computed, run_work):
    put(keyed, "A9,2026-01-09,c9,9.00,North\n", How())
    upload = put(keyed, "", How(), head=ORDERS + "A8,2026-05-09,c9,9.00,North\n")
    third = keyed.current_version
    restored = services.restore_version(actor=actor, dataset_id=keyed.pk, number=1)
    run_work()
    assert (restored.number, restored.restores.number, computed[-1]) == (4, 1, str(restored.pk))
    assert numbers(keyed) == ["A1", "A2", "A3"]
    assert (restored.changed_first, restored.changed_last) == (date(2026, 1, 2), date(2026, 5, 9))
    source = sources.sources(["orders"])["orders"]
    assert source.coverage() == source.coverage(1) != source.coverage(3)
    assert selectors.freshness()[0].last_upload_by == upload.uploaded_by_name
    assert actor.id in selectors.uploaders_of([str(restored.pk)], date(2026, 1, 1), date(2026, 12, 31))
    entry = Entry.objects.filter(act="dataset.restored").get()
    assert entry.after["equals"] == 1
    back = services.restore_version(actor=actor, dataset_id=keyed.pk, number=3)
    assert (back.restores, back.files) == (third, third.files)
    again = services.restore_version(actor=actor, dataset_id=keyed.pk, number=4)
    assert again.restores.number == 1, "it always names the one that came from a file"
    with pytest.raises(Refusal, match="current version already"):
        services.restore_version(actor=actor, dataset_id=keyed.pk, number=6)
    assert DatasetVersion.objects.count() == 6


def test_a_version_with_other_columns_brings_its_columns_and_its_key_back(keyed, send, actor, run_work):
    columns = [column for column in COLUMNS if column["name"] in ("day", "amount")]
    upload = send("day,amount\n2026-03-01,5\n", dataset_id=keyed.pk)
    services.name_columns(
        actor=actor, upload_id=upload.pk, dataset_id=keyed.pk, columns=columns, how=How(mode="replace")
    )
    run_work()
    services.restore_version(actor=actor, dataset_id=keyed.pk, number=1)
    keyed.refresh_from_db()
    assert keyed.row_key == ["order_no"]
    assert [column.name for column in selectors.columns_of(keyed)] == [column["name"] for column in COLUMNS]


def test_the_next_file_asks_nothing(load, send, actor, run_work):
    """Told by its headers, read in the encoding and from the row that somebody had to say, and made ready."""
    titles = "门店报表\n,,,,\n"
    first = "订单,日期,客户,金额,门店\nA1,2026-01-02,甲,1,北\n"
    columns = [
        column | {"source": head}
        for column, head in zip(COLUMNS, ["订单", "日期", "客户", "金额", "门店"], strict=True)
    ]
    upload = send((titles + first).encode("gb18030"), review=True)
    services.read_again(actor=actor, upload_id=upload.pk, header_row=3, encoding="gb18030", delimiter=",")
    run_work()
    services.name_columns(
        actor=actor, upload_id=upload.pk, columns=columns, row_key=["order_no"], name="Orders", key="orders",
        how=How(meets="keep", review=True),
    )  # fmt: skip
    run_work()
    services.apply_upload(actor=actor, upload_id=upload.pk)
    second = send((titles + first.replace("A1", "A2") + "A1,2026-01-02,甲,7,北\n").encode("gb18030"), review=True)
    assert (second.status, second.recognised, second.dataset.key) == (Upload.Status.REVIEW, True, "orders")
    assert (second.outcome["added"], second.reject_counts) == (1, {"kept_key": 1})
    third = send(first.replace("A1", "A3").encode(), review=True)  # no titles, another encoding
    assert (third.status, third.outcome["added"], third.shape["encoding"]) == (Upload.Status.REVIEW, 1, "UTF-8")
    other = send(first.replace("门店", "店").encode("gb18030"), review=True)
    assert (other.status, other.dataset) == (Upload.Status.INSPECTED, None)
    more = send(
        first.replace("门店\n", "门店,备注\n").replace("北\n", "北,x\n").encode(),
        review=True,
        dataset_id=second.dataset_id,
    )
    assert more.status == Upload.Status.INSPECTED, "a new column is shown first"


def test_columns_that_metrics_use_do_not_go_unconfirmed(keyed, send, actor, run_work, monkeypatch):
    users = {"store": [services.User("Orders by store", "/m/")], "amount": [services.User("Sales", "/m/")]}
    monkeypatch.setattr(usage, "_tellers", [lambda dataset, names: users])
    columns = [column | ({"type": "integer"} if column["name"] == "amount" else {}) for column in COLUMNS[:4]]
    upload = send(HEAD + "A9,2026-01-09,c9,9,North\n", dataset_id=keyed.pk)
    assert [loss.column.name for loss in services.losses(keyed, columns)] == ["amount", "store"]
    services.name_columns(
        actor=actor, upload_id=upload.pk, dataset_id=keyed.pk, columns=columns, how=How(mode="replace", review=True)
    )
    run_work()
    with pytest.raises(Refusal) as caught:
        services.apply_upload(actor=actor, upload_id=upload.pk, removed=3)
    assert "Orders by store, Sales" in str(caught.value.issues[0])
    services.apply_upload(actor=actor, upload_id=upload.pk, removed=3, breaks=True)
