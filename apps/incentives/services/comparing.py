"""Why a whole run pays other amounts than the one before: worked out in a worker, kept for these two revisions.

Every mixture of old and new inputs is calculated once for everybody, by the code that pays. Each person's difference is
split to the cent, and a cause's part of the run is the sum of theirs, so that the rows of the export add up both ways.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Mapping
from typing import TypedDict
from uuid import UUID

from django.db import transaction

from apps.accounts.domain.roles import Actor
from apps.incentives.domain.why import Why, why_each
from apps.incentives.models import Calculation, Participant, Run, RunChange
from apps.incentives.selectors import NO_RUN, PersonChange, change_of, changes_by_person, former_run
from apps.incentives.services.freezing import snapshot_of
from apps.incentives.services.people import log_look
from apps.kernel.issue import N_, NotHere, Refusal
from apps.work.services import Claim, Work, enqueue

COMPARING = N_("Working out why the amounts changed")
NOT_YET = N_("Why the amounts changed is not worked out yet. Ask for it on the page of the run.")


def ask_why(*, actor: Actor, run_id: UUID) -> Work | None:
    """Have a worker compare a run with the one before; None where there is nothing to compare it with."""
    actor.must("pay.view")
    run = Run.objects.select_related("plan", "version").filter(pk=run_id).first()
    if run is None:
        raise NotHere(NO_RUN)
    return ask_to_compare(run, asked_by=actor.id)


def ask_to_compare(run: Run, asked_by: UUID | None = None) -> Work | None:
    """The same, in the transaction that calculated the run. Asked twice it is one work."""
    former = former_run(run) if run.corrects_id is None else None
    if former is None or not run.revision or change_of(run, former) is not None:
        return None
    return enqueue("incentives.compare", subject=run.pk, about=str(run), asked_by=asked_by)


def compare_runs(claim: Claim) -> None:
    """The worker's part. Where either run was calculated anew meanwhile, that is what is compared."""
    run = Run.objects.select_related("plan", "version").filter(pk=claim.work.subject).first()
    former = former_run(run) if run is not None and run.revision else None
    if run is None or former is None or change_of(run, former) is not None:
        return
    before, after = (Calculation.objects.get(run=each, revision=each.revision) for each in (former, run))
    one, other = snapshot_of(before), snapshot_of(after)
    found = why_each(one, other, each=lambda done, total: claim.progress(done, total, COMPARING))
    everybody = {each.key for snapshot in (one, other) for each in snapshot.participants}
    told = [[key, currency, why.before, why.after, _parts(why)] for (key, currency), why in found.items()]
    with claim.completing():
        RunChange.objects.filter(run=run).delete()
        RunChange.objects.create(
            run=run, revision=after.revision, former=former, former_revision=before.revision, totals=_totals(found),
            people=zlib.compress(json.dumps(told).encode(), 6),
            left_out=len(everybody - {key for key, _currency in found}),
        )  # fmt: skip


def _parts(why: Why) -> dict[str, int]:
    return {str(each.cause): each.minor for each in why.parts if each.minor}


class _Total(TypedDict):
    before: int
    after: int
    parts: dict[str, int]


def _totals(found: Mapping[tuple[str, str], Why]) -> dict[str, _Total]:
    """By currency: what was paid, what is, and what each cause adds."""
    told: dict[str, _Total] = {}
    for (_key, currency), why in found.items():
        row = told.setdefault(currency, {"before": 0, "after": 0, "parts": {}})
        row["before"] += why.before
        row["after"] += why.after
        parts = row["parts"]
        for each in why.parts:
            parts[str(each.cause)] = parts.get(str(each.cause), 0) + each.minor
    return told


@transaction.atomic
def export_changes(*, actor: Actor, run: Run) -> list[PersonChange]:
    """Everybody's difference by cause, for a file; whose amounts are in it sees who took it. Refusal if it is not
    worked out yet.
    """
    actor.must("pay.view")
    former = former_run(run)
    found = change_of(run, former) if former is not None else None
    if found is None:
        raise Refusal(NOT_YET, status=409)
    rows = changes_by_person(found)
    keys = [each.participant.pk for each in rows if each.participant is not None]
    log_look(actor=actor, participants=Participant.objects.filter(pk__in=keys), where="file", run=run)
    return rows
