"""Write plans: drafts that several people may change, one after the other.

A draft is kept as it is typed, finished or not; only what cannot be read as a plan is refused. Who changes it is one of
its authors, and no author approves it (`publishing.py`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import date
from uuid import UUID

from django.db import transaction
from django.db.models import Max
from django.db.models.functions import Now

from apps.accounts import selectors as accounts
from apps.accounts.domain.roles import Actor
from apps.audit.services import record
from apps.incentives.domain.canonical import canonical
from apps.incentives.domain.plan import Plan
from apps.incentives.models import IncentivePlan, PlanVersion, Run
from apps.incentives.selectors import plans as reading
from apps.kernel import currency as iso
from apps.kernel.issue import N_, Issue, Refusal

PREPARE = "pay.prepare"
WAS_CHANGED = N_("The draft was changed.")
CANNOT_BE_KEPT = N_("Please mend what is marked.")
CHANGED_MEANWHILE = N_(
    "%(name)s changed this plan meanwhile. What you typed is still here: look at theirs, then save again."
)
PROPOSED_ALREADY = N_("This plan waits for approval. Take it back before you change it.")
HAS_DRAFT = N_("This plan has a draft already. Go on with that one.")
NO_NAME = N_("Give the plan a name.")
NAME_TAKEN = N_("There is a plan of this name. Choose another one.")
NO_CURRENCY = N_("“%(text)s” is no currency. Write its three letters, such as CNY.")
ENDS_EARLY = N_("The last day comes before the first one.")
NOT_LATER = N_("The version before begins on %(day)s. Begin a day later at least.")
STEPS = N_("From one to five people approve a calculation.")
DAYS = N_("From 0 to 365 days.")


@dataclass(frozen=True)
class Settings:
    """What stands beside a plan's document."""

    effective_from: date
    effective_until: date | None = None
    approval_steps: int = 1
    dispute_days: int = 10
    lead_sees_team: bool = False
    show_estimate: bool = True
    note: str = ""


SETTINGS = tuple(Settings.__dataclass_fields__)


@transaction.atomic
def make_plan(*, actor: Actor, name: str, currency: str, period: str, terms: Plan, settings: Settings) -> PlanVersion:
    """Begin a plan with its first draft. Its key is made of its name, and stays."""
    actor.must(PREPARE)
    name = " ".join(name.split())[:80]
    issues = [] if name else [Issue("name", NO_NAME)]
    if name and IncentivePlan.objects.filter(name__iexact=name).exists():
        issues.append(Issue("name", NAME_TAKEN))
    if currency not in iso.CODES:
        issues.append(Issue("currency", NO_CURRENCY, {"text": currency[:10]}))
    if period not in IncentivePlan.Length.values:
        issues.append(Issue("period", N_("Choose how long a period is.")))
    issues += setting_issues(settings, None)
    if issues:
        raise Refusal(CANNOT_BE_KEPT, issues=issues)
    plan = IncentivePlan.objects.create(
        key=_free_key(name), name=name, currency=currency, period=period, created_by=actor.id,
        created_by_name=actor.name[:120],
    )  # fmt: skip
    version = _new_version(actor, plan, 1, terms, settings)
    record(actor=actor, act="pay_plan.made", subject=plan)
    return version


def _free_key(name: str) -> str:
    """A key of the name's Latin letters and digits, or plan-1, plan-2, … where it has none."""
    base = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:32] or "plan"
    taken = set(IncentivePlan.objects.filter(key__startswith=base).values_list("key", flat=True))
    if base not in ("plan", "new") and base not in taken:
        return base
    return next(key for number in range(1, 10_000) if (key := f"{base}-{number}") not in taken)


def _new_version(actor: Actor, plan: IncentivePlan, number: int, terms: Plan, settings: Settings) -> PlanVersion:
    return PlanVersion.objects.create(
        plan=plan, number=number, document=_document(plan, number, terms), author_id=actor.id,
        author_name=actor.name[:120], authors=[actor.id], changed_by_name=actor.name[:120],
        **{name: getattr(settings, name) for name in SETTINGS},
    )  # fmt: skip


def _document(plan: IncentivePlan, number: int, terms: Plan) -> str:
    head = {"key": plan.key, "version": str(number), "name": plan.name, "currency": plan.currency}
    return canonical(replace(terms, **head))


def setting_issues(settings: Settings, before: PlanVersion | None) -> list[Issue]:
    """What is wrong with days and handling; `before` is the version that is published already."""
    found = []
    until = settings.effective_until
    if until is not None and until < settings.effective_from:
        found.append(Issue("effective_until", ENDS_EARLY))
    if before is not None and settings.effective_from <= before.effective_from:
        found.append(Issue("effective_from", NOT_LATER, {"day": before.effective_from}))
    if not 1 <= settings.approval_steps <= 5:
        found.append(Issue("approval_steps", STEPS))
    if not 0 <= settings.dispute_days <= 365:
        found.append(Issue("dispute_days", DAYS))
    return found


def hold_draft(version_id: UUID, revision: int) -> PlanVersion:
    """A draft, locked, if it is as somebody saw it; Refusal with status 409 if it is not."""
    version = PlanVersion.objects.select_for_update(of=("self",)).select_related("plan").filter(pk=version_id).first()
    if version is None:
        raise Refusal(N_("This draft was discarded. What you typed is still here."), status=409)
    if version.status != PlanVersion.Status.DRAFT:
        raise Refusal(PROPOSED_ALREADY, status=409)
    if version.revision != revision:
        raise Refusal(CHANGED_MEANWHILE, {"name": version.changed_by_name}, status=409)
    return version


@transaction.atomic
def change_draft(
    *, actor: Actor, version_id: UUID, revision: int, terms: Plan, settings: Settings, name: str = ""
) -> PlanVersion:
    """Keep a draft as it was typed; `actor` is one of its authors from then on. Nothing is written if nothing differs.

    `name` renames a plan of which nothing is published yet. 409 if somebody else saved meanwhile.
    """
    actor.must(PREPARE)
    version = hold_draft(version_id, revision)
    issues = setting_issues(settings, reading.published_before(version))
    if issues:
        raise Refusal(CANNOT_BE_KEPT, issues=issues)
    _rename(version.plan, name)
    document = _document(version.plan, version.number, terms)
    same = document == version.document and all(getattr(version, each) == getattr(settings, each) for each in SETTINGS)
    if same:
        return version
    version.document = document
    for each in SETTINGS:
        setattr(version, each, getattr(settings, each))
    version.revision += 1
    version.authors = sorted({*version.authors, actor.id}, key=str)
    version.changed_by_name, version.changed_at = actor.name[:120], Now()
    version.save()
    version.refresh_from_db()
    mark_trials(version)
    record(actor=actor, act="pay_plan.changed", subject=version.plan, after={"version": version.number})
    return version


def mark_trials(version: PlanVersion) -> None:
    """Mark the dry runs of a draft that was changed: they show what it said before. One query."""
    version.runs.filter(kind=Run.Kind.DRY, revision__gt=0).update(stale=True, stale_because=WAS_CHANGED)


def _rename(plan: IncentivePlan, name: str) -> None:
    name = " ".join(name.split())[:80]
    if not name or name == plan.name or plan.versions.filter(status__in=reading.PUBLISHED).exists():
        return
    if IncentivePlan.objects.filter(name__iexact=name).exclude(pk=plan.pk).exists():
        raise Refusal(CANNOT_BE_KEPT, issues=[Issue("name", NAME_TAKEN)])
    plan.name = name
    plan.save(update_fields=["name"])


@transaction.atomic
def begin_version(*, actor: Actor, plan_id: UUID) -> PlanVersion:
    """A new draft that says what the last published version says, from the day after today."""
    actor.must(PREPARE)
    plan = IncentivePlan.objects.select_for_update().get(pk=plan_id)
    if plan.versions.filter(status__in=reading.OPEN).exists():
        raise Refusal(HAS_DRAFT, status=409)
    last = plan.versions.order_by("-number").first()
    if last is None:
        raise Refusal(reading.NO_PLAN, status=404)
    number = (plan.versions.aggregate(last=Max("number"))["last"] or 0) + 1
    told = {name: getattr(last, name) for name in SETTINGS}
    today = accounts.today()
    told |= {"effective_from": max(today, date.fromordinal(last.effective_from.toordinal() + 1)), "note": ""}
    told["effective_until"] = None
    version = _new_version(actor, plan, number, last.terms, Settings(**told))
    record(actor=actor, act="pay_plan.version_begun", subject=plan, after={"version": number})
    return version


@transaction.atomic
def discard_draft(*, actor: Actor, version_id: UUID, revision: int) -> IncentivePlan | None:
    """Throw a draft away; with the plan itself, where nothing of it was published and nobody takes part (None)."""
    from apps.incentives.services.trials import forget_trials

    actor.must(PREPARE)
    version = hold_draft(version_id, revision)
    plan = version.plan
    record(actor=actor, act="pay_plan.draft_discarded", subject=plan, before={"version": version.number})
    forget_trials(version, actor)
    version.delete()
    if plan.versions.exists() or plan.participants.exists():
        return plan
    plan.pools.all().delete()
    plan.rules.all().delete()
    plan.delete()
    return None
