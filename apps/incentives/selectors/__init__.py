"""Read plans, people, runs and the ledger of pay. Each function costs a fixed number of queries, said with it."""

from apps.incentives.selectors.checks import Check, checks_of, tell_checks
from apps.incentives.selectors.ledger import (
    balances_before,
    head_of_ledger,
    ledger_entries,
    posted_by_key,
    proof,
)
from apps.incentives.selectors.standing import acts_for, facts_of, parts_of
from apps.incentives.selectors.statements import mine as own_statements
from apps.incentives.selectors.statements import open_corrections, plan_named

__all__ = [
    "Check",
    "acts_for",
    "balances_before",
    "checks_of",
    "facts_of",
    "head_of_ledger",
    "ledger_entries",
    "open_corrections",
    "own_statements",
    "parts_of",
    "plan_named",
    "posted_by_key",
    "proof",
    "tell_checks",
]
