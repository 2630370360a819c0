"""What goes wrong around a file: killed children, lost leases, a full disk, what crashes leave behind."""

import errno
import os
import signal
import threading
import time
import uuid
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import connection
from django.db.models.functions import Now

from apps.datasets import services
from apps.datasets.models import DatasetVersion, Upload
from apps.datasets.services import running
from apps.datasets.services import storage as files
from apps.kernel.issue import Refusal
from apps.work.claims import claim_next
from apps.work.models import Work
from apps.work.services import run, run_due
from apps.workspaces.scope import inside
from tests.integration.datasets.browsing import files_up_to
from tests.integration.datasets.conftest import COLUMNS, ORDERS, rows_of
from tests.processes import engine_children

pytestmark = pytest.mark.django_db


def many_orders(rows: int) -> str:
    """Enough rows to be interrupted in the middle."""
    lines = ["order_no,day,customer_id,amount,store"]
    lines += [f"N{n},2026-{n % 12 + 1:02}-{n % 28 + 1:02},c{n % 997},{n % 500}.25,North" for n in range(rows)]
    return "\n".join(lines) + "\n"


def children() -> list[int]:
    """Engine processes that this process has started."""
    return engine_children(os.getpid())


@contextmanager
def killing(times: int):
    """Kill -9 the next so many engine children as soon as they show."""
    killed: list[int] = []
    stop = threading.Event()

    def hunt():
        while not stop.is_set() and len(killed) < times:
            for pid in children():
                if pid not in killed and len(killed) < times:
                    time.sleep(0.15)
                    try:
                        os.kill(pid, signal.SIGKILL)
                    except ProcessLookupError:
                        continue
                    killed.append(pid)
            time.sleep(0.02)

    hunter = threading.Thread(target=hunt)
    hunter.start()
    try:
        yield killed
    finally:
        stop.set()
        hunter.join(10)


def make_due() -> None:
    Work.objects.filter(status=Work.Status.QUEUED).exclude(kind="datasets.profile").update(not_before=Now())


def test_a_killed_child_is_started_again_and_the_upload_is_loaded_once(send, actor, orders, run_work):
    upload = send(many_orders(150_000), dataset_id=orders.pk)
    services.load_as_known(actor=actor, upload_id=upload.pk)
    with killing(2) as killed:
        for _ in range(3):
            run_due()
            make_due()
    assert len(killed) == 2
    run_work()
    upload.refresh_from_db()
    assert upload.status == Upload.Status.LOADED
    assert upload.work.attempt == 3
    assert DatasetVersion.objects.filter(upload=upload).count() == 1
    assert len(rows_of(orders)) == 150_003
    folder = files.root() / "datasets" / str(orders.pk) / str(upload.pk)
    assert len(list(folder.iterdir())) == 1, "nothing is left of the tries before"


def test_a_file_whose_children_die_every_time_fails_with_a_reason_and_can_be_tried_again(send, actor, orders, run_work):
    upload = send(many_orders(150_000), dataset_id=orders.pk)
    services.load_as_known(actor=actor, upload_id=upload.pk)
    with killing(5) as killed:
        for _ in range(5):
            run_due()
            make_due()
    assert len(killed) == 5
    upload.refresh_from_db()
    assert upload.status == Upload.Status.FAILED
    assert "process ended before it had an answer" in upload.problems_in_words[0]["message"]
    orders.refresh_from_db()
    assert orders.current_version.number == 1

    services.try_upload_again(actor=actor, upload_id=upload.pk)
    upload.refresh_from_db()
    assert upload.status == Upload.Status.LOADING
    run_work()
    upload.refresh_from_db()
    assert upload.status == Upload.Status.LOADED
    assert len(rows_of(orders)) == 150_003
    with pytest.raises(Refusal, match="set aside"):
        services.try_upload_again(actor=actor, upload_id=upload.pk)


def test_a_worker_that_was_slow_writes_nothing(send, actor, orders, run_work):
    """It was taken over in the middle of a load: its child dies, and only the other's version is there."""
    upload = send(many_orders(50_000), dataset_id=orders.pk)
    services.load_as_known(actor=actor, upload_id=upload.pk)
    slow = claim_next()
    Work.objects.filter(pk=slow.work.pk).update(attempt=2, lease_until=Now() - timedelta(seconds=1))
    started = time.monotonic()
    run(slow)
    assert time.monotonic() - started < 20
    assert children() == []
    assert not DatasetVersion.objects.filter(upload=upload).exists()
    run_work()
    assert DatasetVersion.objects.filter(upload=upload).count() == 1
    assert len(rows_of(orders)) == 50_003


def test_doing_finished_work_again_changes_nothing(orders, run_work):
    upload = orders.current_version.upload
    Work.objects.filter(pk=upload.work_id).update(status=Work.Status.QUEUED)
    run_work()
    assert DatasetVersion.objects.count() == 1
    assert len(rows_of(orders)) == 3


@pytest.mark.django_db(transaction=True)
def test_two_people_who_send_the_same_file_at_once_have_it_once(in_acme, actor, computed):
    start = threading.Barrier(4)
    ends: list[object] = []

    def person():
        with inside(in_acme):
            start.wait()
            try:
                ends.append(services.receive_upload(actor=actor, filename="x.csv", chunks=[ORDERS.encode()]))
            except services.AlreadyHere as refusal:
                ends.append(refusal)
        connection.close()

    people = [threading.Thread(target=person) for _ in range(4)]
    for each in people:
        each.start()
    for each in people:
        each.join(20)
    assert sum(isinstance(end, Upload) for end in ends) == 1
    assert sum(isinstance(end, services.AlreadyHere) for end in ends) == 3
    assert len([path for path in files.root().rglob("*") if path.is_file()]) == 1


@pytest.mark.django_db(transaction=True)
def test_two_workers_load_two_files_of_one_dataset_one_after_the_other(send, actor, orders, in_acme):
    uploads = [send(many_orders(3000).replace("N", letter), dataset_id=orders.pk) for letter in "BC"]
    for upload in uploads:
        services.load_as_known(actor=actor, upload_id=upload.pk)

    def worker():
        with inside(in_acme):
            while Work.objects.filter(status__in=["queued", "running"]).exists():
                run_due()
                time.sleep(0.05)
        connection.close()

    workers = [threading.Thread(target=worker) for _ in range(2)]
    for each in workers:
        each.start()
    for each in workers:
        each.join(60)
    orders.refresh_from_db()
    assert orders.current_version.number == 3
    assert len(rows_of(orders)) == 6003
    assert list(DatasetVersion.objects.order_by("number").values_list("upload_id", flat=True))[1:] == [
        upload.pk for upload in uploads
    ]


# --- a full disk ----------------------------------------------------------------------------------------------------


def test_a_full_disk_is_said_and_leaves_neither_a_row_nor_half_a_file(in_acme, actor, storage):
    with files_up_to(300_000), pytest.raises(services.NoRoom, match="no room left"):
        services.receive_upload(actor=actor, filename="x.csv", chunks=[b"a" * 65_536] * 8)
    assert not Upload.objects.exists()
    assert not [path for path in storage.rglob("*") if path.is_file()]


def test_a_disk_that_is_full_only_at_the_end_is_said_too(in_acme, actor, storage, monkeypatch):
    """The last bytes are refused when they are brought to disk."""
    real = os.fsync

    def full(descriptor):
        if not os.path.isdir(f"/proc/self/fd/{descriptor}"):
            raise OSError(errno.ENOSPC, "No space left on device")
        real(descriptor)

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(services.NoRoom):
        services.receive_upload(actor=actor, filename="x.csv", chunks=[b"a,b\n1,2\n"])
    assert not Upload.objects.exists()
    assert not [path for path in storage.rglob("*") if path.is_file()]


def test_a_load_that_may_not_write_fails_with_a_reason_and_leaves_nothing(
    send, actor, orders, run_work, monkeypatch, storage
):
    upload = send(many_orders(30_000), dataset_id=orders.pk)
    services.load_as_known(actor=actor, upload_id=upload.pk)
    usual = running.engine_limits()
    monkeypatch.setattr(running, "engine_limits", lambda: replace(usual, file_bytes=20_000))
    before = {path for path in storage.rglob("*") if path.is_file()}
    run_work()
    monkeypatch.undo()
    upload.refresh_from_db()
    assert upload.status == Upload.Status.FAILED
    assert upload.problems_in_words[0]["message"] == "This would write a file larger than it is allowed."
    assert {path for path in storage.rglob("*") if path.is_file()} == before
    assert len(rows_of(orders)) == 3
    services.load_as_known(actor=actor, upload_id=upload.pk)
    run_work()
    assert len(rows_of(orders)) == 30_003


# --- what crashes leave ---------------------------------------------------------------------------------------------


def test_files_that_crashes_left_are_swept_after_a_day_and_no_others(send, orders):
    old = time.time() - files.ORPHAN_AFTER_SECONDS - 60
    orphan = files.folder_of_upload(uuid.uuid4())
    fresh_orphan = files.folder_of_upload(uuid.uuid4())
    for folder in (orphan, fresh_orphan):
        folder.mkdir(parents=True)
        (folder / "original").write_text("lost")
    half = files.root() / "incoming" / "half"
    half.write_text("half a file")
    mine = services.path_of(orders.current_version.upload.storage_key).parent
    for path in (orphan, half, mine):
        os.utime(path, (old, old))
    send(ORDERS.replace("A", "B"))
    assert not orphan.exists()
    assert not half.exists()
    assert fresh_orphan.exists(), "an upload may be just about to get its row"
    assert mine.exists()


def test_an_inspection_that_is_set_aside_says_so_on_the_upload(in_acme, actor, computed):
    upload = services.receive_upload(actor=actor, filename="x.csv", chunks=[ORDERS.encode()])
    Work.objects.filter(pk=upload.work_id).update(attempt=5, status="running", lease_until=Now() - timedelta(seconds=1))
    assert run_due() == 0
    upload.refresh_from_db()
    assert upload.status == Upload.Status.FAILED
    assert "stopped 5 times" in upload.problems_in_words[0]["message"]
    services.try_upload_again(actor=actor, upload_id=upload.pk)
    while run_due():
        pass
    upload.refresh_from_db()
    assert upload.status == Upload.Status.INSPECTED
    services.name_columns(actor=actor, upload_id=upload.pk, columns=COLUMNS, name="Orders", key="orders")
