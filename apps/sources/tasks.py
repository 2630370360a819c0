"""The clock of sources."""

import logging

from celery import shared_task
from django.utils import timezone

from apps.sources import selectors, services
from apps.workspaces.scope import WorkspaceTask, inside
from apps.workspaces.selectors import open_workspaces
from apps.workspaces.services.waking import wake

log = logging.getLogger(__name__)


@shared_task(name="sources.tick")
def tick() -> None:
    """Wake a worker for every open workspace in which a source is due, or has brought a file that is on its way."""
    now = timezone.now()
    for workspace in open_workspaces():
        try:
            with inside(workspace):
                due = selectors.anything_due(now)
        except Exception:  # one broken workspace must not keep the others waiting
            log.exception("the sources of %s could not be seen to", workspace.slug)
            continue
        if due:
            wake("sources.tick_workspace", workspace=str(workspace.pk))


@shared_task(base=WorkspaceTask, name="sources.tick_workspace")
def tick_workspace() -> None:
    """Begin what is due in one workspace, and see to what is on its way. Twice at once does it once."""
    now = timezone.now()
    services.go_on_all(now)
    services.start_due(now)
