"""Members of a dimension, scores, and figures as shown: what they account for adds up, by hand and at random."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from apps.metrics.domain import scoring
from apps.metrics.domain.drivers import Member, Side, dealt, half_up, mix_and_rate, odd_ones, shares_say_something
from apps.metrics.domain.scoring import ScoreDefinition
from apps.metrics.domain.scoring_drivers import ScoreEnd, score_change


def member(before: tuple[object, object] | None, after: tuple[object, object] | None) -> Member:
    return Member(*(end and Side(*(Fraction(str(each)) for each in end)) for end in (before, after)))


# --- ratios by member -------------------------------------------------------------------------------------------------


def test_shares_of_the_denominator_move_and_rates_move() -> None:
    """w .5/.5 to .7/.3, r .10/.30 to .11/.31: the whole falls by .030 though both rates rise."""
    found = mix_and_rate({
        "A": member(("0.05", "0.5"), ("0.077", "0.7")),
        "B": member(("0.15", "0.5"), ("0.093", "0.3")),
    })  # fmt: skip
    assert found is not None
    assert {name: (each.rate, each.mix) for name, each in found.items()} == {
        "A": (Fraction("0.006"), Fraction("-0.016")),
        "B": (Fraction("0.004"), Fraction("-0.024")),
    }
    assert sum(each.effect for each in found.values()) == Fraction("-0.030")


def test_a_new_and_a_vanished_member_are_all_mix() -> None:
    found = mix_and_rate({
        "old": member((10, 100), (12, 100)),
        "new": member(None, (30, 100)),
        "gone": member((20, 50), None),
    })  # fmt: skip
    assert found is not None
    assert found["new"].rate == found["gone"].rate == 0
    assert (found["new"].is_new, found["gone"].is_gone) == (True, True)
    assert sum(each.effect for each in found.values()) == Fraction(42, 200) - Fraction(30, 150)


def test_without_a_whole_there_is_nothing_to_take_apart() -> None:
    assert mix_and_rate({"A": member((1, 0), (1, 2))}) is None


counts = st.integers(0, 50).map(Fraction)
sides = st.one_of(st.none(), st.builds(Side, st.integers(-50, 50).map(Fraction), counts))


@settings(max_examples=100, deadline=None)
@given(st.dictionaries(st.sampled_from("ABCDEF"), st.builds(Member, sides, sides), min_size=1))
def test_mix_and_rate_add_up_whoever_comes_and_goes(members: dict[str, Member]) -> None:
    found = mix_and_rate(members)
    tops, bottoms = (
        [sum(getattr(end, side) for each in members.values() if (end := each[at])) for at in (0, 1)]
        for side in ("numerator", "denominator")
    )
    if found is None:
        assert 0 in bottoms
        return
    change = Fraction(tops[1], bottoms[1]) - Fraction(tops[0], bottoms[0])
    assert sum(each.effect for each in found.values()) == change


@settings(max_examples=50, deadline=None)
@given(st.dictionaries(st.sampled_from("ABCD"), st.builds(Member, sides, sides), min_size=1))
def test_exchanged_ends_change_the_sign(members: dict[str, Member]) -> None:
    there = mix_and_rate(members)
    back = mix_and_rate({name: Member(each.after, each.before) for name, each in members.items()})
    if there is None or back is None:
        assert there is back
        return
    assert {name: (each.rate, each.mix) for name, each in there.items()} == {
        name: (-each.rate, -each.mix) for name, each in back.items()
    }


def test_who_moved_unlike_the_others_comes_first() -> None:
    """All others doubled: C stood still at 100 and is 100 below where it would be."""
    moved = {"A": (Fraction(50), Fraction(100)), "B": (Fraction(30), Fraction(60)), "C": (Fraction(100), Fraction(100))}
    ranked = odd_ones(moved)
    assert ranked[0] == ("C", Fraction(-100))
    assert odd_ones({"A": (Fraction(1), Fraction(2))}) == []


# --- figures as shown -------------------------------------------------------------------------------------------------


def test_rounded_bars_add_up_to_the_rounded_change() -> None:
    third = Fraction(1, 3)
    assert dealt([third, third, third], Decimal("1.00"), 2) == [Decimal("0.34"), Decimal("0.33"), Decimal("0.33")]
    assert dealt([Fraction(0), Fraction(1, 2), Fraction(-1, 4)], Decimal(0), 0) == [Decimal(0), Decimal(0), Decimal(0)]


@settings(max_examples=100, deadline=None)
@given(st.lists(st.fractions(-1000, 1000, max_denominator=97), max_size=12), st.integers(0, 4))
def test_no_bar_is_off_by_a_unit_of_its_last_digit(effects: list[Fraction], places: int) -> None:
    unit, total = Fraction(1, 10**places), half_up(sum(effects, Fraction(0)), places)
    found = dealt(effects, total, places)
    assert sum(found) == total
    assert all(abs(Fraction(each) - effect) < unit for each, effect in zip(found, effects, strict=True))
    assert all(each == 0 for each, effect in zip(found, effects, strict=True) if effect == 0)


def test_percentages_of_little_or_of_a_changed_sign_say_nothing() -> None:
    hundred, four = Fraction(100), Fraction(4)
    assert shares_say_something(hundred, hundred + 10, [Fraction(8), Fraction(2)])
    assert not shares_say_something(hundred, hundred + four, [Fraction(54), Fraction(-50)])
    assert not shares_say_something(Fraction(-1), Fraction(1), [Fraction(2)])
    assert not shares_say_something(hundred, hundred, [])


# --- scores -----------------------------------------------------------------------------------------------------------


def health(*weights: int, cap: int | None = None, **more: Any) -> ScoreDefinition:
    groups = [
        {
            "name": {"en": name},
            "weight": weight,
            "parts": [{"metric": name, "scale": {"type": "linear", "floor": 0, "goal": 100}}],
        }
        for name, weight in zip("abc", weights, strict=False)
    ]
    caps = [{"metric": "a", "op": "lt", "value": 50, "at_most": cap}] if cap is not None else []
    return ScoreDefinition.model_validate(
        {"key": "health", "name": {"en": "Health"}, "grains": ["month"], "groups": groups, "caps": caps, **more}
    )


def end(definition: ScoreDefinition, **values: int | None) -> ScoreEnd:
    return ScoreEnd(definition, {key: None if each is None else Fraction(each) for key, each in values.items()}, {})


def test_inputs_move_a_score_by_their_weights() -> None:
    even = health(30, 30, 40)
    found = score_change(end(even, a=80, b=90, c=70), end(even, a=75, b=90, c=75))
    assert found is not None
    assert found.by_metric == {"a": Fraction("-1.5"), "b": 0, "c": 2}
    assert (found.inputs, found.definition, found.coverage, found.held) == (Fraction("0.5"), 0, 0, 0)


def test_weights_and_inputs_that_change_at_once_are_told_apart() -> None:
    """By hand: performance is the mean weight times the change, weights the change of weight times the mean points."""
    found = score_change(end(health(50, 50), a=80, b=60), end(health(70, 30), a=90, b=60))
    assert found is not None
    assert found.inputs == Fraction(60, 100) * 10
    assert found.definition == Fraction(20, 100) * 85 - Fraction(20, 100) * 60
    assert found.inputs + found.definition == (63 + 18) - (40 + 30)


def test_an_input_that_goes_missing_is_coverage() -> None:
    loose = health(50, 50, least_coverage="0.4")
    found = score_change(end(loose, a=80, b=60), end(loose, a=80, b=None))
    assert found is not None
    assert (found.inputs, found.definition, found.coverage) == (0, 0, 10)


def test_a_cap_is_said_to_hold() -> None:
    capped = health(50, 50, cap=40)
    found = score_change(end(capped, a=80, b=60), end(capped, a=45, b=60))
    assert found is not None
    assert found.inputs == -30
    assert found.by_metric == {"a": Fraction("-17.5"), "b": 0}
    assert found.held == Fraction("-12.5")


def test_an_input_beyond_its_scale_moved_but_is_capped() -> None:
    even = health(50, 50)
    found = score_change(end(even, a=120, b=60), end(even, a=140, b=60))
    assert found is not None
    assert found.capped == ("a",)
    assert found.inputs == 0


def test_no_score_at_an_end_is_nothing_to_take_apart() -> None:
    even = health(50, 50)
    assert score_change(end(even, a=80, b=60), end(even, a=None, b=None)) is None


points = st.one_of(st.none(), st.integers(-20, 120))
weights = st.tuples(*[st.integers(1, 9)] * 3)


@settings(max_examples=60, deadline=None)
@given(weights, weights, st.tuples(*[points] * 6), st.sampled_from(["arithmetic", "geometric"]), st.booleans())
def test_a_score_is_always_explained_to_the_end(
    old: tuple[int, ...], new: tuple[int, ...], values: tuple[int | None, ...], mean: str, capped: bool
) -> None:
    cap = 30 if capped else None
    ends = [
        end(health(*chosen, cap=cap, mean=mean, least_coverage="0.1"), **dict(zip("abc", found, strict=True)))
        for chosen, found in ((old, values[:3]), (new, values[3:]))
    ]
    found = score_change(*ends)
    if found is None:
        return
    scores = [scoring.score(each.definition, each.values, {}).score for each in ends]
    assert None not in scores
    assert found.inputs + found.definition + found.coverage == scores[1] - scores[0]
    assert sum(found.by_metric.values()) + found.held == found.inputs
