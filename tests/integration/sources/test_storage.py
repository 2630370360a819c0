"""A storage that speaks S3, over real HTTP on loopback: each new file once, whatever it is called."""

import logging
from datetime import timedelta
from ipaddress import ip_network
from types import SimpleNamespace

import boto3
import pytest
from django.utils import timezone

from apps.datasets import services as datasets
from apps.datasets.models import Upload
from apps.sources import services
from apps.sources.domain.connection import Kind, connection_of
from apps.sources.fetch import s3
from apps.sources.fetch.asking import Ask
from apps.sources.fetch.trouble import Trouble
from apps.sources.models import PullFile
from apps.work.models import Work
from tests.disks import fill, small_disk
from tests.integration.datasets.conftest import COLUMNS, ORDERS
from tests.integration.sources.conftest import SECRET
from tests.integration.sources.test_postgresql import DAILY, NOW

pytestmark = pytest.mark.django_db
LATER = ORDERS.replace("2026-0", "2027-0").replace("A", "B")


@pytest.fixture(scope="module")
def storage_server():
    """moto's server: Flask over HTTP."""
    from moto.server import ThreadedMotoServer

    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def bucket(storage_server):
    """A bucket with two files that fit and three that do not, and how to reach it."""
    hand = boto3.client(
        "s3", endpoint_url=storage_server, aws_access_key_id="AKIA", aws_secret_access_key=SECRET,
        region_name="us-east-1",
    )  # fmt: skip
    hand.create_bucket(Bucket="exports")
    for name in ("orders/2026.csv", "orders/", "orders/readme.txt", "other/2026.csv"):
        hand.put_object(Bucket="exports", Key=name, Body=ORDERS.encode())
    hand.put_object(Bucket="exports", Key="orders/empty.csv", Body=b"")
    where = {
        "endpoint": storage_server, "bucket": "exports", "prefix": "orders/", "pattern": "*.csv", "access_key": "AKIA",
    }  # fmt: skip
    yield SimpleNamespace(hand=hand, where=where)
    for each in hand.list_objects_v2(Bucket="exports").get("Contents", ()):
        hand.delete_object(Bucket="exports", Key=each["Key"])
    hand.delete_bucket(Bucket="exports")


def asked(**more: object) -> Ask:
    return Ask(secret=SECRET, allowed=(ip_network("127.0.0.0/8"),), **more)


def test_only_files_that_fit_are_seen_and_trouble_is_told(bucket):
    where = connection_of(Kind.S3, bucket.where)
    assert s3.look(where, asked())["objects"] == [{"name": "orders/2026.csv", "size": len(ORDERS)}]
    for changes, ask, said in (
        ({"bucket": "elsewhere"}, asked(), "no bucket elsewhere"),
        ({"endpoint": "http://127.0.0.1:9"}, asked(), "does not answer"),
        ({}, Ask(secret=SECRET), "private network"),
        ({"endpoint": "http://no-such-host.invalid"}, asked(), "no server of the name"),
    ):
        with pytest.raises(Trouble) as caught:
            s3.look(connection_of(Kind.S3, bucket.where | changes), ask)
        assert said in caught.value.message % caught.value.params


def test_files_that_are_too_large_are_named_and_passed_over(bucket, tmp_path):
    where = connection_of(Kind.S3, bucket.where)
    answer = s3.pull(where, asked(most_bytes=10), tmp_path)
    assert (answer["files"], answer["more"]) == ([], False)
    assert [each["name"] for each in answer["skipped"]] == ["orders/2026.csv"]


def test_each_new_file_comes_once(in_acme, actor, run_work, computed, bucket):
    source = services.make_source(actor=actor, kind="s3", name="Exports", connection=bucket.where, secret=SECRET)
    Work.objects.filter(kind="sources.look").delete()
    bucket.hand.put_object(Bucket="exports", Key="orders/2027.csv", Body=LATER.encode())
    services.set_up(actor=actor, source_id=source.pk, schedule=DAILY, now=NOW)
    run_work()
    upload = Upload.objects.get()  # one file says which data it is; the other waits for that
    options = {"columns": COLUMNS, "row_key": ["order_no"], "name": "Orders", "key": "orders"}
    datasets.name_columns(actor=actor, upload_id=upload.pk, **options)
    run_work()
    source.refresh_from_db()
    assert [pull.status for pull in source.pulls.order_by("begun_at")] == ["done", "done"]
    assert source.dataset.current_version.rows == 6
    bucket.hand.put_object(Bucket="exports", Key="orders/2027.csv", Body=LATER.replace("5.25", "6.25").encode())
    for expected in (["done"] * 3, ["done"] * 3 + ["same"]):
        services.run_now(actor=actor, source_id=source.pk)
        run_work()
        assert [pull.status for pull in source.pulls.order_by("begun_at")] == expected
    source.dataset.refresh_from_db()
    assert source.dataset.current_version.rows == 6, "a changed file takes the place of its rows by their key"
    assert PullFile.objects.filter(source=source, name="orders/2027.csv").count() == 2
    assert set(Upload.objects.values_list("filename", flat=True)) == {"2026.csv", "2027.csv"}


def test_a_full_disk_is_told_and_the_file_comes_once_there_is_room(in_acme, actor, run_work, computed, bucket, storage):
    with small_disk(storage, 256 << 10) as disk:
        source = services.make_source(actor=actor, kind="s3", name="Exports", connection=bucket.where, secret=SECRET)
        Work.objects.filter(kind="sources.look").delete()
        services.set_up(actor=actor, source_id=source.pk, schedule=DAILY, now=NOW)
        stuffing = fill(disk)
        run_work()
        [pull] = source.pulls.all()
        assert (pull.status, "no room left" in pull.problems_in_words[0]) == ("failed", True)
        assert not PullFile.objects.exists()
        assert not Upload.objects.exists()
        source.refresh_from_db()
        assert source.next_at < timezone.now() + timedelta(hours=1), "it is tried again soon"
        stuffing.unlink()
        services.run_now(actor=actor, source_id=source.pk)
        run_work()
        assert [upload.status for upload in Upload.objects.all()] == ["inspected"]
        assert PullFile.objects.get().upload == Upload.objects.get()
