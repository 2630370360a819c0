"""What wakes the workers."""

import logging

from celery import shared_task

from apps.work import selectors, services
from apps.workspaces.scope import WorkspaceTask, current_workspace, inside
from apps.workspaces.selectors import open_workspaces

log = logging.getLogger(__name__)
MOST_AT_ONCE = 20


@shared_task(base=WorkspaceTask, name="work.look")
def look() -> None:
    """Do what is due in one workspace; if more is left, let others have their turn first."""
    if services.run_due(MOST_AT_ONCE) == MOST_AT_ONCE:
        services.wake(str(current_workspace().pk))


@shared_task(name="work.sweep")
def sweep() -> None:
    """Find work whose wake-up was lost or whose worker died, in every open workspace."""
    for workspace in open_workspaces():
        try:
            with inside(workspace):
                due = selectors.anything_due()
        except Exception:  # one broken workspace must not keep the others waiting
            log.exception("%s could not be swept", workspace.slug)
            continue
        if due:
            services.wake(str(workspace.pk))
