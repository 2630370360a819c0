"""A run of pay in each company, with everything that stands in an address; made by the services that pages use."""

from collections.abc import Iterator
from datetime import date
from fractions import Fraction
from hashlib import sha256
from typing import Any

from django.contrib.auth import get_user_model
from django.utils import timezone

from apps.accounts import selectors as accounts_of
from apps.accounts import services as accounts
from apps.accounts.domain.roles import Actor, Role
from apps.incentives import services
from apps.incentives.domain.attainment import Attaining, Basis
from apps.incentives.domain.canonical import canonical
from apps.incentives.domain.curve import Curve, Point
from apps.incentives.domain.plan import Component, Missing, Plan, Scope
from apps.incentives.models import Assignment, Correction, IncentivePlan, Participant, PlanVersion
from apps.work.services import run_due


def hr_of(seed: Any, owner: Actor) -> Any:
    """Who prepares pay: the database knows them, too."""
    email = f"hr.{seed.marker.lower()}@{seed.workspace.slug}.test"
    return get_user_model().objects.filter(email=email).first() or accounts.add_person(
        actor=owner, email=email, name=seed.named("Hu"), password=None, roles=[Role.HR]
    )


def pay(seed: Any, owner: Actor) -> Iterator[tuple[str, object]]:
    """A run that is calculated and over its budget, an amount by hand and a decision that wait, a correction."""
    hr = hr_of(seed, owner)
    plan = IncentivePlan.objects.create(
        key=f"run-{seed.workspace.slug}", name=seed.named("Bonus"), currency="CNY", period="month", created_by=hr.pk,
        created_by_name=str(hr),
    )  # fmt: skip
    version = _published(plan, seed, hr, owner)
    person = Participant.objects.create(
        plan=plan, name=seed.named("Paid"), person_id=seed["person"], added_by_name="Hu"
    )
    Assignment.objects.create(participant=person, team_id=seed["team"], amount=1000, first=date(2026, 1, 1))
    run = services.begin_run(actor=hr.actor, plan_id=plan.pk, day=date(2026, 1, 1), today=accounts_of.today(), budget=0)
    services.request_calculation(actor=hr.actor, run_id=run.pk, revision=0)
    while run_due():
        pass
    run.refresh_from_db()
    assert run.state == "calculated", version
    told = {"actor": hr.actor, "run_id": run.pk}
    yield "pay_run", run.pk
    yield "paid_person", person.pk
    made = services.adjust(participant_id=person.pk, minor=100, reason=seed.named("Added"), **told)
    yield "adjustment", made.pk
    decided = services.decide(component="typed", team="", verdict="void", reason=seed.named("Decided"), **told)
    yield "decision", decided.pk
    yield "correction", Correction.objects.create(run=run, moved=[], inputs="0" * 64).pk


def _published(plan: IncentivePlan, seed: Any, hr: Any, owner: Actor) -> PlanVersion:
    curve = Curve((Point(Fraction(0), Fraction(0)), Point(Fraction(1), Fraction(1))))
    part = Component(
        "typed",
        seed.named("Typed"),
        seed["typed_metric"],
        Fraction(1),
        Scope.COMPANY,
        Attaining(Basis.ACTUAL),
        curve,
    )
    text = canonical(Plan(plan.key, "1", plan.name, "CNY", (part,), missing=Missing.REWEIGHT))
    made = PlanVersion.objects.create(
        plan=plan, number=1, effective_from=date(2026, 1, 1), document=text, author_id=hr.pk, author_name=str(hr),
        authors=[hr.pk], changed_by_name=str(hr),
    )  # fmt: skip
    rows = PlanVersion.objects.filter(pk=made.pk)
    rows.update(status="proposed", proposed_by=hr.pk, proposed_by_name=str(hr), proposed_at=timezone.now())
    rows.update(
        status="published", approved_by=owner.id, approved_by_name=owner.name, published_at=timezone.now(),
        content=sha256(text.encode()).hexdigest(), engine="1", text_en="en", text_zh="zh",
    )  # fmt: skip
    return made
