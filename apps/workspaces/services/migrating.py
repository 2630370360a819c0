"""Bring the public schema, the template and every workspace up to date."""

import logging
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from django.db import OperationalError, connection, transaction
from django.db.models.functions import Now
from django.db.utils import DatabaseError
from psycopg.errors import DeadlockDetected, LockNotAvailable

from apps.workspaces.models import TEMPLATE_SCHEMA, SchemaUpgrade, TemplateSnapshot, Workspace
from apps.workspaces.postgresql import dump, migrations, roles
from apps.workspaces.postgresql.migrations import Names, key_of
from apps.workspaces.postgresql.owner import as_owner, migration_lock

log = logging.getLogger(__name__)
LOCK_TIMEOUT = "5s"
TRIES = 3
WITH_SCHEMA = [Workspace.Status.ACTIVE, Workspace.Status.SUSPENDED, Workspace.Status.CLOSING]


@dataclass
class Report:
    """What a migration run did: counts of schemas, and for each workspace that failed the reason."""

    public: bool = False
    template: bool = False
    workspaces: int = 0
    replayed: int = 0
    by_django: int = 0
    failed: dict[str, str] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)
    seconds: float = 0.0


def migrate_everything(say: Callable[[str], None] = lambda line: None) -> Report:
    """Make roles and rights, migrate public and the template, then each workspace that is behind.

    Safe to call at every start: with nothing to do it asks one query per hundred workspaces. A workspace that fails is
    marked as behind, with the reason, and stops neither the others nor the caller. Raises `roles.WrongLogins`.
    """
    started = time.monotonic()
    with as_owner() as owner, migration_lock(owner):
        report = Report()
        with owner.cursor() as cursor:
            roles.check_logins(cursor)
        wanted, applied = migrations.wanted(), migrations.applied()
        _migrate_public(report, wanted, applied, say)
        _migrate_template(report, wanted, applied, say)
        _keep_snapshot(report, wanted, say)
        _migrate_workspaces(report, wanted, applied, say)
    report.seconds = time.monotonic() - started
    return report


def _migrate_public(report: Report, wanted: Names, applied: dict[str, Names], say: Callable[[str], None]) -> None:
    if not wanted <= applied.get("public", frozenset()):
        say("public")
        migrations.migrate_by_django("public")
        report.public = True
    with transaction.atomic(), connection.cursor() as cursor:
        roles.open_public(cursor)


def _migrate_template(report: Report, wanted: Names, applied: dict[str, Names], say: Callable[[str], None]) -> None:
    has = applied.get(TEMPLATE_SCHEMA, frozenset())
    if wanted <= has:
        return
    say("template")
    report.template = True
    with connection.cursor() as cursor:
        roles.run(cursor, "CREATE SCHEMA IF NOT EXISTS {}", TEMPLATE_SCHEMA)
    plan = migrations.plan_for(TEMPLATE_SCHEMA)
    if not has or not migrations.is_replayable(plan):
        migrations.migrate_by_django(TEMPLATE_SCHEMA)
        return
    statements: list[str] = []
    with transaction.atomic():  # the template and the way others follow it: both or neither
        with migrations.capturing(statements):
            migrations.migrate_by_django(TEMPLATE_SCHEMA)
        SchemaUpgrade.objects.update_or_create(
            from_key=key_of(has),
            defaults={
                "to_key": key_of(migrations.applied()[TEMPLATE_SCHEMA]),
                "migrations": [f"{migration.app_label}.{migration.name}" for migration in plan],
                "sql": ";\n".join(statements),
            },
        )


def _keep_snapshot(report: Report, wanted: Names, say: Callable[[str], None]) -> None:
    """Keep the template's SQL, from which new workspaces are made."""
    sources = migrations.sources()
    key = key_of(wanted)
    kept = TemplateSnapshot.objects.filter(pk=key).first()
    if kept is not None:
        changed = sorted(name for name, digest in sources.items() if kept.sources.get(name, digest) != digest)
        if changed:
            report.warnings.append(
                f"Changed after it was applied: {', '.join(changed)}. The tables may not be what the code expects; "
                "start with an empty database, or write the change as a migration of its own."
            )
        return
    pg_dump = dump.find_pg_dump(connection.connection.info.server_version)
    if pg_dump is None:
        report.warnings.append("No pg_dump of the server's version was found: migrations make new workspaces, slowly.")
        return
    say("template's SQL")
    sql = dump.template_sql(pg_dump)
    with transaction.atomic():
        TemplateSnapshot.objects.exclude(pk=key).delete()
        TemplateSnapshot.objects.create(key=key, sql=sql, sources=sources)


def _migrate_workspaces(report: Report, wanted: Names, applied: dict[str, Names], say: Callable[[str], None]) -> None:
    rows = list(Workspace.objects.filter(status__in=WITH_SCHEMA).order_by("created_at"))
    started = Workspace.objects.filter(status=Workspace.Status.PROVISIONING, schema_name__in=applied)
    upgrades = {upgrade.from_key: upgrade for upgrade in SchemaUpgrade.objects.all()}
    report.workspaces = len(rows)
    good = []
    for workspace in [*rows, *started]:
        has = applied.get(workspace.schema_name)
        if has is not None and wanted <= has:
            good.append(workspace.pk)
            continue
        reason = "Its schema is missing." if has is None else _bring_up(report, workspace, has, wanted, upgrades)
        say(f"{workspace.slug}: {reason or 'done'}")
        if reason:
            report.failed[workspace.slug] = reason
            _mark_behind(workspace, reason)
        else:
            good.append(workspace.pk)
    Workspace.objects.filter(pk__in=good, behind_since__isnull=False).update(behind_since=None, behind_reason="")


def _bring_up(
    report: Report, workspace: Workspace, has: Names, wanted: Names, upgrades: dict[str, SchemaUpgrade]
) -> str:
    """Bring one workspace up to date; the reason why it failed, or an empty string."""
    chain = _chain(key_of(has), key_of(wanted), upgrades)
    for attempt in range(1, TRIES + 1):
        try:
            if chain is None:
                migrations.migrate_by_django(workspace.schema_name, LOCK_TIMEOUT)
                report.by_django += 1
            else:
                migrations.replay(workspace.schema_name, ";\n".join(upgrade.sql for upgrade in chain), LOCK_TIMEOUT)
                report.replayed += 1
            return ""
        except OperationalError as error:
            if attempt < TRIES and isinstance(error.__cause__, LockNotAvailable | DeadlockDetected):
                time.sleep(0.5 * attempt)
                continue
            return _reason(wanted - has, error)
        except Exception as error:  # whatever a migration raises: the other workspaces go on
            log.exception("%s could not be brought up to date", workspace.schema_name)
            return _reason(wanted - has, error)
    raise AssertionError("unreachable")


def _chain(start: str, end: str, upgrades: dict[str, SchemaUpgrade]) -> list[SchemaUpgrade] | None:
    """The upgrades that lead from one set of migrations to another; None if no chain of them does."""
    chain: list[SchemaUpgrade] = []
    while start != end:
        upgrade = upgrades.get(start)
        if upgrade is None or upgrade in chain:
            return None
        chain.append(upgrade)
        start = upgrade.to_key
    return chain


def _reason(missing: Iterable[str], error: Exception) -> str:
    first = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
    kind = "the database refused" if isinstance(error, DatabaseError) else "the migration failed"
    return f"{', '.join(sorted(missing))}: {kind}: {first}"


def _mark_behind(workspace: Workspace, reason: str) -> None:
    Workspace.objects.filter(pk=workspace.pk, behind_since__isnull=True).update(behind_since=Now())
    Workspace.objects.filter(pk=workspace.pk).update(behind_reason=reason)
