"""What people typed stays text in a spreadsheet, and numbers stay numbers."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.kernel.harmless import harmless


@pytest.mark.parametrize(
    ("text", "cell"),
    [
        ("=cmd|' /C calc'!A0", "'=cmd|' /C calc'!A0"),
        ("+86 138", "'+86 138"),
        ("@SUM(1)", "'@SUM(1)"),
        ("-1+2", "'-1+2"),
        ("＝1", "'＝1"),
        ("\n=1", "'\n=1"),
        ("a;=cmd|x", "a;'=cmd|x"),
        ("a\t-b", "a\t'-b"),
        ("-1234.50", "-1234.50"),
        ("-0", "-0"),
        ("1;-5", "1;-5"),
        ("<img onerror=x>", "<img onerror=x>"),
        ("", ""),
    ],
)
def test_a_sign_in_front_does_nothing_and_a_negative_number_is_one(text, cell):
    assert harmless(text) == cell


@given(st.decimals(allow_nan=False, allow_infinity=False, places=6))
def test_no_number_changes(value):
    assert harmless(f"{value:f}") == f"{value:f}"


@given(st.text())
def test_whatever_is_written_no_cell_begins_a_formula_and_nothing_is_lost(text):
    buffer = io.StringIO()
    csv.writer(buffer).writerow([harmless(text)])
    ((cell,),) = list(csv.reader(io.StringIO(buffer.getvalue(), newline="")))
    assert not cell.startswith(("=", "+", "@", "\t", "\r"))
    assert cell.replace("'", "") == text.replace("'", "")
