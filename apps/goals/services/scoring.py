"""Score an objective by judgement: beside the computed score, with the reason; both are kept."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from uuid import UUID

from django.db import transaction

from apps.accounts.domain.roles import Actor
from apps.goals.domain import cycles, scoring
from apps.goals.models import Objective
from apps.goals.selectors.cycles import stand_of
from apps.goals.services.holding import CANNOT_BE_SAVED, hold_objective, told_of, touched
from apps.kernel.issue import N_, Refusal


@transaction.atomic
def score_objective(
    *, actor: Actor, objective_id: UUID, revision: int, judged: Decimal | None, reason: str, now: datetime
) -> Objective:
    """Say what an objective was worth, once its cycle is over and before it is closed; None takes the judgement back.

    Raises Refusal with every issue at once; with status 409 while the cycle runs, or if somebody was faster.
    """
    row, _looking = hold_objective(actor, objective_id, revision, closing=True)
    if stand_of(row.cycle) is not cycles.Stand.OVER:
        raise Refusal(N_("Objectives are scored once the last day of their cycle is over."), status=409)
    found = list(scoring.issues(judged, reason))
    if found:
        raise Refusal(CANNOT_BE_SAVED, issues=found)
    before = _told(row)
    row.score_computed = scoring.score(None if row.progress is None else Fraction(row.progress))
    row.score_judged, row.score_reason = judged, reason.strip()
    row.scored_by_name, row.scored_at = actor.name[:120], now
    if _told(row) == before:
        return row
    touched(actor, row)
    told_of(actor, "objective.scored", row, before, _told(row), row.score_reason)
    return row


def _told(row: Objective) -> dict[str, str]:
    return {
        "computed": "" if row.score_computed is None else f"{row.score_computed:.2f}",
        "judged": "" if row.score_judged is None else f"{row.score_judged:.2f}",
    }
