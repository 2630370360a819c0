"""A plan on its way to those it is for: proposed, approved and published by a second person, acknowledged, ended."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from hashlib import sha256
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models.functions import Now
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext

from apps.accounts.domain.roles import Actor
from apps.audit.services import record
from apps.incentives.domain import golden, lint, sample
from apps.incentives.domain.canonical import fingerprint
from apps.incentives.domain.plan_text import as_text, plan_text
from apps.incentives.domain.snapshot import ENGINE_VERSION
from apps.incentives.models import PlanAcknowledgement, PlanVersion
from apps.incentives.selectors import plans as reading
from apps.incentives.services.plans import CANNOT_BE_KEPT, PREPARE, Settings, hold_draft, setting_issues
from apps.kernel.issue import N_, Forbidden, Issue, Refusal
from apps.notifications.services import tell

APPROVE = "pay.approve"
WORDING = N_("I have read this plan, and I know how my bonus is calculated.")
"""What people agree to; it is kept with their acknowledgement, in their language."""

TO_READ = N_("The plan “%(plan)s”, which pays you from %(first)s on, is published. Please read it.")
OWN_PLAN = N_("You wrote on this plan. Somebody who did not has to approve it.")
DECIDED_ALREADY = N_("This plan was decided already, or taken back. Look at what holds now.")
SEEN_OTHERWISE = N_("The plan is another one than the one you looked at. Read it again, then decide.")
NEEDS_REASON = N_("Say in a sentence why.")
NOT_READY = N_("The plan cannot be published like this: mend what is marked.")
OVERLAP = N_("Another version holds on these days already.")
ENDED_ALREADY = N_("This plan has ended already.")
LAST_DAY = N_("A plan ends on a day from %(first)s on that is not later than the one it ends on already.")
NOT_FOR_YOU = N_("This plan is not for you: only those who take part in it acknowledge it.")
OTHER_TEXT = N_("The text is another one than the one you read. Read it once more.")


def findings(version: PlanVersion) -> list[Issue]:
    """What the linter says about a version, with the metrics as they are now."""
    terms = version.terms
    return lint.issues(terms, reading.sources(reading.metrics_of(terms), version.plan.period))


@transaction.atomic
def propose(*, actor: Actor, version_id: UUID, revision: int) -> PlanVersion:
    """Ask for approval. Refusal with everything that stands in the way of publishing."""
    actor.must(PREPARE)
    version = hold_draft(version_id, revision)
    settings = Settings(version.effective_from, version.effective_until, version.approval_steps, version.dispute_days)
    blocking = [issue for issue in findings(version) if issue.blocking]
    blocking += setting_issues(settings, reading.published_before(version))
    if blocking:
        raise Refusal(NOT_READY, issues=blocking)
    version.status = PlanVersion.Status.PROPOSED
    version.proposed_by, version.proposed_by_name, version.proposed_at = actor.id, actor.name[:120], Now()
    version.authors = sorted({*version.authors, actor.id}, key=str)
    version.returned_reason = ""
    version.save()
    record(actor=actor, act="pay_plan.proposed", subject=version.plan, after={"version": version.number})
    return version


def _proposed(version_id: UUID) -> PlanVersion:
    rows = PlanVersion.objects.select_for_update(of=("self",)).select_related("plan")
    version = rows.filter(pk=version_id, status=PlanVersion.Status.PROPOSED).first()
    if version is None:
        raise Refusal(DECIDED_ALREADY, status=409)
    return version


@transaction.atomic
def send_back(*, actor: Actor, version_id: UUID, reason: str) -> PlanVersion:
    """Return a proposed plan to its authors, or take one's own back: why is told. It is a draft again."""
    version = _proposed(version_id)
    own = actor.id in version.authors
    actor.must(PREPARE if own else APPROVE)
    if not own and not reason.strip():
        raise Refusal(CANNOT_BE_KEPT, issues=[Issue("reason", NEEDS_REASON)])
    version.status, version.returned_reason = PlanVersion.Status.DRAFT, reason.strip()[:300]
    version.revision += 1
    version.save(update_fields=["status", "returned_reason", "revision"])
    record(
        actor=actor, act="pay_plan.returned", subject=version.plan, after={"version": version.number},
        note=version.returned_reason,
    )  # fmt: skip
    return version


def publish(*, actor: Actor, version_id: UUID, seen: str, now: datetime) -> PlanVersion:
    """Approve a proposed plan and publish it; the version before ends the day before.

    `seen` is the fingerprint of what was looked at. Forbidden for everybody who wrote on it, whatever their role.
    """
    try:
        with transaction.atomic():
            return _publish(actor, version_id, seen, now)
    except IntegrityError:
        raise Refusal(OVERLAP, status=409) from None


def _publish(actor: Actor, version_id: UUID, seen: str, now: datetime) -> PlanVersion:
    actor.must(APPROVE)
    version = _proposed(version_id)
    if actor.id in (*version.authors, version.author_id, version.proposed_by):
        raise Forbidden(OWN_PLAN)
    terms = version.terms
    if fingerprint(terms) != seen:
        raise Refusal(SEEN_OTHERWISE, status=409)
    blocking = [issue for issue in findings(version) if issue.blocking]
    if blocking:
        raise Refusal(NOT_READY, issues=blocking)
    _end_before(version)
    period = sample.months_from(version.effective_from.replace(day=1), sample.LENGTHS[version.plan.period])
    version.status = PlanVersion.Status.PUBLISHED
    version.approved_by, version.approved_by_name, version.published_at = actor.id, actor.name[:120], now
    version.content, version.engine = fingerprint(terms), ENGINE_VERSION
    version.golden = golden.vectors(terms, period)
    version.text_en, version.text_zh = written(version, "en"), written(version, "zh-hans")
    version.save()
    record(
        actor=actor, act="pay_plan.published", subject=version.plan,
        after={"version": version.number, "from": version.effective_from.isoformat(), "content": version.content},
    )  # fmt: skip
    _tell(version)
    return version


def _tell(version: PlanVersion) -> None:
    """Whoever takes part hears that there is a text to be read, and no amount. Two queries and those of `tell`."""
    taking_part = version.plan.participants.exclude(left_on__lt=version.effective_from)
    tell(
        people=taking_part.values_list("person_id", flat=True),
        kind="pay.plan",
        message=TO_READ,
        params={"plan": version.plan.name, "first": version.effective_from},
        url=reverse("pay:read", args=[version.plan.key, version.number]),
        key=f"pay_plan:{version.pk}",
    )


def _end_before(version: PlanVersion) -> None:
    rows = PlanVersion.objects.select_for_update().filter(plan_id=version.plan_id, status__in=reading.PUBLISHED)
    for former in rows:
        if former.effective_until is None or former.effective_until >= version.effective_from:
            if former.effective_from >= version.effective_from or former.status == PlanVersion.Status.ENDED:
                raise Refusal(OVERLAP, status=409)
            former.effective_until = version.effective_from - timedelta(days=1)
            former.save(update_fields=["effective_until"])


def written(version: PlanVersion, language: str) -> str:
    """The text of a version as it is published, in a language."""
    names = reading.metric_names(language)
    with translation.override(language):
        return as_text(version.plan.name, plan_text(version.terms, reading.frame_of(version), names), gettext)


@transaction.atomic
def end_plan(*, actor: Actor, version_id: UUID, last: date, reason: str) -> PlanVersion:
    """Let a published version end on a day, with the reason. Whoever may approve plans."""
    actor.must(APPROVE)
    version = PlanVersion.objects.select_for_update(of=("self",)).select_related("plan").get(pk=version_id)
    if version.status != PlanVersion.Status.PUBLISHED:
        raise Refusal(ENDED_ALREADY, status=409)
    issues = []
    if last < version.effective_from or (version.effective_until is not None and last > version.effective_until):
        issues.append(Issue("last", LAST_DAY, {"first": version.effective_from}))
    if not reason.strip():
        issues.append(Issue("reason", NEEDS_REASON))
    if issues:
        raise Refusal(CANNOT_BE_KEPT, issues=issues)
    version.status, version.effective_until = PlanVersion.Status.ENDED, last
    version.ended_by_name, version.ended_at, version.ended_reason = actor.name[:120], Now(), reason.strip()[:300]
    version.save(update_fields=["status", "effective_until", "ended_by_name", "ended_at", "ended_reason"])
    record(
        actor=actor, act="pay_plan.ended", subject=version.plan,
        after={"version": version.number, "last": last.isoformat()}, note=version.ended_reason,
    )  # fmt: skip
    return version


@transaction.atomic
def acknowledge(*, actor: Actor, key: str, number: int, text_hash: str, language: str, now: datetime) -> bool:
    """Somebody says they have read a version; whether that is new. 409 if the text is not the one that was read."""
    actor.must("pay.own")
    mine = reading.mine_for(actor.id, key, number)
    version, chinese = mine.version, language.startswith("zh")
    text = version.text_zh if chinese else version.text_en
    if hash_of(text) != text_hash:
        raise Refusal(OTHER_TEXT, status=409)
    if mine.acknowledged is not None:
        return False
    with translation.override("zh-hans" if chinese else "en"):
        wording = gettext(WORDING)
    _made, new = PlanAcknowledgement.objects.get_or_create(
        version=version, person_id=actor.id,
        defaults={
            "person_name": actor.name[:120], "content": version.content, "text_hash": text_hash,
            "language": "zh-hans" if chinese else "en", "wording": wording, "at": now,
        },
    )  # fmt: skip
    if new:
        record(actor=actor, act="pay_plan.acknowledged", subject=version.plan, after={"version": number})
    return new


def hash_of(text: str) -> str:
    """SHA-256 of a text, as it is kept with an acknowledgement."""
    return sha256(text.encode()).hexdigest()
