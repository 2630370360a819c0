"""Two versions of a dataset side by side: which rows were added, changed or removed. Workers read; pages only show."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

from django.conf import settings
from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from apps import engine
from apps.accounts.domain.roles import Actor
from apps.audit.services import record
from apps.datasets import selectors
from apps.datasets.models import Dataset, DatasetVersion, root
from apps.datasets.services.pages import keep_rows
from apps.datasets.services.running import run_engine
from apps.datasets.services.sweeping import COMPARED
from apps.kernel.issue import N_, NotHere
from apps.work.services import Claim, WorkFailed, enqueue

if TYPE_CHECKING:
    from apps.work.services import Work

ROWS_ON_A_PAGE = 50
CHANGES: Mapping[str, str] = {"added": N_("Added"), "changed": N_("Changed"), "removed": N_("Removed")}


def versions_to_compare(dataset: Dataset, before: int, after: int) -> tuple[DatasetVersion, DatasetVersion]:
    """Two versions by number, which are not the same. NotHere if one is not there."""
    found = {version.number: version for version in selectors.versions_of(dataset).filter(number__in=[before, after])}
    if before == after or len(found) < 2:
        raise NotHere(N_("There are no such two versions of the data."))
    return found[before], found[after]


@transaction.atomic
def ask_for_comparison(
    *, actor: Actor, before: DatasetVersion, after: DatasetVersion, kind: str = "", page: int = 1
) -> Work:
    """Have two versions compared, and a page of the rows of one `kind` ("": of all) read; the work that does it."""
    actor.must("metrics.rows")
    if kind not in ("", *CHANGES) or page < 1:
        raise NotHere(N_("There are no rows at this place."))
    subject = selectors.compared_subject(before, after, kind, page)
    record(actor=actor, act="dataset.compared", subject=before.dataset, note=f"{before.number} – {after.number}")
    return enqueue(
        "datasets.compare",
        subject=subject,
        about=before.dataset.name,
        asked_by=actor.id,
        before=str(before.pk),
        after=str(after.pk),
        of=kind,
        page=page,
    )


def compare_versions(claim: Claim) -> None:
    """Handler: compare two versions, unless they are compared already, and read the page that was asked for."""
    before, after = _both(claim)
    path, counted = _compared(claim, before, after)
    kind, page = claim.args["of"], int(claim.args["page"])
    found = _run(engine.Differences(str(path), kind, (page - 1) * ROWS_ON_A_PAGE, ROWS_ON_A_PAGE), claim)
    with claim.completing():
        if counted is not None:
            keep_rows(
                subject=selectors.compared_subject(before, after),
                columns=["added", "changed", "removed", "first", "last"],
                rows=[
                    [counted.added, counted.changed, counted.removed, *map(_day, (counted.first_day, counted.last_day))]
                ],
                total=counted.added + counted.changed + counted.removed,
            )
        keep_rows(
            subject=claim.work.subject,
            columns=found.columns,
            rows=[[row.kind, list(row.before), list(row.after)] for row in found.rows],
            total=found.total,
        )


def _day(day: object) -> str | None:
    return None if day is None else str(day)


def _both(claim: Claim) -> tuple[DatasetVersion, DatasetVersion]:
    return selectors.version_for(claim.args["before"]), selectors.version_for(claim.args["after"])


def _compared(claim: Claim, before: DatasetVersion, after: DatasetVersion) -> tuple[Path, engine.Compared | None]:
    """The file of differences, made now unless it is there and counted."""
    path = _file(before, after, "parquet")
    if path.is_file() and selectors.row_page(selectors.compared_subject(before, after)) is not None:
        return path, None
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    keys = [version.came_from.mapping["key"] for version in (before, after) if version.came_from is not None]
    key = tuple(keys[0]) if len(keys) == 2 and keys[0] == keys[1] else ()
    files = [tuple(entry.path for entry in selectors.files_of(version)) for version in (before, after)]
    return path, _run(engine.Compare(*files, key, str(path)), claim)


def _run(request: engine.Request, claim: Claim):
    try:
        return run_engine(request, claim)
    except engine.EngineFailure as failure:
        raise WorkFailed(failure.message, retry=False, params=failure.params) from failure


def ask_for_comparison_file(*, actor: Actor, before: DatasetVersion, after: DatasetVersion, language: str) -> Work:
    """Have all rows that differ written to a CSV file for people who read `language`; the work that does it."""
    actor.must("metrics.rows")
    return enqueue(
        "datasets.export_comparison",
        subject=f"{before.pk}:{after.pk}:{language}",
        about=before.dataset.name,
        asked_by=actor.id,
        before=str(before.pk),
        after=str(after.pk),
        language=language,
    )


def export_comparison(claim: Claim) -> None:
    """Handler: write all rows in which two versions differ as CSV, safe to open in a spreadsheet."""
    before, after = _both(claim)
    path, _counted = _compared(claim, before, after)
    language = claim.args["language"]
    final = _file(before, after, language)
    draft = final.with_name(f".{uuid4().hex}")
    with translation.override(language):
        kinds = {kind: _(word) for kind, word in CHANGES.items()}
        request = engine.ExportDifferences(
            str(path), str(draft), kinds, pgettext("difference", "Change"), _("%s (before)")
        )
    try:
        _run(request, claim)
        with claim.completing():
            os.replace(draft, final)
    finally:
        draft.unlink(missing_ok=True)


def comparison_file(before: DatasetVersion, after: DatasetVersion, language: str) -> Path | None:
    """The file of all rows that differ in a language, if a worker has made it."""
    path = _file(before, after, language)
    return path if path.is_file() else None


def _file(before: DatasetVersion, after: DatasetVersion, what: str) -> Path:
    """Where the differences lie, as Parquet or (`what` is a language) as CSV."""
    if what != "parquet" and what not in dict(settings.LANGUAGES):
        raise ValueError(f"{what!r} is not a language of the product.")
    ending = what if what == "parquet" else f"{what}.csv"
    return root() / COMPARED / f"{before.pk}-{after.pk}.{ending}"
