"""Ask for values to be computed anew: what is up to date already is left as it is."""

from __future__ import annotations

from django.db import transaction

from apps.accounts.domain.roles import Actor
from apps.datasets import selectors as datasets
from apps.kernel.issue import N_, NotHere, Refusal
from apps.metrics import selectors
from apps.work.services import Work, enqueue
from apps.workspaces.scope import current_workspace


@transaction.atomic
def request_compute(*, actor: Actor, metric: str = "", dataset: str = "") -> Work:
    """Have a metric (by key), every metric of a data set (by key), or without either all metrics brought up to date."""
    actor.must("metrics.edit")
    if metric and dataset:
        raise Refusal(N_("Name a metric or a data set, not both."))
    if metric:
        view = selectors.metric_for(metric)
        if view.archived:
            raise NotHere(N_("There is no such metric."))
        return enqueue("metrics.compute_metric", subject=view.id, about=view.key, asked_by=actor.id)
    if dataset:
        found = datasets.dataset_by_key(dataset)
        return enqueue("metrics.compute_dataset", subject=found.pk, about=found.name, asked_by=actor.id)
    return enqueue("metrics.compute_all", subject=current_workspace().pk, asked_by=actor.id)
