"""The data sets that metrics read, as far as computing needs to know them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from apps.datasets import selectors as datasets
from apps.metrics.domain.values import Coverage
from apps.workspaces.scope import current_workspace

if TYPE_CHECKING:
    from apps.engine.requests import FileEntry

Span = tuple[date, date]
"""A first and a last day, both included."""


@dataclass(frozen=True)
class Step:
    """One version of a data set: what it changed, whether it began everything anew, whether its upload `speaks` for the
    days of its rows (one that only names rows to remove does not), and which version it brings back (0: none)."""

    number: int
    id: str
    anew: bool
    first: date | None
    last: date | None
    changed: Span | None
    speaks: bool = True
    restores: int = 0


@dataclass(frozen=True)
class Source:
    """A data set in its current version, with the versions that led to it."""

    key: str
    name: str
    steps: tuple[Step, ...]
    files: tuple[FileEntry, ...]
    row_key: tuple[str, ...] = ()
    moment: str = ""
    """Its time column, where that knows the time of day."""

    @property
    def number(self) -> int:
        return self.steps[-1].number

    @property
    def version_id(self) -> str:
        return self.steps[-1].id

    def coverage(self, number: int | None = None) -> Coverage:
        """The days its uploads speak for, now or as of an earlier version.

        An upload speaks for the days from its first to its last change; one that replaces everything, for all of its;
        one that removes rows for none. A version that brings back another speaks for what that did.
        """
        spans: list[Span] = []
        after: dict[int, list[Span]] = {}
        last_step: Step | None = None
        for step in self.steps:
            if number is not None and step.number > number:
                break
            whole = (step.first, step.last) if step.first and step.last else None
            span = whole if step.anew else step.changed if step.speaks else None
            if step.restores in after:
                spans = after[step.restores]
            else:
                spans = ([] if step.anew else spans) + ([span] if span else [])
            after[step.number] = spans
            last_step = step
        if last_step is None or last_step.first is None or last_step.last is None:
            return Coverage(self.name)
        return Coverage.of(self.name, spans).within(last_step.first, last_step.last)

    def changed_since(self, number: int) -> Span | None:
        """From the first to the last day that an upload after version `number` changed or began to speak for."""
        spans = [step.changed for step in self.steps if step.number > number and step.changed]
        covered = self.coverage(number).change_to(self.coverage())
        return hull([*spans, covered] if covered else spans)


def hull(spans: Iterable[Span]) -> Span | None:
    """The smallest span around all of them."""
    found = list(spans)
    return (min(first for first, _ in found), max(last for _, last in found)) if found else None


def current_numbers(keys: Iterable[str]) -> dict[str, int]:
    """The number of the current version of each of these data sets that has one."""
    wanted = set(keys)
    return {
        dataset.key: dataset.current_version.number
        for dataset in datasets.datasets().defer("current_version__files", "current_version__columns")
        if dataset.key in wanted and dataset.current_version is not None
    }


def current_basis(keys: Iterable[str]) -> list[list[object]]:
    """What values of these data sets come from now: their versions, the currency, and the exchange rates. One query."""
    wanted, found = set(keys), [[current_workspace().currency]]
    for dataset in datasets.datasets().defer("current_version__files", "current_version__columns"):
        number = dataset.current_version.number if dataset.current_version is not None else 0
        if dataset.key in wanted:
            found.append([dataset.key, number])
        if datasets.holds_rates(dataset):
            found.append([dataset.key, number, dataset.rate_days])
    return sorted(found, key=str)


def sources(keys: Iterable[str]) -> dict[str, Source]:
    """These data sets by key, without those that nothing has been loaded into."""
    wanted = set(keys)
    found = {}
    for dataset in datasets.datasets():
        if dataset.key in wanted and dataset.current_version is not None:
            found[dataset.key] = source_as_of(dataset.current_version)
    return found


def source_as_of(current: object) -> Source:
    """A data set as it was in one version, with those that led to it."""
    dataset = current.dataset
    versions = dataset.versions.filter(number__lte=current.number).select_related("upload", "restores")
    versions = versions.order_by("number").defer(
        "files", "columns", "upload__shape", "upload__mapping", "restores__files", "restores__columns"
    )
    steps = tuple(
        Step(
            number=version.number,
            id=str(version.pk),
            anew=_mode(version) == "replace" or version.number == 1,
            first=version.first_day,
            last=version.last_day,
            changed=(version.changed_first, version.changed_last) if version.changed_first else None,
            speaks=_mode(version) != "delete",
            restores=version.restores.number if version.restores else 0,
        )
        for version in versions
    )
    return _described(current, steps)


def _mode(version: object) -> str:
    return version.upload.mode if version.upload is not None else ""


def source_in(version: object) -> Source:
    """A data set as it was in one version, without those that led to it."""
    return _described(version, ())


def _described(version: object, steps: tuple[Step, ...]) -> Source:
    dataset, files = version.dataset, tuple(datasets.files_of(version))
    moments = [c.name for c in datasets.columns_of(dataset) if c.role == "time" and c.type == "datetime"]
    return Source(dataset.key, dataset.name, steps, files, tuple(dataset.row_key), *moments[:1])
