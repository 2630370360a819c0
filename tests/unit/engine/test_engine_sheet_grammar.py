"""What is no sheet is refused, with the row; what is one tells how far it reaches and what is odd in it."""

import pytest

from apps.engine.sheet_grammar import Grammar, must_be_xml
from apps.engine.unreadable import Damaged

FIRST = '<row r="1"><c r="A1"><v>7</v></c></row>'


def read(rows: str, before: str = "<worksheet>", behind: str = "</worksheet>") -> Grammar:
    grammar = Grammar()
    grammar.feed(f"{before}<sheetData>{rows}".encode())
    grammar.feed(f"</sheetData>{behind}".encode(), last=True)
    return grammar


@pytest.mark.parametrize(
    "cell",
    [
        '<c r="A3"><v>3</v></c>',
        '<c r="a2"><v>3</v></c>',
        '<c r="A02"><v>3</v></c>',
        '<c r="CCCCCCCC2"><v>3</v></c>',
        '<c r="XFE2"><v>3</v></c>',
        '<c r="A2"><v>3</v></c><c r="A2"><v>4</v></c>',
        '<c r="A2"><v>3</v><v>4</v></c>',
        '<c r="A2"><v>1&#49;</v></c>',
        '<c r="A2"><v><![CDATA[5]]></v></c>',
        '<c r="A2"><v>5<!-- a note -->6</v></c>',
        '<c r="A2"><v>5<b/>6</v></c>',
        '<c r="A2" t="s"><v>1x</v></c>',
        '<c r="A2" t="s"><v> 1</v></c>',
        '<c r="A2" t="b"><v>maybe</v></c>',
        '<c r="A2" t="words"><v>5</v></c>',
        '<c r="A2" s="1x"><v>5</v></c>',
        '<c r="A2" t="inlineStr"><is><t>x</t></is><v>3</v></c>',
        '<c r="A2"><v>5</v><extLst/></c>',
        '<c r="A2">5</c>',
        '<c r="A2"><v>5</c>',
        '<c r="A2"><v>5</v></c>&nothing;',
        '<x><c r="A2"><v>5</v></c></x>',
        "words",
    ],
)
def test_a_cell_that_would_be_lost_or_misread_is_damage_with_its_row(cell: str) -> None:
    with pytest.raises(Damaged) as damage:
        read(f'{FIRST}<row r="2">{cell}</row>')
    assert damage.value.row == 2


@pytest.mark.parametrize(
    "rows",
    [
        FIRST + FIRST,
        '<row r="A1"/>',
        '<row r="0"/>',
        '<row r="1048577"/>',
        '<v r="A1"/>',
        f"<x>{FIRST}</x>",
        "words",
        f"{FIRST}</sheetData><sheetData>",
    ],
)
def test_rows_that_no_sheet_has_are_damage(rows: str) -> None:
    with pytest.raises(Damaged):
        read(rows)


def test_rows_stand_in_the_sheet_and_nowhere_else() -> None:
    with pytest.raises(Damaged):
        read(FIRST, "<worksheet><cols>", "</cols></worksheet>")
    with pytest.raises(Damaged):
        read(FIRST, '<!DOCTYPE x [<!ENTITY e "1">]><worksheet>')
    with pytest.raises(Damaged):
        Grammar().feed(b"<worksheet/>", last=True)


def test_a_sheet_tells_how_far_it_reaches_and_what_is_odd() -> None:
    """Also under a prefix, in other quotes, without numbers, out of order."""
    rows = """<x:row r='5' hidden="1"><x:c r="C5" t='e'><x:v>#N/A</x:v></x:c></x:row>
      <x:row r="2"><x:c><x:f>A1</x:f></x:c><x:c t="str"><x:f>""</x:f><x:v></x:v></x:c></x:row>
      <x:row><x:c t="b"><x:v>1</x:v></x:c><x:c t="str"><x:v>a &amp; <![CDATA[b]]></x:v></x:c></x:row>
      <x:row r="9"/>"""
    found = read(rows, "<x:worksheet>", "<row/></x:worksheet>")
    assert found.rows == [5, 2, 3, 9]
    facts = found.facts
    assert (facts.last_row, facts.last_column, facts.hidden) == (9, 3, [range(5, 6)])
    assert facts.odd == {(5, 3): "#N/A", (2, 1): "#NO_VALUE"}
    assert (facts.errors, facts.uncalculated) == (1, 1)
    assert [row for row in range(10) if facts.held[row]] == [3]


@pytest.mark.parametrize("xml", [b"<a>", b"", b'<?xml version="1.0" encoding="UTF-6"?><a/>', b"<!DOCTYPE a><a/>"])
def test_other_parts_are_xml(xml: bytes) -> None:
    must_be_xml([b"<a>", b"</a>"])
    with pytest.raises(Damaged):
        must_be_xml([xml])
