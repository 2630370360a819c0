"""How the after-sales group pays its stores: the plan, who takes part, what happened in a year. No metric's amount.

Targets are told as what the year came to and so much more, so that every amount is computed from the files.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from apps.incentives.domain.attainment import Attaining, Direction
from apps.incentives.domain.curve import Curve, Point
from apps.incentives.domain.plan import Component, Plan

NAME = "门店季度奖金"
FIRST_STORE, SECOND_STORE = "上海浦东店", "杭州滨江店"
CURVE = Curve(
    (
        Point(Fraction(80, 100), Fraction(50, 100)),
        Point(Fraction(1), Fraction(1)),
        Point(Fraction(120, 100), Fraction(150, 100)),
    )
)
TERMS = Plan(
    key="",
    version="1",
    name="",
    currency="CNY",
    components=(
        Component("revenue", "售后收入", "revenue", Fraction(50, 100), curve=CURVE),
        Component("visits", "工单数", "visits", Fraction(30, 100), curve=CURVE),
        Component(
            "costs", "运营成本", "costs", Fraction(20, 100), attaining=Attaining(direction=Direction.LOWER), curve=CURVE
        ),
    ),
)
MORE = {"revenue": Decimal("1.02"), "visits": Decimal("1.01"), "costs": Decimal("1.00")}
"""What a store is asked for in each quarter: its mean of the year, times this."""


@dataclass(frozen=True)
class Paid:
    """Somebody who takes part: mailbox if they have an account, number, store, target bonus a quarter, coefficient.

    `moves`: in the middle of the third quarter to the other store, for another target bonus. `leaves`: at its end.
    """

    name: str
    number: str
    store: str
    amount: int
    coefficient: str = "1"
    mailbox: str = ""
    moves: int = 0
    leaves: str = ""


PEOPLE = (
    Paid("王强", "HT1001", FIRST_STORE, 15_000, "1.2", "wangqiang"),
    Paid("林涛", "HT1002", FIRST_STORE, 9_000),
    Paid("孙悦", "HT1003", FIRST_STORE, 9_000, "1.1"),
    Paid("何佳", "HT1004", FIRST_STORE, 6_000, moves=6_600),
    Paid("钱进", "HT2001", SECOND_STORE, 12_000, "1.1"),
    Paid("马超", "HT2002", SECOND_STORE, 8_000),
    Paid("吴桐", "HT2003", SECOND_STORE, 8_000, leaves="个人原因离职"),
)
DISPUTE = "9 月上旬系统停机两天，当天的工单是后来补录的，请核对是否都算进来了。"
ANSWER = "已收到，正在和数据组核对补录的工单，三天内答复。"
CORRECTED_BY = Decimal("0.85")
"""In the second quarter a bill for rent was booked too high: what it really was, as a share."""
