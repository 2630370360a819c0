"""What a file really is: found from its bytes, never from its name; the name is only checked against it."""

from __future__ import annotations

import io
import zipfile
import zlib
from pathlib import Path, PurePosixPath

from apps.engine.read_csv import NotUtf8
from apps.kernel.issue import N_, Issue

CSV, XLSX = "csv", "xlsx"

_MIB = 1 << 20
_MOST_UNPACKED = 1 << 30
_SUSPECT_UNPACKED = 100 * _MIB
_MOST_RATIO = 100
_MOST_PARTS = 10_000
_HEAD = 8192

_FOREIGN = (
    (b"%PDF", N_("a PDF document")),
    (b"\x1f\x8b", N_("a gzip archive")),
    (b"7z\xbc\xaf", N_("a 7-Zip archive")),
    (b"Rar!", N_("a RAR archive")),
    (b"\x89PNG", N_("a picture")),
    (b"\xff\xd8\xff", N_("a picture")),
    (b"GIF8", N_("a picture")),
    (b"PAR1", N_("a Parquet file")),
    (b"{\\rtf", N_("a rich text document")),
    (b"SQLite format 3", N_("a database")),
)
_MARKUP = ((b"<!doctype html", N_("a web page (HTML)")), (b"<html", N_("a web page (HTML)")), (b"<?xml", N_("XML")))
_WORKBOOK_ENDINGS = (".xlsx", ".xlsm", ".xls")
_TEXT_ENDINGS = (".csv", ".tsv", ".txt")


def look(path: str, filename: str) -> tuple[str, list[Issue]]:
    """The kind of the file ("csv", "xlsx", or "" when it is neither) and what is wrong with it as a whole."""
    with open(path, "rb") as file:
        head = file.read(_HEAD)
    if not head.strip():
        return "", [Issue(filename, N_("The file is empty. Export it again and upload the new file."))]
    if head.startswith(b"PK\x03\x04"):
        return _look_into_zip(path, filename)
    if head.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        return "", [_old_office(path, filename)]
    if (found := _foreign(head)) is not None:
        message = N_("This is %(found)s, not a table. Save the table as CSV (UTF-8) or as an Excel workbook (.xlsx).")
        return "", [Issue(filename, message, {"found": found})]
    if head.startswith((b"\xff\xfe", b"\xfe\xff")) or head.count(b"\0") > len(head) // 4:
        message = N_(
            "The text is encoded as UTF-16, not UTF-8 (byte %(position)s). Save it as “CSV UTF-8” and upload that."
        )
        return "", [Issue(filename, message, {"position": 0 if head[0] > 0x7F else head.index(b"\0")})]
    if filename.lower().endswith(_WORKBOOK_ENDINGS):
        message = N_("The name ends in “%(ending)s”, but inside is plain text. Rename it to end in .csv.")
        return CSV, [Issue(filename, message, {"ending": _ending(filename)})]
    return CSV, []


def not_utf8(filename: str, path: str, error: NotUtf8) -> Issue:
    """The issue of a text in another encoding, with the place of the first byte that shows it."""
    params = {"position": error.position, "row": error.row}
    if _is_gb18030(path):
        message = N_(
            "The text is not UTF-8 but most likely GB18030 or GBK (first seen at byte %(position)s, row %(row)s). "
            "Open it in Excel or WPS, save it as “CSV UTF-8” and upload that."
        )
    else:
        message = N_("The text is not UTF-8 (byte %(position)s, row %(row)s). Save it as “CSV UTF-8” and upload that.")
    return Issue(filename, message, params)


def _is_gb18030(path: str) -> bool:
    with open(path, "rb") as file:
        head = file.read(_MIB)
    try:
        io.TextIOWrapper(io.BytesIO(head[: head.rfind(b"\n") + 1] or head), "gb18030").read()
    except UnicodeDecodeError:
        return False
    return True


def _ending(filename: str) -> str:
    return PurePosixPath(filename).suffix.lower()


def _foreign(head: bytes) -> str | None:
    for start, name in _FOREIGN:
        if head.startswith(start):
            return name
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    for start, name in _MARKUP:
        if text.startswith(start):
            return name
    return None


def _old_office(path: str, filename: str) -> Issue:
    """An OLE container: a workbook under a password, or one in the format of before 2007."""
    with open(path, "rb") as file:
        directory = file.read(8 * _MIB)
    if "EncryptedPackage".encode("utf-16-le") in directory:
        return Issue(filename, N_("The workbook is protected by a password. Save it without one and upload that."))
    message = N_("This is an Excel 97-2003 workbook (.xls) or another old Office file. Save it as .xlsx or CSV UTF-8.")
    return Issue(filename, message)


def _look_into_zip(path: str, filename: str) -> tuple[str, list[Issue]]:
    try:
        with zipfile.ZipFile(path) as book:
            names = set(book.namelist())
            if "xl/workbook.xml" not in names:
                return "", [_not_a_workbook(names, filename)]
            issues = _bomb(book, path, filename) or _damage(book, filename)
    except (zipfile.BadZipFile, zlib.error, EOFError, ValueError, NotImplementedError):
        return "", [_damaged(filename)]
    if issues:
        return "", issues
    if filename.lower().endswith(_TEXT_ENDINGS):
        message = N_("The name ends in “%(ending)s”, but inside is an Excel workbook. Rename it to end in .xlsx.")
        return XLSX, [Issue(filename, message, {"ending": _ending(filename)})]
    return XLSX, []


def _not_a_workbook(names: set[str], filename: str) -> Issue:
    if "xl/workbook.bin" in names:
        message = N_("This is a binary Excel workbook (.xlsb). Save it as .xlsx or CSV UTF-8 and upload that.")
        return Issue(filename, message)
    message = N_("This is a ZIP archive without an Excel workbook in it. Unpack it and upload the table itself.")
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
    """Unpack every part to nowhere: what it declares of its length and checksum must be true."""
    for part in book.infolist():
        if part.flag_bits & 1:
            return [
                Issue(filename, N_("The workbook is protected by a password. Save it without one and upload that."))
            ]
        with book.open(part) as stream:
            while stream.read(_MIB):
                pass
    return []
