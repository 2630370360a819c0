"""What a browser without JavaScript sends to the pages of data, and a full disk."""

import io
import resource
from contextlib import contextmanager

import xlsxwriter
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from apps.datasets.models import Upload
from tests.integration.datasets.conftest import ORDERS


def post_file(web, content: str | bytes = ORDERS, name: str = "orders.csv", **more):
    data = content.encode() if isinstance(content, str) else content
    return web.post(reverse("datasets:new"), {"file": SimpleUploadedFile(name, data), **more})


def form_data(page) -> dict:
    """What the mapping page would send, as it stands."""
    formset, target = page.context["formset"], page.context["target"]
    fields = [field for form in (formset.management_form, target, *formset) for field in form]
    values = {field.html_name: field.value() for field in fields}
    return {name: value for name, value in values.items() if value not in (None, False)}


def go_ahead(web, upload: Upload, **more):
    """The go-ahead, as the page that was seen would send it."""
    upload.refresh_from_db()
    return web.post(reverse("datasets:apply", args=[upload.pk]), {"seen": upload.mark, **more})


def workbook(*, hidden: tuple[int, ...] = (), **sheets: list[list]) -> bytes:
    """A workbook of these sheets, of which the rows `hidden`, from 0, are not shown."""
    memory = io.BytesIO()
    book = xlsxwriter.Workbook(memory)
    for name, rows in sheets.items():
        sheet = book.add_worksheet(name)
        for number, row in enumerate(rows):
            sheet.write_row(number, 0, row)
        for number in hidden:
            sheet.set_row(number, None, None, {"hidden": True})
    book.close()
    return memory.getvalue()


# --- sending --------------------------------------------------------------------------------------------------------


@contextmanager
def files_up_to(limit: int):
    """As on a full disk: the kernel refuses to let any file of this process grow beyond `limit` bytes."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
