"""Workbooks: XLSX, XLSM, XLS and ODS, with what people do to them."""

import io
import re
import zipfile
from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal

import xlsxwriter
import xlwt

from tests.corpus.case import HEADER, ORDERS, ROWS, Case

Cell = str | int | float | date | datetime | None
PLAIN: list[list[Cell]] = [
    list(HEADER),
    ["0001", date(2026, 1, 5), "北京店", 1234.5],
    ["0002", date(2026, 1, 6), "上海店", -3],
    ["0003", date(2026, 2, 7), None, 0.01],
    ["1234567890123456789", date(2026, 2, 28), "广州店", None],
]
TOTAL: list[Cell] = ["合计", None, None, 1231.51]
DIV = (4, "金额", "bad_number")


def xlsx(rows: Sequence[Sequence[Cell]], more: Callable | None = None, **options: object) -> bytes:
    """A workbook with one sheet of these rows; `more(book, sheet)` does the rest."""
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, {"default_date_format": "yyyy-mm-dd", "in_memory": True, **options})
    sheet = book.add_worksheet("数据")
    for at, row in enumerate(rows):
        for column, cell in enumerate(row):
            if cell is not None:
                sheet.write(at, column, cell)
    if more is not None:
        more(book, sheet)
    book.close()
    return buffer.getvalue()


def xls(rows: Sequence[Sequence[Cell]], more: Callable | None = None, *, from_1904: bool = False) -> bytes:
    """The same as a workbook of Excel 97-2003."""
    book = xlwt.Workbook(encoding="utf-8")
    book.dates_1904 = from_1904
    sheet = book.add_sheet("数据")
    as_day = xlwt.easyxf(num_format_str="YYYY-MM-DD")
    for at, row in enumerate(rows):
        for column, cell in enumerate(row):
            if isinstance(cell, date):
                sheet.write(at, column, cell, as_day)
            elif cell is not None:
                sheet.write(at, column, cell)
    if more is not None:
        more(book, sheet)
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


_ODS = """<?xml version="1.0" encoding="UTF-8"?><office:document-content
 xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"
 xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0"
 xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"
 xmlns:calcext="urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0"><office:body><office:spreadsheet>
%s</office:spreadsheet></office:body></office:document-content>"""
_MANIFEST = (
    '<?xml version="1.0"?><manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"/>'
)


def ods(*rows: str, name: str = "数据") -> bytes:
    """A spreadsheet of one sheet; rows as XML."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as package:
        package.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet", zipfile.ZIP_STORED)
        package.writestr("content.xml", _ODS % f'<table:table table:name="{name}">{"".join(rows)}</table:table>')
        package.writestr("META-INF/manifest.xml", _MANIFEST)
    return buffer.getvalue()


def ods_row(cells: Sequence[Cell], attributes: str = "") -> str:
    """A row as LibreOffice writes it."""
    return f"<table:table-row{attributes}>{''.join(map(_ods_cell, cells))}</table:table-row>"


def _ods_cell(cell: Cell) -> str:
    if cell is None:
        return "<table:table-cell/>"
    kind = {date: "date", int: "float", float: "float"}.get(type(cell), "string")
    value = {"date": f' office:date-value="{cell}"', "float": f' office:value="{cell}"'}.get(kind, "")
    return f'<table:table-cell office:value-type="{kind}"{value}><text:p>{cell}</text:p></table:table-cell>'


def changed(book: bytes, part: str, change: Callable[[bytes], bytes]) -> bytes:
    """The package with one of its parts changed."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(book)) as old, zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            content = old.read(name)
            new.writestr(name, change(content) if name == part else content)
    return buffer.getvalue()


def with_part(book: bytes, name: str, content: bytes) -> bytes:
    """The package with one part more."""
    buffer = io.BytesIO(book)
    with zipfile.ZipFile(buffer, "a", zipfile.ZIP_DEFLATED) as package:
        package.writestr(name, content)
    return buffer.getvalue()


SHEET = "xl/worksheets/sheet1.xml"


def cases() -> Iterator[Case]:
    yield from _plain()
    yield from _xlsx()
    yield from _headers()
    yield from _errors()
    yield from _ods()


def _plain() -> Iterator[Case]:
    as_ods = [ods_row(row) for row in PLAIN]
    yield Case("plain.xlsx", xlsx(PLAIN), ORDERS, ROWS, shape={"kind": "xlsx", "sheet": "数据", "rows": 4})
    yield Case("plain.xls", xls(PLAIN), ORDERS, ROWS, shape={"kind": "xls", "sheet": "数据", "rows": 4})
    yield Case("plain.ods", ods(*as_ods), ORDERS, ROWS, shape={"kind": "ods", "sheet": "数据", "rows": 4})
    yield Case("macros.xlsm", with_part(xlsx(PLAIN), "xl/vbaProject.bin", b"x"), ORDERS, ROWS, shape={"says": "macros"})
    dates_1904 = xlsx(PLAIN, date_1904=True)
    assert b'date1904="1"' in zipfile.ZipFile(io.BytesIO(dates_1904)).read("xl/workbook.xml")
    yield Case("from-1904.xlsx", dates_1904, ORDERS, ROWS)
    dirty: list[list[Cell]] = [["销售明细"], [], *PLAIN[:3], [], HEADER, *PLAIN[3:], TOTAL]  # type: ignore[list-item]
    aside = [(7, "", "repeated_header"), (10, "", "total_row")]
    found = [("title", 1, 1), ("blank_row", 1, 6), ("repeated_header", 1, 7), ("total_row", 1, 10)]
    for ending, content in (("xlsx", xlsx(dirty)), ("xls", xls(dirty)), ("ods", ods(*map(ods_row, dirty)))):
        yield Case(f"dirty.{ending}", content, ORDERS, ROWS, aside, found=found)


def _hide(book: xlsxwriter.Workbook, sheet: xlsxwriter.worksheet.Worksheet) -> None:
    for at in (2, 4):
        sheet.set_row(at, None, None, {"hidden": True})


def _hide_first(book: xlsxwriter.Workbook, sheet: xlsxwriter.worksheet.Worksheet) -> None:
    sheet.set_row(0, None, None, {"hidden": True})


def _hide_old(book: xlwt.Workbook, sheet: xlwt.Worksheet) -> None:
    for at in (2, 4):
        sheet.row(at).hidden = True


def _ods_hidden() -> bytes:
    hidden = ' table:visibility="filter"'
    return ods(*(ods_row(row, hidden if at in (2, 4) else "") for at, row in enumerate(PLAIN)))


def _xlsx() -> Iterator[Case]:
    def lie(xml: bytes) -> bytes:
        return re.sub(rb'<dimension ref="[^"]*"/>', b'<dimension ref="A1:B2"/>', xml)

    yield Case("dimension-lies.xlsx", changed(xlsx(PLAIN), SHEET, lie), ORDERS, ROWS, shape={"rows": 4})

    def hide(book: xlsxwriter.Workbook, sheet: xlsxwriter.worksheet.Worksheet) -> None:
        sheet.set_row(2, None, None, {"hidden": True})
        book.add_worksheet("secret").hide()

    yield Case(
        "hidden.xlsx",
        xlsx(PLAIN, hide),
        ORDERS,
        ROWS,
        shape={"says": "hidden in the sheet: 1", "hidden_sheets": ("secret",)},
    )

    left_out: dict = {"reading": {"shown_only": True}, "found": [("hidden_row", 2, 3)]}
    aside = [(3, "", "hidden_row"), (5, "", "hidden_row")]
    for ending, content in (("xlsx", xlsx(PLAIN, _hide)), ("xls", xls(PLAIN, _hide_old)), ("ods", _ods_hidden())):
        yield Case(f"hidden-left-out.{ending}", content, ORDERS, ROWS[::2], aside, **left_out)
    bare = changed(xlsx(PLAIN, _hide), SHEET, lambda xml: re.sub(rb'<row r="[0-9]+"', b"<row", xml))
    yield Case("hidden-unnumbered.xlsx", bare, ORDERS, ROWS[::2], aside, **left_out)
    names: list[list[Cell]] = [["NO", "DAY", "STORE", "AMT"], *PLAIN]
    yield Case("hidden-header.xlsx", xlsx(names, _hide_first), ORDERS, ROWS, reading={"shown_only": True})

    def second(book: xlsxwriter.Workbook, sheet: xlsxwriter.worksheet.Worksheet) -> None:
        other = book.add_worksheet("other")
        other.write_row(0, 0, ["编号", "日期", "门店", "金额"])
        other.write_row(1, 0, ["z", "2026-05-01", "s", 1])

    rows = [("z", date(2026, 5, 1), "s", Decimal(1))]
    yield Case(
        "second-sheet.xlsx", xlsx(PLAIN, second), ORDERS, rows, sheet="other", shape={"sheets": ("数据", "other")}
    )
    yield Case("no-such-sheet.xlsx", xlsx(PLAIN), refused="no sheet", sheet="nowhere")
    far: list[list[Cell]] = [[None] * 3 + row for row in [[], [], *PLAIN]]  # type: ignore[operator]
    yield Case("shifted.xlsx", xlsx(far), ORDERS, ROWS, shape={"reading.header_row": 3})
    precise = [["day", "n"], [date(2026, 1, 1), 0.1], [date(2026, 1, 1), 1e15], [date(2026, 1, 1), 1 / 3]]
    columns = (("day", "day", "date", "time"), ("n", "n", "decimal", "measure"))
    values = [Decimal("0.1"), Decimal(10**15), Decimal("0.3333333333333333")]
    yield Case("doubles.xlsx", xlsx(precise), columns, [(date(2026, 1, 1), value) for value in values])  # type: ignore[arg-type]


def _headers() -> Iterator[Case]:
    def merged(book: xlsxwriter.Workbook, sheet: xlsxwriter.worksheet.Worksheet) -> None:
        sheet.merge_range(0, 0, 0, 3, "2026 年销售")
        sheet.merge_range(1, 0, 2, 0, "编号")
        sheet.merge_range(1, 1, 2, 1, "日期")
        sheet.merge_range(1, 2, 1, 3, "门店")
        sheet.write_row(2, 2, ["名称", "金额"])
        for at, row in enumerate(PLAIN[1:], start=3):
            for column, cell in enumerate(row):
                if cell is not None:
                    sheet.write(at, column, cell)

    names = ("编号", "日期", "门店 名称", "门店 金额")
    columns = tuple((name, *rest) for name, (_, *rest) in zip(names, ORDERS, strict=True))
    shape = {"reading.header_row": 3, "rows": 4}
    yield Case("merged-header.xlsx", xlsx([], merged), columns, ROWS, shape=shape, found=[("title", 1, 1)])  # type: ignore[arg-type]

    def across(book: xlsxwriter.Workbook, sheet: xlsxwriter.worksheet.Worksheet) -> None:
        sheet.merge_range(0, 0, 0, 1, "订单")
        sheet.merge_range(0, 2, 0, 3, "销售")
        sheet.write_row(1, 0, ["编号", "日期", "门店", "金额"])
        for at, row in enumerate(PLAIN[1:], start=2):
            for column, cell in enumerate(row):
                if cell is not None:
                    sheet.write(at, column, cell)

    names = ("订单 编号", "订单 日期", "销售 门店", "销售 金额")
    columns = tuple((name, *rest) for name, (_, *rest) in zip(names, ORDERS, strict=True))
    yield Case("grouped-header.xlsx", xlsx([], across), columns, ROWS, shape={"reading.header_row": 2})  # type: ignore[arg-type]


def _errors() -> Iterator[Case]:
    rows = [*PLAIN[:3], ["0003", date(2026, 2, 7), None], PLAIN[4]]
    good = (ROWS[0], ROWS[1], ROWS[3])

    def divided(book: xlsxwriter.Workbook, sheet: xlsxwriter.worksheet.Worksheet) -> None:
        sheet.write_formula(3, 3, "=1/0", None, "#DIV/0!")

    def stored(book: xlsxwriter.Workbook, sheet: xlsxwriter.worksheet.Worksheet) -> None:
        sheet.write_formula(3, 3, "=0.005+0.005", None, 0.01)

    def nothing(book: xlsxwriter.Workbook, sheet: xlsxwriter.worksheet.Worksheet) -> None:
        sheet.write_formula(3, 2, '=IF(A1="","",A1)', None, "")

    def never(xml: bytes) -> bytes:
        assert xml.count(b"<v></v>") == 1
        return xml.replace(b"<v></v>", b"")

    yield Case("error.xlsx", xlsx(rows, divided), ORDERS, good, [DIV], shape={"says": "#DIV/0!"})
    yield Case("formula-stored.xlsx", xlsx(rows, stored), ORDERS, ROWS)
    unknown = xlsx(PLAIN, nothing)
    empty = changed(unknown, SHEET, lambda xml: xml.replace(b"><f>", b' t="str"><f>'))
    yield Case("formula-empty.xlsx", empty, ORDERS, ROWS)
    uncalculated = changed(unknown, SHEET, never)
    yield Case("formula-never.xlsx", uncalculated, refused="never calculated (first: row 4, column 3)")

    def by_other_words(xml: bytes) -> bytes:
        """As programs write it that use Microsoft's library of 2007: a prefix everywhere."""
        return re.sub(rb"<(/?)([a-zA-Z])", rb"<\1x:\2", xml).replace(b"xmlns=", b"xmlns:x=")

    yield Case("prefixed.xlsx", changed(xlsx(PLAIN), SHEET, by_other_words), ORDERS, ROWS)
    prefixed = changed(xlsx(rows, divided), SHEET, by_other_words)
    yield Case("prefixed-error.xlsx", prefixed, ORDERS, good, [DIV], shape={"says": "#DIV/0!"})
    prefixed = changed(unknown, SHEET, lambda xml: by_other_words(never(xml)))
    yield Case("prefixed-never.xlsx", prefixed, refused="never calculated (first: row 4, column 3)")

    def old_error(book: xlwt.Workbook, sheet: xlwt.Worksheet) -> None:
        sheet.row(3).set_cell_error(3, 0x07)

    yield Case("error.xls", xls(rows, old_error), ORDERS, good, [DIV], shape={"says": "#DIV/0!"})


def _ods() -> Iterator[Case]:
    head, one, two, _, four = (ods_row(row) for row in PLAIN)
    start = "".join(_ods_cell(cell) for cell in ["0003", date(2026, 2, 7), None])
    error = (
        '<table:table-cell table:formula="of:=1/0" office:value-type="string" office:string-value=""'
        ' calcext:value-type="error"><text:p>#DIV/0!</text:p></table:table-cell>'
    )
    broken = f"<table:table-row>{start}{error}</table:table-row>"
    good = (ROWS[0], ROWS[1], ROWS[3])
    yield Case("error.ods", ods(head, one, two, broken, four), ORDERS, good, [DIV], shape={"says": "#DIV/0!"})
    never = f'<table:table-row>{start}<table:table-cell table:formula="of:=A1"/></table:table-row>'
    yield Case(
        "formula-never.ods", ods(head, one, two, never, four), refused="never calculated (first: row 4, column 4)"
    )
    twice = ods_row(PLAIN[1], ' table:number-rows-repeated="2"')
    blank = '<table:table-cell table:number-columns-repeated="1024"/>'
    padding = f'<table:table-row table:number-rows-repeated="1048000">{blank}</table:table-row>'
    yield Case("repeated.ods", ods(head, twice, padding), ORDERS, (ROWS[0], ROWS[0]))
