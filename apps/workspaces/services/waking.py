"""Wake a worker. The rows are the truth: if the broker is away the sweeper finds them."""

import logging

from celery import current_app

log = logging.getLogger(__name__)


def wake(task: str, seconds: int = 0, /, **kwargs: str) -> None:
    """Send the message that starts a task of this room, at once or in some seconds; never raises."""
    try:
        current_app.send_task(task, kwargs=kwargs, retry=False, countdown=seconds or None)
    except Exception as error:  # whatever the transport raises: nothing is lost, so nobody needs to know
        log.warning("No wake-up could be sent (%s); the sweeper will find the work.", error)
