"""Whose statement is whose, who may see it, and what there is to a statement."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from fractions import Fraction
from uuid import UUID

from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from apps.accounts import selectors as accounts
from apps.accounts.domain.roles import Actor
from apps.incentives.models import (
    BalanceWaiver,
    Correction,
    Dispute,
    DisputeNote,
    IncentivePlan,
    Look,
    Participant,
    Run,
    Statement,
    StatementAcknowledgement,
    StatementFile,
)
from apps.incentives.selectors.checks import Check
from apps.incentives.selectors.scopes import teams_in_scope
from apps.incentives.selectors.standing import led_in
from apps.kernel.issue import N_, NotHere
from apps.kernel.period import Grain
from apps.metrics import selectors as metrics

NO_STATEMENT = N_("There is no such statement, or it is not for you to see.")
NO_DISPUTE = N_("There is no such dispute, or it is not for you to see.")
LIVE = [Dispute.State.OPEN, Dispute.State.ANSWERED]


class Sight(StrEnum):
    """As who somebody sees a statement."""

    OWN = "own"
    PAY = "pay"  # who looks after pay
    SCOPE = "scope"  # who looks after the pay of a team the person was in
    LEAD = "lead"  # of a team the person was in, where the plan lets leads see their team


READS_DISPUTES = (Sight.OWN, Sight.PAY, Sight.SCOPE)


@dataclass(frozen=True)
class Seen:
    """A statement as somebody sees it."""

    statement: Statement
    sight: Sight

    @property
    def own(self) -> bool:
        return self.sight is Sight.OWN


_WHOLE = ("run__plan", "run__version", "participant")


def mine(actor: Actor) -> QuerySet[Statement]:
    """Somebody's own statements, the newest first, without their documents. One query."""
    rows = Statement.objects.filter(participant__person_id=actor.id).select_related(*_WHOLE).defer("document")
    return rows.annotate(acknowledged=Exists(StatementAcknowledgement.objects.filter(statement=OuterRef("pk"))))


def statement_for(actor: Actor, statement_id: UUID) -> Seen:
    """A statement that somebody may see. NotHere if there is none, or none for them. One query; for leads, and for who
    looks after teams, four.
    """
    row = Statement.objects.select_related(*_WHOLE).filter(pk=statement_id).first()
    sight = sight_of(actor, row) if row is not None else None
    if row is None or sight is None:
        raise NotHere(NO_STATEMENT)
    return Seen(row, sight)


def sight_of(actor: Actor, statement: Statement) -> Sight | None:
    """As who `actor` sees a statement; None: not at all."""
    if statement.participant.person_id == actor.id:
        return Sight.OWN
    if actor.may("pay.view"):
        return Sight.PAY
    if statement.run.version.lead_sees_team and actor.may("pay.review"):
        led = {str(line.id) for line in accounts.team_lines() if line.lead_id == actor.id}
        if led & set(statement.teams):
            return Sight.LEAD
    return Sight.SCOPE if teams_in_scope(actor) & set(statement.teams) else None


def statements_of(actor: Actor, run: Run) -> QuerySet[Statement]:
    """The statements of a run that somebody may see, by name: all, or those of the teams they lead or look after."""
    rows = Statement.objects.filter(run=run, revision=run.revision).select_related("run", "participant")
    rows = rows.defer("document").order_by("participant__name", "participant__key")
    if actor.may("pay.view"):
        return rows
    teams = set(teams_in_scope(actor))
    if actor.may("pay.review") and run.version.lead_sees_team:
        teams |= set(led_in(actor, run))
    return rows.filter(teams__has_any_keys=sorted(teams)) if teams else rows.none()


def printed(statement: Statement) -> StatementFile | None:
    """The file of a statement, without its bytes. One query."""
    return StatementFile.objects.filter(statement=statement).defer("content").first()


def stand_of_run(run: Run) -> tuple[int, int, int]:
    """How many statements a run has, how many are printed, how many were acknowledged. One query."""
    told = Statement.objects.filter(run=run, revision=run.revision).aggregate(
        all=Count("pk"), printed=Count("file"), read=Count("acknowledgement")
    )
    return told["all"], told["printed"], told["read"]


def replaced_by(statement: Statement) -> Statement | None:
    """The statement that stands for the same run and person now, where this one is superseded. One query."""
    rows = Statement.objects.filter(run_id=statement.run_id, participant_id=statement.participant_id)
    return rows.filter(superseded_at=None).select_related("run").defer("document").first()


def corrections_of(statement: Statement) -> list[Statement]:
    """Statements of corrections of the same period, the oldest first. One query."""
    rows = Statement.objects.filter(
        run__corrects_id=statement.run_id, participant_id=statement.participant_id, superseded_at=None
    )
    return list(rows.select_related("run").defer("document").order_by("published_at"))


def waived_of(statement: Statement) -> list[BalanceWaiver]:
    """What was owed back after this statement and is waived since. One query, where something was."""
    if not statement.balance:
        return []
    rows = BalanceWaiver.objects.filter(
        run_id=statement.run_id, revision=statement.revision, participant_id=statement.participant_id
    )
    return list(rows.filter(approved_by__isnull=False))


@dataclass(frozen=True)
class Standing:
    """What a metric's value is today: its id, which leads to what is behind it, and the exact figure."""

    id: int
    exact: Fraction | None


def values_today(statement: Statement) -> dict[tuple[str, str, str], Standing]:
    """The values a statement was made from as they are now, by metric key, dimension and member. Two queries.

    A value that is computed anew may have another id than the one that was read then, and another figure.
    """
    sources = [dict(each.source) for each in statement.paper.snapshot.readings.values()]
    keys = {source["metric"] for source in sources if "metric" in source}
    views = {view.id: view.key for view in metrics.metrics(archived=True) if view.key in keys}
    grain, dimensions = Grain(statement.run.plan.period), {source.get("dimension", "") for source in sources} - {""}
    found = metrics.values_of_period(views, grain, statement.run.first, dimensions)
    return {
        (views[metric], dimension, member): Standing(value.id, value.exact)
        for (metric, dimension, member), value in found.items()
    }


# --- who looked ------------------------------------------------------------------------------------------------------


def looks_at(actor: Actor, limit: int = 50) -> list[Look]:
    """Who looked at somebody's pay, the newest first. One query."""
    return list(
        Look.objects.filter(participant__person_id=actor.id).select_related("participant__plan").order_by("-at")[:limit]
    )


# --- disputes --------------------------------------------------------------------------------------------------------


def disputes_of(statement: Statement) -> list[Dispute]:
    """The disputes of a statement, the newest first. One query."""
    return list(statement.disputes.order_by("-raised_at"))


def dispute_for(actor: Actor, dispute_id: UUID) -> tuple[Dispute, Seen]:
    """A dispute that somebody may see: whoever it is about, who looks after pay, and who looks after a team the person
    was in, to read it. Leads do not. One query; four for who looks after teams.
    """
    rows = Dispute.objects.select_related(*(f"statement__{each}" for each in _WHOLE))
    row = rows.filter(pk=dispute_id).first()
    sight = sight_of(actor, row.statement) if row is not None else None
    if row is None or sight not in READS_DISPUTES:
        raise NotHere(NO_DISPUTE)
    return row, Seen(row.statement, Sight(sight))


def notes_of(dispute: Dispute) -> list[DisputeNote]:
    """What was said, in order. One query."""
    return list(dispute.notes.all())


def disputes(*, live: bool) -> QuerySet[Dispute]:
    """All disputes, those that wait first. One query."""
    rows = Dispute.objects.select_related("statement__run__plan", "statement__participant").defer("statement__document")
    return rows.filter(state__in=LIVE) if live else rows


def disputes_in(teams: frozenset[str]) -> list[Dispute]:
    """What waits of disputes about statements of these teams, the oldest first. One query; none without a team."""
    if not teams:
        return []
    rows = disputes(live=True).filter(statement__teams__has_any_keys=sorted(teams))
    return list(rows.order_by("raised_at"))


def in_teams(teams: frozenset[str]) -> QuerySet[Statement]:
    """The statements that stand of people who were in these teams, without their documents. One query."""
    rows = (
        Statement.objects.filter(teams__has_any_keys=sorted(teams), superseded_at=None)
        if teams
        else Statement.objects.none()
    )
    return rows.select_related(*_WHOLE).defer("document")


def dispute_checks(run: Run) -> Iterable[Check]:
    """That a statement of the plan is disputed stands in the way of its next run. One query."""
    rows = Dispute.objects.filter(
        state__in=LIVE, statement__run__plan_id=run.plan_id, statement__superseded_at=None
    ).exclude(statement__run_id=run.pk)
    names = sorted(rows.values_list("statement__participant__name", flat=True))
    if names:
        yield Check("dispute", N_("Disputes about this plan wait for a decision."), {}, tuple(names[:50]), len(names))


# --- what somebody takes part in -------------------------------------------------------------------------------------


def own_plans(actor: Actor, today: date) -> list[Participant]:
    """Where somebody takes part now, with the plans. One query."""
    running = Q(left_on__isnull=True) | Q(left_on__gte=today)
    inside = Q(assignments__first__lte=today) & (Q(assignments__last=None) | Q(assignments__last__gte=today))
    rows = Participant.objects.filter(running, inside, person_id=actor.id).select_related("plan").distinct()
    return list(rows.order_by("plan__name"))


def plan_named(name: str) -> IncentivePlan | None:
    """The plan of a name. One query."""
    return IncentivePlan.objects.filter(name=name).first()


def open_corrections() -> list[Correction]:
    """What was found to be corrected and waits for somebody to take it, the oldest first. One query."""
    return list(Correction.objects.filter(state=Correction.State.OPEN).order_by("found_at"))
