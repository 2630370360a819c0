"""What the workers do for the public pages. The rows say what is to be done; these are wake-ups for them."""

import logging

from celery import shared_task

from apps.workspaces import services

log = logging.getLogger(__name__)


@shared_task(name="workspaces.provision")
def provision(workspace: str) -> None:
    """Set up one workspace, if it still waits for that."""
    services.provision(workspace)


@shared_task(name="workspaces.mail_confirmation")
def mail_confirmation(sign_up: str) -> None:
    """Send the confirmation mail of one sign-up, if it is still due."""
    services.mail_confirmation(sign_up)


@shared_task(name="workspaces.mail_workspaces")
def mail_workspaces(email: str, language: str) -> None:
    """Send somebody the list of their companies."""
    services.mail_workspaces(email, language)


@shared_task(name="workspaces.sweep")
def sweep() -> None:
    """Find what was not done because a message was lost or a worker died, and clear away what nobody came back for."""
    for workspace in services.due():
        services.wake("workspaces.provision", workspace=workspace)
    for sign_up in services.mails_due():
        services.wake("workspaces.mail_confirmation", sign_up=sign_up)
    services.forget_old()
