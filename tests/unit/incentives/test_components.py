"""Weights, gates, multipliers and their order: the seed plan's worked numbers, and every option."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.incentives.domain.attainment import Attaining, Basis, Direction, Lower
from apps.incentives.domain.components import Decision, StepName, Verdict, _tried
from apps.incentives.domain.curve import Curve, Shape, Tier, Tiers
from apps.incentives.domain.plan import Combine, Condition, GatesWhen, Missing, Multiplier, Plan, Scope, Unknown
from apps.kernel.issue import Issue, Refusal
from tests.unit.incentives.laws import LAW, exact
from tests.unit.incentives.messages import spoken
from tests.unit.incentives.numbers import F, fen, percent
from tests.unit.incentives.plans import (
    ACTIVE,
    BOOST,
    BY_RATIO,
    CLASSIC,
    COST,
    CSAT,
    PROFIT,
    SAFE,
    SEED,
    assembled,
    component,
    curve,
    reading,
    readings,
)

TEAM_TARGET = 30_000


def paid(plan: Plan, *given: Any, **more: Any) -> int:
    return round(assembled(plan, *given, **more).factor * TEAM_TARGET * 100)


def test_a_curve_for_each_component_then_their_weighted_sum() -> None:
    found = assembled(SEED)
    assert [outcome.factor for outcome in found.components] == [percent(80), F(7, 6), percent("87.5")]
    by_ratio = assembled(BY_RATIO)
    assert [outcome.factor for outcome in by_ratio.components] == [percent(80), F(10, 9), percent("87.5")]
    assert [outcome.contribution * TEAM_TARGET for outcome in by_ratio.components] == [12_000, 10_000, 5_250]
    assert by_ratio.factor == F(109, 120)  # 0.908333
    assert paid(BY_RATIO) == fen("27,250.00")
    assert [(step.name, step.after) for step in by_ratio.steps] == [(StepName.SUM, F(109, 120))]


def test_one_curve_on_the_weighted_attainment() -> None:
    plan = replace(BY_RATIO, combine=Combine.ON_TOTAL, total_curve=CLASSIC)
    found = assembled(plan)
    assert round(found.steps[0].amount * 100_000) == 95_667  # 95.667 %
    assert round(found.factor * 1_000_000) == 891_667
    assert paid(plan) == fen("26,750.00")
    assert sum(part for _, part in found.parts()) == found.factor
    assert sum(outcome.contribution for outcome in found.components) == found.factor
    nothing = assembled(plan, readings(active=0, csat=0, cost=1_600_000))
    assert (nothing.factor, nothing.parts()) == (0, ((ACTIVE, 0), (CSAT, 0), (COST, 0)))
    assert assembled(replace(plan, total_curve=None)).factor == F("0.5") * F("0.92") + F("0.3") * F(46, 45) + F("0.19")


def test_components_that_multiply_each_other() -> None:
    plan = replace(BY_RATIO, combine=Combine.MULTIPLIED)
    assert paid(plan) == fen("23,333.33")
    found = assembled(plan)
    assert found.factor == F(7, 9)
    assert found.parts() == (("", F(7, 9)),)
    assert found.steps[0].name is StepName.PRODUCT


def test_a_void_component_gives_its_weight_to_the_others() -> None:
    plan = replace(BY_RATIO, missing=Missing.REWEIGHT)
    void = Decision(CSAT, "t", Verdict.VOID, "The survey was stopped.", "hr", "cfo")
    found = assembled(plan, decisions=[void])
    assert paid(plan, decisions=[void]) == fen("24,642.86")
    assert [outcome.weight for outcome in found.components] == [F(5, 7), 0, F(2, 7)]
    assert [outcome.key for outcome in found.components] == [ACTIVE, CSAT, COST]
    assert found.components[1].verdict is Verdict.VOID
    assert found.components[1].contribution == 0
    most = replace(plan, components=plan.components[:2])  # a draft that is tried: its weights make 80 %
    assert [outcome.weight for outcome in assembled(most, decisions=[void]).components] == [F("0.8"), 0]
    multiplied = replace(plan, combine=Combine.MULTIPLIED)
    assert assembled(multiplied, decisions=[void]).factor == F("0.8") * F("0.875")
    everything = [replace(void, component=key) for key in (ACTIVE, CSAT, COST)]
    with pytest.raises(Refusal, match=r"^Every component is void: nothing is left to pay by\.$"):
        assembled(plan, decisions=everything)


def test_a_missing_value_blocks_until_somebody_decides_with_a_reason() -> None:
    known = readings(csat=None)
    with pytest.raises(Refusal, match=r"^Pay cannot be calculated yet: figures are missing\.") as refused:
        assembled(BY_RATIO, known)
    assert [issue.where for issue in refused.value.issues] == ["CSAT"]
    nothing = Decision(CSAT, "t", Verdict.ZERO, "Nobody asked the customers.", "hr")
    plan = replace(BY_RATIO, missing=Missing.ZERO)
    assert assembled(plan, known, [nothing]).factor == F(109, 120) - F("0.3") * F(10, 9)
    for decision, said, sentence in (
        (nothing, BY_RATIO, "The plan does not allow this decision"),
        (replace(nothing, verdict=Verdict.VOID), plan, "The plan does not allow this decision"),
        (replace(nothing, reason=" "), plan, "A decision about a missing value needs its reason"),
        (
            replace(nothing, verdict=Verdict.VOID),
            replace(plan, missing=Missing.REWEIGHT),
            "needs the approval of a second",
        ),
        (
            replace(nothing, verdict=Verdict.VOID, approved_by="hr"),
            replace(plan, missing=Missing.REWEIGHT),
            "needs the approval of a second person",
        ),
    ):
        with pytest.raises(Refusal) as refused:
            assembled(said, known, [decision])
        assert sentence in spoken(refused.value.issues[0])


def test_counting_nothing_never_means_that_nothing_was_spent() -> None:
    """Less is better: an actual cost of 0 would pay the most. The decision says what is paid, not what was measured."""
    plan = replace(BY_RATIO, missing=Missing.ZERO)
    nothing = Decision(COST, "t", Verdict.ZERO, "The ledger is lost.", "hr")
    assert assembled(plan, readings(cost=None), [nothing]).components[2].contribution == 0


def test_everything_that_is_missing_is_said_at_once() -> None:
    plan = replace(BY_RATIO, gates=(SAFE,), multipliers=(replace(BOOST, condition=Condition("m", F(1))),))
    with pytest.raises(Refusal, match="Pay cannot be calculated yet") as refused:
        assembled(plan, {})
    missing = "The metric has no value for the period. Upload the data, or decide what counts instead."
    assert [(issue.where, issue.in_words()) for issue in refused.value.issues] == [
        ("Safety", "The gate's metric has no value for the period. Upload the data."),
        ("Profit", "The multiplier's metric has no value for the period. Upload the data."),
        ("ACTIVE", missing),
        ("CSAT", missing),
        ("COST", missing),
    ]


def test_what_is_missing_is_told_with_its_figures() -> None:
    trouble: list[Issue] = []

    def lacking() -> None:
        raise Refusal("%(team)s has no value.", {"team": "S01"})

    assert _tried(trouble, "Safety", lacking) is None
    assert [str(each) for each in trouble] == ["Safety: S01 has no value."]


@pytest.mark.parametrize(
    ("cap", "boost", "when", "amount"),
    [
        ("0", False, GatesWhen.LAST, "0.00"),
        ("0.5", False, GatesWhen.LAST, "15,000.00"),
        ("1", False, GatesWhen.LAST, "27,250.00"),
        (None, True, GatesWhen.LAST, "29,975.00"),
        ("0.5", True, GatesWhen.LAST, "15,000.00"),
        ("0.5", True, GatesWhen.BEFORE_MULTIPLIERS, "16,500.00"),
    ],
)
def test_gates_and_multipliers(cap: str | None, boost: bool, when: GatesWhen, amount: str) -> None:
    gates = () if cap is None else (replace(SAFE, cap=F(cap)),)
    plan = replace(BY_RATIO, gates=gates, multipliers=(BOOST,) if boost else (), gates_when=when)
    known = readings(safety=1)  # one accident, none allowed
    assert paid(plan, known) == fen(amount)


def test_every_step_is_kept_with_its_name() -> None:
    plan = replace(BY_RATIO, gates=(replace(SAFE, cap=F("0.95")),), multipliers=(BOOST,), total_cap=F("0.9"))
    found = assembled(plan, readings(safety=1))
    assert [(step.name, step.key, step.amount, step.held) for step in found.steps] == [
        (StepName.SUM, "", F(109, 120), True),
        (StepName.MULTIPLIER, PROFIT, F("1.1"), True),
        (StepName.GATE, "safety", F("0.95"), False),
        (StepName.CAP, "", F("0.9"), False),
    ]
    assert [step.after for step in found.steps] == [F(109, 120), F(1199, 1200), F("0.95"), F("0.9")]
    assert found.steps[2].value == 1
    assert found.factor == F("0.9")
    assert sum(part for _, part in found.parts()) == F("0.9")
    for cap in (F("0.95"), F("0.97")):  # what counts is what stands after the gate
        last = assembled(replace(plan, total_cap=cap), readings(safety=1)).steps[-1]
        assert (last.after, last.held) == (F("0.95"), True)
    uncut = assembled(replace(plan, total_cap=F(2)), readings(safety=0))
    assert [step.held for step in uncut.steps] == [True] * 4
    assert uncut.factor == F(1199, 1200)


def test_a_gate_without_data() -> None:
    lenient = replace(BY_RATIO, gates=(replace(SAFE, unknown=Unknown.NOT_PASSED),))
    assert assembled(lenient).factor == 0
    with pytest.raises(Refusal):
        assembled(replace(BY_RATIO, gates=(SAFE,)))


@pytest.mark.parametrize(
    ("at_least", "included", "value", "holds"),
    [(True, True, 5, True), (True, False, 5, False), (True, True, 6, True), (True, True, 4, False),
     (False, True, 5, True), (False, False, 5, False), (False, True, 4, True), (False, True, 6, False)],
)  # fmt: skip
def test_conditions(at_least: bool, included: bool, value: int, holds: bool) -> None:
    assert Condition("m", F(5), at_least, included).holds(F(value)) is holds


def test_a_gate_on_one_component_limits_that_component() -> None:
    gate = replace(SAFE, component=ACTIVE, cap=F("0.4"))
    found = assembled(replace(BY_RATIO, gates=(gate,)), readings(safety=1))
    assert found.components[0].factor == F("0.4")
    assert found.components[0].limited == ("safety",)
    assert found.factor == F(109, 120) - F("0.2")
    assert [step.name for step in found.steps] == [StepName.SUM]
    passed = assembled(replace(BY_RATIO, gates=(gate,)), readings(safety=0))
    assert passed.components[0].limited == ()
    mild = assembled(replace(BY_RATIO, gates=(replace(gate, cap=F(1)),)), readings(safety=1))
    assert mild.components[0].limited == ()


def test_a_component_can_be_capped() -> None:
    plan = replace(
        BY_RATIO, components=(*BY_RATIO.components[:1], component(CSAT, 30, cap=F(1)), BY_RATIO.components[2])
    )
    found = assembled(plan)
    assert found.components[1].factor == 1
    assert found.components[1].limited == ("cap",)
    assert found.components[0].limited == ()
    lines = (*plan.components[:1], replace(plan.components[1], cap=F(10, 9)), plan.components[2])
    assert assembled(replace(plan, components=lines)).components[1].limited == ()  # it cuts nothing


def test_multipliers_by_condition_and_by_curve() -> None:
    over = replace(BOOST, condition=Condition("m_profit", F(100), scope=Scope.COMPANY))
    plan = replace(BY_RATIO, multipliers=(over,))
    company = {(PROFIT, ""): reading(100)}
    assert assembled(plan, readings() | company).factor == F(109, 120) * F("1.1")
    below = assembled(plan, readings() | {(PROFIT, ""): reading(99)})
    assert (below.factor, below.steps[1].held, below.steps[1].value) == (F(109, 120), False, 99)
    by_curve = Multiplier(PROFIT, "Profit", curve=curve((0, 0), (100, 1), (200, 2)), metric="m_profit")
    found = assembled(replace(BY_RATIO, multipliers=(by_curve,)), readings(profit=150))
    assert found.steps[1].amount == F("1.5")
    assert (found.steps[1].key, found.steps[1].value) == (PROFIT, 150)
    nothing_said = Multiplier(PROFIT, "Profit")
    assert assembled(replace(BY_RATIO, multipliers=(nothing_said,))).factor == F(109, 120)


def test_company_and_team_values_are_not_mixed() -> None:
    company = replace(BY_RATIO, components=(component(ACTIVE, 50, scope=Scope.COMPANY), *BY_RATIO.components[1:]))
    known = readings(active=0) | {(ACTIVE, ""): reading(9_200, 10_000)}
    assert assembled(company, known).factor == F(109, 120)
    assert assembled(BY_RATIO, known).factor == F(109, 120) - F("0.4")


SALES = Tiers((Tier(F(0), percent(5)), Tier(F(100_000), percent(8)), Tier(F(150_000), percent(10))))


def test_tiers_pay_money_beside_the_weights() -> None:
    sales = component("sales", 0, tiers=SALES, attaining=Attaining(basis=Basis.ACTUAL))
    plan = replace(BY_RATIO, components=(*BY_RATIO.components, sales))
    known = readings() | {("sales", "t"): reading(170_000)}
    assert plan.weighted == BY_RATIO.components
    found = assembled(plan, known, target=30_000)
    assert found.components[3].money == 11_000
    assert [band.pay for band in found.components[3].bands] == [5_000, 4_000, 2_000]
    assert found.factor * 30_000 == 27_250 + 11_000
    assert sum(part for _, part in found.parts()) == found.factor
    with pytest.raises(Refusal) as refused:
        assembled(plan, known)
    told = "Tiers pay a share of the target bonus, and there is none. Give a target above 0."
    assert refused.value.issues[0].in_words() == told
    on_total = replace(plan, combine=Combine.ON_TOTAL, total_curve=CLASSIC)
    assert assembled(on_total, known, target=30_000).factor * 30_000 == 26_750 + 11_000
    assert assembled(on_total, known, target=30_000).components[3].contribution == F(11, 30)
    assert sum(part for _, part in assembled(on_total, known, target=30_000).parts()) * 30_000 == 37_750
    product = replace(plan, combine=Combine.MULTIPLIED)
    assert assembled(product, known, target=30_000).factor == F(7, 9) + F(11, 30)
    void = Decision(CSAT, "t", Verdict.VOID, "Stopped.", "hr", "cfo")
    reweighted = assembled(replace(plan, missing=Missing.REWEIGHT), known, [void], target=30_000)
    assert [outcome.weight for outcome in reweighted.components] == [F(5, 7), 0, F(2, 7), 1]


def test_a_reciprocal_without_a_ratio_is_the_top_of_either_curve() -> None:
    reciprocal = Attaining(direction=Direction.LOWER, lower=Lower.RECIPROCAL)
    only = replace(BY_RATIO, components=(component(COST, 100, attaining=reciprocal),))
    known = readings(cost=0)
    assert assembled(only, known).factor == 2
    on_total = replace(only, combine=Combine.ON_TOTAL, total_curve=CLASSIC)
    assert assembled(on_total, known).factor == 2
    assert assembled(replace(on_total, total_curve=Curve(shape=Shape.DIRECT)), known).factor == 0


# --- laws ------------------------------------------------------------------------------------------------------------

values = exact(0, 20_000)


@LAW
@given(values, values, st.booleans(), st.sampled_from(list(GatesWhen)), st.none() | exact(0, 2))
def test_more_active_customers_never_pay_less(
    one: Fraction, other: Fraction, safe: bool, when: GatesWhen, cap: Fraction | None
) -> None:
    plan = replace(BY_RATIO, gates=(replace(SAFE, cap=F("0.7")),), multipliers=(BOOST,), gates_when=when, total_cap=cap)
    worse, better = sorted((one, other))
    found = [assembled(plan, readings(active=value, safety=0 if safe else 1)) for value in (worse, better)]
    assert found[0].factor <= found[1].factor
    for each in found:
        assert sum(part for _, part in each.parts()) == each.factor
        if not safe and when is GatesWhen.LAST:
            assert each.factor <= F("0.7")
        if cap is not None:
            assert each.factor <= cap
