"""Certify a metric: its owner vouches for the current version. Another version has to be certified anew."""

from __future__ import annotations

from uuid import UUID

from django.db import transaction
from django.utils import timezone

from apps.accounts.domain.roles import Actor, Role
from apps.audit.services import record
from apps.kernel.issue import N_, Issue, Refusal
from apps.metrics.models import Metric, MetricVersion
from apps.metrics.services.definitions import held_metric

LONGEST_NOTE = 1000
FOR_OWNERS = N_("Only %(owner)s, who looks after this metric, or an owner of the company can certify it.")
FOR_THE_COMPANY = N_("Nobody looks after this metric yet, so only an owner of the company can certify it.")


def may_certify(actor: Actor, owner_id: UUID | None) -> bool:
    """Whether `actor` may vouch for a metric that `owner_id` looks after."""
    return Role.OWNER in actor.roles or (owner_id is not None and actor.id == owner_id)


@transaction.atomic
def certify(*, actor: Actor, metric_id: UUID, note: str, number: int) -> MetricVersion:
    """Vouch for version `number`, which has to be the current one, with a note on what was checked.

    Refusal (403) for anybody but its owner or an owner of the company, (409) if another version is current by now.
    """
    metric = _to_certify(actor, metric_id)
    version = metric.current_version
    if version.number != number:
        message = N_("Version %(n)s by %(who)s is the current one by now. Look at it, then decide again.")
        raise Refusal(message, {"n": version.number, "who": version.created_by_name}, status=409)
    note = note.strip()
    if not note or len(note) > LONGEST_NOTE:
        message = N_("Say what you checked, in at most %(most)s characters.")
        raise Refusal(N_("The metric was not certified."), issues=[Issue("note", message, {"most": LONGEST_NOTE})])
    version.certified_at, version.certified_by = timezone.now(), actor.id
    version.certified_by_name, version.certification_note = actor.name[:120], note
    _save(version)
    record(actor=actor, act="metric.certified", subject=metric, after={"version": version.number}, note=note)
    return version


@transaction.atomic
def withdraw_certification(*, actor: Actor, metric_id: UUID, note: str = "") -> MetricVersion:
    """Take the certification of the current version back; nothing happens if it has none."""
    metric = _to_certify(actor, metric_id)
    version = metric.current_version
    if version.certified_at is None:
        return version
    before = {"version": version.number, "name": version.certified_by_name}
    version.certified_at = version.certified_by = None
    version.certified_by_name = version.certification_note = ""
    _save(version)
    record(actor=actor, act="metric.certification_withdrawn", subject=metric, before=before, note=note.strip())
    return version


def _to_certify(actor: Actor, metric_id: UUID) -> Metric:
    actor.must("metrics.view")
    metric = held_metric(metric_id)
    if not may_certify(actor, metric.owner_id):
        message = FOR_OWNERS if metric.owner_id else FOR_THE_COMPANY
        raise Refusal(message, {"owner": metric.owner_name}, status=403)
    if metric.archived_at is not None:
        raise Refusal(N_("This metric is archived. Bring it back first."))
    return metric


def _save(version: MetricVersion) -> None:
    version.save(update_fields=["certified_at", "certified_by", "certified_by_name", "certification_note"])
