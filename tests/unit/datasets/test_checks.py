"""What can be checked, said in words; and everything that is wrong with a wish."""

import pytest

from apps.datasets.domain.checks import Check, check_of, faults_of, fitting, in_words, issues_of
from apps.datasets.domain.columns import Column

COLUMNS = [
    Column("amount", "金额", "decimal", "measure"),
    Column("pieces", "Pieces", "integer", "measure"),
    Column("day", "Day", "date", "time"),
    Column("at", "At", "datetime", "attribute"),
    Column("store", "门店", "text", "dimension"),
    Column("paid", "Paid", "boolean", "attribute"),
]


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"kind": "filled", "column": "store"}, "“门店” is filled in"),
        ({"kind": "unique", "columns": ["store", "day"]}, "“门店 + Day” is different in every row"),
        ({"kind": "range", "column": "amount", "low": "0"}, "“金额” is at least 0"),
        ({"kind": "range", "column": "amount", "high": 9}, "“金额” is at most 9"),
        (
            {"kind": "range", "column": "day", "low": "2026-01-01", "high": "2026-12-31"},
            "from 2026-01-01 to 2026-12-31",
        ),
        ({"kind": "range", "column": "at", "low": "2026-01-01"}, "“At” is at least 2026-01-01"),
        ({"kind": "range", "column": "pieces", "low": "-0.5"}, "“Pieces” is at least -0.5"),
        ({"kind": "one_of", "column": "store", "values": [" North ", "", "North", "South"]}, "is one of: North, South"),
        ({"kind": "one_of", "column": "paid", "values": ["true"]}, "“Paid” is one of: true"),
        ({"kind": "one_of", "column": "pieces", "values": list(range(12))}, "1, 2, 3, 4, 5, 6, 7, …"),
        ({"kind": "length", "column": "store", "low": "2", "high": "4"}, "“门店” has 2 to 4 characters"),
        ({"kind": "length", "column": "store", "low": "2"}, "has at least 2 characters"),
        ({"kind": "length", "column": "store", "high": "4"}, "has at most 4 characters"),
        ({"kind": "pattern", "column": "store", "pattern": "S-##"}, "“门店” looks like S-##"),
    ],
)
def test_a_check_is_a_sentence(said, words):
    check = check_of(said)
    assert faults_of(check, COLUMNS) == []
    assert words in in_words(check, COLUMNS).in_words()


@pytest.mark.parametrize(
    ("said", "field", "complaint"),
    [
        ({"kind": "sql", "column": "store"}, "kind", "Choose what is checked"),
        ({"kind": "filled"}, "columns", "Choose a column"),
        ({"kind": "filled", "column": "shop"}, "columns", "The data has no column “shop”. It has: amount, at, day"),
        ({"kind": "filled", "columns": ["store", "day"]}, "columns", "This check is of one column"),
        ({"kind": "unique", "columns": ["day", "day"]}, "columns", "“day” is named twice"),
        ({"kind": "range", "column": "store", "low": "1"}, "columns", "holds text values, which cannot be checked"),
        ({"kind": "length", "column": "amount", "low": "1"}, "columns", "holds decimal values"),
        ({"kind": "filled", "column": "store", "severity": "stop"}, "severity", "Choose what becomes of rows"),
        ({"kind": "unique", "column": "store", "severity": "refuse"}, "severity", "make the column the row key"),
        ({"kind": "filled", "column": "store", "low": "1"}, "low", "This check takes no such thing"),
        ({"kind": "range", "column": "amount"}, "low", "Give the smallest value, the largest one, or both"),
        ({"kind": "range", "column": "amount", "low": "1e5"}, "low", "“1e5” is not a number"),
        ({"kind": "range", "column": "amount", "high": "１"}, "high", "“１” is not a number"),
        ({"kind": "range", "column": "amount", "low": "2", "high": "1"}, "high", "larger than the largest"),
        ({"kind": "range", "column": "day", "low": "2026-02-30"}, "low", "“2026-02-30” is not a day"),
        ({"kind": "length", "column": "store", "high": "1000001"}, "high", "is not a number of characters"),
        ({"kind": "one_of", "column": "store", "values": [" "]}, "values", "List the values that are allowed"),
        ({"kind": "one_of", "column": "store", "values": range(201)}, "values", "List at most 200 values"),
        ({"kind": "one_of", "column": "store", "values": ["x" * 201]}, "values", "use up to 200 characters"),
        ({"kind": "one_of", "column": "pieces", "values": ["one"]}, "values", "“one” is not a number"),
        ({"kind": "one_of", "column": "paid", "values": ["yes"]}, "values", "neither true nor false"),
        ({"kind": "pattern", "column": "store"}, "pattern", "Give the pattern: # is a digit"),
        ({"kind": "pattern", "column": "store", "pattern": "?" * 201}, "pattern", "This is too long"),
    ],
)
def test_what_is_wrong_with_a_check_is_said_at_its_field(said, field, complaint):
    (fault,) = faults_of(check_of(said), COLUMNS)
    assert fault.field == field
    assert complaint in fault.issue.in_words()


def test_checks_of_a_dataset_are_judged_together():
    twice = [Check("filled", ("store",)), Check("filled", ("store",)), Check("range", ("amount",))]
    assert [(issue.where, issue.in_words()[:30]) for issue in issues_of(twice, COLUMNS)] == [
        ("1.kind", "There is such a check already."),
        ("2.low", "Give the smallest value, the l"),
    ]
    (many,) = issues_of([Check("filled", ("store",), pattern=str(n)) for n in range(51)], COLUMNS)
    assert "at most 50 checks" in many.in_words()
    assert [column.name for column in fitting("pattern", COLUMNS)] == ["store"]
