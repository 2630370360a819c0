"""Post what a locked run comes to, and take it back when the run is opened again or made void.

Lines are added to the ledger and never changed; number and hash are set by the database. What each person is paid now,
and what is carried, is settled in the same transaction as their lines. A run of up to `AT_ONCE` people is posted along
with the lock; a larger one by a worker, in portions. A worker that dies goes on with whoever is not settled yet. Until
the last of them is (`Calculation.published_at`), nobody can pay, export, open again or correct the run: the page says
so, and the database refuses it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import astuple, fields
from datetime import datetime

from django.db import connection, transaction
from django.db.models import QuerySet, Sum
from django.utils import timezone

from apps.incentives.domain.deltas import settle
from apps.incentives.domain.ledger import Posting, PostingKind
from apps.incentives.domain.states import State
from apps.incentives.models import Calculation, LedgerEntry, Run, RunResult, Settlement
from apps.incentives.selectors import balances_before, is_cumulative
from apps.incentives.services.correcting import ask_to_look_again
from apps.incentives.services.portions import portions
from apps.incentives.services.releasing import ask_to_publish
from apps.kernel.issue import N_
from apps.work.services import Claim, enqueue

COLUMNS = [each.name for each in fields(Posting)]
INSERT = (
    f"INSERT INTO incentives_ledgerentry ({', '.join(COLUMNS)}, number, before, hash) "  # noqa: S608  (names of ours)
    "SELECT *, 0, '', '' FROM unnest(%s::text[], %s::text[], %s::text[], %s::text[], %s::text[], %s::bigint[], "
    "%s::text[], %s::text[], %s::text[])"
)
AT_ONCE = 500
PORTION = 500
POSTING = N_("Entering the amounts in the ledger")
CORRECTED = N_("Figures were corrected")


def run_key(run: Run) -> str:
    """A run's revision, as the ledger names it."""
    return f"{run.pk}:{run.revision}"


def post(run: Run, now: datetime) -> None:
    """Post a run that has just been locked, in the transaction of the lock; a large one is left to a worker."""
    if _waiting(run).count() > AT_ONCE:
        enqueue("incentives.post", subject=run.pk, about=str(run), revision=run.revision)
        return
    _portion(run, list(_waiting(run)))
    _finish(run, now)
    _tell_the_year(run)


def post_run(claim: Claim) -> None:
    """The worker's part: portion by portion, each whole or not at all."""
    run = Run.objects.select_related("plan", "version").filter(pk=claim.work.subject).first()
    if run is None or run.revision != claim.args["revision"] or run.state != State.LOCKED:
        return
    total = RunResult.objects.filter(run=run, revision=run.revision).count()
    waiting = list(_waiting(run).values_list("pk", flat=True))
    done = total - len(waiting)
    for portion in portions(waiting, PORTION):
        claim.progress(done, total, POSTING)
        with transaction.atomic():
            claim.beat()
            Run.objects.select_for_update().get(pk=run.pk)  # of two workers the second finds these people settled
            _portion(run, list(_waiting(run).filter(pk__in=portion)))
        done += len(portion)
    with claim.completing():
        _finish(run, timezone.now())
        ask_to_look_again()  # figures may have moved meanwhile


def _waiting(run: Run) -> QuerySet[RunResult]:
    """The results of a run that are not posted yet, in the order in which they will be.

    Who is settled is read once, not looked up for each: rows that were written a moment ago have no statistics, and a
    look-up by the wrong index takes as long as there are people.
    """
    settled = Settlement.objects.filter(run=run, revision=run.revision).values("participant_id")
    rows = RunResult.objects.filter(run=run, revision=run.revision).exclude(participant_id__in=settled)
    return rows.defer("document", "inputs").order_by("key")


def _portion(run: Run, results: Sequence[RunResult]) -> None:
    """Lines first: they take the ledger's lock, so that nobody else settles these people's balances meanwhile."""
    if not results:
        return
    _write([line for row in results for line in _lines(run, row)])
    balances = balances_before(run, [row.participant_id for row in results])
    rule = run.version.terms.negative
    Settlement.objects.bulk_create(
        [
            _settled(run, row, settle(row.due, balances.get((row.participant_id, row.currency), 0), rule))
            for row in results
        ],
        batch_size=1000,
    )


def _finish(run: Run, now: datetime) -> None:
    Calculation.objects.filter(run=run, revision=run.revision, published_at=None).update(published_at=now)
    ask_to_publish(run)


def _tell_the_year(run: Run) -> None:
    """Have runs that are net of this one looked at again."""
    if is_cumulative(run):
        ask_to_look_again()


def _lines(run: Run, row: RunResult) -> Iterable[Posting]:
    place = (row.key, run.plan.key, run.period_key, run_key(run))
    if run.kind == Run.Kind.ADJUSTMENT:
        yield Posting(*place, PostingKind.DELTA, row.due, row.currency, row.fingerprint, CORRECTED)
        return
    yield Posting(*place, PostingKind.ORIGINAL, row.minor - row.earlier, row.currency, row.fingerprint)
    if row.adjusted:
        yield Posting(*place, PostingKind.ADJUSTMENT, row.adjusted, row.currency, row.fingerprint)


def _settled(run: Run, row: RunResult, told) -> Settlement:
    return Settlement(
        run=run, revision=run.revision, participant_id=row.participant_id, currency=row.currency,
        earned=told.earned, before=told.before, pay=told.pay, balance=told.balance, waived=told.waived,
    )  # fmt: skip


def take_back(run: Run, now: datetime) -> None:
    """Reverse everything a run posted, one line for each person; what it settled counts no more."""
    posted = LedgerEntry.objects.filter(run=run_key(run)).exclude(kind=PostingKind.REVERSAL)
    summed = posted.order_by("participant").values("participant", "currency").annotate(sum=Sum("minor"))
    prints = dict(posted.order_by("number").values_list("participant", "result"))
    _write(
        Posting(
            each["participant"], run.plan.key, run.period_key, run_key(run), PostingKind.REVERSAL, -each["sum"],
            each["currency"], prints[each["participant"]], run.reason[:200],
        )
        for each in summed
    )  # fmt: skip
    Calculation.objects.filter(run=run, revision=run.revision).update(superseded_at=now)
    _tell_the_year(run)


def _write(postings: Iterable[Posting]) -> None:
    lines: Sequence[Posting] = list(postings)
    with connection.cursor() as cursor:
        for start in range(0, len(lines), PORTION):
            columns = zip(*map(astuple, lines[start : start + PORTION]), strict=True)
            cursor.execute(INSERT, [list(column) for column in columns])
