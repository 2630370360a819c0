"""A disk that is really full, under a file that comes and under a load."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.db.models.functions import Now

from apps.datasets import services
from apps.datasets.models import DatasetVersion, Upload
from apps.work.models import Work
from apps.work.services import run_due
from tests.disks import fill, small_disk
from tests.integration.datasets.conftest import ORDERS, rows_of

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def disk(storage: Path) -> Iterator[Path]:
    """The storage on a disk of its own, of three megabytes."""
    with small_disk(storage, 3 << 20) as found:
        yield found


def files_of(storage: Path) -> set[Path]:
    return {path for path in storage.rglob("*") if path.is_file()}


def test_nothing_is_lost_or_doubled_and_a_sentence_says_so(
    disk: Path, send: Callable, actor, orders, run_work: Callable
) -> None:
    before = files_of(disk)
    with pytest.raises(services.NoRoom, match="no room left"):
        services.receive_upload(actor=actor, filename="large.csv", chunks=[b"a,b\n" + b"1,2\n" * 16_384] * 60)
    assert files_of(disk) == before, "nothing of what came is left, and all that was there is"
    assert Upload.objects.count() == 1

    more = "".join(f"B{n},2026-01-{n % 28 + 1:02},c{n * 7919 % 30011},{n}.25,North\n" for n in range(20_000))
    upload = send(ORDERS.splitlines(keepends=True)[0] + more, dataset_id=orders.pk)
    there = files_of(disk)
    stuffing = fill(disk)
    services.load_as_known(actor=actor, upload_id=upload.pk)
    for _ in range(5):
        run_due()
        Work.objects.filter(status=Work.Status.QUEUED, kind="datasets.load").update(not_before=Now())
    upload.refresh_from_db()
    assert upload.status == Upload.Status.FAILED
    assert upload.problems_in_words[0]["message"] == "There is no disk space left for this."
    assert upload.work.attempt == 5, "there may be room again, so it was tried again"
    assert files_of(disk) == there | {stuffing}
    assert len(rows_of(orders)) == 3

    stuffing.unlink()
    services.try_upload_again(actor=actor, upload_id=upload.pk)
    run_work()
    upload.refresh_from_db()
    assert (upload.status, upload.rows_in, upload.rows_loaded) == (Upload.Status.LOADED, 20_000, 20_000)
    assert DatasetVersion.objects.filter(upload=upload).count() == 1
    assert len(rows_of(orders)) == 20_003
