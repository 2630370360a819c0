"""prior(metric, n): which earlier values a formula reads, where it has cells, and what these may be called."""

from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.kernel.period import Calendar, Grain
from apps.metrics.domain import reach
from apps.metrics.domain.checks import Known
from apps.metrics.domain.definition import parse
from apps.metrics.domain.formula import Input
from apps.metrics.domain.reasons import Reason
from apps.metrics.domain.sheet import EARLIER_MISSING, INPUT_MISSING, INPUT_NOT_FINAL, Entry, Place, Sheet
from apps.metrics.domain.values import FINAL, NO_DATA, OPEN, PROVISIONAL, RESTATED, UNDEFINED, UNSETTLED
from apps.metrics.domain.words import in_words

CALENDAR = Calendar("Asia/Shanghai")
TODAY = date(2026, 6, 10)


def metric(key: str, how: str = "sum") -> Any:
    measure = {"dataset": "orders", "how": how, "column": "amount"}
    return parse({**common(key), "kind": "aggregate", "measure": measure})


def common(key: str) -> dict[str, Any]:
    grains = ["day", "week", "month", "quarter", "year"]
    return {"key": key, "name": {"en": key.title()}, "grains": grains, "dimensions": ["region"]}


def formula(key: str, expression: str, **parts: Any) -> Any:
    return parse({**common(key), "kind": "formula", "expression": expression, **parts})


REVENUE, PRICE = metric("revenue"), metric("price", "avg")


def month(number: int, member: str = "") -> Place:
    """A month of 2026; 0 is December 2025."""
    start = date(2025 + (number + 11) // 12, (number - 1) % 12 + 1, 1)
    return Place("month", start, "region" if member else "", member)


def entry(value: Any, state: str = FINAL) -> Entry:
    return Entry(None if value is None else Fraction(value), state)


def sheet(entries: dict[str, dict[Place, Entry]], *definitions: Any, calendar: Calendar = CALENDAR) -> Sheet:
    known = {definition.key: definition for definition in (REVENUE, PRICE, *definitions)}
    return Sheet(known, entries, {key: key.title() for key in known}, calendar, TODAY)


GAINED = formula("gained", "revenue - prior(revenue, 1)")


def test_growth_by_hand() -> None:
    revenue = {month(1): entry(100), month(2): entry(150), month(3): entry(120)}
    growth = formula("growth", "revenue / prior(revenue, 1) - 1")
    found = sheet({"revenue": revenue}, growth)
    assert [found.cell("growth", month(n)).value for n in (2, 3)] == [Decimal("0.5"), Decimal("-0.2")]
    assert found.cell("growth", month(3)).state == FINAL


def test_metabase_33411_before_the_history_there_is_no_value_and_it_says_which_period() -> None:
    """metabase/metabase#33411: the trend is blank when the period before is missing. Ours says which is missing."""
    found = sheet({"revenue": {month(1): entry(100), month(2): entry(90)}}, GAINED)
    cell = found.cell("gained", month(1))
    assert (cell.value, cell.state) == (None, UNDEFINED)
    assert cell.reason == Reason(EARLIER_MISSING, {"names": "Revenue 2025-12"})
    assert found.cell("gained", month(2)).value == -10


def test_what_is_missing_now_is_said_before_what_was_missing_then() -> None:
    found = sheet({"revenue": {month(2): entry(5)}}, formula("f", "revenue + price - prior(price, 1)"))
    cell = found.cell("f", month(2))
    assert (cell.state, cell.reason) == (NO_DATA, Reason(INPUT_MISSING, {"names": "Price"}))


def test_a_value_stands_in_for_a_missing_earlier_one_only_if_the_formula_says_so() -> None:
    found = sheet({"revenue": {month(1): entry(100)}}, formula("f", "revenue - coalesce(prior(revenue, 12), 0)"))
    assert found.cell("f", month(1)).value == 100


@pytest.mark.parametrize(
    ("then", "state", "reason"),
    [
        (FINAL, FINAL, None),
        (RESTATED, FINAL, None),
        (PROVISIONAL, PROVISIONAL, Reason(INPUT_NOT_FINAL, {"names": "Revenue 2026-04"})),
        (OPEN, OPEN, Reason(INPUT_NOT_FINAL, {"names": "Revenue 2026-04"})),
    ],
)
def test_the_state_of_the_earlier_period_counts(then: str, state: str, reason: Reason | None) -> None:
    cell = sheet({"revenue": {month(4): entry(1, then), month(5): entry(3)}}, GAINED).cell("gained", month(5))
    assert (cell.value, cell.state, cell.reason) == (2, state, reason)


def test_what_is_compared_with_a_period_that_is_not_over_is_not_final() -> None:
    found = sheet({"revenue": {month(4): entry(1, OPEN), month(5): entry(3)}}, GAINED)
    assert found.cell("gained", month(5)).state in UNSETTLED


def test_an_open_period_is_open_whatever_it_is_compared_with() -> None:
    found = sheet({"revenue": {month(5): entry(1), month(6): entry(3, OPEN)}}, GAINED)
    assert (found.cell("gained", month(6)).value, found.cell("gained", month(6)).state) == (2, OPEN)


def test_cells_reach_as_far_as_the_data_and_not_as_far_as_it_can_be_looked_back_at() -> None:
    found = sheet({"revenue": {month(4): entry(1), month(5): entry(3)}}, formula("then", "prior(revenue, 1)"))
    wanted = [("month", month(n).start) for n in range(13)]
    assert found.places("then", wanted) == [month(4), month(5)]
    assert found.cell("then", month(5)).value == 1


def test_what_a_member_lost_by_leaving_stays_in_the_breakdown() -> None:
    revenue = {
        month(4): entry(10), month(4, "North"): entry(7), month(4, "South"): entry(3),
        month(5): entry(9), month(5, "North"): entry(9),
    }  # fmt: skip
    found = sheet({"revenue": revenue}, GAINED)
    places = found.places("gained", [("month", month(n).start) for n in (5, 6)])
    assert places == [month(5), month(5, "North"), month(5, "South")]
    values = [found.cell("gained", place).value for place in places]
    assert values == [-1, 2, -3]
    assert values[0] == sum(values[1:])


def test_a_member_that_comes_back_is_compared_with_zero_where_sums_are() -> None:
    revenue = {month(4): entry(10), month(4, "North"): entry(10), month(5): entry(9), month(5, "South"): entry(9)}
    price = dict(revenue)
    found = sheet({"revenue": revenue, "price": price}, GAINED, formula("dearer", "price - prior(price, 1)"))
    assert found.cell("gained", month(5, "South")).value == 9
    assert found.cell("dearer", month(5, "South")).state == UNDEFINED


@pytest.mark.parametrize(
    ("grain", "key", "back", "earlier"),
    [
        ("day", "2024-02-29", 366, "2023-02-28"),
        ("week", "2027-W01", 1, "2026-W53"),
        ("week", "2026-W53", 53, "2025-W52"),
        ("month", "2026-03", 13, "2025-02"),
        ("quarter", "2026-Q1", 1, "2025-Q4"),
        ("year", "2026", 2, "2024"),
    ],
)
def test_periods_are_counted_by_the_calendar(grain: str, key: str, back: int, earlier: str) -> None:
    fiscal = Calendar("Europe/Berlin", fiscal_year_start=4)
    now, then = (fiscal.parse(each, Grain(grain)).start for each in (key, earlier))
    entries = {Place(grain, now): entry(5), Place(grain, then): entry(3)}
    found = sheet({"revenue": entries}, formula("f", f"revenue - prior(revenue, {back})"), calendar=fiscal)
    assert found.cell("f", Place(grain, now)).value == 2


def test_a_formula_of_earlier_formulas_is_exact_down_to_the_rows() -> None:
    third = {month(n): entry(Fraction(n, 3)) for n in range(1, 6)}
    change = formula("change", "third - prior(third, 2)")
    found = sheet(
        {"revenue": third}, formula("third", "revenue * 1"), change, formula("f", "change * 3 - prior(change, 1)")
    )
    assert found.cell("f", month(5)).value == 2 - Decimal("0.666666666667")
    assert found.cell("f", month(3)).reason == Reason(EARLIER_MISSING, {"names": "Change 2026-02"})


def test_formulas_stand_on_one_another_as_high_as_one_likes() -> None:
    chain = [formula(f"f{n}", f"f{n - 1} + 1" if n else "revenue") for n in range(600)]
    assert sheet({"revenue": {month(1): entry(1)}}, *chain).cell("f599", month(1)).value == 600


def test_before_the_first_day_of_the_calendar_nothing_stands() -> None:
    place = Place("year", date(1, 1, 1))
    cell = sheet({"revenue": {place: entry(1)}}, GAINED).cell("gained", place)
    assert (cell.state, cell.reason) == (UNDEFINED, Reason(EARLIER_MISSING, {"names": "Revenue"}))


def test_an_earlier_value_is_said_in_words() -> None:
    known = Known({}, {"revenue": REVENUE})
    growth = formula("growth", "revenue / prior(revenue, 12) - prior(revenue, 1)", dimensions=[], grains=["month"])
    assert in_words(growth, "en", known) == (
        "Calculated as “Revenue” ÷ [“Revenue” 12 periods earlier] − [“Revenue” 1 period earlier], by month."
    )
    assert in_words(growth, "zh-hans", known) == "按月计算：“Revenue” ÷ [12 期前的“Revenue”] − [1 期前的“Revenue”]。"


# --- how far formulas look back ---------------------------------------------------------------------------------------


def test_looking_back_adds_up_through_formulas() -> None:
    arpu = formula("arpu", "revenue / price")
    growth = formula("growth", "arpu / prior(arpu, 12)")
    late = formula("late", "prior(growth, 1) + prior(revenue, 3)")
    found = reach.of({each.key: reach.reads_of(each) for each in (late, growth, arpu)})
    assert found == {
        "arpu": {"revenue": {0}, "price": {0}},
        "growth": {"revenue": {0, 12}, "price": {0, 12}},
        "late": {"revenue": {1, 3, 13}, "price": {1, 13}},
    }


def test_a_formula_that_looks_back_at_itself_is_a_cycle() -> None:
    with pytest.raises(ValueError, match="cycle"):
        reach.of({"a": (Input("b", 1),), "b": (Input("a", 1),)})


PIECES = st.sampled_from(["{a}", "prior({a}, 1)", "prior({a}, 2) / 7", "coalesce(prior({a}, 3), 1)"])


@settings(deadline=None)
@given(
    st.lists(st.tuples(PIECES, PIECES, st.integers(0, 9), st.integers(0, 9)), min_size=1, max_size=4),
    st.lists(st.integers(-9, 9), min_size=8, max_size=8),
    st.integers(0, 7),
)
def test_a_change_reaches_no_further_than_what_looks_back_at_it(
    steps: list[tuple[str, str, int, int]], amounts: list[int], at: int
) -> None:
    """Whatever formulas stand on one another, and whichever month changes: outside its reach nothing does."""
    keys, chain = ["revenue", "price"], []
    for n, (one, other, i, j) in enumerate(steps):
        text = f"{one} - 3 * {other}".replace("{a}", keys[i % len(keys)], 1).replace("{a}", keys[j % len(keys)])
        chain.append(formula(f"f{n}", text))
        keys.append(f"f{n}")
    before = {month(n): entry(Fraction(amount, 3)) for n, amount in enumerate(amounts, 1)}
    after = {**before, month(at + 1): entry(1000)}
    backs = reach.of({each.key: reach.reads_of(each) for each in chain})
    for each in chain:
        reached = {month(at + 1 + back) for back in {0, *backs[each.key].get("revenue", ())}}
        sheets = [sheet({"revenue": found, "price": before}, *chain) for found in (before, after)]
        for n in range(1, 9):
            if month(n) not in reached:
                assert sheets[0].cell(each.key, month(n)) == sheets[1].cell(each.key, month(n))
