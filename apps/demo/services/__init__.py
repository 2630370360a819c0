"""Make the demo: three invented companies, by the same acts that people use, from files they would upload.

Everything may be done again: what is there stays, what is missing is added, and a company that was once complete is
left to those who play with it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date, timedelta
from uuid import UUID

from django.db import transaction

from apps.accounts import selectors as people
from apps.accounts import services as accounts
from apps.accounts.domain.roles import ROBOT, Actor, Role
from apps.audit import selectors as audit
from apps.audit.services import record
from apps.datasets import selectors as datasets
from apps.datasets import services as data
from apps.demo.domain import companies
from apps.demo.domain.files import Table
from apps.demo.domain.holding_files import holding_tables
from apps.demo.domain.service_year import service_years
from apps.demo.domain.story import COMPANIES, GROUP, HOLDING, PASSWORD, SHOP
from apps.demo.domain.writing import Company
from apps.demo.services.agreed import agree
from apps.demo.services.cast import Cast, DemoFailed, Say, work_off
from apps.demo.services.pay import pay_a_year
from apps.demo.services.watched import watch_over
from apps.workspaces.domain.company import Calendar, NewCompany
from apps.workspaces.domain.lifecycle import State
from apps.workspaces.scope import current_workspace, inside
from apps.workspaces.selectors import workspace_at
from apps.workspaces.services import open_workspace, provision

__all__ = ["PATIENCE", "DemoFailed", "seed", "tables_of"]

SHANGHAI = Calendar(time_zone="Asia/Shanghai", currency="CNY")
PATIENCE = 10.0
"""Seconds without any worker at work, after which the work is done here."""

COMPLETE = "demo.completed"


def seed(
    say: Say = lambda line: None, *, patience: float = PATIENCE, only: Collection[str] = ()
) -> tuple[Company, ...]:
    """Make all companies (those at the addresses `only`), or what is missing of them; returns them.

    `say` is told each step. Waits for the workers; where none is at work for `patience` seconds, does their work
    itself. Raises DemoFailed.
    """
    wanted = tuple(company for company in COMPANIES if not only or company.slug in only)
    for company in wanted:
        _open(company, say)
        with inside(workspace_at(company.slug)):
            _furnish(company, say, patience)
    return wanted


def _furnish(company: Company, say: Say, patience: float) -> None:
    """Everything inside a company's workspace, which is entered."""
    if audit.entries().filter(act=COMPLETE).exists():
        return
    cast = _people(company, say)
    _data(company, cast, say, patience)
    agree(company, cast, say, patience)
    if company is GROUP:
        watch_over(cast)
        pay_a_year(cast, lambda: tables_of(company, people.today()), say, patience)
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
        dimension = company.numbers.get(name, "")
        numbers = accounts.Numbers(dimension, name if dimension else "")
        made[name] = accounts.add_team(
            actor=actor, name=name, parent_id=made.get(above), lead_id=lead, numbers=numbers
        ).pk
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
        work_off(say, patience, "files looked at")
    for table, upload_id in waiting.values():
        _name(table, upload_id, cast.actor("analyst"))
    if waiting:
        work_off(say, patience, "files loaded")
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
