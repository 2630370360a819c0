"""What is fuzzed: each reader of bytes apart, so that each has its time; with the bytes that it begins from."""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from tests.corpus.case import Case

Seeds = Callable[[Sequence[Case]], Iterator[bytes]]
_SHEET = "xl/worksheets/sheet1.xml"
_MANY = re.compile(rb"(?<=-repeated=.)[0-9]{4,}")
"""A million rows that are alike are a table, which takes its time."""

_PARTS = ("xl/sharedStrings.xml", "xl/styles.xml", "xl/workbook.xml", "xl/_rels/workbook.xml.rels")


@dataclass(frozen=True)
class Target:
    """`share` of the time is its; `packed` makes the file of what is changed (what is packed cannot be changed a byte
    at a time)."""

    name: str
    share: int
    seeds: Seeds
    packed: Callable[[bytes], bytes] | None = None


def _named(*endings: str) -> Seeds:
    return lambda cases: (case.content for case in cases if case.name.endswith(endings))


def targets(cases: Sequence[Case]) -> tuple[Target, ...]:
    """All of them; the workbooks around a part are those of `cases`."""
    found = {case.name: case.content for case in cases}
    book, sheet = found["plain.xlsx"], found["plain.ods"]

    def part(data: bytes) -> bytes:
        number, _, xml = data.partition(b"\n")
        return with_parts(book, {_PARTS[int(number[:1] or b"0") % len(_PARTS) if number[:1].isdigit() else 0]: xml})

    def parts_of(cases: Sequence[Case]) -> Iterator[bytes]:
        for number, name in enumerate(_PARTS):
            for xml in _inside(cases, ".xlsx", name):
                yield b"%d\n%b" % (number, xml)

    return (
        Target("text", 4, _named(".csv", ".tsv", ".txt")),
        Target("packed", 1, _named(".gz", ".zip")),
        Target("jsonl", 1, _named(".jsonl", ".ndjson")),
        Target(
            "sheet", 6, lambda cases: _inside(cases, ".xlsx", _SHEET), lambda data: with_parts(book, {_SHEET: data})
        ),
        Target("parts", 2, parts_of, part),
        Target("xlsx", 1, _named(".xlsx", ".xlsm")),
        Target("xls", 2, _named(".xls")),
        Target(
            "ods",
            2,
            lambda cases: _inside(cases, ".ods", "content.xml"),
            lambda data: with_parts(sheet, {"content.xml": _MANY.sub(b"999", data)}),
        ),
        Target("parquet", 1, _named(".parquet")),
    )


def with_parts(package: bytes, parts: dict[str, bytes]) -> bytes:
    """The package with other parts."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(package)) as old, zipfile.ZipFile(out, "w") as new:
        for name in old.namelist():
            new.writestr(name, parts.get(name) if name in parts else old.read(name))
    return out.getvalue()


def _inside(cases: Sequence[Case], ending: str, part: str) -> Iterator[bytes]:
    for case in cases:
        if case.name.endswith(ending):
            try:
                with zipfile.ZipFile(io.BytesIO(case.content)) as package:
                    yield package.read(part)
            except (zipfile.BadZipFile, zlib.error, OSError, EOFError, ValueError, KeyError):
                continue
