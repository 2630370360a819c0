"""What-ifs for programs: worked out with nothing kept, refusals that name the field, those that people keep."""

from decimal import Decimal

import pytest

from apps.metrics.models import MetricValue
from apps.scenarios import selectors, services
from apps.scenarios.domain.changes import Changes, Move, Pull
from apps.scenarios.models import Scenario
from tests.integration.api.conftest import Program
from tests.integration.scenarios import conftest as shops

shop = shops.shop
QUERIES = 30


def evaluated(api: Program, **sent) -> dict:
    answer = api.post("scenarios/evaluate", sent)
    assert answer.status_code == 200, answer.content
    return answer.json()


def test_a_what_if_moves_the_tree_and_keeps_nothing(api: Program, shop, django_assert_max_num_queries) -> None:
    """8,000 x 2.5 x 1,600 = 32,000,000; with 3.2 visits 40,960,000, of which the target expects 33,000,000 by then."""
    values = list(MetricValue.objects.order_by("pk").values_list())
    with django_assert_max_num_queries(QUERIES):
        found = evaluated(api, moves=[{"metric": "visits", "number": "3.2"}])
    assert (found["period"], found["grain"]) == ("2026-06", "month")
    root, nodes = found["root"], {node["metric"]: node for node in found["nodes"]}
    assert (root["metric"], root["now"], root["what_if"], root["difference"]) == (
        "revenue", "32000000", "40960000", "8960000",
    )  # fmt: skip
    assert root["target"] == {
        "goal_now": "40000000", "goal": "40000000", "status_now": "warn", "status": "good", "expected": "33000000",
    }  # fmt: skip
    assert [(key, node["level"], node["link"], node["leaf"], node["moved"]) for key, node in nodes.items()] == [
        ("revenue", 0, "formula", False, True), ("customers", 1, "formula", True, False),
        ("arpu", 1, "formula", False, True), ("visits", 2, "formula", True, True),
        ("spend", 2, "formula", True, False), ("nps", 2, "influence", True, False),
    ]  # fmt: skip
    assert found["accounts"] == [{"kind": "leaf", "metric": "visits", "child": "", "effect": "8960000"}]
    assert list(MetricValue.objects.order_by("pk").values_list()) == values
    assert not Scenario.objects.exists()


def test_shares_beliefs_goals_and_earlier_periods(api: Program, shop) -> None:
    found = evaluated(
        api,
        period="2026-05",
        moves=[
            {"metric": "customers", "how": "share", "number": 0.1},
            {"metric": "nps", "how": "amount", "number": 3.8},
        ],
        goals=[{"metric": "revenue", "goal": "50000000"}],
        elasticities=[{"parent": "arpu", "child": "nps", "elasticity": "0.5"}],
    )
    nodes = {node["metric"]: node for node in found["nodes"]}
    assert (nodes["customers"]["now"], nodes["customers"]["what_if"]) == ("7900", "8690")
    assert Decimal(nodes["arpu"]["what_if"]) == Decimal(nodes["arpu"]["now"]) * Decimal("1.05")  # 10 % of 38, at 0.5
    assert sum(Decimal(each["effect"]) for each in found["accounts"]) == Decimal(found["root"]["difference"])
    assert {(each["kind"], each["metric"], each["child"]) for each in found["accounts"]} == {
        ("leaf", "customers", ""), ("leaf", "nps", ""), ("elasticity", "arpu", "nps"),
    }  # fmt: skip
    assert (found["root"]["target"]["goal_now"], found["root"]["target"]["goal"]) == ("40000000", "50000000")


def test_everything_that_is_wrong_is_said_at_its_place(api: Program, shop) -> None:
    moved = [{"metric": key, "number": 3} for key in ("arpu", "visits", "visits")]
    answer = api.post("scenarios/evaluate", {
        "moves": moved,
        "weights": [{"score": "revenue", "group": 0, "weight": 10}],
        "goals": [{"metric": "visits", "goal": 3}],
        "elasticities": [{"parent": "revenue", "child": "nps", "elasticity": 1}],
    })  # fmt: skip
    assert answer.status_code == 422
    assert sorted(error["field"] for error in answer.json()["errors"]) == [
        "elasticities.0", "goals.0", "moves.0", "moves.2", "weights.0",
    ]  # fmt: skip
    answer = api.post("scenarios/evaluate", {"period": "2031-01", "dimension": "store", "member": "North"})
    assert [error["field"] for error in answer.json()["errors"]] == ["period", "member"]
    answer = api.post("scenarios/evaluate", {"moves": [{"metric": "visits", "number": "many"}], "sets": {}})
    assert {error["field"] for error in answer.json()["errors"]} == {"moves.0.number", "sets"}


def test_without_a_north_star_there_is_nothing_to_move(api: Program) -> None:
    assert api.post("scenarios/evaluate", {}).status_code == 404


@pytest.fixture
def saved(shop, ada, in_acme) -> Scenario:
    """A what-if of Ada's that nobody else sees."""
    choice = selectors.choice()
    sheet = selectors.today(selectors.scope_of("month", choice.newest.start.isoformat(), "", ""))
    changes = Changes({"visits": Move("set", Decimal("3.2"))}, elasticities={Pull("arpu", "nps"): Decimal("0.5")})
    return services.save_scenario(
        actor=ada.actor, name="More visits", note="Reminders", shared=False, base=sheet.base, changes=changes
    )


def test_saved_ones_are_listed_and_read_by_whom_they_are_for(api: Program, program, saved, ada, ben) -> None:
    other = program(ben.actor)
    [listed] = api.get("scenarios").json()["items"]
    assert (listed["name"], listed["mine"], listed["shared"], listed["now"], listed["what_if"]) == (
        "More visits", True, False, "32000000", "40960000",
    )  # fmt: skip
    assert api.get("scenarios?query=fewer").json()["items"] == other.get("scenarios").json()["items"] == []
    assert other.get(f"scenarios/{saved.pk}").status_code == 404

    whole = api.get(f"scenarios/{saved.pk}").json()
    assert whole["changes"]["moves"] == [{"metric": "visits", "how": "set", "number": "3.2"}]
    assert evaluated(api, **whole["changes"]) == whole["outcome"], "its changes may be sent as they are"

    services.change_scenario(
        actor=ada.actor, scenario_id=saved.pk, revision=saved.revision, name="More visits", note="", shared=True,
        changes=Changes(),
    )  # fmt: skip
    [seen] = other.get("scenarios").json()["items"]
    assert (seen["mine"], seen["author_name"], seen["difference"]) == (False, "Ada", "0")


def test_a_key_without_the_scope_is_refused(program, actor, saved) -> None:
    blind = program(actor, "data:read")
    assert blind.post("scenarios/evaluate", {}).status_code == 403
    assert blind.get("scenarios").status_code == 403
    reader = program(actor, "metrics:read")
    assert reader.post("scenarios/evaluate", {}).status_code == 200
