"""The company of the goals bench: 2,000 people in 300 teams, 1,000 objectives with 3,000 key results, 300 targets.

Rows are written as services leave them, in bulk: reading is what is measured. Progress is computed by the one service
that does so.
"""

import json
import sys
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

SLUG, EMAIL, PASSWORD = "goals", "pia@goals.test", "north-star-2026"
RESULTS, MONTHS_BACK = 3, 24
WEEK = timedelta(days=7)


@dataclass(frozen=True)
class Size:
    """How many there are: people, regions with their shops below one company, targets (each of a metric of its own),
    stores that share one more, actions, and objectives of the company, of each team and of people, with three key
    results each."""

    people: int = 2_000
    regions: int = 9
    shops: int = 290
    targets: int = 300
    stores: int = 290
    actions: int = 300
    company: int = 20
    each_team: int = 2
    own: int = 380

    @property
    def teams(self) -> int:
        return 1 + self.regions + self.shops

    @property
    def results(self) -> int:
        return RESULTS * (self.company + self.each_team * self.teams + self.own)


def open_company(size: Size) -> dict[str, str]:
    """Open the workspace and write everything; ids of what its pages are asked for."""
    from django.contrib.auth import get_user_model

    from apps.workspaces.domain.company import Calendar, NewCompany
    from apps.workspaces.scope import inside
    from apps.workspaces.services import open_workspace

    wanted = NewCompany(
        company="Goals", slug=SLUG, email=EMAIL, person_name="Pia", password=PASSWORD, language="en",
        calendar=Calendar(time_zone="Asia/Shanghai", currency="CNY"),
    )  # fmt: skip
    with inside(open_workspace(wanted=wanted)):
        return furnish(get_user_model().objects.get(email=EMAIL), size)


def furnish(pia, size: Size) -> dict[str, str]:
    """Everything inside a workspace that is entered and has one person, who is to see all of it."""
    from django.db import connection, transaction

    from apps.goals.models import Objective
    from apps.goals.services.progress import recompute
    from apps.work.models import Work
    from tests.bench.goals_doing import actions, meeting, stores

    people = _people(pia, size)
    teams = _teams(people, size)
    metrics = _metrics(pia, size)
    cycle, objectives = _objectives(pia, people, teams, size)
    rows = _key_results(pia, objectives, metrics)
    said = _weeks(pia, cycle, rows)
    total, store = stores(pia, size.stores)
    doing = actions(pia, people, metrics, rows, size.actions)
    with transaction.atomic():
        recompute(Objective.objects.values_list("pk", flat=True), now=_now())
    held = meeting(pia, teams[-1], cycle)
    Work.objects.filter(status="waiting").delete()
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return {
        "cycle": str(cycle.pk), "team": str(teams[-1].pk), "region": str(teams[1].pk),
        "objective": str(objectives[0].pk), "mine": str(objectives[size.company].pk),
        "key_result": str(rows[0].pk), "metric": metrics[0].key, "person": str(people[size.own // 2].pk),
        "target": str(total.pk), "store": str(store.pk), "action": str(doing.pk), "meeting": str(held.pk),
        "checkin": str(said.pk),
    }  # fmt: skip


def _now():
    from django.utils import timezone

    return timezone.now()


def _today() -> date:
    from apps.goals.selectors.days import today

    return today()


def _people(pia, size: Size) -> list:
    from django.contrib.auth import get_user_model

    user = get_user_model()
    made = user.objects.bulk_create(
        [
            user(email=f"p{at}@goals.test", name=f"Person {at}", roles=["member"], password="!")
            for at in range(1, size.people)
        ],
        batch_size=500,
    )
    return [pia, *made]


def _teams(people: list, size: Size) -> list:
    """One above all, regions below it, shops below them; each with a lead, and everybody in one of the shops."""
    from apps.accounts.models import Membership, Team

    top = Team.objects.create(name="Company", lead=people[0])
    regions = Team.objects.bulk_create(
        Team(name=f"Region {at}", parent=top, lead=people[1 + at]) for at in range(size.regions)
    )
    shops = Team.objects.bulk_create(
        Team(name=f"Shop {at}", parent=regions[at % size.regions], lead=people[1 + size.regions + at])
        for at in range(size.shops)
    )
    since = _today() - timedelta(days=400)
    Membership.objects.bulk_create(
        (Membership(team=shops[at % size.shops], user=person, start=since) for at, person in enumerate(people)),
        batch_size=500,
    )
    return [top, *regions, *shops]


def _metrics(pia, size: Size) -> list:
    """One typed metric for each target, with two years of months."""
    from apps.kernel.period import Grain
    from apps.metrics.domain.definition import document_of, parse
    from apps.metrics.models import ComputeRun, Metric, MetricValue, MetricVersion
    from apps.targets.models import Target
    from apps.workspaces.scope import current_workspace

    metrics = Metric.objects.bulk_create(Metric(key=f"metric_{at}") for at in range(size.targets))
    for metric in metrics:
        document = {"kind": "manual", "key": metric.key, "name": {"en": metric.key}, "grains": ["month"]}
        definition = document_of(parse(document))
        metric.current_version = MetricVersion(metric=metric, number=1, definition=definition)
    MetricVersion.objects.bulk_create(metric.current_version for metric in metrics)
    Metric.objects.bulk_update(metrics, ["current_version"])
    calendar, run = current_workspace().calendar, ComputeRun.objects.create(status="done")
    this_month = calendar.period_of(_today(), Grain.MONTH)
    months = [calendar.shift(this_month, -back) for back in range(MONTHS_BACK, 0, -1)]
    for at, month in enumerate(months):
        MetricValue.objects.bulk_create(
            MetricValue(
                metric=metric, version_id=metric.current_version_id, run=run, grain="month", period_start=month.start,
                period_end=month.end, value=Decimal(1000 + at * 10 + number), state="final",
            )
            for number, metric in enumerate(metrics)
        )  # fmt: skip
    year = calendar.period_of(_today(), Grain.YEAR)
    Target.objects.bulk_create(
        Target(
            metric=metric, grain="month", baseline=Decimal(1000 + at), goal=Decimal(1500 + at), start=year.start,
            due=year.end - timedelta(days=1), owner_id=pia.pk, owner_name="Pia", set_by=pia.pk, set_by_name="Pia",
        )
        for at, metric in enumerate(metrics)
    )  # fmt: skip
    return metrics


def _objectives(pia, people: list, teams: list, size: Size) -> tuple:
    from apps.goals.models import Cycle, Objective
    from apps.kernel.period import Grain
    from apps.workspaces.scope import current_workspace

    quarter = current_workspace().calendar.period_of(_today(), Grain.QUARTER)
    by = {"created_by": pia.pk, "created_by_name": "Pia", "changed_by_name": "Pia"}
    cycle = Cycle.objects.create(
        name="This quarter", kind="quarter", start=quarter.start, due=quarter.end - timedelta(days=1), **by
    )
    company = Objective.objects.bulk_create(
        Objective(
            cycle=cycle, level="company", title=f"Company {at}", owner_id=pia.pk, owner_name="Pia", position=at, **by
        )
        for at in range(size.company)
    )  # fmt: skip
    of_teams = []
    for number, team in enumerate(teams):
        for at in range(size.each_team):
            lead = team.lead
            above = company[number % size.company]
            if number > size.regions:
                above = of_teams[size.each_team * (1 + number % size.regions)]
            of_teams.append(
                Objective(
                    cycle=cycle, level="team", team=team, title=f"{team.name}, {at}", owner_id=lead.pk,
                    owner_name=lead.name, parent=above, position=at, **by,
                )
            )  # fmt: skip
    Objective.objects.bulk_create(of_teams)
    owners = [pia] * 5 + people[1 : size.own - 4]
    of_people = Objective.objects.bulk_create(
        Objective(
            cycle=cycle, level="person", title=f"{person.name}, {at}", owner_id=person.pk, owner_name=person.name,
            parent=of_teams[at % len(of_teams)], position=at, private=at % 40 == 39, **by,
        )
        for at, person in enumerate(owners)
    )  # fmt: skip
    return cycle, [*company, *of_people, *of_teams]


KINDS = (
    {"kind": "reach", "start": Decimal(0), "goal": Decimal(100), "value": Decimal(40), "unit": "cars"},
    {"kind": "reach", "start": Decimal(1000), "goal": Decimal(1500), "value": Decimal(1230), "source": "metric"},
    {"kind": "range", "low": Decimal(30), "high": Decimal(45), "value": Decimal(41), "range_rule": "checkins"},
    {"kind": "binary", "value": Decimal(0)},
    {"kind": "below", "high": Decimal(8), "value": Decimal(7)},
)


def _key_results(pia, objectives: list, metrics: list) -> list:
    from apps.goals.models import KeyResult

    found = []
    for number, objective in enumerate(objectives):
        for at in range(RESULTS):
            told = dict(KINDS[(number + at) % len(KINDS)])
            if told.get("source"):
                told |= {"metric": metrics[number % len(metrics)], "grain": "month"}
            found.append(
                KeyResult(
                    objective=objective, title=f"Key result {number}.{at}", weight=Decimal(100) / RESULTS,
                    owner_id=objective.owner_id, owner_name=objective.owner_name, position=at,
                    value_on=_today() - WEEK, confidence="on_track", changed_by_name="Pia", **told,
                )
            )  # fmt: skip
    return KeyResult.objects.bulk_create(found, batch_size=500)


def _weeks(pia, cycle, rows: list) -> object:
    """What was said in the last three weeks, and every value; one of the check-ins."""
    from apps.goals.models import CheckIn, KeyResultValue

    days = [day for back in (3, 2, 1) if (day := _today() - WEEK * back) >= cycle.start]
    said = [(row, day) for row in rows for day in days if row.source != "metric"]
    made = CheckIn.objects.bulk_create(
        (
            CheckIn(
                key_result=row, on=day, due_on=day, by=row.owner_id, by_name=row.owner_name, value=row.value,
                confidence="on_track", note="As planned.", next_step="Go on.",
            )
            for row, day in said
        ),
        batch_size=1000,
    )  # fmt: skip
    KeyResultValue.objects.bulk_create(
        (
            KeyResultValue(key_result=row, value=row.value, on=day, source="checkin", by=row.owner_id)
            for row, day in said
        ),
        batch_size=1000,
    )
    return made[0]


if __name__ == "__main__":
    import django

    django.setup()
    print(json.dumps(open_company(Size())))
    sys.exit(0)
