"""The tree explained from stored values: periods, targets, stores, scores; in a fixed number of queries."""

from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest

from apps.drivers.selectors import tree_shares
from apps.kernel.period import Grain
from apps.metrics import selectors as metrics
from apps.metrics import services
from apps.targets.services import set_target
from apps.workspaces.scope import current_workspace
from tests.integration.drivers.conftest import JUNE, MAY

QUERIES = 4
"""Metrics, the tree, the periods there are, both ends."""


def effects(found, node_ids) -> dict[str, Fraction | None]:
    return {key: found.nodes[node_id].effect for key, node_id in node_ids.items() if node_id in found.nodes}


def month(start: date):
    return current_workspace().calendar.period_of(start, Grain.MONTH)


def test_the_newest_month_against_the_one_before(node_ids, django_assert_num_queries) -> None:
    with django_assert_num_queries(QUERIES):
        found = tree_shares(grain=Grain.MONTH)
    assert (found.period, found.base, found.reason) == (month(JUNE), month(MAY), "")
    assert effects(found, node_ids) == {"arpu": 2004, "visits": 2067, "spend": -63, "mood": None}
    assert found.nodes[node_ids["arpu"]].gap == 0
    mood = found.nodes[node_ids["mood"]]
    assert (mood.change, mood.on_parent, mood.influence) == (-2, None, True)


def test_the_number_of_queries_does_not_grow_with_the_tree(
    node_ids, typed, ada, run_work, django_assert_num_queries
) -> None:
    root = metrics.tree().id
    for number in range(8):
        typed(f"extra_{number}", {MAY: 1, JUNE: 2})
        services.add_node(
            actor=ada.actor, metric_id=metrics.metric_for(f"extra_{number}").id, parent_id=root, link="influence"
        )
    run_work()
    with django_assert_num_queries(QUERIES):
        assert len(tree_shares(grain=Grain.MONTH).nodes) == 12


def test_a_chosen_period_and_the_other_methods(node_ids) -> None:
    found = tree_shares(grain=Grain.MONTH, period=month(MAY), base=month(JUNE))
    assert effects(found, node_ids)["visits"] == -2067
    assert effects(tree_shares(grain=Grain.MONTH, method="sequential"), node_ids)["visits"] == 2080
    by_logarithms = effects(tree_shares(grain=Grain.MONTH, method="lmdi"), node_ids)
    assert round(by_logarithms["visits"], 2) == Fraction("2066.07")


def test_the_rival_against_the_own_store(node_ids) -> None:
    found = tree_shares(grain=Grain.MONTH, against="peer", dimension="store", member="rival", peer="own")
    assert effects(found, node_ids) == {"arpu": 2004, "visits": 2067, "spend": -63, "mood": None}
    turned = tree_shares(grain=Grain.MONTH, against="peer", dimension="store", member="own", peer="rival")
    assert effects(turned, node_ids)["visits"] == -2067
    whole = tree_shares(grain=Grain.MONTH, against="peer", dimension="store", member="own", peer="")
    assert effects(whole, node_ids) == {"arpu": -2004, "visits": -2067, "spend": 63, "mood": None}


def test_one_store_over_time_has_no_value_where_it_has_none(node_ids) -> None:
    found = tree_shares(grain=Grain.MONTH, dimension="store", member="own")
    assert found.nodes == {}
    assert "own · May 2026" in found.reason


def test_against_the_target_with_targets_of_the_parts_and_without(node_ids, ada, django_assert_num_queries) -> None:
    def aim(key: str, baseline: object, goal: object) -> None:
        metric_id = metrics.metric_for(key).id
        set_target(
            actor=ada.actor, metric_id=metric_id, grain=Grain.MONTH, baseline=Decimal(str(baseline)),
            goal=Decimal(str(goal)), start=date(2026, 6, 1), due=date(2026, 7, 31),
        )  # fmt: skip

    assert "There is no target" in tree_shares(grain=Grain.MONTH, against="target").reason
    aim("arpu", 4000, 6000)
    alone = tree_shares(grain=Grain.MONTH, against="target")
    assert alone.nodes[node_ids["arpu"]].change == 1004
    assert alone.nodes[node_ids["arpu"]].unsplit
    assert alone.nodes[node_ids["visits"]].effect is None
    aim("visits", "2.5", "3.5")
    aim("spend", 1600, 1640)
    with django_assert_num_queries(QUERIES + 1):
        found = tree_shares(grain=Grain.MONTH, against="target")
    # Expected by the end of June: half of the way, 5,000; visits 3.0 x spend 1,620 = 4,860, so 140 lie beside them.
    assert effects(found, node_ids) == {"arpu": 1004, "visits": 1280, "spend": -136, "mood": None}
    assert found.nodes[node_ids["arpu"]].gap == -140
    assert found.nodes[node_ids["arpu"]].flagged


def test_a_running_period_is_not_compared_with_a_whole_one(node_ids) -> None:
    today = current_workspace().calendar.period_of(date(2099, 1, 1), Grain.MONTH)
    found = tree_shares(grain=Grain.MONTH, period=today)
    assert found.nodes == {}
    assert "still running" in found.reason


def test_a_sum_of_a_member_is_not_compared_with_the_whole(in_acme) -> None:
    assert tree_shares(grain=Grain.MONTH).reason.startswith("There is no value of an ended period yet")


@pytest.mark.parametrize("sides", [("own", "own"), ("", "")])
def test_peers_are_two(node_ids, sides) -> None:
    found = tree_shares(grain=Grain.MONTH, against="peer", dimension="store", member=sides[0], peer=sides[1])
    assert "choose two that differ" in found.reason


def test_a_score_in_the_tree_opens_by_the_definitions_its_values_stem_from(
    shop, defined, ada, run_work, django_assert_num_queries
) -> None:
    def members(own: str, other: str) -> list[dict]:
        return [
            {"name": {"en": name, "zh": name}, "weight": weight,
             "parts": [{"metric": key, "weight": "1", "scale": {"type": "linear", "floor": floor, "goal": goal}}]}
            for name, weight, key, floor, goal in (("One", own, "arpu", "0", "8000"), ("Two", other, "mood", "0", "10"))
        ]  # fmt: skip

    defined("health", "score", {"kind": "score"}, groups=members("30", "70"))
    run_work()
    star = metrics.metric_for("health")
    services.choose_north_star(actor=ada.actor, metric_id=star.id, grain=Grain.MONTH, reason="Better.")
    with django_assert_num_queries(QUERIES + 1):
        found = tree_shares(grain=Grain.MONTH)
    root = found.nodes[str(metrics.tree().id)]
    assert root.change == Fraction(2004, 80) * Fraction(3, 10) - 14
    names = {str(node.id): node.key for node in metrics.tree().walk()}
    effects = {names.get(path, path.rsplit("/", 1)[-1]): each.effect for path, each in found.nodes.items()}
    assert effects["mood"] == -14
    assert effects["visits"] == Fraction(2067, 80) * Fraction(3, 10)
