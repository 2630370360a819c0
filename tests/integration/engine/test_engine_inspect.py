"""What a file is, told from its bytes; each kind of bad file gets a sentence that says what, where and what to do."""

import zipfile
from datetime import datetime
from pathlib import Path

import pytest

from apps.engine import Inspect, run
from tests.integration.engine.engine_files import write_csv, write_xlsx


def says(shape) -> str:
    """Everything blocking that was found, as text."""
    return " ".join(str(issue) for issue in shape.blocking())


def rewritten(source: Path, target: Path, change) -> Path:
    """A copy of a ZIP file in which `change(name, content)` has the last word on each part."""
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(name, change(name, old.read(name)))
    return target


@pytest.fixture
def book(tmp_path: Path) -> Path:
    return write_xlsx(tmp_path / "book.xlsx", [["id", "amount"], [1, 2.5], [2, 3.5], [3, 4.5]])


def test_a_csv_file(tmp_path: Path, look) -> None:
    lines = [
        "编号,客户,日期,金额,门店,已付",
        *(f"{n:05d},C{n % 7},2026-01-{n % 28 + 1:02d},{n}.50,,true" for n in range(50)),
    ]
    shape = look(write_csv(tmp_path / "sales.csv", "\ufeff" + lines[0], *lines[1:]))
    assert (shape.kind, shape.encoding, shape.delimiter, shape.rows) == ("csv", "UTF-8 with BOM", ",", 50)
    assert [(column.name, column.type.value) for column in shape.columns] == [
        ("编号", "text"),
        ("客户", "text"),
        ("日期", "date"),
        ("金额", "decimal"),
        ("门店", "text"),
        ("已付", "boolean"),
    ]
    customers, stores = shape.columns[1], shape.columns[4]
    assert (customers.position, customers.empty, customers.distinct) == (2, 0, 7)
    assert customers.samples == ("C0", "C1", "C2", "C3", "C4")
    assert (stores.empty, stores.distinct) == (50, 0)
    assert len(shape.preview) == 20
    assert shape.preview[1] == ("00001", "C1", "2026-01-02", "1.50", "", "true")
    assert shape.blocking() == ()


def test_a_workbook_with_several_sheets(tmp_path: Path, look) -> None:
    import xlsxwriter

    path = tmp_path / "sheets.xlsx"
    contents = {"空": [], "数据": [["日", "数"], [1, 2]], "Rest": [["a"], ["b"], ["c"]], "secret": [["x"], [1]]}
    with xlsxwriter.Workbook(str(path)) as workbook:
        for name, rows in contents.items():
            sheet = workbook.add_worksheet(name)
            for at, row in enumerate(rows):
                sheet.write_row(at, 0, row)
            if name == "secret":
                sheet.hide()
    shape = look(path)
    assert (shape.kind, shape.sheets, shape.sheet, shape.rows) == ("xlsx", ("空", "数据", "Rest"), "数据", 1)
    assert look(path, sheet="Rest").rows == 2
    assert "no row in it" in says(look(path, sheet="空"))
    assert "no sheet “Nowhere”" in says(look(path, sheet="Nowhere"))


def test_types_in_a_workbook(tmp_path: Path, look) -> None:
    rows = [["day", "moment", "n", "x", "yes", "text", "id"]]
    rows += [
        [datetime(2026, 1, d), datetime(2026, 1, d, 8, d), d, d / 8, d > 3, f"t{d}", f"00{d}"] for d in range(1, 9)
    ]
    shape = look(write_xlsx(tmp_path / "types.xlsx", rows))
    assert [column.type.value for column in shape.columns] == [
        "date", "datetime", "integer", "decimal", "boolean", "text", "text",
    ]  # fmt: skip


def test_a_wrong_declared_dimension_hides_nothing(tmp_path: Path, look, book: Path) -> None:
    def lie(name: str, content: bytes) -> bytes:
        return content.replace(b'<dimension ref="A1:B4"/>', b'<dimension ref="A1:B2"/>')

    liar = rewritten(book, tmp_path / "liar.xlsx", lie)
    assert b'ref="A1:B2"' in zipfile.ZipFile(liar).read("xl/worksheets/sheet1.xml")
    assert look(liar).rows == look(book).rows == 3


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("empty.csv", b"", "file is empty"),
        ("blank.csv", b" \n \r\n", "file is empty"),
        ("header.csv", b"a,b\n", "a header and no row"),
        ("double.csv", b"a,b,a\n1,2,3\n", "columns 1, 3 have the same name “a”"),
        ("noname.csv", b"a,,c\n1,2,3\n", "Column 2 has no name"),
        ("wide.csv", b",".join(b"c%d" % n for n in range(501)) + b"\n" + b"," * 499 + b"1\n", "501 columns"),
        ("broken.csv", "客户,金额\n甲乙丙丁,1\n".encode() + b"\xff,2\n", "not UTF-8 throughout (byte 29, row 3)"),
        ("odd.csv", "a,b\n1,2\n".encode("utf-16") + b"1", "not UTF-16 LE throughout (byte 18, row 3)"),
        ("text.xlsx", b"a,b\n1,2\n", "inside is plain text. Rename it to end in .csv"),
        ("page.xls", b"\n<HTML><table><tr><td>1</td></tr></table></HTML>", "a web page (HTML), not a table"),
        ("sheet.xls", b"<?xml version='1.0'?><Workbook/>", "XML, not a table"),
        ("report.csv", b"%PDF-1.7 ...", "a PDF document"),
        ("zipped.csv", b"\x1f\x8b\x08\x00", "archive is damaged"),
        ("old.doc", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "an old Office file, but no workbook"),
        (
            "locked.xlsx",
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(1024) + "EncryptedPackage".encode("utf-16-le") + bytes(99),
            "protected by a password",
        ),
        ("cut.xlsx", b"PK\x03\x04" + bytes(200), "damaged or was cut off"),
    ],
)
def test_bad_files(tmp_path: Path, look, name: str, content: bytes, words: str) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    shape = look(path)
    assert words in says(shape)
    assert all(issue.where for issue in shape.blocking())


def test_all_that_is_wrong_with_a_header_is_said_at_once(tmp_path: Path, look) -> None:
    shape = look(write_csv(tmp_path / "many.csv", "a,,b,,a,b", "1,2,3,4,5,6"))
    assert len(shape.blocking()) == 4


def test_a_workbook_called_csv(look, book: Path) -> None:
    assert "inside is an Excel workbook. Rename it to end in .xlsx" in says(look(book, "book.csv"))
    assert look(book, "book").blocking() == ()


def test_a_workbook_cut_off_on_its_way(tmp_path: Path, look, book: Path) -> None:
    cut = tmp_path / "cut.xlsx"
    cut.write_bytes(book.read_bytes()[:-400])
    assert "damaged or was cut off" in says(look(cut))


def test_a_workbook_with_damaged_contents(tmp_path: Path, look, book: Path) -> None:
    data = bytearray(book.read_bytes())
    with zipfile.ZipFile(book) as package:
        part = package.getinfo("xl/worksheets/sheet1.xml")
    data[part.header_offset + 80 : part.header_offset + 120] = bytes(40)
    broken = tmp_path / "broken.xlsx"
    broken.write_bytes(data)
    assert "damaged or was cut off" in says(look(broken))


def test_a_workbook_whose_xml_ends_early(tmp_path: Path, look, book: Path) -> None:
    short = rewritten(book, tmp_path / "short.xlsx", lambda n, c: c[: len(c) // 2] if n == "xl/workbook.xml" else c)
    assert "damaged or was cut off" in says(look(short))


def test_other_archives(tmp_path: Path, look, book: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as package:
        package.writestr("one.csv", "a,b\n1,2\n")
        package.writestr("two.csv", "a,b\n1,2\n")
    assert "holds 2 files (one.csv, two.csv)" in says(look(tmp_path / "a.zip"))
    with zipfile.ZipFile(tmp_path / "b.xlsb", "w") as package:
        package.writestr("xl/workbook.bin", b"x")
    assert "binary Excel workbook" in says(look(tmp_path / "b.xlsb"))


def test_a_zip_bomb_is_not_unpacked(tmp_path: Path, look, book: Path) -> None:
    bomb = tmp_path / "bomb.xlsx"
    with zipfile.ZipFile(book) as old, zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(name, old.read(name))
        with new.open("xl/media/image1.png", "w", force_zip64=True) as part:
            for _ in range(150):
                part.write(bytes(1 << 20))
    assert "unpacks to 150 MiB" in says(look(bomb))


def test_a_bomb_that_lies_about_its_size_is_damaged(tmp_path: Path, look, book: Path) -> None:
    liar = rewritten(book, tmp_path / "liar.xlsx", lambda n, c: bytes(1 << 20) if n == "docProps/app.xml" else c)
    size = (1 << 20).to_bytes(4, "little")
    liar.write_bytes(liar.read_bytes().replace(size, (100).to_bytes(4, "little")))
    assert "damaged or was cut off" in says(look(liar))


def test_a_stray_cell_far_outside(tmp_path: Path, look, book: Path) -> None:
    def add(name: str, content: bytes) -> bytes:
        far = b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>'
        return content.replace(b"</sheetData>", far) if name.endswith("sheet1.xml") else content

    shape = look(rewritten(book, tmp_path / "far.xlsx", add))
    assert "reaches to row 1048576 and column 16384" in says(shape)


def test_formulas_that_were_never_calculated(tmp_path: Path, look, book: Path) -> None:
    def empty(name: str, content: bytes) -> bytes:
        return content.replace(b'<c r="B3"><v>3.5</v></c>', b'<c r="B3"><f>A3*2</f><v></v></c>')

    shape = look(rewritten(book, tmp_path / "formula.xlsx", empty))
    assert "1 cells hold a formula that was never calculated (first: row 3, column 2)" in says(shape)


def test_error_cells_are_counted_and_not_taken_for_empty(tmp_path: Path, look, loader, book: Path) -> None:
    from tests.integration.engine.engine_files import mapping, rejects

    def spoil(name: str, content: bytes) -> bytes:
        return content.replace(b'<c r="B3"><v>3.5</v></c>', b'<c r="B3" t="e"><f>1/0</f><v>#DIV/0!</v></c>')

    path = rewritten(book, tmp_path / "error.xlsx", spoil)
    (issue,) = look(path).issues
    assert str(issue) == "Sheet1: 1 cells hold an error (first: #DIV/0! in row 3, column 2)."
    assert not issue.blocking
    wanted = mapping(
        (("id", "id", "integer", "key"), ("amount", "x", "decimal", "measure"), ("amount", "day", "date", "time"))
    )
    assert (3, "amount", "bad_number", "#DIV/0!") in rejects(loader(path, wanted))


def test_entities_in_a_workbook_are_not_expanded(tmp_path: Path, look, book: Path) -> None:
    def add(name: str, content: bytes) -> bytes:
        if name != "xl/workbook.xml":
            return content
        laughs = b'<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]>'
        return content.replace(b"?>", b"?>" + laughs, 1)

    shape = look(rewritten(book, tmp_path / "laughs.xlsx", add))
    assert shape.blocking() or shape.rows == 3


def test_rows_that_cannot_be_loaded_are_announced(tmp_path: Path, look) -> None:
    shape = look(write_csv(tmp_path / "odd.csv", "a,b", "1,2", "1", "1,2,3", "1", '"1,2'))
    assert shape.rows == 5
    assert [(issue.params["code"], issue.params["count"], issue.params["row"]) for issue in shape.issues] == [
        ("too_few_cells", 2, 3), ("too_many_cells", 1, 4), ("bad_quote", 1, 6),
    ]  # fmt: skip
    assert shape.blocking() == ()


def test_a_header_that_looks_like_data(tmp_path: Path, look) -> None:
    shape = look(write_csv(tmp_path / "nohead.csv", "2026-01-01,甲,12.50", "2026-01-02,乙,13.50"))
    assert "“2026-01-01” in the first row looks like a value" in str(shape.issues[0])


def test_the_same_answer_from_the_child(tmp_path: Path, look, book: Path) -> None:
    heard = []
    assert run(Inspect(str(book), book.name), on_progress=lambda *news: heard.append(news)) == look(book)
    assert says(run(Inspect(str(tmp_path / "book.xlsx"), "book.csv")))


def test_a_file_that_is_gone(tmp_path: Path) -> None:
    from apps.engine import EngineFailure

    with pytest.raises(EngineFailure, match="not there any more"):
        run(Inspect(str(tmp_path / "gone.csv"), "gone.csv"))
