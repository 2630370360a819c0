"""Score a candidate with the three tests of a North Star."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from django.db import transaction

from apps.accounts.domain.roles import Actor
from apps.audit.services import record
from apps.choosing.domain import sheet as tests
from apps.choosing.models import Sheet
from apps.kernel.issue import N_, Refusal
from apps.metrics import selectors as metrics

CANNOT_BE_KEPT = N_("Please mend what is marked.")


@transaction.atomic
def judge(*, actor: Actor, metric_id: UUID, scores: Mapping[str, int | None], evidence: Mapping[str, str]) -> Sheet:
    """Keep a sheet, with date and author; what was judged before stays as history. Refusal with every issue."""
    actor.must("metrics.edit")
    metric = metrics.metric_for(metric_id)
    found = tests.issues(scores, evidence)
    if found:
        raise Refusal(CANNOT_BE_KEPT, issues=found)
    fields = {name: scores[name] for name in tests.TESTS}
    fields |= {f"{name}_evidence": evidence.get(name, "").strip() for name in tests.TESTS}
    sheet = Sheet.objects.create(metric_id=metric.id, judged_by=actor.id, judged_by_name=actor.name[:120], **fields)
    sheet.refresh_from_db()
    record(actor=actor, act="choosing.judged", subject=sheet, after={name: scores[name] for name in tests.TESTS})
    return sheet
