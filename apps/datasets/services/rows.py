"""The rows of a dataset as a whole, a page at a time: a worker reads them on request."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction

from apps import engine
from apps.accounts.domain.roles import Actor
from apps.audit.services import record
from apps.datasets import selectors
from apps.datasets.models import Dataset, DatasetVersion
from apps.datasets.services.pages import keep_rows
from apps.datasets.services.running import run_engine
from apps.kernel.issue import N_, NotHere
from apps.work.services import Claim, WorkFailed, enqueue

if TYPE_CHECKING:
    from apps.work.services import Work

ROWS_ON_A_PAGE = 500


@transaction.atomic
def ask_for_rows(*, actor: Actor, version: DatasetVersion, offset: int) -> Work:
    """Have the rows of a version from `offset` on read, as many as a page holds; the work that does it."""
    actor.must("metrics.rows")
    if offset < 0 or offset >= max(version.rows, 1):
        raise NotHere(N_("There are no rows at this place."))
    record(actor=actor, act="dataset.rows_read", subject=version.dataset, note=f"{version} {offset + 1}")
    return enqueue(
        "datasets.rows",
        subject=selectors.table_subject(version, offset),
        about=version.dataset.name,
        asked_by=actor.id,
        version=str(version.pk),
        offset=offset,
    )


def read_table(claim: Claim) -> None:
    """Handler: read the rows that `ask_for_rows` asked for into a `RowPage`."""
    version, offset = selectors.version_for(claim.args["version"]), int(claim.args["offset"])
    request = engine.TableRows(selectors.files_of(version), offset, ROWS_ON_A_PAGE)
    try:
        found = run_engine(request, claim)
    except engine.EngineFailure as failure:
        raise WorkFailed(failure.message, retry=False, params=failure.params) from failure
    with claim.completing():
        keep_rows(
            subject=claim.work.subject,
            columns=found.columns,
            rows=[[row.upload, row.row, *row.cells] for row in found.rows],
            total=found.total,
        )


def version_to_read(dataset: Dataset, number: int | None = None) -> DatasetVersion:
    """The version of that number, or the current one. NotHere if there is none."""
    if number is None:
        found = dataset.current_version
    else:
        found = DatasetVersion.objects.filter(dataset=dataset, number=number).select_related("dataset").first()
    if found is None:
        raise NotHere(N_("There is no such version of the data."))
    return found
