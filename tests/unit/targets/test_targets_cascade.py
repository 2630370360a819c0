"""Splitting a goal: to the last unit, by every rule, over several levels."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.targets.domain.cascade import (
    Branch,
    Change,
    Planned,
    Told,
    changes,
    issues,
    plan,
    rest,
    share_of,
    split,
    step_of,
)
from apps.targets.domain.kinds import Rule

weights = st.lists(st.integers(0, 10**6), min_size=1, max_size=40).filter(any)
totals = st.decimals(-(10**9), 10**9, places=2)
steps = st.sampled_from([Decimal(1), Decimal("0.01"), Decimal("0.0001")])


@given(totals, weights, steps)
def test_parts_add_up_to_the_last_unit(total: Decimal, given_weights: list[int], step: Decimal) -> None:
    parts = split(total, [Fraction(each) for each in given_weights], step)
    assert sum(parts) == total
    assert rest(total, parts) == 0


@given(st.integers(-(10**9), 10**9), weights)
def test_no_part_is_a_unit_away_from_its_share_and_none_without_weight_gets_any(
    total: int, given_weights: list
) -> None:
    parts = split(Decimal(total), [Fraction(each) for each in given_weights], Decimal(1))
    for part, weight in zip(parts, given_weights, strict=True):
        assert abs(Fraction(part) - Fraction(total * weight, sum(given_weights))) < 1
        assert part == part.to_integral_value()
        assert weight or part == 0


@given(st.integers(0, 10**6), weights)
def test_a_larger_weight_never_gets_less(total: int, given_weights: list[int]) -> None:
    parts = split(Decimal(total), [Fraction(each) for each in given_weights], Decimal(1))
    ordered = [part for _weight, part in sorted(zip(given_weights, parts, strict=True))]
    assert ordered == sorted(ordered)


def test_ten_thousand_to_six_stores() -> None:
    assert split(Decimal(10000), [Fraction(1)] * 6, Decimal(1)) == [1667, 1667, 1667, 1667, 1666, 1666]


def test_the_odd_cent_goes_by_remainder_not_to_the_first_in_the_list() -> None:  # moneyphp/money#492
    assert split(Decimal("1.00"), [Fraction(1), Fraction(2), Fraction(3)], Decimal("0.01")) == [
        Decimal("0.17"), Decimal("0.33"), Decimal("0.50"),
    ]  # fmt: skip
    assert split(Decimal(10), [Fraction(13), Fraction(36), Fraction(51)], Decimal(1)) == [1, 4, 5]
    assert split(Decimal(7), [Fraction(26), Fraction(37), Fraction(37)], Decimal(1)) == [2, 3, 2]


def test_nothing_to_split_by_is_a_defect_of_the_caller() -> None:
    for wrong in ([Fraction(0), Fraction(0)], [Fraction(2), Fraction(-1)]):
        with pytest.raises(ValueError, match="share"):
            split(Decimal(10), wrong, Decimal(1))


def test_steps_are_units_of_what_is_counted_and_the_told_digits_of_the_rest() -> None:
    assert step_of("count", 0, Decimal(10000)) == 1
    assert step_of("currency", 2, Decimal(90)) == Decimal("0.01")
    assert step_of("currency", 0, Decimal("100.125")) == Decimal("0.001")
    assert step_of("percent", 1, Decimal("0.5")) == Decimal("0.001")


def test_planned_by_share_last_year_and_hand() -> None:
    told = [Told("a", "A", weight=Decimal(50), figure=Decimal(300), goal=Decimal(7)),
            Told("b", "B", weight=Decimal(30), figure=Decimal(100), goal=Decimal(2)),
            Told("c", "C", figure=Decimal(0))]  # fmt: skip
    by_share = plan(Decimal(1001), Rule.SHARE, told, Decimal(1))
    assert by_share == [
        Planned("a", Decimal(501), Decimal("0.5")), Planned("b", Decimal(300), Decimal("0.3")),
        Planned("c", Decimal(0), Decimal(0)),
    ]  # fmt: skip
    assert rest(Decimal(1001), [part.goal for part in by_share]) == 200  # 20 % are nobody's yet: shown, not hidden
    by_last_year = plan(Decimal(1001), Rule.LAST_YEAR, told, Decimal(1))
    assert [part.goal for part in by_last_year] == [751, 250, 0]
    assert [part.share for part in by_last_year] == [Decimal("0.75"), Decimal("0.25"), 0]
    by_hand = plan(Decimal(10), Rule.HAND, told, Decimal(1))
    assert [(part.goal, part.share) for part in by_hand] == [(7, Decimal("0.7")), (2, Decimal("0.2")), (None, None)]


def test_all_that_is_wrong_with_a_split_is_said_at_once() -> None:
    told = [Told("a", "Pudong"), Told("b", "Puxi", weight=Decimal(-1))]
    assert [(issue.where, str(issue)) for issue in issues(Rule.LAST_YEAR, told)] == [
        ("a", "a: “Pudong” has no value for that time a year ago. Choose another way to split, or type its share."),
        ("b", "b: “Puxi” has no value for that time a year ago. Choose another way to split, or type its share."),
        ("parts", "parts: No part has a share. Give at least one of them more than 0."),
    ]
    assert [issue.where for issue in issues(Rule.SHARE, told)] == ["b", "parts"]
    assert [issue.where for issue in issues(Rule.HAND, [])] == ["parts"]
    assert not list(issues(Rule.HAND, told))


def tree(goal: int) -> Branch:
    """A company, two regions, six stores, thirty teams, split by the weights 1, 2, 3, …"""
    return _grown("company", Decimal(goal), None, None, [2, 3, 5])


def _grown(key: str, goal: Decimal, rule: Rule | None, share: Decimal | None, below: list[int]) -> Branch:
    if not below:
        return Branch(key, goal, rule, share)
    weight = [Fraction(n + 1) for n in range(below[0])]
    parts = split(goal, weight, Decimal(1))
    shares = [round(Decimal(each.numerator) / Decimal(int(sum(weight))), 18) for each in weight]
    return Branch(key, goal, rule, share, tuple(
        _grown(f"{key}/{n}", part, Rule.SHARE, each, below[1:])
        for n, (part, each) in enumerate(zip(parts, shares, strict=True))
    ))  # fmt: skip


@given(st.integers(1, 10**7), st.integers(1, 10**7))
def test_a_tree_that_adds_up_adds_up_at_every_level_after_the_top_changed(before: int, after: int) -> None:
    company = tree(before)
    assert len(list(company.walk())) == 1 + 2 + 6 + 30
    goals = {branch.key: branch.goal for branch in company.walk()}
    goals |= {change.key: change.after for change in changes(company, Decimal(after), Decimal(1))}
    assert goals["company"] == after
    for branch in company.walk():
        if branch.parts:
            assert sum(goals[part.key] for part in branch.parts) == goals[branch.key]


@given(st.integers(1, 10**7), st.integers(1, 10**7))
def test_who_changes_is_said_from_what_to_what_and_there_and_back_is_nothing(before: int, after: int) -> None:
    company = tree(before)
    goals = {branch.key: branch.goal for branch in company.walk()}
    for change in changes(company, Decimal(after), Decimal(1)):
        assert change.before == goals[change.key] != change.after
    assert list(changes(company, Decimal(before), Decimal(1))) == []


def test_goals_by_hand_stay_and_the_rest_is_left_open() -> None:
    company = Branch("top", Decimal(100), parts=(
        Branch("a", Decimal(60), Rule.SHARE, Decimal("0.6")), Branch("b", Decimal(40), Rule.HAND, Decimal("0.4")),
    ))  # fmt: skip
    found = list(changes(company, Decimal(120), Decimal(1)))
    assert found == [Change("top", Decimal(100), Decimal(120), 0), Change("a", Decimal(60), Decimal(72), 1)]
    assert rest(Decimal(120), [Decimal(72), Decimal(40)]) == 8


def test_shares_of_thirds_still_make_the_whole() -> None:
    third = share_of(Decimal(1), Decimal(3))
    parts = tuple(Branch(str(n), Decimal(100), Rule.SHARE, third) for n in range(3))
    found = list(changes(Branch("top", Decimal(300), parts=parts), Decimal(301), Decimal(1)))
    assert [change.after for change in found] == [301, 101]
