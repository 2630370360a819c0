"""Set a source up, and change what was said of it: where it is, what of it is read, when, into which data."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import transaction

from apps.accounts import selectors as accounts
from apps.accounts.domain.roles import Actor
from apps.audit import services as audit
from apps.datasets import selectors as datasets
from apps.kernel.issue import N_, Issue, Refusal
from apps.sources.domain import choice as choices
from apps.sources.domain import connection as connections
from apps.sources.domain import schedule as schedules
from apps.sources.domain.connection import Kind, SourceRefused, connection_of, keeps_secret
from apps.sources.models import Source
from apps.sources.services import sealing
from apps.sources.services.clock import begin
from apps.sources.services.pulling import TWICE
from apps.sources.services.rows import doubles, locked, open_pull
from apps.work.services import enqueue
from apps.workspaces.scope import current_workspace

LONGEST_NAME = 120
LONGEST_SECRET = 1000


@transaction.atomic
def make_source(*, actor: Actor, kind: str, name: str, connection: Mapping[str, object], secret: str) -> Source:
    """Begin to set a source up: a worker tries the connection and looks what is there. Raises `SourceRefused`."""
    actor.must("sources.manage")
    if kind not in set(Kind):
        raise SourceRefused([Issue("kind", N_("Choose what the source is."))])
    where = connection_of(Kind(kind), connection)
    issues = _name_faults(name, None) + connections.faults_of(Kind(kind), where) + _secret_faults(secret, needed=True)
    if issues:
        raise SourceRefused(issues)
    sealed = sealing.seal(secret)
    source = Source(kind=kind, name=name.strip(), connection=vars(where), secret=sealed, owner_id=actor.id)
    source.save(force_insert=True)
    _look(source, actor, "look")
    audit.record(actor=actor, act="source.made", subject=source, after=_told(source))
    return source


@transaction.atomic
def change_source(
    *, actor: Actor, source_id: UUID, name: str, connection: Mapping[str, object], secret: str = ""
) -> Source:
    """Say anew where a source is. An empty `secret` keeps the one there is, unless it would be shown to another server.

    Raises `SourceRefused`.
    """
    actor.must("sources.manage")
    source = locked(source_id)
    before, told = source.where, _told(source)
    where = connection_of(source.kind_of, connection)
    needed = not (source.secret and keeps_secret(before, where))
    issues = _name_faults(name, source) + connections.faults_of(source.kind_of, where)
    issues += _secret_faults(secret, needed=needed)
    if issues:
        raise SourceRefused(issues)
    if vars(before) | {"tls": ""} != vars(where) | {"tls": ""} and source.kind == Source.Kind.S3:
        source.look = None
    source.name, source.connection = name.strip(), vars(where)
    if secret:
        source.secret = sealing.seal(secret)
    _look(source, actor, "look")
    audit.record(
        actor=actor, act="source.changed", subject=source, before=told,
        after=_told(source) | ({"secret": "changed"} if secret else {}),
    )  # fmt: skip
    return source


@transaction.atomic
def look_again(*, actor: Actor, source_id: UUID) -> Source:
    """Have a worker look once more at what is there."""
    actor.must("sources.manage")
    source = locked(source_id)
    _look(source, actor, "look")
    return source


@transaction.atomic
def choose(*, actor: Actor, source_id: UUID, choice: Mapping[str, object]) -> Source:
    """Say which table or SELECT is read; a worker reads its first rows. Raises `SourceRefused`."""
    actor.must("sources.manage")
    source = locked(source_id)
    if not source.is_database:
        raise Refusal(N_("Of a storage, all files are read whose names fit."))
    chosen = choices.choice_of(choice)
    if issues := choices.faults_of(chosen):
        raise SourceRefused(issues)
    same = (source.chosen.schema, source.chosen.table, source.chosen.select)
    if same != (chosen.schema, chosen.table, chosen.select):
        source.choice, source.mark = chosen.to_json(), None
    _look(source, actor, "preview")
    return source


@transaction.atomic
def set_up(
    *, actor: Actor, source_id: UUID, schedule: Mapping[str, object], now: datetime, rising: str = "",
    overlap: int = 0, mode: str = Source.Mode.APPEND, dataset_id: UUID | None = None, owner_id: UUID | None = None,
) -> Source:  # fmt: skip
    """Let a source run: what tells new rows, into which data (None: the first file makes it), when, and whose it is.

    It is read once at once. Raises `SourceRefused`.
    """
    actor.must("sources.manage")
    source = locked(source_id)
    before = _told(source)
    clock, issues = _clock(schedule)
    dataset = datasets.datasets().filter(pk=dataset_id).first() if dataset_id else None
    if dataset_id and dataset is None:
        issues.append(Issue("dataset", N_("There is no such data any more. Choose other data, or new data.")))
    issues += _what_faults(source, rising, overlap, mode) + _owner_faults(owner_id)
    if doubles(source, dataset, mode, rising):
        issues.append(Issue("mode", TWICE))
    if issues:
        raise SourceRefused(issues)
    if source.is_database:
        if rising != source.chosen.rising:
            source.mark = None
        source.choice = source.choice | {"rising": rising, "overlap": overlap if rising else 0}
    if source.dataset_id != (dataset.pk if dataset else None):
        source.mark = None
    source.dataset, source.mode, source.schedule = dataset, mode, clock.to_json()
    source.owner_id, source.status, source.failures, source.problem = owner_id or source.owner_id, "active", 0, []
    source.next_at = schedules.next_run(clock, now, ZoneInfo(current_workspace().time_zone))
    source.look = {name: value for name, value in (source.look or {}).items() if name in ("server", "columns")}
    source.save()
    audit.record(actor=actor, act="source.set_up", subject=source, before=before, after=_told(source))
    if open_pull(source.pk) is None:
        begin(source, why="person", asked_by=actor)
    return source


def _look(source: Source, actor: Actor, act: str) -> None:
    source.work = enqueue("sources.look", subject=source.pk, about=source.name, asked_by=actor.id, act=act)
    source.save()


def _told(source: Source) -> dict[str, object]:
    """What the record says of a source: never its secret."""
    return {
        "kind": source.kind, "name": source.name, "where": source.where.where(), "choice": source.choice,
        "mode": source.mode, "schedule": source.schedule, "owner": str(source.owner_id),
        "dataset": source.dataset.key if source.dataset else None,
    }  # fmt: skip


def _name_faults(name: str, source: Source | None) -> list[Issue]:
    name = name.strip()
    if not name or len(name) > LONGEST_NAME or not name.isprintable():
        return [Issue("name", N_("Give the source a name of up to 120 characters, such as “Dealer system”."))]
    if Source.objects.filter(name=name).exclude(pk=source.pk if source else None).exists():
        return [Issue("name", N_("There is a source of this name already."))]
    return []


def _secret_faults(secret: str, *, needed: bool) -> list[Issue]:
    if not secret and needed:
        return [Issue("secret", N_("Type the password. It is only kept for the server it was typed for."))]
    if len(secret) > LONGEST_SECRET or "\0" in secret:
        return [Issue("secret", N_("This password is too long, or has signs in it that cannot be sent."))]
    return []


def _clock(schedule: Mapping[str, object]) -> tuple[schedules.Schedule, list[Issue]]:
    try:
        clock = schedules.schedule_of(schedule)
    except ValueError:
        return schedules.Schedule(), [Issue("every", N_("Choose when it is read."))]
    return clock, schedules.faults_of(clock)


def _what_faults(source: Source, rising: str, overlap: int, mode: str) -> list[Issue]:
    found = []
    if mode not in Source.Mode.values:
        found.append(Issue("mode", N_("Choose whether the rows are added or replace everything.")))
    if not source.is_database:
        if rising or overlap:
            found.append(Issue("rising", N_("Of a storage, each new file is read once.")))
        return found
    if not (source.choice.get("table") or source.choice.get("select")):
        found.append(Issue("table", N_("Choose a table, or write one SELECT.")))
    if rising and mode == Source.Mode.REPLACE:
        found.append(Issue("mode", N_("What is new can only be added: all that is there would be gone.")))
    columns = {column["name"]: column["rises"] for column in (source.look or {}).get("columns", ())}
    if rising and columns and not columns.get(rising):
        message = N_("Choose a whole number, decimal number, date or time that only grows.")
        found.append(Issue("rising", message))
    if overlap < 0:
        found.append(Issue("overlap", N_("Use 0 or more.")))
    return found


def _owner_faults(owner_id: UUID | None) -> list[Issue]:
    if owner_id is None:
        return []
    person = accounts.person_for(owner_id)
    if person is None or not person.is_active or not person.actor.may("data.upload"):
        return [Issue("owner", N_("Choose somebody who may upload data."))]
    return []
