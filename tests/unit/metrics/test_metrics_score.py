"""The health score: scales, weights, missing parts, caps."""

from decimal import Decimal
from fractions import Fraction as F
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.kernel.issue import Refusal
from apps.kernel.period import Calendar, Grain
from apps.metrics.domain.definition import ScoreDefinition, parse
from apps.metrics.domain.scales import points
from apps.metrics.domain.scoring import score
from apps.metrics.domain.sheet import Entry, Place, Sheet

PLAIN = {"type": "linear", "floor": 0, "goal": 100}


def of(weights: dict[str, Any], **parts: Any) -> ScoreDefinition:
    """One dimension whose parts are their own points."""
    one = [{"metric": key, "weight": weight, "scale": PLAIN} for key, weight in weights.items()]
    return of_groups([{"name": {"en": "All"}, "weight": 1, "parts": one}], **parts)


def of_groups(groups: list[dict[str, Any]], **parts: Any) -> ScoreDefinition:
    document = {"key": "s", "name": {"en": "S"}, "grains": ["month"], "kind": "score", "groups": groups, **parts}
    read = parse(document)
    assert isinstance(read, ScoreDefinition)
    return read


FOUR = {"a": "0.3", "b": "0.3", "c": "0.2", "d": "0.2"}
VALUES = {"a": F(90), "b": F(80), "c": F(70), "d": F(20)}


def test_dropping_the_worst_part_raises_the_score() -> None:
    assert score(of(FOUR), VALUES, {}).score == 69
    without = score(of(FOUR), {**VALUES, "d": None}, {})
    assert (without.score, without.coverage, without.missing) == (F("81.25"), F("0.8"), ("d",))


def test_below_seventy_percent_there_is_no_score() -> None:
    assert score(of(FOUR), {**VALUES, "c": None, "d": None}, {}).score is None
    assert score(of({**FOUR, "b": "0.4", "c": "0.1"}), {**VALUES, "a": None}, {}).score is not None  # 70 % exactly
    assert score(of(FOUR, least_coverage="0.5"), {**VALUES, "c": None, "d": None}, {}).score == 85


def test_a_missing_part_gives_its_weight_to_its_own_dimension() -> None:
    part = lambda key, weight=1: {"metric": key, "weight": weight, "scale": PLAIN}  # noqa: E731
    both = of_groups(
        [
            {"name": {"en": "X"}, "weight": 30, "parts": [part("a", 2), part("b", 1)]},
            {"name": {"en": "Y"}, "weight": 70, "parts": [part("c")]},
        ]
    )
    whole = score(both, {"a": F(50), "b": F(20), "c": F(100)}, {})
    assert [p.weight for p in whole.parts] == [F("0.2"), F("0.1"), F("0.7")]
    assert whole.score == 10 + 2 + 70
    half = score(both, {"a": F(50), "c": F(100)}, {})
    assert [p.weight for p in half.parts] == [F("0.3"), 0, F("0.7")]
    assert half.score == 15 + 70
    assert score(both, {"c": F(40)}, {}).score == 40  # a dimension without any gives its weight to the other


def test_a_cap_holds_the_score_down_only_while_it_bites() -> None:
    capped = of(FOUR, caps=[{"metric": "critical", "op": "gt", "value": 0, "at_most": 59}])
    assert score(capped, VALUES | {"critical": F(1)}, {}).score == 59
    assert score(capped, VALUES | {"critical": F(1)}, {}).capped_by == "critical"
    assert score(capped, VALUES | {"critical": F(0)}, {}).score == 69
    assert score(capped, VALUES, {}).score == 69  # what is not known holds nothing down
    assert score(capped, {key: F(10) for key in FOUR} | {"critical": F(1)}, {}).score == 10


def test_the_geometric_mean_does_not_let_weak_sides_be_bought_off() -> None:
    two = of({"a": 1, "b": 1}, mean="geometric")
    assert score(two, {"a": F(100), "b": F(25)}, {}).score == pytest.approx(50)
    assert score(two, {"a": F(100), "b": F(0)}, {}).score == 0


SCALES = [
    ({"type": "linear", "floor": 10, "goal": 50}, {5: 0, 10: 0, 30: 50, 50: 100, 60: 100}),
    ({"type": "linear", "floor": 50, "goal": 10}, {60: 0, 30: 50, 5: 100}),
    ({"type": "inverted", "goal": 2, "ceiling": 10}, {1: 100, 2: 100, 6: 50, 10: 0, 11: 0}),
    (
        {"type": "anchors", "anchors": [{"at": 0, "score": 0}, {"at": 10, "score": 60}, {"at": 20, "score": 100}]},
        {-1: 0, 5: 30, 10: 60, 15: 80, 99: 100},
    ),
    (
        {"type": "band", "low_end": 40, "low": 60, "high": 80, "high_end": 100},
        {40: 0, 50: 50, 60: 100, 72: 100, 80: 100, 95: 25, 100: 0, 120: 0},
    ),
    (
        {"type": "steps", "steps": [{"up_to": 50, "score": 20}, {"up_to": 75, "score": 60}, {"score": 100}]},
        {0: 20, 50: 20, 51: 60, 75: 60, 76: 100},
    ),
]


@pytest.mark.parametrize(("scale", "expected"), SCALES)
def test_scales(scale: dict[str, Any], expected: dict[int, int]) -> None:
    (group,) = of_groups([{"name": {"en": "X"}, "weight": 1, "parts": [{"metric": "a", "scale": scale}]}]).groups
    assert {value: points(group.parts[0].scale, F(value)) for value in expected} == expected


def test_a_rank_is_among_the_others_ties_by_half() -> None:
    up = of_groups([{"name": {"en": "X"}, "weight": 1, "parts": [{"metric": "a", "scale": {"type": "percentile"}}]}])
    scale = up.groups[0].parts[0].scale
    peers = [F(1), F(2), F(2), F(5), F(9)]
    assert [points(scale, peer, peers) for peer in peers] == [0, F("37.5"), F("37.5"), 75, 100]
    assert points(scale, F(1), [F(1)]) is None
    down = {"type": "percentile", "direction": "down"}
    less = of_groups([{"name": {"en": "X"}, "weight": 1, "parts": [{"metric": "a", "scale": down}]}])
    assert points(less.groups[0].parts[0].scale, F(1), peers) == 100


@given(st.lists(st.tuples(st.integers(1, 50), st.integers(0, 100), st.booleans()), min_size=1, max_size=8))
def test_a_score_is_the_sum_of_its_weighted_points(parts: list[tuple[int, int, bool]]) -> None:
    keys = {f"m{at}": weight for at, (weight, _, _) in enumerate(parts)}
    values = {f"m{at}": F(value) if there else None for at, (_, value, there) in enumerate(parts)}
    found = score(of(keys, least_coverage="0.01"), values, {})
    if found.score is None:
        assert found.coverage < F("0.01")
        return
    assert sum(part.weight for part in found.parts) == 1
    assert found.score == sum(part.weight * (part.points or 0) for part in found.parts)
    assert min(v for v in values.values() if v is not None) <= found.score


BAD = [
    ({"type": "linear", "floor": 5, "goal": 5}, "differ"),
    ({"type": "inverted", "goal": 5, "ceiling": 5}, "smaller one"),
    ({"type": "anchors", "anchors": [{"at": 5, "score": 0}, {"at": 5, "score": 9}]}, "small to large"),
    ({"type": "band", "low_end": 1, "low": 1, "high": 2, "high_end": 3}, "small to large"),
    ({"type": "steps", "steps": [{"up_to": 1, "score": 1}, {"up_to": 2, "score": 2}]}, "Every step but the last"),
]


@pytest.mark.parametrize(("scale", "words"), BAD)
def test_a_scale_that_cannot_be_is_refused_at_its_place(scale: dict[str, Any], words: str) -> None:
    with pytest.raises(Refusal) as caught:
        of_groups([{"name": {"en": "X"}, "weight": 1, "parts": [{"metric": "a", "scale": scale}]}])
    (issue,) = caught.value.issues
    assert issue.where == "groups.0.parts.0.scale"
    assert words in issue.in_words()


def test_everything_wrong_with_a_score_is_said_at_once() -> None:
    with pytest.raises(Refusal) as caught:
        of_groups(
            [
                {
                    "name": {"en": ""},
                    "weight": 0,
                    "parts": [
                        {"metric": "A B", "weight": "x", "scale": {"type": "magic"}},
                        {"metric": "a", "scale": {"type": "steps", "steps": [{"score": 101}]}},
                    ],
                }
            ],
            least_coverage=2,
        )
    assert {issue.where for issue in caught.value.issues} >= {
        "groups.0.name",
        "groups.0.weight",
        "groups.0.parts.0.metric",
        "groups.0.parts.0.weight",
        "groups.0.parts.0.scale",
        "groups.0.parts.1.scale.steps.0.score",
        "least_coverage",
    }
    with pytest.raises(Refusal, match="mended"):
        of_groups([])


def test_a_metric_counts_once() -> None:
    twice = [{"metric": "a", "scale": PLAIN}, {"metric": "a", "scale": PLAIN}]
    with pytest.raises(Refusal) as caught:
        of_groups([{"name": {"en": "X"}, "weight": 1, "parts": twice}])
    assert [issue.in_words() for issue in caught.value.issues] == ["Each metric counts once. Named more than once: a."]


# --- in the sheet -----------------------------------------------------------------------------------------------------

CALENDAR = Calendar("Asia/Shanghai")
MAY = CALENDAR.parse("2026-05", Grain.MONTH)


def manual(key: str, **parts: Any) -> Any:
    document = {
        "key": key,
        "name": {"en": key.title()},
        "grains": ["month"],
        "kind": "manual",
        "dimensions": ["region"],
    }
    return parse({**document, **parts})


def judged(definition: Any, entries: dict[str, dict[Place, Entry]], place: Place) -> Any:
    definitions = {definition.key: definition} | {key: manual(key) for key in entries}
    sheet = Sheet(definitions, entries, {key: key.title() for key in definitions}, CALENDAR, MAY.end)
    assert place in sheet.places(definition.key, [("month", MAY.start)])
    return sheet.cell(definition.key, place)


def test_a_score_is_a_cell_like_any_other() -> None:
    total = Place("month", MAY.start)
    entries = {key: {total: Entry(value, "final")} for key, value in VALUES.items()}
    assert (judged(of(FOUR), entries, total).value, judged(of(FOUR), entries, total).state) == (69, "final")
    entries["d"] = {total: Entry(None, "no_data")}
    assert judged(of(FOUR), entries, total).value == Decimal("81.25")
    entries["b"] = {total: Entry(F(80), "provisional")}
    cell = judged(of(FOUR), entries, total)
    assert (cell.state, cell.reason.in_words(str)) == ("provisional", "Not final yet: B.")


def test_a_score_without_enough_says_how_much_it_lacks() -> None:
    total = Place("month", MAY.start)
    entries = {"a": {total: Entry(F(90), "final")}, "b": {total: Entry(None, "no_data")}}
    cell = judged(of(FOUR), entries, total)
    words = "Only 30 % of the weights has a value, and 70 % is needed. No value for: B, c, d."
    assert (cell.value, cell.state, cell.reason.in_words(str)) == (None, "undefined", words)


def test_members_are_ranked_among_each_other_and_the_total_is_not() -> None:
    ranked = of_groups(
        [{"name": {"en": "X"}, "weight": 1, "parts": [{"metric": "a", "scale": {"type": "percentile"}}]}],
        dimensions=["region"],
    )
    total = Place("month", MAY.start)
    at = {name: Place("month", MAY.start, "region", name) for name in ("N", "S", "W")}
    values = {at["N"]: Entry(F(1), "final"), at["S"]: Entry(F(3), "final"), at["W"]: Entry(F(2), "final")}
    entries = {"a": values | {total: Entry(F(6), "final")}}
    assert {name: judged(ranked, entries, place).value for name, place in at.items()} == {"N": 0, "S": 100, "W": 50}
    assert judged(ranked, entries, total).state == "undefined"


def test_what_rests_on_an_open_value_is_open_too() -> None:
    total = Place("month", MAY.start)
    entries = {key: {total: Entry(value, "final")} for key, value in VALUES.items()} | {
        "a": {total: Entry(F(9), "open")}
    }
    assert judged(of(FOUR), entries, total).state == "open"
