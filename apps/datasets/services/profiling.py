"""What the rows of a version come to, found by a worker; and how the dataset stands after it."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

from django.db import transaction
from django.db.models import F, Sum

from apps import engine
from apps.common import formats
from apps.datasets import selectors
from apps.datasets.domain import health
from apps.datasets.models import Check, CheckResult, Dataset, DatasetVersion, Health, VersionProfile
from apps.datasets.services.hearing import health_changed
from apps.datasets.services.running import run_engine
from apps.work.services import Claim, WorkFailed, enqueue

SETTLE_SECONDS = 5
"""Files often come several at once: they are looked at together."""


def ask_for_profile(dataset: Dataset, *, settle: int = SETTLE_SECONDS) -> object:
    """Have the current version of a dataset looked at by a worker, in the caller's transaction."""
    return enqueue("datasets.profile", subject=dataset.pk, about=dataset.name, settle=settle)


def profile_dataset(claim: Claim) -> None:
    """Handler: look at every row of the dataset's current version, keep what was found, and say how it stands."""
    dataset = Dataset.objects.select_related("current_version__upload").filter(pk=claim.work.subject).first()
    if dataset is None or dataset.current_version is None:
        return
    version, checks = dataset.current_version, list(selectors.checks_of(dataset))
    rules = tuple(selectors.check_as_said(check).rule(str(check.pk)) for check in checks)
    try:
        found = run_engine(engine.Profile(selectors.files_of(version), rules, _newest(version)), claim)
    except engine.EngineFailure as failure:
        raise WorkFailed(failure.message, retry=False, params=failure.params) from failure
    with claim.completing():
        _keep(version, found)
        _keep_results(version, checks, found)
        judge(dataset)


def _newest(version: DatasetVersion) -> str:
    return str(version.upload_id) if version.upload_id else ""


def _keep(version: DatasetVersion, found: engine.Profiled) -> None:
    uploads = {each.upload: [each.rows, each.first.isoformat(), each.last.isoformat()] for each in found.uploads}
    values = {
        "rows": found.rows,
        "columns": [column.to_json() for column in found.columns],
        "days": [[day.day.isoformat(), day.rows] for day in found.days],
        "uploads": uploads,
        "jumps": [vars(jump) for jump in _jumps(version, found)],
    }
    VersionProfile.objects.update_or_create(version=version, defaults=values)


def _jumps(version: DatasetVersion, found: engine.Profiled) -> list[health.Jump]:
    """Columns of the newest file that are empty more often than those of all rows before it."""
    new_rows = next((each.rows for each in found.uploads if each.upload == _newest(version)), 0)
    before_rows = found.rows - new_rows
    new = {column.name: column.newest_nulls for column in found.columns}
    before = {column.name: column.nulls - column.newest_nulls for column in found.columns}
    if not before_rows:  # the file replaced everything: what was there before it counts
        earlier = VersionProfile.objects.filter(version__dataset=version.dataset_id, version__number__lt=version.number)
        last = earlier.order_by("-version__number").first()
        if last is None:
            return []
        before_rows, before = last.rows, {column["name"]: column["nulls"] for column in last.columns}
    return health.jumps(new, new_rows, before, before_rows)


def _keep_results(version: DatasetVersion, checks: list[Check], found: engine.Profiled) -> None:
    by_id = {str(check.pk): check for check in checks}
    refused = version.upload.broken if version.upload else {}
    CheckResult.objects.filter(version=version).delete()
    CheckResult.objects.bulk_create(
        CheckResult(
            version=version,
            tested=by_id[result.rule],
            failing=result.failing,
            refused=refused.get(result.rule, 0),
            examples=[[each.upload, each.row, list(each.cells)] for each in result.examples],
        )
        for result in found.rules
        if result.rule in by_id
    )


@transaction.atomic
def judge(dataset: Dataset) -> Health:
    """Say how a dataset stands by what is known of its current version and of its rhythm; tell who wants to hear."""
    row, _made = Health.objects.select_for_update().get_or_create(dataset=dataset)
    before = _standing(row)
    version_id = dataset.current_version_id
    broken = CheckResult.objects.filter(version=version_id, failing__gt=0, tested__ended_at=None)
    row.version_id, row.checks = version_id, broken.count()
    row.rows = broken.aggregate(rows=Sum(F("failing")))["rows"] or 0
    profile = VersionProfile.objects.filter(version=version_id).only("jumps").first()
    jumps = [health.Jump(**jump) for jump in profile.jumps] if profile else []
    row.empty = [[jump.column, _percent(jump.share), _percent(jump.before)] for jump in jumps]
    row.save()
    if _standing(row) != before:
        health_changed()
    return row


def _standing(row: Health) -> tuple[object, ...]:
    return row.late_from, row.checks, row.rows, row.empty


def _percent(share: Fraction) -> str:
    return formats.percent(Decimal(share.numerator) / Decimal(share.denominator), language="en")
