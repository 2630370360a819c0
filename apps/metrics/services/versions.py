"""Work on a changed definition until it is published: one open draft for each metric, which touches no value.

Whoever saves, discards or publishes says which revision of the draft they have seen, and is told with status 409 if it
is another one by now. Everybody waits for the same lock, so of two who publish at once one wins.
"""

from __future__ import annotations

from uuid import UUID

from django.db import transaction
from django.db.models.functions import Now

from apps.accounts.domain.roles import Actor
from apps.audit.services import record
from apps.kernel.issue import N_, Issue, NotHere, Refusal
from apps.metrics.domain.definition import Definition, document_of, parse
from apps.metrics.domain.differences import rebased
from apps.metrics.models import Metric, MetricDraft, MetricVersion
from apps.metrics.services import approving
from apps.metrics.services.dating import Since, Start, resolved
from apps.metrics.services.definitions import MEND_FIRST, add_version, held_metric, must_fit
from apps.work.services import Work, enqueue

LONGEST_NOTE = 1000

NO_DRAFT = N_("There is no open draft any more. Version %(n)s by %(who)s is the current one.")
DRAFT_CHANGED = N_("%(who)s changed the draft meanwhile. Look at it again.")
DRAFT_THERE = N_("%(who)s has begun a draft meanwhile. Look at it first.")
NOT_CURRENT = N_("The draft was made from version %(made)s; by now version %(n)s by %(who)s is the current one.")
NOTHING_CHANGED = N_("Nothing was changed: this is the current definition.")
NEEDS_NOTE = N_("Say in a sentence what changed and why. Everybody who reads the figures will see it.")


@transaction.atomic
def save_draft(
    *,
    actor: Actor,
    metric_id: UUID,
    definition: Definition,
    note: str = "",
    seen: int | None = None,
    start: Start = Since.RUNNING,
) -> MetricDraft:
    """Keep a changed definition as the metric's draft, and have it compared with the current version.

    `start` says from when on it is to hold, if it is a score. `seen` is the revision the person worked on, 0 if there
    was no draft, None to replace whatever is there.
    Refusal with every issue at once, or with status 409.
    """
    actor.must("metrics.edit")
    metric = _metric_in_use(metric_id)
    draft = _draft_of(metric)
    _must_be_seen(draft, metric, seen)
    if definition.key != metric.key:
        message = N_("The key of a metric stays. Define another metric instead.")
        raise Refusal(MEND_FIRST, issues=[Issue("key", message)])
    must_fit(definition)
    if draft is None and parse(metric.current_version.definition) == definition:
        raise Refusal(NOTHING_CHANGED)
    return _keep(actor, metric, draft, definition, note=note, start=start)


@transaction.atomic
def restore_version(*, actor: Actor, metric_id: UUID, number: int, seen: int | None = 0) -> MetricDraft:
    """Make the definition of an earlier version the metric's draft. It becomes current once it is published."""
    actor.must("metrics.edit")
    metric = _metric_in_use(metric_id)
    version = MetricVersion.objects.filter(metric=metric, number=number).first()
    if version is None:
        raise NotHere(N_("There is no such version."))
    draft = _draft_of(metric)
    _must_be_seen(draft, metric, seen)
    definition = parse(version.definition)
    must_fit(definition)
    if definition == parse(metric.current_version.definition):
        raise Refusal(NOTHING_CHANGED)
    return _keep(actor, metric, draft, definition, restores=number)


@transaction.atomic
def discard_draft(*, actor: Actor, metric_id: UUID, seen: int | None = None) -> None:
    """Throw the draft away; the current version stays as it is."""
    actor.must("metrics.edit")
    metric = held_metric(metric_id)
    draft = _open_draft(metric, seen)
    record(actor=actor, act="metric.draft_discarded", subject=metric, before=draft.definition)
    draft.delete()


@transaction.atomic
def rebase_draft(*, actor: Actor, metric_id: UUID, seen: int | None = None) -> tuple[str, ...]:
    """Carry the draft to the version that is current by now; the paths of fields that both changed (the draft's stand).

    Refusal if what comes of it is no definition that can be used.
    """
    actor.must("metrics.edit")
    metric = _metric_in_use(metric_id)
    draft = _open_draft(metric, seen)
    base, mine = parse(draft.based_on.definition), parse(draft.definition)
    theirs = parse(metric.current_version.definition)
    if len({base.kind, mine.kind, theirs.kind}) > 1:
        raise Refusal(N_("The versions are of different kinds, so the changes cannot be put together."))
    carried = rebased(base, mine, theirs)
    definition = parse(carried.document)
    must_fit(definition)
    draft.based_on = metric.current_version
    start = draft.effective_from or Since.EVER
    _keep(actor, metric, draft, definition, note=draft.note, restores=draft.restores, start=start)
    return carried.conflicts


@transaction.atomic
def publish_draft(
    *, actor: Actor, metric_id: UUID, note: str, seen: int | None = None, over: int | None = None
) -> MetricVersion:
    """Make the draft the metric's next version, and ask for its values. The certification lapses.

    `note` says what changed and why. `over` is the number of the current version if the draft was made from an older
    one and replaces it knowingly. Refusal with what is missing, with status 409 if somebody was faster, or where a
    second admin has to approve it.
    """
    actor.must("metrics.edit")
    metric = _metric_in_use(metric_id)
    draft = _open_draft(metric, seen)
    return _publish(metric, draft, actor, _checked(metric, draft, note, over))


@transaction.atomic
def ask_for_approval(*, actor: Actor, metric_id: UUID, note: str, seen: int | None = None) -> MetricDraft:
    """Put the draft of a score before the other admins. It has to be all that it takes to publish it."""
    actor.must("metrics.edit")
    metric = _metric_in_use(metric_id)
    draft = _open_draft(metric, seen)
    if not approving.needs_second_admin(metric, draft):
        raise Refusal(N_("This change needs no approval: publish it."), status=409)
    draft.note = _checked(metric, draft, note, None)
    approving.add_author(draft, actor.id)
    approving.ask(draft, metric, actor)
    return draft


@transaction.atomic
def approve_draft(*, actor: Actor, metric_id: UUID, seen: int) -> MetricVersion:
    """As a second admin, let the change of a score take effect. Forbidden to whoever worked on it."""
    metric = _metric_in_use(metric_id)
    draft = _open_draft(metric, seen)
    approving.must_be_another(draft, actor)
    note = _checked(metric, draft, draft.note, None)
    asker = Actor(id=draft.asked_by, name=draft.asked_by_name, roles=frozenset())
    return _publish(metric, draft, asker, note, approver=actor)


@transaction.atomic
def reject_draft(*, actor: Actor, metric_id: UUID, seen: int, reason: str) -> MetricDraft:
    """As a second admin, send the change of a score back with a reason."""
    metric = _metric_in_use(metric_id)
    draft = _open_draft(metric, seen)
    approving.send_back(draft, metric, actor, reason)
    return draft


def _publish(
    metric: Metric, draft: MetricDraft, author: Actor, note: str, approver: Actor | None = None
) -> MetricVersion:
    start = draft.effective_from or Since.EVER
    definition = parse(draft.definition)
    version = add_version(
        metric, definition, author, note, restores=draft.restores, start=start, approver=approver
    )  # fmt: skip
    draft.delete()
    return version


def _checked(metric: Metric, draft: MetricDraft, note: str, over: int | None) -> str:
    """The note of a draft that may be published as it is; Refusal with what stands in the way."""
    current = metric.current_version
    if draft.based_on_id != current.pk and over != current.number:
        raise Refusal(NOT_CURRENT, _by(current) | {"made": draft.based_on.number}, status=409)
    definition = parse(draft.definition)
    note = note.strip()
    if not note:
        raise Refusal(N_("A new version needs a note."), issues=[Issue("note", NEEDS_NOTE)])
    if len(note) > LONGEST_NOTE:
        message = N_("The note is too long; it may have %(most)s characters.")
        raise Refusal(N_("A new version needs a note."), issues=[Issue("note", message, {"most": LONGEST_NOTE})])
    if definition == parse(current.definition):
        raise Refusal(NOTHING_CHANGED)
    must_fit(definition)
    return note


@transaction.atomic
def request_comparison(*, actor: Actor, metric_id: UUID) -> Work:
    """Have the draft computed beside the current version, from the data as it is now."""
    actor.must("metrics.edit")
    metric = held_metric(metric_id)
    return _ask(actor, metric, _open_draft(metric, None))


def _keep(
    actor: Actor,
    metric: Metric,
    draft: MetricDraft | None,
    definition: Definition,
    *,
    note: str = "",
    restores: int | None = None,
    start: Start = Since.RUNNING,
) -> MetricDraft:
    before = draft.definition if draft else metric.current_version.definition
    if draft is None:
        draft = MetricDraft(
            metric=metric, based_on=metric.current_version, revision=0, created_by_name=actor.name[:120]
        )
    draft.definition, draft.restores, draft.note = document_of(definition), restores, note.strip()[:LONGEST_NOTE]
    draft.revision += 1
    draft.effective_from = resolved(definition, start)
    approving.take_back(draft)
    approving.add_author(draft, actor.id)
    draft.changed_by, draft.changed_by_name, draft.changed_at = actor.id, actor.name[:120], Now()
    draft.save()
    draft.refresh_from_db()
    record(actor=actor, act="metric.draft_saved", subject=metric, before=before, after=draft.definition)
    _ask(actor, metric, draft)
    return draft


def _ask(actor: Actor, metric: Metric, draft: MetricDraft) -> Work:
    return enqueue("metrics.compare", subject=draft.pk, about=metric.key, asked_by=actor.id, revision=draft.revision)


def _metric_in_use(metric_id: UUID) -> Metric:
    metric = held_metric(metric_id)
    if metric.archived_at is not None:
        raise Refusal(N_("This metric is archived. Bring it back first."))
    return metric


def _draft_of(metric: Metric) -> MetricDraft | None:
    return MetricDraft.objects.select_related("based_on").filter(metric=metric).first()


def _open_draft(metric: Metric, seen: int | None) -> MetricDraft:
    draft = _draft_of(metric)
    if draft is None:
        raise Refusal(NO_DRAFT, _by(metric.current_version), status=409)
    if seen is not None and draft.revision != seen:
        raise Refusal(DRAFT_CHANGED, {"who": draft.changed_by_name}, status=409)
    return draft


def _must_be_seen(draft: MetricDraft | None, metric: Metric, seen: int | None) -> None:
    """409 unless the draft there is the one the person saw."""
    if seen is None or (draft.revision if draft else 0) == seen:
        return
    if draft is None:
        raise Refusal(NO_DRAFT, _by(metric.current_version), status=409)
    raise Refusal(DRAFT_CHANGED if seen else DRAFT_THERE, {"who": draft.changed_by_name}, status=409)


def _by(version: MetricVersion) -> dict[str, object]:
    return {"n": version.number, "who": version.created_by_name}
