"""What the people of the goals bench do: sales of stores with a target of the month each, actions, a meeting."""

from datetime import date, timedelta
from decimal import Decimal

DAY = timedelta(days=1)


def stores(pia, count: int) -> tuple:
    """A total to be made this month, split to stores, with the days and months since two years; the total's target and
    one of a store."""
    from apps.goals.selectors.days import today
    from apps.kernel.period import Grain
    from apps.metrics.domain.definition import document_of, parse
    from apps.metrics.models import ComputeRun, Metric, MetricVersion
    from apps.targets.models import Target
    from apps.workspaces.scope import current_workspace

    metric = Metric.objects.create(key="sales")
    document = {
        "kind": "aggregate", "key": "sales", "name": {"en": "Sales"}, "grains": ["day", "month"],
        "dimensions": ["store"], "measure": {"dataset": "sales", "how": "sum", "column": "amount"},
    }  # fmt: skip
    metric.current_version = MetricVersion.objects.create(
        metric=metric, number=1, definition=document_of(parse(document))
    )
    metric.save()
    calendar, run, day = current_workspace().calendar, ComputeRun.objects.create(status="done"), today()
    month = calendar.period_of(day, Grain.MONTH)
    for back in range(24, -1, -1):
        _values(metric, run, calendar.shift(month, -back), day, count, daily=back in (0, 1, 2, 12, 24))
    common = {
        "metric": metric, "grain": "month", "kind": "flow", "pace": "seasonal", "start": month.start,
        "due": month.end - DAY, "owner_id": pia.pk, "owner_name": "Pia", "set_by": pia.pk, "set_by_name": "Pia",
    }  # fmt: skip
    total = Target.objects.create(goal=Decimal(3000 * count), cascade_rule="share", **common)
    parts = Target.objects.bulk_create(
        Target(
            goal=Decimal(3000 + at % 7), dimension="store", member=_name(at), parent=total,
            share=Decimal(1) / count, **common,
        )
        for at in range(count)
    )  # fmt: skip
    return total, parts[0]


def _name(at: int) -> str:
    return f"Store {at:03}"


def _values(metric, run, month, today: date, count: int, *, daily: bool) -> None:
    """The values of one month: of each store and of all, and of its days if wished, up to yesterday."""
    from apps.metrics.models import MetricValue

    ends = min(month.end, today)
    days = [month.start + DAY * n for n in range((ends - month.start).days)]
    told = {"metric": metric, "version_id": metric.current_version_id, "run": run}

    def rows():
        for start, end, grain in [
            (month.start, month.end, "month"), *((day, day + DAY, "day") for day in days if daily)
        ]:  # fmt: skip
            made = [_made(at, start, end if grain == "day" else ends) for at in range(count)]
            state = "final" if grain == "day" or month.end <= today else "open"
            place = {**told, "grain": grain, "period_start": start, "period_end": end, "state": state}
            yield MetricValue(value=sum(made), n=30 * count, **place)
            for at, value in enumerate(made):
                yield MetricValue(value=value, n=30, dimension="store", member=_name(at), **place)

    MetricValue.objects.bulk_create(rows(), batch_size=2000)


def _made(at: int, start: date, end: date) -> Decimal:
    """What a store makes: more on weekends, and not all alike."""
    days = (start + DAY * n for n in range((end - start).days))
    return sum((Decimal(140 if day.isoweekday() > 5 else 85 + at % 11) for day in days), Decimal(0))


def actions(pia, people: list, metrics: list, rows: list, count: int) -> object:
    """Actions for metrics and key results in every stand; the first of them."""
    from apps.goals.models import Initiative
    from apps.goals.selectors.days import today

    day, stands = today(), ("planned", "running", "running", "done", "stopped")
    return Initiative.objects.bulk_create(
        Initiative(
            title=f"Action {at}", what="Call everybody who has not come back.", owner_id=people[at % len(people)].pk,
            owner_name=people[at % len(people)].name, start=day - DAY * (90 - at % 110), due=day + DAY * (21 + at % 60),
            status=stands[at % 5], ended_on=day - DAY if at % 5 > 2 else None, cost=Decimal(1000 * (at % 9)),
            result="" if at % 5 < 3 else "Done what could be done.", created_by=pia.pk, created_by_name="Pia",
            changed_by_name="Pia",
            **({"metric": metrics[at % len(metrics)]} if at % 3 else {"key_result": rows[at % len(rows)]}),
        )
        for at in range(count)
    )[0]  # fmt: skip


def meeting(pia, team, cycle) -> object:
    """A meeting of a team that has begun."""
    from django.utils import timezone

    from apps.goals import services
    from apps.goals.selectors.days import today

    return services.begin_meeting(
        actor=pia.actor, team_id=team.pk, cycle_id=cycle.pk, today=today(), now=timezone.now()
    )
