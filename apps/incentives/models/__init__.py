"""Plans, people, runs and the ledger of pay. What was agreed, published, signed or posted is kept as it was."""

from apps.incentives.models.acts import (
    Correction,
    Look,
    RunAcceptance,
    RunAdjustment,
    RunApproval,
    RunDecision,
    RunEvent,
    RunExport,
    RunProposal,
    RunRate,
)
from apps.incentives.models.budgets import PeriodBudget, PeriodForecast
from apps.incentives.models.ledger import BalanceWaiver, LedgerEntry, Settlement
from apps.incentives.models.people import Assignment, Leave, Participant, PeopleSheet, RosterRule, TeamPool
from apps.incentives.models.plans import IncentivePlan, PlanAcknowledgement, PlanVersion
from apps.incentives.models.runs import (
    Calculation,
    ResultLine,
    Run,
    RunBlocked,
    RunChange,
    RunPool,
    RunReading,
    RunResult,
)
from apps.incentives.models.scopes import PayScope
from apps.incentives.models.statements import (
    Dispute,
    DisputeNote,
    PayrollTemplate,
    Statement,
    StatementAcknowledgement,
    StatementFile,
)

__all__ = [
    "Assignment",
    "BalanceWaiver",
    "Calculation",
    "Correction",
    "Dispute",
    "DisputeNote",
    "IncentivePlan",
    "Leave",
    "LedgerEntry",
    "Look",
    "Participant",
    "PayScope",
    "PayrollTemplate",
    "PeopleSheet",
    "PeriodBudget",
    "PeriodForecast",
    "PlanAcknowledgement",
    "PlanVersion",
    "ResultLine",
    "RosterRule",
    "Run",
    "RunAcceptance",
    "RunAdjustment",
    "RunApproval",
    "RunBlocked",
    "RunChange",
    "RunDecision",
    "RunEvent",
    "RunExport",
    "RunPool",
    "RunProposal",
    "RunRate",
    "RunReading",
    "RunResult",
    "Settlement",
    "Statement",
    "StatementAcknowledgement",
    "StatementFile",
    "TeamPool",
]
