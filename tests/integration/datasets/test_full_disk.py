"""A disk that is really full, under a file that comes, a load, and a file that a source brought."""

import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.db.models.functions import Now

from apps.datasets import services
from apps.datasets.models import DatasetVersion, Upload
from apps.work.models import Work
from apps.work.services import run_due
from tests.integration.datasets.conftest import ORDERS, rows_of

pytestmark = pytest.mark.django_db(transaction=True)
SIZE = 3 << 20


@pytest.fixture
def small_disk(storage: Path) -> Iterator[Path]:
    """The storage on a disk of its own, of three megabytes."""
    storage.mkdir(parents=True, exist_ok=True)
    options = ["mount", "-t", "tmpfs", "-o", f"size={SIZE},mode=0777", "tmpfs", str(storage)]
    if shutil.which("mount") is None or subprocess.run(options, capture_output=True).returncode:
        pytest.skip("no disk can be mounted here, which takes root")
    yield storage
    subprocess.run(["umount", "--lazy", str(storage)], check=True)


def files_of(storage: Path) -> set[Path]:
    return {path for path in storage.rglob("*") if path.is_file()}


def fill(storage: Path) -> Path:
    """Take all that is left of the disk."""
    stuffing = storage / "stuffing"
    with stuffing.open("wb", buffering=0) as file:
        while True:
            try:
                file.write(b"x" * 4096)
            except OSError:
                return stuffing


def test_nothing_is_lost_or_doubled_and_a_sentence_says_so(
    small_disk: Path, send: Callable, actor, orders, run_work: Callable
) -> None:
    before = files_of(small_disk)
    with pytest.raises(services.NoRoom, match="no room left"):
        services.receive_upload(actor=actor, filename="large.csv", chunks=[b"a,b\n" + b"1,2\n" * 16_384] * 60)
    assert files_of(small_disk) == before, "nothing of what came is left, and all that was there is"
    assert Upload.objects.count() == 1

    more = "".join(f"B{n},2026-01-{n % 28 + 1:02},c{n * 7919 % 30011},{n}.25,North\n" for n in range(20_000))
    upload = send(ORDERS.splitlines(keepends=True)[0] + more, dataset_id=orders.pk)
    there = files_of(small_disk)
    stuffing = fill(small_disk)
    services.load_as_known(actor=actor, upload_id=upload.pk)
    for _ in range(5):
        run_due()
        Work.objects.filter(status=Work.Status.QUEUED, kind="datasets.load").update(not_before=Now())
    upload.refresh_from_db()
    assert upload.status == Upload.Status.FAILED
    assert upload.problems_in_words[0]["message"] == "There is no disk space left for this."
    assert upload.work.attempt == 5, "there may be room again, so it was tried again"
    assert files_of(small_disk) == there | {stuffing}
    assert len(rows_of(orders)) == 3

    stuffing.unlink()
    services.try_upload_again(actor=actor, upload_id=upload.pk)
    run_work()
    upload.refresh_from_db()
    assert (upload.status, upload.rows_in, upload.rows_loaded) == (Upload.Status.LOADED, 20_000, 20_000)
    assert DatasetVersion.objects.filter(upload=upload).count() == 1
    assert len(rows_of(orders)) == 20_003
