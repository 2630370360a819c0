"""Lists of data: what they cost, how they are sorted, in which language they speak."""

import os
import subprocess
import sys

import pytest
from django.db import connection
from django.db.models.functions import Now
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from apps.audit.selectors import entries
from apps.datasets.models import Dataset, Upload
from tests.integration.datasets.browsing import post_file

pytestmark = pytest.mark.django_db


def copies(upload: Upload, number: int) -> None:
    """More datasets, each with a loaded upload, and more open uploads."""
    for index in range(number):
        dataset = Dataset.objects.create(key=f"copy_{index}", name=f"Copy {index}")
        Upload.objects.create(dataset=dataset, filename="x", storage_key="x", size=1, sha256="x", status="loaded")
        Upload.objects.create(filename="open", storage_key="x", size=1, sha256=f"{index}", status="inspected")


def test_pages_cost_a_fixed_number_of_queries(web, partly):
    def cost(url: str) -> int:
        web.get(url)
        with CaptureQueriesContext(connection) as captured:
            assert web.get(url).status_code == 200
        return len(captured)

    pages = [
        reverse("datasets:list"),
        reverse("datasets:new"),
        reverse("datasets:detail", args=[partly.dataset_id]),
        reverse("datasets:upload", args=[partly.pk]),
        reverse("datasets:rejects", args=[partly.pk]),
    ]
    Upload.objects.create(filename="open", storage_key="x", size=1, sha256="y", status="inspected")
    before = {page: cost(page) for page in pages}
    copies(partly, 60)
    for number in range(30):
        Upload.objects.create(
            dataset=partly.dataset, filename=f"{number}", storage_key="x", size=1, sha256="x", status="failed"
        )
    assert {page: cost(page) for page in pages} == before
    assert max(before.values()) <= 14


def test_a_long_list_is_paged_searched_and_sorted(web, partly):
    copies(partly, 60)
    page = web.get(reverse("datasets:list"))
    assert "1 to 50 of 61" in page.text
    assert "Copy 9" not in web.get(reverse("datasets:list"), {"q": "order"}).text
    assert "Nothing is called like this" in web.get(reverse("datasets:list"), {"q": "zzz"}).text
    by_rows = web.get(reverse("datasets:list"), {"sort": "rows"})
    assert by_rows.context["rows"][0]["data"].name == "Orders"


def test_data_gets_another_name(web, orders, ben):
    other = Dataset.objects.create(key="old", name="Costs", archived_at=Now())
    url, here = reverse("datasets:rename", args=[orders.pk]), reverse("datasets:detail", args=[orders.pk])
    for name, said in (
        (" ", "This field is required"), ("x" * 121, "at most 120"), ("a\u202eb", "Give the data a name"),
        ("COSTS", "already, perhaps in the bin"),
    ):  # fmt: skip
        answer = web.post(url, {"name": name})
        assert (answer.status_code, said in answer.text) == (422, True), name
    assert web.post(url, {"name": "  Work   orders "})["Location"] == here
    assert "<h1>Work orders</h1>" in web.get(here).text.replace(' class="page-title"', "")
    orders.refresh_from_db()
    assert (orders.name, orders.key) == ("Work orders", "orders")
    assert list(entries().filter(act="dataset.renamed").values_list("before", "after")) == [
        ({"name": "Orders"}, {"name": "Work orders"})
    ]
    assert web.post(reverse("datasets:rename", args=[other.pk]), {"name": "B"}).status_code == 404


def test_the_web_process_loads_no_engine():
    """Opening every page's code must not bring DuckDB or Ibis into the web process."""
    code = (
        "import django; django.setup(); import sys\n"
        "import config.urls, config.urls_public\n"
        "print(sorted({'duckdb', 'ibis', 'sqlglot', 'python_calamine'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], env=os.environ, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_what_the_engine_found_is_said_in_the_readers_language(web, run_work):
    web.cookies["lodestar_language"] = "zh-hans"
    post_file(web, b"<html><body>x</body></html>", "x.csv")
    run_work()
    page = web.get(reverse("datasets:upload", args=[Upload.objects.get().pk]))
    assert "网页（HTML）" in page.text
    assert "web page" not in page.text


def test_pages_speak_chinese(web, partly):
    web.cookies["lodestar_language"] = "zh-hans"
    assert "全部数据" in web.get(reverse("datasets:list")).text
    assert "未导入的行" in web.get(reverse("datasets:rejects", args=[partly.pk])).text
    assert "文件中的表头" in web.get(reverse("datasets:detail", args=[partly.dataset_id])).text
