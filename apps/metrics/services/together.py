"""Define many metrics in one go: each is checked against all of them as they will be, so that no order is needed."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction

from apps.accounts.domain.roles import Actor
from apps.audit.services import record
from apps.kernel.issue import Issue, Refusal
from apps.metrics import selectors
from apps.metrics.domain import checks, graph
from apps.metrics.domain.definition import Definition, parse
from apps.metrics.models import Metric, MetricVersion
from apps.metrics.services.dating import Since, Start
from apps.metrics.services.definitions import MEND_FIRST, add_version
from apps.metrics.services.locks import hold_metrics
from apps.work.services import enqueue
from apps.workspaces.scope import current_workspace


@transaction.atomic
def define_together(
    *, actor: Actor, definitions: Sequence[Definition], note: str = "", start: Start = Since.RUNNING
) -> list[MetricVersion]:
    """Define metrics, or give those of the same key a new version; the versions that were made.

    What is defined so already gets none. An archived metric comes back into use. All or nothing: Refusal with every
    issue at once, each at “key.field”. `start`: from when on other versions of scores hold. Values are asked for
    once, so that each data set is read once.
    """
    actor.must("metrics.edit")
    held = hold_metrics()
    wanted = {definition.key: definition for definition in definitions}
    changed = [wanted[key] for key in _inputs_first(wanted) if not _is_so(held.get(key), wanted[key])]
    _must_fit_together(changed, wanted)
    made = []
    for definition in changed:
        metric = held.get(definition.key) or Metric.objects.create(key=definition.key)
        before = metric.current_version
        if metric.archived_at is not None:
            _bring_back(metric, actor)
        if before is None or parse(before.definition) != definition:
            made.append(add_version(metric, definition, actor, note, compute=False, start=start))
    if changed:
        enqueue("metrics.compute_all", subject=current_workspace().pk, asked_by=actor.id)
    return made


def _is_so(metric: Metric | None, definition: Definition) -> bool:
    """Whether the metric is in use and defined so already."""
    if metric is None or metric.archived_at is not None or metric.current_version is None:
        return False
    return parse(metric.current_version.definition) == definition


def _inputs_first(wanted: dict[str, Definition]) -> list[str]:
    read = {key: checks.inputs_of(definition) for key, definition in wanted.items()}
    return list(wanted) if graph.find_cycle(read) else graph.in_order(read)


def _must_fit_together(changed: Sequence[Definition], wanted: dict[str, Definition]) -> None:
    known = selectors.known()
    known = checks.Known(known.datasets, {**known.metrics, **wanted}, known.currency)
    issues = [
        Issue(f"{definition.key}.{issue.where}".rstrip("."), issue.message, issue.params)
        for definition in changed
        for issue in checks.issues(definition, known)
        if issue.blocking
    ]
    if issues:
        raise Refusal(MEND_FIRST, issues=issues)


def _bring_back(metric: Metric, actor: Actor) -> None:
    metric.archived_at = None
    metric.save(update_fields=["archived_at"])
    record(actor=actor, act="metric.restored", subject=metric)
