"""What users of other products report (goals_and_pay.md sections 1 and 6), each beside what ours does."""

from dataclasses import replace
from datetime import timedelta
from fractions import Fraction
from pathlib import Path

import pytest
from django.urls import reverse

from apps.accounts.domain.roles import PERMISSIONS
from apps.goals import services
from apps.goals.domain import progress, scoring, weights
from apps.goals.domain.drafts import KeyResultDraft, ObjectiveDraft
from apps.goals.domain.progress import Kind, Measure, Part, Rollup
from apps.goals.models import KeyResult, Objective
from apps.goals.presentation import objectives as pages
from apps.goals.services.following import follow
from apps.kernel.issue import Refusal
from tests.integration.goals.conftest import D, draft_of, key_result


def test_leantime_3247_a_goal_from_200_down_to_0_moves() -> None:
    down = Measure(Kind.REACH, start=D(200), goal=D(0))
    assert [progress.progress(down, D(value)) for value in (200, 150, 50, 0, -20)] == [
        0, Fraction(1, 4), Fraction(3, 4), 1, Fraction(11, 10),
    ]  # fmt: skip


def test_puzzle_okr_1661_a_value_beyond_the_wrong_end_breaks_nothing() -> None:
    """Their stretch goal below the baseline broke the whole calculation; ours is a way down like any other."""
    wrong_way = progress.reach(100, 60, 110)
    assert wrong_way == Fraction(-1, 4)
    assert progress.roll_up([Part(50, wrong_way), Part(50, Fraction(1))]) == Fraction(1, 2)


def test_puzzle_okr_235_decimals_are_not_cut() -> None:
    """5.9 of 10 showed 50 %."""
    share = progress.reach(0, 10, D("5.9"))
    assert share == Fraction(59, 100)
    assert pages.share_words(D("0.59")) == "59%"
    assert pages.share_words(D("0.595")) == "59.5%"


def test_steedos_17_and_18_one_key_result_goes_up_and_another_down() -> None:
    parts = [Part(50, progress.reach(10, 20, 15)), Part(50, progress.reach(20, 10, 15))]
    assert progress.roll_up(parts) == Fraction(1, 2)


def test_operately_4427_start_now_and_target_stand_together(objective, mia, client_of) -> None:
    """Stuck at 0 % because current equals start: whoever sees all three sees why."""
    page = client_of(mia).get(reverse("goals:objective", args=[objective.pk])).content.decode()
    foot = page[page.index("goal-foot", page.index("Churned customers")) :][:400]
    assert foot.index("Start 200") < foot.index("Now 200") < foot.index("Target 0")


def test_viva_518_weights_by_worth_are_kept(quarter, sales, mia, now) -> None:
    """Products worth 100k, 20k and 1k counted a third each once weights were gone."""
    told = weights.in_proportion([D(100), D(20), D(1)])
    assert sum(told) == 100
    drafts = tuple(KeyResultDraft(f"P{n}", start=D(0), goal=D(1), weight=each) for n, each in enumerate(told))
    row = services.create_objective(
        actor=mia.actor, cycle_id=quarter.pk, draft=draft_of(sales, mia, key_results=drafts), now=now
    )
    services.correct_value(
        actor=mia.actor, key_result_id=key_result(row, "P0").pk, value=D(1), on=quarter.start, note="sold", now=now
    )
    row.refresh_from_db()
    assert row.progress == D("0.8264")  # 82.64 % of the worth, not a third
    assert scoring.score(Fraction(row.progress)) == D("0.83")


def test_closing_and_scoring_okrs_a_score_is_judged_and_the_computed_one_stays(past, sales, mia, ada, now) -> None:
    """Viva's users asked for a final score by judgement on what has no figures as well."""
    drafts = (KeyResultDraft("Moved house", Kind.BINARY),)
    row = services.create_objective(
        actor=mia.actor, cycle_id=past.pk, draft=draft_of(sales, mia, key_results=drafts), now=now
    )
    services.score_objective(
        actor=mia.actor, objective_id=row.pk, revision=1, judged=D("0.4"), reason="Half of it is there", now=now
    )
    services.close_cycle(actor=ada.actor, cycle_id=past.pk, revision=1, now=now)
    row.refresh_from_db()
    assert (row.score_computed, row.score_judged) == (0, D("0.40"))
    assert scoring.final(row.score_computed, row.score_judged) == D("0.40")


def test_workday_1oxbkyc_a_judgement_is_locked_with_its_cycle_and_never_reaches_a_bonus(
    past, sales, mia, ada, now
) -> None:
    """r/workday: how does a scorecard reach the bonus, and can the manager's judgement be locked?

    It does not (`test_bock_…`); and once the cycle is closed whoever judged may not judge otherwise.
    """
    row = services.create_objective(actor=mia.actor, cycle_id=past.pk, draft=draft_of(sales, mia), now=now)
    judging = {"actor": mia.actor, "objective_id": row.pk, "now": now}
    row = services.score_objective(revision=1, judged=D("0.4"), reason="As agreed", **judging)
    services.close_cycle(actor=ada.actor, cycle_id=past.pk, revision=1, now=now)
    row.refresh_from_db()
    with pytest.raises(Refusal, match="closed by Ada"):
        services.score_objective(revision=row.revision, judged=D("0.9"), reason="Better for the bonus", **judging)
    row.refresh_from_db()
    assert (row.score_judged, row.score_reason) == (D("0.40"), "As agreed")


def test_okr_tracker_879_weights_are_part_of_key_results_from_the_first_day(objective) -> None:
    assert {row.title: row.weight for row in objective.key_results.all()}["Churned customers"] == 40


def test_okr_tracker_840_values_do_not_change_after_the_period(past, sales, mia, ada, today, now) -> None:
    row = services.create_objective(actor=mia.actor, cycle_id=past.pk, draft=draft_of(sales, mia), now=now)
    churned = key_result(row, "Churned customers")
    told = {"actor": mia.actor, "key_result_id": churned.pk, "value": D(9), "note": "late", "now": now}
    with pytest.raises(Refusal) as refusal:  # over, not closed: only days of the cycle can be said
        services.correct_value(on=today, **told)
    assert "not in the cycle" in refusal.value.issues[0].message
    services.close_cycle(actor=ada.actor, cycle_id=past.pk, revision=1, now=now)
    with pytest.raises(Refusal, match="closed by Ada"):
        services.correct_value(on=past.due, **told)


def test_frappe_690_and_2023_what_is_unused_is_not_counted_as_0() -> None:
    """Unused parts counted as 0 turned 5 and 5 into 3.33."""
    assert progress.roll_up([Part(1, Fraction(1, 2)), Part(1, Fraction(1, 2)), Part(1, None)]) == Fraction(1, 2)


def test_erpnext_13522_numeric_targets_have_a_unit_and_a_day(quarter, sales, mia, now, client_of) -> None:
    draft = KeyResultDraft("Handover", unit="days", start=D(20), goal=D("7.5"))
    row = services.create_objective(
        actor=mia.actor, cycle_id=quarter.pk, draft=draft_of(sales, mia, key_results=(draft,)), now=now
    )
    page = client_of(mia).get(reverse("goals:objective", args=[row.pk])).content.decode()
    assert "Target 7.5 days" in page


# --- notes of section 1 ---------------------------------------------------------------------------------------------


def test_overshoot_is_shown_and_does_not_hide_a_failure_beside_it(objective, mia, quarter, now, client_of) -> None:
    """okr-tracker clamps what is shown, Frappe refuses it, Quantive lets one overshoot carry the objective."""
    services.correct_value(
        actor=mia.actor, key_result_id=key_result(objective, "Churned customers").pk, value=D(-100),
        on=quarter.start, note="x", now=now,
    )  # fmt: skip
    objective.refresh_from_db()
    assert key_result(objective, "Churned customers").progress == D("1.5")
    assert objective.progress == (D(40) / 70).quantize(D("1e-12"))
    page = client_of(mia).get(reverse("goals:objective", args=[objective.pk])).content.decode()
    assert "150%" in page


def test_quantive_at_the_bound_is_within() -> None:
    assert progress.progress(Measure(Kind.ABOVE, low=D(50)), D(50)) == 1
    assert progress.progress(Measure(Kind.BELOW, high=D(50)), D(50)) == 1


def test_quantive_stops_following_outside_the_cycle(past, sales, visits, mia, today, now) -> None:
    """The metric's newest value is of yesterday, the cycle's last day; what comes later is not taken."""
    drafts = (KeyResultDraft("Visits", metric="visits", grain="day", start=D(100), goal=D(200)),)
    row = services.create_objective(
        actor=mia.actor, cycle_id=past.pk, draft=draft_of(sales, mia, key_results=drafts), now=now
    )
    assert row.key_results.get().value_on == today - timedelta(days=1)
    past.due = today - timedelta(days=2)
    past.save()
    follow(now=now)
    assert row.key_results.get().value_on == today - timedelta(days=50)


def test_perdoo_actions_are_no_part_of_progress(objective) -> None:
    """Initiatives are not counted: no field of theirs reaches the one function that stores progress."""
    text = Path(progress.__file__).parents[1].joinpath("services", "progress.py").read_text(encoding="utf-8")
    assert "Initiative" not in text
    assert "confidence" not in text  # nor is what somebody believes


def test_perdoo_private_objectives_are_left_out_of_what_is_counted(quarter, sales, max, ada, now) -> None:
    top = services.create_objective(
        actor=ada.actor, cycle_id=quarter.pk, draft=ObjectiveDraft("Grow", "company", counts="children"), now=now
    )
    draft = ObjectiveDraft(
        "Mine", owner_id=max.pk, private=True, parent_id=top.pk, alignment="supports",
        key_results=(KeyResultDraft("Done", Kind.BINARY),),
    )  # fmt: skip
    services.create_objective(actor=max.actor, cycle_id=quarter.pk, draft=draft, now=now)
    top.refresh_from_db()
    assert top.progress is None


def test_quantive_mixes_key_results_and_children_only_where_one_says_so(quarter, sales, mia, now) -> None:
    one = KeyResultDraft("Done", Kind.BINARY)
    told = {"actor": mia.actor, "cycle_id": quarter.pk, "now": now}
    top = services.create_objective(draft=draft_of(sales, mia, title="Top", key_results=(one,)), **told)
    below = draft_of(sales, mia, title="Below", parent_id=top.pk, key_results=(one,))
    made = services.create_objective(draft=below, **told)
    services.correct_value(
        actor=mia.actor, key_result_id=made.key_results.get().pk, value=D(1), on=quarter.start, note="x", now=now
    )
    assert Objective.objects.get(pk=top.pk).progress == 0


def test_a_cycle_chooses_how_far_beyond_the_ends_key_results_count(quarter, sales, mia, ada, now) -> None:
    shares = [Part(50, Fraction("1.25")), Part(30, Fraction("0.4")), Part(20, Fraction("-0.25"))]
    assert [progress.roll_up(shares, rule) for rule in Rollup] == [
        Fraction("0.62"), Fraction("0.745"), Fraction("0.695"),
    ]  # fmt: skip
    drafts = tuple(
        KeyResultDraft(name, start=D(100), goal=D(60), weight=D(weight))
        for name, weight in (("a", 50), ("b", 30), ("c", 20))
    )
    row = services.create_objective(
        actor=mia.actor, cycle_id=quarter.pk, draft=draft_of(sales, mia, key_results=drafts), now=now
    )
    for name, value in (("a", 50), ("b", 84), ("c", 110)):
        services.correct_value(
            actor=mia.actor, key_result_id=key_result(row, name).pk, value=D(value), on=quarter.start, note="x", now=now
        )
    row.refresh_from_db()
    assert row.progress == D("0.62")
    told = {"name": quarter.name, "kind": quarter.kind, "start": quarter.start, "due": quarter.due, "pace": "days"}
    services.change_cycle(actor=ada.actor, cycle_id=quarter.pk, revision=1, rollup="floor", now=now, **told)
    row.refresh_from_db()
    assert row.progress == D("0.745")
    services.change_cycle(actor=ada.actor, cycle_id=quarter.pk, revision=2, rollup="raw", now=now, **told)
    row.refresh_from_db()
    assert row.progress == D("0.695")


def test_hn_20004610_nobody_shovels_random_numbers(objective, mia, quarter, now) -> None:
    """Every typed value has a person, a day and a reason, and stays; a metric's value cannot be typed at all."""
    told = {"actor": mia.actor, "key_result_id": key_result(objective, "CSAT").pk, "on": quarter.start, "now": now}
    with pytest.raises(Refusal):
        services.correct_value(value=D("4.6"), note="", **told)
    services.correct_value(value=D("4.6"), note="Survey of May", **told)
    services.correct_value(value=D("4.7"), note="Late answers", **told)
    values = KeyResult.objects.get(pk=told["key_result_id"]).values.all()
    assert [(row.value, row.by_name, row.note) for row in values] == [
        (D("4.6"), "Mia", "Survey of May"), (D("4.7"), "Mia", "Late answers"),
    ]  # fmt: skip


def test_bock_no_score_confidence_or_check_in_leads_to_pay() -> None:
    """Pay reads committed targets alone: nothing of the room of pay knows this room."""
    room = Path(progress.__file__).parents[2] / "incentives"
    known = [path.name for path in room.rglob("*.py") if "apps.goals" in path.read_text(encoding="utf-8")]
    assert known == []
    assert "objectives.edit" in PERMISSIONS


def test_feishu_parallel_cycles_hold_a_year_and_its_quarters(quarter, ada, today) -> None:
    year = services.make_cycle(
        actor=ada.actor, name="Year", kind="year", start=quarter.start, due=quarter.due + timedelta(days=200)
    )
    assert year.start <= quarter.start
    assert year.due > quarter.due


def test_profit_co_a_baseline_is_measured_before_a_target_is_set(quarter, sales, mia, now) -> None:
    draft = draft_of(sales, mia, key_results=(KeyResultDraft("Wait", Kind.OPEN_BASELINE, unit="min"),))
    row = services.create_objective(actor=mia.actor, cycle_id=quarter.pk, draft=draft, now=now)
    wait = row.key_results.get()
    assert (wait.progress, row.progress) == (None, None)
    told = {"actor": mia.actor, "key_result_id": wait.pk, "on": quarter.start, "note": "measured", "now": now}
    services.correct_value(value=D(30), **told)
    wait.refresh_from_db()
    assert (wait.value, wait.progress) == (30, None)  # still nothing that could be called progress
    known = replace(
        draft, key_results=(KeyResultDraft("Wait", unit="min", start=D(30), goal=D(20), id=wait.pk, weight=D(100)),)
    )
    row = services.change_objective(actor=mia.actor, objective_id=row.pk, revision=row.revision, draft=known, now=now)
    assert row.progress == 0
    services.correct_value(value=D(25), **told)
    row.refresh_from_db()
    assert row.progress == D("0.5")
