"""Pause a workspace, bring it back, and end it."""

from collections.abc import Callable

from django.db import connection, transaction
from django.db.models.functions import Now

from apps.workspaces.domain.lifecycle import State, check_step
from apps.workspaces.models import Address, EntryPass, SignUp, Workspace
from apps.workspaces.postgresql import roles
from apps.workspaces.postgresql.owner import as_owner
from apps.workspaces.scope import in_public

CloseHook = Callable[[Workspace], None]
_close_hooks: list[CloseHook] = []


def on_close(hook: CloseHook) -> CloseHook:
    """Register what removes a closed workspace's things outside the database (files). It may be called twice."""
    if hook not in _close_hooks:
        _close_hooks.append(hook)
    return hook


def suspend(workspace: Workspace) -> None:
    """Pause: nobody can sign in, no work runs, everything is kept. Raises `Refusal` if it is not in use."""
    _step(workspace, State.SUSPENDED)


def reactivate(workspace: Workspace) -> None:
    """Back into use, after a pause or when closing was called off."""
    _step(workspace, State.ACTIVE)


def start_closing(workspace: Workspace) -> None:
    """Out of use for good; everything is still kept until `close`."""
    _step(workspace, State.CLOSING)


def close(workspace: Workspace) -> None:
    """Delete everything a workspace in the state "closing" owns: files, schema, role, addresses. Its row is kept.

    May be called again after a failure on the way. Raises `Refusal` in any other state.
    """
    with in_public():
        check_step(Workspace.objects.get(pk=workspace.pk).status, State.CLOSED)
    for hook in _close_hooks:
        hook(workspace)
    with as_owner(), transaction.atomic(), connection.cursor() as cursor:
        row = Workspace.objects.select_for_update().get(pk=workspace.pk)
        check_step(row.status, State.CLOSED)
        cursor.execute("SELECT set_config('lock_timeout', '10s', true)")
        roles.drop_schema(cursor, row.schema_name)
        for model in (Address, SignUp, EntryPass):
            model.objects.filter(workspace=row).delete()
        _put(row, State.CLOSED)
    workspace.refresh_from_db()


def _step(workspace: Workspace, state: State) -> None:
    with in_public(), transaction.atomic():
        row = Workspace.objects.select_for_update().get(pk=workspace.pk)
        check_step(row.status, state)
        if row.status == State.PROVISIONING:
            check_step(State.CLOSED, state)  # only the worker ends the setting-up
        _put(row, state)
    workspace.status = state.value


def _put(row: Workspace, state: State) -> None:
    Workspace.objects.filter(pk=row.pk).update(
        status=state.value, status_changed_at=Now(), lease_until=None, parked_at=None, reason="",
        behind_since=None if state is State.CLOSED else row.behind_since,
    )  # fmt: skip
