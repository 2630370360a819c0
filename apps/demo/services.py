"""Make the demo: three invented companies, by the same acts that people use, from files they would upload.

Everything may be done again: what is there stays, what is missing is added, and a company that was once complete is
left to those who play with it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from datetime import date, timedelta
from decimal import Decimal
from itertools import count
from uuid import UUID

from django.db import transaction

from apps.accounts import selectors as people
from apps.accounts import services as accounts
from apps.accounts.domain.roles import ROBOT, Actor, Role
from apps.audit import selectors as audit
from apps.audit.services import record
from apps.common.formats import rounded
from apps.datasets import selectors as datasets
from apps.datasets import services as data
from apps.demo.domain import companies
from apps.demo.domain.files import Table
from apps.demo.domain.holding_files import holding_tables
from apps.demo.domain.service_year import service_years
from apps.demo.domain.story import COMPANIES, HOLDING, PASSWORD, SHOP
from apps.demo.domain.writing import Aim, Branch, Company
from apps.kernel.period import Grain, Period
from apps.metrics import selectors as metrics
from apps.metrics import services as acts
from apps.metrics.domain.definition import Definition, parse
from apps.targets import selectors as targets
from apps.targets.services import set_target
from apps.work import selectors as work
from apps.work.services import run_due
from apps.workspaces.domain.company import Calendar, NewCompany
from apps.workspaces.domain.lifecycle import State
from apps.workspaces.scope import current_workspace, inside
from apps.workspaces.selectors import workspace_at
from apps.workspaces.services import open_workspace, provision

SHANGHAI = Calendar(time_zone="Asia/Shanghai", currency="CNY")
PATIENCE = 10.0
"""Seconds without any worker at work, after which the work is done here."""

COMPLETE = "demo.completed"

Say = Callable[[str], None]


class DemoFailed(RuntimeError):
    """The demo could not be made, with the reason."""


def seed(say: Say = lambda line: None, *, patience: float = PATIENCE) -> tuple[Company, ...]:
    """Make all companies, or what is missing of them; returns them.

    `say` is told each step. Waits for the workers; where none is at work for `patience` seconds, does their work
    itself. Raises DemoFailed.
    """
    for company in COMPANIES:
        _open(company, say)
        with inside(workspace_at(company.slug)):
            _furnish(company, say, patience)
    return COMPANIES


def _furnish(company: Company, say: Say, patience: float) -> None:
    """Everything inside a company's workspace, which is entered."""
    if audit.entries().filter(act=COMPLETE).exists():
        return
    cast = _people(company, say)
    _data(company, cast, say, patience)
    _metrics(company, cast, say, patience)
    _north_star(company, cast)
    _targets(company, cast, say)
    record(actor=ROBOT, act=COMPLETE, subject=current_workspace())


# --- workspace and people -------------------------------------------------------------------------------------------


def _open(company: Company, say: Say) -> None:
    """See to it that the company has a workspace in use."""
    workspace = workspace_at(company.slug)
    if workspace is None:
        say(f"{company.name}: workspace")
        workspace = open_workspace(wanted=_wanted(company))
    elif workspace.status == State.PROVISIONING:  # broken off while it was being set up
        provision(workspace.pk)
        workspace.refresh_from_db()
    if not workspace.is_open:
        raise DemoFailed(f"The workspace {company.slug} is not open ({workspace.get_status_display()}).")


def _wanted(company: Company) -> NewCompany:
    return NewCompany(
        company=company.name,
        slug=company.slug,
        email=company.email(company.owner),
        person_name=company.owner.name,
        password=PASSWORD,
        language="zh-hans",
        calendar=SHANGHAI,
    )


class Cast:
    """The people of a company as actors, by role; where nobody has a role, the owner acts."""

    def __init__(self, company: Company) -> None:
        self.by_email = {user.email: user for user in people.active_people()}
        self._domain = company.domain
        self._roles = {person.role: company.email(person) for person in company.people}

    def person(self, mailbox: str) -> Actor | None:
        """Who reads the mail of `mailbox`; None if there is nobody."""
        user = self.by_email.get(f"{mailbox}@{self._domain}")
        return user.actor if user else None

    def actor(self, role: str) -> Actor:
        email = self._roles.get(role, self._roles["owner"])
        return self.by_email[email].actor if email in self.by_email else ROBOT


def _people(company: Company, say: Say) -> Cast:
    cast = Cast(company)
    missing = [person for person in company.people if company.email(person) not in cast.by_email]
    if missing:
        say(f"{company.name}: {len(missing)} people")
    for person in missing:
        accounts.add_person(
            actor=cast.actor("owner"), email=company.email(person), name=person.name, password=PASSWORD,
            roles=[Role(person.role)], language="zh-hans",
        )  # fmt: skip
    cast = Cast(company)
    if company.teams and not people.teams_in_use().exists():
        _teams(company, cast)
    return cast


@transaction.atomic
def _teams(company: Company, cast: Cast) -> None:
    actor, today = cast.actor("owner"), people.today()
    leads = {person.team: person for person in company.people if person.leads}
    made: dict[str, UUID] = {}
    for name, above in company.teams.items():
        lead = cast.by_email[company.email(leads[name])].pk if name in leads else None
        made[name] = accounts.add_team(actor=actor, name=name, parent_id=made.get(above), lead_id=lead).pk
    for person in company.people:
        if person.team:
            user_id = cast.by_email[company.email(person)].pk
            accounts.add_membership(actor=actor, team_id=made[person.team], user_id=user_id, start=today)


# --- data -----------------------------------------------------------------------------------------------------------


def tables_of(company: Company, today: date) -> Iterable[Table]:
    """The files of a company up to the last month (the shop: year) that is over on `today`."""
    last_month = today.replace(day=1) - timedelta(days=1)
    if company is SHOP:
        return companies.shop_tables(companies.shop_books(today.year - 1))
    if company is HOLDING:
        return holding_tables(service_years(last_month))
    return companies.group_tables(companies.group_books(last_month))


def _data(company: Company, cast: Cast, say: Say, patience: float) -> None:
    """Upload each file, wait until it is looked at, name its columns, wait until it is loaded."""
    there = {dataset.key for dataset in datasets.datasets() if dataset.current_version_id}
    waiting = {
        table.key: (table, _upload(table, cast.actor("analyst"), say))
        for table in tables_of(company, people.today())
        if table.key not in there
    }
    if waiting:
        _work_off(say, patience, "files looked at")
    for table, upload_id in waiting.values():
        _name(table, upload_id, cast.actor("analyst"))
    if waiting:
        _work_off(say, patience, "files loaded")
    for table, upload_id in waiting.values():
        upload = datasets.upload_for(upload_id)
        if upload.status != upload.Status.LOADED or upload.rows_rejected:
            raise DemoFailed(f"{table.filename} was not loaded whole: {upload.status} {upload.problem}")


def _upload(table: Table, actor: Actor, say: Say) -> UUID:
    say(f"Upload {table.filename}")
    try:
        return data.receive_upload(actor=actor, filename=table.filename, chunks=table.chunks()).pk
    except data.AlreadyHere as refusal:  # broken off after it had come
        return refusal.upload.pk


def _name(table: Table, upload_id: UUID, actor: Actor) -> None:
    upload = datasets.upload_for(upload_id)
    if upload.status in (upload.Status.LOADING, upload.Status.LOADED):
        return
    if upload.status != upload.Status.INSPECTED:
        raise DemoFailed(f"{table.filename} cannot be read: {upload.status} {upload.problem}")
    dataset = next((one for one in datasets.datasets() if one.key == table.key), None)
    data.name_columns(
        actor=actor,
        upload_id=upload.pk,
        columns=[vars(column) for column in table.columns],
        row_key=table.row_key,
        dataset_id=dataset.pk if dataset else None,
        name=table.name,
        key=table.key,
    )


def _work_off(say: Say, patience: float, told: str) -> None:
    """Wait until nothing is left to do. If no worker is at work for `patience` seconds, do it here."""
    quiet_since = time.monotonic()
    for turn in count():
        left = work.unfinished()
        if not left:
            say(f"  {told}")
            return
        if work.in_progress().filter(status="running").exists():
            quiet_since = time.monotonic()
        if time.monotonic() - quiet_since >= patience:
            run_due()
            continue
        if turn % 20 == 0:
            say(f"  {left} pieces of work to do")
        time.sleep(0.25)


# --- metrics and targets --------------------------------------------------------------------------------------------


def _metrics(company: Company, cast: Cast, say: Say, patience: float) -> None:
    known = {view.key for view in metrics.metrics(archived=True)}
    new = [parse(document) for document in company.metrics if document["key"] not in known]
    if new:
        _define(new, company, cast)
    for key, values in company.typed.items():
        _type(key, values, cast.actor("manager"))
    say(f"{company.name}: {len(company.metrics)} metrics")
    _work_off(say, patience, "metrics computed")


@transaction.atomic
def _define(new: Sequence[Definition], company: Company, cast: Cast) -> None:
    """All at once, so that each file is read once and no score is told before all of its members are known."""
    acts.define_together(actor=cast.actor("analyst"), definitions=new)
    for definition in new:
        owner = cast.person(company.owners.get(definition.key, "")) or cast.actor("manager")
        acts.set_owner(actor=cast.actor("owner"), metric_id=metrics.metric_for(definition.key).id, owner_id=owner.id)


def _type(key: str, values: Iterable[int], actor: Actor) -> None:
    """Type one value for each month up to the last that is over."""
    figures, calendar = list(values), current_workspace().calendar
    this_month = calendar.period_of(people.today(), Grain.MONTH)
    months = [calendar.shift(this_month, n - len(figures)) for n in range(len(figures))]
    typed = [acts.TypedValue(month.start, Decimal(value)) for month, value in zip(months, figures, strict=True)]
    acts.type_values(actor=actor, metric_id=metrics.metric_for(key).id, grain=Grain.MONTH, values=typed)


def _north_star(company: Company, cast: Cast) -> None:
    if metrics.north_star() is None:
        chosen = metrics.metric_for(company.north_star)
        acts.choose_north_star(
            actor=cast.actor("owner"), metric_id=chosen.id, grain=Grain(company.grain), reason=company.why
        )
    root = metrics.tree()
    if root is not None and root.key == company.north_star:
        _grow(root, company.tree, cast.actor("analyst"))


def _grow(node: metrics.NodeView, branches: Iterable[Branch], actor: Actor) -> None:
    """Hang what is missing below `node`, branch by branch."""
    there = {child.key: child for child in node.children}
    for branch in branches:
        child = there.get(branch.metric)
        if child is None:
            metric_id = metrics.metric_for(branch.metric).id
            added = acts.add_node(actor=actor, metric_id=metric_id, parent_id=node.id, link=branch.link)
            child = metrics.node_for(added.pk)
        _grow(child, branch.below, actor)


def _targets(company: Company, cast: Cast, say: Say) -> None:
    for aim in company.aims:
        metric, grain = metrics.metric_for(aim.metric), Grain(aim.grain)
        if targets.target_for(metric.id, grain) is None:
            _aim(metric, grain, aim, cast.actor("manager"))
    say(f"{company.name}: {len(company.aims)} targets")


def _aim(metric: metrics.MetricView, grain: Grain, aim: Aim, actor: Actor) -> None:
    series, calendar = metrics.series(metric, grain), current_workspace().calendar
    newest = series.latest
    if newest is None:
        raise DemoFailed(f"{metric.key} has no value; a target needs one.")
    first = calendar.shift(newest.period, aim.start)
    last = calendar.shift(first, aim.periods - 1) if aim.periods else _end_of_next_quarter(newest.period)
    before = calendar.shift(first, -1)
    value = next((point.value for point in series.points if point.period == before), None)
    baseline = aim.baseline if aim.baseline is not None else rounded(value or Decimal(0), _digits(metric))
    set_target(
        actor=actor,
        metric_id=metric.id,
        grain=grain,
        baseline=baseline,
        goal=baseline + aim.goal if aim.plus else aim.goal,
        start=first.start,
        due=last.end - timedelta(days=1),
        owner_id=actor.id,
        owner_name=actor.name,
        reason=aim.reason,
    )


def _end_of_next_quarter(period: Period) -> Period:
    """The last period of `period`'s grain in the quarter after the one in which it ends."""
    calendar = current_workspace().calendar
    quarter = calendar.shift(calendar.period_of(period.end - timedelta(days=1), Grain.QUARTER), 1)
    return calendar.period_of(quarter.end - timedelta(days=1), period.grain)


def _digits(metric: metrics.MetricView) -> int:
    return metric.unit.decimals + (2 if metric.unit.kind == "percent" else 0)
