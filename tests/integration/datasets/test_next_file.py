"""The next file of data that is known, on its pages."""

import pytest
from django.urls import reverse

from apps.datasets.models import Upload
from tests.integration.datasets.browsing import form_data, go_ahead, post_file
from tests.integration.datasets.conftest import ORDERS

pytestmark = pytest.mark.django_db


def test_a_second_file_is_loaded_after_one_look(web, orders, run_work):
    """Nothing is asked: it was told by its columns, and is ready. Other ways of loading it stay open."""
    url = reverse("datasets:new")
    assert f'value="{orders.pk}" selected' in web.get(f"{url}?dataset={orders.pk}").text
    post_file(web, ORDERS.replace("A", "B"))
    run_work()
    upload = Upload.objects.get(status="review")
    page = web.get(reverse("datasets:upload", args=[upload.pk]))
    assert "Told by its columns: this file is of Orders" in page.text
    assert "every row of this file is added" in page.text
    old = upload.mark
    load = reverse("datasets:load", args=[upload.pk])
    period = {"mode": "period", "period_first": "2026-02-01"}
    assert "first and the last day, or neither" in web.post(load, {**period, "seen": old}).text
    web.post(load, {**period, "period_last": "2026-02-28", "seen": old})
    run_work()
    page = web.get(reverse("datasets:upload", args=[upload.pk]))
    assert "Yes, 1 row goes" in page.text
    assert upload.mark == old
    upload.refresh_from_db()
    assert web.post(reverse("datasets:apply", args=[upload.pk]), {"seen": old}).status_code == 409, "of earlier numbers"
    assert go_ahead(web, upload).status_code == 409, "the row that goes was not confirmed"
    assert go_ahead(web, upload, removed="1").status_code == 302
    orders.refresh_from_db()
    assert (orders.current_version.rows, upload.reject_counts) == (3, {"outside_period": 2})
    done = web.get(reverse("datasets:upload", args=[upload.pk]))
    assert "Take this load back" in done.text
    back = web.post(reverse("datasets:restore", args=[orders.pk, 1]), follow=True)
    assert "Version 1 is back, as version 3" in back.text
    assert "Version 1, brought back" in back.text


def test_a_second_file_that_lacks_a_column_says_which(web, orders, run_work):
    post_file(web, ORDERS.replace("amount", "sum").replace("A", "B"), dataset=str(orders.pk))
    run_work()
    upload = Upload.objects.get(status="inspected")
    page = web.get(reverse("datasets:upload", args=[upload.pk]))
    assert "Other columns than in the last file of Orders" in page.text
    assert page.context["difference"].new == ("sum",)
    assert [column.source for column in page.context["difference"].missing] == ["amount"]
    assert web.post(reverse("datasets:load", args=[upload.pk]), {"mode": "append"})["Location"] == reverse(
        "datasets:columns", args=[upload.pk]
    )
    url = reverse("datasets:columns", args=[upload.pk])
    page = web.get(url)
    data = form_data(page)
    assert "columns-3-role" not in data or data["columns-3-role"] == "", "what the data does not have is skipped"
    assert web.post(url, data).status_code == 422
    data |= {"columns-3-role": "measure", "columns-3-name": "amount", "columns-3-type": "decimal"}
    assert web.post(url, data).status_code == 302
    assert web.post(url, data, follow=True).status_code == 200, "two people name one file: the second hears of it"
    run_work()
    go_ahead(web, upload)
    orders.refresh_from_db()
    assert orders.current_version.rows == 6


def test_the_choice_of_data_fills_in_its_columns(web, orders, run_work):
    post_file(web, ORDERS.replace("A", "B").replace("store", "shop"))
    run_work()
    upload = Upload.objects.get(status="inspected")
    page = web.get(reverse("datasets:columns", args=[upload.pk]))
    assert "This looks like a file of Orders: it has 4 of the 5 columns of its last file." in page.text
    assert f'href="?dataset={orders.pk}"' in page.text
    page = web.get(reverse("datasets:columns", args=[upload.pk]), {"dataset": str(orders.pk)})
    assert page.context["dataset"] == orders
    assert "name" not in page.context["target"].fields
    assert "Columns of Orders that are not in this file" in page.text
    assert [column.name for column in page.context["lacking"]] == ["store"]
    assert "Guessed" not in page.text
    named = form_data(page) | {"columns-4-role": "dimension", "columns-4-name": "store", "columns-4-type": "text"}
    web.post(page.request["PATH_INFO"], named)
    run_work()
    go_ahead(web, upload)
    orders.refresh_from_db()
    assert orders.current_version.rows == 6
