"""Act on goals: cycles, objectives and their key results, and what people do to move a metric."""

from __future__ import annotations

from apps.goals.services.asking import ask_effects, figures_are_new
from apps.goals.services.initiatives import (
    change_initiative,
    create_initiative,
    finish_initiative,
    may_change,
    move_initiative,
    put_back,
    reopen_initiative,
    stop_initiative,
)
from apps.work.services import Claim

__all__ = [
    "ask_effects",
    "change_initiative",
    "create_initiative",
    "figures_are_new",
    "finish_initiative",
    "may_change",
    "move_initiative",
    "put_back",
    "reopen_initiative",
    "stop_initiative",
    "work_out_effects",
]


def work_out_effects(claim: Claim) -> None:
    """Worker: keep what was expected of actions that began, judge those that ended. Loaded when it is needed."""
    from apps.goals.services import effects

    effects.work_out_effects(claim)
