"""Read which workspaces there are."""

from collections.abc import Iterator
from uuid import UUID

from apps.workspaces.models import SignUp, Workspace
from apps.workspaces.scope import in_public


def open_workspaces() -> Iterator[Workspace]:
    """Every workspace that is in use, read before the first one is entered."""
    with in_public():
        rows = list(Workspace.objects.filter(status=Workspace.Status.ACTIVE, behind_since__isnull=True))
    return iter(rows)


def workspace_for(workspace_id: UUID) -> Workspace | None:
    """One workspace by id, whatever its state."""
    with in_public():
        return Workspace.objects.filter(pk=workspace_id).first()


def workspace_at(slug: str) -> Workspace | None:
    """The workspace at an address, whatever its state."""
    with in_public():
        return Workspace.objects.filter(slug=slug).first()


def sign_up_for(sign_up_id: str | None) -> SignUp | None:
    """A sign-up that has still to be confirmed."""
    if not sign_up_id:
        return None
    with in_public():
        return SignUp.objects.filter(pk=sign_up_id, confirmed_at__isnull=True).first()
