"""Cycles, objectives and key results through the services: what is stored, who may, what is refused, what is kept."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
from django.db import connection
from django.urls import reverse

from apps.accounts import services as accounts
from apps.audit.selectors import history_of
from apps.goals import services
from apps.goals.domain.drafts import KeyResultDraft, ObjectiveDraft
from apps.goals.domain.progress import Kind
from apps.goals.models import Cycle, KeyResult, KeyResultValue, Milestone, Objective
from apps.goals.selectors import checkins as checkins_of
from apps.goals.selectors import objectives as objectives_of
from apps.goals.selectors.people import reader
from apps.kernel.issue import Forbidden, NotHere, Refusal
from tests.integration.goals.conftest import D, draft_of, key_result
from tests.integration.goals.drafts import again, issues_of


def test_a_new_objective_begins_at_its_start(objective, mia) -> None:
    """Start, now and target are known from the first day; what nobody has said is not 0."""
    rows = {row.title: row for row in objective.key_results.all()}
    assert [rows[title].value for title in ("Churned customers", "CSAT", "Audit passed", "Roll-out")] == [
        200,
        None,
        0,
        None,
    ]
    assert [rows[title].progress for title in ("Churned customers", "CSAT", "Audit passed", "Roll-out")] == [
        0,
        None,
        0,
        0,
    ]
    assert objective.progress == 0
    assert sum(row.weight for row in rows.values()) == 100
    assert [entry.act for entry in history_of(objective)].count("key_result.made") == 4
    assert objective.followers.get().user_id == mia.pk


def test_values_make_progress_and_the_history_keeps_each(objective, mia, today, now) -> None:
    churned = key_result(objective, "Churned customers")
    told = {"actor": mia.actor, "note": "From the list", "now": now}
    services.correct_value(key_result_id=churned.pk, value=D(50), on=today, **told)
    churned.refresh_from_db()
    assert churned.progress == D("0.75")
    services.correct_value(key_result_id=churned.pk, value=D(120), on=today - timedelta(days=9), **told)
    churned.refresh_from_db()
    assert (churned.value, churned.value_on) == (50, today)  # an earlier day does not become the present
    assert [row.value for row in churned.values.all()] == [200, 120, 50]
    pilot = Milestone.objects.get(title="Pilot")
    services.say_step(actor=mia.actor, milestone_id=pilot.pk, done=True, on=today, now=now)
    services.correct_value(key_result_id=key_result(objective, "Audit passed").pk, value=D(1), on=today, **told)
    objective.refresh_from_db()
    # CSAT has no value and takes no part: (40 × 0.75 + 20 × 1 + 10 × 0.25) / 70
    assert objective.progress == D("0.75")
    services.say_step(actor=mia.actor, milestone_id=pilot.pk, done=False, on=today, now=now)
    assert key_result(objective, "Roll-out").progress == 0


def test_values_that_cannot_be_are_refused_with_every_reason(objective, mia, today, now) -> None:
    churned = key_result(objective, "Churned customers")
    with pytest.raises(Refusal) as refusal:
        services.correct_value(
            actor=mia.actor, key_result_id=churned.pk, value=None, on=today + timedelta(days=1), note=" ", now=now
        )
    assert issues_of(refusal) == ["value", "on", "note"]
    cases = [
        ("Audit passed", D("0.5"), today, "yes or no"), ("Roll-out", D(1), today, "which steps are done"),
        ("CSAT", D(10) ** 21, today, "too long"), ("CSAT", D(4), today - timedelta(days=80), "not in the cycle"),
    ]  # fmt: skip
    for title, value, on, words in cases:
        with pytest.raises(Refusal) as refusal:
            services.correct_value(
                actor=mia.actor, key_result_id=key_result(objective, title).pk, value=value, on=on, note="x", now=now
            )
        assert words in refusal.value.issues[0].message


def test_nobody_overwrites_what_they_have_not_seen(objective, mia, ada, now) -> None:
    draft = again(objective, title="Customers return")
    told = {"objective_id": objective.pk, "revision": objective.revision, "now": now}
    changed = services.change_objective(actor=ada.actor, draft=draft, **told)
    with pytest.raises(Refusal, match="Ada changed this meanwhile") as refusal:
        services.change_objective(actor=mia.actor, draft=again(objective, title="Mine"), **told)
    assert refusal.value.status == 409
    same = services.change_objective(
        actor=mia.actor, objective_id=objective.pk, revision=changed.revision, draft=again(changed), now=now
    )
    assert same.revision == changed.revision  # nothing changed, nothing recorded
    assert history_of(objective).filter(act="objective.changed").count() == 1


def test_weights_survive_every_edit(objective, mia, now) -> None:
    """Adding and dropping never change another's weight; balancing is a click of its own."""
    before = {row.title: row.weight for row in objective.key_results.all()}
    draft = again(objective)
    more = replace(draft, key_results=(*draft.key_results, KeyResultDraft("NPS", start=D(20), goal=D(40))))
    told = {"actor": mia.actor, "objective_id": objective.pk, "now": now}
    row = services.change_objective(revision=objective.revision, draft=more, **told)
    assert {each.title: each.weight for each in row.key_results.all()} == {**before, "NPS": 0}
    row = services.drop_key_result(
        actor=mia.actor, key_result_id=key_result(row, "CSAT").pk, reason="Not asked any more", now=now
    )
    live = row.key_results.filter(dropped_at__isnull=True)
    assert [each.weight for each in live] == [40, 20, 10, 0]
    one = replace(again(row), key_results=(KeyResultDraft("One more beside those", start=D(0), goal=D(1)),))
    row = services.change_objective(revision=row.revision, draft=one, **told)
    added = key_result(row, "One more beside those")
    assert added.weight == 30  # what the others leave, though nothing was said of them
    added.delete()
    row = services.balance_weights(revision=row.revision, evenly=False, **told)
    assert [each.weight for each in live.all()] == [D("57.14"), D("28.57"), D("14.29"), 0]
    row = services.balance_weights(revision=row.revision, evenly=True, **told)
    assert [each.weight for each in live.all()] == [25, 25, 25, 25]
    services.take_up_key_result(actor=mia.actor, key_result_id=key_result(row, "CSAT").pk, now=now)
    assert sum(each.weight for each in live.all()) == 130  # told on the page, never mended unasked
    entry = history_of(objective).filter(act="key_result.weighed").last()
    assert entry.before["Churned customers"] == "40"


def test_new_key_results_without_weights_share_evenly(quarter, sales, mia, now) -> None:
    drafts = tuple(KeyResultDraft(name, Kind.BINARY) for name in ("a", "b", "c"))
    row = services.create_objective(
        actor=mia.actor, cycle_id=quarter.pk, draft=draft_of(sales, mia, key_results=drafts), now=now
    )
    assert [each.weight for each in row.key_results.all()] == [D("33.34"), D("33.33"), D("33.33")]


def test_a_kind_that_changes_begins_anew_and_a_goal_that_changes_counts_anew(objective, mia, today, now) -> None:
    churned = key_result(objective, "Churned customers")
    services.correct_value(actor=mia.actor, key_result_id=churned.pk, value=D(100), on=today, note="x", now=now)
    draft = again(objective)
    other = replace(draft.key_results[0], goal=D(100))
    told = {"actor": mia.actor, "objective_id": objective.pk, "now": now}
    row = services.change_objective(
        revision=1, draft=replace(draft, key_results=(other, *draft.key_results[1:])), **told
    )
    assert key_result(row, "Churned customers").progress == 1
    yes = replace(other, kind=Kind.BINARY)
    row = services.change_objective(
        revision=row.revision, draft=replace(draft, key_results=(yes, *draft.key_results[1:])), **told
    )
    assert key_result(row, "Churned customers").progress == 0  # 100 is no “yes”


def test_who_may_set_and_change_what(quarter, sales, objective, mia, max, cleo, ada, now) -> None:
    own = ObjectiveDraft("Learn SQL", owner_id=max.pk, key_results=(KeyResultDraft("Course done", Kind.BINARY),))
    made = services.create_objective(actor=max.actor, cycle_id=quarter.pk, draft=own, now=now)
    assert made.level == "person"
    told = {"cycle_id": quarter.pk, "now": now}
    for who, draft in [
        (max, draft_of(sales, max)), (max, ObjectiveDraft("Grow", "company")), (cleo, replace(own, owner_id=cleo.pk)),
        (mia, ObjectiveDraft("Grow", "company", owner_id=mia.pk)), (max, replace(own, owner_id=mia.pk)),
    ]:  # fmt: skip
        with pytest.raises(Forbidden):
            services.create_objective(actor=who.actor, draft=draft, **told)
    services.create_objective(actor=ada.actor, draft=ObjectiveDraft("Grow", "company"), **told)
    services.create_objective(actor=mia.actor, draft=replace(own, title="Lead's wish"), **told)
    with pytest.raises(Forbidden):
        services.drop_objective(actor=max.actor, objective_id=objective.pk, revision=1, reason="No", now=now)
    with pytest.raises(Forbidden):
        services.correct_value(
            actor=max.actor,
            key_result_id=key_result(objective, "CSAT").pk,
            value=D(4),
            on=quarter.start,
            note="x",
            now=now,
        )


def test_a_private_objective_is_its_owners_and_the_leads(quarter, sales, mia, max, ada, ben, now) -> None:
    draft = ObjectiveDraft("Find another post", owner_id=max.pk, private=True, key_results=(
        KeyResultDraft("Talks held", start=D(0), goal=D(3)),
    ))  # fmt: skip
    row = services.create_objective(actor=max.actor, cycle_id=quarter.pk, draft=draft, now=now)
    seen = {who: objectives_of.for_cycle(reader(who.actor), quarter.pk).filter(pk=row.pk).exists() for who in
            (max, mia, ada, ben)}  # fmt: skip
    assert seen == {max: True, mia: True, ada: False, ben: False}
    with pytest.raises(NotHere):
        objectives_of.objective_for(reader(ada.actor), row.pk)
    with pytest.raises(NotHere):
        services.drop_objective(actor=ada.actor, objective_id=row.pk, revision=1, reason="No", now=now)
    with pytest.raises(Forbidden):  # the lead sees it, and leaves it as it is
        services.drop_objective(actor=mia.actor, objective_id=row.pk, revision=1, reason="No", now=now)
    assert not objectives_of.for_cycle(reader(ada.actor), quarter.pk, search="another post").exists()
    entries = history_of(row)
    assert {entry.subject_name for entry in entries} == {"(private)"}
    assert all(entry.before is None and entry.after is None and not entry.note for entry in entries)
    public = services.create_objective(
        actor=ada.actor, cycle_id=quarter.pk, draft=ObjectiveDraft("Grow", "company"), now=now
    )
    with pytest.raises(Refusal) as refusal:
        services.change_objective(
            actor=max.actor, objective_id=row.pk, revision=1, draft=replace(draft, parent_id=public.pk), now=now
        )
    assert issues_of(refusal) == ["alignment"]


def test_only_what_contributes_counts_in_the_objective_above(quarter, sales, objective, ada, mia, today, now) -> None:
    told = {"cycle_id": quarter.pk, "now": now}
    top = services.create_objective(actor=ada.actor, draft=ObjectiveDraft("Grow", "company", counts="children"), **told)
    one = KeyResultDraft("Signed", start=D(0), goal=D(10))
    a = services.create_objective(
        actor=mia.actor,
        draft=draft_of(sales, mia, title="A", parent_id=top.pk, weight=D(75), key_results=(one,)),
        **told,
    )
    top.refresh_from_db()
    assert top.progress == 0  # not “nothing to say”: what begins below is in it at once
    b = services.create_objective(
        actor=mia.actor, draft=draft_of(sales, mia, title="B", parent_id=top.pk, key_results=(one,)), **told
    )
    services.create_objective(
        actor=mia.actor, **told,
        draft=draft_of(sales, mia, title="C", parent_id=top.pk, alignment="supports", key_results=(one,)),
    )  # fmt: skip
    assert b.weight == 25  # what is left
    for row, value in ((a, 10), (b, 2)):
        services.correct_value(
            actor=mia.actor, key_result_id=row.key_results.get().pk, value=D(value), on=today, note="x", now=now
        )
    top.refresh_from_db()
    assert top.progress == D("0.8")
    services.drop_objective(actor=mia.actor, objective_id=b.pk, revision=1, reason="Done elsewhere", now=now)
    top.refresh_from_db()
    assert top.progress == 1
    services.take_up_objective(actor=mia.actor, objective_id=b.pk, now=now)
    top.refresh_from_db()
    assert top.progress == D("0.8")
    with pytest.raises(Refusal) as refusal:  # no circle
        services.change_objective(
            actor=ada.actor,
            objective_id=top.pk,
            revision=1,
            draft=ObjectiveDraft("Grow", "company", parent_id=a.pk),
            now=now,
        )
    assert issues_of(refusal) == ["parent"]
    year = services.make_cycle(
        actor=ada.actor, name="Year", kind="year", start=quarter.start, due=quarter.due + timedelta(days=200)
    )
    far = services.create_objective(actor=ada.actor, cycle_id=year.pk, draft=ObjectiveDraft("Lead", "company"), now=now)
    row = services.change_objective(
        actor=ada.actor, objective_id=top.pk, revision=1, now=now,
        draft=ObjectiveDraft("Grow", "company", counts="both", parent_id=far.pk, key_results=(one,)),
    )  # fmt: skip
    assert row.parent_id == far.pk
    assert row.progress == D("0.4")  # (75 × 1 + 25 × 0.2 + 100 × 0) / 200
    tree = objectives_of.tree(reader(ada.actor), quarter.pk)
    assert {each.title for each in tree[top.pk]} == {"A", "B", "C"}
    assert {each.title for each in tree[None]} == {"Grow", "Customers come back"}


def test_dropping_wants_a_reason_and_can_be_undone(objective, mia, now) -> None:
    told = {"actor": mia.actor, "objective_id": objective.pk, "now": now}
    with pytest.raises(Refusal) as refusal:
        services.drop_objective(revision=1, reason=" ", **told)
    assert issues_of(refusal) == ["reason"]
    row = services.drop_objective(revision=1, reason="Another way was found", **told)
    with pytest.raises(Refusal, match="Take it up again first"):
        services.change_objective(revision=row.revision, draft=again(row), **told)
    row = services.take_up_objective(**told)
    assert (row.dropped_at, row.dropped_reason) == (None, "")
    with pytest.raises(Refusal):
        services.take_up_objective(**told)


def test_order_and_handing_over(objective, quarter, sales, mia, max, ada, now) -> None:
    other = services.create_objective(
        actor=mia.actor, cycle_id=quarter.pk, draft=draft_of(sales, mia, title="Second", key_results=()), now=now
    )
    services.move_objective(actor=mia.actor, objective_id=other.pk, way="up")
    looking = reader(mia.actor)
    assert [row.title for row in objectives_of.for_team(looking, quarter.pk, sales.pk)] == [
        "Second",
        "Customers come back",
    ]
    row = services.hand_over(actor=mia.actor, objective_id=objective.pk, revision=1, to=max.pk)
    assert row.owner_name == "Max"
    assert key_result(row, "Churned customers").owner_id == max.pk
    accounts.deactivate(actor=ada.actor, user_id=max.pk)
    with pytest.raises(Refusal) as refusal:
        services.hand_over(actor=mia.actor, objective_id=other.pk, revision=other.revision, to=max.pk)
    assert issues_of(refusal) == ["to"]


def test_what_is_ones_own_goes_to_the_lead_of_the_team(quarter, sales, mia, max, ada, now, client_of) -> None:
    own = ObjectiveDraft("Mine", "person", owner_id=max.pk)
    row = services.create_objective(actor=max.actor, cycle_id=quarter.pk, draft=own, now=now)
    page = client_of(max).get(reverse("goals:hand_over", args=[row.pk]))
    assert [name for _pk, name in page.context["form"].fields["to"].choices] == ["Choose somebody", "Mia"]
    assert services.hand_over(actor=max.actor, objective_id=row.pk, revision=1, to=mia.pk).owner_id == mia.pk
    row = services.hand_over(actor=ada.actor, objective_id=row.pk, revision=2, to=max.pk)
    accounts.change_team(actor=ada.actor, team_id=sales.pk, name="Sales", parent_id=sales.parent_id, lead_id=None)
    told = client_of(max).get(reverse("goals:hand_over", args=[row.pk])).content.decode()
    assert "Ask an administrator to hand it over" in told  # nobody to choose: no empty list


def test_nobody_makes_somebody_else_the_owner_of_theirs(quarter, sales, mia, max, ada, now) -> None:
    """By the form, by REST or by handing over: only inside what they may set. A person's objective has no team."""
    own = ObjectiveDraft("Mine", "person", sales.pk, max.pk, private=True)
    row = services.create_objective(actor=max.actor, cycle_id=quarter.pk, draft=own, now=now)
    assert row.team_id is None
    held = {"objective_id": row.pk, "revision": row.revision}
    with pytest.raises(Forbidden):
        services.change_objective(actor=max.actor, draft=replace(own, owner_id=ada.pk), now=now, **held)
    with pytest.raises(Refusal) as refusal:
        services.hand_over(actor=max.actor, to=ada.pk, **held)
    assert issues_of(refusal) == ["to"]
    theirs = replace(own, owner_id=mia.pk, private=False)
    row = services.create_objective(actor=mia.actor, cycle_id=quarter.pk, draft=theirs, now=now)
    row = services.hand_over(actor=mia.actor, objective_id=row.pk, revision=1, to=max.pk)  # of the team she leads
    assert row.owner_id == max.pk


def test_what_is_private_is_its_owners_alone(quarter, sales, mia, max, today, now) -> None:
    """No key result of somebody else, nobody open to all below it; opened, the record keeps what was said before."""
    made = {"cycle_id": quarter.pk, "now": now}
    part = KeyResultDraft("SECRET", start=D(0), goal=D(5), owner_id=mia.pk)
    own = ObjectiveDraft("SECRET", "person", None, max.pk, private=True, key_results=(part,))
    with pytest.raises(Refusal) as refusal:
        services.create_objective(actor=max.actor, draft=own, **made)
    assert issues_of(refusal) == ["kr.0.owner"]
    row = services.create_objective(actor=max.actor, draft=replace(own, private=False), **made)
    services.create_objective(
        actor=mia.actor, draft=ObjectiveDraft("Below", "person", None, mia.pk, parent_id=row.pk), **made
    )
    held = {"actor": max.actor, "objective_id": row.pk, "now": now}
    with pytest.raises(Refusal) as refusal:
        services.change_objective(draft=replace(own, key_results=()), revision=row.revision, **held)
    assert issues_of(refusal) == ["private", "private"]

    Objective.objects.filter(pk=row.pk).update(private=True)  # as they were stored before that was refused
    line = checkins_of.line_of(row.key_results.select_related("objective__cycle").get(), today)
    assert line.responsible == max.pk
    assert [each.responsible for each in checkins_of.mine(reader(max.actor), today)] == [max.pk]
    row.refresh_from_db()
    opened = again(row, title="Said", private=False)
    opened = replace(opened, key_results=(replace(opened.key_results[0], title="Also said"),))
    services.change_objective(draft=opened, revision=row.revision, **held)
    told = history_of(row).filter(act__endswith="changed")
    assert sorted(entry.after["name"] for entry in told) == ["Also said", "Said"]
    assert [entry.before for entry in told] == [None, None]


def test_the_tables_refuse_what_the_services_would_never_write(objective, mia) -> None:
    from django.db import IntegrityError, transaction

    bad = [
        lambda: Objective.objects.filter(pk=objective.pk).update(parent_id=objective.pk),
        lambda: Objective.objects.filter(pk=objective.pk).update(private=True),
        lambda: Objective.objects.filter(pk=objective.pk).update(score_judged=D("0.5")),
        lambda: Objective.objects.filter(pk=objective.pk).update(level="company"),
        lambda: KeyResult.objects.filter(kind="reach").update(goal=200),
        lambda: KeyResult.objects.filter(kind="above").update(low=None),
        lambda: KeyResult.objects.filter(kind="reach").update(source="metric"),
        lambda: Cycle.objects.update(due="2020-01-01"),
    ]
    for act in bad:
        with pytest.raises(IntegrityError), transaction.atomic():
            act()
    assert KeyResultValue.objects.filter(key_result__objective=objective).count() == 2
    with pytest.raises(NotHere):
        services.say_step(
            actor=mia.actor, milestone_id=uuid4(), done=True, on=objective.cycle.start, now=objective.created_at
        )
    assert connection.in_atomic_block
    assert Decimal(objective.weight) == 100
