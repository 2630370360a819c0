"""What a definition would come to, before it is saved: a worker computes it, and stores no value."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from apps.accounts.domain.roles import Actor
from apps.datasets import selectors as datasets
from apps.datasets import services as data
from apps.kernel.issue import N_
from apps.metrics.domain.definition import Definition, datasets_of, document_of, parse
from apps.metrics.services.sources import current_basis
from apps.work import selectors as work_selectors
from apps.work.services import Claim, Work, WorkFailed, enqueue

PERIODS = 6
"""How many of the newest periods a preview shows."""

ASKED = ["definition"]
"""The only column of a preview that is asked for and not there yet: its row holds the document."""

GONE = N_("The preview was thrown away meanwhile. Ask for it again.")
FOLDER = "metric-preview/"


@dataclass(frozen=True)
class Preview:
    """A preview that was asked for: its rows (grain, first day, value, state, reason), None while a worker is at it."""

    rows: list[list[Any]] | None
    work: Work | None


def preview_name(definition: Definition) -> str:
    """What the preview of a definition is called in an address; `preview_kept` takes it."""
    return preview_subject(definition).removeprefix(FOLDER)


def preview_kept(name: str) -> Preview | None:
    """The preview of that name, None if nobody asked for it or it was thrown away. Two queries at most."""
    page = datasets.row_page(f"{FOLDER}{name}")
    if page is None:
        return None
    return Preview(None if page.columns == ASKED else page.rows, work_selectors.latest("metrics.preview", page.subject))


def preview_subject(definition: Definition) -> str:
    """Under which name the preview of a definition is kept: another document, or new data, is another preview."""
    text = json.dumps([document_of(definition), current_basis(datasets_of(definition))], sort_keys=True)
    return f"{FOLDER}{hashlib.sha256(text.encode()).hexdigest()[:40]}"


@transaction.atomic
def request_preview(*, actor: Actor, definition: Definition) -> Work | None:
    """Have a worker compute what `definition` comes to in the last periods; None if that is known already."""
    actor.must("metrics.edit")
    subject = preview_subject(definition)
    page = datasets.row_page(subject)
    if page is not None and page.columns != ASKED:
        return None
    data.keep_rows(subject=subject, columns=ASKED, rows=[[json.dumps(document_of(definition))]], total=0)
    return enqueue("metrics.preview", subject=subject, about=definition.key, asked_by=actor.id)


def compute_preview(claim: Claim) -> None:
    """Worker: compute the preview `claim.work.subject` and keep it: first day, value, state, and why, by period."""
    from apps.engine import EngineFailure
    from apps.metrics.services.trial import try_out

    page = datasets.row_page(claim.work.subject)
    if page is None:
        raise WorkFailed(GONE, retry=False)
    if page.columns != ASKED:
        return
    definition = parse(json.loads(page.rows[0][0]))
    claim.progress(0, 1, N_("Reading the data"))
    try:
        cells = try_out(claim, {"preview": definition}).cells["preview"]
    except EngineFailure as failure:
        raise WorkFailed(failure.message, retry=failure.retry, params=failure.params) from failure
    grain = definition.grains[0].value
    newest = sorted(place for place in cells if place.grain == grain and not place.dimension)[-PERIODS:]
    rows: list[list[Any]] = []
    for place in newest:
        cell = cells[place]
        value = None if cell.value is None else f"{cell.value:f}"
        rows.append([grain, place.start.isoformat(), value, cell.state, cell.reason.to_json() if cell.reason else {}])
    with claim.completing():
        columns = ["grain", "start", "value", "state", "reason"]
        data.keep_rows(subject=claim.work.subject, columns=columns, rows=rows, total=len(rows))
