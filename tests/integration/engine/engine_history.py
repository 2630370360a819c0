"""What the tests of histories share: rows, and how figures are read."""

from collections import defaultdict
from datetime import date

from apps.kernel.period import Calendar

UTC = Calendar("UTC")
HEAD = "order,customer,day,store,amount"
LINES = [
    "1,a,2026-01-01,n,10", "2,a,2026-01-31,s,5", "3,b,2026-01-31,n,20", "4,,2026-01-15,n,99",
    "5,a,2026-02-01,n,12", "6,c,2026-02-28,,8", "7,a,2026-04-30,n,15", "8,c,2026-05-01,s,10",
    "9,d,2026-05-31,n,", "10,a,2026-05-31,n,15",
]  # fmt: skip
"""a: January, February, April, May. b: January. c: February, May. d: May. March: nobody."""


def values(measured, plan: str = "x") -> dict:
    """Numerators, or (numerator, denominator) where there is one, by series of each period (and member)."""
    found: dict = defaultdict(dict)
    for row in measured:
        if row.plan == plan:
            key = row.period_start if row.member is None else (row.period_start, row.member)
            assert row.series not in found[key]
            both = None if row.numerator is None else row.numerator, row.denominator
            found[key][row.series] = both if row.denominator is not None else both[0]
    return dict(found)


def month(number: int) -> date:
    return date(2026, number, 1)
