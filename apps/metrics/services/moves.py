"""Two versions of a data set: which metrics use its columns, and whose values differ by how much. Workers compute."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from django.urls import reverse
from django.utils import timezone

from apps.datasets import selectors as datasets
from apps.datasets import services as data
from apps.engine import EngineFailure
from apps.kernel.issue import N_, NotHere
from apps.metrics import selectors
from apps.metrics.domain import checks, filling, graph, values
from apps.metrics.domain.definition import Definition, datasets_of, document_of, is_derived
from apps.metrics.domain.money import reads
from apps.metrics.domain.sheet import Entry, Place, Sheet
from apps.metrics.domain.values import Cell
from apps.metrics.models import Metric, MetricValue, MetricVersion
from apps.metrics.services.jobs import jobs, problems_of
from apps.metrics.services.measure import Survey
from apps.metrics.services.sources import Source, Step, source_as_of, sources
from apps.work.services import Claim, WorkFailed, enqueue
from apps.workspaces.scope import current_workspace

if TYPE_CHECKING:
    from apps.accounts.domain.roles import Actor
    from apps.work.services import Work

MOST_PERIODS = 12
"""Periods of a metric that are kept, the latest; how many there are is kept as well."""

Cells = dict[Place, Cell]


def users_of_columns(dataset: Any, names: Sequence[str]) -> dict[str, list[data.User]]:
    """The metrics that could not be computed without a column, by its name. Three queries."""
    known = selectors.known()
    there = known.datasets[dataset.key]
    reading = {key: each for key, each in known.metrics.items() if dataset.key in reads(each, known)}
    fine = {key for key, each in reading.items() if not _blocked(each, known)}
    language = current_workspace().language
    found: dict[str, list[data.User]] = {}
    for name in names:
        columns = {key: column for key, column in there.columns.items() if key != name}
        without = replace(known, datasets={**known.datasets, dataset.key: replace(there, columns=columns)})
        found[name] = [
            data.User(reading[key].name.text(language), reverse("metrics:detail", args=[key]))
            for key in sorted(fine)
            if _blocked(reading[key], without)
        ]
    return found


def _blocked(definition: Definition, known: checks.Known) -> bool:
    return any(issue.blocking for issue in checks.issues(definition, known))


def moves_subject(before: Any, after: Any) -> str:
    """Under what the values that differ between two versions are kept."""
    return f"moves/{before.pk}/{after.pk}"


def ask_for_moves(*, actor: Actor, before: Any, after: Any) -> Work:
    """Have the values that differ between two versions computed; the work that does it."""
    actor.must("metrics.rows")
    return enqueue(
        "metrics.moves",
        subject=moves_subject(before, after),
        about=before.dataset.name,
        asked_by=actor.id,
        before=str(before.pk),
        after=str(after.pk),
    )


def compute_moves(claim: Claim) -> None:
    """Handler: compute every metric over both versions in the periods that can differ, and keep what does.

    A kept row: the metric's key, grain, first day of the period, value before and after as exact fractions ("": none),
    and how many periods of it differ.
    """
    both = [datasets.version_for(claim.args[name]) for name in ("before", "after")]
    _keep(claim, _differences(claim, both[0].dataset.key, [source_as_of(version) for version in both]))


def upload_moves_subject(upload: Any) -> str | None:
    """Under what the values that differ are kept if an upload that waits is applied, or one in the data is deleted;
    None: that is nothing to compare."""
    found = data.compared_by(upload)
    return None if found is None else f"moves/{found[0].pk}/{found[1]}"


def ask_for_upload_moves(*, actor: Actor, upload: Any) -> Work:
    """Have the values computed that would differ; the work that does it. NotHere where there is nothing to compare."""
    actor.must("metrics.rows")
    subject = upload_moves_subject(upload)
    if subject is None:
        raise NotHere(N_("There is nothing to compare here any more."))
    return enqueue(
        "metrics.upload_moves",
        subject=subject,
        about=upload.filename,
        asked_by=actor.id,
        upload=str(upload.pk),
    )


def compute_upload_moves(claim: Claim) -> None:
    """Handler: compute every metric over the data as it is and as an upload would make it, or its deletion leave it;
    nothing of that is applied. Kept as by `compute_moves`."""
    upload = datasets.upload_for(claim.args["upload"])
    if upload_moves_subject(upload) != claim.work.subject:
        return  # the data changed meanwhile, or the file was applied: nobody asks for this any more
    now = source_as_of(upload.dataset.current_version)
    with data.candidate(upload, claim) as then:
        step = Step(
            number=now.number + 1,
            id=claim.work.subject,
            anew=then.anew,
            first=then.span[0],
            last=then.span[1],
            changed=then.changed if then.changed[0] else None,
            speaks=then.speaks,
        )
        rows = _differences(claim, now.key, [now, replace(now, steps=(*now.steps, step), files=then.files)])
    _keep(claim, rows)


def _differences(claim: Claim, key: str, sides: Sequence[Source]) -> list[list[Any]]:
    """The rows to keep: where values over two states of a data set differ."""
    known = selectors.known()
    definitions = {name: each for name, each in known.metrics.items() if key in reads(each, known)}
    others = {name for each in definitions.values() for name in reads(each, known)} - {key}
    found = sources(others)
    try:
        before, after = (_computed(claim, definitions, {**found, key: side}, known) for side in sides)
    except EngineFailure as failure:
        raise WorkFailed(failure.message, retry=failure.retry, params=failure.params) from failure
    return [row for name in sorted(before.keys() | after.keys()) for row in _differing(name, before, after)]


def _keep(claim: Claim, rows: list[list[Any]]) -> None:
    with claim.completing():
        data.keep_rows(
            subject=claim.work.subject,
            columns=["metric", "grain", "period", "before", "after", "periods"],
            rows=rows,
            total=len({row[0] for row in rows}),
        )


def _computed(
    claim: Claim,
    definitions: Mapping[str, Definition],
    found: Mapping[str, Source],
    known: checks.Known,
) -> dict[str, Cells]:
    """What the metrics come to over these sources, without splits; then the formulas and scores that rest on them."""
    calendar, today = current_workspace().calendar, current_workspace().calendar.today(timezone.now())
    bare = {
        name: definition.model_copy(update={"dimensions": (), "entity_dimensions": ()})
        for name, definition in definitions.items()
        if datasets_of(definition) and not problems_of(definition, known, found)
    }
    paper = [
        Metric(key=name, current_version=MetricVersion(definition=document_of(definition)))
        for name, definition in bare.items()
    ]
    wanted = list(jobs(paper, found, calendar, today, known))
    types = {key: {column.key: column.type for column in each.columns.values()} for key, each in known.datasets.items()}
    findings = Survey(wanted, types).run(claim, calendar)
    cells: dict[str, Cells] = {}
    for job in wanted:
        cells[job.key] = {}
        for grain in job.definition.grains:
            part = findings.get((job.key, grain.value, ""))
            if part is not None:
                cells[job.key] |= dict(filling.cells(job.definition, job.frame, job.periods(grain), "", part))
    return cells | dict(_calculated(cells, known, today))


def _calculated(cells: Mapping[str, Cells], known: checks.Known, today: Any) -> Iterator[tuple[str, Cells]]:
    """Every formula and score above these cells; the other metrics they rest on have the values that are stored."""
    edges = {key: checks.inputs_of(each) for key, each in known.metrics.items()}
    above = [
        key for key, each in known.metrics.items() if is_derived(each) and graph.inputs_of([key], edges) & cells.keys()
    ]
    leaves = {leaf for leaf in graph.inputs_of(above, edges) if not is_derived(known.metrics[leaf])}
    entries: dict[str, dict[Place, Entry]] = defaultdict(dict)
    stored = MetricValue.objects.filter(metric__key__in=leaves - cells.keys(), dimension="").select_related("metric")
    for row in stored.exclude(state=values.NO_DATA, reason__message=values.NO_LONGER_COVERED):
        entries[row.metric.key][Place(row.grain, row.period_start)] = _entry(row)
    for key in leaves & cells.keys():
        entries[key] = {place: _entry(cell) for place, cell in cells[key].items()}
    workspace = current_workspace()
    names = {key: each.name.text(workspace.language) for key, each in known.metrics.items()}
    sheet = Sheet(known.metrics, entries, names, workspace.calendar, today)
    periods = {(place.grain, place.start) for leaf in entries.values() for place in leaf}
    for key in above:
        yield key, {place: sheet.cell(key, place) for place in sheet.places(key, periods)}


def _entry(row: Any) -> Entry:
    return Entry(_exact(row), row.state)


def _exact(row: Any) -> Any:
    sides = (row.value, None) if row.numerator is None else (row.numerator, row.denominator)
    return None if row.value is None else values.exact_value(*sides)


def _differing(name: str, before: Mapping[str, Cells], after: Mapping[str, Cells]) -> list[list[Any]]:
    """The latest periods of the coarsest grain in which a metric's values differ."""
    was, now = before.get(name, {}), after.get(name, {})
    texts = {place: tuple(_text(side.get(place)) for side in (was, now)) for place in was.keys() | now.keys()}
    moved = {place: pair for place, pair in texts.items() if pair[0] != pair[1]}
    if not moved:
        return []
    grain = max({place.grain for place in moved}, key=_ORDER.index)
    chosen = sorted((place for place in moved if place.grain == grain), key=lambda place: place.start, reverse=True)
    return [[name, grain, place.start.isoformat(), *moved[place], len(chosen)] for place in chosen[:MOST_PERIODS]]


def _text(cell: Cell | None) -> str:
    exact = None if cell is None else _exact(cell)
    return "" if exact is None else str(exact)


_ORDER = ("day", "week", "year", "half", "quarter", "month")
"""The grain that a metric's moves are told in: the last of these that it has."""
