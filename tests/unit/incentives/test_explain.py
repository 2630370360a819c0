"""The worked example in words: each figure with the line that makes it, in English and in Chinese."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest

from apps.incentives.domain.attainment import Attaining, Basis, Direction, Lower, RangeRule, Reading
from apps.incentives.domain.components import Decision, Verdict
from apps.incentives.domain.curve import Above, Curve, Shape, Tier, TierRule, Tiers
from apps.incentives.domain.explain import explain_factor, worked_example
from apps.incentives.domain.plan import Combine, Condition, Kind, Measured, Missing, Plan, Scope, Unknown
from apps.incentives.domain.pool import Funding, Terms
from apps.incentives.domain.rounding import Rounding, When
from apps.incentives.domain.run import calculate
from apps.incentives.domain.sentences import MARKS, Sentence, cents, fixed, money, number, percent
from apps.incentives.domain.snapshot import Adjustment, Slice, Snapshot
from tests.unit.incentives.messages import CATALOG, known
from tests.unit.incentives.numbers import F
from tests.unit.incentives.plans import (
    ACTIVE,
    BEFORE,
    BOOST,
    BY_RATIO,
    CLASSIC,
    CSAT,
    JOINED,
    SAFE,
    THREE,
    component,
    curve,
    person,
    reading,
    readings,
    snapshot,
)

UP, DOWN = Direction.HIGHER, Direction.LOWER


def words(snap: Snapshot, key: str = "E1") -> list[str]:
    found = worked_example(snap, calculate(snap), key)
    assert all(known(sentence.message) for sentence in found)
    return [sentence.in_words() for sentence in found]


def alone(rule: Attaining, known: Reading, curve_: Curve = CLASSIC, **more: Any) -> list[str]:
    plan = replace(BY_RATIO, components=(component(ACTIVE, 100, attaining=rule, curve=curve_),), **more)
    return words(snapshot(plan, known={(ACTIVE, "t"): known}))


def test_the_seed_plan() -> None:
    assert words(snapshot(BY_RATIO)) == [
        "ACTIVE: 9,200 ÷ 10,000 = 92 %.",
        "92 % lies between 80 % (pays 50 %) and 100 % (pays 100 %): "
        "50 % + (92 % − 80 %) ÷ (100 % − 80 %) × (100 % − 50 %) = 80 %.",
        "Weight 50 % × 80 % = 40 % of the target bonus.",
        "CSAT: 4.6 ÷ 4.5 = 102.22 %.",
        "102.22 % lies between 100 % (pays 100 %) and 120 % (pays 200 %): "
        "100 % + (102.22 % − 100 %) ÷ (120 % − 100 %) × (200 % − 100 %) = 111.11 %.",
        "Weight 30 % × 111.11 % = 33.33 % of the target bonus.",
        "COST: less is better, 2 − 840,000 ÷ 800,000 = 95 %.",
        "95 % lies between 80 % (pays 50 %) and 100 % (pays 100 %): "
        "50 % + (95 % − 80 %) ÷ (100 % − 80 %) × (100 % − 50 %) = 87.5 %.",
        "Weight 20 % × 87.5 % = 17.5 % of the target bonus.",
        "All components together: 90.83 % of the target bonus.",
        "2025-07-01 to 2025-09-30: ¥30,000.00 × 1/1 of the period × 90.83 % × coefficient 1 = ¥27,250.00.",
        "Rounded once: ¥27,250.00.",
    ]


def test_what_nothing_on_screen_explained() -> None:
    """SAP community, "interpolate and step goals": where do 75.16 % come from?"""
    sap = curve((620, "0.5"), (1997, 1), (2400, "1.5"), (3324, 2), (4000, 3))
    assert alone(Attaining(Basis.ACTUAL), reading(1313), sap)[:2] == [
        "ACTIVE: the value is 1,313; the curve is drawn on values.",
        "1,313 lies between 620 (pays 50 %) and 1,997 (pays 100 %): "
        "50 % + (1,313 − 620) ÷ (1,997 − 620) × (100 % − 50 %) = 75.16 %.",
    ]


def test_what_was_just_missed_is_shown_as_missed() -> None:
    assert alone(Attaining(), reading("7999.6", 10_000))[:2] == [
        "ACTIVE: 7,999.6 ÷ 10,000 = 79.996 %.",
        "79.996 % is short of the threshold of 80 %: it pays 0 %.",
    ]


@pytest.mark.parametrize(
    ("rule", "known", "sentence"),
    [
        (Attaining(), reading(-800, -1_000), "ACTIVE: 1 + (−800 − (−1,000)) ÷ |−1,000| = 120 %."),
        (Attaining(), reading(-5, 10), "ACTIVE: −5 ÷ 10 = −50 %, which counts as 0 %."),
        (
            Attaining(),
            reading(-30, -10),
            "ACTIVE: 1 + (−30 − (−10)) ÷ |−10| = −100 %, which counts as 0 %.",
        ),
        (Attaining(decimals=0), reading("0.996", 1), "ACTIVE: 0.996 ÷ 1 = 99.6 %, which counts as 100 %."),
        (
            Attaining(direction=DOWN),
            reading(250, 100),
            "ACTIVE: less is better, 2 − 250 ÷ 100 = −50 %, which counts as 0 %.",
        ),
        (Attaining(direction=DOWN), reading(-100, -50), "ACTIVE: less is better, 1 − (−100 − (−50)) ÷ |−50| = 200 %."),
        (
            Attaining(direction=DOWN),
            reading(50, -50),
            "ACTIVE: less is better, 1 − (50 − (−50)) ÷ |−50| = −100 %, which counts as 0 %.",
        ),
        (
            Attaining(direction=DOWN, lower=Lower.RECIPROCAL),
            reading(90, 100),
            "ACTIVE: less is better, 100 ÷ 90 = 111.11 %.",
        ),
        (
            Attaining(direction=DOWN, lower=Lower.RECIPROCAL, decimals=1),
            reading(90, 100),
            "ACTIVE: less is better, 100 ÷ 90 = 111.11 %, which counts as 111.1 %.",
        ),
        (
            Attaining(direction=DOWN, lower=Lower.RECIPROCAL),
            reading(0, 100),
            "ACTIVE: 0 against a target of 100 has no ratio; it counts as the last point of the curve.",
        ),
        (
            Attaining(Basis.BASELINE),
            reading(9_200, 10_000, start=8_000),
            "ACTIVE: the way made, (9,200 − 8,000) ÷ (10,000 − 8,000) = 60 %.",
        ),
        (
            Attaining(Basis.BASELINE),
            reading(7_000, 10_000, start=8_000),
            "ACTIVE: the way made, (7,000 − 8,000) ÷ (10,000 − 8,000) = −50 %, which counts as 0 %.",
        ),
        (Attaining(Basis.BINARY), reading(5, 5), "ACTIVE: 5, at least 5 was asked for: 100 %."),
        (Attaining(Basis.BINARY, bound_included=False), reading(5, 5), "ACTIVE: 5, more than 5 was asked for: 0 %."),
        (Attaining(Basis.BINARY, DOWN), reading(5, 5), "ACTIVE: 5, at most 5 was asked for: 100 %."),
        (
            Attaining(Basis.BINARY, DOWN, bound_included=False),
            reading(5, 5),
            "ACTIVE: 5, less than 5 was asked for: 0 %.",
        ),
        (
            Attaining(Basis.RANGE),
            reading("5.25", low=4, high=5, tolerance=1),
            "ACTIVE: 5.25, range 4 to 5, falling off over 1: 75 %.",
        ),
        (
            Attaining(Basis.RANGE),
            reading(9, low=4, high=5, tolerance=1),
            "ACTIVE: 9, range 4 to 5 = −300 %, which counts as 0 %.",
        ),
        (
            Attaining(Basis.RANGE, range_rule=RangeRule.BINARY),
            reading(5, low=4, high=5),
            "ACTIVE: 5, range 4 to 5: 100 %.",
        ),
        (
            Attaining(Basis.RANGE, range_rule=RangeRule.SHARE),
            Reading(inside=9, due=13),
            "ACTIVE: 9 of 13 readings in range = 69.23 %.",
        ),
        (
            Attaining(Basis.RANGE, range_rule=RangeRule.SHARE, decimals=0),
            Reading(inside=9, due=13),
            "ACTIVE: 9 of 13 readings in range = 69.23 %, which counts as 69 %.",
        ),
        (Attaining(Basis.RANGE, range_rule=RangeRule.MIRRORED), reading(6, 5), "ACTIVE: 1 − |6 − 5| ÷ |5| = 80 %."),
        (
            Attaining(Basis.RANGE, range_rule=RangeRule.MIRRORED),
            reading(20, 5),
            "ACTIVE: 1 − |20 − 5| ÷ |5| = −200 %, which counts as 0 %.",
        ),
    ],
)
def test_every_way_to_attain(rule: Attaining, known: Reading, sentence: str) -> None:
    assert alone(rule, known)[0] == sentence


@pytest.mark.parametrize(
    ("curve_", "attained", "sentence"),
    [
        (CLASSIC, 1, "The curve's point at 100 % pays 100 %."),
        (CLASSIC, "1.35", "135 % lies past the last point, 120 %: it pays 200 %."),
        (replace(CLASSIC, shape=Shape.STEP), "1.1", "110 % has reached the step at 100 %: it pays 100 %."),
        (Curve(shape=Shape.DIRECT), "1.1", "It pays as attained: 110 %."),
        (Curve(shape=Shape.DIRECT, cap=F(1)), "1.1", "110 % lies past the curve's cap: it pays 100 %."),
        (replace(CLASSIC, above=Above.EXTEND, cap=F("2.2")), "1.3", "130 % lies past the curve's cap: it pays 220 %."),
    ],
)
def test_every_place_on_a_curve(curve_: Curve, attained: object, sentence: str) -> None:
    assert alone(Attaining(), reading(attained, 1), curve_)[1] == sentence


def factor_of(plan: Plan, known: dict | None = None, **more: Any) -> list[str]:
    snap = snapshot(plan, known=known or readings(), **more)
    (assembly,) = calculate(snap).assemblies.values()
    return [sentence.in_words() for sentence in explain_factor(snap, "t", assembly)]


def test_limits_gates_and_multipliers() -> None:
    plan = replace(
        BY_RATIO,
        components=(component(ACTIVE, 50, cap=F("0.7")), *BY_RATIO.components[1:]),
        gates=(replace(SAFE, component=CSAT, cap=F("0.5")), replace(SAFE, key="s2", cap=F("0.6"))),
        multipliers=(BOOST, replace(BOOST, key="p2", name="Market", condition=Condition("m", F(5)))),
        total_cap=F("0.55"),
    )
    found = factor_of(plan, readings(safety=1, s2=1, p2=3))
    assert "Its cap leaves 70 %." in found
    assert "“Safety” is not met: it leaves 50 %." in found
    assert found[-5:] == [
        "All components together: 67.5 % of the target bonus.",
        "“Profit” multiplies by 1.1: 74.25 %.",
        "“Market” does not apply at 3: it stays at 74.25 %.",
        "“Safety” is not met at 1: no more than 60 %, which makes 60 %.",
        "The cap leaves 55 %.",
    ]
    passed = factor_of(replace(plan, total_cap=F(2)), readings(safety=0, s2=0, p2=3))
    assert passed[-2:] == [
        "“Safety” is met at 0: it stays at 94.42 %.",
        "The cap of 200 % is not reached: it stays at 94.42 %.",
    ]


def test_other_ways_to_combine() -> None:
    on_total = factor_of(replace(BY_RATIO, combine=Combine.ON_TOTAL, total_curve=CLASSIC))
    assert on_total[0] == "ACTIVE: 9,200 ÷ 10,000 = 92 %."
    assert len(on_total) == 4
    assert on_total[-1] == "Weighted attainment 95.67 %; on the curve that pays 89.17 %."
    product = factor_of(replace(BY_RATIO, combine=Combine.MULTIPLIED))
    assert product[-1] == "All components multiplied: 77.78 % of the target bonus."
    assert not any("Weight" in line for line in product)


def test_decisions() -> None:
    void = Decision(CSAT, "t", Verdict.VOID, "Stopped.", "hr", "cfo")
    found = factor_of(replace(BY_RATIO, missing=Missing.REWEIGHT), decisions=(void,))
    assert "CSAT is void by decision: the others carry its weight." in found
    assert "Weight 71.43 % × 80 % = 57.14 % of the target bonus." in found
    nothing = replace(void, verdict=Verdict.ZERO)
    found = factor_of(replace(BY_RATIO, missing=Missing.ZERO), decisions=(nothing,))
    assert "CSAT has no value and pays nothing, by decision." in found


@pytest.mark.parametrize(
    ("rule", "lines"),
    [
        (
            TierRule.MARGINAL,
            [
                "From 0 on: 100,000 × 5 % = ¥5,000.00.",
                "From 100,000 on: 50,000 × 8 % = ¥4,000.00.",
                "From 150,000 on: 20,000 × 10 % = ¥2,000.00.",
            ],
        ),
        (TierRule.WHOLE_RATE, ["150,000 was reached: 170,000 × 10 % = ¥17,000.00."]),
    ],
)
def test_tiers(rule: TierRule, lines: list[str]) -> None:
    bands = (Tier(F(0), F("0.05")), Tier(F(100_000), F("0.08")), Tier(F(150_000), F("0.1")))
    paid = component("sales", 0, tiers=Tiers(bands, rule), attaining=Attaining(Basis.ACTUAL))
    plan = replace(BY_RATIO, components=(*BY_RATIO.components, paid))
    found = words(snapshot(plan, known=readings() | {("sales", "t"): reading(170_000)}))
    at = found.index("SALES: the value is 170,000; the curve is drawn on values.")
    assert found[at + 1 : at + 1 + len(lines)] == lines


def test_a_transfer_and_everything_after_the_factor() -> None:
    moved = person("E1", slices=(Slice(BEFORE, "a", F(3_000)), Slice(JOINED, "b", F(3_600), F("1.2"))), earlier=100)
    plan = replace(BY_RATIO, person_cap=F(2_000), measured=Measured.CUMULATIVE)
    snap = snapshot(
        plan,
        [replace(moved, currency="JPY")],
        readings("a") | readings("b", active=10_000),
        rates={"JPY": F("20.5")},
        adjustments=(Adjustment("x", "E1", 500, "Thanks.", "hr"),),
    )
    found = words(snap)
    assert found[-7:] == [
        "2025-07-01 to 2025-08-14: ¥3,000.00 × 45/92 of the period × 90.83 % × coefficient 1 = ¥1,332.8804….",
        "2025-08-15 to 2025-09-30: ¥3,600.00 × 47/92 of the period × 100.83 % × coefficient 1.2 = ¥2,225.3478….",
        "The person cap leaves ¥2,000.00 of ¥3,558.2283….",
        "At the rate of 20.5 that is JP¥41,000.",
        "JP¥100 were paid earlier in the year.",
        "Adjusted by hand: JP¥500.",
        "That makes JP¥41,400.",
    ]
    assert sum("ACTIVE" in line for line in found) == 2  # both teams, in the order of the slices
    assert found[0] == "ACTIVE: 9,200 ÷ 10,000 = 92 %."
    gone = words(snapshot(BY_RATIO, [person(forfeits=True, reason="Left.")]))
    assert gone[-2:] == ["The plan pays nothing of this; the reason is stated.", "Rounded once: ¥0.00."]


def test_lines_that_are_rounded_by_themselves_are_not_rounded_once() -> None:
    plan = replace(BY_RATIO, rounding=Rounding(when=When.PER_COMPONENT))
    assert words(snapshot(plan))[-1] == "Each line is rounded by itself; together they make ¥27,250.00."
    assert words(snapshot(plan, [person(cap=F(9))]))[-1] == "Rounded once: ¥9.00."
    assert words(snapshot(replace(plan, kind=Kind.POOL)))[-1] == "Rounded once: ¥27,250.00."
    abroad = words(snapshot(plan, [person(currency="JPY")], rates={"JPY": F(20)}))
    assert abroad[-1] == "At the rate of 20 that is JP¥545,000."
    assert not any("rounded by itself" in line for line in abroad)


def test_what_counts_is_shown_as_exactly_as_what_was_measured() -> None:
    plan = replace(BY_RATIO, components=(component(ACTIVE, 100, attaining=Attaining(decimals=3)),))
    found = words(snapshot(plan, known={(ACTIVE, "t"): reading("79.99649", 100)}))
    assert found[0] == "ACTIVE: 79.99649 ÷ 100 = 79.996 %, which counts as 79.996 %."


def test_a_gate_without_a_value_shows_a_dash() -> None:
    plan = replace(BY_RATIO, gates=(replace(SAFE, unknown=Unknown.NOT_PASSED),))
    assert "“Safety” is not met at –: no more than 0 %, which makes 0 %." in words(snapshot(plan))


def test_a_company_wide_component() -> None:
    plan = replace(BY_RATIO, components=(component(ACTIVE, 100, scope=Scope.COMPANY),))
    assert words(snapshot(plan, known={(ACTIVE, ""): reading(1, 1)}))[0] == "ACTIVE: 1 ÷ 1 = 100 %."


def test_a_pool_says_who_got_the_cents() -> None:
    pooled = replace(BY_RATIO, kind=Kind.POOL)
    found = words(snapshot(pooled, THREE))
    assert found[-3:] == [
        "Pool of t: ¥30,000.00 × 90.83 % = ¥27,250.00.",
        "By weight that is ¥12,740.26, with ¥0.01 of what rounding left over.",
        "Rounded once: ¥12,740.26.",
    ]
    assert words(snapshot(pooled, THREE))[:10] == words(snapshot(BY_RATIO))[:10]
    assert words(snapshot(pooled, THREE), "E2")[-2] == "By weight that is ¥8,847.40."
    fixed_pool = replace(pooled, pool=Terms(Funding.FIXED))
    capped = snapshot(fixed_pool, [person("E1", cap=F(5)), person("E2")], pools={"t": F(12_000)})
    assert words(capped)[-3:] == [
        "The person cap leaves ¥5.00 of it.",
        "¥5,445.00 of the pool stay unspent.",
        "Rounded once: ¥5.00.",
    ]


def test_sentences_know_their_component() -> None:
    snap = snapshot(BY_RATIO)
    found = worked_example(snap, calculate(snap), "E1")
    assert [sentence.key for sentence in found] == [ACTIVE] * 3 + [CSAT] * 3 + ["cost"] * 3 + [""] * 3
    with pytest.raises(KeyError):
        worked_example(snap, calculate(snap), "E9")


def in_chinese(text: str) -> str:
    assert known(text), text
    return str(CATALOG.get(text).string)


def test_the_same_in_chinese() -> None:
    snap = snapshot(replace(BY_RATIO, multipliers=(BOOST,), gates=(SAFE,)), known=readings(safety=0))
    found = [sentence.in_words(in_chinese) for sentence in worked_example(snap, calculate(snap), "E1")]
    assert found[0] == "ACTIVE：9,200 ÷ 10,000 = 92 %。"
    assert found[2] == "权重 50 % × 80 % = 目标奖金的 40 %。"
    assert found[-1] == "一次取整：¥29,975.00。"
    left = re.compile(r"[A-Za-z]{2,}")
    names = {"ACTIVE", "CSAT", "COST", "CNY", "Safety", "Profit"}
    assert {word for line in found for word in left.findall(line)} <= names


def test_how_figures_are_written() -> None:
    assert [number(F(each)) for each in ("9200", "4.6", "-0.5", "1/3", "1234567.123456")] == [
        "9,200",
        "4.6",
        "−0.5",
        "0.3333…",
        "1,234,567.123456",
    ]
    assert [percent(F(each)) for each in ("0.92", "0.875", "7/6", "0")] == ["92 %", "87.5 %", "116.67 %", "0 %"]
    assert percent(F("0.79996"), 3) == "79.996 %"
    assert number(F("0.1234567")) == "0.1235…"
    assert (fixed(F(2, 3), 0), fixed(F(-5, 2), 0), fixed(F("0.005"), 2)) == ("1", "−3", "0.01")
    assert [money(F(5), code) for code in ("CNY", "JPY", "KWD")] == ["¥5.00", "JP¥5", "KWD\N{NO-BREAK SPACE}5.000"]
    assert money(F(10, 3), "CNY") == "¥3.3333…"
    assert [cents(-7_792, "CNY"), cents(-50, "CNY"), cents(0, "CNY")] == ["−¥77.92", "−¥0.50", "¥0.00"]
    assert len(set(MARKS.values())) == len(MARKS), "nobody takes one currency for another"
    assert Sentence("100 %% of %(what)s", {"what": "it"}).in_words() == "100 % of it"
