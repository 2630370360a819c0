"""Figures as they are shown: half up, adding up at every level, and members of a dimension."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.common import formats
from apps.drivers.domain.explaining import explain
from apps.drivers.domain.joints import End
from apps.drivers.domain.members import MOST_SHOWN, by_ratio, by_sum
from apps.drivers.domain.planting import plant
from apps.drivers.domain.showing import bridge, places_for
from apps.metrics.domain.definition import Definition
from apps.metrics.domain.drivers import Side, dealt, half_up
from tests.unit.drivers.trees import end, formula_metric, leaf_metric, stories

amounts = st.fractions(-(10**7), 10**7, max_denominator=1000)


@given(st.decimals(-(10**9), 10**9, places=6), st.integers(0, 4))
def test_rounded_as_every_page_rounds(value: Decimal, places: int) -> None:
    assert half_up(Fraction(value), places) == formats.rounded(value, places)


@given(st.lists(amounts, min_size=1, max_size=12), amounts, st.integers(0, 3))
def test_whatever_is_dealt_adds_up_and_is_less_than_two_digits_off(
    effects: list[Fraction], start: Fraction, places: int
) -> None:
    after = start + sum(effects, Fraction(0))
    total = half_up(after, places) - half_up(start, places)
    found = dealt(effects, total, places)
    assert sum(found) == total
    assert all(
        abs(Fraction(each) - effect) < Fraction(2, 10**places) for each, effect in zip(found, effects, strict=True)
    )


def test_what_is_nothing_stays_nothing() -> None:
    assert dealt([Fraction(1, 2), Fraction(0), Fraction(1, 2)], Decimal(1), 0) == [1, 0, 0]
    assert dealt([Fraction(0), Fraction(-3, 2), Fraction(-3, 2)], Decimal(-3), 0) == [0, -1, -2]


@pytest.mark.parametrize(
    ("places", "change", "expected"),
    [(0, "2004", 0), (0, "-3", 1), (0, "0.5", 2), (2, "1.3", 2), (0, "0.0004", 3), (1, "0", 1)],
)
def test_a_small_change_gets_more_digits(places: int, change: str, expected: int) -> None:
    assert places_for(places, Fraction(change), []) == expected


def test_the_rival_as_bars() -> None:
    definitions = {key: leaf_metric(key) for key in ("visits", "spend")} | {
        "arpu": formula_metric("arpu", "visits * spend")
    }
    share = explain(
        plant("arpu", definitions), end(visits="2.5", spend=1600, arpu=4000), end(visits="3.8", spend=1580, arpu=6004)
    )
    found = bridge(share, 0)
    assert (found.before, found.after, found.change) == (4000, 6004, 2004)
    assert [bar.effect for bar in found.bars] == [2067, -63]
    assert [bar.percent for bar in found.bars] == [Fraction(2067, 2004), Fraction(-63, 2004)]


def test_percentages_are_left_out_where_they_say_nothing() -> None:
    definitions = {key: leaf_metric(key) for key in "ab"} | {"w": formula_metric("w", "a + b")}
    joint = plant("w", definitions)
    offset = bridge(explain(joint, end(a=100, b=100, w=200), end(a=200, b=1, w=201)), 0)
    turned = bridge(explain(joint, end(a=1, b=2, w=3), end(a=-4, b=2, w=-2)), 0)
    assert not offset.tells_shares
    assert not turned.tells_shares
    assert all(bar.percent is None for bar in (*offset.top.walk(), *turned.top.walk()))


@settings(max_examples=40, deadline=None)
@given(stories(5), st.integers(0, 2))
def test_wise_pizza_25_every_bridge_adds_up_to_the_last_digit_shown(
    story: tuple[str, dict[str, Definition], End, End], places: int
) -> None:
    """transferwise/wise-pizza#25: show real differences, not those of a model."""
    key, definitions, before, after = story
    share = explain(plant(key, definitions), before, after)
    if share is None:
        return
    found = bridge(share, places)
    assert found.before + found.top.effect == found.after
    for each in found.top.walk():
        if each.parts:
            assert sum(part.effect for part in each.parts) == each.effect
    assert sum(leaf.effect for leaf in found.top.leaves()) == found.change


# --- members ----------------------------------------------------------------------------------------------------------


def test_members_of_a_sum_with_who_came_who_left_and_who_counts_twice() -> None:
    found = by_sum(
        {"a": (Fraction(10), Fraction(14)), "new": (None, Fraction(5)), "gone": (Fraction(3), None)}, Fraction(7)
    )
    assert [(each.name, each.effect) for each in found.members] == [("new", 5), ("a", 4), ("gone", -3)]
    assert (found.members[0].is_new, found.members[2].is_gone, found.beside) == (True, True, 1)


def test_members_of_a_ratio_by_mix_and_rate() -> None:
    def side(rate: str, weight: str) -> Side:
        return Side(Fraction(rate) * Fraction(weight), Fraction(weight))

    members = {"A": (side(".10", ".5"), side(".11", ".7")), "B": (side(".30", ".5"), side(".31", ".3"))}
    found = by_ratio(members, Fraction("-0.03"))
    assert {each.name: (each.rate, each.mix) for each in found.members} == {
        "A": (Fraction("0.006"), Fraction("-0.016")), "B": (Fraction("0.004"), Fraction("-0.024")),
    }  # fmt: skip
    assert found.beside == 0


def test_the_odd_one_is_pointed_out_and_small_ones_are_folded() -> None:
    """All doubled but one, which stood still."""
    members = {f"m{at}": (Fraction(at + 10), Fraction(2 * at + 20)) for at in range(15)} | {
        "odd": (Fraction(20), Fraction(20))
    }
    change = sum((after - before for before, after in members.values()), Fraction(0))
    found = by_sum(members, change)
    assert [each.name for each in found.members if each.odd] == ["odd"]
    assert len(found.shown) == MOST_SHOWN
    assert sum(each.effect for each in (*found.shown, *found.folded)) == change
    rates = {name: tuple(Side(end, Fraction(100)) for end in ends) for name, ends in members.items()}
    by_rates = by_ratio(rates, change / 1600)
    assert [each.name for each in by_rates.members if each.odd] == ["odd"]
    assert by_rates.beside == 0
