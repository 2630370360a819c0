"""A plan as the fields of a form, in words, as golden vectors; and the templates that people begin with."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from fractions import Fraction

import pytest
from hypothesis import given

from apps.incentives.domain import golden, lint, plan_text, sample, starting, typed
from apps.incentives.domain.attainment import Attaining, Basis, Direction
from apps.incentives.domain.canonical import canonical, fingerprint, read
from apps.incentives.domain.curve import Curve, Tier, Tiers
from apps.incentives.domain.plan import Component, Kind, Plan, Scope
from apps.incentives.domain.plan_text import Frame
from apps.incentives.domain.pool import Excess, Funding, Terms
from apps.incentives.domain.run import calculate
from apps.incentives.domain.snapshot import Snapshot
from apps.kernel.issue import Refusal
from tests.unit.incentives.laws import LAW, exact
from tests.unit.incentives.messages import CATALOG, known
from tests.unit.incentives.numbers import F
from tests.unit.incentives.options import BASE, OPTIONS, every_plan
from tests.unit.incentives.plans import BY_RATIO, CLASSIC, component, curve

FRAME = Frame(date(2026, 1, 1))
PLANS = dict(every_plan())


def again(told: dict[str, str], plan: Plan = BASE) -> Plan:
    head = {"key": plan.key, "version": plan.version, "name": plan.name, "currency": plan.currency}
    return typed.plan_of(typed.arranged(told), **head)


def said(plan: Plan, frame: Frame = FRAME, translate=str) -> str:
    return plan_text.as_text(plan.name, plan_text.plan_text(plan, frame, {}), translate)


@pytest.mark.parametrize("name", PLANS)
def test_every_setting_goes_through_the_form_and_back(name: str) -> None:
    assert again(typed.fields_of(PLANS[name])) == PLANS[name]


@pytest.mark.parametrize("setting", OPTIONS)
def test_every_choice_has_its_own_sentence_in_both_languages(setting: str) -> None:
    for translate in (str, lambda text: CATALOG[text].string):
        texts = [said(plan, translate=translate) for plan in OPTIONS[setting]]
        assert len(set(texts)) == len(texts)


def test_what_stands_beside_a_plan_has_its_sentence() -> None:
    frames = [FRAME, replace(FRAME, last=date(2026, 12, 31)), replace(FRAME, approval_steps=2),
              replace(FRAME, dispute_days=5), replace(FRAME, lead_sees_team=True),
              replace(FRAME, show_estimate=False),
              *(replace(FRAME, period=each) for each in ("month", "half", "year"))]  # fmt: skip
    assert len({said(BASE, frame) for frame in frames}) == len(frames)
    for _, plan in every_plan():
        for frame in frames[:2]:
            for section in plan_text.plan_text(plan, frame, {}):
                assert known(section.title)
                assert all(known(sentence.message) for sentence in section.sentences)


def test_a_point_is_typed_in_percent_unless_it_is_a_value() -> None:
    told = typed.fields_of(OPTIONS["basis"][3])
    assert (told["components-0-curve-points-0-x"], told["components-0-curve-points-0-y"]) == ("620", "50")
    assert typed.fields_of(BASE)["components-0-curve-points-0-x"] == "80"
    assert typed.fields_of(OPTIONS["cap of a line"][2])["components-0-cap"] == "400/3"


def test_empty_rows_are_no_points_and_rows_are_counted_anew() -> None:
    told = typed.fields_of(BASE)
    told |= {"components-0-curve-points-7-x": " ", "components-0-curve-points-7-y": ""}
    told["components-0-curve-points-12-x"] = "130"
    told["components-0-curve-points-12-y"] = "210"
    assert [point.x for point in again(told).components[0].curve.points][-1] == F("1.3")
    told = {"components-4-name": "A", "gates-7-condition-bound": "1", "kind": "pool"}
    assert typed.arranged(told) == {"components-0-name": "A", "gates-0-condition-bound": "1", "kind": "pool"}
    assert typed.numbers_of({"components-3-curve-points-0-x": "1"}, "components") == [3]
    moved = {name.replace("components-0", "components-4"): text for name, text in typed.fields_of(BASE).items()}
    assert again(moved) == BASE


def test_everything_wrong_is_said_at_once_at_its_field() -> None:
    told = typed.fields_of(BASE) | {
        "components-0-weight": "half", "components-0-curve-points-1-y": "1,0,0x", "total_cap": "?",
        "proration-cut_off_day": "1.5", "combine": "other", "components-0-curve-points-2-x": "",
    }  # fmt: skip
    with pytest.raises(Refusal) as refused:
        again(told)
    assert {typed.name_of(issue.where) for issue in refused.value.issues} == {
        "components-0-weight", "components-0-curve-points-1-y", "total_cap", "proration-cut_off_day",
        "components-0-curve-points-2-x",
    }  # fmt: skip
    with pytest.raises(Refusal) as refused:
        again(typed.fields_of(BASE) | {"combine": "other"})
    assert [issue.where for issue in refused.value.issues] == ["combine"]


def test_a_line_keeps_its_key_and_a_new_one_gets_a_free_one() -> None:
    told = typed.fields_of(BY_RATIO) | {"components-3-name": "New", "components-3-weight": "10"}
    told |= {"components-3-metric": "m", "components-0-key": "c1"}
    assert [each.key for each in again(told).components] == ["c1", "csat", "cost", "c2"]


@LAW
@given(exact(-(10**9), 10**9, 4_200_000))
def test_a_figure_is_typed_exactly(value: Fraction) -> None:
    assert typed.number_of(typed.text_of(value)) == value


def test_groups_signs_and_percent_signs_are_read() -> None:
    assert [typed.number_of(text) for text in ("1,200.5", " 12 % ", "−3", "1，000", "100/3")] == [
        F("1200.5"), F(12), F(-3), F(1000), F("100/3"),
    ]  # fmt: skip
    assert typed.number_of("12.5/3") == F(25, 6)
    assert [typed.number_of(text) for text in ("", "1e3", "NaN", "½", "1/0", "12.")] == [None] * 6


@pytest.mark.parametrize("name", PLANS)
def test_golden_vectors_come_out_the_same_and_notice_another_plan(name: str) -> None:
    plan = PLANS[name]
    kept = json.loads(json.dumps(golden.vectors(plan, sample.QUARTER)))
    assert kept
    assert not any(vector["blocked"] for vector in kept)
    assert golden.check(canonical(plan), kept) == []
    again = calculate(read(Snapshot, {**kept[0]["snapshot"], "plan": json.loads(canonical(plan))}))
    assert kept[0]["results"] == fingerprint(again.results)


def test_golden_vectors_reach_below_the_threshold_and_past_the_last_point() -> None:
    paid = [vector["paid"]["a"] for vector in golden.vectors(replace(BASE, gates=(), multipliers=()), sample.QUARTER)]
    assert (paid[0], paid[1], paid[-2], paid[-1]) == (0, 1_500_000, 6_000_000, 6_000_000)
    changed = canonical(replace(BASE, total_cap=F("1.5")))
    found = golden.check(changed, golden.vectors(BASE, sample.QUARTER))
    assert found[0].then != found[0].now


@pytest.mark.parametrize("key", starting.BY_KEY)
def test_a_template_is_a_plan_once_its_metrics_are_chosen(key: str) -> None:
    plan = starting.BY_KEY[key].make()
    plan = replace(plan, components=tuple(replace(each, metric="m") for each in plan.components))
    plan = again(typed.fields_of(plan), plan)
    downward = {"m": lint.Source(better=None)}
    assert [str(issue) for issue in lint.issues(plan, downward) if issue.blocking] == []


def test_the_first_template_is_the_seed_plan() -> None:
    lines = starting.BY_KEY[starting.TARGET_BONUS].make().components
    assert [each.weight for each in lines] == [F("0.5"), F("0.3"), F("0.2")]
    assert lines[2].attaining.direction is Direction.LOWER


def test_money_that_is_a_share_of_a_metric_names_it() -> None:
    plan = replace(OPTIONS["target"][2], target_metric="")
    found = {issue.where: str(issue) for issue in lint.issues(plan, {})}
    assert found["target_metric"] == "target_metric: Money is a share of a metric here: choose which."
    pool = replace(OPTIONS["funding"][2])
    assert "pool.metric" in {issue.where for issue in lint.issues(pool, {})}
    assert "pool.metric" not in {issue.where for issue in lint.issues(pool, {"m_s": lint.Source()})}


def test_fields_that_no_form_of_ours_sends_do_nothing() -> None:
    told = typed.fields_of(BASE)
    del told["kind"]
    odd = {"kind-under": "X", "components-x-name": "X", "components-": "X", "key-under": "X"}
    assert again(told | odd) == BASE
    with pytest.raises(Refusal) as refused:
        again(told | {"components-1000-name": "X"})
    assert [str(issue) for issue in refused.value.issues] == ["components[1].weight: This is missing."]
    assert typed.numbers_of({"a-1-x": "", "a-0-y": "", "a-1000-x": "", "a-b": "", "ab-2": "", "b-3": ""}, "a") == [0, 1]
    with pytest.raises(Refusal) as refused:
        again(told | {"components-0-weight": " "})
    assert [str(issue) for issue in refused.value.issues] == ["components[0].weight: This is missing."]
    without = {name: text for name, text in told.items() if not name.startswith("components")}
    assert again(without | {"components": "X"}).components == ()


@pytest.mark.parametrize("name", PLANS)
def test_which_way_a_curve_falls_is_not_typed(name: str) -> None:
    """It follows from the direction of the line, and in a multiplier from its points."""
    told = {field: text for field, text in typed.fields_of(PLANS[name]).items() if not field.endswith("falling")}
    assert again(told) == PLANS[name]


def test_exactly_what_is_typed() -> None:
    texts = {F(0): "0", F("-0.05"): "-0.05", F("12.5"): "12.5", F(1, 10**12): "0.000000000001", F(-30): "-30",
             F(1, 3): "1/3", F(-7, 3): "-7/3", F(1, 10**13): "1/10000000000000", F(1, 2): "0.5"}  # fmt: skip
    assert {value: typed.text_of(value) for value in texts} == texts
    assert typed.name_of("components[0].curve.points[12].x") == "components-0-curve-points-12-x"
    assert [typed.name_of(where) for where in ("combine", "components[0]", "gates[1].X")] == [
        "combine", "components-0", "gates-1-X",
    ]  # fmt: skip
    assert [typed._in_percent(name, {}) for name in ("person_cap", "rounding-mode", "total_cap", "x")] == [
        False, False, True, True,
    ]  # fmt: skip
    assert not typed._in_percent("multipliers-0-curve-points-0-y", {})
    assert typed._in_percent("components-10-curve-points-0-x", {"components-1-attaining-basis": "actual"})
    assert not typed._in_percent("components-1-curve-points-0-x", {"components-1-attaining-basis": "actual"})


def test_faults_of_the_form_word_for_word() -> None:
    told = typed.fields_of(BASE) | {"components-0-weight": "h" * 50, "proration-cut_off_day": "1.5", "gates-0-cap": ""}
    del told["gates-0-name"]
    told["components-0-metric"] = ""
    with pytest.raises(Refusal, match=r"^The plan cannot be kept like this\.") as refused:
        again(told)
    assert [str(issue) for issue in refused.value.issues] == [
        f"components[0].weight: “{'h' * 40}” is not a number. Write one such as 12.5, or a fraction such as 100/3.",
        "proration.cut_off_day: This must be a whole number.",
    ]
    with pytest.raises(Refusal, match=r"^The plan cannot be kept like this\.") as refused:
        again(typed.fields_of(BASE) | {"combine": "other", "kind": "third"})
    assert [issue.where for issue in refused.value.issues] == ["kind", "combine"]


def test_what_a_switch_turns_off_is_not_read() -> None:
    """The page sends the hidden fields all the same; what stands in them does nothing."""
    junk = {"bands-0-start": "?", "bands-0-rate": "?"}
    by_curve = typed.fields_of(BASE) | {f"components-0-tiers-{name}": text for name, text in junk.items()}
    assert again(by_curve | {"total_curve-cap": "?"}) == BASE
    tiered = PLANS["tiers 0"]
    assert again(typed.fields_of(tiered) | {"components-0-curve-cap": "?"}) == tiered
    without = {name: text for name, text in typed.fields_of(tiered).items() if "-tiers-" not in name}
    assert again(without).components[0].tiers == again(without | {"components-0-tiers": "X"}).components[0].tiers
    assert again(without).components[0].tiers == Tiers(())
    always = typed.fields_of(BASE)
    assert always["multipliers-0-how"] == "always"
    for hidden in ("condition-bound", "curve-cap"):
        assert again(always | {f"multipliers-0-{hidden}": "?", "multipliers-0-metric": "m"}) == BASE
    odd = always | {"multipliers-0-how": "sometimes", "multipliers-0-condition-bound": "?"}
    assert again(odd) == BASE
    assert typed.fields_of(PLANS["multipliers 2"])["multipliers-0-how"] == "while"
    assert typed.fields_of(PLANS["multipliers 3"])["multipliers-0-how"] == "curve"
    while_met = typed.fields_of(PLANS["multipliers 2"]) | {"multipliers-0-curve-cap": "?"}
    assert again(while_met) == PLANS["multipliers 2"]


def test_keys_are_given_to_what_has_none() -> None:
    plan = replace(
        BASE,
        components=tuple(replace(BASE.components[0], key=key) for key in ("", "c2", "")),
        gates=tuple(replace(BASE.gates[0], key=key) for key in ("g1", "")),
        multipliers=tuple(replace(BASE.multipliers[0], key=key) for key in ("", "")),
    )
    found = again(typed.fields_of(plan))
    assert [each.key for each in (*found.components, *found.gates, *found.multipliers)] == [
        "c1", "c2", "c3", "g1", "g2", "m1", "m2",
    ]  # fmt: skip
    one_point = replace(BASE.multipliers[0], factor=None, metric="m", curve=curve((2, 1), falling=False))
    assert again(typed.fields_of(replace(BASE, multipliers=(one_point,)))).multipliers == (one_point,)


def line(name: str, weight: int, more: Curve, **rest: object) -> Component:
    return component("", weight, metric="", name=name, curve=more, **rest)


def test_the_templates_to_the_last_figure() -> None:
    gentle = curve(("0.8", "0.5"), (1, 1), ("1.2", "1.5"))
    down = Attaining(direction=Direction.LOWER)
    bands = (Tier(F(0), F("0.05")), Tier(F(100_000), F("0.08")), Tier(F(150_000), F("0.1")))
    sales = line("Sales", 100, Curve(), attaining=Attaining(Basis.ACTUAL), tiers=Tiers(bands))
    shared = (line("North Star", 60, CLASSIC), line("Customer satisfaction", 40, gentle))
    assert {each.key: each.make() for each in starting.STARTS} == {
        "target_bonus": Plan("", "1", "", "CNY", (
            line("North Star", 50, CLASSIC, scope=Scope.COMPANY), line("Customer satisfaction", 30, gentle),
            line("Cost", 20, gentle, attaining=down),
        )),
        "commission": Plan("", "1", "", "CNY", (sales,)),
        "pool": Plan("", "1", "", "CNY", shared, kind=Kind.POOL, total_cap=F("1.5"),
                     pool=Terms(Funding.SUM_OF_TARGETS, excess=Excess.RESPREAD)),
        "empty": Plan("", "1", "", "CNY", (line("", 100, CLASSIC),)),
    }  # fmt: skip
    assert starting._points((80, 50), (120, 150)) == curve(("0.8", "0.5"), ("1.2", "1.5"))


def test_golden_vectors_meet_gates_in_turn_and_keep_their_period() -> None:
    period = sample.months_from(date(2026, 4, 1), 1)
    found = golden.vectors(replace(BASE, multipliers=()), period)
    assert [set(vector["paid"].values()) == {0} for vector in found[2:]] == [each % 2 == 1 for each in range(2, 7)]
    assert {vector["snapshot"]["period"]["last"] for vector in found} == {"2026-04-30"}
    assert set(found[0]) == {"snapshot", "paid", "blocked", "results"}
    assert "plan" not in found[0]["snapshot"]
    assert golden.vectors(replace(BASE, components=()), period) == []
    changed = canonical(replace(BASE, multipliers=(), person_cap=F(100)))
    told = golden.check(changed, found)
    assert [each.at for each in told] == [2, 4, 6]
    assert (told[0].then["a"], told[0].now["a"]) == (found[2]["paid"]["a"], 10_000)
    for name in ("paid", "blocked", "results"):
        spoilt = [{**found[0], name: "otherwise"}]
        assert [each.at for each in golden.check(canonical(replace(BASE, multipliers=())), spoilt)] == [0]
