"""Read metrics and their definitions."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.utils.translation import get_language

from apps.datasets import selectors as datasets
from apps.kernel.issue import N_, Issue, NotHere
from apps.metrics.domain import checks, words
from apps.metrics.domain.definition import Definition, parse
from apps.metrics.domain.fields import Rates
from apps.metrics.models import ComputeRun, Metric, MetricValue, MetricVersion
from apps.metrics.selectors.eras import scores_in_time
from apps.metrics.selectors.shapes import MetricLike, MetricView, certification_of
from apps.workspaces.scope import current_workspace

NO_METRIC = N_("There is no such metric.")


def metrics(*, archived: bool = False) -> list[MetricView]:
    """All metrics by name, without the archived ones unless they are asked for. One query."""
    rows = stored_metrics() if archived else stored_metrics().filter(archived_at__isnull=True)
    return sorted((view_of(metric) for metric in rows), key=lambda view: (view.name.casefold(), view.key))


def metrics_by_id(metric_ids: Iterable[UUID]) -> dict[UUID, MetricView]:
    """Some metrics, archived ones too, by id. One query, none without ids."""
    ids = set(metric_ids)
    return {metric.pk: view_of(metric) for metric in stored_metrics().filter(pk__in=ids)} if ids else {}


def metric_for(metric: MetricLike) -> MetricView:
    """One metric by id or key (a view is handed back as it is); NotHere if there is none. One query at most."""
    if isinstance(metric, MetricView):
        return metric
    lookup = {"pk": metric} if isinstance(metric, UUID) else {"key": metric}
    found = stored_metrics().filter(**lookup).first()
    if found is None:
        raise NotHere(NO_METRIC)
    return view_of(found)


def definition_of(metric: MetricLike) -> Definition:
    """The current definition. One query at most."""
    return metric_for(metric).definition


def known(among: Iterable[MetricView] | None = None) -> checks.Known:
    """What a definition may refer to: data sets with their columns, and the metrics in use; scores with what still
    holds for earlier periods. Two queries, and a third once a score has changed; one less with `among`, all metrics
    where they have been read already.
    """
    stored = list(datasets.datasets().defer("current_version__files", "current_version__columns"))
    sets = {
        dataset.key: checks.KnownDataset(
            dataset.key,
            dataset.name,
            {
                column.name: checks.KnownColumn(column.name, column.source, str(column.type), str(column.role))
                for column in datasets.columns_of(dataset)
            },
            tuple(dataset.row_key),
        )
        for dataset in stored
    }
    views = metrics() if among is None else [view for view in among if not view.archived]
    dated = scores_in_time({view.id: (view.definition, view.version_number) for view in views})
    definitions = {view.key: dated[view.id] for view in views}
    return checks.Known(sets, definitions, current_workspace().currency, _rates(stored))


def _rates(stored: Iterable[Any]) -> Rates | None:
    """The company's exchange rates."""
    for dataset in stored:
        named = {column.role: column.name for column in datasets.columns_of(dataset)}
        if "rate" in named and "currency" in named:
            return Rates(dataset.key, dataset.name, named["currency"], named["rate"], dataset.rate_days)
    return None


def in_words(definition: Definition, known_things: checks.Known | None = None) -> str:
    """A definition as one sentence in the active language. Two queries, or none with `known_things`."""
    return words.in_words(definition, get_language(), known_things or known())


def versions_of(metric: MetricLike) -> list[MetricVersion]:
    """Every version, newest first; `parse(version.definition)` reads it. One query (two by key)."""
    return list(MetricVersion.objects.filter(metric_id=metric_for(metric).id))


def users_of(metric: MetricLike) -> list[MetricView]:
    """The metrics whose formula names this one. One query (two by id or key)."""
    key = metric_for(metric).key
    return [view for view in metrics() if key in checks.inputs_of(view.definition)]


def runs_of(metric: MetricLike, limit: int = 20) -> list[ComputeRun]:
    """The newest computations that gave one of the values this metric has now. One query (two by id or key)."""
    runs = MetricValue.objects.filter(metric_id=metric_for(metric).id).values("run")
    return list(ComputeRun.objects.filter(pk__in=runs)[:limit])


def latest_run() -> ComputeRun | None:
    """The newest computation of the workspace. One query."""
    return ComputeRun.objects.first()


def stored_metrics() -> QuerySet[Metric]:
    return Metric.objects.filter(current_version__isnull=False).select_related("current_version")


def view_of(metric: Metric) -> MetricView:
    version = metric.current_version
    definition = parse(version.definition)
    return MetricView(
        id=metric.pk,
        key=metric.key,
        name=definition.name.text(get_language()),
        definition=definition,
        version_number=version.number,
        version_id=version.pk,
        owner_id=metric.owner_id,
        owner_name=metric.owner_name,
        is_computed=metric.computed_version_id == version.pk,
        computed_at=metric.computed_at,
        problems=tuple(Issue(p["where"], p["message"], p["params"], p["blocking"]) for p in metric.problem),
        warnings=tuple(Issue("", told["message"], told["params"], blocking=False) for told in metric.warnings),
        archived=metric.archived_at is not None,
        certified=certification_of(version),
        lapsed_from=version.lapsed_from,
    )
