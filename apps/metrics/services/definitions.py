"""Define metrics, version by version."""

from __future__ import annotations

from uuid import UUID

from django.db import transaction
from django.utils import timezone

from apps.accounts import selectors as accounts
from apps.accounts.domain.roles import Actor
from apps.audit.services import record
from apps.kernel.issue import N_, Issue, NotHere, Refusal
from apps.metrics import selectors
from apps.metrics.domain import checks
from apps.metrics.domain.definition import Definition, document_of, parse
from apps.metrics.models import Metric, MetricVersion, NorthStar, TreeNode
from apps.metrics.services.locks import hold_metrics
from apps.work.services import enqueue

MEND_FIRST = N_("The definition has to be mended first.")


def check(definition: Definition) -> list[Issue]:
    """Everything in `definition` that does not fit the workspace's data sets and metrics; empty if it can be used."""
    return checks.issues(definition, selectors.known())


@transaction.atomic
def define(
    *,
    actor: Actor,
    definition: Definition,
    owner_id: UUID | None = None,
    note: str = "",
    new: bool | None = None,
) -> MetricVersion:
    """Define a metric, or give the one of the same key a new version, and ask for its values.

    `new` says what is expected: True refuses a key that is taken, False one that is not there. The same definition
    again makes no new version. `owner_id` None leaves the owner as it is. Refusal with every issue at once.
    """
    actor.must("metrics.edit")
    metric = _metric_to_define(hold_metrics().get(definition.key), definition.key, new)
    issues = [issue for issue in check(definition) if issue.blocking]
    if issues:
        raise Refusal(MEND_FIRST, issues=issues)
    if metric is None:
        metric = Metric.objects.create(key=definition.key)
    _give_to(metric, owner_id)
    before = metric.current_version
    if before is not None and parse(before.definition) == definition:
        return before
    version = _add_version(metric, definition, actor, note)
    act = "metric.redefined" if before else "metric.defined"
    record(
        actor=actor,
        act=act,
        subject=metric,
        before=before.definition if before else None,
        after=version.definition,
        note=note,
    )
    enqueue("metrics.compute_metric", subject=metric.pk, about=metric.key, asked_by=actor.id)
    return version


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


def _add_version(metric: Metric, definition: Definition, actor: Actor, note: str) -> MetricVersion:
    number = metric.current_version.number + 1 if metric.current_version else 1
    version = MetricVersion.objects.create(
        metric=metric,
        number=number,
        definition=document_of(definition),
        note=note,
        created_by=actor.id,
        created_by_name=actor.name[:120],
    )
    metric.current_version = version
    metric.save(update_fields=["current_version"])
    return version


@transaction.atomic
def set_owner(*, actor: Actor, metric_id: UUID, owner_id: UUID) -> Metric:
    """Say who looks after a metric."""
    actor.must("metrics.edit")
    metric = _locked(metric_id)
    before = metric.owner_name
    _give_to(metric, owner_id)
    if metric.owner_name != before:
        record(actor=actor, act="metric.owner_changed", subject=metric, before=before, after=metric.owner_name)
    return metric


@transaction.atomic
def archive_metric(*, actor: Actor, metric_id: UUID) -> Metric:
    """Take a metric out of use; its values and versions stay. Refused while something needs it, naming what."""
    actor.must("metrics.edit")
    metric = _locked(metric_id)
    issues = _needed_by(metric)
    if issues:
        raise Refusal(N_("This metric is still in use."), issues=issues)
    if metric.archived_at is None:
        metric.archived_at = timezone.now()
        metric.save(update_fields=["archived_at"])
        record(actor=actor, act="metric.archived", subject=metric)
    return metric


@transaction.atomic
def restore_metric(*, actor: Actor, metric_id: UUID) -> Metric:
    """Bring an archived metric back and compute it anew. Refused if its definition no longer fits, with every issue."""
    actor.must("metrics.edit")
    metric = _locked(metric_id)
    if metric.archived_at is None:
        return metric
    issues = [issue for issue in check(parse(metric.current_version.definition)) if issue.blocking]
    if issues:
        raise Refusal(MEND_FIRST, issues=issues)
    metric.archived_at = None
    metric.save(update_fields=["archived_at"])
    record(actor=actor, act="metric.restored", subject=metric)
    enqueue("metrics.compute_metric", subject=metric.pk, about=metric.key, asked_by=actor.id)
    return metric


def _locked(metric_id: UUID) -> Metric:
    for metric in hold_metrics().values():
        if metric.pk == metric_id:
            return metric
    raise NotHere(N_("There is no such metric."))


def _needed_by(metric: Metric) -> list[Issue]:
    issues = [
        Issue("", N_("The formula of “%(name)s” uses it."), {"name": user.name})
        for user in selectors.users_of(metric.pk)
    ]
    if NorthStar.objects.filter(metric=metric, ended_at__isnull=True).exists():
        issues.append(Issue("", N_("It is the North Star Metric.")))
    if TreeNode.objects.filter(metric=metric).exists():
        issues.append(Issue("", N_("It is in the metric tree.")))
    return issues
