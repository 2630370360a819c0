"""Targets of every kind, from when on they hold, and those that a second admin approves."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from apps.accounts.domain.roles import Actor, Role
from apps.accounts.selectors import today
from apps.audit.selectors import history_of
from apps.kernel.issue import Forbidden, Refusal
from apps.kernel.period import Grain
from apps.targets import selectors, services
from apps.targets.domain.kinds import Kind, Shape, State
from apps.targets.models import Target

TERMS = {
    "grain": Grain.MONTH,
    "baseline": Decimal(4200),
    "goal": Decimal(5500),
    "start": date(2026, 1, 1),
    "due": date(2026, 12, 31),
}
BY = {name: TERMS[name] for name in ("grain", "start", "due")}


def as_admin(person: Any) -> Actor:
    return replace(person.actor, roles=frozenset({Role.ADMIN}))


def where(refused: pytest.ExceptionInfo) -> list[str]:
    return [issue.where for issue in refused.value.issues]


def test_each_kind_keeps_the_figures_it_reads(arpu, actor) -> None:
    acts = {"actor": actor, "metric_id": arpu.id, **BY}
    for kind in (Kind.FLOW, Kind.ABOVE, Kind.BAND):
        services.set_target(
            **acts, kind=kind, goal=Decimal(5000), low=Decimal(4000), high=Decimal(5000), reason="another kind",
            tolerance=Decimal(100),
        )  # fmt: skip
    kept = {row.kind: (row.baseline, row.goal, row.low, row.high, row.tolerance) for row in Target.objects.all()}
    assert kept == {
        "flow": (None, 5000, None, None, None),
        "above": (None, 5000, None, None, None),
        "band": (None, None, 4000, 5000, 100),
    }
    assert selectors.target_for(arpu.id, Grain.MONTH).kind == Kind.BAND


def test_everything_that_is_wrong_is_said_at_once_with_its_field(arpu, actor) -> None:
    acts = {"actor": actor, "metric_id": arpu.id, **BY}
    with pytest.raises(Refusal) as refused:
        services.set_target(
            **acts, kind=Kind.BAND, low=Decimal(5), high=Decimal(4), tolerance=Decimal(-1), pace=Shape.WORKING_DAYS,
            valid_from=date(2027, 1, 1), dimension="store", member="Pudong",
        )  # fmt: skip
    assert where(refused) == ["high", "tolerance", "valid_from", "pace", "dimension"]
    with pytest.raises(Refusal) as refused:
        services.set_target(**acts, kind=Kind.RATE, goal=Decimal("0.5"))
    assert where(refused) == ["kind"]  # an amount is no share
    with pytest.raises(Refusal) as refused:
        services.set_target(**acts, kind=Kind.BELOW, goal=Decimal(5))
    assert where(refused) == ["kind"]  # higher is better: holding it down is meant on purpose only
    services.set_target(**acts, kind=Kind.BELOW, goal=Decimal(5), on_purpose=True)


def test_milestones_are_checked_and_kept(arpu, actor) -> None:
    acts = {"actor": actor, "metric_id": arpu.id, **TERMS, "pace": Shape.MILESTONES}
    with pytest.raises(Refusal) as refused:
        services.set_target(**acts)
    assert where(refused) == ["milestones"]
    wrong = ((date(2025, 1, 1), Decimal(1)), (date(2026, 6, 30), Decimal(2)), (date(2026, 6, 30), Decimal(3)),
             (date(2026, 12, 31), Decimal(5000)))  # fmt: skip
    with pytest.raises(Refusal) as refused:
        services.set_target(**acts, milestones=wrong)
    assert [issue.params["n"] for issue in refused.value.issues] == [1, 3, 4]
    target = services.set_target(**acts, milestones=((date(2026, 6, 30), Decimal("4500.50")),))
    assert target.milestones == [["2026-06-30", "4500.5"]]


def test_a_target_that_begins_after_the_one_in_force_ends_waits_for_it(arpu, actor) -> None:
    day = today()
    near = {"start": day - timedelta(days=40), "due": day + timedelta(days=40)}
    now = services.set_target(actor=actor, metric_id=arpu.id, **TERMS | near)
    later = services.set_target(
        actor=actor, metric_id=arpu.id, reason="next", seen=now.pk,
        **TERMS | {"start": day + timedelta(days=80), "due": day + timedelta(days=200), "goal": Decimal(6000)},
    )  # fmt: skip
    now.refresh_from_db()
    assert later.valid_from == later.start == now.valid_until
    assert selectors.target_for(arpu.id, Grain.MONTH) == now  # it still counts
    assert selectors.head_of(arpu.id, Grain.MONTH) == later
    services.withdraw_target(actor=actor, target_id=later.pk, reason="not agreed after all")
    now.refresh_from_db()
    assert now.valid_until is None
    assert selectors.target_for(arpu.id, Grain.MONTH) == now


def test_another_target_from_today_on_ends_what_is_agreed_for_later_too(arpu, actor) -> None:
    day = today()
    first = services.set_target(actor=actor, metric_id=arpu.id, **TERMS)
    second = services.set_target(
        actor=actor, metric_id=arpu.id, reason="later", valid_from=day + timedelta(days=5),
        **TERMS | {"goal": Decimal(6000), "due": day + timedelta(days=90)},
    )  # fmt: skip
    third = services.set_target(actor=actor, metric_id=arpu.id, reason="at once", **TERMS | {"goal": Decimal(7000)})
    states = dict(Target.objects.values_list("pk", "status"))
    assert states == {first.pk: "ended", second.pk: "ended", third.pk: "in_force"}
    assert third.replaces_id == second.pk


def test_what_is_over_keeps_the_day_it_ended(arpu, actor, monkeypatch) -> None:
    first = services.set_target(actor=actor, metric_id=arpu.id, **TERMS)
    day = today()
    services.set_target(
        actor=actor, metric_id=arpu.id, reason="soon", valid_from=day + timedelta(days=5),
        **TERMS | {"goal": Decimal(6000)},
    )  # fmt: skip
    monkeypatch.setattr("apps.accounts.selectors.today", lambda: day + timedelta(days=20))
    services.set_target(actor=actor, metric_id=arpu.id, reason="again", **TERMS | {"goal": Decimal(7000)})
    first.refresh_from_db()
    assert (first.status, first.valid_until, first.ended_at) == (State.IN_FORCE, day + timedelta(days=5), None)


def test_a_proposed_target_counts_for_nothing_until_another_admin_approves_it(arpu, actor, ada, ben) -> None:
    first = services.set_target(actor=ada.actor, metric_id=arpu.id, **TERMS)
    assert services.change_target_policy(actor=ada.actor, second_admin=True)
    assert not services.change_target_policy(actor=ada.actor, second_admin=True)
    proposal = services.set_target(
        actor=ada.actor, metric_id=arpu.id, reason="new stores", **TERMS | {"goal": Decimal(6000)}
    )
    assert (proposal.status, proposal.replaces) == (State.PROPOSED, None)
    assert selectors.target_for(arpu.id, Grain.MONTH) == first
    assert (selectors.waiting(), selectors.proposed()) == (1, [proposal])
    with pytest.raises(Forbidden, match="You proposed"):
        services.approve_target(actor=ada.actor, target_id=proposal.pk)
    second = as_admin(ben)
    with pytest.raises(Refusal, match="meanwhile"):
        services.approve_target(actor=second, target_id=proposal.pk, seen=proposal.pk)
    approved = services.approve_target(actor=second, target_id=proposal.pk, seen=first.pk)
    assert (approved.status, approved.approved_by_name, approved.replaces) == (State.IN_FORCE, "Ben", first)
    assert selectors.target_for(arpu.id, Grain.MONTH) == approved
    first.refresh_from_db()
    assert (first.status, first.ended_reason) == (State.ENDED, "new stores")
    with pytest.raises(Refusal, match="decided already") as refused:  # the second of two who approve at once
        services.approve_target(actor=second, target_id=proposal.pk)
    assert refused.value.status == 409
    assert [entry.act for entry in history_of(approved)] == ["target.approved", "target.proposed"]


def test_sending_back_needs_a_reason_and_keeps_what_is_in_force(arpu, ada, ben) -> None:
    services.change_target_policy(actor=ada.actor, second_admin=True)
    proposal = services.set_target(actor=ada.actor, metric_id=arpu.id, **TERMS)
    with pytest.raises(Refusal) as refused:
        services.reject_target(actor=as_admin(ben), target_id=proposal.pk, reason=" ")
    assert where(refused) == ["reason"]
    rejected = services.reject_target(actor=as_admin(ben), target_id=proposal.pk, reason="too much")
    assert (rejected.status, rejected.ended_by_name, rejected.ended_reason) == (State.REJECTED, "Ben", "too much")
    assert selectors.target_for(arpu.id, Grain.MONTH) is None
    again = services.set_target(actor=ada.actor, metric_id=arpu.id, **TERMS)
    better = services.set_target(
        actor=ada.actor, metric_id=arpu.id, reason="less", seen=again.pk, **TERMS | {"goal": Decimal(5000)}
    )
    again.refresh_from_db()
    assert (again.status, better.status) == (State.REJECTED, State.PROPOSED)  # one proposal stands at a time


def test_the_database_refuses_own_approval_and_two_in_force(arpu, actor) -> None:
    target = services.set_target(actor=actor, metric_id=arpu.id, **TERMS)
    with pytest.raises(IntegrityError, match="nobody_approves_their_own_target"), transaction.atomic():
        Target.objects.filter(pk=target.pk).update(approved_by=target.set_by)
    target.pk, target.replaces = None, None
    with pytest.raises(IntegrityError, match="one_target_in_force"), transaction.atomic():
        target.save(force_insert=True)
