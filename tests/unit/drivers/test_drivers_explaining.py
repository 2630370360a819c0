"""A whole tree between two ends: formulas, scores, gaps and influences; every level adds up, by hand and at random."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given, settings

from apps.drivers.domain.explaining import STOOD_STILL, Share, explain
from apps.drivers.domain.joints import End
from apps.drivers.domain.planting import Hung, plant, sides_of
from apps.metrics.domain.arithmetic import evaluate
from apps.metrics.domain.definition import Definition, ScoreDefinition
from apps.metrics.domain.formula import Input
from apps.metrics.domain.scoring import score
from tests.unit.drivers.trees import end, formula_metric, leaf_metric, score_of, stories


def by_key(share: Share) -> dict[str, Fraction | None]:
    return {each.key: each.effect for each in share.walk() if each.key}


def explained(key: str, definitions: dict[str, Definition], before: End, after: End, **more: object) -> Share:
    found = explain(plant(key, definitions, **more), before, after)
    assert found is not None
    return found


ARPU = {key: leaf_metric(key) for key in ("visits", "spend")} | {"arpu": formula_metric("arpu", "visits * spend")}


def test_the_rival_is_ahead_by_frequency() -> None:
    """4S shop: 2.5 x 1,600 against the rival's 3.8 x 1,580; turned round every sign changes.

    transferwise/wise-pizza#25: show real differences, not modelled ones. These are the figures themselves.
    """
    own = end(visits="2.5", spend=1600, arpu=4000)
    rival = end(visits="3.8", spend=1580, arpu=6004)
    assert by_key(explained("arpu", ARPU, own, rival)) == {"arpu": 2004, "visits": 2067, "spend": -63}
    assert by_key(explained("arpu", ARPU, rival, own)) == {"arpu": -2004, "visits": -2067, "spend": 63}


def test_the_same_by_logarithms_and_by_sequence() -> None:
    own, rival = end(visits="2.5", spend=1600, arpu=4000), end(visits="3.8", spend=1580, arpu=6004)
    joint = plant("arpu", ARPU)
    by_logarithms = explain(joint, own, rival, "lmdi")
    assert by_logarithms is not None
    assert {each.key: round(float(each.effect or 0), 2) for each in by_logarithms.parts} == {
        "visits": 2066.07, "spend": -62.07,
    }  # fmt: skip
    in_turn = explain(joint, own, rival, "sequential")
    assert in_turn is not None
    assert {each.key: each.effect for each in in_turn.parts} == {"visits": 2080, "spend": -76}


def test_logarithms_of_something_negative_are_not_told() -> None:
    assert (
        explain(plant("arpu", ARPU), end(visits=10, spend=5, arpu=50), end(visits=12, spend=-1, arpu=-12), "lmdi")
        is None
    )


def test_three_factors_down_the_tree() -> None:
    """8,000 x 2.5 x 1,600 to 8,500 x 3.2 x 1,500, whichever way the three are put into branches of two."""
    definitions = ARPU | {
        "customers": leaf_metric("customers"),
        "revenue": formula_metric("revenue", "customers * arpu"),
    }
    before = end(customers=8000, visits="2.5", spend=1600, arpu=4000, revenue=32_000_000)
    after = end(customers=8500, visits="3.2", spend=1500, arpu=4800, revenue=40_800_000)
    found = by_key(explained("revenue", definitions, before, after))
    assert found["revenue"] == 8_800_000
    assert found["customers"] == 2_200_000
    assert found["arpu"] == found["visits"] + found["spend"] == 6_600_000
    arpu = next(each for each in explained("revenue", definitions, before, after).parts if each.key == "arpu")
    assert [each.on_parent for each in arpu.parts] == [Fraction("1085"), Fraction("-285")]
    assert sum(each.on_parent for each in arpu.parts) == arpu.change == 800


# --- the health score -------------------------------------------------------------------------------------------------


def test_81_to_78_stickiness_explains_a_half_and_the_rest_is_named() -> None:
    """The mission's case: stickiness fell by 5 points at a weight of 30 %: that is 1.5 of the 3 points. The active rate
    fell from 32 % to 28 %. The other 1.5 came from the gross margin, from 24 % to 21.5 % (2.5 points of 10 in revenue).
    """
    definition = score_of(
        {"stickiness": (30, {"active_rate": ("0.20", "0.60", 1), "retention": (0, 1, 1)}),
         "revenue": (30, {"margin": ("0.10", "0.60", 1)}),
         "efficiency": (20, {"turnaround": (0, 1, 1)}),
         "quality": (20, {"first_fix": (0, 1, 1)})},
    )  # fmt: skip
    keys = ("active_rate", "retention", "margin", "turnaround", "first_fix")
    definitions = {key: leaf_metric(key) for key in keys} | {"health": definition}
    values = {"active_rate": "0.32", "retention": "0.9", "margin": "0.52", "turnaround": "0.9", "first_fix": "0.93"}
    before = _with_score(definition, values)
    after = _with_score(definition, values | {"active_rate": "0.28", "margin": "0.495"})
    assert after.values[Input("health")] - before.values[Input("health")] == -3
    found = explained("health", definitions, before, after)
    groups = {each.group: each for each in found.parts}
    assert groups[0].change == -5
    assert (groups[0].effect, groups[1].effect) == (Fraction("-1.5"), Fraction("-1.5"))
    assert (groups[2].effect, groups[3].effect) == (0, 0)
    assert by_key(found) == {
        "health": -3, "active_rate": Fraction("-1.5"), "retention": 0, "margin": Fraction("-1.5"),
        "turnaround": 0, "first_fix": 0,
    }  # fmt: skip
    assert not any(found.extras.values())


def _with_score(definition: ScoreDefinition, values: dict[str, object]) -> End:
    exact = {key: Fraction(str(value)) for key, value in values.items()}
    found = {Input(key): value for key, value in exact.items()}
    return End(found | {Input("health"): score(definition, exact, {}).score}, {Input("health"): definition})


def test_other_weights_and_a_missing_member_are_bars_of_their_own() -> None:
    parts = {"a": (0, 100, 1)}, {"b": (0, 100, 1)}
    old = score_of({"one": (50, parts[0]), "two": (50, parts[1])})
    new = score_of({"one": (75, parts[0]), "two": (25, parts[1])})
    definitions = {"a": leaf_metric("a"), "b": leaf_metric("b"), "health": new}
    before, after = _with_score(old, {"a": 80, "b": 40}), _with_score(new, {"a": 80, "b": 40})
    found = explained("health", definitions, before, after, scores={"health": [old]})
    assert found.effect == found.extras["definition"] == 10
    assert not any(each.effect for each in found.parts)
    lenient = old.model_copy(update={"least_coverage": Decimal("0.3")})
    ends = _with_score(lenient, {"a": 80, "b": 40}), _with_score(lenient, {"a": 80})
    lost = explained("health", definitions | {"health": lenient}, *ends)
    assert lost.effect == lost.extras["coverage"] == 20


def test_below_a_member_of_a_score_the_chord_is_followed() -> None:
    definition = score_of({"one": (50, {"arpu": (3000, 7000, 1)}), "two": (50, {"b": (0, 100, 1)})})
    definitions = ARPU | {"b": leaf_metric("b"), "health": definition}
    ends = [
        _with_score(definition, {"arpu": arpu, "visits": visits, "spend": spend, "b": 50})
        for arpu, visits, spend in ((4000, "2.5", 1600), (6004, "3.8", 1580))
    ]
    found = by_key(explained("health", definitions, *ends))
    assert found["arpu"] == Fraction(2004, 40) / 2
    assert (found["visits"], found["spend"]) == (Fraction(2067, 80), Fraction(-63, 80))


def test_a_member_that_moved_where_points_are_capped_is_named() -> None:
    definition = score_of({"one": (50, {"a": (0, 10, 1)}), "two": (50, {"b": (0, 100, 1)})})
    definitions = {"a": leaf_metric("a"), "b": leaf_metric("b"), "health": definition}
    found = explained(
        "health", definitions, _with_score(definition, {"a": 12, "b": 5}), _with_score(definition, {"a": 20, "b": 9})
    )
    member = next(each for each in found.walk() if each.key == "a")
    assert member.capped
    assert member.effect == 0


# --- what is told besides ---------------------------------------------------------------------------------------------


def test_a_gap_is_a_bar_of_its_own_and_flagged_over_half_a_percent() -> None:
    before = end(visits="2.5", spend=1600, arpu=4010)
    found = explained("arpu", ARPU, before, end(visits="3.8", spend=1580, arpu=6044))
    assert (found.gap, found.gap_before, found.gap_after) == (30, 10, 40)
    assert found.flagged
    assert found.effect == sum(each.effect for each in found.parts) + found.gap
    near = explained("arpu", ARPU, before, end(visits="3.8", spend=1580, arpu=6014))
    assert (near.gap, near.flagged) == (0, False)


def test_what_was_rounded_when_it_was_stored_is_no_gap() -> None:
    definitions = {key: leaf_metric(key) for key in "nd"} | {"rate": formula_metric("rate", "n / d")}
    stored = [end(n=n, d=3, rate=Decimal(n) / 3) for n in (1, 2)]
    rounded = [replace(each, values={**each.values, Input("rate"): Fraction(round(each.values[Input("rate")] * 10**12), 10**12)}) for each in stored]  # fmt: skip  # noqa: E501
    assert explained("rate", definitions, *rounded).gap == 0


def test_influences_never_have_a_share_nor_does_anything_below_them() -> None:
    below = Hung("3", "spend", "formula")
    hung = Hung(
        "1", "arpu", children=(Hung("2", "mood", "influence", (below,)), Hung("4", "visits"), Hung("5", "spend"))
    )
    definitions = ARPU | {"mood": formula_metric("mood", "spend * 2")}
    found = explained(
        "arpu",
        definitions,
        end(visits=1, spend=10, arpu=10, mood=20),
        end(visits=2, spend=11, arpu=22, mood=22),
        hung=hung,
    )
    assert {each.id: each.effect for each in found.walk()} == {"1": 12, "4": Fraction("10.5"), "5": Fraction("1.5"), "2": None, "3": None}  # fmt: skip  # noqa: E501


def test_a_node_that_its_formula_does_not_name_stands_beside() -> None:
    hung = Hung("1", "arpu", children=(Hung("2", "visits"), Hung("3", "other")))
    found = explained("arpu", ARPU | {"other": leaf_metric("other")}, end(visits=1, spend=1, arpu=1, other=1), end(visits=2, spend=2, arpu=4, other=9), hung=hung)  # fmt: skip  # noqa: E501
    assert {each.id: each.influence for each in found.children} == {"2": False, "1/spend": False, "3": True}


def test_an_input_without_a_value_leaves_its_node_whole() -> None:
    found = explained("arpu", ARPU, end(visits=2, spend=3, arpu=6), end(visits=None, spend=3, arpu=9))
    assert found.effect == 3
    assert found.unsplit is not None
    assert [each.effect for each in found.children] == [None, None]
    assert explain(plant("arpu", ARPU), end(visits=2, spend=3), end(visits=2, spend=3, arpu=9)) is None


def test_an_earlier_period_of_a_metric_is_a_part_of_its_own() -> None:
    definitions = {"base": leaf_metric("base"), "growth": formula_metric("growth", "base - prior(base, 1)")}
    ends = [End({Input("growth"): Fraction(g), Input("base"): Fraction(b), Input("base", 1): Fraction(p)})
            for g, b, p in ((5, 15, 10), (9, 24, 15))]  # fmt: skip
    found = explained("growth", definitions, *ends)
    assert {(each.key, each.back): each.effect for each in found.parts} == {("base", 0): 9, ("base", 1): -5}


def test_a_ratio_opens_by_its_sides() -> None:
    joint = sides_of(plant("rate", {"rate": leaf_metric("rate")}))
    ends = [end(rate=Fraction(n, d)) for n, d in ((100, 50), (120, 80))]
    for each, (n, d) in zip(ends, ((100, 50), (120, 80)), strict=True):
        each.values.update({Input("rate:numerator"): Fraction(n), Input("rate:denominator"): Fraction(d)})
    found = explain(joint, *ends)
    assert found is not None
    assert [each.effect for each in found.parts] == [Fraction("0.325"), Fraction("-0.825")]


def test_who_stood_still_while_the_others_moved_is_told_as_a_whole() -> None:
    document = {"type": "percentile"}
    definition = score_of({"one": (50, {"arpu": document}), "two": (50, {"b": (0, 100, 1)})})
    definitions = ARPU | {"b": leaf_metric("b"), "health": definition}
    ends = []
    for others in ((1, 2), (9000, 9001)):
        peers = {"arpu": [Fraction(4000), *map(Fraction, others)]}
        values = {"arpu": Fraction(4000), "visits": Fraction("2.5"), "spend": Fraction(1600), "b": Fraction(50)}
        found = score(definition, values, peers).score
        ends.append(
            End({Input(k): v for k, v in (values | {"health": found}).items()}, {Input("health"): definition}, peers)
        )
    share = explained("health", definitions, *ends)
    member = next(each for each in share.walk() if each.key == "arpu")
    assert (share.effect, member.effect, member.change) == (-50, -50, 0)
    assert member.unsplit.message == STOOD_STILL


# --- at random --------------------------------------------------------------------------------------------------------


def adds_up(share: Share) -> None:
    for each in share.walk():
        if each.effect is None or each.unsplit or not (each.parts or each.extras):
            continue
        known = sum((part.effect for part in each.parts if part.effect is not None), Fraction(0))
        assert each.effect == known + sum(each.extras.values()), each


@settings(max_examples=40, deadline=None)
@given(stories(5))
def test_every_level_of_every_tree_adds_up(story: tuple[str, dict[str, Definition], End, End]) -> None:
    key, definitions, before, after = story
    joint = plant(key, definitions)
    found = explain(joint, before, after)
    if found is None:
        assert None in (before.values[joint.read], after.values[joint.read])
        return
    assert found.effect == found.change
    adds_up(found)


@settings(max_examples=25, deadline=None)
@given(stories(3))
def test_the_other_way_round_every_sign_changes(story: tuple[str, dict[str, Definition], End, End]) -> None:
    key, definitions, before, after = story
    joint = plant(key, definitions)
    there, back = explain(joint, before, after), explain(joint, after, before)
    if there is None or back is None:
        assert there is back
        return
    pairs = list(zip(there.walk(), back.walk(), strict=True))
    assert all((one.effect or 0) == -(other.effect or 0) for one, other in pairs)
    assert all((one.on_parent or 0) == -(other.on_parent or 0) for one, other in pairs)
    assert all({k: -v for k, v in one.extras.items()} == other.extras for one, other in pairs)


@pytest.mark.parametrize("expression", ["a + b + c", "a * b * c", "min(a, b) * c", "c / (a + b)", "c - a - b"])
def test_equal_parts_get_equal_shares(expression: str) -> None:
    definitions = {key: leaf_metric(key) for key in "abc"} | {"w": formula_metric("w", expression)}
    joint = plant("w", definitions)
    ends = []
    for own, other in ((Fraction(3), Fraction(2)), (Fraction(-7, 2), Fraction(5))):
        values = {Input("a"): own, Input("b"): own, Input("c"): other}
        ends.append(End(values | {Input("w"): evaluate(joint.formula, values).exact}))
    found = by_key(explain(joint, *ends))
    assert found["a"] == found["b"]


def test_the_stories_are_worth_telling() -> None:
    """The random trees hold what they are for: scores, gaps, missing sides and depth."""
    seen = dict.fromkeys(("told", "score", "gap", "whole", "deep"), 0)

    @settings(max_examples=60, deadline=None, database=None, derandomize=True)
    @given(stories(5))
    def look(story: tuple[str, dict[str, Definition], End, End]) -> None:
        key, definitions, before, after = story
        found = explain(plant(key, definitions), before, after)
        told = [each for each in found.walk() if each.effect is not None] if found else []
        seen["told"] += bool(told)
        seen["score"] += any(each.group is not None for each in told)
        seen["gap"] += any(each.gap for each in told)
        seen["whole"] += any(each.unsplit for each in told)
        seen["deep"] += len(told) > 8

    look()
    assert min(seen.values()) > 2, seen
