"""Act on goals: cycles, objectives and their key results, and what people do to move a metric.

What a check-in writes goes through `holding.hold_key_result` (may they, is the cycle open), `key_results.value_issues`
(is it a value of it) and `progress.record_value` (write it, and recompute).
"""

from __future__ import annotations

from apps.goals.services.asking import ask_effects, ask_following, figures_are_new
from apps.goals.services.cadences import set_cadence
from apps.goals.services.checkins import check_in, correct_check_in
from apps.goals.services.comments import add_comment, change_comment, delete_comment
from apps.goals.services.copying import carry_over, copy_objectives
from apps.goals.services.cycles import change_cycle, close_cycle, delete_cycle, make_cycle, reopen_cycle
from apps.goals.services.followers import follow, unfollow
from apps.goals.services.following import follow_metrics
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
from apps.goals.services.key_results import (
    balance_weights,
    correct_value,
    drop_key_result,
    say_step,
    take_up_key_result,
)
from apps.goals.services.meetings import begin_meeting, end_meeting, note
from apps.goals.services.objectives import (
    change_objective,
    create_objective,
    drop_objective,
    hand_over,
    move_objective,
    take_up_objective,
)
from apps.goals.services.reminders import remind
from apps.goals.services.scoring import score_objective
from apps.goals.services.templates import change_template, delete_template, make_from_template, save_template
from apps.work.services import Claim

__all__ = [
    "add_comment",
    "ask_effects",
    "ask_following",
    "balance_weights",
    "begin_meeting",
    "carry_over",
    "change_comment",
    "change_cycle",
    "change_initiative",
    "change_objective",
    "change_template",
    "check_in",
    "close_cycle",
    "copy_objectives",
    "correct_check_in",
    "correct_value",
    "create_initiative",
    "create_objective",
    "delete_comment",
    "delete_cycle",
    "delete_template",
    "drop_key_result",
    "drop_objective",
    "end_meeting",
    "figures_are_new",
    "finish_initiative",
    "follow",
    "follow_metrics",
    "hand_over",
    "make_cycle",
    "make_from_template",
    "may_change",
    "move_initiative",
    "move_objective",
    "note",
    "put_back",
    "remind",
    "reopen_cycle",
    "reopen_initiative",
    "save_template",
    "say_step",
    "score_objective",
    "set_cadence",
    "stop_initiative",
    "take_up_key_result",
    "take_up_objective",
    "unfollow",
    "work_out_effects",
]


def work_out_effects(claim: Claim) -> None:
    """Worker: keep what was expected of actions that began, judge those that ended. Loaded when it is needed."""
    from apps.goals.services import effects

    effects.work_out_effects(claim)
