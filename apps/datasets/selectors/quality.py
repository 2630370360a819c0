"""Read how datasets stand. Everything was found by workers: nothing here reads uploaded rows."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.db.models import QuerySet
from django.utils.translation import gettext

from apps.common import formats
from apps.datasets.domain import checks, health
from apps.datasets.domain.rhythm import Rhythm
from apps.datasets.models import Check, CheckResult, Dataset, DatasetVersion, Health, VersionProfile
from apps.datasets.models import Rhythm as KeptRhythm
from apps.kernel.issue import Issue


def checks_of(dataset: Dataset) -> QuerySet[Check]:
    """The checks that hold for a dataset, the oldest first."""
    return Check.objects.filter(dataset=dataset, ended_at=None)


def check_as_said(check: Check) -> checks.Check:
    """A check as its domain knows it."""
    return checks.Check(
        kind=check.kind,
        columns=tuple(check.columns),
        low=check.low,
        high=check.high,
        values=tuple(check.values),
        pattern=check.pattern,
        severity=check.severity,
    )


def rhythm_of(dataset: Dataset) -> Rhythm | None:
    """When rows of a dataset are expected; None where nobody said. One query."""
    kept = KeptRhythm.objects.filter(dataset=dataset).first()
    return as_rhythm(kept) if kept else None


def every_check() -> dict[UUID, list[checks.Check]]:
    """The checks of every dataset, by its id, the oldest first. One query."""
    found: dict[UUID, list[checks.Check]] = {}
    for check in Check.objects.filter(ended_at=None):
        found.setdefault(check.dataset_id, []).append(check_as_said(check))
    return found


def every_rhythm() -> dict[UUID, Rhythm]:
    """When rows of every dataset are expected, by its id. One query."""
    return {kept.dataset_id: as_rhythm(kept) for kept in KeptRhythm.objects.all()}


def as_rhythm(kept: KeptRhythm) -> Rhythm:
    """A rhythm as its domain knows it."""
    return Rhythm(kept.every, kept.hour, kept.time_zone, kept.weekday, kept.day)


def standing_of(row: Health) -> health.Standing:
    """How a dataset stands. Its dataset is read with it."""
    empty = tuple((name, share, before) for name, share, before in row.empty)
    return health.Standing(row.dataset.name, row.late_from, row.checks, row.rows, empty)


def standing_for(dataset: Dataset) -> health.Standing:
    """How a dataset stands, also where nobody has looked yet. One query."""
    row = Health.objects.filter(dataset=dataset).select_related("dataset").first()
    return standing_of(row) if row else health.Standing(dataset.name)


def troubled() -> dict[str, health.Standing]:
    """By key, the datasets in use with something that readers of their numbers should know. One query."""
    rows = Health.objects.filter(dataset__archived_at=None).select_related("dataset").order_by("dataset__key")
    found = {row.dataset.key: standing_of(row) for row in rows}
    return {key: standing for key, standing in found.items() if not standing.is_well}


@dataclass(frozen=True)
class Overview:
    """A dataset as the list of all of them shows it; `rhythm`, `health` and `profile` are None where there is none."""

    dataset: Dataset
    rhythm: KeptRhythm | None
    health: Health | None
    checks: int
    looked_at: bool

    @property
    def standing(self) -> health.Standing:
        return standing_of(self.health) if self.health else health.Standing(self.dataset.name)


def overview() -> list[Overview]:
    """Every dataset in use by name, with how it stands. Three queries."""
    rows = Dataset.objects.filter(archived_at=None).select_related("current_version__upload", "rhythm", "health")
    rows = rows.defer("current_version__files", "current_version__upload__shape", "current_version__upload__mapping")
    held: dict[object, int] = {}
    for dataset_id in Check.objects.filter(ended_at=None).values_list("dataset_id", flat=True):
        held[dataset_id] = held.get(dataset_id, 0) + 1
    seen = set(
        VersionProfile.objects.filter(version__in=[row.current_version_id for row in rows]).values_list("pk", flat=True)
    )
    return [
        Overview(
            dataset=dataset,
            rhythm=getattr(dataset, "rhythm", None),
            health=getattr(dataset, "health", None),
            checks=held.get(dataset.pk, 0),
            looked_at=dataset.current_version_id in seen,
        )
        for dataset in rows
    ]


def profile_of(version: DatasetVersion | None) -> VersionProfile | None:
    """What the rows of a version come to, if a worker has looked. One query."""
    return VersionProfile.objects.filter(version=version).first() if version else None


def profile_before(version: DatasetVersion) -> VersionProfile | None:
    """That of the newest earlier version that was looked at, with its version. One query."""
    rows = VersionProfile.objects.filter(version__dataset=version.dataset_id, version__number__lt=version.number)
    return rows.select_related("version").order_by("-version__number").first()


def results_of(dataset: Dataset, numbers: Iterable[int]) -> list[CheckResult]:
    """What checks found in versions of these numbers, the newest first, with version and check. One query."""
    rows = CheckResult.objects.filter(version__dataset=dataset, version__number__in=list(numbers))
    rows = rows.select_related("version", "tested").defer("version__files", "version__columns")
    return list(rows.order_by("-version__number", "tested__made_at", "tested"))


def days_of(profile: VersionProfile) -> dict[date, int]:
    """How many rows each day has."""
    return {date.fromisoformat(day): rows for day, rows in profile.days}


def _in_words(issue: Issue) -> str:
    params = dict(issue.params)
    if "day" in params:
        params["day"] = formats.day(date.fromisoformat(str(params["day"])))
    if "rows" in params:
        params["rows"] = formats.number(int(str(params["rows"])))
    return gettext(issue.message) % params


def warnings_in_words(issues: Iterable[Issue]) -> list[str]:
    """Warnings of `domain.health.warnings` in the reader's language, their days as people write them."""
    return [_in_words(issue) for issue in issues]
