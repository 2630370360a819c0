"""Read plans, people, runs and the ledger of pay. Each function costs a fixed number of queries, said with it."""

from apps.incentives.selectors.checks import Check, checks_of, tell_checks
from apps.incentives.selectors.ledger import (
    balances_before,
    head_of_ledger,
    ledger_entries,
    posted_by_key,
    proof,
)
from apps.incentives.selectors.runs import (
    NO_RUN,
    amounts_of,
    calculation_of,
    correction_for,
    corrections,
    former_run,
    paid_by,
    participants_of,
    people_by_key,
    plans_to_run,
    result_for,
    results_of,
    run_for,
    runs,
    settlements_of,
)
from apps.incentives.selectors.standing import acts_for, facts_of, is_posted, led_in, parts_of
from apps.incentives.selectors.statements import mine as own_statements
from apps.incentives.selectors.statements import open_corrections, plan_named

__all__ = [
    "NO_RUN",
    "Check",
    "acts_for",
    "amounts_of",
    "balances_before",
    "calculation_of",
    "checks_of",
    "correction_for",
    "corrections",
    "facts_of",
    "former_run",
    "head_of_ledger",
    "is_posted",
    "led_in",
    "ledger_entries",
    "open_corrections",
    "own_statements",
    "paid_by",
    "participants_of",
    "parts_of",
    "people_by_key",
    "plan_named",
    "plans_to_run",
    "posted_by_key",
    "proof",
    "result_for",
    "results_of",
    "run_for",
    "runs",
    "settlements_of",
    "tell_checks",
]
