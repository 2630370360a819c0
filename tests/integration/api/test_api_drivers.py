"""What moved a metric, for programs: bars that add up, reasons, and refusals that name the field."""

from decimal import Decimal

from tests.integration.api.conftest import Program
from tests.integration.drivers import conftest as shops

QUERIES = 18

defined, shop, typed = shops.defined, shops.shop, shops.typed


def test_a_bridge_adds_up_at_every_level(api: Program, shop, django_assert_max_num_queries) -> None:
    with django_assert_max_num_queries(QUERIES):
        answer = api.get("drivers/arpu")
    found = answer.json()
    assert (found["period"], found["base"], found["reason"]) == ("2026-06", "2026-05", "")
    assert (found["before"], found["after"], found["change"]) == ("4000", "6004", "2004")
    top, *parts = found["bars"]
    assert [(bar["metric"], bar["effect"], bar["shown"]) for bar in parts] == [
        ("visits", "2067", "2067"), ("spend", "-63", "-63"),
    ]  # fmt: skip
    assert sum(Decimal(bar["shown"]) for bar in parts) == Decimal(top["shown"]) == 2004
    assert "accounts for" in found["paragraph"]


def test_peers_reversed_change_their_sign(api: Program, shop) -> None:
    one = api.get("drivers/arpu?against=peer&dimension=store&member=rival&peer=own").json()
    other = api.get("drivers/arpu?against=peer&dimension=store&member=own&peer=rival").json()
    assert [Decimal(bar["effect"]) for bar in one["bars"]] == [-Decimal(bar["effect"]) for bar in other["bars"]]


def test_what_cannot_be_told_says_why(api: Program, shop) -> None:
    found = api.get("drivers/arpu?against=target").json()
    assert found["bars"] == []
    assert "no target" in found["reason"]
    assert "still running" in api.get("drivers/arpu?period=2099-01").json()["reason"]


def test_bad_questions_name_their_fields(api: Program, shop) -> None:
    assert api.get("drivers/nothing").status_code == 404
    answer = api.get("drivers/arpu?grain=week&dimension=colour")
    assert answer.status_code == 422
    assert {error["field"] for error in answer.json()["errors"]} == {"grain", "dimension"}
    assert api.get("drivers/arpu?period=2026-13").json()["errors"][0]["field"] == "period"
    assert api.get("drivers/arpu?member=own").json()["errors"][0]["field"] == "member"


def test_a_member_that_is_not_there_is_no_zero(api: Program, shop) -> None:
    for query in ("member=nowhere&period=2026-06", "member=own&peer=nowhere&against=peer&period=2026-06"):
        refused = api.get(f"drivers/visits?dimension=store&{query}")
        assert refused.status_code == 422, refused.content
        assert refused.json()["errors"][0]["field"] == ("peer" if "peer=" in query else "member")
