"""A file that comes in pieces: what has arrived stays, nothing is mixed up, and it ends as any other file does."""

import hashlib
import os
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.urls import reverse

from apps.datasets import services
from apps.datasets.models import Upload
from apps.datasets.services import arriving
from apps.datasets.services import storage as files
from apps.workspaces.scope import inside
from tests.integration.datasets.browsing import files_up_to

pytestmark = pytest.mark.django_db
LINES = b"day,amount\n" + b"2026-01-02,10\n" * 40


@pytest.fixture(autouse=True)
def small_pieces(monkeypatch) -> None:
    for module in (arriving, services):
        monkeypatch.setattr(module, "PIECE", 100)


def fingerprint_of(content: bytes) -> str:
    """As the browser computes it."""
    pieces = [content[start : start + 100] for start in range(0, len(content), 100)]
    return hashlib.sha256(b"".join(hashlib.sha256(piece).digest() for piece in pieces)).hexdigest()


def send_piece(web, content: bytes, offset: int, fingerprint: str = ""):
    address = reverse("datasets:arriving", args=[fingerprint or fingerprint_of(content)])
    piece = content[offset : offset + 100]
    return web.generic("POST", f"{address}?offset={offset}", piece, content_type="application/octet-stream")


def send_all(web, content: bytes, start: int = 0) -> int:
    while start < len(content):
        answer = send_piece(web, content, start)
        assert answer.status_code == 200
        start = answer.json()["there"]
    return start


def finish(web, content: bytes, **more):
    told = {"arrived": fingerprint_of(content), "arrived_name": "orders.csv", "arrived_size": len(content)}
    return web.post(reverse("datasets:new"), told | more)


def test_it_goes_on_where_it_stopped_and_becomes_an_upload(web, storage, ada, client_of):
    address = reverse("datasets:arriving", args=[fingerprint_of(LINES)])
    assert web.get(address).json() == {"there": 0}
    assert send_piece(web, LINES, 0).json() == {"there": 100}
    assert web.get(address).json() == {"there": 100}, "asked again after the connection was lost"
    assert send_piece(web, LINES, 0).json() == {"there": 100}, "a piece that came twice counts once"
    assert send_piece(web, LINES, 300).json() == {"there": 100}, "a piece that was skipped is asked for"
    early = finish(web, LINES)
    assert early.status_code == 409
    assert "Only 100 bytes of 571 bytes have arrived" in early.text
    assert client_of(ada).get(address).json() == {"there": 0}, "what somebody else sends is theirs"

    assert send_all(web, LINES, 100) == len(LINES)
    answer = finish(web, LINES)
    upload = Upload.objects.get()
    assert answer["Location"] == reverse("datasets:upload", args=[upload.pk])
    assert (upload.filename, upload.size) == ("orders.csv", len(LINES))
    assert upload.sha256 == hashlib.sha256(LINES).hexdigest()
    assert files.path_of(upload.storage_key).read_bytes() == LINES
    assert web.get(address).json() == {"there": 0}
    assert [path.name for path in storage.rglob("*") if path.is_file()] == ["original"]
    again = finish(web, LINES)
    assert again.status_code == 409, "sent twice by a nervous finger: there is one"
    assert Upload.objects.count() == 1


def test_a_file_that_is_here_already_need_not_be_sent_again(web):
    for turn in ("", "again"):
        send_all(web, LINES)
        answer = finish(web, LINES)
        assert answer.status_code == (409 if turn else 302)
    assert "is here already" in answer.text
    assert "orders.csv has arrived, and need not be chosen again." in answer.text
    assert finish(web, LINES, again="on").status_code == 302
    assert Upload.objects.count() == 2


def test_what_arrived_otherwise_than_it_left_is_refused_and_forgotten(web, storage):
    other = LINES.replace(b"10", b"99")
    for start in range(0, len(LINES), 100):
        send_piece(web, other, start, fingerprint_of(LINES))
    answer = finish(web, LINES)
    assert answer.status_code == 409
    assert "did not arrive as it left" in answer.text
    assert not Upload.objects.exists()
    assert not [path for path in storage.rglob("*") if path.is_file()]


def test_a_full_disk_and_a_file_that_is_too_large_keep_what_was_sent_before(web, settings):
    send_piece(web, LINES, 0)
    with files_up_to(150):
        full = send_piece(web, LINES, 100)
    assert full.status_code == 507
    assert "no room left" in full.json()["message"]
    settings.UPLOAD_MAX_BYTES = 150
    large = send_piece(web, LINES, 100)
    assert large.status_code == 413
    assert "larger than" in large.json()["message"]
    settings.UPLOAD_MAX_BYTES = 10_000
    assert send_piece(web, LINES, 100).json() == {"there": 200}, "half a piece was not kept"


@pytest.mark.parametrize("query", ["", "?offset=", "?offset=-1", "?offset=x", "?offset=" + "9" * 40])
def test_a_strange_piece_is_refused_in_words(web, query):
    address = reverse("datasets:arriving", args=[fingerprint_of(LINES)]) + query
    answer = web.generic("POST", address, b"a" * 10, content_type="application/octet-stream")
    assert answer.status_code == 422
    assert "offset" in answer.json()["message"]
    assert web.get(reverse("datasets:arriving", args=["short"])).status_code == 404


def test_pieces_of_one_file_from_two_tabs_are_written_once(acme, in_acme, actor, storage):
    content = os.urandom(5_000)
    fingerprint = fingerprint_of(content)

    def tab(_number: int) -> None:
        with inside(acme):
            start = 0
            while start < len(content):
                piece = content[start : start + 100]
                start = arriving.take_piece(actor=actor, fingerprint=fingerprint, offset=start, piece=piece)

    with ThreadPoolExecutor(2) as tabs:
        list(tabs.map(tab, range(2)))
    with arriving.arrived(actor=actor, fingerprint=fingerprint, size=len(content)) as incoming:
        assert incoming.sha256 == hashlib.sha256(content).hexdigest()


def test_what_nobody_went_on_with_is_swept_after_a_day(web, send):
    send_piece(web, LINES, 0)
    left = next((files.root() / "incoming").iterdir())
    old = time.time() - files.ORPHAN_AFTER_SECONDS - 60
    os.utime(left, (old, old))
    send("day,n\n2026-01-01,1\n")
    assert not left.exists()


# --- rows out of a spreadsheet --------------------------------------------------------------------------------------


def test_pasted_rows_go_the_way_of_every_file(web, run_work):
    pasted = 'order_no\tday\tnote\tamount\r\nA1\t2026-01-02\t"two\r\nlines"\t"1,234.50"\r\nA2\t2026-01-03\t\t7\r\n'
    answer = web.post(reverse("datasets:new"), {"pasted": pasted})
    upload = Upload.objects.get()
    assert answer["Location"] == reverse("datasets:upload", args=[upload.pk])
    assert upload.filename.startswith("Pasted rows 20")
    assert upload.filename.endswith(".tsv")
    run_work()
    upload.refresh_from_db()
    assert upload.shape["delimiter"] == "\t"
    assert [column["name"] for column in upload.shape["columns"]] == ["order_no", "day", "note", "amount"]
    assert upload.shape["rows"] == 2
    assert upload.shape["preview"][0] == ["A1", "2026-01-02", "two\nlines", "1,234.50"]


def test_nothing_chosen_and_nothing_pasted_is_said_and_a_paste_stays_when_refused(web):
    empty = web.post(reverse("datasets:new"), {"pasted": " \n"})
    assert empty.status_code == 422
    assert "Choose a file, or paste rows" in empty.text
    for turn in range(2):
        answer = web.post(reverse("datasets:new"), {"pasted": "day\tn\n2026-01-01\t1\n"})
        assert answer.status_code == (409 if turn else 302)
    assert "2026-01-01\t1" in answer.text, "what was pasted is still there to be sent again"
