"""Encodings times shapes: the plain table as text, clean; and with a title, a total and the header again."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal

from tests.corpus.case import LATIN, TRADITIONAL, Case, renamed, text

DAY, ONE = date(2025, 12, 31), Decimal(1)

_SIMPLIFIED = {
    "utf-8": "UTF-8",
    "utf-8-sig": "UTF-8 with BOM",
    "utf-16": "UTF-16 LE",
    "utf-16-le": "UTF-16 LE",
    "utf-16-be": "UTF-16 BE",
    "utf-16-be-bom": "UTF-16 BE",
    "gb18030": "GB18030 (GBK)",
    "gbk": "GB18030 (GBK)",
}
_DELIMITERS = {"comma": ",", "semicolon": ";", "tab": "\t", "bar": "|"}


def encoded(content: str, encoding: str) -> bytes:
    """The text in an encoding; "-bom" adds the mark that Python does not write."""
    if encoding == "utf-16-be-bom":
        return b"\xfe\xff" + content.encode("utf-16-be")
    return content.encode(encoding)


def cases() -> Iterator[Case]:
    words = [(encoding, label, {}) for encoding, label in _SIMPLIFIED.items()]
    words += [("big5", "Big5", TRADITIONAL), ("cp1252", "Windows-1252", LATIN)]
    for encoding, label, table in words:
        columns, lines, rows = renamed(table)
        for name, delimiter in _DELIMITERS.items():
            yield Case(
                f"clean-{encoding}-{name}.csv",
                encoded(text(lines, delimiter, "\r\n"), encoding),
                columns,
                rows,
                shape={"kind": "csv", "encoding": label, "delimiter": delimiter, "rows": 4},
            )
        yield _dirty(encoding, label, table)
        yield _long(encoding, label, table)


def _dirty(encoding: str, label: str, table: dict[str, str]) -> Case:
    """Titles above, a blank line, the header again, a total with a quoted number, a ragged row."""
    columns, lines, rows = renamed(table)
    total = "Total" if table is LATIN else "合计" if not table else "合計"
    header = ",".join(lines[0])
    # fmt: off
    content = "\n".join([
        f"{lines[0][2]} 2026,,,",                                  # 1 title
        ",,,",                                                     # 2 blank
        header,                                                    # 3
        ",".join(lines[1]), ",".join(lines[2]),                    # 4, 5
        "",                                                        # 6 blank
        header,                                                    # 7 again
        ",".join(lines[3]),                                        # 8
        "x,2026-01-01",                                            # 9 ragged
        f'y,2026-13-01,{lines[1][2]},"12,x"',                      # 10 two bad cells
        ",".join(lines[4]),                                        # 11
        f'{total},,,"1,231.51"',                                   # 12 total
    ]) + "\n"
    # fmt: on
    aside = [
        (7, "", "repeated_header"),
        (9, "", "too_few_cells"),
        (10, lines[0][1], "bad_date"),
        (10, lines[0][3], "bad_number"),
        (12, "", "total_row"),
    ]
    found = [("title", 1, 1), ("blank_row", 1, 6), ("repeated_header", 1, 7), ("total_row", 1, 12)]
    shape = {"encoding": label, "rows": 8}
    return Case(f"dirty-{encoding}.csv", encoded(content, encoding), columns, rows, aside, shape=shape, found=found)


def _long(encoding: str, label: str, table: dict[str, str]) -> Case:
    """What is not ASCII first comes up after more than a megabyte."""
    columns, lines, rows = renamed(table)
    plain = [["Id", "Day", "Place", "Sum"]]
    columns = tuple((name, *rest) for name, (_, *rest) in zip(plain[0], columns, strict=True))
    many = [[f"N{n}", "2025-12-31", "x" * 400, "1"] for n in range(3000)]
    content = text(plain + many + lines[1:])
    start = [(cells[0], DAY, cells[2], ONE) for cells in many]
    return Case(f"late-{encoding}.csv", encoded(content, encoding), columns, start + rows, shape={"encoding": label})
