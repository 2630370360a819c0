"""The company of the stored pay bench: people with 5 components and 4 slices each in 300 teams, one run from its first
figure to the ledger. Prints how long each part took.

People, values and targets are written in bulk, as services leave them; the run is made by the services that pages use.
"""

import json
import random
import sys
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from hashlib import sha256
from itertools import pairwise
from time import monotonic

SLUG, EMAIL, PASSWORD = "paid", "pia@paid.test", "north-star-2026"
TEAMS = 300
KEYS = ("active", "csat", "cost", "visits", "nps")
FIRST, LAST = date(2026, 7, 1), date(2026, 9, 30)


def play(size: int) -> dict[str, str]:
    """Open a workspace, write `size` people, and take one run all the way; seconds by part."""
    from django.contrib.auth import get_user_model

    from apps.workspaces.domain.company import Calendar, NewCompany
    from apps.workspaces.scope import inside
    from apps.workspaces.services import open_workspace

    calendar = Calendar(time_zone="Asia/Shanghai", currency="CNY")
    wanted = NewCompany(
        company="Paid", slug=f"{SLUG}{size}", email=EMAIL, person_name="Pia", password=PASSWORD, language="en",
        calendar=calendar,
    )  # fmt: skip
    with inside(open_workspace(wanted=wanted)):
        return _all_the_way(get_user_model().objects.get(email=EMAIL), size)


def _all_the_way(pia, size: int) -> dict[str, str]:
    from django.utils import timezone

    from apps.accounts import services as accounts
    from apps.accounts.domain.roles import Role
    from apps.incentives import selectors, services
    from apps.incentives.domain.states import Act
    from apps.work.services import run_due

    hr, boss = (
        accounts.add_person(actor=pia.actor, email=f"{name}@paid.test", name=name, password=None, roles=[role])
        for name, role in (("hr", Role.HR), ("boss", Role.ADMIN))
    )
    plan = _furnish(hr, pia, size)
    run = services.begin_run(actor=hr.actor, plan_id=plan.pk, day=FIRST, today=date(2026, 11, 30))
    told: dict[str, str] = {}

    def timed(name: str, act) -> None:
        before = monotonic()
        act()
        told[name] = f"{monotonic() - before:.1f}"

    services.request_calculation(actor=hr.actor, run_id=run.pk, revision=0)
    timed("calculated and stored", run_due)
    run.refresh_from_db()
    assert run.state == "calculated" and run.results.count() == size, run.state  # noqa: PT018
    for actor, act, name in ((hr, Act.SUBMIT, ""), (boss, Act.APPROVE, ""), (pia, Act.LOCK, "posted and chained")):
        given = {"actor": actor.actor, "run_id": run.pk, "act": act, "revision": 1, "now": timezone.now()}
        timed(name or act, lambda given=given: services.act_on_run(**given))
    timed("proved", lambda: selectors.proof())
    return told


def _furnish(hr, pia, size: int):
    from django.utils import timezone

    from apps.accounts.models import Team
    from apps.incentives.domain.attainment import Attaining, Basis
    from apps.incentives.domain.canonical import canonical
    from apps.incentives.domain.curve import Curve, Point
    from apps.incentives.domain.plan import Component, Plan
    from apps.incentives.models import Assignment, IncentivePlan, Participant, PlanVersion
    from apps.metrics import services as metric_services
    from apps.metrics.domain.definition import parse
    from apps.metrics.models import ComputeRun, Metric, MetricValue

    luck = random.Random(7)
    teams = Team.objects.bulk_create(
        Team(name=f"T{number:03}", dimension="store", member=f"T{number:03}") for number in range(TEAMS)
    )
    ended = {"period_start": FIRST, "period_end": LAST + timedelta(days=1), "grain": "quarter", "dimension": "store"}
    computed = ComputeRun.objects.create()
    for key in KEYS:
        document = {
            "kind": "manual", "key": key, "name": {"en": key, "zh": key}, "unit": {"kind": "number"},
            "direction": "up", "grains": ["quarter"], "dimensions": ["store"],
        }  # fmt: skip
        metric_services.define(actor=pia.actor, definition=parse(document))
        metric = Metric.objects.get(key=key)
        MetricValue.objects.bulk_create(
            MetricValue(
                metric=metric, version_id=metric.current_version_id, run=computed, member=team.name, state="final",
                value=Decimal(luck.randint(7_000, 13_000)), **ended,
            )
            for team in teams
        )  # fmt: skip
    points = ((7_000, 5), (10_007, 10), (13_000, 20))
    curve = Curve(tuple(Point(Fraction(x), Fraction(y, 10)) for x, y in points))
    parts = tuple(
        Component(key, key, key, Fraction(1, 5), attaining=Attaining(Basis.ACTUAL), curve=curve) for key in KEYS
    )
    plan = IncentivePlan.objects.create(key="bench", name="Bench", currency="CNY", created_by=hr.pk)
    text = canonical(Plan("bench", "1", "Bench", "CNY", parts))
    made = PlanVersion.objects.create(
        plan=plan, number=1, effective_from=date(2026, 1, 1), document=text, author_id=hr.pk, authors=[hr.pk]
    )
    rows = PlanVersion.objects.filter(pk=made.pk)
    rows.update(status="proposed", proposed_by=hr.pk, proposed_at=timezone.now())
    rows.update(
        status="published", approved_by=pia.pk, published_at=timezone.now(), engine="1", text_en="en", text_zh="zh",
        content=sha256(text.encode()).hexdigest(),
    )  # fmt: skip
    people = Participant.objects.bulk_create(
        (Participant(plan=plan, name=f"P{number:05}", key=f"p{number:05}") for number in range(size)), batch_size=2000
    )
    Assignment.objects.bulk_create(
        (
            Assignment(
                participant=each, team=luck.choice(teams), first=FIRST + timedelta(days=first),
                last=FIRST + timedelta(days=after - 1), amount=luck.randint(1_000, 90_000),
                coefficient=Decimal(luck.randint(5, 15)) / 10,
            )
            for each in people
            for first, after in pairwise([0, *sorted(luck.sample(range(1, 92), 3)), 92])
        ),
        batch_size=2000,
    )  # fmt: skip
    return plan


if __name__ == "__main__":
    import django

    django.setup()
    print(json.dumps(play(int(sys.argv[1]))))
