"""Bands, members, weights that make 100, versions over time, and what moved a score; the template of the mission."""

from datetime import date
from decimal import Decimal
from fractions import Fraction as F
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.kernel.issue import Refusal
from apps.metrics.domain import score_differences
from apps.metrics.domain.definition import ScoreDefinition, document_of, parse
from apps.metrics.domain.differences import rebased, same_figures
from apps.metrics.domain.score_checks import weight_issues
from apps.metrics.domain.score_spread import spread
from apps.metrics.domain.score_time import Era, eras_of, in_force, in_time, read_by
from apps.metrics.domain.scoring import band_of, score, weighed_for
from apps.metrics.domain.scoring_drivers import ScoreEnd, score_change
from apps.metrics.forms.score_text import number_of

LINE = {"type": "linear", "floor": "0", "goal": "100"}
AREAS = {
    "Customer stickiness": (30, ("active_rate", "retention_12", "nps")),
    "Revenue health": (30, ("arpu_growth", "gross_margin", "non_warranty_share")),
    "Operating efficiency": (20, ("turnaround", "utilisation", "parts_turnover")),
    "Quality": (20, ("first_time_fix", "repeat_repair", "complaints")),
}
KEYS = [key for _, keys in AREAS.values() for key in keys]


def mission(**parts: Any) -> ScoreDefinition:
    """The template of the mission: 30/30/20/20, twelve metrics, each worth its own points here."""
    groups = [
        {"name": {"en": name}, "weight": weight, "parts": [{"metric": key, "scale": LINE} for key in keys]}
        for name, (weight, keys) in AREAS.items()
    ]
    document = {"key": "health", "name": {"en": "Health"}, "grains": ["month"], "kind": "score", "groups": groups}
    made = parse({**document, **parts})
    assert isinstance(made, ScoreDefinition)
    return made


def worth(**areas: int) -> dict[str, F | None]:
    """Values by metric: each area's points for all of its metrics."""
    return {
        key: F(areas[name]) for name, (_, keys) in zip(areas, AREAS.values(), strict=True) for key in keys
    }  # fmt: skip


AUGUST = worth(stick=80, revenue=85, work=80, quality=77)
SEPTEMBER = worth(stick=75, revenue=80, work=80, quality=77)


def test_the_told_cause_explains_half_of_it_and_the_rest_is_named() -> None:
    """81 to 78: stickiness lost 5 points, which are 1.5 of the 3; the other 1.5 are those of revenue health."""
    assert (score(mission(), AUGUST, {}).score, score(mission(), SEPTEMBER, {}).score) == (F("80.9"), F("77.9"))
    change = score_change(ScoreEnd(mission(), AUGUST, {}), ScoreEnd(mission(), SEPTEMBER, {}))
    assert change is not None
    stickiness = sum(change.by_metric[key] for key in AREAS["Customer stickiness"][1])
    revenue = sum(change.by_metric[key] for key in AREAS["Revenue health"][1])
    assert (stickiness, revenue) == (F("-1.5"), F("-1.5"))
    assert (change.inputs, change.definition, change.coverage, change.held) == (-3, 0, 0, 0)


POINTS = st.integers(0, 120)
VALUES = st.fixed_dictionaries({key: st.none() | POINTS.map(F) for key in KEYS})
WEIGHTS = st.lists(st.integers(1, 60), min_size=4, max_size=4)


@given(VALUES, VALUES, WEIGHTS, WEIGHTS, st.sampled_from(["arithmetic", "geometric"]), st.booleans())
def test_what_moved_a_score_adds_up(
    before: dict, after: dict, old: list[int], new: list[int], mean: str, capped: bool
) -> None:
    """Inputs, weights and coverage changing at once, with a limit or without."""
    caps = [{"metric": "complaints", "op": "gt", "value": "50", "at_most": "59"}] if capped else []
    parts = {"mean": mean, "least_coverage": "0.01", "caps": caps}
    ends = []
    for values, weights in ((before, old), (after, new)):
        definition = mission(**parts)
        groups = tuple(
            group.model_copy(update={"weight": Decimal(weight)})
            for group, weight in zip(definition.groups, weights, strict=True)
        )
        ends.append(ScoreEnd(definition.model_copy(update={"groups": groups}), values, {}))
    scores = [score(end.definition, end.values, {}).score for end in ends]
    change = score_change(*ends)
    if change is None:
        return
    assert None not in scores
    assert change.inputs + change.definition + change.coverage == scores[1] - scores[0]
    assert sum(change.by_metric.values(), F(0)) + change.held == change.inputs


@given(VALUES, st.sampled_from(list(AREAS)))
def test_a_missing_area_never_raises_the_score_without_a_word(values: dict, area: str) -> None:
    """Either there is no score any more, or what leaving the area out did stands as coverage, and as nothing else."""
    without = {key: None if key in AREAS[area][1] else value for key, value in values.items()}
    whole, less = score(mission(), values, {}), score(mission(), without, {})
    assert less.coverage <= F(7, 10) + F(1, 10)
    if whole.score is None or less.score is None:
        assert less.score is None
        return
    change = score_change(ScoreEnd(mission(), values, {}), ScoreEnd(mission(), without, {}))
    assert change is not None
    assert (change.inputs, change.definition) == (0, 0)
    assert change.coverage == less.score - whole.score
    assert set(less.missing) >= set(AREAS[area][1])


# --- bands, members, weights ------------------------------------------------------------------------------------------


def test_a_band_is_half_open() -> None:
    found = {points: band_of(mission(), F(points)).name.en for points in ("0", "59.99", "60", "79.999", "80", "100")}
    assert found == {
        "0": "At risk", "59.99": "At risk", "60": "Needs attention", "79.999": "Needs attention", "80": "Healthy",
        "100": "Healthy",
    }  # fmt: skip
    own = mission(bands=[{"name": {"en": "Any"}, "at_least": "0", "tone": "none"}])
    assert band_of(own, F(100)).name.en == "Any"


BAND = {"name": {"en": "X"}, "tone": "bad"}
SOUTH = {"dimension": "store", "member": "South", "weights": ["40", "40", "20", "0"]}
WRONG = [
    (
        {"bands": [{**BAND, "at_least": "10"}]},
        "Order the bands from low to high, each start once; the first one starts at 0.",
    ),
    ({"bands": [{**BAND, "at_least": "0"}, {**BAND, "at_least": "0"}]}, "Order the bands from low to high"),
    ({"segments": [SOUTH]}, "so that its members have no weights of their own."),
    ({"dimensions": ["store"], "segments": [SOUTH, SOUTH]}, "Give each member its own weights only once."),
    (
        {"dimensions": ["store"], "segments": [{**SOUTH, "weights": ["100"]}]},
        "needs a weight for each of the 4 areas of the score.",
    ),
    (
        {"dimensions": ["store"], "segments": [{**SOUTH, "weights": ["0", "0", "0", "0"]}]},
        "Not every weight of “South” can be 0.",
    ),
]


@pytest.mark.parametrize(("parts", "words"), WRONG)
def test_what_cannot_be_is_refused(parts: dict[str, Any], words: str) -> None:
    with pytest.raises(Refusal) as caught:
        mission(**parts)
    assert any(words in issue.in_words() for issue in caught.value.issues)


def test_a_member_is_weighed_by_its_own_weights() -> None:
    split = mission(dimensions=["store"], segments=[SOUTH])
    own = weighed_for(split, "store", "South")
    assert score(own, SEPTEMBER, {}).score == F("0.4") * 75 + F("0.4") * 80 + F("0.2") * 80
    assert score(own, {**SEPTEMBER, "complaints": None}, {}).coverage == 1  # what does not weigh is not missed
    assert weighed_for(split, "store", "North") is split
    assert weighed_for(split, "", "") is split
    only_quality = {key: value if key in AREAS["Quality"][1] else None for key, value in SEPTEMBER.items()}
    assert score(own, only_quality, {}).score is None  # nothing that weighs has a value
    assert document_of(split)["segments"] == [SOUTH]
    assert "segments" not in document_of(mission())


def test_weights_make_a_hundred_at_every_level() -> None:
    assert list(weight_issues(mission())) == []  # 30/30/20/20, and equal shares of 1 within each area
    groups = document_of(mission())["groups"]
    short = mission(groups=[{**groups[0], "weight": "29.9"}, *groups[1:]])
    parts = [{**part, "weight": "33.4"} for part in groups[0]["parts"]]
    long = mission(groups=[{**groups[0], "parts": parts}, *groups[1:]])
    split = mission(dimensions=["store"], segments=[{**SOUTH, "weights": ["40", "40", "20", "1"]}])
    found = [(issue.where, issue.in_words()) for each in (short, long, split) for issue in weight_issues(each)]
    assert found == [
        ("groups.0.weight", "The weights make 99.9 %: 0.1 % are missing."),
        ("groups.0.parts.0.weight", "The weights make 100.2 %: that is 0.2 % too much."),
        ("segments.0.weights", "The weights make 101 %: that is 1 % too much."),
    ]


@given(st.lists(st.none() | st.decimals("0.01", "200", places=2), min_size=1, max_size=12))
def test_the_rest_is_spread(weights: list[Decimal | None]) -> None:
    made = spread(weights)
    assert sum(made) == 100
    assert all(weight > 0 for weight in made)
    typed = sum(weight for weight in weights if weight is not None)
    if None in weights and typed <= 100 - Decimal("0.01") * weights.count(None):
        assert [new for old, new in zip(weights, made, strict=True) if old is not None] == [w for w in weights if w]
    assert spread(made) == made  # a second time nothing is left to do


# --- versions over time -----------------------------------------------------------------------------------------------

DAYS = st.none() | st.integers(1, 28).map(lambda day: date(2026, 1, day))


@given(st.lists(DAYS, max_size=6), st.integers(1, 31))
def test_the_newest_version_that_has_begun_holds(starts: list[date | None], day: int) -> None:
    versions = [Era(start, number, mission()) for number, start in enumerate([None, *starts], 1)]
    asked = date(2026, 1, day)
    expected = max(era.number for era in versions if era.starts is None or era.starts <= asked)
    assert in_force(eras_of(versions), asked).number == expected


def test_what_is_read_in_any_period_is_read() -> None:
    groups = document_of(mission())["groups"]
    old, new = mission(groups=groups[:2]), mission(groups=groups[2:])
    dated = in_time(new, [Era(None, 1, old), Era(date(2026, 5, 1), 2, new)])
    assert read_by(dated) == (*KEYS[6:], *KEYS[:6])
    assert in_time(new, [Era(None, 1, old), Era(None, 2, new)]) is new


# --- changes ----------------------------------------------------------------------------------------------------------


def test_changes_of_two_admins_are_put_together_weight_by_weight() -> None:
    base = document_of(mission(caps=[{"metric": "complaints", "op": "gt", "value": "5", "at_most": "59"}]))
    mine, theirs = parse(base), parse(base)
    groups = [{**group} for group in base["groups"]]
    theirs = parse({**base, "groups": [{**groups[0], "weight": "40"}, {**groups[1], "weight": "20"}, *groups[2:]]})
    parts = [{**groups[0]["parts"][0], "scale": {**LINE, "goal": "50"}}, *groups[0]["parts"][1:]]
    mine = parse({**base, "groups": [{**groups[0], "parts": parts}, *groups[1:]], "caps": []})
    made = rebased(parse(base), mine, theirs)
    assert made.conflicts == ()
    together = parse(made.document)
    assert [group.weight for group in together.groups] == [40, 20, 20, 20]
    assert together.groups[0].parts[0].scale.goal == 50
    assert together.caps == ()
    both = rebased(parse(base), parse({**base, "groups": [{**groups[0], "weight": "50"}, *groups[1:]]}), theirs)
    assert both.conflicts == ("groups.Customer stickiness.weight",)
    found = list(score_differences.changes(base, document_of(mine)))
    assert [(change.what, change.about) for change in found] == [
        ("scale", ("Customer stickiness", "active_rate")), ("limit", ()),
    ]  # fmt: skip
    assert score_differences.unkeyed(score_differences.keyed(base)) == {"bands": [], "segments": [], **base}


def test_names_and_bands_change_no_figure() -> None:
    groups = document_of(mission())["groups"]
    renamed = mission(groups=[{**groups[0], "name": {"en": "Loyalty"}}, *groups[1:]])
    assert same_figures(mission(), renamed)
    assert same_figures(mission(), mission(bands=[{**BAND, "at_least": "0"}]))
    assert not same_figures(mission(), mission(groups=[{**groups[0], "weight": "31"}, *groups[1:]]))


@pytest.mark.parametrize(
    ("typed", "written"),
    [("80 %", "0.8"), ("-5％", "-0.05"), ("0%", "0"), ("12", "12"), ("%", "%"),
     ("NaN%", "NaN%"), ("sNaN%", "sNaN%"), ("1e9999999%", "1e9999999%"), ("1e999999%", "1e999999%"),
     ("1e-999999%", "1e-999999%")],
)  # fmt: skip
def test_a_percentage_is_its_share_and_nothing_is_written_out_at_length(typed: str, written: str) -> None:
    found = number_of(typed)
    assert found == written or Decimal(found) == Decimal(written)
    assert len(found) < 20
