"""Define metrics, version by version; archive them, and delete those that nothing ever used."""

from __future__ import annotations

from collections import defaultdict
from uuid import UUID

from django.db import transaction
from django.db.models.functions import Now
from django.utils import timezone

from apps.accounts import selectors as accounts
from apps.accounts.domain.roles import Actor
from apps.audit.services import record
from apps.kernel.issue import N_, Issue, NotHere, Refusal
from apps.metrics import selectors
from apps.metrics.domain import checks
from apps.metrics.domain.definition import Definition, document_of, parse
from apps.metrics.domain.differences import same_figures
from apps.metrics.models import FormerFigures, Metric, MetricValue, MetricVersion
from apps.metrics.services.approving import must_be_approved
from apps.metrics.services.dating import Since, Start, starts_on
from apps.metrics.services.locks import hold_metrics
from apps.work.services import enqueue

MEND_FIRST = N_("The definition has to be mended first.")
IN_USE = N_("This metric is still in use.")


def check(definition: Definition) -> list[Issue]:
    """Everything in `definition` that does not fit the workspace's data sets and metrics; empty if it can be used."""
    return checks.issues(definition, selectors.known())


def must_fit(definition: Definition) -> None:
    """Refusal with every issue at once if `definition` cannot be used as it is."""
    issues = [issue for issue in check(definition) if issue.blocking]
    if issues:
        raise Refusal(MEND_FIRST, issues=issues)


@transaction.atomic
def define(
    *,
    actor: Actor,
    definition: Definition,
    owner_id: UUID | None = None,
    note: str = "",
    new: bool | None = None,
    start: Start = Since.RUNNING,
) -> MetricVersion:
    """Define a metric, or give the one of the same key a new version, and ask for its values.

    `new` says what is expected: True refuses a key that is taken, False one that is not there. The same definition
    again makes no new version. `owner_id` None leaves the owner as it is. `start` says from when on another version
    of a score holds. Refusal with every issue at once.
    """
    actor.must("metrics.edit")
    metric = _metric_to_define(hold_metrics().get(definition.key), definition.key, new)
    must_fit(definition)
    if metric is None:
        metric = Metric.objects.create(key=definition.key)
    _give_to(metric, owner_id)
    before = metric.current_version
    if before is not None and parse(before.definition) == definition:
        return before
    return add_version(metric, definition, actor, note, start=start)


def _metric_to_define(metric: Metric | None, key: str, new: bool | None) -> Metric | None:
    if metric is None:
        if new is False:
            raise NotHere(N_("There is no such metric."))
        return None
    if new:
        message = N_("The key “%(key)s” is taken. Choose another one.")
        raise Refusal(MEND_FIRST, issues=[Issue("key", message, {"key": key})])
    if metric.archived_at is not None:
        message = N_("An archived metric has the key “%(key)s”. Bring it back, or choose another key.")
        raise Refusal(MEND_FIRST, issues=[Issue("key", message, {"key": key})])
    return metric


def _give_to(metric: Metric, owner_id: UUID | None) -> None:
    if owner_id is None or owner_id == metric.owner_id:
        return
    owner = accounts.person_for(owner_id)
    if owner is None or not owner.is_active:
        raise Refusal(MEND_FIRST, issues=[Issue("owner", N_("Choose a person of this company."))])
    metric.owner_id, metric.owner_name = owner.pk, str(owner)
    metric.save(update_fields=["owner_id", "owner_name"])


def add_version(
    metric: Metric,
    definition: Definition,
    actor: Actor,
    note: str,
    restores: int | None = None,
    *,
    compute: bool = True,
    start: Start = Since.RUNNING,
    approver: Actor | None = None,
) -> MetricVersion:
    """Make `definition` the current version of a held metric, and ask for its values (unless the caller does).

    The totals of the version before are kept with it; its certification, if it has one, lapses. Of a score it holds
    from `start` on. Refusal where a second admin has to approve it and none did.
    """
    before = metric.current_version
    must_be_approved(parse(before.definition) if before else None, definition, approver)
    version = MetricVersion.objects.create(
        metric=metric,
        number=before.number + 1 if before else 1,
        definition=document_of(definition),
        note=note,
        restores=restores,
        same_figures=bool(before) and same_figures(parse(before.definition), definition),
        effective_from=starts_on(before, definition, start),
        approved_by=approver.id if approver else None,
        approved_by_name=approver.name[:120] if approver else "",
        approved_at=Now() if approver else None,
        lapsed_from=(before.number if before.certified_at else before.lapsed_from) if before else None,
        created_by=actor.id,
        created_by_name=actor.name[:120],
    )
    if before:
        _keep_figures(before)
    metric.current_version = version
    metric.save(update_fields=["current_version"])
    record(
        actor=actor,
        act="metric.redefined" if before else "metric.defined",
        subject=metric,
        before=before.definition if before else None,
        after=version.definition,
        note=note,
    )
    if approver:
        record(actor=approver, act="score.approved", subject=metric, after=version.definition, note=note)
    if compute:
        enqueue("metrics.compute_metric", subject=metric.pk, about=metric.key, asked_by=actor.id)
    return version


def _keep_figures(version: MetricVersion) -> None:
    """Keep the totals that people saw under `version`: the values of the next one take their places."""
    figures: dict[str, list[list[str | None]]] = defaultdict(list)
    rows = MetricValue.objects.filter(version=version, dimension="").order_by("period_start")
    for grain, start, value, state in rows.values_list("grain", "period_start", "value", "state"):
        figures[grain].append([start.isoformat(), None if value is None else f"{value.normalize():f}", state])
    if figures:
        FormerFigures.objects.create(version=version, figures=figures)


@transaction.atomic
def set_owner(*, actor: Actor, metric_id: UUID, owner_id: UUID) -> Metric:
    """Say who looks after a metric."""
    actor.must("metrics.edit")
    metric = held_metric(metric_id)
    before = metric.owner_name
    _give_to(metric, owner_id)
    if metric.owner_name != before:
        record(actor=actor, act="metric.owner_changed", subject=metric, before=before, after=metric.owner_name)
    return metric


@transaction.atomic
def archive_metric(*, actor: Actor, metric_id: UUID) -> Metric:
    """Take a metric out of use; its values and versions stay. Refused while something needs it, naming what."""
    actor.must("metrics.edit")
    metric = held_metric(metric_id)
    issues = [use.issue() for use in selectors.usage_of(metric.pk) if use.holds]
    if issues:
        raise Refusal(IN_USE, issues=issues)
    if metric.archived_at is None:
        metric.archived_at = timezone.now()
        metric.save(update_fields=["archived_at"])
        record(actor=actor, act="metric.archived", subject=metric)
    return metric


@transaction.atomic
def restore_metric(*, actor: Actor, metric_id: UUID) -> Metric:
    """Bring an archived metric back and compute it anew. Refused if its definition no longer fits, with every issue."""
    actor.must("metrics.edit")
    metric = held_metric(metric_id)
    if metric.archived_at is None:
        return metric
    must_fit(parse(metric.current_version.definition))
    metric.archived_at = None
    metric.save(update_fields=["archived_at"])
    record(actor=actor, act="metric.restored", subject=metric)
    enqueue("metrics.compute_metric", subject=metric.pk, about=metric.key, asked_by=actor.id)
    return metric


@transaction.atomic
def delete_metric(*, actor: Actor, metric_id: UUID, confirmation: str) -> str:
    """Delete a metric with its values, typed ones too, and all its versions; the key it had.

    `confirmation` is the metric's key, typed by the person. Refused while anything uses it or ever did, naming what.
    """
    actor.must("metrics.edit")
    metric = held_metric(metric_id)
    uses = [use.issue() for use in selectors.usage_of(metric.pk)]
    if uses:
        raise Refusal(N_("Only a metric that nothing uses can be deleted. Archive it instead."), issues=uses)
    if confirmation.strip() != metric.key:
        message = N_("Type the key “%(key)s” exactly, so that nothing is deleted by mistake.")
        raise Refusal(N_("Nothing was deleted."), issues=[Issue("confirmation", message, {"key": metric.key})])
    record(actor=actor, act="metric.deleted", subject=metric, before=metric.current_version.definition)
    metric.current_version = metric.computed_version = None
    metric.save(update_fields=["current_version", "computed_version"])
    metric.delete()
    return metric.key


def held_metric(metric_id: UUID) -> Metric:
    """The metric, while nobody else changes definitions or writes values; NotHere if there is none."""
    for metric in hold_metrics().values():
        if metric.pk == metric_id:
            return metric
    raise NotHere(N_("There is no such metric."))
