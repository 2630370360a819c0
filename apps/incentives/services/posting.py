"""Post what a locked run comes to, and take it back when the run is opened again or made void.

Lines are added to the ledger and never changed; number and hash are set by the database. What each person is paid now,
and what is carried, is settled along with it by the plan's rule. All in the transaction of the step: a process that
dies on the way leaves nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import astuple, fields
from datetime import datetime

from django.db import connection
from django.db.models import Sum

from apps.incentives.domain.deltas import settle
from apps.incentives.domain.ledger import Posting, PostingKind
from apps.incentives.models import Calculation, LedgerEntry, Run, RunResult, Settlement
from apps.incentives.selectors import balances_before
from apps.kernel.issue import N_

COLUMNS = [each.name for each in fields(Posting)]
INSERT = (
    f"INSERT INTO incentives_ledgerentry ({', '.join(COLUMNS)}, number, before, hash) "  # noqa: S608  (names of ours)
    "SELECT *, 0, '', '' FROM unnest(%s::text[], %s::text[], %s::text[], %s::text[], %s::text[], %s::bigint[], "
    "%s::text[], %s::text[], %s::text[])"
)
PORTION = 2000
CORRECTED = N_("Figures were corrected")


def run_key(run: Run) -> str:
    """A run's revision, as the ledger names it."""
    return f"{run.pk}:{run.revision}"


def post(run: Run, now: datetime) -> None:
    """Post every result of a run that has just been locked, and settle what is paid."""
    results = list(RunResult.objects.filter(run=run, revision=run.revision).defer("document", "inputs").order_by("key"))
    _write([line for row in results for line in _lines(run, row)])
    balances = balances_before(run)
    rule = run.version.terms.negative
    Settlement.objects.bulk_create(
        [
            _settled(run, row, settle(row.due, balances.get((row.participant_id, row.currency), 0), rule))
            for row in results
        ],
        batch_size=1000,
    )
    Calculation.objects.filter(run=run, revision=run.revision).update(published_at=now)


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


def _write(postings: Iterable[Posting]) -> None:
    lines: Sequence[Posting] = list(postings)
    with connection.cursor() as cursor:
        for start in range(0, len(lines), PORTION):
            columns = zip(*map(astuple, lines[start : start + PORTION]), strict=True)
            cursor.execute(INSERT, [list(column) for column in columns])
