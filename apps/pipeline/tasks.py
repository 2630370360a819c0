"""Tidying, by the clock. Every workspace is a task of its own, so that many workers share them."""

import logging

from celery import shared_task
from django.utils import timezone

from apps.accounts.services import sweep_sessions
from apps.api.services import warn_of_expiry
from apps.datasets.services import watch as watch_data
from apps.goals.services import ask_following
from apps.goals.services import remind as remind_of_check_ins
from apps.pipeline.sweeping import sweep_workspace
from apps.targets.services import remind_of_reviews
from apps.workspaces.scope import WorkspaceTask, in_public
from apps.workspaces.selectors import open_workspaces
from apps.workspaces.services.waking import wake

log = logging.getLogger(__name__)


@shared_task(name="pipeline.tidy")
def tidy() -> None:
    """Have every open workspace swept, and forget the operators' sessions that have ended."""
    with in_public():
        sweep_sessions(timezone.now())
    for workspace in open_workspaces():
        wake("pipeline.tidy_workspace", workspace=str(workspace.pk))


@shared_task(base=WorkspaceTask, name="pipeline.tidy_workspace")
def tidy_workspace() -> None:
    """Sweep one workspace, announce which API keys end soon, and have key results follow what has ended meanwhile.

    It may be killed anywhere, and run twice at once.
    """
    warn_of_expiry(timezone.now())
    ask_following()
    sweep_workspace()


@shared_task(name="pipeline.remind")
def remind() -> None:
    """Have the people of every open workspace reminded of check-ins and of targets to be looked at again, and told of
    data that is late."""
    for workspace in open_workspaces():
        wake("pipeline.remind_workspace", workspace=str(workspace.pk))


@shared_task(base=WorkspaceTask, name="pipeline.remind_workspace")
def remind_workspace() -> None:
    """Tell people of one workspace. It may be killed anywhere, and run twice at once: nobody is told twice."""
    watch_data(timezone.now())
    remind_of_check_ins(timezone.now())
    remind_of_reviews(timezone.now())
