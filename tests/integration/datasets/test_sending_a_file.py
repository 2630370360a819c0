"""Sending a file on its page, the whole way, and what is said in place where that does not go."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from apps.datasets.models import Dataset, Upload
from tests.integration.datasets.browsing import files_up_to, form_data, go_ahead, post_file
from tests.integration.datasets.conftest import ORDERS

pytestmark = pytest.mark.django_db


def test_the_whole_way_through_pages(web, run_work):
    empty = web.get(reverse("datasets:list"))
    assert "No data yet" in empty.text
    assert reverse("datasets:new") in empty.text

    sent = post_file(web)
    upload = Upload.objects.get()
    assert sent["Location"] == reverse("datasets:upload", args=[upload.pk])
    waiting = web.get(sent["Location"])
    assert "every 2s" in waiting.text
    assert f"?next={sent['Location']}" in waiting.text.replace("%2F", "/"), "it leads back here once it has ended"
    run_work()
    assert reverse("datasets:columns", args=[upload.pk]) in web.get(sent["Location"]).text

    page = web.get(reverse("datasets:columns", args=[upload.pk]))
    assert "Guessed: dates, and the name says when" in page.text
    data = form_data(page)
    assert [data[f"columns-{n}-role"] for n in range(5)] == ["attribute", "time", "entity", "measure", "dimension"]
    assert [data[f"columns-{n}-type"] for n in range(5)] == ["text", "date", "text", "decimal", "text"]
    assert data["columns-0-in_key"] is True, "an order number names a row"
    assert (data["name"], data["key"]) == ("Orders", "orders")
    saved = web.post(page.request["PATH_INFO"], data)
    assert saved["Location"] == reverse("datasets:upload", args=[upload.pk])
    assert "every 2s" in web.get(saved["Location"]).text
    run_work()

    review = web.get(saved["Location"])
    assert "What this file does to Orders" in review.text
    assert Dataset.objects.get().current_version is None, "nothing is applied before it was seen"
    assert go_ahead(web, upload)["Location"] == saved["Location"]
    run_work()

    done = web.get(saved["Location"])
    assert "Loaded into Orders as version 1" in done.text
    dataset = Dataset.objects.get()
    assert (dataset.current_version.rows, dataset.row_key) == (3, ["order_no"])
    listed = web.get(reverse("datasets:list"))
    assert "Orders" in listed.text
    assert "Files that are not loaded" not in listed.text
    shown = web.get(reverse("datasets:detail", args=[dataset.pk]))
    assert "order_no" in shown.text
    assert "Ben" in shown.text


def test_a_refused_file_is_said_in_place(web, settings, storage):
    answer = post_file(web, b"")
    assert answer.status_code == 422
    assert "0 bytes" in answer.text
    settings.UPLOAD_MAX_BYTES = 1024 * 1024
    answer = post_file(web, b"x" * 1_500_000)
    assert answer.status_code == 413
    assert "larger than 1.0 MB" in answer.text
    assert web.post(reverse("datasets:new"), {}).status_code == 422
    assert web.post(reverse("datasets:new"), {"file": "text, not a file"}).status_code == 422
    assert not Upload.objects.exists()
    assert not [path for path in storage.rglob("*") if path.is_file()]


def test_a_full_disk_is_said_in_place(web, storage):
    with files_up_to(100_000):
        answer = post_file(web, b"a" * 400_000)
    assert answer.status_code == 507
    assert "no room left" in answer.text
    assert not Upload.objects.exists()
    assert not [path for path in storage.rglob("*") if path.is_file()]


def test_the_same_file_again_needs_a_word(web):
    post_file(web)
    answer = post_file(web)
    assert answer.status_code == 409
    assert "is here already" in answer.text
    assert 'name="again"' in answer.text
    assert post_file(web, again="on").status_code == 302
    assert Upload.objects.count() == 2


def test_other_files_in_the_request_are_not_taken(web, storage, in_acme):
    answer = web.post(
        reverse("datasets:new"),
        {"other": SimpleUploadedFile("other.csv", b"x" * 1000), "file": SimpleUploadedFile("a.csv", ORDERS.encode())},
    )
    assert answer.status_code == 302
    assert [path.name for path in storage.rglob("*") if path.is_file()] == ["original"]


def test_a_form_from_elsewhere_is_refused_before_anything_is_kept(ben, client_of, storage):
    web = client_of(ben)
    web.handler.enforce_csrf_checks = True
    assert post_file(web).status_code == 403
    assert not Upload.objects.exists()
    assert not [path for path in storage.rglob("*") if path.is_file()]
