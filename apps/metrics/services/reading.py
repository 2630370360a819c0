"""Worker: read the uploaded rows behind a value."""

from __future__ import annotations

from apps import engine
from apps.datasets import selectors as datasets
from apps.datasets import services as data
from apps.datasets.services.running import run_engine
from apps.engine import EngineFailure
from apps.kernel.issue import N_
from apps.kernel.period import Grain
from apps.metrics.domain.definition import Aggregation, measures_of, parse, trailing_of
from apps.metrics.models import MetricValue
from apps.metrics.selectors.sources import rows_subject
from apps.metrics.services.measure import aggregation
from apps.metrics.services.rows import ROWS_PER_PAGE
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
    """Rows behind a side of a value from `offset` on. WorkFailed if the engine cannot read them."""
    measures = dict(measures_of(parse(value.version.definition)))
    measure = measures.get(side) or measures["measure"]
    try:
        return run_engine(_request(value, measure, offset, limit), claim)
    except EngineFailure as failure:
        raise WorkFailed(failure.message, retry=failure.retry, params=failure.params) from failure


def _request(value: MetricValue, measure: Aggregation, offset: int, limit: int) -> engine.Rows:
    version = _version_behind(value, measure.dataset)
    calendar = current_workspace().calendar
    definition = parse(value.version.definition)
    period = calendar.period_of(value.period_start, Grain(value.grain))
    trailing = trailing_of(definition)
    plan = engine.MeasurePlan(
        id="rows",
        grain=period.grain,
        trailing=trailing,
        numerator=aggregation(
            measure, {column.name: str(column.type) for column in datasets.columns_of(version.dataset)}
        ),
        split_by=value.dimension or None,
    )
    return engine.Rows(
        files=tuple(datasets.files_of(version)),
        plan=plan,
        period=tuple(calendar.trailing(period, trailing)),
        member=value.member if value.dimension else None,
        side="numerator",
        offset=offset,
        limit=limit,
    )


def _version_behind(value: MetricValue, dataset_key: str) -> object:
    """The version of the data that the value names; its files are unchanging, so its rows are exactly these."""
    for version_id in value.dataset_versions:
        version = datasets.version_for(version_id)
        if version is not None and version.dataset.key == dataset_key:
            return version
    raise WorkFailed(GONE, retry=False)
