"""Statements as PDF/A: valid as far as a library sees, the same every time, and any name is only a name."""

from __future__ import annotations

import io
import json
import resource
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from xml.etree import ElementTree

import pytest
import typst
from pypdf import PdfReader

from apps.incentives.domain import press as printing
from apps.incentives.domain.press import Press

ROOT = Path(__file__).resolve().parents[3]
FONTS = ROOT / "static" / "print"
DOCUMENT = {
    "made": "2026-10-12T01:02:03.123456+00:00",
    "language": "zh",
    "title": "奖金发放单",
    "company": "恒通汽车·售后",
    "number": "PS-2026-0001",
    "notice": "",
    "mark": "发放单 PS-2026-0001 · 3f9a",
    "facts": [["姓名", "李娜"], ["期间", "2026年第三季度"]],
    "due": ["本期应发", "¥27,250.00"],
    "parts": [{"name": "活跃客户", "amount": "¥12,000.00", "sentences": ["9,200 ÷ 10,000 = 92 %。"]}],
    "totals": [["合计", "¥27,250.00"]],
    "causes_title": "更正原因",
    "causes": [],
    "notes": ["有疑问请在 10 天内提出。"],
}
pytestmark = pytest.mark.skipif(not FONTS.is_dir(), reason="make assets has not been run")


@pytest.fixture(scope="module")
def press() -> Press:
    return Press(str(FONTS))


def text_of(pdf: bytes) -> str:
    return "".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages)


def named(name: str) -> dict:
    return {**DOCUMENT, "facts": [["姓名", name]]}


def test_it_says_what_it_was_given(press):
    text = text_of(press.print(DOCUMENT))
    for wanted in ("奖金发放单", "李娜", "¥27,250.00", "9,200 ÷ 10,000 = 92 %。", "有疑问请在 10 天内提出。"):
        assert wanted in text


def test_planted_text_is_text(press):
    """No markup of Typst, of a spreadsheet or of a browser does anything in a statement."""
    planted = ["=cmd|' /C calc'!A0", "<img src=x onerror=alert(1)>", "#import sys: *", "$x$"]
    text = text_of(press.print({**DOCUMENT, "facts": [["姓名", each] for each in planted]}))
    for each in planted:
        assert each.replace(" ", "") in text.replace(" ", "").replace("’", "'").replace("\n", "")


def test_it_is_pdf_a_2b_with_its_fonts_inside(press):
    reader = PdfReader(io.BytesIO(press.print(DOCUMENT)))
    root = reader.trailer["/Root"]
    told = ElementTree.fromstring(root["/Metadata"].get_data())  # noqa: S314 - our own file
    space = "{http://www.aiim.org/pdfa/ns/id/}"
    found = {child.tag: child.text for child in told.iter() if child.tag.startswith(space)}
    found |= {key: value for each in told.iter() for key, value in each.attrib.items() if key.startswith(space)}
    assert (found[f"{space}part"], found[f"{space}conformance"]) == ("2", "B")
    assert root["/OutputIntents"][0]["/S"] == "/GTS_PDFA1"
    assert "/Encrypt" not in reader.trailer
    assert "/JavaScript" not in root.get("/Names", {})
    fonts = [each.get_object() for page in reader.pages for each in page["/Resources"]["/Font"].values()]
    assert fonts
    for font in fonts:
        (inner,) = font["/DescendantFonts"]
        descriptor = inner.get_object()["/FontDescriptor"]
        assert any(key in descriptor for key in ("/FontFile2", "/FontFile3")), font["/BaseFont"]
        assert "/ToUnicode" in font


def test_the_same_data_makes_the_same_bytes(press):
    assert press.print(DOCUMENT) == Press(str(FONTS)).print(DOCUMENT)
    assert press.print(DOCUMENT) != press.print(named("王芳"))


@pytest.mark.parametrize(
    "name",
    [
        '#import "x.typ": *',
        '#read("/etc/passwd") $x^2$ *a* _b_ `c` @d <e> = f // g',
        '<img src="http://example.org/x.png">',
        "\\ \" ' { } [ ] #",
        "朱镕基 喆 堃",
        "محمد بن سلمان",
    ],
)
def test_a_hostile_name_is_only_a_name(press, name):
    letters = {each for each in text_of(press.print(named(name))) if not each.isspace()}
    assert letters >= {each for each in name if each.isascii() and not each.isspace()}


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("Ann 😀", "Ann [U+1F600]"),
        ("𠮷田", "[U+20BB7]田"),
        ("a\u202egpj.exe", "agpj.exe"),
        ("a\x00b\x1bc", "a b c"),
        ("\ufffe", "[U+FFFE]"),
        ("ถนน", "[U+0E16]"),
    ],
)
def test_what_cannot_be_drawn_is_spelled_and_never_left_out(press, name, shown):
    assert shown in text_of(press.print(named(name)))


def test_a_very_long_name_breaks_and_ends(press):
    reader = PdfReader(io.BytesIO(press.print(named("王" * 5_000))))
    assert len(reader.pages) < 10


def test_the_process_prints_under_limits_and_gets_over_what_is_wrong():
    asked = "\n".join(json.dumps(each) for each in ({"made": "never"}, DOCUMENT))
    found = subprocess.run(
        [sys.executable, "-m", "apps.incentives.domain.press", str(FONTS)],
        input=asked.encode(),
        capture_output=True,
        cwd=ROOT,
        timeout=60,
        check=True,
    ).stdout
    first, length, pdf = found.split(b"\n", 2)
    assert first == b"failed ValueError"
    assert len(pdf) == int(length)
    assert pdf.startswith(b"%PDF-1.7")


def test_a_document_that_is_not_one_is_refused(press):
    with pytest.raises(typst.TypstError):
        press.print({"made": DOCUMENT["made"]})


def test_a_pdf_is_one_file(press, monkeypatch):
    monkeypatch.setattr(press, "_compiler", SimpleNamespace(compile=lambda **_given: [b"%PDF", b"%PDF"]))
    with pytest.raises(TypeError, match=r"^a PDF is one file$"):
        press.print(DOCUMENT)


def test_after_some_tries_everything_is_spelled(press, monkeypatch):
    monkeypatch.setattr(printing, "TRIES", 0)
    assert "[U+738B]A" in text_of(press.print({**named("王A"), "language": "en"}))
    assert printing._spelled("aŁ王Ł", "aŁ") == "a[U+0141]王[U+0141]"


def test_what_steers_is_left_out_and_what_is_no_text_stays():
    told = {"n": 3, "rows": [["a\u202eb", "x\ny"], None], "long": "z" * 2_001, "edge": "z" * 2_000, "end": "\u2028"}
    assert printing._readable(told) == {
        "n": 3, "rows": [["ab", "x y"], None], "long": "z" * 2_000 + "…", "edge": "z" * 2_000, "end": " ",
    }  # fmt: skip
    assert printing._readable("\ue000\ud800\u0378王") == "[U+E000][U+D800][U+0378]王"


def test_the_limits_it_runs_under_and_what_it_answers(monkeypatch):
    limits, answers = {}, io.BytesIO()
    monkeypatch.setattr(printing.resource, "setrlimit", limits.__setitem__)
    asked = [json.dumps(each).encode() for each in (DOCUMENT, {"made": "never"})]
    printing.main(str(FONTS), asked, answers)
    assert limits == {
        resource.RLIMIT_CPU: (1_800, 1_800), resource.RLIMIT_AS: (2 << 30, 2 << 30), resource.RLIMIT_NOFILE: (32, 32),
        resource.RLIMIT_FSIZE: (0, 0),
    }  # fmt: skip
    length, rest = answers.getvalue().split(b"\n", 1)
    assert rest[int(length) :] == b"failed ValueError\n"
    assert rest[: int(length)].startswith(b"%PDF-1.7")
