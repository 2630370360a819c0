"""Read which workspaces there are."""

from collections.abc import Iterator

from apps.workspaces.models import Workspace
from apps.workspaces.scope import in_public


def open_workspaces() -> Iterator[Workspace]:
    """Every workspace that is in use, read before the first one is entered."""
    with in_public():
        rows = list(Workspace.objects.filter(status=Workspace.Status.ACTIVE))
    return iter(rows)
