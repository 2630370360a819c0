"""Read runs for pages: all of them, one with its people, what was paid the time before, what is to be corrected."""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from uuid import UUID

from django.db.models import OuterRef, Q, QuerySet, Subquery, Sum

from apps.incentives.domain.states import State
from apps.incentives.models import (
    Calculation,
    Correction,
    IncentivePlan,
    Participant,
    Run,
    RunAdjustment,
    RunChange,
    RunResult,
    Settlement,
)
from apps.kernel.issue import N_, NotHere

NO_RUN = N_("There is no such run.")
PAID_OUT = [State.LOCKED, State.PAID]


def counting_adjustments() -> QuerySet[RunAdjustment]:
    """What was added by hand and approved by a second person. Lazy."""
    return RunAdjustment.objects.filter(approved_by__isnull=False, withdrawn_at__isnull=True)


def runs(plan: str = "", state: str = "") -> QuerySet[Run]:
    """Runs, the newest period first, with the totals of what stands now. One query."""
    made = Calculation.objects.filter(run=OuterRef("pk"), revision=OuterRef("revision"))
    rows = Run.objects.select_related("plan", "version").annotate(
        totals=Subquery(made.values("totals")[:1]), people=Subquery(made.values("people")[:1])
    )
    if plan:
        rows = rows.filter(plan__key=plan)
    return rows.filter(state=state) if state else rows


def run_for(run_id: UUID) -> Run:
    """One run with its plan and version; NotHere if there is none. One query."""
    run = Run.objects.select_related("plan", "version", "corrects").filter(pk=run_id).first()
    if run is None:
        raise NotHere(NO_RUN)
    return run


def calculation_of(run: Run, revision: int | None = None) -> Calculation | None:
    """What a run was calculated from, without the snapshot itself. One query."""
    rows = Calculation.objects.filter(run=run, revision=run.revision if revision is None else revision)
    return rows.defer("snapshot").first()


def results_of(run: Run, search: str = "", teams: Iterable[str] | None = None) -> QuerySet[RunResult]:
    """What a run pays, the largest amounts first, without the documents; of people whose name or number is searched
    for, or of some teams."""
    rows = RunResult.objects.filter(run=run, revision=run.revision).select_related("participant")
    if search:
        rows = rows.filter(Q(participant__name__icontains=search) | Q(participant__employee_number__istartswith=search))
    if teams is not None:
        rows = rows.filter(teams__overlap=list(teams))
    return rows.defer("document", "inputs").order_by("-due", "key")


def former_run(run: Run) -> Run | None:
    """What a run is compared with: the regular run of the same plan for the period before that was paid or is to be; of
    a correction the run it corrects. One query.
    """
    if run.corrects_id is not None:
        return Run.objects.select_related("plan", "version").get(pk=run.corrects_id)
    rows = Run.objects.filter(plan_id=run.plan_id, kind=Run.Kind.REGULAR, last__lt=run.first, revision__gt=0)
    return rows.exclude(state=State.VOID).select_related("plan", "version").order_by("-last").first()


def change_of(run: Run, former: Run) -> RunChange | None:
    """Why a run pays other amounts than the one before, once it is worked out, without the people. One query."""
    rows = RunChange.objects.filter(run=run, revision=run.revision, former=former, former_revision=former.revision)
    return rows.defer("people").first()


@dataclass(frozen=True)
class PersonChange:
    """One person's difference between two runs; `parts` by cause, in minor units, make `after - before`."""

    participant: Participant | None
    key: str
    currency: str
    before: int
    after: int
    parts: Mapping[str, int]


def changes_by_person(change: RunChange) -> list[PersonChange]:
    """Everybody's difference, by name. Two queries."""
    told = json.loads(zlib.decompress(bytes(change.people)))
    keys = {row[0] for row in told}
    people = {row.key: row for row in Participant.objects.filter(plan_id=change.run.plan_id, key__in=keys)}
    rows = [PersonChange(people.get(key), key, *figures) for key, *figures in told]
    return sorted(rows, key=lambda row: (row.participant.name if row.participant else "", row.key, row.currency))


def change_for(run: Run, key: str) -> tuple[Run, PersonChange] | None:
    """Why one person of a regular run is paid another amount than by the run before, and that run; None where they were
    not in it, are paid in another currency, or it is not worked out. Two queries at most.
    """
    former = former_run(run) if run.corrects_id is None else None
    found = (
        former
        and RunChange.objects.filter(
            run=run, revision=run.revision, former=former, former_revision=former.revision
        ).first()
    )
    if former is None or not found:
        return None
    rows = [row for row in json.loads(zlib.decompress(bytes(found.people))) if row[0] == key]
    if len(rows) != 1 or not rows[0][2]:
        return None
    return former, PersonChange(None, *rows[0])


def amounts_of(run: Run, participants: Iterable[UUID]) -> dict[UUID, tuple[int, str]]:
    """What some people are due by a run, by participant. One query."""
    rows = RunResult.objects.filter(run=run, revision=run.revision, participant_id__in=list(participants))
    return {who: (due, currency) for who, due, currency in rows.values_list("participant_id", "due", "currency")}


def settlements_of(run: Run, participants: Iterable[UUID]) -> dict[UUID, Settlement]:
    """What a locked run pays some people and what it carries, by participant. One query."""
    rows = Settlement.objects.filter(run=run, revision=run.revision, participant_id__in=list(participants))
    return {row.participant_id: row for row in rows}


@dataclass(frozen=True)
class Paid:
    """What a locked run comes to in one currency, in minor units."""

    currency: str
    earned: int
    before: int
    pay: int
    balance: int


def paid_by(run: Run) -> list[Paid]:
    """What a locked run pays and carries in all, by currency. One query."""
    rows = Settlement.objects.filter(run=run, revision=run.revision).order_by("currency").values("currency")
    summed = rows.annotate(e=Sum("earned"), b=Sum("before"), p=Sum("pay"), left=Sum("balance"))
    return [Paid(row["currency"], row["e"], row["b"], row["p"], row["left"]) for row in summed]


def result_for(run: Run, participant_id: UUID) -> RunResult:
    """One person's result; NotHere if they have none. One query."""
    found = (
        RunResult.objects.filter(run=run, revision=run.revision, participant_id=participant_id)
        .select_related("participant")
        .first()
    )
    if found is None:
        raise NotHere(N_("There is no result of this person in the run."))
    return found


def corrections(*, only_open: bool = True) -> list[Correction]:
    """What is to be corrected of locked and paid runs, the newest first. One query."""
    rows = Correction.objects.select_related("run__plan", "adjustment")
    return list(rows.filter(state=Correction.State.OPEN) if only_open else rows)


def correction_for(correction_id: UUID) -> Correction:
    """One correction; NotHere if there is none. One query."""
    found = (
        Correction.objects.select_related("run__plan", "run__version", "adjustment").filter(pk=correction_id).first()
    )
    if found is None:
        raise NotHere(N_("There is no such correction."))
    return found


def plans_to_run() -> QuerySet[IncentivePlan]:
    """The plans that have a version which was published. One query."""
    return IncentivePlan.objects.filter(versions__status__in=["published", "ended"]).distinct()


def participants_of(run: Run) -> list[Participant]:
    """Everybody in the plan of a run, for choosing from. One query."""
    return list(Participant.objects.filter(plan_id=run.plan_id))


def people_by_key(run: Run, keys: Iterable[str]) -> list[Participant]:
    """Participants of a run's plan by the keys that snapshots know them by. One query."""
    return list(Participant.objects.filter(plan_id=run.plan_id, key__in=list(keys)))
