"""What a definition says of money: which amounts it converts, its sentence, its traps, and the reason of a gap."""

from datetime import date

import pytest

from apps.kernel.period import Calendar, Grain
from apps.metrics.domain.checks import Known, KnownColumn, KnownDataset, issues
from apps.metrics.domain.definition import document_of, parse
from apps.metrics.domain.fields import Rates
from apps.metrics.domain.look import look_of
from apps.metrics.domain.money import NO_CURRENCY, NO_RATE, NO_RATES, Gap, gap_reason, money_of, reads
from apps.metrics.domain.traps import traps_of
from apps.metrics.domain.words import in_words

COLUMNS = [
    ("day", "Day", "date", "time"), ("customer", "Customer", "text", "entity"),
    ("region", "Region", "text", "dimension"),
    ("currency", "Currency", "text", "currency"), ("amount", "Amount", "decimal", "money"),
    ("units", "Units", "integer", "measure"),
]  # fmt: skip
SALES = KnownDataset("sales", "Sales", {column[0]: KnownColumn(*column) for column in COLUMNS})
FX = Rates("fx", "Rates", "currency", "rate", 31)
KNOWN = Known({"sales": SALES}, currency="CNY", rates=FX)
ONLY = [{"column": "currency", "op": "eq", "values": ["USD"]}]
UTC = Calendar("UTC")
JAN, FEB, MAR = (UTC.period_of(date(2026, month, 1), Grain.MONTH) for month in (1, 2, 3))


def of(kind: str = "aggregate", *, how: str = "sum", column: str = "amount", filters=(), **parts):
    measure = {"dataset": "sales", "how": how, "filters": list(filters), **({"column": column} if column else {})}
    own = {"measure": measure} if kind in ("aggregate", "cumulative") else {}
    document = {"key": "m", "kind": kind, "name": {"en": "M"}, "grains": ["month"], "unit": {"kind": "currency"}}
    return parse(document | own | parts)


def recurring(figure: str = "mrr"):
    own = {"dataset": "sales", "entity": "customer", "column": "amount", "figure": figure}
    return parse({"key": "m", "kind": "recurring", "name": {"en": "M"}, "grains": ["month"], **own})


@pytest.mark.parametrize(
    ("definition", "converted"),
    [
        (of(), True),
        (of(how="count", column=""), False),
        (of(column="units"), False),
        (of(column="units", filters=[{"column": "amount", "op": "gt", "values": [100]}]), True),
        (of(measure={"dataset": "sales", "how": "sum", "expression": "amount * units"}), True),
        (of(convert=False), False),
        (recurring(), True),
    ],
)
def test_what_is_converted(definition, converted: bool) -> None:
    assert bool(money_of(definition, KNOWN).amounts) is converted
    assert reads(definition, KNOWN) == (("sales", "fx") if converted else ("sales",))


def test_a_document_says_only_that_nothing_is_converted() -> None:
    assert "convert" not in document_of(of())
    assert document_of(of(convert=False))["convert"] is False
    assert parse(document_of(of(convert=False))) == of(convert=False)


def test_the_sentence_says_it_in_both_languages() -> None:
    assert in_words(of(), "en", KNOWN).startswith("The sum of Amount in Sales, amounts in CNY, by the exchange rate of")
    assert "金额按当日汇率换算为 CNY" in in_words(of(), "zh-hans", KNOWN)
    assert "CNY" not in in_words(of(convert=False), "en", KNOWN)


def test_the_trap_is_gone_where_amounts_are_converted() -> None:
    assert traps_of(of(), KNOWN) == []
    (trap,) = traps_of(of(convert=False), KNOWN)
    assert "added as they are" in trap.message
    (trap,) = traps_of(of(convert=False, filters=ONLY), KNOWN)
    assert str(trap).endswith("The amounts stay in USD, and are written in CNY.")
    (trap,) = traps_of(of(), Known({"sales": SALES}, currency="CNY"))
    assert "upload a file of exchange rates" in str(trap)
    assert traps_of(of(column="units", unit={"kind": "number"}), KNOWN) == []


def test_values_are_split_by_currency() -> None:
    assert issues(of(dimensions=["currency", "region"]), KNOWN) == []
    assert len(issues(of(dimensions=["customer"]), KNOWN)) == 1


def reason(definition, period, member=None, gaps=None, known=KNOWN):
    found = gaps or {(FEB.start, None): [Gap("USD", date(2026, 2, 9), 2), Gap("", date(2026, 2, 1), 1)]}
    return gap_reason(definition, money_of(definition, known), UTC, look_of(definition), (period, member), found)


def test_a_gap_reaches_as_far_as_the_value_looks() -> None:
    year = of("cumulative", to_date="year")
    found = {
        "sum": [reason(of(), period) is not None for period in (JAN, FEB, MAR)],
        "two": [reason(of(trailing=2), period) is not None for period in (JAN, FEB, MAR)],
        "year": [reason(year, period) is not None for period in (JAN, FEB, MAR)],
        "mrr": [reason(recurring(), period) is not None for period in (JAN, FEB, MAR)],
        "churn": [reason(recurring("churn"), period) is not None for period in (JAN, FEB, MAR)],
        "new": [reason(recurring("new"), UTC.shift(FEB, n)) is not None for n in (-1, 0, 40)],
    }
    later = [False, True, True]
    assert found == {
        "sum": [False, True, False], "two": later, "year": later,
        "mrr": [False, True, False], "churn": later, "new": later,
    }  # fmt: skip


def test_the_reason_names_currency_day_rows_and_the_way_out() -> None:
    told = reason(of(), FEB)
    assert told.message == NO_RATE
    assert told.params == {
        "rows": 2, "currencies": "USD", "day": "2026-02-09", "home": "CNY", "rates": "Rates", "days": 31,
    }  # fmt: skip
    assert reason(of(), FEB, known=Known({"sales": SALES}, currency="CNY")).message == NO_RATES
    gaps = {(FEB.start, ""): [Gap("", date(2026, 2, 1), 1)], (FEB.start, "USD"): [Gap("USD", date(2026, 2, 3), 1)]}
    assert reason(of(), FEB, "", gaps).message == NO_CURRENCY
    assert reason(of(), FEB, "CNY", gaps) is None
    assert reason(of(), FEB, "USD", gaps).params["day"] == "2026-02-03"
