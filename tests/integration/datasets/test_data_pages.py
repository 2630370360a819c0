"""Pages of data and uploads, as a browser without JavaScript would use them."""

import csv
import io
import os
import subprocess
import sys

import pytest
import xlsxwriter
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from apps.datasets import services
from apps.datasets.models import Dataset, Upload
from apps.datasets.services import storage as files
from tests.integration.datasets.conftest import ORDERS, rows_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def web(ben, client_of, computed):
    """Ben's: an analyst, who may upload."""
    return client_of(ben)


def post_file(web, content: str | bytes = ORDERS, name: str = "orders.csv", **more):
    data = content.encode() if isinstance(content, str) else content
    return web.post(reverse("datasets:new"), {"file": SimpleUploadedFile(name, data), **more})


def form_data(page) -> dict:
    """What the mapping page would send, as it stands."""
    formset, target = page.context["formset"], page.context["target"]
    fields = [field for form in (formset.management_form, target, *formset) for field in form]
    values = {field.html_name: field.value() for field in fields}
    return {name: value for name, value in values.items() if value not in (None, False)}


def apply(web, upload: Upload, **more):
    """The go-ahead, as the page that was seen would send it."""
    upload.refresh_from_db()
    return web.post(reverse("datasets:apply", args=[upload.pk]), {"seen": upload.mark, **more})


def workbook(**sheets: list[list]) -> bytes:
    memory = io.BytesIO()
    book = xlsxwriter.Workbook(memory)
    for name, rows in sheets.items():
        sheet = book.add_worksheet(name)
        for number, row in enumerate(rows):
            sheet.write_row(number, 0, row)
    book.close()
    return memory.getvalue()


# --- sending --------------------------------------------------------------------------------------------------------


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
    assert apply(web, upload)["Location"] == saved["Location"]
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
    from tests.integration.datasets.test_bad_days import files_up_to

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


# --- naming ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def inspected(web, run_work) -> Upload:
    post_file(web)
    run_work()
    return Upload.objects.get()


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
    apply(web, inspected)
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
    apply(web, upload)
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


def test_chinese_headers_get_readable_keys(web, run_work):
    post_file(web, "工单号,结算日期,客户编号,工时费,门店\nA1,2026-01-02,c1,1.5,北京\n", "工单 2026-01.csv")
    run_work()
    data = form_data(web.get(reverse("datasets:columns", args=[Upload.objects.get().pk])))
    assert [data[f"columns-{n}-name"] for n in range(5)] == [
        "work_order_number", "settled_date", "customer_id", "col_4", "store",
    ]  # fmt: skip
    assert (data["name"], data["key"]) == ("工单", "work_order")


def test_naming_what_is_loaded_leads_to_its_page(web, inspected, run_work):
    url = reverse("datasets:columns", args=[inspected.pk])
    data = form_data(web.get(url))
    web.post(url, data)
    assert web.get(url)["Location"] == reverse("datasets:upload", args=[inspected.pk])
    assert web.post(url, data)["Location"] == reverse("datasets:upload", args=[inspected.pk])
    assert Dataset.objects.count() == 1


def test_another_sheet_can_be_taken(web, run_work):
    notes = [["this", "is"], ["not", "it"]]
    post_file(web, workbook(Notes=notes, Orders=[line.split(",") for line in ORDERS.split()]), "book.xlsx")
    run_work()
    upload = Upload.objects.get()
    page = web.get(reverse("datasets:upload", args=[upload.pk]))
    assert "Read it again" in page.text
    assert (
        web.post(reverse("datasets:reading", args=[upload.pk]), {"sheet": "Nope", "header_row": 1}).status_code == 422
    )
    web.post(reverse("datasets:reading", args=[upload.pk]), {"sheet": "Orders", "header_row": 1})
    run_work()
    url = reverse("datasets:columns", args=[upload.pk])
    data = form_data(web.get(url))
    assert data["columns-1-role"] == "time"
    web.post(url, data)
    run_work()
    apply(web, upload)
    upload.refresh_from_db()
    assert (upload.status, upload.sheet, upload.rows_loaded) == ("loaded", "Orders", 3)


# --- data that is known ---------------------------------------------------------------------------------------------


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
    assert apply(web, upload).status_code == 409, "the row that goes was not confirmed"
    assert apply(web, upload, removed="1").status_code == 302
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
    apply(web, upload)
    orders.refresh_from_db()
    assert orders.current_version.rows == 6


def test_the_choice_of_data_fills_in_its_columns(web, orders, run_work):
    post_file(web, ORDERS.replace("A", "B").replace("store", "shop"))
    run_work()
    upload = Upload.objects.get(status="inspected")
    page = web.get(reverse("datasets:columns", args=[upload.pk]), {"dataset": str(orders.pk)})
    assert page.context["dataset"] == orders
    assert "name" not in page.context["target"].fields
    assert "Guessed" not in page.text
    named = form_data(page) | {"columns-4-role": "dimension", "columns-4-name": "store", "columns-4-type": "text"}
    web.post(page.request["PATH_INFO"], named)
    run_work()
    apply(web, upload)
    orders.refresh_from_db()
    assert orders.current_version.rows == 6


# --- rejected rows and files ----------------------------------------------------------------------------------------


@pytest.fixture
def partly(load) -> Upload:
    """An upload with 250 rejected rows."""
    bad = "".join(f"=cmd{n},2026-01-02,c1,-{n}x,North\n" for n in range(250))
    return load(ORDERS + bad)


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


# --- who may --------------------------------------------------------------------------------------------------------

LOOK = ["datasets:upload", "datasets:file", "datasets:rejects", "datasets:rejects_file"]
ACT = ["datasets:columns", "datasets:reading", "datasets:load", "datasets:again", "datasets:discard"]


def test_viewers_see_no_rows_and_managers_change_nothing(cleo, hana, mia, client_of, partly):
    for person in (cleo, hana):
        web = client_of(person)
        for name in LOOK + ACT:
            assert web.get(reverse(name, args=[partly.pk])).status_code == 403
        assert web.get(reverse("datasets:list")).status_code == 403
        assert web.get(reverse("datasets:new")).status_code == 403
        assert post_file(web).status_code == 403
    manager = client_of(mia)
    for name in LOOK:
        assert manager.get(reverse(name, args=[partly.pk])).status_code in (200, 302)
    for name in ACT:
        assert manager.post(reverse(name, args=[partly.pk])).status_code == 403
    assert post_file(manager).status_code == 403
    assert reverse("datasets:new") not in manager.get(reverse("datasets:list")).text


def test_what_belongs_to_another_company_is_not_there(borealis, dora, client_of, partly):
    stranger = client_of(dora, borealis)
    for name in LOOK:
        assert stranger.get(reverse(name, args=[partly.pk])).status_code == 404
    for name in ACT:
        assert stranger.post(reverse(name, args=[partly.pk]), {"mode": "append", "sheet": "x"}).status_code == 404
    assert stranger.get(reverse("datasets:detail", args=[partly.dataset_id])).status_code == 404
    answer = post_file(stranger, ORDERS.replace("A", "Z"), dataset=str(partly.dataset_id))
    assert answer.status_code == 422
    assert "orders.csv" not in stranger.get(reverse("datasets:list")).text


# --- cost -----------------------------------------------------------------------------------------------------------


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
