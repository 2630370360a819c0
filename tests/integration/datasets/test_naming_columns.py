"""The page that names the columns of a file."""

import pytest
from django.urls import reverse

from apps.datasets.models import Dataset, Upload
from tests.integration.datasets.browsing import form_data, go_ahead, post_file, workbook
from tests.integration.datasets.conftest import ORDERS, rows_of

pytestmark = pytest.mark.django_db


def test_every_fault_stands_in_its_place(web, inspected):
    url = reverse("datasets:columns", args=[inspected.pk])
    data = form_data(web.get(url))
    data |= {"columns-1-type": "text", "columns-2-name": "order_no", "columns-4-name": "Store!", "name": "", "key": "A"}
    page = web.post(url, data)
    assert page.status_code == 422
    forms = page.context["formset"].forms
    assert list(forms[1].errors) == ["type"]
    assert list(forms[2].errors) == ["name"]
    assert list(forms[4].errors) == ["name"]
    assert list(page.context["target"].errors) == ["name", "key"]
    assert "5 things have to be mended" in page.text
    assert 'value="Store!"' in page.text, "what was typed is kept"
    assert 'href="#id_columns-4-name"' in page.text
    assert not Dataset.objects.exists()


def test_columns_can_be_skipped(web, inspected, run_work):
    url = reverse("datasets:columns", args=[inspected.pk])
    data = form_data(web.get(url)) | {"columns-4-role": "", "columns-0-role": ""}
    web.post(url, data)
    run_work()
    go_ahead(web, inspected)
    assert [column["name"] for column in Dataset.objects.get().columns] == ["day", "customer_id", "amount"]


def test_words_for_no_value_stay_text_where_somebody_says_so(web, run_work):
    post_file(web, "no,day,note,other,amount\nA1,2026-01-02,无,x,1\nA2,2026-01-03,ok,y,无\nA3,2026-01-04,无,无,3\n")
    run_work()
    upload = Upload.objects.get()
    url = reverse("datasets:columns", args=[upload.pk])
    page = web.get(url)
    assert page.text.count("无 is text here") == 3, "where it stands; of a number only once it is text"
    web.post(url, form_data(page) | {"columns-2-verbatim": "on"})
    run_work()
    go_ahead(web, upload)
    cells = [(row["note"], row["other"], row["amount"]) for row in rows_of(Dataset.objects.get())]
    assert cells == [("无", "x", 1), ("ok", "y", None), ("无", None, 3)]
    assert 'name="columns-2-verbatim"' in page.text
    assert Dataset.objects.get().columns[2]["verbatim"] is True, "the next file is read alike"


def test_headers_are_only_text(web, run_work):
    evil = '"<img src=x onerror=alert(1)>",day\n=HYPERLINK("http://evil"),2026-01-01\n'
    post_file(web, evil, "<script>alert(1)</script>.csv")
    run_work()
    page = web.get(reverse("datasets:columns", args=[Upload.objects.get().pk]))
    assert page.status_code == 200
    assert "<img src=x" not in page.text
    assert "<script>alert" not in page.text
    assert "&lt;img src=x" in page.text


def test_naming_what_is_loaded_leads_to_its_page(web, inspected, run_work):
    url = reverse("datasets:columns", args=[inspected.pk])
    data = form_data(web.get(url))
    web.post(url, data)
    assert web.get(url)["Location"] == reverse("datasets:upload", args=[inspected.pk])
    assert web.post(url, data)["Location"] == reverse("datasets:upload", args=[inspected.pk])
    assert Dataset.objects.count() == 1


def test_another_sheet_can_be_taken_without_its_hidden_rows(web, run_work):
    notes, orders = [["this", "is"], ["not", "it"]], [["Orders"], *(line.split(",") for line in ORDERS.split())]
    post_file(web, workbook(Notes=notes, Orders=orders, hidden=(3,)), "book.xlsx")
    run_work()
    upload = Upload.objects.get()
    here = reverse("datasets:upload", args=[upload.pk])
    assert "Read it again" in web.get(here).text
    again = reverse("datasets:reading", args=[upload.pk])
    assert web.post(again, {"sheet": "Nope", "header_row": 1}).status_code == 422
    web.post(again, {"sheet": "Orders", "header_row": 1})
    run_work()
    page = web.get(here)
    upload.refresh_from_db()
    assert upload.shape["reading"]["header_row"] == 2, "where it was in the other sheet says nothing of this one"
    assert "Rows that are hidden in the sheet: 1, the first is row 4" in page.text
    assert "1 row is hidden in the sheet and read all the same" in page.text
    web.post(again, {"sheet": "Orders", "header_row": 2, "shown_only": "on"})
    run_work()
    assert "1 row is hidden in the sheet and left out, row 4" in web.get(here).text
    url = reverse("datasets:columns", args=[upload.pk])
    data = form_data(web.get(url))
    assert data["columns-1-role"] == "time"
    web.post(url, data)
    run_work()
    go_ahead(web, upload)
    upload.refresh_from_db()
    assert (upload.status, upload.sheet, upload.rows_in, upload.rows_loaded) == ("loaded", "Orders", 3, 2)
    assert (upload.reject_counts, upload.rows_faulty) == ({"hidden_row": 1}, 0)
    assert {"sheet": "Orders"}.items() <= upload.dataset.reading.items()
    assert "header_row" not in upload.dataset.reading
    newer = [*orders[:2], *([f"B{row[0]}", *row[1:]] for row in orders[2:])]
    post_file(web, workbook(Notes=notes, Orders=newer, hidden=(2, 4)), "next.xlsx")
    run_work()
    following = Upload.objects.get(filename="next.xlsx")
    assert (following.status, following.sheet, following.rows_loaded) == ("review", "Orders", 1), "read as the last one"
    page = web.get(reverse("datasets:upload", args=[following.pk]))
    assert "2 rows are hidden in the sheet and left out" in page.text
