"""A plan as the fields of a form, in words, as golden vectors; and the templates that people begin with."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from fractions import Fraction

import pytest
from hypothesis import given

from apps.incentives.domain import golden, lint, plan_text, sample, starting, typed
from apps.incentives.domain.attainment import Direction
from apps.incentives.domain.canonical import canonical
from apps.incentives.domain.plan import Plan
from apps.incentives.domain.plan_text import Frame
from apps.kernel.issue import Refusal
from tests.unit.incentives.laws import LAW, exact
from tests.unit.incentives.messages import CATALOG, known
from tests.unit.incentives.numbers import F
from tests.unit.incentives.options import BASE, OPTIONS, every_plan
from tests.unit.incentives.plans import BY_RATIO

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
    assert [typed.number_of(text) for text in ("", "1e3", "NaN", "½", "1/0", "12.")] == [None] * 6


@pytest.mark.parametrize("name", PLANS)
def test_golden_vectors_come_out_the_same_and_notice_another_plan(name: str) -> None:
    plan = PLANS[name]
    kept = json.loads(json.dumps(golden.vectors(plan, sample.QUARTER)))
    assert kept
    assert not any(vector["blocked"] for vector in kept)
    assert golden.check(canonical(plan), kept) == []


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
    odd = {"components-x-name": "X", "components-": "X", "key-under": "X"}
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
