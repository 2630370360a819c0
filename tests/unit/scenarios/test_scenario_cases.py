"""What-ifs worked out by hand: visits and ticket of the workshop, a score with other weights, missing figures."""

from decimal import Decimal
from fractions import Fraction

import pytest

from apps.metrics.domain.formula import Input
from apps.metrics.domain.scales import Linear
from apps.metrics.domain.scoring import Cap, ScoreDefinition, ScoreGroup, ScorePart
from apps.scenarios.domain import checks
from apps.scenarios.domain.bridge import bridge
from apps.scenarios.domain.changes import Changes, Move, Pull, Weight
from apps.scenarios.domain.evaluation import Sheet
from apps.scenarios.domain.seeking import seek, sensitivity
from tests.unit.scenarios.scenario_trees import base, branch, quantity


@pytest.fixture
def shop() -> Sheet:
    """4S shop: 8,000 customers x 2.5 visits x 1,600."""
    return Sheet(
        base(
            branch("revenue", "customers", branch("arpu", "visits", "spend")),
            quantity("revenue", 32_000_000, "customers * arpu"),
            quantity("customers", 8000),
            quantity("arpu", 4000, "visits * spend"),
            quantity("visits", "2.5"),
            quantity("spend", 1600),
        )
    )


def test_more_visits_give_the_later_figures(shop: Sheet) -> None:
    changes = Changes(moves={"visits": Move("set", Decimal("3.2"))})
    after = shop.work_out(changes)
    assert after.values["arpu"] == 5120
    assert after.values["revenue"] == 40_960_000
    assert after.moved == {"visits", "arpu", "revenue"}
    assert [(share.key, share.effect) for share in bridge(shop, changes, after)] == [("visits", 8_960_000)]


def test_the_rival_is_ahead_by_frequency(shop: Sheet) -> None:
    changes = Changes(moves={"visits": Move("set", Decimal("3.8")), "spend": Move("amount", Decimal(-20))})
    shares = bridge(shop, changes, shop.work_out(changes))
    assert [(share.key, share.effect / 8000) for share in shares] == [("visits", 2067), ("spend", -63)]


def test_every_factor_of_a_product_moves_it_alike(shop: Sheet) -> None:
    assert {each.key: each.gain for each in sensitivity(shop)} == dict.fromkeys(
        ["customers", "visits", "spend"], 320_000
    )


def test_how_many_visits_reach_the_goal(shop: Sheet) -> None:
    assert seek(shop, Changes(), "visits", "arpu", Fraction(5500)).value == Fraction(5500, 1600)
    dearer = Changes(moves={"spend": Move("share", Decimal("0.1"))})
    found = seek(shop, dearer, "visits", "arpu", Fraction(5500))
    assert (found.how, found.value) == ("exact", Fraction(5500, 1760))
    assert seek(shop, Changes(), "visits", "arpu", Fraction(4000)).how == "already"
    assert seek(shop, Changes(), "visits", "arpu", Fraction(-5)).how == "outside"


def test_a_measured_parent_keeps_its_gap() -> None:
    sheet = Sheet(
        base(branch("total", "a", "b"), quantity("total", 104, "a + b"), quantity("a", 40), quantity("b", 60))
    )
    assert sheet.gaps == {"total": 4}
    assert sheet.work_out(Changes(moves={"a": Move("set", Decimal(50))})).values["total"] == 114


def test_a_division_by_zero_says_so_all_the_way_up() -> None:
    sheet = Sheet(
        base(
            branch("top", branch("ratio", "a", "b")),
            quantity("top", 4, "ratio + 2"),
            quantity("ratio", 2, "a / b"),
            quantity("a", 4),
            quantity("b", 2),
        )
    )
    changes = Changes(moves={"b": Move("set", Decimal(0))})
    after = sheet.work_out(changes)
    assert after.values["ratio"] is None
    assert after.reasons["ratio"].message == "It divides by zero."
    assert after.reasons["top"].params["names"] == ["ratio"]
    assert bridge(sheet, changes, after) is None


def test_a_quotient_is_sought_by_halving() -> None:
    sheet = Sheet(base(branch("ratio", "a", "b"), quantity("ratio", 2, "a / b"), quantity("a", 4), quantity("b", 2)))
    found = seek(sheet, Changes(), "b", "ratio", Fraction(3))
    assert found.how == "near"
    assert abs(found.value - Fraction(4, 3)) < Fraction(1, 10**8)


def test_a_parent_whose_formula_has_no_value_is_moved_itself() -> None:
    sheet = Sheet(base(branch("top", "a", "b"), quantity("top", 9, "a * b"), quantity("a", 3), quantity("b")))
    assert sheet.is_leaf("top")
    assert sheet.held["top"].params["names"] == ["b"]
    assert sheet.work_out(Changes(moves={"a": Move("set", Decimal(5))})).values["top"] == 9
    assert [issue.where for issue in checks.issues(sheet, Changes(moves={"b": Move("share", Decimal(1))}))] == [
        "move:b"
    ]
    assert sheet.work_out(Changes(moves={"top": Move("share", Decimal("0.1"))})).values["top"] == Fraction(99, 10)


def test_earlier_periods_stand_still() -> None:
    sheet = Sheet(
        base(
            branch("growth", "arpu"),
            quantity("growth", "0.25", "arpu / prior(arpu, 12) - 1", unit="percent"),
            quantity("arpu", 5000),
            earlier={Input("arpu", 12): Fraction(4000)},
        )
    )
    assert sheet.work_out(Changes(moves={"arpu": Move("set", Decimal(6000))})).values["growth"] == Fraction(1, 2)


def part(key: str, weight: int = 1) -> ScorePart:
    return ScorePart(metric=key, weight=weight, scale=Linear(floor=0, goal=100))


@pytest.fixture
def health() -> Sheet:
    """Stickiness 30, revenue 70; the first is 60 (of 50 and 70), the second 80."""
    score = ScoreDefinition(
        key="health", name={"en": "Health"}, grains=("month",), unit={"kind": "score"},
        groups=(
            ScoreGroup(name={"en": "Stickiness"}, weight=30, parts=(part("active"), part("nps"))),
            ScoreGroup(name={"en": "Revenue"}, weight=70, parts=(part("margin"),)),
        ),
        caps=(Cap(metric="nps", op="lt", value=10, at_most=40),),
    )  # fmt: skip
    return Sheet(
        base(
            branch("health", "active", "nps", "margin"),
            quantity("health", 74, score=score, unit="score"),
            quantity("active", 50),
            quantity("nps", 70),
            quantity("margin", 80),
        )
    )


def test_other_weights_and_leaves_of_a_score(health: Sheet) -> None:
    changes = Changes(moves={"active": Move("set", Decimal(70))}, weights={Weight("health", 0): Decimal(70)})
    after = health.work_out(changes)
    assert after.values["health"] == 75  # (70 x 70 + 70 x 80) / 140
    shares = {(share.what, share.key): share.effect for share in bridge(health, changes, after)}
    assert sum(shares.values()) == 1
    # active: +10 at weights 30/100 and 70/140; weights: from 74 to 70 before, from 77 to 75 after
    assert shares == {("leaf", "active"): 4, ("weights", "health"): -3}


def test_a_cap_holds_it_down(health: Sheet) -> None:
    assert health.work_out(Changes(moves={"nps": Move("set", Decimal(5))})).values["health"] == 40
    found = seek(health, Changes(), "margin", "health", Fraction(100))
    assert found.how == "alone"
    assert found.best == 88  # 0.3 x 60 + 0.7 x 100


def test_many_changes_of_a_score_still_add_up(health: Sheet) -> None:
    scores = [f"s{n}" for n in range(9)]
    sheet = Sheet(
        base(
            branch("health", *scores),
            quantity(
                "health",
                score=ScoreDefinition(
                    key="health", name={"en": "Health"}, grains=("month",), unit={"kind": "score"}, mean="geometric",
                    groups=(ScoreGroup(name={"en": "All"}, weight=1, parts=tuple(part(key) for key in scores)),),
                ),
            ),
            *(quantity(key, 20 + 5 * n) for n, key in enumerate(scores)),
        )
    )  # fmt: skip
    changes = Changes(moves={key: Move("amount", Decimal(n + 1)) for n, key in enumerate(scores)})
    after = sheet.work_out(changes)
    shares = bridge(sheet, changes, after)
    assert shares[-1].what == "others"
    assert shares[-1].count == 3
    assert sum(share.effect for share in shares) == after.values["health"] - sheet.now["health"]


def test_a_crowd_of_changes_is_not_weighed_one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    leaves = [f"part_{n}" for n in range(60)]
    sheet = Sheet(
        base(
            branch("revenue", *leaves, "nps"),
            quantity("revenue", None, " + ".join(leaves)),
            *(quantity(key, 10 + n) for n, key in enumerate(leaves)),
            quantity("nps", 40),
        )
    )
    moves = {key: Move("share", Decimal("0.1")) for key in leaves} | {"nps": Move("amount", Decimal(1))}
    changes = Changes(moves=moves, elasticities={Pull("revenue", "nps"): Decimal("0.5")})
    after, asked = sheet.work_out(changes), []
    whole = Sheet.work_out
    monkeypatch.setattr(Sheet, "work_out", lambda self, told: asked.append(told) or whole(self, told))
    shares = bridge(sheet, changes, after)
    assert sum(share.effect for share in shares) == after.values["revenue"] - sheet.now["revenue"]
    assert {share.what for share in shares if share.key in ("nps", "revenue")} == {"elasticity", "leaf"}
    assert (shares[-1].what, shares[-1].count) == ("others", 58)
    assert len([told for told in asked if len(told.moves) > 1]) <= 60


def test_what_cannot_be_is_said_for_every_field_at_once(health: Sheet) -> None:
    wrong = Changes(
        moves={"health": Move("set", Decimal(90)), "nobody": Move("set", Decimal(1))},
        weights={Weight("health", 0): Decimal(0), Weight("health", 5): Decimal(1)},
        goals={"active": Decimal(3)},
        elasticities={Pull("health", "nps"): Decimal(1)},
    )
    good, found = checks.sound(health, wrong)
    assert good.none
    assert [issue.where for issue in found] == [
        "move:health", "move:nobody", "weight:health:0", "weight:health:5", "goal:active", "pull:health:nps",
    ]  # fmt: skip


def test_assumptions_in_a_circle_are_refused() -> None:
    sheet = Sheet(
        base(
            branch("a", branch("b", branch("a", link="influence"), link="influence")),
            quantity("a", 1),
            quantity("b", 2),
        )
    )
    good, found = checks.sound(sheet, Changes(elasticities={Pull("a", "b"): Decimal(1), Pull("b", "a"): Decimal(1)}))
    assert good.none
    assert set(found[0].params["names"]) == {"a", "b"}


def test_a_typed_value_holds_against_an_influence() -> None:
    sheet = Sheet(base(branch("a", branch("b", link="influence")), quantity("a", 100), quantity("b", 0)))
    pull = {Pull("a", "b"): Decimal(1)}
    typed = Changes(moves={"a": Move("set", Decimal(7)), "b": Move("set", Decimal(5))}, elasticities=pull)
    assert sheet.work_out(typed).values["a"] == 7
    zero = sheet.work_out(Changes(moves={"b": Move("set", Decimal(5))}, elasticities=pull))
    assert zero.values["a"] is None
    assert zero.reasons["a"].params == {"name": "b"}
