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
from apps.incentives.services.comparing import ask_why, compare_runs, export_changes
from apps.incentives.services.correcting import (
    ask_to_look_again,
    leave_correction,
    look_again,
    take_correction,
)
from apps.incentives.services.disputing import WORDING as RECEIPT
from apps.incentives.services.disputing import acknowledge as acknowledge_statement
from apps.incentives.services.disputing import act_on_dispute, raise_dispute
from apps.incentives.services.estimating import Outlook, at_each, foresee, outlook
from apps.incentives.services.explaining import Explained, explained, why_since
from apps.incentives.services.forecasting import ask_forecast, forecast_again, forecast_plan, set_budgets
from apps.incentives.services.issuing import publish_statements
from apps.incentives.services.making import begin_run, period_of
from apps.incentives.services.outputs import (
    audit_pack,
    confirm_paid,
    erase_person,
    export_payroll,
    personal_file,
    remove_payroll_template,
    save_payroll_template,
)
from apps.incentives.services.people import log_look
from apps.incentives.services.people_sheets import people_sheet_stopped, read_people
from apps.incentives.services.posting import post_run
from apps.incentives.services.printing import print_statements
from apps.incentives.services.scopes import end_scope, give_scope
from apps.incentives.services.waiving import approve_waiver, propose_waiver, withdraw_waiver

__all__ = [
    "RECEIPT",
    "Explained",
    "Outlook",
    "acknowledge_statement",
    "act_on_dispute",
    "act_on_run",
    "adjust",
    "approve_adjustment",
    "approve_decision",
    "approve_waiver",
    "ask_forecast",
    "ask_to_look_again",
    "ask_why",
    "at_each",
    "audit_pack",
    "begin_run",
    "calculate_run",
    "calculation_stopped",
    "compare_runs",
    "confirm_paid",
    "decide",
    "delete_dry_run",
    "end_scope",
    "erase_person",
    "explained",
    "export_changes",
    "export_payroll",
    "forecast_again",
    "forecast_plan",
    "foresee",
    "give_rate",
    "give_scope",
    "leave_correction",
    "let_check_be",
    "log_look",
    "look_again",
    "outlook",
    "people_sheet_stopped",
    "period_of",
    "personal_file",
    "post_run",
    "print_statements",
    "propose_waiver",
    "publish_statements",
    "raise_dispute",
    "read_people",
    "remove_payroll_template",
    "request_calculation",
    "save_payroll_template",
    "set_budget",
    "set_budgets",
    "take_correction",
    "take_decision_back",
    "why_since",
    "withdraw_adjustment",
    "withdraw_proposal",
    "withdraw_waiver",
]
