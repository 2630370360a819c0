"""Inside which workspace we are: carried, never guessed."""

from collections.abc import Iterator
from contextlib import contextmanager

from celery import Task
from django.db import connection

from apps.workspaces.models import Workspace


class NoWorkspace(RuntimeError):
    """Something that belongs to a workspace was started without one."""


def current_workspace() -> Workspace:
    """The workspace this connection is in; `NoWorkspace` on the public host or outside any."""
    workspace = connection.tenant
    if not isinstance(workspace, Workspace) or workspace.schema_name == "public":
        raise NoWorkspace("This belongs to a workspace, and none is entered.")
    return workspace


@contextmanager
def inside(workspace: Workspace) -> Iterator[Workspace]:
    """Enter a workspace for a block. Never `yield` to foreign code inside, never use django-tenants' `with`."""
    before = connection.tenant
    connection.set_tenant(workspace, include_public=False)
    try:
        yield workspace
    finally:
        connection.set_tenant(before, include_public=False)


@contextmanager
def in_public() -> Iterator[None]:
    """Enter the public schema for a block."""
    before = connection.tenant
    connection.set_schema_to_public()
    try:
        yield
    finally:
        connection.set_tenant(before, include_public=False)


class WorkspaceTask(Task):
    """A task of one workspace: `workspace` (its id) is a required argument, entered inside the task's own body.

    A signal handler would fail open (Celery swallows what it raises), a header can be missing; an argument cannot.
    """

    abstract = True

    def __call__(self, *args, workspace: str | None = None, **kwargs):
        if not workspace:
            raise NoWorkspace(f"{self.name} was called without a workspace.")
        with in_public():
            found = Workspace.objects.filter(pk=workspace).first()
        if found is None or not found.is_open:
            raise NoWorkspace(f"{self.name}: workspace {workspace} is not open.")
        with inside(found):
            return super().__call__(*args, **kwargs)
