"""Make a workspace: its role, its schema, its first person. Every step may be done again; none is done twice.

The workspace's row is the work row. A worker that dies is followed by another when the lease has run out; one that was
only slow finds its attempt number gone and writes nothing.
"""

import logging
from datetime import timedelta
from uuid import UUID

from allauth.account.models import EmailAddress
from django.conf import settings
from django.contrib.auth import get_user_model
from django.db import connection, transaction
from django.db.models import Q
from django.db.models.functions import Now

from apps.common.leased import MAX_ATTEMPTS, LostLease, hold, take
from apps.workspaces.addresses import host_of
from apps.workspaces.models import Domain, SignUp, TemplateSnapshot, Workspace
from apps.workspaces.postgresql import dump, migrations, roles
from apps.workspaces.postgresql.owner import MIGRATION_LOCK, as_owner
from apps.workspaces.scope import in_public, inside
from apps.workspaces.services.finder import register_address
from apps.workspaces.services.waking import wake

log = logging.getLogger(__name__)
MINE = Q(status=Workspace.Status.PROVISIONING, parked_at__isnull=True)
DUE = MINE & (Q(lease_until__isnull=True) | Q(lease_until__lt=Now()))
STOPPED = "The worker stopped several times while setting this up."


def provision(workspace_id: UUID | str) -> bool:
    """Set up one workspace, if it is waiting to be and nobody else is at it; whether it is in use now.

    Never raises for what goes wrong on the way: the row keeps the reason, the sweeper tries again, and after
    `MAX_ATTEMPTS` it is parked for an operator to look at.
    """
    workspace = _claim(workspace_id)
    if workspace is None:
        return False
    try:
        make_schema(workspace)
        seat_owner(workspace)
        _open(workspace)
    except LostLease:
        log.warning("%s was taken over by another worker.", workspace.schema_name)
        return False
    except Exception as error:
        log.exception("%s could not be set up (attempt %s)", workspace.schema_name, workspace.attempt)
        _give_back(workspace, error)
        return False
    return True


def due() -> list[str]:
    """The workspaces that wait to be set up, or whose worker has gone silent."""
    with in_public():
        return [str(pk) for pk in Workspace.objects.filter(DUE).values_list("pk", flat=True)]


def try_again(workspace: Workspace) -> None:
    """Let a parked workspace be set up again, with fresh attempts."""
    with in_public(), transaction.atomic():
        rows = Workspace.objects.filter(pk=workspace.pk, status=Workspace.Status.PROVISIONING)
        if rows.update(attempt=0, lease_until=None, parked_at=None, reason=""):
            transaction.on_commit(lambda: wake("workspaces.provision", workspace=str(workspace.pk)))


def make_schema(workspace: Workspace) -> None:
    """Make the role and the schema with its tables in one transaction of the owner's; nothing if they are there."""
    with as_owner():
        snapshot = TemplateSnapshot.objects.order_by("-made_at").first()
        if snapshot is None:
            _migrate_schema(workspace)
            return
        with transaction.atomic(), connection.cursor() as cursor:
            if _may_make_schema(cursor, workspace):
                roles.ensure_role(cursor, workspace.schema_name)
                cursor.execute(dump.renamed(snapshot.sql, workspace.schema_name))
                roles.open_schema(cursor, workspace.schema_name, workspace.schema_name)


def _migrate_schema(workspace: Workspace) -> None:
    """Without the template's SQL: by migrations, which take up where they were broken off."""
    with connection.cursor() as cursor:
        with transaction.atomic():
            if not _may_make_schema(cursor, workspace):
                return
            roles.ensure_role(cursor, workspace.schema_name)
            roles.run(cursor, "CREATE SCHEMA IF NOT EXISTS {}", workspace.schema_name)
        migrations.migrate_by_django(workspace.schema_name)
        with transaction.atomic():
            roles.open_schema(cursor, workspace.schema_name, workspace.schema_name)


def _may_make_schema(cursor, workspace: Workspace) -> bool:
    """Whether the schema has still to be made. The right to use it is given last, so it tells that all is there."""
    cursor.execute("SELECT set_config('lock_timeout', %s, true)", [f"{settings.WORK_LEASE_SECONDS * 500}ms"])
    cursor.execute("SELECT pg_advisory_xact_lock_shared(%s)", [MIGRATION_LOCK])
    if not Workspace.objects.select_for_update().filter(MINE, pk=workspace.pk, attempt=workspace.attempt).exists():
        raise LostLease(f"{workspace.pk}: attempt {workspace.attempt} was taken over.")
    cursor.execute(
        "SELECT 1 FROM pg_namespace, pg_roles WHERE nspname = %s AND rolname = %s "
        "AND has_schema_privilege(rolname, nspname, 'USAGE')",
        [workspace.schema_name, workspace.schema_name],
    )
    return cursor.fetchone() is None


def seat_owner(workspace: Workspace) -> None:
    """Make the first person of the workspace, who owns it. Their address was confirmed, so it is verified."""
    with in_public():
        sign_up = SignUp.objects.filter(workspace=workspace).first()
    if sign_up is None:
        return
    with inside(workspace), transaction.atomic():
        user, _ = get_user_model().objects.get_or_create(
            email=sign_up.email,
            defaults={
                "name": sign_up.person_name,
                "password": sign_up.password_hash,
                "roles": ["owner"],
                "language": sign_up.language,
            },
        )
        EmailAddress.objects.get_or_create(user=user, email=sign_up.email, defaults={"verified": True, "primary": True})


def _open(workspace: Workspace) -> None:
    """Put the workspace into use: the last step, with everything the public pages need to know of it."""
    with in_public(), transaction.atomic():
        hold(
            workspace, MINE,
            status=Workspace.Status.ACTIVE, status_changed_at=Now(), lease_until=None, reason="",
        )  # fmt: skip
        Domain.objects.get_or_create(domain=host_of(workspace.slug), defaults={"tenant": workspace, "is_primary": True})
        for sign_up in SignUp.objects.filter(workspace=workspace):
            register_address(sign_up.email, workspace)
        SignUp.objects.filter(workspace=workspace).update(password_hash="")
    workspace.refresh_from_db()


def _claim(workspace_id: UUID | str) -> Workspace | None:
    with in_public(), transaction.atomic():
        rows = Workspace.objects.select_for_update(skip_locked=True).filter(DUE, pk=workspace_id)
        workspace = rows.first()
        if workspace is None:
            return None
        if workspace.attempt >= MAX_ATTEMPTS:
            rows.update(parked_at=Now(), lease_until=None, reason=workspace.reason or STOPPED)
            return None
        take(workspace, seconds=settings.WORK_LEASE_SECONDS)
    return workspace


def _give_back(workspace: Workspace, error: Exception) -> None:
    """Leave it for another attempt, a little later each time, or park it."""
    first = (str(error).strip().splitlines() or [""])[0]
    changes: dict = {"reason": f"Setting this up failed: {type(error).__name__}: {first}"[:1000]}
    if workspace.attempt >= MAX_ATTEMPTS:
        changes |= {"parked_at": Now(), "lease_until": None}
    else:
        changes |= {"lease_until": Now() + timedelta(seconds=min(60, 2**workspace.attempt))}
    with in_public():
        Workspace.objects.filter(MINE, pk=workspace.pk, attempt=workspace.attempt).update(**changes)
