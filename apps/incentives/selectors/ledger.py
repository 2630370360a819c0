"""Read the ledger: its entries, where its chain ends, what was posted and what is still owed back."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from uuid import UUID

from django.db.models import F, Q, QuerySet, Sum

from apps.incentives.domain.ledger import GENESIS, Entry, verify
from apps.incentives.domain.states import State
from apps.incentives.models import BalanceWaiver, LedgerEntry, Run, Settlement
from apps.kernel.issue import N_, Issue

LIVE = [State.LOCKED, State.PAID]
"""Where a run stands while what it settled counts."""


def head_of_ledger() -> str:
    """The hash of the newest entry; that of nothing where there is none. One query."""
    return LedgerEntry.objects.order_by("-number").values_list("hash", flat=True).first() or GENESIS


def ledger_entries(search: str = "", run: UUID | None = None, people: Iterable[str] = ()) -> QuerySet[LedgerEntry]:
    """Entries, the newest first; of a run, of participants by key, or with a number or period that is searched for."""
    rows = LedgerEntry.objects.order_by("-number")
    if run is not None:
        rows = rows.filter(run__startswith=f"{run}:")
    keys = list(people)
    if search:
        found = (
            Q(period__contains=search) | Q(plan=search) | Q(hash__startswith=search.lower()) | Q(participant__in=keys)
        )
        rows = rows.filter(found | Q(number=int(search)) if search.isdecimal() and len(search) < 12 else found)
    return rows


@dataclass(frozen=True)
class Proof:
    """What going through the whole chain found. `head` is where it ends, `broken` what does not stand as written."""

    count: int
    head: str
    broken: tuple[Issue, ...]

    @property
    def holds(self) -> bool:
        return not self.broken


def proof(heads: Iterable[str] = ()) -> Proof:
    """Work every hash out again, from the first entry on, and look for the hashes that approvals and locks were given
    at (all that are kept, and `heads`). Read in portions; three queries."""
    known = {GENESIS}
    count, last = 0, GENESIS

    def walked() -> Iterator[Entry]:
        nonlocal count, last
        for row in LedgerEntry.objects.order_by("number").iterator(chunk_size=2000):
            count, last = count + 1, row.hash
            known.add(row.hash)
            yield row.entry

    found = verify(walked())
    printed = [*heads, *_printed()]
    missing = sorted({each for each in printed if each and each not in known})
    found += [Issue(each[:12], CUT, {"head": each[:12]}) for each in missing]
    return Proof(count, last, tuple(found))


CUT = N_("An approval was given at the hash %(head)s…, which is not in the ledger any more. Compare with a backup.")


def _printed() -> list[str]:
    from apps.incentives.models import RunApproval

    return [
        *RunApproval.objects.order_by().values_list("head", flat=True).distinct(),
        *Run.objects.exclude(head="").order_by().values_list("head", flat=True),
    ]


def posted_by_key(run: Run) -> dict[str, int]:
    """Everything that was posted for the plan and period of a run, by participant's key, in minor units. One query."""
    rows = LedgerEntry.objects.filter(plan=run.plan.key, period=run.period_key).order_by()
    return dict(rows.values_list("participant").annotate(sum=Sum("minor")))


def balances_before(run: Run, participants: Iterable[UUID]) -> dict[tuple[UUID, str], int]:
    """What some participants of the plan still owe back (0 or below), by participant and currency, `run` left aside.
    Two queries.
    """
    settled = _live(Settlement).filter(participant_id__in=list(participants), run__plan_id=run.plan_id)
    waived = _live(BalanceWaiver).filter(participant_id__in=list(participants), run__plan_id=run.plan_id)
    return _left(settled.exclude(run=run), waived.exclude(run=run))


def balances() -> dict[tuple[UUID, str], int]:
    """What everybody still owes back, by participant and currency: only who owes something. Two queries."""
    return _left(_live(Settlement), _live(BalanceWaiver))


def balance_of(participant_id: UUID, currency: str) -> tuple[int, Run | None]:
    """What somebody still owes back (0 or below), and the newest run that settled it. Three queries."""
    settled = _live(Settlement).filter(participant_id=participant_id, currency=currency)
    left = _left(settled, _live(BalanceWaiver).filter(participant_id=participant_id, currency=currency))
    newest = settled.select_related("run__plan", "run__version").order_by("-pk").first()
    return left.get((participant_id, currency), 0), newest.run if newest is not None else None


def _live(model: type[Settlement] | type[BalanceWaiver]) -> QuerySet:
    """Rows that count: of revisions that stand."""
    rows = model._default_manager.filter(run__state__in=LIVE, revision=F("run__revision"))
    if model is BalanceWaiver:
        rows = rows.filter(approved_by__isnull=False, withdrawn_at__isnull=True)
    return rows.order_by()


def _left(settled: QuerySet, waived: QuerySet) -> dict[tuple[UUID, str], int]:
    """What is left of what was settled once what was waived is taken off; never more than nothing."""
    carried = settled.values_list("participant_id", "currency").annotate(left=Sum(F("earned") - F("pay") + F("waived")))
    forgiven = {
        (who, currency): minor
        for who, currency, minor in waived.values_list("participant_id", "currency").annotate(sum=Sum("minor"))
    }
    found = {(who, currency): min(left + forgiven.get((who, currency), 0), 0) for who, currency, left in carried}
    return {place: left for place, left in found.items() if left}
