"""A year of pay of the after-sales group: agreed, calculated, approved, locked and paid, as people do it.

Four quarters that are over; in the second a file is corrected after it was paid, in the third somebody moves and
somebody leaves, about the last somebody asks. Everything by services, with the workers' help; every amount is computed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from uuid import UUID

from django.utils import timezone

from apps.accounts import selectors as people
from apps.datasets import selectors as datasets
from apps.datasets import services as data
from apps.demo.domain.files import Table
from apps.demo.domain.story_pay import (
    ANSWER,
    CORRECTED_BY,
    DISPUTE,
    FIRST_STORE,
    MORE,
    NAME,
    PEOPLE,
    SECOND_STORE,
    TERMS,
    Paid,
)
from apps.demo.services.cast import Cast, DemoFailed, Say, work_off
from apps.incentives import selectors as pay
from apps.incentives import services as acts
from apps.incentives.domain.canonical import fingerprint
from apps.incentives.domain.disputes import DisputeAct
from apps.incentives.domain.roster import Entry, Stay
from apps.incentives.domain.states import Act, Given
from apps.incentives.services import plans, publishing, roster
from apps.kernel.period import Grain, Period
from apps.metrics import selectors as metrics
from apps.targets.domain.kinds import Kind
from apps.targets.services import set_target
from apps.workspaces.scope import current_workspace

QUARTERS = 4
SETTLED = timedelta(days=45)
KINDS = {"revenue": Kind.ABOVE, "visits": Kind.ABOVE, "costs": Kind.BELOW}


def pay_a_year(cast: Cast, tables: Callable[[], Iterable[Table]], say: Say, patience: float) -> None:
    """The plan and its runs, if there are none yet."""
    if pay.plan_named(NAME) is not None:
        return
    quarters = _quarters()
    _targets(cast, quarters)
    plan_id = _plan(cast, quarters[0].start)
    _people(cast, plan_id, quarters)
    runs = [_begun(cast, plan_id, quarter) for quarter in quarters]
    work_off(say, patience, "pay calculated")
    for run_id in runs:
        _locked(cast, run_id)
    work_off(say, patience, "statements published")
    for run_id in runs[:-1]:
        _paid(cast, run_id)
    _correct(cast, tables, quarters[1], say, patience)
    _dispute(cast, runs[-1])
    say(f"{NAME}: {len(runs)} quarters of pay")


def _quarters() -> list[Period]:
    """The last four quarters whose figures are final, the oldest first."""
    calendar = current_workspace().calendar
    newest = calendar.shift(calendar.period_of(people.today() - SETTLED, Grain.QUARTER), -1)
    return [calendar.shift(newest, n) for n in range(1 - QUARTERS, 1)]


def _targets(cast: Cast, quarters: Sequence[Period]) -> None:
    """What each store is asked for in every quarter, from the first to the one that runs."""
    calendar = current_workspace().calendar
    due = calendar.period_of(people.today(), Grain.QUARTER).end - timedelta(days=1)
    for key, more in MORE.items():
        metric = metrics.metric_for(key)
        for store in (FIRST_STORE, SECOND_STORE):
            values = [_value(metric.id, quarter, store) for quarter in quarters]
            mean = sum(values, Decimal(0)) / len(values) * more
            set_target(
                actor=cast.actor("manager"), metric_id=metric.id, grain=Grain.QUARTER, kind=KINDS[key],
                goal=(mean / 100).quantize(Decimal(1), ROUND_HALF_UP) * 100, start=quarters[0].start, due=due,
                dimension="store", member=store, on_purpose=True, reason="门店奖金方案",
            )  # fmt: skip


def _value(metric_id: UUID, quarter: Period, store: str) -> Decimal:
    known = metrics.values_of_period([metric_id], Grain.QUARTER, quarter.start, ["store"])
    found = known.get((metric_id, "store", store))
    if found is None or found.exact is None:
        raise DemoFailed(f"{store} has no value for the quarter from {quarter.start}.")
    return Decimal(found.exact.numerator) / Decimal(found.exact.denominator)


def _plan(cast: Cast, first: date) -> UUID:
    """Written by HR, approved by an admin."""
    settings = plans.Settings(effective_from=first, dispute_days=30, lead_sees_team=True)
    made = plans.make_plan(
        actor=cast.actor("hr"), name=NAME, currency="CNY", period="quarter", terms=TERMS, settings=settings
    )
    made = publishing.propose(actor=cast.actor("hr"), version_id=made.pk, revision=made.revision)
    publishing.publish(actor=cast.actor("admin"), version_id=made.pk, seen=fingerprint(made.terms), now=timezone.now())
    return made.plan_id


def _people(cast: Cast, plan_id: UUID, quarters: Sequence[Period]) -> None:
    teams = {line.name: str(line.id) for line in people.team_lines()}
    for each in PEOPLE:
        person = cast.person(each.mailbox) if each.mailbox else None
        roster.add_participant(
            actor=cast.actor("hr"), plan_id=plan_id, entry=_entry(each, teams, quarters),
            person_id=person.id if person else None,
        )  # fmt: skip


def _entry(each: Paid, teams: dict[str, str], quarters: Sequence[Period]) -> Entry:
    first, third = quarters[0].start, quarters[2]
    left = third.end - timedelta(days=11) if each.leaves else None
    moved = third.start + timedelta(days=45)
    stays = [Stay(teams[each.store], first, left, Decimal(each.amount), Decimal(each.coefficient))]
    if each.moves:
        stays = [
            Stay(teams[each.store], first, moved - timedelta(days=1), Decimal(each.amount), Decimal(each.coefficient)),
            Stay(teams[SECOND_STORE], moved, None, Decimal(each.moves), Decimal(each.coefficient)),
        ]
    return Entry(each.name, each.number, joined=first, left_on=left, leaving_reason=each.leaves, stays=tuple(stays))


def _begun(cast: Cast, plan_id: UUID, quarter: Period) -> UUID:
    run = acts.begin_run(actor=cast.actor("hr"), plan_id=plan_id, day=quarter.start, today=people.today())
    acts.request_calculation(actor=cast.actor("hr"), run_id=run.pk, revision=run.revision)
    return run.pk


def _act(cast: Cast, role: str, run_id: UUID, act: Act) -> None:
    run = pay.run_for(run_id)
    acts.act_on_run(
        actor=cast.actor(role), run_id=run_id, act=act, revision=run.revision, now=timezone.now(), given=Given()
    )


def _locked(cast: Cast, run_id: UUID) -> None:
    """HR submits, an admin approves, the owner locks."""
    for role, act in (("hr", Act.SUBMIT), ("admin", Act.APPROVE), ("owner", Act.LOCK)):
        _act(cast, role, run_id, act)


def _paid(cast: Cast, run_id: UUID) -> None:
    run = pay.run_for(run_id)
    made, _body = acts.export_payroll(actor=cast.actor("hr"), run_id=run_id, kind="xlsx")
    acts.confirm_paid(
        actor=cast.actor("hr"), run_id=run_id, revision=run.revision, file_id=made.name,
        paid_on=min(run.last + timedelta(days=40), people.today()), now=timezone.now(),
    )  # fmt: skip


def _correct(cast: Cast, tables: Callable[[], Iterable[Table]], quarter: Period, say: Say, patience: float) -> None:
    """One bill was booked too high: its row comes again, the correction is taken, approved, and paid."""
    costs = next(table for table in tables() if table.key == "costs")
    wrong = next(
        row for row in costs.rows
        if str(row[1]) == FIRST_STORE and quarter.start <= date.fromisoformat(str(row[0])) < quarter.end
    )  # fmt: skip
    right = (*wrong[:-1], str((Decimal(str(wrong[-1])) * CORRECTED_BY).quantize(Decimal("0.01"))))
    file = Table("成本-更正.csv", costs.key, costs.name, costs.columns, costs.row_key, iter([right]))
    dataset = next(each for each in datasets.datasets() if each.key == costs.key)
    sent = data.receive_upload(
        actor=cast.actor("analyst"), filename=file.filename, chunks=file.chunks(), dataset_id=dataset.pk
    )
    work_off(say, patience, "the corrected file looked at")
    data.load_as_known(actor=cast.actor("analyst"), upload_id=sent.pk)
    work_off(say, patience, "a correction found")
    for found in pay.open_corrections():
        more = acts.take_correction(actor=cast.actor("hr"), correction_id=found.pk)
        acts.request_calculation(actor=cast.actor("hr"), run_id=more.pk, revision=more.revision)
        work_off(say, patience, "the correction calculated")
        _locked(cast, more.pk)
        work_off(say, patience, "its statements published")
        _paid(cast, more.pk)


def _dispute(cast: Cast, run_id: UUID) -> None:
    """Whoever leads the first store asks about the last quarter, and HR answers."""
    asking = cast.person(PEOPLE[0].mailbox)
    if asking is None:
        return
    row = next(each for each in pay.own_statements(asking) if each.run_id == run_id)
    made = acts.raise_dispute(
        actor=asking, statement_id=row.pk, component="visits", text=DISPUTE, today=people.today(), now=timezone.now()
    )
    acts.act_on_dispute(
        actor=cast.actor("hr"), dispute_id=made.pk, act=DisputeAct.ANSWER, text=ANSWER, now=timezone.now()
    )
