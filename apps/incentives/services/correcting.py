"""Corrections: new data moved a value that a locked or paid run used.

What was posted is never edited. A worker compares what such a run read with what there is now; where it would pay
another amount, it leaves a proposal with the difference, net of everything posted for the period. Somebody takes it:
an adjustment run then goes the same way as any other, with a second person's approval, and posts signed lines. Or
somebody leaves it, with a reason. Plan, people, targets and rates stay those of the earning period: only the figures
that moved are others.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.urls import reverse

from apps.accounts.domain.roles import Actor
from apps.audit.services import record
from apps.incentives.domain.attainment import Reading
from apps.incentives.domain.canonical import fingerprint
from apps.incentives.domain.deltas import delta
from apps.incentives.domain.run import calculate
from apps.incentives.domain.snapshot import Snapshot
from apps.incentives.domain.states import Act, State, judge
from apps.incentives.models import Calculation, Correction, Participant, Run
from apps.incentives.selectors import (
    earlier_of,
    facts_of,
    is_cumulative,
    is_posted,
    moved_earlier,
    parts_of,
    posted_by_key,
)
from apps.incentives.services.figures import Read, read_figures
from apps.incentives.services.freezing import snapshot_of
from apps.incentives.services.freshness import moved_figures, refresh_staleness
from apps.incentives.services.gathering import Gathered, adjustments_of, adjustments_since, decisions_of, uploaders_of
from apps.incentives.services.making import noted
from apps.incentives.services.people import people_who
from apps.kernel.issue import N_, Issue, NotHere, Refusal
from apps.notifications.services import tell
from apps.work.services import Claim, enqueue
from apps.workspaces.scope import current_workspace

NOT_OPEN = N_("This correction is not open any more. Load the page again.")
NOT_TAKEN = N_("This cannot be corrected now.")
MOVED = N_("“%(plan)s” for %(first)s to %(last)s: figures were corrected since it was posted. Decide what follows.")
YEAR = ""
"""The key of what moved where that is what was posted for earlier periods of the year."""
WATCHED = [State.CALCULATED, State.IN_REVIEW, State.APPROVED]
PUBLISHED = [State.LOCKED, State.PAID]


def ask_to_look_again() -> None:
    """Ask a worker to compare runs with what there is now, in the transaction that wrote values or targets."""
    if Run.objects.filter(state__in=[*WATCHED, *PUBLISHED]).exclude(kind=Run.Kind.DRY).exists():
        enqueue("incentives.look_again", subject=current_workspace().pk)


def look_again(claim: Claim) -> None:
    """Mark runs under way stale, and propose corrections of locked and paid ones, where figures moved.

    Whatever was locked while its row was waited for here is among the locked ones: they are read after those under way.
    """
    under_way = _those(state__in=WATCHED, stale=False)
    for count, pk in enumerate(under_way):
        claim.progress(count, len(under_way) + 1)
        with transaction.atomic():
            run = _held(pk)
            if run.state in WATCHED:
                refresh_staleness(run)
    published = _those(state__in=PUBLISHED, kind=Run.Kind.REGULAR)
    for count, pk in enumerate(published, len(under_way)):
        claim.progress(count, len(under_way) + len(published))
        look_at(pk)


def _those(**those: object) -> list[UUID]:
    return list(Run.objects.filter(**those).values_list("pk", flat=True))


def _held(pk: UUID) -> Run:
    return Run.objects.select_for_update(of=("self",)).select_related("plan", "version").get(pk=pk)


def look_at(pk: UUID) -> Correction | None:
    """What is to be corrected of one locked or paid run: the open proposal, brought up to date; None if nothing is."""
    run = Run.objects.select_related("plan", "version").get(pk=pk)
    if not is_posted(run):
        return None  # what it is net of is not whole yet; whoever posts it asks to look again
    moved = moved_figures(run, targets=False)
    earlier = moved_earlier(run)
    facts: list[object] = sorted((key, team, after.actual) for (key, team), (_before, after) in moved.items())
    mark = fingerprint([*facts, earlier] if earlier else facts)
    newest = run.found.select_related("adjustment").order_by("-found_at").first()
    if newest is not None and newest.inputs == mark and not _is_void(newest):
        return newest if newest.state == Correction.State.OPEN else None
    if newest is None and not moved and not earlier:
        return None
    found = _worked_out(run, {place: after for place, (_before, after) in moved.items()})
    with transaction.atomic():
        _held(pk)
        return _proposed(run, moved, mark, found, year=bool(earlier))


def _is_void(found: Correction) -> bool:
    """Whether nothing came of a proposal: its adjustment run was made void."""
    return found.adjustment is not None and found.adjustment.state == State.VOID


def _worked_out(run: Run, after: Mapping[tuple[str, str], Reading]) -> tuple[dict[str, int], int, int]:
    """By currency what is still to be posted, for how many people, and how many cannot be calculated now."""
    made = Calculation.objects.get(run=run, revision=run.revision)
    frozen = _net(run, snapshot_of(made))
    by_hand = (*frozen.adjustments, *adjustments_since(run))
    done = calculate(replace(frozen, readings={**frozen.readings, **_actuals(frozen, after)}, adjustments=by_hand))
    posted, sums, people = posted_by_key(run), {}, 0
    for result in done.results:
        more = delta(result.total, [posted.get(result.participant, 0)])
        if more:
            people += 1
            sums[result.currency] = sums.get(result.currency, 0) + more
    return sums, people, sum(1 for each in done.blocked if each.participant in posted)


def _net(run: Run, frozen: Snapshot) -> Snapshot:
    """Frozen inputs, net of what is posted for earlier periods of the year by now."""
    if not is_cumulative(run):
        return frozen
    posted = earlier_of(run)
    people = tuple(replace(each, earlier=posted.get(each.key, 0)) for each in frozen.participants)
    return replace(frozen, participants=people)


def _actuals(frozen: Snapshot, after: Mapping[tuple[str, str], Reading]) -> dict[tuple[str, str], Reading]:
    """Readings with what was measured as it is now, against what was agreed then."""
    empty = Reading()
    return {
        place: replace(
            frozen.readings.get(place, empty), actual=new.actual, inside=new.inside, due=new.due, source=new.source
        )
        for place, new in after.items()
    }


def _proposed(
    run: Run,
    moved: Mapping[tuple[str, str], tuple[Reading, Reading]],
    mark: str,
    found: tuple[dict[str, int], int, int],
    *,
    year: bool,
) -> Correction | None:
    sums, people, blocked = found
    run.found.filter(state=Correction.State.OPEN).update(state=Correction.State.GONE)
    if not people and not blocked:
        return None
    told = [
        {
            "key": key, "team": team, "before": _text(before), "after": _text(after),
            "source": [list(pair) for pair in after.source],
        }
        for (key, team), (before, after) in moved.items()
    ]  # fmt: skip
    if year:
        told.append({"key": YEAR, "team": "", "before": "", "after": ""})
    made = Correction.objects.create(
        run=run, moved=json.loads(json.dumps(told)), inputs=mark, deltas=sums, people=people, blocked=blocked
    )
    _tell(made)
    return made


def _tell(found: Correction) -> None:
    """Whoever prepares pay hears that something waits to be decided, and no amount."""
    run = found.run
    tell(
        people=people_who("pay.prepare"),
        kind="pay.correction",
        message=MOVED,
        params={"plan": run.plan.name, "first": run.first, "last": run.last},
        url=reverse("pay:correction", args=[found.pk]),
        key=f"correction:{found.pk}",
    )


def _text(reading: Reading) -> str:
    return "" if reading.actual is None else str(reading.actual)


@transaction.atomic
def take_correction(*, actor: Actor, correction_id: UUID) -> Run:
    """Begin the adjustment run of a proposal. Taking it twice gives the same run."""
    actor.must("pay.prepare")
    found = _correction(correction_id)
    if found.adjustment is not None:
        return found.adjustment
    _must_be_open(found)
    run = _held(found.run_id)
    verdict = judge(Act.START_ADJUSTMENT, facts_of(run, ready=False), str(actor.id), parts_of(actor, run))
    if not verdict.allowed:
        raise Refusal(NOT_TAKEN, status=409, issues=verdict.issues)
    under_way = run.corrections.exclude(state__in=[*PUBLISHED, State.VOID])
    if under_way.exists():
        raise Refusal(N_("A correction of this run is under way. Finish it first, or make it void."), status=409)
    made = Run.objects.create(
        plan_id=run.plan_id, version_id=run.version_id, first=run.first, last=run.last, kind=Run.Kind.ADJUSTMENT,
        corrects=run, created_by=actor.id, created_by_name=actor.name[:120],
    )  # fmt: skip
    found.state, found.adjustment = Correction.State.TAKEN, made
    found.save(update_fields=["state", "adjustment"])
    noted(made, actor, "begun")
    noted(run, actor, "start_adjustment")
    record(actor=actor, act="pay_run.correction_begun", subject=run)
    return made


@transaction.atomic
def leave_correction(*, actor: Actor, correction_id: UUID, reason: str, now: datetime) -> Correction:
    """Leave what was posted as it is, with a reason: an approver's decision. New figures make another proposal."""
    actor.must("pay.approve")
    found = _correction(correction_id)
    _must_be_open(found)
    if not reason.strip():
        text = N_("Give a reason. It is kept with the run.")
        raise Refusal(N_("Please mend what is marked."), issues=[Issue("reason", text)])
    found.state, found.reason = Correction.State.LEFT, reason.strip()[:300]
    found.ended_by, found.ended_by_name, found.ended_at = actor.id, actor.name[:120], now
    found.save()
    noted(found.run, actor, "leave_correction", note=found.reason)
    record(actor=actor, act="pay_run.correction_left", subject=found.run, note=found.reason)
    return found


def _correction(correction_id: UUID) -> Correction:
    rows = Correction.objects.select_for_update(of=("self",)).select_related("run__plan", "run__version", "adjustment")
    found = rows.filter(pk=correction_id).first()
    if found is None:
        raise NotHere(N_("There is no such correction."))
    return found


def _must_be_open(found: Correction) -> None:
    if found.state != Correction.State.OPEN:
        raise Refusal(NOT_OPEN, status=409)


def gather_correction(run: Run) -> Gathered:
    """What an adjustment run is calculated from: the frozen inputs of the run it corrects, with every value as it is
    now, and what was decided or added by hand since. Eleven queries.
    """
    original = Run.objects.select_related("plan", "version").get(pk=run.corrects_id)
    frozen = _net(original, snapshot_of(Calculation.objects.get(run=original, revision=original.revision)))
    plan = frozen.plan
    now = read_figures(original, plan, sorted({team for _key, team in frozen.readings if team}))
    gone = {place: Read(Reading(), "") for place in frozen.readings if place not in now}
    reads = {
        place: Read(new, (now.get(place) or gone[place]).metric)
        for place, new in _actuals(frozen, {place: each.reading for place, each in {**gone, **now}.items()}).items()
    }
    decisions = {(each.component, each.team): each for each in (*frozen.decisions, *decisions_of(run))}
    snapshot = replace(
        frozen,
        readings={place: each.reading for place, each in reads.items()},
        decisions=tuple(decisions.values()),
        adjustments=(*frozen.adjustments, *adjustments_since(original), *adjustments_of(run)),
    )
    people = dict(Participant.objects.filter(plan_id=run.plan_id).values_list("key", "pk"))
    return Gathered(snapshot, people, reads, uploaders_of(run, plan, reads))
