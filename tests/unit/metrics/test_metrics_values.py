"""States, coverage, filling and restating: nothing missing is 0, nothing settled changes without a word."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.kernel.period import Calendar, Grain
from apps.metrics.domain import filling
from apps.metrics.domain.definition import parse
from apps.metrics.domain.filling import Findings
from apps.metrics.domain.look import Look
from apps.metrics.domain.reasons import Reason
from apps.metrics.domain.sheet import Entry, Place, Sheet
from apps.metrics.domain.values import (
    FINAL,
    NO_DATA,
    NO_ROWS,
    NOTHING_TO_DIVIDE_BY,
    OPEN,
    PROVISIONAL,
    RESTATED,
    UNDEFINED,
    Cell,
    Coverage,
    Frame,
    Measurement,
    Verdict,
    measured,
    restated,
    state_today,
)

CALENDAR = Calendar("Asia/Shanghai")
TODAY = date(2026, 6, 10)
CAUSE = Reason("changed")


def month(key: str) -> Any:
    return CALENDAR.parse(key, Grain.MONTH)


def frame(*spans: tuple[date, date], trailing: int = 1, today: date = TODAY) -> Frame:
    return Frame(CALENDAR, today, [Coverage.of("Orders", spans)], Look(trailing=trailing))


JAN_TO_JUNE = (date(2026, 1, 1), date(2026, 6, 9))


# --- coverage ---------------------------------------------------------------------------------------------------------


def test_coverage_merges_what_overlaps_or_touches() -> None:
    spans = [(date(2026, 3, 1), date(2026, 3, 31)), (date(2026, 1, 1), date(2026, 1, 31))]
    assert Coverage.of("o", spans).spans == tuple(sorted(spans))
    assert Coverage.of("o", [*spans, (date(2026, 2, 1), date(2026, 2, 28))]).spans == (
        (date(2026, 1, 1), date(2026, 3, 31)),
    )


DAYS = st.integers(0, 40).map(lambda n: date(2026, 1, 1) + timedelta(days=n))
SPANS = st.lists(st.tuples(DAYS, DAYS).map(lambda pair: (min(pair), max(pair))), max_size=5)


def days_of(coverage: Coverage) -> set[date]:
    return {first + timedelta(days=n) for first, last in coverage.spans for n in range((last - first).days + 1)}


@given(SPANS, SPANS)
def test_the_change_of_coverage_is_around_all_days_that_one_of_two_covers(
    before: list[tuple[date, date]], after: list[tuple[date, date]]
) -> None:
    one, other = Coverage.of("o", before), Coverage.of("o", after)
    differing = days_of(one) ^ days_of(other)
    assert one.change_to(other) == ((min(differing), max(differing)) if differing else None)


@given(SPANS, DAYS, DAYS)
def test_coverage_within_two_days(spans: list[tuple[date, date]], first: date, last: date) -> None:
    kept = days_of(Coverage.of("o", spans).within(first, last))
    assert kept == {day for day in days_of(Coverage.of("o", spans)) if first <= day <= last}


# --- states -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("key", "spans", "state"),
    [
        ("2026-06", [JAN_TO_JUNE], OPEN),
        ("2026-05", [JAN_TO_JUNE], FINAL),
        ("2026-01", [JAN_TO_JUNE], FINAL),
        ("2026-05", [(date(2026, 1, 1), date(2026, 5, 30))], PROVISIONAL),
        ("2026-01", [(date(2026, 1, 2), date(2026, 5, 31))], PROVISIONAL),
        ("2025-12", [JAN_TO_JUNE], NO_DATA),
        ("2026-02", [(date(2026, 1, 1), date(2026, 1, 31)), (date(2026, 3, 1), date(2026, 3, 31))], NO_DATA),
    ],
)
def test_the_state_of_a_period(key: str, spans: list[tuple[date, date]], state: str) -> None:
    verdict = frame(*spans).judge(month(key))
    assert verdict.state == state
    assert (verdict.reason is None) == (state in (OPEN, FINAL))


def test_a_window_needs_every_one_of_its_periods() -> None:
    assert frame(JAN_TO_JUNE, trailing=3).judge(month("2026-02")).state == UNDEFINED
    assert frame(JAN_TO_JUNE, trailing=3).judge(month("2026-03")).state == FINAL
    gap = [(date(2026, 1, 1), date(2026, 2, 28)), (date(2026, 4, 1), date(2026, 6, 9))]
    assert frame(*gap, trailing=3).judge(month("2026-05")).state == UNDEFINED
    assert frame(*gap, trailing=2).judge(month("2026-05")).state == FINAL


def test_two_data_sets_have_to_cover_the_period_both() -> None:
    orders, costs = Coverage.of("Orders", [JAN_TO_JUNE]), Coverage.of("Costs", [(date(2026, 1, 1), date(2026, 4, 20))])
    both = Frame(CALENDAR, TODAY, [orders, costs])
    assert both.judge(month("2026-03")).state == FINAL
    assert both.judge(month("2026-04")).state == PROVISIONAL
    missing = both.judge(month("2026-05"))
    assert (missing.state, missing.reason and missing.reason.params) == (NO_DATA, {"dataset": "Costs"})


def test_an_open_period_that_has_ended_since_is_provisional() -> None:
    assert state_today(OPEN, date(2026, 7, 1), date(2026, 6, 30)) == OPEN
    assert state_today(OPEN, date(2026, 7, 1), date(2026, 7, 1)) == PROVISIONAL
    assert state_today(FINAL, date(2026, 7, 1), date(2026, 8, 1)) == FINAL


# --- cells ------------------------------------------------------------------------------------------------------------


def test_a_ratio_is_divided_once_and_rounded_at_12_places() -> None:
    cell = measured(Verdict(FINAL), Measurement(Decimal(32_000_000), Decimal(8_000), 20_000))
    assert (cell.value, cell.state, cell.n) == (Decimal(4000), FINAL, 20_000)
    third = measured(Verdict(OPEN), Measurement(Decimal(1), Decimal(3), 1))
    assert third.value == Decimal("0.333333333333")


@pytest.mark.parametrize(
    ("found", "message"),
    [
        (Measurement(Decimal(5), Decimal(0), 3), NOTHING_TO_DIVIDE_BY),
        (Measurement(Decimal(0), Decimal(0), 0), NO_ROWS),
        (Measurement(None, None, 0), NO_ROWS),
        (Measurement(None, Decimal(3), 3), NO_ROWS),
    ],
)
def test_what_cannot_be_divided_is_undefined(found: Measurement, message: str) -> None:
    cell = measured(Verdict(FINAL), found)
    assert (cell.value, cell.state) == (None, UNDEFINED)
    assert cell.reason is not None
    assert cell.reason.message == message


@pytest.mark.parametrize("state", [NO_DATA, UNDEFINED])
def test_what_is_not_known_has_no_value_even_if_rows_are_there(state: str) -> None:
    cell = measured(Verdict(state, CAUSE), Measurement(Decimal(5), None, 3))
    assert (cell.value, cell.numerator, cell.state, cell.reason) == (None, None, state, CAUSE)


def test_a_value_that_cannot_be_stored_is_undefined() -> None:
    assert measured(Verdict(FINAL), Measurement(Decimal(10**26), None, 1)).state == UNDEFINED
    assert measured(Verdict(FINAL), Measurement(Decimal(10**20), Decimal("0.000000000001"), 1)).state == UNDEFINED


# --- filling ----------------------------------------------------------------------------------------------------------


def a_metric(how: str, **parts: Any) -> Any:
    column = {} if how == "count" else {"column": "amount"}
    document = {"key": "m", "name": {"en": "M"}, "grains": ["month"], "kind": "aggregate"}
    return parse({**document, "measure": {"dataset": "orders", "how": how, **column}, **parts})


@pytest.mark.parametrize(("how", "value"), [("sum", 0), ("count", 0), ("distinct", 0), ("avg", None), ("max", None)])
def test_a_covered_period_without_rows_is_0_only_for_sums_and_counts(how: str, value: int | None) -> None:
    found = dict(filling.cells(a_metric(how), frame(JAN_TO_JUNE), [month("2026-02")], "", Findings()))
    cell = found[Place("month", date(2026, 2, 1))]
    assert (cell.value, cell.state) == (value, FINAL if value == 0 else UNDEFINED)


def test_members_have_cells_only_while_they_are_alive() -> None:
    february, march = date(2026, 2, 1), date(2026, 3, 1)
    found = Findings(
        {(february, "North"): Measurement(Decimal(7), None, 2)},
        {february: {"North", "", "x" * 201}, march: {"South"}},
    )
    cells = dict(
        filling.cells(a_metric("sum"), frame(JAN_TO_JUNE), [month("2026-02"), month("2026-03")], "region", found)
    )
    assert {(place.start.month, place.member): cell.value for place, cell in cells.items()} == {
        (2, "North"): 7,
        (2, ""): 0,
        (3, "South"): 0,
    }


def test_values_reach_as_far_as_the_data_and_no_further() -> None:
    coverage = Coverage.of("o", [(date(2026, 1, 31), date(2026, 2, 1)), (date(2026, 4, 2), date(2026, 4, 3))])
    periods = filling.horizon(CALENDAR, [coverage], Grain.MONTH)
    assert [period.key for period in periods] == ["2026-01", "2026-02", "2026-03", "2026-04"]
    assert filling.horizon(CALENDAR, [Coverage("o")], Grain.MONTH) == []


def test_a_change_reaches_forward_by_the_window() -> None:
    span = (date(2026, 3, 10), date(2026, 4, 2))
    assert Look().reach(CALENDAR, span, Grain.MONTH) == (date(2026, 3, 1), date(2026, 4, 30))
    assert Look(trailing=12).reach(CALENDAR, span, Grain.MONTH) == (date(2026, 3, 1), date(2027, 3, 31))
    assert Look(trailing=7).reach(CALENDAR, span, Grain.DAY) == (date(2026, 3, 10), date(2026, 4, 8))


def test_sides_from_two_data_sets_meet_by_period_and_member() -> None:
    day = date(2026, 1, 1)
    above = Findings({(day, "N"): Measurement(Decimal(6), None, 2)}, {day: {"N"}})
    below = Findings(
        {(day, "N"): Measurement(Decimal(3), None, 1), (day, "S"): Measurement(Decimal(1), None, 1)}, {day: {"S"}}
    )
    both = filling.joined(above, below)
    assert both.sides[day, "N"] == Measurement(Decimal(6), Decimal(3), 3)
    assert both.sides[day, "S"] == Measurement(Decimal(0), Decimal(1), 1)
    assert both.alive == {day: {"N", "S"}}


# --- restating --------------------------------------------------------------------------------------------------------


def cell(value: int | None, state: str, **parts: Any) -> Cell:
    number = None if value is None else Decimal(value)
    return Cell(number, None, number, 1, state, **parts)


def test_a_settled_value_that_changes_is_restated_with_what_it_was() -> None:
    found = restated(cell(5, FINAL), cell(6, FINAL), CAUSE)
    assert (found.value, found.state, found.former_value, found.reason) == (6, RESTATED, 5, CAUSE)
    again = restated(found, cell(7, FINAL), CAUSE)
    assert (again.value, again.state, again.former_value) == (7, RESTATED, 6)


def test_unsettled_values_change_without_a_word() -> None:
    for state in (OPEN, PROVISIONAL):
        assert restated(cell(5, state), cell(6, FINAL), CAUSE) == cell(6, FINAL)
    assert restated(None, cell(6, FINAL), CAUSE) == cell(6, FINAL)
    assert restated(cell(None, UNDEFINED), cell(6, FINAL), CAUSE) == cell(6, FINAL)


def test_a_settled_value_that_goes_away_is_remembered() -> None:
    gone = restated(cell(5, FINAL), cell(None, NO_DATA, reason=CAUSE), CAUSE)
    assert (gone.value, gone.state, gone.former_value) == (None, NO_DATA, 5)
    assert restated(gone, cell(5, FINAL), CAUSE) == cell(5, FINAL)
    back = restated(gone, cell(6, FINAL), CAUSE)
    assert (back.state, back.former_value) == (RESTATED, 5)


CELLS = st.builds(
    lambda value, state: cell(None if state in (NO_DATA, UNDEFINED) else value, state),
    st.integers(0, 3),
    st.sampled_from([OPEN, PROVISIONAL, FINAL, NO_DATA, UNDEFINED]),
)


@given(st.lists(CELLS, min_size=1, max_size=6))
def test_the_same_again_changes_nothing(history: list[Cell]) -> None:
    stored: Cell | None = None
    for new in history:
        stored = restated(stored, new, CAUSE)
        assert restated(stored, new, Reason("again")) == stored
        assert stored.value == new.value
        assert stored.former_value != stored.value or stored.value is None


# --- formulas over a sheet --------------------------------------------------------------------------------------------


def formula(key: str, expression: str, **parts: Any) -> Any:
    document = {"key": key, "name": {"en": key}, "grains": ["month"], "kind": "formula", "dimensions": ["region"]}
    return parse({**document, "expression": expression, **parts})


def sheet(entries: dict[str, dict[Place, Entry]], *definitions: Any, today: date = TODAY) -> Sheet:
    known = {definition.key: definition for definition in definitions}
    return Sheet(known, entries, {"a": "Alpha", "b": "Beta"}, CALENDAR, today)


MAY = Place("month", date(2026, 5, 1))
NORTH, SOUTH = MAY._replace(dimension="region", member="North"), MAY._replace(dimension="region", member="South")
A_SUM = a_metric("sum", key="a", dimensions=["region"])
A_MAXIMUM = a_metric("max", key="b", dimensions=["region"])


def entry(value: Any, state: str = FINAL) -> Entry:
    from fractions import Fraction

    return Entry(None if value is None else Fraction(value), state)


def test_a_formula_of_formulas_is_exact_down_to_the_rows() -> None:
    from fractions import Fraction

    third = {"a": {MAY: entry(Fraction(1, 3))}, "b": {MAY: entry(3)}}
    found = sheet(third, A_SUM, A_MAXIMUM, formula("c", "a * 1"), formula("d", "c * b"))
    assert found.cell("d", MAY).value == 1
    assert found.cell("d", MAY).state == FINAL


def test_the_worst_state_of_the_inputs_counts() -> None:
    both = {"a": {MAY: entry(1, PROVISIONAL)}, "b": {MAY: entry(2, RESTATED)}}
    found = sheet(both, A_SUM, A_MAXIMUM, formula("c", "a + b"))
    assert found.cell("c", MAY).state == PROVISIONAL
    assert found.cell("c", MAY).reason == Reason("Not final yet: %(names)s.", {"names": "Alpha"})
    june = Place("month", date(2026, 6, 1))
    still = sheet({"a": {june: entry(1, OPEN)}, "b": {june: entry(2)}}, A_SUM, A_MAXIMUM, formula("c", "a + b"))
    assert still.cell("c", june).state == OPEN


def test_a_missing_input_is_no_data_and_named() -> None:
    found = sheet({"a": {MAY: entry(1)}}, A_SUM, A_MAXIMUM, formula("c", "a + b"), formula("d", "coalesce(c, 0) + a"))
    assert found.cell("c", MAY) == Cell(
        None, None, None, 0, NO_DATA, Reason("No value for: %(names)s.", {"names": "Beta"})
    )
    assert found.cell("d", MAY).value == 1


def test_an_undefined_input_leaves_the_formula_undefined() -> None:
    found = sheet({"a": {MAY: entry(1)}, "b": {MAY: entry(None, UNDEFINED)}}, A_SUM, A_MAXIMUM, formula("c", "a + b"))
    assert found.cell("c", MAY).state == UNDEFINED
    zero = sheet({"a": {MAY: entry(1)}, "b": {MAY: entry(0)}}, A_SUM, A_MAXIMUM, formula("c", "a / b"))
    assert (zero.cell("c", MAY).state, zero.cell("c", MAY).value) == (UNDEFINED, None)


def test_a_member_without_rows_counts_0_in_a_sum_and_is_missing_in_a_maximum() -> None:
    entries = {
        "a": {MAY: entry(5), NORTH: entry(5)},
        "b": {MAY: entry(2), NORTH: entry(1), SOUTH: entry(2)},
    }
    found = sheet(entries, A_SUM, A_MAXIMUM, formula("c", "a + b"))
    assert found.places("c", [("month", MAY.start)]) == [MAY, NORTH, SOUTH]
    assert found.cell("c", SOUTH).value == 2
    del entries["b"][SOUTH]
    entries["a"][SOUTH] = entry(0)
    assert sheet(entries, A_SUM, A_MAXIMUM, formula("c", "a + b")).cell("c", SOUTH).state == NO_DATA


def test_a_formula_has_cells_only_at_its_own_grains_and_dimensions() -> None:
    week = Place("week", date(2026, 5, 4))
    found = sheet({"a": {MAY: entry(1), NORTH: entry(1), week: entry(1)}}, A_SUM, formula("c", "a", dimensions=[]))
    assert found.places("c", [("month", MAY.start), ("week", week.start)]) == [MAY]
