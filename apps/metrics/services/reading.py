"""Worker: read the uploaded rows behind a value."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from apps import engine
from apps.datasets import selectors as datasets
from apps.datasets import services as data
from apps.datasets.services.running import run_engine
from apps.engine import EngineFailure
from apps.kernel.issue import N_
from apps.kernel.period import Grain, Period
from apps.metrics import selectors
from apps.metrics.domain.behind import Look, looks_of
from apps.metrics.domain.definition import Definition, built_in_of, datasets_of, parse, trailing_of
from apps.metrics.domain.money import Money, money_of
from apps.metrics.models import MetricValue
from apps.metrics.selectors.sources import rows_subject
from apps.metrics.services.money import in_home_currency
from apps.metrics.services.plans import Shape, attribute_of, plans_of, series_of, without_tables
from apps.metrics.services.rows import ROWS_PER_PAGE
from apps.metrics.services.sources import source_in
from apps.work.services import Claim, WorkFailed
from apps.workspaces.scope import current_workspace

GONE = N_("The value was computed anew meanwhile. Open it again to see its rows.")


def read_rows(claim: Claim) -> None:
    """Read the page of rows that `request_rows` asked for, and keep it as a page of the datasets room.

    Each row is kept as the id of its upload, its row number in that file, and its cells.
    """
    side, page = str(claim.args["side"]), int(claim.args["page"])
    value = value_asked_for(claim, side, page)
    found = rows_of(claim, value, side, (page - 1) * ROWS_PER_PAGE, ROWS_PER_PAGE)
    with claim.completing():
        data.keep_rows(
            subject=claim.work.subject,
            columns=found.columns,
            rows=[[row.upload, row.row, *row.cells] for row in found.rows],
            total=found.total,
        )


def value_asked_for(claim: Claim, side: str, page: int) -> MetricValue:
    """The value whose rows were asked for; WorkFailed if it is another one by now."""
    value = MetricValue.objects.select_related("version", "metric").filter(pk=claim.args["value_id"]).first()
    if value is None or rows_subject(value, side, page) != claim.work.subject:
        raise WorkFailed(GONE, retry=False)
    return value


def rows_of(claim: Claim, value: MetricValue, side: str, offset: int, limit: int) -> engine.RowPage:
    """Rows of a look (`domain.behind`) at a value, from `offset` on. WorkFailed if the engine cannot read them."""
    definition = parse(value.version.definition)
    looks = {look.name: look for look in looks_of(definition, value.dimension, value.member)}
    if side not in looks:
        raise WorkFailed(GONE, retry=False)
    request = _Asked(value, definition, looks[side]).request()
    try:
        return run_engine(replace(request, offset=offset, limit=limit), claim)
    except EngineFailure as failure:
        raise WorkFailed(failure.message, retry=failure.retry, params=failure.params) from failure


@dataclass(frozen=True)
class _Asked:
    """A look at the rows of a value, and what it takes to ask the engine for them."""

    value: MetricValue
    definition: Definition
    look: Look

    def request(self) -> engine.Rows:
        """The same plan that gave the value, on the same versions of the data."""
        dataset, plan, side = self._plan()
        tables = {key: tuple(datasets.files_of(_version_behind(self.value, key))) for key in plan.table_keys()}
        money = money_of(self.definition, selectors.known())
        rates = _rates_behind(self.value, money)
        plan, tables = in_home_currency(plan, dataset, money, rates), rates | tables
        return engine.Rows(
            files=tuple(datasets.files_of(_version_behind(self.value, dataset))),
            plan=without_tables(plan, [key for key, files in tables.items() if not files]),
            period=self._days(plan),
            member=self.value.member if self._is_split else None,
            side=side,
            series=self._series(),
            table="" if self.look.dataset == dataset else self.look.dataset,
            tables={key: files for key, files in tables.items() if files},
            calendar=current_workspace().calendar,
        )

    @property
    def _is_split(self) -> bool:
        return bool(self.value.dimension) and self.value.dimension != built_in_of(self.definition)

    @property
    def _period(self) -> Period:
        return current_workspace().calendar.period_of(self.value.period_start, Grain(self.value.grain))

    def _plan(self) -> tuple[str, Any, str]:
        """The plan with the data set it is asked of. A ratio of two data sets has a plan for each side."""
        period = self._period
        types = {key: self._types(key) for key in datasets_of(self.definition)}
        told = self.definition.entity_dimension(self.value.dimension)
        split = self.value.dimension if self._is_split and told is None else None
        attribute = attribute_of(told, source_in(_version_behind(self.value, told.dataset))) if told else None
        shape = Shape(period.grain, split, period.start, period.end - timedelta(days=1), attribute)
        plans = list(plans_of(self.definition, shape, types))
        if len(plans) == 1:
            return *plans[0], self.look.side
        return *plans[self.look.side == "denominator"], "numerator"

    def _types(self, dataset: str) -> dict[str, str]:
        version = _version_behind(self.value, dataset)
        return {column.name: str(column.type) for column in datasets.columns_of(version.dataset)}

    def _series(self) -> str:
        return series_of(self.definition) if not self.value.dimension or self._is_split else self.value.member

    def _days(self, plan: Any) -> tuple[date, date]:
        """The days of the period; of a plain number, with those of its window."""
        trailing = trailing_of(self.definition) if isinstance(plan, engine.MeasurePlan) else 1
        span = current_workspace().calendar.trailing(self._period, trailing)
        return span.start, span.end


def _rates_behind(value: MetricValue, money: Money) -> dict[str, tuple[engine.FileEntry, ...]]:
    """The exchange rates, in the version that the value names; nothing if it names none."""
    for version_id in value.dataset_versions if money.rates else ():
        version = datasets.version_for(version_id)
        if version.dataset.key == money.rates.dataset:
            return {money.rates.dataset: tuple(datasets.files_of(version))}
    return {}


def _version_behind(value: MetricValue, dataset_key: str) -> Any:
    """The version of the data that the value names; its files are unchanging, so its rows are exactly these."""
    for version_id in value.dataset_versions:
        version = datasets.version_for(version_id)
        if version is not None and version.dataset.key == dataset_key:
            return version
    raise WorkFailed(GONE, retry=False)
