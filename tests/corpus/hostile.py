"""Files that mean harm, or look as if they did: each is refused in a sentence that names the reason."""

import gzip
import io
import re
import struct
import zipfile
from collections.abc import Iterator

import pyarrow

from tests.corpus.books import PLAIN, SHEET, changed, ods, ods_row, with_part, xls, xlsx
from tests.corpus.case import Case
from tests.corpus.packed import PLAIN_CSV, as_parquet, zipped

_MIB = 1 << 20


def _bomb() -> bytes:
    """300 MiB of a table that is the same line over and over."""
    buffer = io.BytesIO()
    with gzip.GzipFile(fileobj=buffer, mode="wb", compresslevel=9) as stream:
        block = b"1,2,3,4\n" * (_MIB // 8)
        for _ in range(300):
            stream.write(block)
    return buffer.getvalue()


def _zip_bomb() -> bytes:
    buffer = io.BytesIO()
    with (
        zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open("orders.csv", "w", force_zip64=True) as part,
    ):
        for _ in range(300):
            part.write(bytes(_MIB))
    return buffer.getvalue()


def _patched(content: bytes, record: bytes, at: int, new: bytes) -> bytes:
    """An old workbook with other bytes behind the first `at` of its first record that begins with `record`."""
    place = content.index(record, 512) + at
    return content[:place] + new + content[place + len(new) :]


def _old_books() -> Iterator[Case]:
    """Old workbooks in which a few bytes lie: each would end calamine, or have it ask for all memory."""
    book = xls(PLAIN)
    number, dimensions = struct.pack("<HHHH", 0x027E, 10, 2, 3), struct.pack("<HH", 0x0200, 14)
    yield Case("far-cell.xls", _patched(book, number, 6, struct.pack("<H", 2000)), refused="damaged")
    lie = struct.pack("<IIHH", 0, 1 << 31, 0, 0xFFFF)
    yield Case("dimension-lies.xls", _patched(book, dimensions, 4, lie), refused="damaged")
    turned = struct.pack("<IIHH", 5, 2, 0, 4)
    yield Case("dimension-turned.xls", _patched(book, dimensions, 4, turned), refused="damaged")
    end = book.rindex(b"\x0a\x00\x00\x00")
    yield Case("no-end.xls", book[:end] + b"\x0b" + book[end + 1 :], refused="damaged")
    yield Case("ring.xls", _in_a_ring(book), refused="damaged")
    yield Case("strings-lie.xls", _patched(book, b"\xfc\x00", 4, b"\xff" * 40), refused="damaged")


def _in_a_ring(book: bytes) -> bytes:
    """An old workbook whose table says of each sector that the first one follows."""
    (table,) = struct.unpack_from("<I", book, 76)
    at = (table + 1) * 512
    numbers = struct.unpack_from("<128I", book, at)
    return book[:at] + struct.pack("<128I", *(0 if number < 128 else number for number in numbers)) + book[at + 512 :]


def _misplaced(package: bytes) -> bytes:
    """A package whose directory says that it begins elsewhere: its parts lie before the first byte, it follows."""
    at = package.rindex(b"PK\x05\x06") + 16
    (start,) = struct.unpack_from("<I", package, at)
    return package[:at] + struct.pack("<I", start + 4000) + package[at + 4 :]


def _in_no_encoding(xml: bytes) -> bytes:
    assert b'encoding="UTF-8"' in xml
    return xml.replace(b'encoding="UTF-8"', b'encoding="UTF-6"')


def cases() -> Iterator[Case]:
    """Files that are refused; what they say of themselves is not believed."""
    yield from _old_books()
    yield Case("bomb.csv.gz", _bomb(), refused="unpacks to more than")
    yield Case("bomb.zip", _zip_bomb(), refused="unpacks to more than")
    yield Case("path.zip", zipped(**{"../../etc/orders.csv": PLAIN_CSV}), refused="leads out of the archive")
    nameless = zipped(Q__csv=PLAIN_CSV).replace(b"Q.csv", b"\0.csv")
    yield Case("nameless.zip", nameless, refused="empty")
    yield Case("root.zip", zipped(**{"/etc/orders.csv": PLAIN_CSV}), refused="leads out of the archive")
    yield Case("misplaced.ods", _misplaced(ods(*map(ods_row, PLAIN))), refused="damaged")
    yield Case("misplaced.xlsx", _misplaced(xlsx(PLAIN)), refused="damaged")
    book = xlsx(PLAIN)
    far = b'</row><row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>'
    yield Case(
        "far.xlsx", changed(book, SHEET, lambda xml: xml.replace(b"</row></sheetData>", far)), refused="too large"
    )
    twice = changed(book, SHEET, lambda xml: xml.replace(b'<c r="B3"', b'<c r="A3"'))
    yield Case("cell-twice.xlsx", twice, refused="damaged: what stands in row 3")
    yield Case("encoding.xlsx", changed(book, SHEET, _in_no_encoding), refused="damaged")
    open_book = ods(*map(ods_row, PLAIN))
    yield Case("encoding.ods", changed(open_book, "content.xml", _in_no_encoding), refused="damaged")
    entities = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>'
    harm = changed(book, SHEET, lambda xml: entities + xml[xml.index(b"?>") + 2 :])
    yield Case("entities.xlsx", harm, refused="entities")
    filler = with_part(book, "xl/media/image1.png", bytes(150 * _MIB))
    yield Case("bomb.xlsx", filler, refused="unpacks to 150 MiB")
    many = ' table:number-rows-repeated="1000000"'
    wide = ods_row([*PLAIN[1]], many) + ods_row(["x"] * 40)
    yield Case("repeated-bomb.ods", ods(ods_row(PLAIN[0]), wide), refused="too large")
    locked = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(2048) + "EncryptedPackage".encode("utf-16-le") + bytes(99)
    yield Case("locked.xlsx", locked, refused="protected by a password")
    none = changed(book, "xl/workbook.xml", lambda xml: re.sub(rb"<sheets>.*</sheets>", b"<sheets/>", xml))
    yield Case("no-sheet.xlsx", none, refused="damaged")
    fine = as_parquet(pyarrow.table({"a": list(range(20_000)), "b": ["x"] * 20_000}))
    yield Case("cut.parquet", fine[:-200], refused="damaged")
    lying = fine[:100] + bytes(4000) + fine[4100:]
    yield Case("lying.parquet", lying, refused="damaged")
    yield Case("only-magic.parquet", b"PAR1" + bytes(40) + b"PAR1", refused="damaged")
    columns = ",".join(f"c{n}" for n in range(10_000))
    yield Case("wide.csv", f"{columns}\n{',' * 9_999}\n{columns}\n".encode(), refused="10000 columns")
    yield Case("page.xls", b"<html><body><table><tr><td>1</td></tr></table></body></html>", refused="a web page (HTML)")
    yield Case("xml.xls", b'<?xml version="1.0"?><Workbook/>', refused="XML")
    yield Case("picture.csv", b"\x89PNG\r\n\x1a\n" + bytes(100), refused="a picture")
    yield Case("deep.jsonl", (b"[" * 100_000) + b"\n", refused="JSON document")
