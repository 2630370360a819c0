"""Publish the statements of a locked run, in a worker.

Nothing is calculated anew for a statement: the frozen snapshot is calculated once more, and where that does not give,
to the letter, what was approved, nothing is published. A worker that dies goes on where it stopped.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from hashlib import sha256
from uuid import UUID

from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from apps.accounts import selectors as accounts
from apps.incentives.domain.canonical import canonical
from apps.incentives.domain.paper import Scissors
from apps.incentives.domain.run import calculate
from apps.incentives.domain.snapshot import Run as Calculated
from apps.incentives.domain.snapshot import Snapshot
from apps.incentives.domain.states import State
from apps.incentives.models import Calculation, Correction, Run, RunResult, Settlement, Statement
from apps.incentives.services.freezing import snapshot_of
from apps.incentives.services.portions import portions
from apps.incentives.services.releasing import supersede
from apps.kernel.issue import N_
from apps.notifications.services import tell
from apps.work.services import Claim, WorkFailed, enqueue

PORTION = 200
PUBLISHING = N_("Publishing statements")
DIFFERS = N_(
    "Calculated again, the run does not come to what was approved. No statement was published. Tell your operator."
)
READY = N_("Your pay statement of “%(plan)s” for %(first)s to %(last)s is there.")


def publish_statements(claim: Claim) -> None:
    """The worker's part. A statement that is there already is not written again."""
    run = Run.objects.select_related("plan", "version").filter(pk=claim.work.subject).first()
    if run is None or run.revision != claim.args["revision"] or run.state not in (State.LOCKED, State.PAID):
        return  # it was opened again meanwhile
    made = Calculation.objects.get(run=run, revision=run.revision)
    snapshot = snapshot_of(made)
    desk = _Desk(run, made, snapshot, calculate(snapshot))
    rows = RunResult.objects.filter(run=run, revision=run.revision, statement=None).order_by("key")
    waiting = list(rows.values_list("pk", flat=True))
    total, done = RunResult.objects.filter(run=run, revision=run.revision).count(), 0
    for portion in portions(waiting, PORTION):
        with transaction.atomic():
            claim.beat()
            results = RunResult.objects.filter(pk__in=portion).select_related("participant")
            Statement.objects.bulk_create([desk.statement(row) for row in results])
        done += len(portion)
        claim.progress(total - len(waiting) + done, total, PUBLISHING)
    with claim.completing():
        held = Run.objects.select_for_update().get(pk=run.pk)
        if held.revision != run.revision or held.state not in (State.LOCKED, State.PAID):
            supersede(run, timezone.now())
            return
        _tell(run)
        enqueue("incentives.print", subject=run.pk, about=str(run), revision=run.revision)


class _Desk:
    """Where the statements of one run are made; team names, settlements and causes are read once, and what stands on
    many statements (plan, readings, what a team came to) is written out once."""

    def __init__(self, run: Run, made: Calculation, snapshot: Snapshot, done: Calculated) -> None:
        self.run, self.scissors = run, Scissors(snapshot, done)
        shared = (snapshot.plan, *snapshot.readings.values(), *done.assemblies.values())
        self.texts = {id(each): canonical(each) for each in shared}
        self.published = made.published_at or timezone.now()
        self.until = (self.published + timedelta(days=run.version.dispute_days)).date()
        self.settled = {row.participant_id: row for row in Settlement.objects.filter(run=run, revision=run.revision)}
        teams = {part.team for person in snapshot.participants for part in person.slices}
        self.teams = {str(team.pk): team.name for team in accounts.teams_by_id(teams)}
        self.causes = _causes(run)

    def statement(self, row: RunResult) -> Statement:
        """One statement, not saved yet. WorkFailed where it would not say what was approved."""
        result = self.scissors.results[row.key]
        told = canonical(result)
        if sha256(told.encode()).hexdigest() != row.fingerprint:
            raise WorkFailed(DIFFERS, retry=False)
        self.texts[id(result)] = told
        text = canonical(self.scissors.cut(row.key), self.texts)
        settled = self.settled.get(row.participant_id)
        return Statement(
            run=self.run, revision=row.revision, result=row, participant=row.participant, currency=row.currency,
            due=row.due, posted=row.posted, before=settled.before if settled else 0,
            pay=settled.pay if settled else row.due, balance=settled.balance if settled else 0,
            teams={team: self.teams.get(team, "") for team in row.teams}, causes=self.causes, document=text,
            fingerprint=sha256(text.encode()).hexdigest(), head=self.run.head, published_at=self.published,
            dispute_until=self.until,
        )  # fmt: skip


def _causes(run: Run) -> list[Mapping[str, object]]:
    """Which figures moved, of a correction: nothing of any person is in it."""
    found = Correction.objects.filter(adjustment=run).first()
    return list(found.moved) if found is not None else []


def _tell(run: Run) -> None:
    """Everybody who is paid hears that their statement is there, and no amount."""
    people = Statement.objects.filter(run=run, revision=run.revision).values_list("participant__person_id", flat=True)
    wanted: list[UUID | None] = list(people)
    tell(
        people=wanted,
        kind="pay.statement",
        message=READY,
        params={"plan": run.plan.name, "first": run.first, "last": run.last},
        url=reverse("pay:mine"),
        key=f"statement:{run.pk}:{run.revision}",
    )
