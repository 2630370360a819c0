"""What a file really is: found from its bytes, never from its name; the name is only checked against it."""

from __future__ import annotations

import zipfile
from pathlib import Path, PurePosixPath

from apps.engine.encodings import LABELS, NotText, bom_of
from apps.engine.unpack import sound
from apps.kernel.issue import N_, Issue

CSV, XLSX, XLS, ODS, PARQUET, JSONL = "csv", "xlsx", "xls", "ods", "parquet", "jsonl"
WORKBOOKS = (XLSX, XLS, ODS)

_MIB = 1 << 20
_MOST_UNPACKED = 1 << 30
_SUSPECT_UNPACKED = 100 * _MIB
_MOST_RATIO = 100
_MOST_PARTS = 10_000
_HEAD = 8192
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ODS_TYPE = b"application/vnd.oasis.opendocument.spreadsheet"
_DOCTYPES = (b"<!DOCTYPE", b"<!ENTITY")

_FOREIGN = (
    (b"%PDF", N_("a PDF document")),
    (b"7z\xbc\xaf", N_("a 7-Zip archive")),
    (b"Rar!", N_("a RAR archive")),
    (b"\x89PNG", N_("a picture")),
    (b"\xff\xd8\xff", N_("a picture")),
    (b"GIF8", N_("a picture")),
    (b"{\\rtf", N_("a rich text document")),
    (b"SQLite format 3", N_("a database")),
)
_MARKUP = ((b"<!doctype html", N_("a web page (HTML)")), (b"<html", N_("a web page (HTML)")), (b"<?xml", N_("XML")))
_WORKBOOK_ENDINGS = (".xlsx", ".xlsm", ".xls", ".ods", ".et")
_SHEETS = "xl/worksheets/"
_TEXT_ENDINGS = (".csv", ".tsv", ".txt")
_LOCKED = N_("The workbook is protected by a password. Save it without one and upload that.")


def look(path: str, filename: str) -> tuple[str, list[Issue]]:
    """The kind of the file ("" when it is no table) and what is wrong with it as a whole."""
    with open(path, "rb") as file:
        head = file.read(_HEAD)
    if not head.strip():
        return "", [Issue(filename, N_("The file is empty. Export it again and upload the new file."))]
    if head.startswith(b"PK\x03\x04"):
        return _look_into_zip(path, filename)
    if head.startswith(_OLE):
        return _look_into_ole(path, filename)
    if head.startswith(b"PAR1"):
        return PARQUET, []
    if (found := _foreign(head)) is not None:
        message = N_("This is %(found)s, not a table. Save the table as CSV (UTF-8) or as an Excel workbook (.xlsx).")
        return "", [Issue(filename, message, {"found": found})]
    if filename.lower().endswith(_WORKBOOK_ENDINGS):
        message = N_("The name ends in “%(ending)s”, but inside is plain text. Rename it to end in .csv.")
        return CSV, [Issue(filename, message, {"ending": _ending(filename)})]
    return _look_into_text(head, filename)


def _look_into_text(head: bytes, filename: str) -> tuple[str, list[Issue]]:
    text = head.removeprefix(bom_of(head)).lstrip()
    if text.startswith(b"{"):
        return JSONL, []
    if text.startswith(b"[") and text[1:].lstrip().startswith((b"{", b"[")):
        message = N_(
            "This is one JSON document. Save it as JSON lines: one object {…} for each row, each on its own line."
        )
        return "", [Issue(filename, message)]
    return CSV, []


def not_text(filename: str, error: NotText) -> Issue:
    """The issue of a text with bytes that its encoding does not know, with the place of the first."""
    params = {"position": error.position, "row": error.row, "encoding": LABELS.get(error.encoding, error.encoding)}
    message = N_(
        "The text is not %(encoding)s throughout (byte %(position)s, row %(row)s). Choose another encoding, or save it "
        "as “CSV UTF-8” and upload that."
    )
    return Issue(filename, message, params)


def _ending(filename: str) -> str:
    return PurePosixPath(filename).suffix.lower()


def _foreign(head: bytes) -> str | None:
    for start, name in _FOREIGN:
        if head.startswith(start):
            return name
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        text = head[2:].replace(b"\0", b"").lstrip().lower()
    for start, name in _MARKUP:
        if text.startswith(start):
            return name
    return None


def _look_into_ole(path: str, filename: str) -> tuple[str, list[Issue]]:
    """An OLE container: a workbook of before 2007, one under a password, or another old Office file."""
    with open(path, "rb") as file:
        directory = file.read(8 * _MIB)
    if "EncryptedPackage".encode("utf-16-le") in directory:
        return "", [Issue(filename, _LOCKED)]
    if any(name.encode("utf-16-le") in directory for name in ("Workbook", "Book")):
        return XLS, []
    message = N_("This is an old Office file, but no workbook. Save the table as .xlsx or CSV UTF-8.")
    return "", [Issue(filename, message)]


def _look_into_zip(path: str, filename: str) -> tuple[str, list[Issue]]:
    try:
        with sound(), zipfile.ZipFile(path) as book:
            names = set(book.namelist())
            kind = _kind_of(book, names)
            if kind is None:
                return "", [_not_a_workbook(names, filename)]
            issues = _bomb(book, path, filename) or _damage(book, filename)
    except zipfile.BadZipFile:
        return "", [_damaged(filename)]
    if issues:
        return "", issues
    if filename.lower().endswith(_TEXT_ENDINGS):
        message = N_("The name ends in “%(ending)s”, but inside is an Excel workbook. Rename it to end in .xlsx.")
        return kind, [Issue(filename, message, {"ending": _ending(filename)})]
    return kind, []


def _kind_of(book: zipfile.ZipFile, names: set[str]) -> str | None:
    if "xl/workbook.xml" in names:
        return XLSX
    if "content.xml" in names and "mimetype" in names and book.read("mimetype")[:100].startswith(_ODS_TYPE):
        return ODS
    return None


def _not_a_workbook(names: set[str], filename: str) -> Issue:
    if "xl/workbook.bin" in names:
        message = N_("This is a binary Excel workbook (.xlsb). Save it as .xlsx or CSV UTF-8 and upload that.")
        return Issue(filename, message)
    message = N_("This is a document, but no workbook. Save the table as CSV (UTF-8) or as an Excel workbook (.xlsx).")
    return Issue(filename, message)


def _damaged(filename: str) -> Issue:
    return Issue(filename, N_("The workbook is damaged or was cut off on its way. Save it again and upload that."))


def _bomb(book: zipfile.ZipFile, path: str, filename: str) -> list[Issue]:
    """A package that unpacks to far more than a table would."""
    unpacked = sum(part.file_size for part in book.infolist())
    packed = max(Path(path).stat().st_size, 1)
    ratio = unpacked // packed
    too_large = unpacked > _MOST_UNPACKED or (unpacked > _SUSPECT_UNPACKED and ratio > _MOST_RATIO)
    if not too_large and len(book.infolist()) <= _MOST_PARTS:
        return []
    message = N_(
        "The workbook unpacks to %(mib)s MiB in %(parts)s parts (%(ratio)s times its size); at most 1,024 MiB, and "
        "100 times its size, are read. Remove what is not the table, or save it as CSV UTF-8."
    )
    params = {"mib": unpacked // _MIB, "parts": len(book.infolist()), "ratio": ratio}
    return [Issue(filename, message, params)]


def _damage(book: zipfile.ZipFile, filename: str) -> list[Issue]:
    """Unpack every part to nowhere: what it declares of its length and checksum must be true. Of a sheet that shows
    when `read_xlsx.facts_of` reads all of it. No part of a workbook has a document type: one that does wants to reach
    for other files or to grow without end."""
    for part in book.infolist():
        if part.flag_bits & 1:
            return [Issue(filename, _LOCKED)]
        with book.open(part) as stream:
            start = stream.read(_MIB)
            if part.filename.lower().endswith((".xml", ".rels")) and any(word in start for word in _DOCTYPES):
                message = N_(
                    "The workbook holds a document type or entities (in %(part)s), which no spreadsheet program "
                    "writes. It was not read. Save it again in Excel or WPS and upload that."
                )
                return [Issue(filename, message, {"part": part.filename[:100]})]
            while not part.filename.startswith(_SHEETS) and stream.read(_MIB):
                pass
    return []
