"""Which test holds which worked number of the specification (goals_and_pay, section 3), and that every choice is tried.

A line: section, file and test, and figures that stand in that test. Section 3.1 (key results) belongs to `goals`, and
so do its tests; what the same formula pays is here.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from enum import StrEnum
from fractions import Fraction
from functools import cache
from pathlib import Path
from types import UnionType
from typing import Any, get_args, get_origin, get_type_hints

import pytest

from apps.incentives.domain.curve import Tiers
from apps.incentives.domain.plan import Component, Plan
from tests.unit.incentives.options import every_plan

HERE = Path(__file__).parent
TABLE = """
3    | attainment | attainment_is_rounded_before_the_curve_only_where_the_plan_says_so | 7999.6 79.996
3    | curve | what_was_just_missed_is_not_shown_as_reached | 79.996
3    | run | nothing_is_paid_below_the_threshold_and_lines_say_zero | 7999.6
3.1  | attainment | attainment_by_hand | (DOWN,80,60,100,"50") (DOWN,110,60,100,"-25")
3.2  | attainment | attainment_by_hand | (RATIO,9_200,10_000 (UP,9_200,10_000,8_000,"60" (RATIO,-800,-1_000
3.2  | attainment | attainment_by_hand | (RATIO,-1_200,-1_000,None,"80" (RATIO,-5,10,None,"-50"
3.2  | curve | the_ratio_pays_where_the_way_made_does_not | 92 60
3.2  | attainment | reached_or_not | Direction.HIGHER,True,1
3.2  | attainment | what_cannot_be_measured_says_why | reading(10,0)
3.3  | attainment | attainment_by_hand | (MIRROR,90 (MIRROR,250 (MIRROR,-50 (MIRROR,"1.50" (MIRROR,-100,-50
3.3  | attainment | attainment_by_hand | (RECIPROCAL,90 (RECIPROCAL,250 (DOWN,90,100,120,"150" (DOWN,-50,100,120,"850"
3.3  | attainment | nothing_spent_or_a_credit_is_the_top_of_a_reciprocal | -50
3.4  | attainment | a_range_falls_off_over_its_tolerance | "3.5","50" "5.25","75" "2.9","0"
3.4  | attainment | a_range_can_be_all_or_nothing | "4.5"
3.4  | attainment | nine_readings_of_thirteen_inside | 9,13
3.4  | attainment | a_value_to_keep_is_mirrored_around_it | (6,"80") (10,"0")
3.5  | curve | the_classic_curve | "87.5" "125" "150" "200"
3.5  | curve | saps_published_example_on_actual_values | 1313 75.16
3.5  | curve | a_curve_on_satisfaction | 4.6
3.5  | lint_curve | a_bounded_scale_never_reaches_the_last_point | 4.5
3.5  | curve | tiers_marginal_and_whole_rate | 170_000,11_000,17_000 4999.95 100_000,5_000,8_000
3.5  | curve | published_tiers | 220_000 17_600 2_500 40
3.5  | curve | oracles_other_meaning_of_interpolate_is_a_curve_through_running_totals | 480,1_400
3.6  | components | a_curve_for_each_component_then_their_weighted_sum | 12_000,10_000,5_250 27,250.00
3.6  | components | one_curve_on_the_weighted_attainment | 95_667 891_667 26,750.00
3.6  | components | components_that_multiply_each_other | 23,333.33
3.6  | components | a_void_component_gives_its_weight_to_the_others | 24,642.86
3.6  | run | the_year_to_date_is_paid_less_what_was_paid | 2,250.00 3,750.00
3.7  | components | gates_and_multipliers | 0.00 15,000.00 29,975.00 16,500.00
3.8  | proration | who_joined_on_the_fifteenth_of_august | 1,532.61 1,206.52 1,533.33 1,500.00 978.26 1,000.00
3.8  | run | every_way_to_prorate | 1,532.61 1,533.33 1,500.00 978.26 1,000.00 3,000.00
3.8  | run | a_transfer_is_two_slices_with_their_own_team_and_target_rounded_once | 13_328_804 20_230_435 3,355.92
3.9  | pool | pools_by_hand | 12,740.26 8,847.40 5,662.34 33.34 16.67 74.99 98.00 120.00 0.01
3.9  | pool | yen_have_no_cents | 428,286,286
3.9  | pool | capped_excess_stays_unspent_or_goes_to_the_others | 9,000.00 2,000.00 3,500.00
3.9  | pool | where_all_are_capped_the_rest_is_shown | 700
3.9  | pool | a_pool_below_zero_is_empty_and_one_for_nobody_is_unspent | -5
3.9  | pool | a_leavers_share_is_kept_or_goes_to_the_others | 500
3.9  | pool | lines_of_a_statement_add_up | 3_334 3_333
3.9  | run_pools | the_pool_of_the_worked_example | 12,740.26 8,847.40 5,662.34
3.10 | deltas | a_delta_is_net_of_all_that_was_posted | 28,000.00 750.00 27,625.00 -375.00
3.10 | run_pools | corrections_of_the_worked_example | 350.65 243.51 155.84 -175.33 -121.75 -77.92
3.10 | deltas | what_is_owed_back | 50.00 -77.92 -27.92
3.11 | accrual | a_quarter_month_by_month | 9,097.83 19,206.52 10,108.69 8,043.48
"""
ROWS = [[cell.strip() for cell in line.split("|")] for line in TABLE.strip().splitlines()]
SECTIONS = ["3", *(f"3.{number}" for number in range(1, 12))]


@cache
def held_in(name: str) -> dict[str, str]:
    """The source of each test of a file, without blanks."""
    text = (HERE / f"test_{name}.py").read_text("utf-8")
    found = {}
    for node in ast.parse(text).body:
        if isinstance(node, ast.FunctionDef):
            first = min(each.lineno for each in (node, *node.decorator_list))
            lines = "".join(text.splitlines()[first - 1 : node.end_lineno])
            found[node.name.removeprefix("test_")] = "".join(lines.split())
    return found


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row[0]} {row[2]}")
def test_a_test_holds_each_number(row: list[str]) -> None:
    _section, file, test, figures = row
    source = held_in(file)[test]
    assert [each for each in figures.split() if each not in source] == []


def test_no_section_is_left_out() -> None:
    assert list(dict.fromkeys(row[0] for row in ROWS)) == SECTIONS


# --- 3.12: every convention is a setting, and each of its choices is tried -------------------------------------------


def choices_of(kind: Any) -> Iterator[StrEnum]:
    """Every member of every enumeration that a plan can hold."""
    if get_origin(kind) is UnionType or get_origin(kind) is tuple:
        for each in get_args(kind):
            yield from choices_of(each)
    elif is_dataclass(kind):
        for each in get_type_hints(kind).values():
            yield from choices_of(each)
    elif isinstance(kind, type) and issubclass(kind, StrEnum):
        yield from kind


def chosen_in(value: Any) -> Iterator[StrEnum]:
    """Every member that a plan does hold."""
    if isinstance(value, tuple):
        for each in value:
            yield from chosen_in(each)
    elif is_dataclass(value):
        for each in fields(value):
            yield from chosen_in(getattr(value, each.name))
    elif isinstance(value, StrEnum):
        yield value


def test_every_choice_of_every_setting_is_a_plan_that_is_calculated_written_and_read() -> None:
    """`options.OPTIONS`: each of its plans goes through the form, has its sentence, and pays its golden vectors."""
    tried = {(type(each), each) for _, plan in every_plan() for each in chosen_in(plan)}
    known = {(type(each), each) for each in choices_of(Plan)}
    assert len(known) > 50
    assert known == tried


# An option of 3.12 that is no default, the test that pays by it, and what stands in that test: a figure that comes out
# otherwise where the option is ignored, or the option beside the default.
CHOICES = """
Basis.BASELINE               | attainment | attainment_by_hand | (UP,9_200,10_000,8_000,"60"
Basis.ACTUAL                 | attainment | a_curve_on_actual_values_takes_the_value_as_it_is | Basis.ACTUAL
Basis.BINARY                 | attainment | reached_or_not | Basis.BINARY
Basis.RANGE                  | attainment | a_range_falls_off_over_its_tolerance | "5.25","75"
Lower.RECIPROCAL             | attainment | attainment_by_hand | (MIRROR,90 (RECIPROCAL,90 (DOWN,90,100,120,"150"
bound_included               | attainment | reached_or_not | Direction.HIGHER,True,1 Direction.HIGHER,False,0
threshold_included           | curve | a_bound_can_be_excluded | threshold_included=False
Below.FIRST                  | curve | options_at_both_ends | Below.FIRST
Above.EXTEND                 | curve | options_at_both_ends | Above.EXTEND cap=
Combine.ON_TOTAL             | components | one_curve_on_the_weighted_attainment | 26,750.00
Combine.MULTIPLIED           | components | components_that_multiply_each_other | 23,333.33
TierRule.WHOLE_RATE          | curve | tiers_marginal_and_whole_rate | TierRule.WHOLE_RATE 4999.95
gate.component               | components | a_gate_on_one_component_limits_that_component | component=
GatesWhen.BEFORE_MULTIPLIERS | components | gates_and_multipliers | GatesWhen.BEFORE_MULTIPLIERS 16,500.00
Measured.CUMULATIVE          | run | the_year_to_date_is_paid_less_what_was_paid | Measured.PERIOD 2,250.00 3,750.00
Rule.THIRTY_360              | run | every_way_to_prorate | Rule.THIRTY_360 1,533.33
Rule.WORKING                 | run | every_way_to_prorate | Rule.WORKING 1,500.00
Rule.CUT_OFF                 | run | every_way_to_prorate | Rule.CUT_OFF 978.26
Rule.WHOLE_MONTHS            | run | every_way_to_prorate | Rule.WHOLE_MONTHS 1,000.00
Rule.NONE                    | run | every_way_to_prorate | Rule.NONE 3,000.00
Mode.HALF_EVEN               | rounding | amounts | Mode.HALF_EVEN
Unit.WHOLE                   | rounding | amounts | Unit.WHOLE
When.PER_COMPONENT           | run | every_way_to_round | When.PER_COMPONENT
Excess.RESPREAD              | pool | capped_excess_stays_unspent_or_goes_to_the_others | 2,000.00 3,500.00
LeaverShare.RESPREAD         | pool | a_leavers_share_is_kept_or_goes_to_the_others | LeaverShare.RESPREAD
NegativeRule.PAY             | deltas | what_is_owed_back | NegativeRule.PAY
NegativeRule.WAIVE           | deltas | what_is_owed_back | NegativeRule.WAIVE
NegativeRule.IGNORE_SMALL    | deltas | what_is_owed_back | NegativeRule.IGNORE_SMALL
Missing.ZERO                 | components | a_missing_value_blocks_until_somebody_decides_with_a_reason | Missing.ZERO
Missing.REWEIGHT             | components | a_void_component_gives_its_weight_to_the_others | 24,642.86
"""
CHOSEN = [[cell.strip() for cell in line.split("|")] for line in CHOICES.strip().splitlines()]


@pytest.mark.parametrize("row", CHOSEN, ids=lambda row: row[0])
def test_a_test_pays_by_each_option(row: list[str]) -> None:
    _option, file, test, figures = row
    source = held_in(file)[test]
    assert [each for each in figures.split() if each not in source] == []


def test_no_option_of_these_settings_is_without_its_test() -> None:
    """A new member of one of them needs its line; defaults are what every other test pays by."""
    lines = {row[0] for row in CHOSEN}
    settings = {option.partition(".")[0] for option in lines}
    plain = chosen_in(Plan("k", "1", "n", "CNY", (Component("a", "A", "m", Fraction(1), tiers=Tiers(())),)))
    usual = {(type(each), each) for each in plain}
    asked = {(type(each), each) for each in choices_of(Plan) if type(each).__name__ in settings} - usual
    assert {f"{kind.__name__}.{each.name}" for kind, each in asked} == {each for each in lines if each[0].isupper()}
