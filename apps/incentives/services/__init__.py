"""Act on pay. Each service is keyword-only; who acts and when comes from outside."""

from apps.incentives.services.acting import (
    act_on_run,
    delete_dry_run,
    let_check_be,
    set_budget,
    withdraw_proposal,
)
from apps.incentives.services.adjusting import (
    adjust,
    approve_adjustment,
    approve_decision,
    decide,
    give_rate,
    take_decision_back,
    withdraw_adjustment,
)
from apps.incentives.services.calculating import calculate_run, calculation_stopped, request_calculation
from apps.incentives.services.correcting import (
    ask_to_look_again,
    leave_correction,
    look_again,
    take_correction,
)
from apps.incentives.services.making import begin_run, period_of
from apps.incentives.services.people import log_look

__all__ = [
    "act_on_run",
    "adjust",
    "approve_adjustment",
    "approve_decision",
    "ask_to_look_again",
    "begin_run",
    "calculate_run",
    "calculation_stopped",
    "decide",
    "delete_dry_run",
    "give_rate",
    "leave_correction",
    "let_check_be",
    "log_look",
    "look_again",
    "period_of",
    "request_calculation",
    "set_budget",
    "take_correction",
    "take_decision_back",
    "withdraw_adjustment",
    "withdraw_proposal",
]
