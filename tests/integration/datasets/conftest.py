"""Files go the whole way here: kept on disk, looked at and loaded by real engine children, read back from Parquet."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from apps.datasets import services
from apps.datasets.models import Dataset, Upload
from apps.work import registry

ORDERS = """order_no,day,customer_id,amount,store
A1,2026-01-02,c1,10.50,North
A2,2026-01-03,c2,20.00,South
A3,2026-02-01,c1,5.25,North
"""
COLUMNS = [
    {"source": "order_no", "name": "order_no", "type": "text", "role": "attribute"},
    {"source": "day", "name": "day", "type": "date", "role": "time", "required": True},
    {"source": "customer_id", "name": "customer_id", "type": "text", "role": "entity"},
    {"source": "amount", "name": "amount", "type": "decimal", "role": "measure"},
    {"source": "store", "name": "store", "type": "text", "role": "dimension"},
]


@pytest.fixture(autouse=True)
def storage(settings, tmp_path) -> Path:
    """A storage of this test alone."""
    settings.STORAGE_ROOT = tmp_path / "storage"
    yield settings.STORAGE_ROOT
    shutil.rmtree(settings.STORAGE_ROOT, ignore_errors=True)


@pytest.fixture
def computed() -> Iterator[list[str]]:
    """The versions that metrics were asked to compute. Metrics are another room's matter: here they only take note."""
    asked: list[str] = []
    before = registry._kinds.pop("metrics.compute_dataset", None)
    registry.handles("metrics.compute_dataset", title="Computing metrics")(
        lambda claim: asked.append(claim.args["version"])
    )
    yield asked
    del registry._kinds["metrics.compute_dataset"]
    if before is not None:
        registry._kinds["metrics.compute_dataset"] = before


@pytest.fixture
def send(in_acme, actor, run_work, computed) -> Callable[..., Upload]:
    """`send(text_or_bytes, filename)`: upload a file and have it looked at."""

    def receive(content: str | bytes, filename: str = "orders.csv", **more: object) -> Upload:
        data = content.encode() if isinstance(content, str) else content
        upload = services.receive_upload(actor=actor, filename=filename, chunks=[data], **more)
        run_work()
        upload.refresh_from_db()
        return upload

    return receive


@pytest.fixture
def load(send, actor, run_work) -> Callable[..., Upload]:
    """`load(text, ...)`: upload a file, name its columns, have it loaded."""

    def name(content: str | bytes = ORDERS, filename: str = "orders.csv", **more: object) -> Upload:
        dataset = more.pop("dataset", None)
        again = more.pop("again", False)
        upload = send(content, filename, dataset_id=dataset.pk if dataset else None, again=again)
        options = {"columns": COLUMNS, "row_key": []} | more
        if dataset is None:
            options |= {"name": options.get("name", "Orders"), "key": options.get("key", "orders")}
        services.name_columns(actor=actor, upload_id=upload.pk, dataset_id=dataset.pk if dataset else None, **options)
        run_work()
        upload.refresh_from_db()
        return upload

    return name


@pytest.fixture
def orders(load) -> Dataset:
    """A dataset of three rows."""
    return load().dataset


@pytest.fixture
def web(ben, client_of, computed):
    """Ben's: an analyst, who may upload."""
    return client_of(ben)


@pytest.fixture
def inspected(web, run_work) -> Upload:
    web.post(reverse("datasets:new"), {"file": SimpleUploadedFile("orders.csv", ORDERS.encode())})
    run_work()
    return Upload.objects.get()


@pytest.fixture
def partly(load) -> Upload:
    """An upload with 250 rejected rows."""
    bad = "".join(f"=cmd{n},2026-01-02,c1,-{n}x,North\n" for n in range(250))
    return load(ORDERS + bad)


def rows_of(dataset: Dataset) -> list[dict]:
    """The rows of a dataset's current version, as they lie in Parquet."""
    import duckdb

    from apps.datasets.selectors import files_of

    dataset.refresh_from_db()
    paths = [file.path for file in files_of(dataset.current_version)]
    found = duckdb.connect().execute("SELECT * FROM read_parquet(?, union_by_name=true) ORDER BY d, _row", [paths])
    names = [column[0] for column in found.description]
    return [dict(zip(names, row, strict=True)) for row in found.fetchall()]
