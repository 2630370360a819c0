"""The company of the stored pay bench: people with 5 components and 4 slices each in 300 teams, one run from its first
figure to the ledger and its statements.

Prints what each part took as soon as it is over (stderr), and all of them in one line of JSON (stdout): seconds of this
process and its children, of its connection's server process, and by the clock.

People, values and targets are written in bulk, as services leave them; the run is made by the services that pages use.
"""

from __future__ import annotations

import json
import os
import random
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from hashlib import sha256
from itertools import pairwise
from pathlib import Path
from time import monotonic, process_time
from typing import TYPE_CHECKING
from unittest.mock import patch

from django.db import connection
from django.utils import timezone

if TYPE_CHECKING:
    from apps.accounts.models import Team, User
    from apps.incentives.models import IncentivePlan, Participant
    from apps.workspaces.models import Workspace

SLUG, EMAIL, PASSWORD = "paid", "pia@paid.test", "north-star-2026"
TEAMS = 300
KEYS = ("active", "csat", "cost", "visits", "nps")
FIRST, LAST = date(2026, 7, 1), date(2026, 9, 30)


MOST_PRINTED = 10_000
SHOWN = {"READING": "gathered", "CALCULATING": "calculated", "KEEPING": "stored"}
"""What a worker says it does when it calculates a run, and the part that this is."""


def play(size: int) -> dict[str, Sequence[float]]:
    """Open a workspace, write `size` people, and take one run all the way: seconds by part (ours, the database's, by
    the clock); of pages how many queries they took.
    """
    from apps.workspaces.scope import inside

    workspace, furnished = opened(size)
    with inside(workspace):
        plan, people = furnished()
        return _all_the_way(plan, people) | _pages(workspace, people["hr"])


def opened(size: int) -> tuple[Workspace, Callable[[], tuple[IncentivePlan, dict[str, User]]]]:
    """A new workspace, and what furnishes it once it is entered: the plan, and who acts."""
    from django.contrib.auth import get_user_model

    from apps.accounts import services as accounts
    from apps.accounts.domain.roles import Role
    from apps.workspaces.domain.company import Calendar, NewCompany
    from apps.workspaces.services import open_workspace

    calendar = Calendar(time_zone="Asia/Shanghai", currency="CNY")
    wanted = NewCompany(
        company="Paid", slug=f"{SLUG}{size}", email=EMAIL, person_name="Pia", password=PASSWORD, language="en",
        calendar=calendar,
    )  # fmt: skip

    def furnished() -> tuple[IncentivePlan, dict[str, User]]:
        pia = get_user_model().objects.get(email=EMAIL)
        people = {"pia": pia} | {
            name: accounts.add_person(
                actor=pia.actor, email=f"{name}@paid.test", name=name, password=None, roles=[role]
            )
            for name, role in (("hr", Role.HR), ("boss", Role.ADMIN))
        }
        return furnish(people["hr"], pia, size), people

    return open_workspace(wanted=wanted), furnished


def _all_the_way(plan: IncentivePlan, people: dict[str, User]) -> dict[str, Sequence[float]]:
    from apps.incentives import selectors, services
    from apps.incentives.domain.states import Act
    from apps.incentives.models import Participant
    from apps.work.services import run_due

    hr, watch = people["hr"], Watch()
    run = services.begin_run(actor=hr.actor, plan_id=plan.pk, day=FIRST, today=date(2026, 11, 30))
    services.request_calculation(actor=hr.actor, run_id=run.pk, revision=0)
    watch.start()
    with watch.hearing():
        run_due()
    run.refresh_from_db()
    assert (run.state, run.results.count()) == ("calculated", Participant.objects.count())
    watch.start()
    for name, act in (("hr", Act.SUBMIT), ("boss", Act.APPROVE), ("pia", Act.LOCK)):
        services.act_on_run(actor=people[name].actor, run_id=run.pk, act=act, revision=1, now=timezone.now())
    watch.over("submitted, approved, locked")
    run_due(1)
    watch.over("posted and chained")
    assert selectors.is_posted(run)
    watch.start()
    selectors.proof()
    watch.over("proved")
    run_due(2)
    watch.over("published")
    if run.results.count() <= MOST_PRINTED:
        run_due()
        watch.over("printed")
        assert run.statements.filter(file__isnull=False).count() == run.results.count()
    return watch.told


class Watch:
    """What each part took, told as soon as it is over."""

    def __init__(self) -> None:
        self.told: dict[str, Sequence[float]] = {}
        self.start()

    def start(self) -> None:
        self._before = _spent()

    def over(self, part: str) -> None:
        spent = _spent()
        took = [after - before for after, before in zip(spent, self._before, strict=True)]
        self.told[part], self._before = took, spent
        print("    {}: {:.1f} s ours, {:.1f} the database's, {:.1f} by the clock".format(part, *took), file=sys.stderr)

    @contextmanager
    def hearing(self) -> Iterator[None]:
        """The parts of a calculation, by what the worker says it does."""
        from apps.incentives.services import calculating
        from apps.work.services import Claim

        parts = {getattr(calculating, name): part for name, part in SHOWN.items()}
        now, progress = "", Claim.progress

        def heard(claim: Claim, done: int, total: int, message: str = "") -> None:
            nonlocal now
            if now and message != now:
                self.over(parts[now])
            now = message
            progress(claim, done, total, message)

        with patch.object(Claim, "progress", heard):
            yield
        self.over(parts[now])


def _pages(workspace: Workspace, hr: User) -> dict[str, Sequence[float]]:
    """Queries of the pages that somebody with `pay.view` opens, the second time they do."""
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    from apps.incentives.models import Run, Statement

    run, statement = Run.objects.get(), Statement.objects.order_by("participant__key").first()
    assert statement is not None
    client = Client(headers={"host": f"{workspace.slug}.localhost"})
    client.force_login(hr, backend="apps.accounts.backends.PersonBackend")
    told: dict[str, Sequence[float]] = {}
    for name, path in (
        ("run page", f"/pay/runs/{run.pk}/"),
        ("statement page", f"/pay/statements/{statement.pk}/"),
        ("ledger page", "/pay/ledger/"),
    ):
        assert client.get(path).status_code == 200, path
        with CaptureQueriesContext(connection) as seen:
            client.get(path)
        told[name] = [len(seen)]
    return told


def _spent() -> tuple[float, float, float]:
    """Seconds so far: of the processor by this process and its children, by its connection's server process, and by the
    clock."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        path = Path(f"/proc/{cursor.fetchone()[0]}/stat")
    ticks = path.read_text().rpartition(")")[2].split()[11:13]
    children = os.times().children_user + os.times().children_system
    return process_time() + children, sum(map(int, ticks)) / os.sysconf("SC_CLK_TCK"), monotonic()


def furnish(hr, pia, size: int) -> IncentivePlan:
    """A published plan of five components, its people with four slices each, and a value of each team for each."""
    luck = random.Random(7)
    teams = _teams()
    _figures(pia, teams, luck)
    plan = _plan(hr, pia)
    _people(plan, teams, size, luck)
    return plan


def _teams() -> list[Team]:
    from apps.accounts.models import Team

    return Team.objects.bulk_create(
        Team(name=f"T{number:03}", dimension="store", member=f"T{number:03}") for number in range(TEAMS)
    )


def _figures(pia, teams: list[Team], luck: random.Random) -> None:
    """Metrics that people type, and what was typed, after the worker has looked and found nothing."""
    from apps.metrics import services as metric_services
    from apps.metrics.domain.definition import parse
    from apps.metrics.models import ComputeRun, Metric, MetricValue
    from apps.work.services import run_due

    for key in KEYS:
        document = {
            "kind": "manual", "key": key, "name": {"en": key, "zh": key}, "unit": {"kind": "number"},
            "direction": "up", "grains": ["quarter"], "dimensions": ["store"],
        }  # fmt: skip
        metric_services.define(actor=pia.actor, definition=parse(document))
    while run_due():
        pass
    ended = {"period_start": FIRST, "period_end": LAST + timedelta(days=1), "grain": "quarter", "dimension": "store"}
    computed = ComputeRun.objects.create()
    MetricValue.objects.bulk_create(
        MetricValue(
            metric=metric, version_id=metric.current_version_id, run=computed, member=team.name, state="final",
            value=Decimal(luck.randint(7_000, 13_000)), **ended,
        )
        for metric in Metric.objects.filter(key__in=KEYS).order_by("key")
        for team in teams
    )  # fmt: skip


def _plan(hr, pia) -> IncentivePlan:
    from apps.incentives.domain.attainment import Attaining, Basis
    from apps.incentives.domain.canonical import canonical
    from apps.incentives.domain.curve import Curve, Point
    from apps.incentives.domain.plan import Component, Plan
    from apps.incentives.models import IncentivePlan, PlanVersion

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
    return plan


def _people(plan: IncentivePlan, teams: list[Team], size: int, luck: random.Random) -> None:
    from apps.incentives.models import Assignment, Participant

    people: list[Participant] = Participant.objects.bulk_create(
        (Participant(plan=plan, name=f"P{number:05}", key=f"p{number:05}") for number in range(size)), batch_size=2000
    )
    Assignment.objects.bulk_create(
        (
            Assignment(
                participant=each, team=luck.choice(teams), first=first, last=last, amount=luck.randint(1_000, 90_000),
                coefficient=Decimal(luck.randint(5, 15)) / 10,
            )
            for each in people
            for first, last in _slices(luck)
        ),
        batch_size=2000,
    )  # fmt: skip


def _slices(luck: random.Random) -> Iterator[tuple[date, date]]:
    """Four that follow each other, first and last day."""
    length = (LAST - FIRST).days + 1
    for first, after in pairwise([0, *sorted(luck.sample(range(1, length), 3)), length]):
        yield FIRST + timedelta(days=first), FIRST + timedelta(days=after - 1)


if __name__ == "__main__":
    import django

    django.setup()
    print(json.dumps(play(int(sys.argv[1]))))
