"""What somebody sees of a run who does not see all of it: the people of the teams they lead, where the plan's version
lets leads see them, and of the teams whose pay they look after."""

from __future__ import annotations

from uuid import UUID

from django.db.models import Exists, F, Func, OuterRef, QuerySet

from apps.accounts import selectors as accounts
from apps.accounts.domain.roles import Actor
from apps.incentives.domain.states import State
from apps.incentives.models import Run, RunResult
from apps.incentives.selectors.runs import NO_RUN
from apps.incentives.selectors.scopes import teams_in_scope
from apps.incentives.selectors.standing import led_in, teams_of
from apps.kernel.issue import NotHere

TO_REVIEW = (State.IN_REVIEW, State.APPROVED, State.LOCKED, State.PAID)
"""Where a run stands while leads see it: not while HR is still putting it together."""


def run_to_review(actor: Actor, run_id: UUID) -> tuple[Run, list[str]]:
    """A run of which somebody sees some teams, and these teams, by id. NotHere if there is none for them. Five queries
    at most.
    """
    run = Run.objects.select_related("plan", "version", "corrects").filter(pk=run_id, state__in=TO_REVIEW).first()
    teams: set[str] = set()
    if run is not None and run.kind != Run.Kind.DRY:
        teams |= set(teams_of(run, teams_in_scope(actor)))
        if run.version.lead_sees_team and actor.may("pay.review"):
            teams |= set(led_in(actor, run))
    if run is None or not teams:
        raise NotHere(NO_RUN)
    return run, sorted(teams)


def runs_to_review(actor: Actor) -> list[Run]:
    """The runs in review that somebody reviews as a lead, the newest first. Two queries at most."""
    if not actor.may("pay.review"):
        return []
    led = frozenset(str(line.id) for line in accounts.team_lines() if line.lead_id == actor.id)
    return [run for run in runs_in_review(led) if run.version.lead_sees_team]


def runs_in_review(teams: frozenset[str]) -> list[Run]:
    """The runs in review that pay somebody of these teams, the newest first. One query; none without a team."""
    if not teams:
        return []
    rows = Run.objects.filter(state=State.IN_REVIEW).exclude(kind=Run.Kind.DRY).select_related("plan", "version")
    theirs = RunResult.objects.filter(run=OuterRef("pk"), revision=OuterRef("revision"), teams__overlap=sorted(teams))
    return list(rows.filter(Exists(theirs)))


def results_of_teams(run: Run, teams: list[str]) -> QuerySet[RunResult]:
    """What a run pays the people of some teams, by name, with the lines of each. Two queries."""
    rows = RunResult.objects.filter(run=run, revision=run.revision, teams__overlap=teams)
    rows = rows.select_related("participant").prefetch_related("lines").defer("document", "inputs")
    return rows.order_by("participant__name", "key")


def leads_of(run: Run) -> list[UUID]:
    """Who leads a team of somebody in a run, where its plan lets leads see. Two queries at most."""
    if not run.version.lead_sees_team:
        return []
    rows = RunResult.objects.filter(run=run, revision=run.revision).order_by()
    teams = set(rows.annotate(team=Func(F("teams"), function="unnest")).values_list("team", flat=True).distinct())
    return [line.lead_id for line in accounts.team_lines() if line.lead_id is not None and str(line.id) in teams]
