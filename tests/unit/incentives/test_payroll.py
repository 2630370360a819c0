"""Columns of a payroll file: what is wrong with a choice of them, all at once."""

from __future__ import annotations

import pytest

from apps.incentives.domain.payroll import FIELDS, MOST_HEAD, USUAL, column_issues
from tests.unit.incentives.messages import spoken

GOOD = (("pay", "Amount"), ("key", "Key"))
PAY = "A payroll file needs the amount to pay."
WHO = "A payroll file needs the employee number or the pay key."
HEADS = "A head has 1 to 40 characters."


@pytest.mark.parametrize(
    ("columns", "told"),
    [
        (GOOD, []),
        ((("employee_number", "No."), ("pay", "h" * MOST_HEAD)), []),
        ([(field, field) for field in USUAL], []),
        ([(field, FIELDS[field]) for field in FIELDS], []),
        ((), ["Choose at least one column."]),
        ((*GOOD, ("wage", "W"), ("salary", "S"), ("wage", "X")),
         ["There is no column called salary, wage.", "A column stands in it twice."]),
        ((("key", "K"),), [PAY]),
        ((("pay", "P"), ("name", "N")), [WHO]),
        ((*GOOD, ("pay", "Again")), ["A column stands in it twice."]),
        ((*GOOD, ("name", " ")), [HEADS]),
        ((*GOOD, ("name", "h" * (MOST_HEAD + 1))), [HEADS]),
        ((*GOOD, ("name", " Amount ")), ["Two columns have the same head."]),
        ((("wage", ""), ("wage", "")), ["There is no column called wage.", PAY, WHO, "A column stands in it twice.",
                                        HEADS, "Two columns have the same head."]),
    ],
)  # fmt: skip
def test_everything_wrong_with_columns(columns: list[tuple[str, str]], told: list[str]) -> None:
    assert [spoken(issue) for issue in column_issues(columns)] == [f"columns: {each}" for each in told]
