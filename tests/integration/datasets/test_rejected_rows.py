"""Rows that could not be loaded, and files, as pages give them back."""

import csv
import io

import pytest
from django.urls import reverse

from apps.datasets import services
from apps.datasets.models import Upload
from apps.datasets.services import storage as files
from tests.integration.datasets.browsing import post_file

pytestmark = pytest.mark.django_db


def test_rejected_rows_are_paged_by_workers(web, partly, run_work):
    url = reverse("datasets:rejects", args=[partly.pk])
    first = web.get(url)
    assert "250 of 253 rows cannot be loaded" in first.text
    assert "not a number; write digits" in first.text
    assert "-0x" in first.text
    assert "1 to 100 of 250" in first.text
    asked = web.get(url, {"page": 3})
    assert "every 2s" in asked.text
    run_work()
    third = web.get(url, {"page": 3})
    assert "-249x" in third.text
    assert "201 to 250 of 250" in third.text
    assert web.get(url, {"page": "x"}).status_code == 200


def test_all_rejected_rows_can_be_saved_and_opened_in_a_spreadsheet(web, partly, run_work):
    url = reverse("datasets:rejects_file", args=[partly.pk])
    page = reverse("datasets:rejects", args=[partly.pk])
    assert web.get(url)["Location"] == page
    asked = web.post(url)
    assert asked["Location"].startswith(f"{page}?writing=")
    assert "Writing rejected rows to a file" in web.get(asked["Location"]).text
    run_work()
    ready = web.get(asked["Location"])
    assert "Download this list as CSV" in ready.text
    answer = web.get(url)
    assert answer["Content-Disposition"] == 'attachment; filename="orders - rejected rows.csv"'
    assert answer["X-Content-Type-Options"] == "nosniff"
    content = b"".join(answer.streaming_content).decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(content)))
    assert rows[0] == ["Row", "Column", "Reason", "What stands there"]
    assert len(rows) == 251
    assert rows[1][:2] == ["5", "amount"]
    assert rows[1][3] == "'-0x", "a spreadsheet must not calculate with it"


def test_rejected_rows_come_back_and_are_sent_again_mended(web, partly, run_work):
    page, url = (reverse(f"datasets:{name}", args=[partly.pk]) for name in ("rejects", "returned"))
    assert web.get(url)["Location"] == page
    asked = web.post(url)
    assert "Writing rows to be mended" in web.get(asked["Location"]).text
    run_work()
    assert "Send the mended file" in web.get(page).text
    answer = web.get(url)
    assert answer["Content-Disposition"] == 'attachment; filename="orders - to mend.csv"'
    content = b"".join(answer.streaming_content).decode()
    assert content.splitlines()[0] == "Reason,order_no,day,customer_id,amount,store"
    post_file(web, content.replace(",-", ",").replace("x,North", ",North"), "mended.csv")
    run_work()
    mended = Upload.objects.get(filename="mended.csv")
    assert (mended.status, mended.rows_loaded, mended.rows_rejected) == ("review", 250, 0)


def test_the_file_is_given_back_as_it_came(web, partly):
    answer = web.get(reverse("datasets:file", args=[partly.pk]))
    assert b"".join(answer.streaming_content) == services.path_of(partly.storage_key).read_bytes()
    assert answer["Content-Disposition"] == 'attachment; filename="orders.csv"'
    assert answer["Content-Type"] == "application/octet-stream"
    assert answer["X-Content-Type-Options"] == "nosniff"


def test_a_failed_upload_says_why_and_offers_the_columns(web, load):
    upload = load("order_no,day,customer_id,amount,store\nA9,never,c1,1,North\n")
    page = web.get(reverse("datasets:upload", args=[upload.pk]))
    assert "None of the 1 rows could be loaded" in page.text
    assert reverse("datasets:columns", args=[upload.pk]) in page.text
    assert "Traceback" not in page.text


def test_a_file_can_be_removed(web, inspected, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        web.post(reverse("datasets:discard", args=[inspected.pk]))
    assert not files.folder_of_upload(inspected.pk).exists()
    assert web.get(reverse("datasets:file", args=[inspected.pk])).status_code == 404
    assert "was removed" in web.get(reverse("datasets:upload", args=[inspected.pk])).text
