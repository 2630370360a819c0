"""A score stands in the tree above its members, as a formula does above what it names."""

from apps.demo.domain.story_holding import HOLDING
from apps.metrics.domain import branches
from apps.metrics.domain.definition import ScoreDefinition, parse
from apps.metrics.domain.scoring import metrics_of

SCORE = next(one for one in map(parse, HOLDING.metrics) if isinstance(one, ScoreDefinition))


def test_its_members_are_parts_of_it_and_nothing_else_is() -> None:
    assert branches.factors_of(SCORE) == metrics_of(SCORE)
    assert branches.missing_factors(SCORE, ["nps", "retention"]) == tuple(
        key for key in metrics_of(SCORE) if key not in ("nps", "retention")
    )
    children = [("active_rate", "formula"), ("parts_stock", "formula"), ("arpu", "influence")]
    assert branches.signs(SCORE, children) == [("ƒ", False), ("", True), ("", False)]
    assert branches.shape_sign(SCORE, children) == "ƒ"


def test_the_demo_hangs_only_what_is_calculated_from() -> None:
    definitions = {definition.key: definition for definition in map(parse, HOLDING.metrics)}
    for branch in HOLDING.tree:
        assert branch.metric in branches.factors_of(SCORE)
        assert {below.metric for below in branch.below} <= set(branches.factors_of(definitions[branch.metric]))
