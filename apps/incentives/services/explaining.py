"""One person's amount, calculated again from what was frozen, with everything a page shows of it.

Only the person's own rows are read (in a pool, their teams'), not the whole snapshot: a fixed number of queries and
some milliseconds, whatever the size of the run. That it comes to the very hash that is stored is told on the page.
"""

from __future__ import annotations

from dataclasses import dataclass

from apps.incentives.domain.canonical import fingerprint
from apps.incentives.domain.plan import Kind
from apps.incentives.domain.run import calculate
from apps.incentives.domain.snapshot import Adjustment, Result, Snapshot
from apps.incentives.domain.snapshot import Run as Calculated
from apps.incentives.domain.why import Why, why
from apps.incentives.models import Run, RunReading, RunResult
from apps.incentives.selectors import days_of, terms_of
from apps.incentives.services.freezing import person_of, reading_of
from apps.incentives.services.gathering import decisions_of, rates_of, team_pools, working_days
from apps.kernel.issue import Refusal


@dataclass(frozen=True)
class Explained:
    """A person's part of a run: what it was calculated from, every step, and whether it comes to what is stored."""

    snapshot: Snapshot
    calculated: Calculated
    result: Result
    stands: bool
    metrics: dict[tuple[str, str], str]


def explained(run: Run, row: RunResult) -> Explained | None:
    """Calculate one stored result again; None where what belongs to it was changed since. Six queries at most."""
    snapshot, known = own_snapshot(run, row)
    done = calculate(snapshot)
    result = done.by_key.get(row.key)
    if result is None:
        return None
    return Explained(snapshot, done, result, fingerprint(result) == row.fingerprint, known)


def own_snapshot(run: Run, row: RunResult) -> tuple[Snapshot, dict[tuple[str, str], str]]:
    """What one person's result depends on, as a snapshot; and the metric of each reading."""
    plan = terms_of(run)
    period = days_of(run)
    rows = [row]
    if plan.kind is Kind.POOL:
        rows = list(RunResult.objects.filter(run=run, revision=run.revision, teams__overlap=row.teams).order_by("key"))
    teams = sorted({team for each in rows for team in each.teams})
    kept = list(RunReading.objects.filter(run=run, revision=run.revision, team__in=["", *teams]))
    decisions = {(each.component, each.team): each for each in (decisions_of(run.corrects) if run.corrects else ())}
    decisions |= {(each.component, each.team): each for each in decisions_of(run)}
    snapshot = Snapshot(
        plan,
        period,
        tuple(person_of(each.inputs) for each in rows),
        {(each.key, each.team): reading_of(each.document) for each in kept},
        tuple(decisions.values()),
        tuple(Adjustment(each.key, each.key, each.adjusted, "", "") for each in rows if each.adjusted),
        team_pools(run),
        rates_of(run.corrects or run),
        working_days(plan, period),
    )
    return snapshot, {(each.key, each.team): each.metric for each in kept}


def why_since(run: Run, row: RunResult, former: Run | None) -> Why | None:
    """Why somebody is due another amount than in the run before, by cause; None where the two cannot be compared."""
    if former is None:
        return None
    before = RunResult.objects.filter(run=former, revision=former.revision, participant_id=row.participant_id).first()
    if before is None:
        return None
    try:
        return why(own_snapshot(former, before)[0], own_snapshot(run, row)[0], row.key)
    except Refusal:
        return None
