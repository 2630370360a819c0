"""Workers: what definitions come to on the data as it is, without writing a value. Totals only."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from django.utils import timezone

from apps.kernel.issue import N_, Issue
from apps.kernel.period import Calendar
from apps.metrics import selectors
from apps.metrics.domain import checks, filling, graph, values
from apps.metrics.domain.definition import Definition, datasets_of, document_of, is_derived
from apps.metrics.domain.money import reads
from apps.metrics.domain.reasons import Reason
from apps.metrics.domain.sheet import Entry, Place, Sheet
from apps.metrics.domain.values import Cell
from apps.metrics.models import Metric, MetricValue, MetricVersion
from apps.metrics.services.jobs import jobs, problems_of
from apps.metrics.services.measure import Survey
from apps.metrics.services.sources import sources
from apps.work.services import Claim, WorkFailed
from apps.workspaces.scope import current_workspace

CANNOT_BE_COMPUTED = N_("The definition cannot be computed: %(issues)s")

Cells = dict[Place, Cell]


@dataclass(frozen=True)
class Trial:
    """Cells by the name each definition was given, and by key the number of the data version each data set had."""

    cells: Mapping[str, Cells]
    numbers: Mapping[str, int] = field(default_factory=dict)


def try_out(claim: Claim, definitions: Mapping[str, Definition]) -> Trial:
    """Compute each of `definitions` (by any name) for every period the data covers, all from the same data versions.

    Typed metrics come to the values they have. WorkFailed says what is wrong with a definition, or EngineFailure with
    the data.
    """
    known, workspace, now = selectors.known(), current_workspace(), timezone.now()
    bare = {
        name: definition.model_copy(update={"dimensions": (), "entity_dimensions": ()})
        for name, definition in definitions.items()
    }
    measured = {name: definition for name, definition in bare.items() if datasets_of(definition)}
    found = sources({dataset for definition in measured.values() for dataset in reads(definition, known)})
    for definition in measured.values():
        _must_be_computable(problems_of(definition, known, found))
    cells = _measured(claim, measured, found, known, workspace.calendar, now)
    for name, definition in bare.items():
        if is_derived(definition):
            cells[name] = _calculated(definition, known, workspace.calendar, workspace.calendar.today(now))
        elif name not in cells:
            cells[name] = _typed(definition)
    return Trial(cells, {key: source.number for key, source in found.items()})


def _must_be_computable(problems: list[Issue]) -> None:
    if problems:
        said = " ".join(str(problem) for problem in problems)
        raise WorkFailed(CANNOT_BE_COMPUTED, retry=False, params={"issues": said})


def _measured(
    claim: Claim,
    definitions: Mapping[str, Definition],
    found: Mapping,
    known: checks.Known,
    calendar: Calendar,
    now: datetime,
) -> dict[str, Cells]:
    """From rows: the jobs of a computation, for metrics that exist on paper only."""
    paper = [
        Metric(key=name, current_version=MetricVersion(definition=document_of(definition)))
        for name, definition in definitions.items()
    ]
    wanted = list(jobs(paper, found, calendar, calendar.today(now), known))
    types = {
        key: {column.key: column.type for column in dataset.columns.values()} for key, dataset in known.datasets.items()
    }
    findings = Survey(wanted, types).run(claim, calendar)
    cells: dict[str, Cells] = {}
    for job in wanted:
        cells[job.key] = {}
        for grain in job.definition.grains:
            part = findings.get((job.key, grain.value, ""))
            if part is not None:
                cells[job.key] |= dict(filling.cells(job.definition, job.frame, job.periods(grain), "", part))
    return cells


def _calculated(definition: Definition, known: checks.Known, calendar: Calendar, today: date) -> Cells:
    """A formula or score over the stored values of the metrics it rests on."""
    definitions = {**known.metrics, definition.key: definition}
    edges = {key: checks.inputs_of(other) for key, other in definitions.items()}
    leaves = [key for key in graph.inputs_of([definition.key], edges) if not is_derived(definitions[key])]
    entries: dict[str, dict[Place, Entry]] = defaultdict(dict)
    rows = MetricValue.objects.filter(metric__key__in=leaves, dimension="").exclude(
        state=values.NO_DATA, reason__message=values.NO_LONGER_COVERED
    )
    for row in rows.select_related("metric"):
        sides = (row.value, None) if row.numerator is None else (row.numerator, row.denominator)
        exact = None if row.value is None else values.exact_value(*sides)
        entries[row.metric.key][Place(row.grain, row.period_start)] = Entry(exact, row.state)
    names = {key: other.name.text(current_workspace().language) for key, other in definitions.items()}
    sheet = Sheet(definitions, entries, names, calendar, today)
    periods = {(place.grain, place.start) for leaf in entries.values() for place in leaf}
    return {place: sheet.cell(definition.key, place) for place in sheet.places(definition.key, periods)}


def _typed(definition: Definition) -> Cells:
    rows = MetricValue.objects.filter(metric__key=definition.key, dimension="", grain__in=definition.grains)
    return {
        Place(row.grain, row.period_start): Cell(
            row.numerator, row.denominator, row.value, row.n, row.state, Reason.from_json(row.reason)
        )
        for row in rows
    }
