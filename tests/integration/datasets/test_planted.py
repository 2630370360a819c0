"""Text that would be a formula or markup, in headers and cells: it is text on pages, in charts and in every file."""

import csv
import io
from html import unescape
from html.parser import HTMLParser

import pytest
from django.urls import reverse
from django.utils import timezone

from apps.common import tables
from apps.datasets import services as data
from apps.datasets.models import Dataset
from apps.metrics import services as metrics
from apps.metrics.domain.definition import parse
from apps.metrics.models import MetricValue
from tests.spreadsheets import cells_of, formulas_in

pytestmark = pytest.mark.django_db

FORMULA, MARKUP = "=cmd|' /C calc'!A0", "<img src=x onerror=alert(1)>"
STORE, NOTE = f"{MARKUP}店", f"{FORMULA}列"
"""Headers: the markup is that of the dimension, the formula that of a column beside it."""
ROWS = [
    ("2026-01-02", FORMULA, MARKUP, "-12.50"),
    ("2026-01-03", MARKUP, FORMULA, "7"),
    ("2026-01-03", MARKUP, "@x;=1", "not a number"),
]
COLUMNS = [
    {"source": "day", "name": "day", "type": "date", "role": "time"},
    {"source": STORE, "name": "store", "type": "text", "role": "dimension"},
    {"source": NOTE, "name": "note", "type": "text", "role": "attribute"},
    {"source": "amount", "name": "amount", "type": "decimal", "role": "measure"},
]


class Tags(HTMLParser):
    """Every image and every handler of an event that a browser would make of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if (tag == "img" and ("src", "x") in attrs) or any(name.startswith("on") for name, _value in attrs):
            self.found.append(tag)


def test_planted_text_is_text_everywhere(in_acme, actor, ben, client_of, run_work):
    buffer = io.StringIO()
    csv.writer(buffer).writerows([["day", STORE, NOTE, "amount"], *ROWS])
    upload = data.receive_upload(actor=actor, filename=f"{FORMULA[:4]}.csv", chunks=[buffer.getvalue().encode()])
    run_work()
    data.name_columns(actor=actor, upload_id=upload.pk, columns=COLUMNS, name=MARKUP, key="planted")
    run_work()
    dataset = Dataset.objects.get()
    data.add_check(actor=actor, dataset_id=dataset.pk, check={"kind": "one_of", "column": "store", "values": ["A"]})
    measure = {"dataset": "planted", "how": "sum", "column": "amount"}
    name, parts = {"en": FORMULA}, {"grains": ["month"], "dimensions": ["store"], "measure": measure}
    metrics.define(actor=actor, definition=parse({"key": "sum", "kind": "aggregate", "name": name, **parts}))
    run_work()
    web = client_of(ben)
    total = MetricValue.objects.get(dimension="")
    assert total.value == -12.5 + 7
    member = MetricValue.objects.get(dimension="store", member=FORMULA)
    metrics.request_rows(actor=actor, value_id=total.pk)
    metrics.request_rows_file(actor=actor, value_id=total.pk)
    data.ask_for_file(actor=actor, upload_id=upload.pk, language="en")
    run_work()

    pages = [
        reverse("datasets:list"),
        reverse("datasets:overview"),
        *(reverse(f"datasets:{page}", args=[dataset.pk]) for page in ("detail", "quality", "new_check")),
        reverse("datasets:new_check", args=[dataset.pk]) + "?kind=one_of",
        *(reverse(f"datasets:{page}", args=[upload.pk]) for page in ("upload", "rejects")),
        reverse("metrics:list"),
        reverse("metrics:detail", args=["sum"]) + "?dimension=store",
        reverse("metrics:explain", args=[member.pk]),
        reverse("metrics:rows", args=[total.pk]),
    ]
    shown = ""
    for path in pages:
        answer = web.get(path)
        assert answer.status_code == 200, path
        assert Tags(answer.text).found == [], path
        assert MARKUP not in answer.text, path
        shown += answer.text
    assert MARKUP in unescape(shown), "it is there to be read"
    assert "\\u003Cimg src=x onerror" in shown, "in a chart, as JSON in which no tag can begin"

    files = [
        web.get(reverse("metrics:export", args=["sum"])).content,
        metrics.rows_file(total.pk, "numerator").read_bytes(),
        data.reject_file(upload, "en").read_bytes(),
        tables.comma_separated([[FORMULA, MARKUP], *ROWS]).encode(),
    ]
    for content in files:
        assert formulas_in(content) == []
    assert all("'=cmd|" in files[at].decode() for at in (0, 1, 3)), "they hold it, as text"
    assert any("-12.50" in line or "-12.5" in line for line in cells_of(files[1])), "an amount stays a number"


@pytest.mark.parametrize("text", [FORMULA, MARKUP, "@SUM(A1)", "+1", "-1+1", "\t=1", "a\tb", "\r=1", "http://x.test"])
def test_planted_text_is_text_in_a_workbook(text):
    body = tables.workbook([(MARKUP, [[text, MARKUP], [text, timezone.now(), -1]])])
    assert [row[0] for row in cells_of(body)] == [text, text]
    assert formulas_in(body) == []
