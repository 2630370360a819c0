"""Act on goals: cycles, objectives and their key results, and what people do to move a metric."""

from apps.goals.services.initiatives import (
    change_initiative,
    create_initiative,
    finish_initiative,
    may_change,
    reopen_initiative,
    stop_initiative,
)

__all__ = [
    "change_initiative",
    "create_initiative",
    "finish_initiative",
    "may_change",
    "reopen_initiative",
    "stop_initiative",
]
