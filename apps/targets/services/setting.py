"""Set, replace and withdraw targets. What was agreed is kept: nothing here changes or deletes a goal."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.db.models.functions import Now

from apps.accounts import selectors as people
from apps.accounts.domain.roles import Actor
from apps.audit.services import record
from apps.evidence import services as forecasts
from apps.kernel.issue import N_, Issue, Refusal
from apps.kernel.period import Grain
from apps.metrics import selectors as metrics
from apps.metrics.domain.definition import Definition
from apps.metrics.services import new_edition
from apps.targets import selectors
from apps.targets.domain import adding, cascade, checks, pace, terms
from apps.targets.domain.kinds import Kind, Rule, Shape, State
from apps.targets.models import Target
from apps.workspaces.scope import current_workspace

CANNOT_BE_SET = N_("Please mend what is marked.")
CHANGED_MEANWHILE = N_("Somebody set another target for this metric meanwhile. Look at it, then decide again.")
ENDED_ALREADY = N_("This target is not in force any more.")
NO_SUCH_DIMENSION = N_("This metric is not split by this dimension.")
NO_SUCH_MEMBER = N_("“%(member)s” has no value in this metric. Check how it is written, or choose from the list.")
NO_SUCH_TEAM = N_("There is no such team, or it is archived. Choose another one.")
TEAM_OR_MEMBER = N_("A target is for a team or for a member of a dimension, not for both.")
ARCHIVED = N_("This metric is archived. Restore it first, or choose another one.")


@dataclass(frozen=True)
class Scope:
    """Of this there is one target in force: a metric by a grain, for all, one member of a dimension, or a team."""

    metric_id: UUID
    grain: Grain
    dimension: str = ""
    member: str = ""
    team_id: UUID | None = None

    @property
    def fields(self) -> dict[str, object]:
        return {
            "metric_id": self.metric_id, "grain": str(self.grain), "dimension": self.dimension,
            "member": self.member, "team_id": self.team_id,
        }  # fmt: skip


@dataclass(frozen=True)
class Beside:
    """What goes with a target and is no term of it: who answers for it, why, and where in a cascade it stands."""

    owner_id: UUID | None = None
    owner_name: str = ""
    reason: str = ""
    parent_id: UUID | None = None
    share: Decimal | None = None
    cascade_rule: str = ""
    basis: Mapping[str, Any] | None = None


def set_target(
    *,
    actor: Actor,
    metric_id: UUID,
    grain: Grain,
    baseline: Decimal | None = None,
    goal: Decimal | None = None,
    start: date | None,
    due: date | None,
    kind: Kind = Kind.LEVEL,
    pace: Shape = Shape.PERIODS,
    low: Decimal | None = None,
    high: Decimal | None = None,
    tolerance: Decimal | None = None,
    milestones: tuple[tuple[date, Decimal], ...] = (),
    valid_from: date | None = None,
    review_on: date | None = None,
    basis: Mapping[str, Any] | None = None,
    dimension: str = "",
    member: str = "",
    team_id: UUID | None = None,
    owner_id: UUID | None = None,
    owner_name: str = "",
    reason: str = "",
    on_purpose: bool = False,
    seen: UUID | None = None,
) -> Target:
    """Set the target of a metric read by `grain`: of a `kind`, between `start` and `due`; or propose it.

    Where the company asks for a second admin, it is proposed only and counts for nothing yet (`approve_target`). Dates
    are widened to whole periods. The target in force, if there is one, is kept as history; then `reason` is needed. It
    holds on until `valid_from`; without that, until its own end if the new one begins after it, else until now. `seen`
    is the id of the target the person saw as the last one said, if they saw one. Setting what is agreed already
    changes nothing. Raises Refusal with every issue at once (`where` names the argument), or with status 409 if
    another target was set meanwhile.
    """
    actor.must("targets.edit")
    wish = checks.Wish(
        Grain(grain), baseline, goal, start, due, on_purpose, Kind(kind), Shape(pace), low, high, tolerance,
        tuple(milestones), valid_from, review_on,
    )  # fmt: skip
    scope = Scope(metric_id, wish.grain, dimension, member, team_id)
    beside = Beside(owner_id=owner_id, owner_name=owner_name, reason=reason, basis=basis)
    return put(actor, scope, wish, beside, seen)


def put(actor: Actor, scope: Scope, wish: checks.Wish, beside: Beside, seen: UUID | None = None) -> Target:
    """`set_target` for whoever has a wish already; the same refusals."""
    metric = metrics.metric_for(scope.metric_id)
    try:
        with transaction.atomic():
            former, running = _head(scope, seen)
            found = issues_of(wish, metric, former, scope=scope, reason=beside.reason)
            if found:
                raise Refusal(CANNOT_BE_SET, issues=found)
            agreed = _terms(wish, running) | {"owner_id": beside.owner_id}
            if former is not None and _is_same(former, agreed, beside):
                return former
            return _write(actor, former, scope, agreed, beside)
    except IntegrityError:  # the unique constraints: somebody else's came first
        raise Refusal(CHANGED_MEANWHILE, status=409) from None


def _head(scope: Scope, seen: UUID | None) -> tuple[Target | None, Target | None]:
    """The last target said of a scope, held: the proposed one, else the one agreed last; and the one that counts today.

    They differ where the last one is proposed only, or is to hold later.
    """
    standing = list(selectors.standing_rows().select_for_update(of=("self",)).filter(**scope.fields))
    rows = {row.status: row for row in standing if row.valid_until is None}
    former = rows.get(State.PROPOSED) or rows.get(State.IN_FORCE)
    if seen is not None and (former is None or former.pk != seen):
        raise Refusal(CHANGED_MEANWHILE, status=409)
    agreed = (row for row in standing if row.status == State.IN_FORCE)
    return former, next((row for row in agreed if terms.has_begun(row, people.today())), None)


def issues_of(
    wish: checks.Wish,
    metric: metrics.MetricView,
    former: Target | None,
    *,
    scope: Scope | None = None,
    reason: str = "",
    known: Mapping[str, Definition] | None = None,
) -> list[Issue]:
    """Everything that keeps `wish` from being the target of `metric`, in place of `former` if one is agreed.

    `known` are the definitions by key, for whoever has read them already.
    """
    if known is None:
        known = {view.key: view.definition for view in metrics.metrics()} if wish.kind is Kind.FLOW else {}
    found = list(
        checks.issues(
            wish,
            current_workspace().calendar,
            direction=metric.direction,
            grains=metric.grains,
            is_share=metric.unit.kind == "percent",
            adds_up=wish.kind is not Kind.FLOW or adding.over_time(metric.definition, known),
        )
    )
    if metric.archived:
        found.append(Issue("metric", ARCHIVED))
    found += _scope_issues(scope, metric) if scope else ()
    if former is not None and not reason.strip():
        found.append(Issue("reason", checks.WHY))
    return found


def _scope_issues(scope: Scope, metric: metrics.MetricView) -> list[Issue]:
    if scope.team_id is not None:
        if scope.dimension:
            return [Issue("team", TEAM_OR_MEMBER)]
        team = people.team_for(scope.team_id)
        return [] if team is not None and team.archived_at is None else [Issue("team", NO_SUCH_TEAM)]
    if not scope.dimension:
        return []
    if scope.dimension not in metric.dimensions:
        return [Issue("dimension", NO_SUCH_DIMENSION)]
    known = metrics.members_of(metric, scope.grain, scope.dimension)
    if known and scope.member not in known:  # before the first values nobody can know them
        return [Issue("member", NO_SUCH_MEMBER, {"member": scope.member})]
    return []


def _terms(wish: checks.Wish, running: Target | None) -> dict[str, Any]:
    """What is agreed, with whole periods."""
    assert wish.start is not None and wish.due is not None  # noqa: S101, PT018  (`issues_of` has seen to it)
    calendar = current_workspace().calendar
    start, due = pace.whole_periods(calendar, grain=wish.grain, start=wish.start, due=wish.due)
    return terms.of_wish(wish, start=start, due=due, valid_from=terms.holds_from(wish, start, running))


def _is_same(former: Target, agreed: Mapping[str, Any], beside: Beside) -> bool:
    """Whether nothing would change: what holds already need not be told again from when on it does."""
    ignored = {"valid_from"} if agreed["valid_from"] is None else set()
    same = all(getattr(former, name) == value for name, value in agreed.items() if name not in ignored)
    return same and beside.parent_id in (None, former.parent_id) and beside.share in (None, former.share)


def _write(actor: Actor, former: Target | None, scope: Scope, agreed: Mapping[str, Any], beside: Beside) -> Target:
    needs = selectors.needs_second_admin()
    proposed = former if former is not None and former.status == State.PROPOSED else None
    if proposed is not None:
        end(proposed, actor, beside.reason, State.REJECTED)
    place = {"parent_id": beside.parent_id, "share": beside.share, "cascade_rule": beside.cascade_rule}
    if former is not None and beside.parent_id is None:
        place = {name: getattr(former, name) for name in place} | _by_hand(former, agreed["goal"])
    target = Target(
        reason=beside.reason.strip()[:200], set_by=actor.id, set_by_name=actor.name[:120],
        owner_name=beside.owner_name[:120], basis=dict(beside.basis) if beside.basis else None,
        status=State.PROPOSED if needs else State.IN_FORCE, **scope.fields, **agreed, **place,
    )  # fmt: skip
    before = told(former) if former is not None else None
    if not needs:
        former = take_over(target, actor, beside.reason)
    target.save(force_insert=True)
    target.refresh_from_db()
    follow(target, former)
    if proposed is not None:
        Target.objects.filter(parent=proposed, status=State.PROPOSED).update(parent=target)
    act = "target.proposed" if needs else "target.set"
    record(actor=actor, act=act, subject=target, before=before, after=told(target), note=target.reason)
    new_edition("targets")
    forecasts.ask()
    return target


def _by_hand(former: Target, goal: Decimal | None) -> dict[str, Any]:
    """A part whose goal somebody changed by hand is by hand from now on, and its share what that makes of the whole."""
    if former.parent_id is None or goal is None or goal == former.goal:
        return {}
    whole = Target.objects.values_list("goal", flat=True).get(pk=former.parent_id)
    return {"cascade_rule": Rule.HAND, "share": cascade.share_of(goal, whole) if whole else None}


def take_over(target: Target, actor: Actor, reason: str) -> Target | None:
    """Let `target` take the place of what is agreed of its scope; whom it follows. The caller saves it."""
    scope = {name: getattr(target, name) for name in ("metric_id", "grain", "dimension", "member", "team_id")}
    today = people.today()
    head = None
    agreed = Target.objects.select_for_update(of=("self",)).filter(status=State.IN_FORCE, **scope)
    for row in agreed.filter(Q(valid_until__isnull=True) | Q(valid_until__gt=today)):  # what is over stays as it ended
        head = row if row.valid_until is None else head
        holds_on = terms.held_until(row, target.valid_from, today)
        if holds_on is None:
            end(row, actor, reason or target.reason)
        elif holds_on != row.valid_until:
            row.valid_until = holds_on
            row.save(update_fields=["valid_until"])
    target.replaces = head
    return head


def follow(target: Target, former: Target | None) -> None:
    """Parts of the target that `target` follows are parts of it from now on; not while the former one still counts."""
    if former is not None and target.status == State.IN_FORCE and former.status != State.IN_FORCE:
        Target.objects.filter(parent=former, status__in=[State.PROPOSED, State.IN_FORCE]).update(parent=target)


def withdraw_target(*, actor: Actor, target_id: UUID, reason: str) -> Target:
    """Take a target out of force without another in its place; it stays in the history with `reason`.

    One that was to hold later leaves the one before it in force, for as long as it would have held itself. Raises
    Refusal if the reason is missing, or with status 409 if the target is not in force any more or another was set
    meanwhile.
    """
    actor.must("targets.edit")
    target = selectors.target_by_id(target_id)
    if not reason.strip():
        raise Refusal(CANNOT_BE_SET, issues=[Issue("reason", N_("Say in a few words why it is withdrawn."))])
    try:
        with transaction.atomic():
            return _withdraw(actor, target, reason)
    except IntegrityError:
        raise Refusal(CHANGED_MEANWHILE, status=409) from None


def _withdraw(actor: Actor, seen: Target, reason: str) -> Target:
    target = Target.objects.select_for_update(of=("self",)).filter(pk=seen.pk, status=State.IN_FORCE).first()
    today = people.today()
    if target is None or (target.valid_until is not None and target.valid_until <= today):
        raise Refusal(ENDED_ALREADY, status=409)
    end(target, actor, reason)
    if not terms.has_begun(target, today):
        scope = {name: getattr(target, name) for name in selectors.SCOPE}
        before = Target.objects.filter(status=State.IN_FORCE, valid_until=target.valid_from, **scope)
        before.update(valid_until=target.valid_until)
    record(actor=actor, act="target.withdrawn", subject=target, before=told(target), note=target.ended_reason)
    new_edition("targets")
    return target


def end(target: Target, actor: Actor, reason: str, state: State = State.ENDED) -> None:
    """Let a held target not count any more, as ended or as rejected."""
    target.status = state
    target.ended_at, target.ended_by_name, target.ended_reason = Now(), actor.name[:120], reason.strip()[:200]
    target.save(update_fields=["status", "ended_at", "ended_by_name", "ended_reason"])
    target.refresh_from_db()


def told(target: Target) -> dict[str, Any]:
    """A target for the record, as plain JSON."""
    return terms.told({name: getattr(target, name) for name in terms.NAMES})
