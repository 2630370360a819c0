"""Ask for what came of actions to be worked out."""

from __future__ import annotations

from apps.goals.models import Initiative
from apps.work.services import Work, enqueue
from apps.workspaces.scope import current_workspace

EFFECTS = "goals.effects"


def ask_effects() -> Work:
    """Have forecasts kept of actions that began, and those that ended judged, once the caller's transaction is done.

    Asking often costs little: what waits is not asked for twice, and what stays the same is not written.
    """
    return enqueue(EFFECTS, subject=current_workspace().pk)


def figures_are_new() -> None:
    """Hear that metrics have new values: they may be what actions wait for. One query, and one to ask."""
    if Initiative.objects.filter(metric__isnull=False).exists():
        ask_effects()
