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

__all__ = [
    "Check",
    "acts_for",
    "balances_before",
    "checks_of",
    "facts_of",
    "head_of_ledger",
    "ledger_entries",
    "parts_of",
    "posted_by_key",
    "proof",
    "tell_checks",
]
