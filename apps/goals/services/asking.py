"""Ask for what follows from new figures: what came of actions, and what key results are now."""

from __future__ import annotations

from apps.goals.models import Initiative
from apps.goals.selectors.key_results import following
from apps.work.services import Work, enqueue
from apps.workspaces.scope import current_workspace

EFFECTS = "goals.effects"
FOLLOW = "goals.follow"


def ask_effects() -> Work:
    """Have forecasts kept of actions that began, and those that ended judged, once the caller's transaction is done.

    Asking often costs little: what waits is not asked for twice, and what stays the same is not written.
    """
    return enqueue(EFFECTS, subject=current_workspace().pk)


def ask_following() -> Work | None:
    """Have key results follow their metrics, once the caller's transaction is done; None where none follows any."""
    return enqueue(FOLLOW, subject=current_workspace().pk) if following().exists() else None


def figures_are_new() -> None:
    """Hear that metrics have new values: actions wait for them, key results follow them. Two queries, and to ask."""
    if Initiative.objects.filter(metric__isnull=False).exists():
        ask_effects()
    ask_following()
