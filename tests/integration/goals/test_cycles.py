"""Cycles: made, closed, copied and carried over."""

from datetime import timedelta

import pytest

from apps.audit.selectors import history_of
from apps.goals import services
from apps.goals.domain.drafts import KeyResultDraft, ObjectiveDraft
from apps.goals.models import Milestone
from apps.goals.selectors import cycles as cycles_of
from apps.goals.services.progress import recompute, record_value
from apps.kernel.issue import Forbidden, NotHere, Refusal
from tests.integration.goals.conftest import D, draft_of, key_result
from tests.integration.goals.drafts import again, issues_of


def test_cycles_are_made_changed_and_deleted(ada, hana, mia, quarter, objective, today, now) -> None:
    made = services.make_cycle(
        actor=hana.actor, name="Year", kind="year", start=today, due=today + timedelta(days=364), rollup="raw"
    )
    like = services.make_cycle(
        actor=hana.actor, name="Next", kind="year", start=today + timedelta(days=365), due=today + timedelta(days=700),
        like=made.pk,
    )  # fmt: skip
    assert (like.rollup, like.made_like_id) == ("raw", made.pk)
    with pytest.raises(Forbidden):
        services.make_cycle(actor=mia.actor, name="Mine", kind="month", start=today, due=today)
    with pytest.raises(Refusal) as refusal:
        services.make_cycle(actor=hana.actor, name="YEAR", kind="year", start=today, due=today - timedelta(days=1))
    assert issues_of(refusal) == ["due", "name"]
    with pytest.raises(Refusal, match="There are objectives in this cycle"):
        services.delete_cycle(actor=ada.actor, cycle_id=quarter.pk)
    services.delete_cycle(actor=ada.actor, cycle_id=like.pk)
    assert cycles_of.usual(cycles_of.cycles()) == quarter  # of those that run the one that ends first
    made.due = quarter.due
    made.start = quarter.start - timedelta(days=9)
    assert cycles_of.usual([made, quarter]) == quarter  # in the last quarter of a year both end on the same day
    told = {"name": "Q", "kind": "custom", "start": quarter.start, "due": quarter.due, "pace": "days", "now": now}
    services.change_cycle(actor=ada.actor, cycle_id=quarter.pk, revision=1, rollup="raw", **told)
    with pytest.raises(Refusal, match="changed this meanwhile"):
        services.change_cycle(actor=ada.actor, cycle_id=quarter.pk, revision=1, rollup="floor", **told)


def test_closing_freezes_the_last_day_scores_and_lets_nothing_through(past, sales, mia, ada, hana, today, now) -> None:
    told = {"actor": mia.actor, "now": now}
    row = services.create_objective(cycle_id=past.pk, draft=draft_of(sales, mia), **told)
    churned = key_result(row, "Churned customers")
    services.correct_value(key_result_id=churned.pk, value=D(76), on=past.due, note="x", **told)
    # a value of a later day, however it came in, is not of this cycle
    churned.refresh_from_db()
    record_value(key_result=churned, value=D(0), on=today, source="metric", now=now)
    row.refresh_from_db()
    with pytest.raises(Refusal) as refusal:
        services.score_objective(objective_id=row.pk, revision=row.revision, judged=D("1.5"), reason="", **told)
    assert issues_of(refusal) == ["judged", "reason"]
    row = services.score_objective(
        objective_id=row.pk, revision=row.revision, judged=D("0.5"), reason="Two shops were closed.", **told
    )
    closed = services.close_cycle(actor=hana.actor, cycle_id=past.pk, revision=1, now=now)
    row.refresh_from_db()
    churned.refresh_from_db()
    assert (churned.frozen_value, churned.frozen_progress) == (76, D("0.62"))
    # CSAT was never said: (40 × 0.62 + 0 + 0) / 70
    assert (row.score_computed, row.score_judged, row.score_reason) == (D("0.35"), D("0.5"), "Two shops were closed.")
    for act in (
        lambda: services.correct_value(key_result_id=churned.pk, value=D(1), on=past.due, note="x", **told),
        lambda: services.change_objective(objective_id=row.pk, revision=row.revision, draft=again(row), **told),
        lambda: services.create_objective(cycle_id=past.pk, draft=draft_of(sales, mia, title="Late"), **told),
        lambda: services.score_objective(objective_id=row.pk, revision=row.revision, judged=None, reason="", **told),
    ):
        with pytest.raises(
            Refusal, match=r"was closed by Hana: its values are frozen\. What you typed is still here"
        ) as refusal:
            act()
        assert refusal.value.status == 409
    recompute([row.pk], now=now)  # a worker that comes late changes nothing
    with pytest.raises(Refusal) as refusal:
        services.reopen_cycle(actor=hana.actor, cycle_id=past.pk, reason="", now=now)
    assert issues_of(refusal) == ["reason"]
    services.reopen_cycle(actor=hana.actor, cycle_id=past.pk, reason="A list came late", now=now)
    services.correct_value(key_result_id=churned.pk, value=D(60), on=past.due, note="x", **told)
    closed.refresh_from_db()
    services.close_cycle(actor=hana.actor, cycle_id=past.pk, revision=closed.revision, now=now)
    churned.refresh_from_db()
    assert churned.frozen_progress == D("0.7")
    assert [entry.act for entry in history_of(closed)][:3] == ["cycle.closed", "cycle.reopened", "cycle.closed"]


def test_what_was_carried_over_early_starts_where_the_cycle_ended(past, quarter, sales, mia, hana, today, now) -> None:
    told = {"actor": mia.actor, "now": now}
    row = services.create_objective(cycle_id=past.pk, draft=draft_of(sales, mia), **told)
    churned = key_result(row, "Churned customers")
    services.correct_value(key_result_id=churned.pk, value=D(120), on=past.due - timedelta(days=9), note="x", **told)
    (carried,) = services.carry_over(objective_ids=[row.pk], to=quarter.pk, **told)
    assert key_result(carried, "Churned customers").start == 120
    services.correct_value(key_result_id=churned.pk, value=D(80), on=past.due, note="late", **told)
    services.close_cycle(actor=hana.actor, cycle_id=past.pk, revision=1, now=now)
    held = key_result(carried, "Churned customers")
    assert (held.start, held.value, held.progress) == (80, 80, 0)
    assert list(held.values.values_list("value", flat=True)) == [120, 80]


def test_who_looks_after_cycles_scores_and_carries_over_at_their_end(past, quarter, sales, mia, max, hana, now) -> None:
    """HR closes cycles: of what is open to all they say what it was worth, and no more than that."""
    row = services.create_objective(actor=mia.actor, cycle_id=past.pk, draft=draft_of(sales, mia), now=now)
    scored = services.score_objective(
        actor=hana.actor, objective_id=row.pk, revision=1, judged=D("0.6"), reason="The team agreed.", now=now
    )
    assert scored.score_judged == D("0.6")
    (carried,) = services.carry_over(actor=hana.actor, objective_ids=[row.pk], to=quarter.pk, now=now)
    assert carried.owner_id == mia.pk
    with pytest.raises(Forbidden):
        services.change_objective(
            actor=hana.actor, objective_id=row.pk, revision=scored.revision, draft=again(row), now=now
        )
    secret = services.create_objective(
        actor=max.actor, cycle_id=past.pk, draft=ObjectiveDraft("Secret", "person", owner_id=max.pk, private=True),
        now=now,
    )  # fmt: skip
    with pytest.raises(NotHere):
        services.score_objective(actor=hana.actor, objective_id=secret.pk, revision=1, judged=D(1), reason="x", now=now)


def test_a_running_cycle_is_neither_closed_nor_scored(quarter, objective, ada, mia, now) -> None:
    with pytest.raises(Refusal, match="This cycle runs until"):
        services.close_cycle(actor=ada.actor, cycle_id=quarter.pk, revision=1, now=now)
    with pytest.raises(Refusal, match="scored once the last day"):
        services.score_objective(
            actor=mia.actor, objective_id=objective.pk, revision=1, judged=None, reason="", now=now
        )
    with pytest.raises(Refusal, match="not closed"):
        services.reopen_cycle(actor=ada.actor, cycle_id=quarter.pk, reason="x", now=now)


def test_copying_starts_again_and_carrying_over_goes_on(past, quarter, sales, mia, now) -> None:
    told = {"actor": mia.actor, "now": now}
    top = services.create_objective(cycle_id=past.pk, draft=draft_of(sales, mia, title="Top", key_results=()), **told)
    row = services.create_objective(cycle_id=past.pk, draft=draft_of(sales, mia, parent_id=top.pk), **told)
    services.correct_value(
        key_result_id=key_result(row, "Churned customers").pk, value=D(50), on=past.due, note="x", **told
    )
    services.correct_value(key_result_id=key_result(row, "Audit passed").pk, value=D(1), on=past.due, note="x", **told)
    services.say_step(milestone_id=Milestone.objects.get(title="Pilot").pk, done=True, on=past.due, **told)
    ids = [top.pk, row.pk]
    fresh = services.copy_objectives(objective_ids=ids, to=quarter.pk, **told)[1]
    assert fresh.parent.title == "Top"
    assert fresh.parent.cycle_id == quarter.pk
    copied = {each.title: each for each in fresh.key_results.all()}
    assert (copied["Churned customers"].start, copied["Churned customers"].value, copied["Audit passed"].value) == (
        200,
        200,
        0,
    )
    assert not copied["Roll-out"].milestones.filter(done_on__isnull=False).exists()
    carried = services.carry_over(objective_ids=ids, to=quarter.pk, **told)[1]
    held = {each.title: each for each in carried.key_results.all()}
    assert set(held) == {"Churned customers", "CSAT", "Roll-out"}  # what is done is not carried along
    assert (held["Churned customers"].start, held["Churned customers"].goal, held["Churned customers"].progress) == (
        50,
        0,
        0,
    )
    assert [step.title for step in held["Roll-out"].milestones.all()] == ["All stores"]
    assert carried.carried_from_id == row.pk
    assert services.carry_over(objective_ids=ids, to=quarter.pk, **told) == []  # twice is once
    with pytest.raises(Refusal, match="another cycle"):
        services.copy_objectives(objective_ids=ids, to=past.pk, **told)


def test_a_copy_of_what_was_passed_asks_for_a_new_goal_and_does_not_turn_round(
    past, quarter, sales, visits, mia, now
) -> None:
    followed = KeyResultDraft("Visits", start=D(100), goal=D(120), metric="visits", grain="day")
    told = {"actor": mia.actor, "now": now}
    row = services.create_objective(cycle_id=past.pk, draft=draft_of(sales, mia, key_results=(followed,)), **told)
    assert row.key_results.get().progress == D("2.5")
    (fresh,) = services.copy_objectives(objective_ids=[row.pk], to=quarter.pk, **told)
    copied = fresh.key_results.get()
    assert (copied.kind, copied.start, copied.goal) == ("open_baseline", 150, None)
