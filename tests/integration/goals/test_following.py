"""Key results that follow a metric or count check-ins: where their values come from, and what cannot be followed."""

from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest
from django.urls import reverse

from apps.audit.selectors import history_of
from apps.goals import services
from apps.goals.domain.drafts import KeyResultDraft, ObjectiveDraft
from apps.goals.domain.progress import Kind, RangeRule
from apps.goals.models import Cadence
from apps.goals.services.progress import record_value
from apps.kernel.issue import Refusal
from apps.kernel.period import Grain
from apps.targets import services as targets
from tests.integration.goals.conftest import D, draft_of, type_visits
from tests.integration.goals.drafts import again, issues_of
from tests.integration.goals.test_goal_pages import form_of


def following(team, owner, **other: object) -> ObjectiveDraft:
    told = KeyResultDraft("Visits", metric="visits", grain="day", start=D(100), goal=D(200), **other)
    return draft_of(team, owner, key_results=(told,))


def test_a_key_result_follows_its_metric_and_is_not_typed(
    quarter, sales, visits, mia, ada, today, now, run_work
) -> None:
    row = services.create_objective(actor=mia.actor, cycle_id=quarter.pk, draft=following(sales, mia), now=now)
    held = row.key_results.get()
    assert (held.value, held.value_on, held.progress) == (150, today - timedelta(days=1), D("0.5"))
    with pytest.raises(Refusal) as refusal:
        services.correct_value(actor=mia.actor, key_result_id=held.pk, value=D(180), on=today, note="x", now=now)
    assert "follows a metric" in refusal.value.issues[0].message
    type_visits(ada, visits, {today - timedelta(days=1): 190})
    run_work()
    held.refresh_from_db()
    row.refresh_from_db()
    assert (held.value, held.progress, row.progress) == (190, D("0.9"), D("0.9"))
    assert [each.value for each in held.values.all()] == [150, 190]  # a corrected day keeps what was said before


def test_a_metric_that_lost_its_data_keeps_the_last_value_and_says_since_when(
    quarter, sales, visits, mia, ada, today, now, run_work
) -> None:
    type_visits(ada, visits, {today - timedelta(days=1): None, today - timedelta(days=9): 140})
    run_work()
    row = services.create_objective(actor=mia.actor, cycle_id=quarter.pk, draft=following(sales, mia), now=now)
    held = row.key_results.get()
    assert (held.value, held.value_on, held.progress) == (140, today - timedelta(days=9), D("0.4"))
    assert held.no_data_since == today - timedelta(days=8)
    type_visits(ada, visits, {today - timedelta(days=9): None, today - timedelta(days=50): None})
    run_work()
    held.refresh_from_db()
    assert (held.value, held.progress) == (140, D("0.4"))
    assert held.no_data_since is not None


def test_metrics_that_cannot_be_followed_are_refused(quarter, sales, visits, mia, now) -> None:
    bad = [
        (KeyResultDraft("A", metric="nothing", grain="day", start=D(0), goal=D(1)), "kr.0.metric"),
        (KeyResultDraft("A", metric="visits", grain="year", start=D(0), goal=D(1)), "kr.0.grain"),
        (KeyResultDraft("A", metric="visits", grain="day", dimension="store", start=D(0), goal=D(1)), "kr.0.dimension"),
    ]
    for draft, where in bad:
        with pytest.raises(Refusal) as refusal:
            services.create_objective(
                actor=mia.actor, cycle_id=quarter.pk, draft=draft_of(sales, mia, key_results=(draft,)), now=now
            )
        assert issues_of(refusal) == [where]


def test_the_target_it_is_tied_to_is_checked_kept_and_told(
    quarter, sales, visits, mia, ada, today, now, client_of
) -> None:
    for_mia = {"actor": mia.actor, "now": now}
    draft = following(sales, mia, target_id=uuid4())
    with pytest.raises(Refusal) as refusal:
        services.create_objective(cycle_id=quarter.pk, draft=draft, **for_mia)
    assert issues_of(refusal) == ["kr.0.target"]
    target = targets.set_target(
        actor=ada.actor, metric_id=visits.id, grain=Grain.DAY, baseline=D(100), goal=D(200), start=today,
        due=today + timedelta(days=30),
    )  # fmt: skip
    row = services.create_objective(cycle_id=quarter.pk, draft=following(sales, mia), **for_mia)
    tied = again(row)
    tied = replace(tied, key_results=(replace(tied.key_results[0], target_id=target.pk),))
    row = services.change_objective(objective_id=row.pk, revision=row.revision, draft=tied, **for_mia)
    told = history_of(row).filter(act="key_result.changed").get()
    assert (told.before["target"], told.after["target"]) == ("", str(target.pk))
    client, address = client_of(mia), reverse("goals:edit_objective", args=[row.pk])
    assert client.post(address, form_of(client.get(address)) | {"title": "Other"}).status_code == 302
    assert row.key_results.get().target_id == target.pk


def test_share_of_due_checkins_counts_missed_ones(quarter, sales, mia, ada, today, now) -> None:
    Cadence.objects.create(
        team=sales, every=1, weekday=quarter.start.weekday(), since=quarter.start, set_by=ada.pk, set_by_name="Ada"
    )
    draft = KeyResultDraft("Stock", Kind.RANGE, low=D(4), high=D(5), rule=RangeRule.CHECKINS)
    row = services.create_objective(
        actor=mia.actor, cycle_id=quarter.pk, draft=draft_of(sales, mia, key_results=(draft,)), now=now
    )
    held = row.key_results.get()
    for week, value in ((0, "4.5"), (1, "5"), (2, "6")):
        held.refresh_from_db()
        record_value(
            key_result=held, value=D(value), on=quarter.start + timedelta(weeks=week), source="checkin", now=now
        )
    held.refresh_from_db()
    # today is the 50th day: 8 check-ins were due, the one of today may still come: 2 of 7
    assert held.progress == (D(2) / 7).quantize(D("1e-12"))


def test_a_metric_counts_with_every_period_however_many_came_at_once(
    quarter, sales, visits, mia, ada, today, now, run_work
) -> None:
    told = {today - timedelta(days=50 - at): value for at, value in enumerate((1, 3, 4, 5, 5), start=0)}
    type_visits(ada, visits, {**told, today - timedelta(days=1): None})
    run_work()
    draft = KeyResultDraft(
        "Visits", Kind.RANGE, metric="visits", grain="day", low=D(4), high=D(5), rule=RangeRule.CHECKINS
    )
    row = services.create_objective(
        actor=mia.actor, cycle_id=quarter.pk, draft=draft_of(sales, mia, key_results=(draft,)), now=now
    )
    held = row.key_results.get()
    assert held.value == 5
    # 3, 4, 5, 5 and a day that lost its value; the day before the cycle is not of it
    assert held.progress == D("0.6")
