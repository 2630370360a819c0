"""Calculate a run in a worker, and keep what it came to: whole, or not at all.

A revision is written beside what stands, in portions, each under the worker's fence; one last transaction makes it the
run's. A worker that dies leaves rows of a revision that nobody reads, which the next attempt removes. The web process
never calculates a run.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Sequence
from datetime import datetime
from hashlib import sha256
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from apps.accounts.domain.roles import Actor
from apps.audit.services import record
from apps.common import formats
from apps.incentives.domain.canonical import canonical, fingerprint, read
from apps.incentives.domain.deltas import delta
from apps.incentives.domain.run import calculate
from apps.incentives.domain.snapshot import ENGINE_VERSION, Blocked, Result, Snapshot
from apps.incentives.domain.snapshot import Participant as Person
from apps.incentives.domain.snapshot import Run as Calculated
from apps.incentives.domain.states import Act, State
from apps.incentives.models import (
    Calculation,
    ResultLine,
    Run,
    RunBlocked,
    RunPool,
    RunReading,
    RunResult,
)
from apps.incentives.selectors import earlier_of, is_cumulative, posted_by_key, runs_before
from apps.incentives.services.acting import hold_run, must
from apps.incentives.services.comparing import ask_to_compare
from apps.incentives.services.correcting import gather_correction
from apps.incentives.services.gathering import Gathered, gather
from apps.incentives.services.making import noted
from apps.incentives.services.people import actor_of
from apps.incentives.services.portions import portions
from apps.kernel.issue import N_, Issue, Refusal
from apps.work.services import Claim, Work, WorkFailed, enqueue

PORTION = 500

NOT_ALLOWED = N_("The run was moved on meanwhile, so it was not calculated. Look at where it stands.")
READING = N_("Reading who takes part and what was reached")
CALCULATING = N_("Calculating")
KEEPING = N_("Keeping the results")
BEING_POSTED = N_(
    "The run for %(first)s to %(last)s is still being entered in the ledger, and this one pays the year less what that "
    "one pays. Calculate it once that is done."
)
POSTED_MEANWHILE = N_("What earlier periods of the year pay was entered in the ledger meanwhile. Calculate it again.")


def request_calculation(*, actor: Actor, run_id: UUID, revision: int) -> Work:
    """Have a worker calculate a run. `revision` is what the person saw; 409 if somebody was faster.

    Asking twice while the first still waits is the same work.
    """
    actor.must("pay.prepare")
    with transaction.atomic():
        run = hold_run(run_id, revision)
        must(Act.CALCULATE, run, actor)
        half = _being_posted(run)
        if half is not None:
            raise Refusal(BEING_POSTED, _days(half), status=409)
        return enqueue(
            "incentives.calculate", subject=run.pk, about=str(run), asked_by=actor.id, by=str(actor.id), of=run.revision
        )


def _being_posted(run: Run) -> Run | None:
    """A run of an earlier period of the year of which half is in the ledger: nobody can be net of that. One query;
    none where each period stands alone.
    """
    return runs_before(run).filter(state=State.LOCKED).first() if is_cumulative(run) else None


def _days(run: Run) -> dict[str, object]:
    return {"first": formats.day(run.first), "last": formats.day(run.last)}


def calculate_run(claim: Claim) -> None:
    """The worker's part: gather, calculate, keep. Where the run was moved on meanwhile, it ends and says so."""
    run = Run.objects.select_related("version", "plan").filter(pk=claim.work.subject).first()
    if run is None:
        return
    actor = actor_of(UUID(claim.args["by"]))
    if actor is None or run.revision != claim.args["of"]:
        return  # somebody calculated it meanwhile: what stands is newer than what was asked for
    _may(run, actor)
    claim.progress(0, 4, READING)
    half = _being_posted(run)
    if half is not None:
        raise WorkFailed(BEING_POSTED, retry=True, params=_days(half))
    gathered = gather(run) if run.corrects_id is None else gather_correction(run)
    claim.progress(1, 4, CALCULATING)
    done = calculate(gathered.snapshot)
    claim.progress(2, 4, KEEPING)
    made = _begin(claim, run, actor, gathered)
    posted = {} if run.corrects_id is None else posted_by_key(run)
    told = _keep(claim, made, gathered, done, posted)
    with claim.completing():
        _must_be_net_of_what_is_posted(run, gathered)
        _finish(made, run, actor, told, timezone.now())


def _must_be_net_of_what_is_posted(run: Run, gathered: Gathered) -> None:
    if is_cumulative(run):
        posted = earlier_of(run)
        if any(each.earlier != posted.get(each.key, 0) for each in gathered.snapshot.participants):
            raise WorkFailed(POSTED_MEANWHILE, retry=True)


def _may(run: Run, actor: Actor) -> None:
    found = must(Act.CALCULATE, run, actor, told=True)
    if found:
        raise WorkFailed(NOT_ALLOWED, retry=False)


def _begin(claim: Claim, run: Run, actor: Actor, gathered: Gathered) -> Calculation:
    """A revision that nobody reads yet; what an earlier attempt left of one goes."""
    text = canonical(gathered.snapshot).encode()
    with transaction.atomic():
        claim.beat()
        for left in Calculation.objects.filter(run=run, whole=False):
            remove_rows(run, left.revision)
            left.delete()
        newest = Calculation.objects.filter(run=run).order_by("-revision").values_list("revision", flat=True).first()
        return Calculation.objects.create(
            run=run, revision=(newest or 0) + 1, snapshot=zlib.compress(text, 6), inputs=sha256(text).hexdigest(),
            engine=ENGINE_VERSION, uploaders=sorted(gathered.uploaders), since=gathered.snapshot.period.first,
            by=actor.id, by_name=actor.name[:120],
        )  # fmt: skip


def remove_rows(run: Run, revision: int) -> None:
    """Remove the rows of a revision that was never published; the database refuses any other."""
    which = {"run": run, "revision": revision}
    ResultLine.objects.filter(result__run=run, result__revision=revision)._raw_delete("default")
    for model in (RunResult, RunBlocked, RunPool, RunReading):
        model.objects.filter(**which)._raw_delete("default")


class Told:
    """What is counted while results are kept."""

    def __init__(self) -> None:
        self.hashes: list[tuple[str, int]] = []
        self.totals: dict[str, int] = {}
        self.blocked = 0

    def add(self, row: RunResult) -> None:
        self.hashes.append((row.fingerprint, row.due))
        self.totals[row.currency] = self.totals.get(row.currency, 0) + row.due

    @property
    def content(self) -> str:
        """The hash that approvals are tied to: of each result's hash and what is due by it, in the order of keys."""
        return fingerprint(self.hashes)


def _keep(claim: Claim, made: Calculation, gathered: Gathered, done: Calculated, posted: dict[str, int]) -> Told:
    told, people = Told(), {each.key: each for each in gathered.snapshot.participants}
    results = [each for each in done.results if not posted or delta(each.total, [posted.get(each.participant, 0)])]
    if made.run.corrects_id is None:
        results = list(done.results)
    count = 0
    for portion in portions(results, PORTION):
        with transaction.atomic():
            claim.beat()
            rows = [_row(made, each, people[each.participant], gathered, posted) for each in portion]
            for row in RunResult.objects.bulk_create(rows):
                told.add(row)
            ResultLine.objects.bulk_create(
                ResultLine(result=row, position=at, component=line.key, exact=str(line.exact), minor=line.minor)
                for row, result in zip(rows, portion, strict=True)
                for at, line in enumerate(result.lines)
            )
        count += len(portion)
        claim.progress(2 * len(results) + 2 * count, 4 * max(len(results), 1), KEEPING)
    blocked = done.blocked if made.run.corrects_id is None else _newly_blocked(done.blocked, posted)
    with transaction.atomic():
        claim.beat()
        _keep_beside(made, gathered, done, blocked)
    told.blocked = len(blocked)
    return told


def _newly_blocked(blocked: Sequence[Blocked], posted: dict[str, int]) -> list[Blocked]:
    return [each for each in blocked if each.participant in posted]


def _row(made: Calculation, result: Result, person: Person, gathered: Gathered, posted: dict[str, int]) -> RunResult:
    text = canonical(result)
    before = posted.get(result.participant, 0)
    return RunResult(
        run_id=made.run_id,
        revision=made.revision,
        participant_id=gathered.participants[result.participant],
        key=result.participant,
        currency=result.currency,
        minor=result.minor,
        earlier=result.earlier,
        adjusted=result.adjusted,
        total=result.total,
        posted=before,
        due=delta(result.total, [before]),
        teams=sorted({each.team for each in result.slices}),
        fingerprint=sha256(text.encode()).hexdigest(),
        inputs=canonical(person),
        document=text,
    )


def _keep_beside(made: Calculation, gathered: Gathered, done: Calculated, blocked: Sequence[Blocked]) -> None:
    """Readings, pools, and who could not be calculated."""
    place = {"run_id": made.run_id, "revision": made.revision}
    RunReading.objects.bulk_create(
        [
            RunReading(**place, key=key, team=team, metric=each.metric, document=canonical(each.reading))
            for (key, team), each in sorted(gathered.reads.items())
        ],
        batch_size=1000,
    )
    RunPool.objects.bulk_create(
        [RunPool(**place, team=each.team, document=canonical(each)) for each in done.pools], batch_size=200
    )
    RunBlocked.objects.bulk_create(
        [
            RunBlocked(
                run_id=made.run_id,
                revision=made.revision,
                participant_id=gathered.participants[each.participant],
                issues=[issue_as_json(issue) for issue in each.issues],
            )
            for each in blocked
        ],
        batch_size=1000,
    )


def issue_as_json(issue: Issue) -> dict[str, object]:
    """An issue as it lies in a column."""
    params = {name: value if isinstance(value, int) else str(value) for name, value in issue.params.items()}
    return {"where": issue.where, "message": issue.message, "params": params}


def _finish(made: Calculation, run: Run, actor: Actor, told: Told, now: datetime) -> None:
    """Make the revision the run's, in the transaction that ends the work."""
    held = hold_run(run.pk)
    if held.revision != run.revision or must(Act.CALCULATE, held, actor, told=True):
        raise WorkFailed(NOT_ALLOWED, retry=False)
    made.content, made.totals, made.blocked = told.content, told.totals, told.blocked
    made.people, made.whole = len(told.hashes), True
    made.save(update_fields=["content", "totals", "blocked", "people", "whole"])
    before = held.state
    former = held.revision
    held.state, held.revision, held.content, held.stale, held.stale_because = (
        State.CALCULATED, made.revision, told.content, False, "",
    )  # fmt: skip
    held.calculated_by, held.calculated_by_name, held.calculated_at = actor.id, actor.name[:120], now
    held.acted_by = actor.id
    held.save()
    published = Calculation.objects.filter(run=held, revision=former, published_at__isnull=False).exists()
    if former and not published:
        remove_rows(held, former)
    noted(held, actor, Act.CALCULATE, before=before, after=held.state)
    ask_to_compare(held)
    if held.kind != Run.Kind.DRY:
        record(actor=actor, act="pay_run.calculated", subject=held, after={"revision": made.revision})


def calculation_stopped(work: Work) -> None:
    """Nothing to take back: what was written of a revision is read by nobody."""


def snapshot_of(calculation: Calculation) -> Snapshot:
    """The frozen inputs, read back."""
    return read(Snapshot, json.loads(zlib.decompress(bytes(calculation.snapshot)).decode()))
