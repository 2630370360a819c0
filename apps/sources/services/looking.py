"""Try a connection and look what is there, by a worker."""

from __future__ import annotations

import tempfile
from pathlib import Path

from django.utils import timezone

from apps.kernel.issue import Issue
from apps.sources.models import Source
from apps.sources.services.asking import question
from apps.sources.services.fetching import Troubled, fetch
from apps.sources.services.rows import as_json
from apps.sources.services.sealing import SecretLost
from apps.work.services import Claim


def look_at_source(claim: Claim) -> None:
    """Handler: `look` at what there is, or read the first rows (`preview`). Ends with what was seen, or why not."""
    source = Source.objects.filter(pk=claim.work.subject).first()
    if source is None:
        return
    act = claim.args["act"]
    try:
        with tempfile.TemporaryDirectory(prefix="lodestar-source-") as folder:
            asked = question(source, act, Path(folder), timezone.now())
            seen = fetch(asked, folder=Path(folder), on_progress=claim.progress, heartbeat=claim.beat)
    except (Troubled, SecretLost) as trouble:
        _end(claim, source, problem=as_json([Issue(act, trouble.message, trouble.params)]))
        return
    before = source.look or {}
    _end(claim, source, look=seen if act == "look" else before | seen, problem=[])


def _end(claim: Claim, source: Source, **changes: object) -> None:
    with claim.completing():
        if source.status == Source.Status.PAUSED:
            changes.pop("problem", None) if not changes.get("problem") else None
        Source.objects.filter(pk=source.pk).update(**changes)


def look_stopped(work: object) -> None:
    """Called when looking was set aside: the source says why."""
    issue = Issue("look", work.reason, work.reason_params)
    Source.objects.filter(pk=work.subject).update(problem=as_json([issue]))
