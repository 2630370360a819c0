"""A company with a team, a cycle that is half over, and an objective of the team with key results."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from apps.accounts import services as accounts
from apps.goals import selectors, services
from apps.goals.domain.cadence import every_day
from apps.goals.domain.drafts import KeyResultDraft, ObjectiveDraft, StepDraft
from apps.goals.domain.progress import Kind
from apps.goals.models import Cycle, KeyResult, Objective
from apps.goals.selectors import checkins
from apps.kernel.period import Grain
from apps.metrics import selectors as metrics
from apps.metrics import services as metric_services
from apps.metrics.domain.definition import parse
from apps.metrics.services import TypedValue

D = Decimal


@pytest.fixture(autouse=True)
def no_holidays(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every day is worked, so that check-ins are due on the same days whenever the tests run."""
    monkeypatch.setattr(checkins, "working_days", lambda: every_day)


@pytest.fixture
def now():
    return timezone.now()


@pytest.fixture
def today(in_acme) -> date:
    return selectors.today()


@pytest.fixture
def sales(ada, mia, max, today):
    """A team that Mia leads and Max belongs to, below a division that nobody leads."""
    division = accounts.add_team(actor=ada.actor, name="Division")
    team = accounts.add_team(actor=ada.actor, name="Sales", parent_id=division.pk, lead_id=mia.pk)
    for person in (mia, max):
        accounts.add_membership(actor=ada.actor, team_id=team.pk, user_id=person.pk, start=today - timedelta(days=90))
    return team


@pytest.fixture
def quarter(ada, today) -> Cycle:
    """A cycle of 100 days, of which 50 are over at the end of today."""
    start = today - timedelta(days=49)
    return services.make_cycle(
        actor=ada.actor, name="This quarter", kind="quarter", start=start, due=start + timedelta(days=99)
    )


@pytest.fixture
def past(ada, today) -> Cycle:
    """A cycle whose last day was yesterday, and which nobody has closed."""
    return services.make_cycle(
        actor=ada.actor, name="Last quarter", kind="quarter", start=today - timedelta(days=92),
        due=today - timedelta(days=1),
    )  # fmt: skip


def draft_of(team, owner, **other: object) -> ObjectiveDraft:
    """An objective of a team with four key results: down, kept, done or not, and in steps."""
    told: dict[str, object] = {
        "title": "Customers come back", "level": "team", "team_id": team.pk, "owner_id": owner.pk, "why": "They leave.",
        "key_results": (
            KeyResultDraft("Churned customers", start=D(200), goal=D(0), weight=D(40), owner_id=owner.pk),
            KeyResultDraft("CSAT", Kind.ABOVE, low=D("4.5"), weight=D(30)),
            KeyResultDraft("Audit passed", Kind.BINARY, weight=D(20)),
            KeyResultDraft(
                "Roll-out", Kind.MILESTONES, weight=D(10), steps=(StepDraft("Pilot"), StepDraft("All stores", D(3)))
            ),
        ),
    }  # fmt: skip
    return ObjectiveDraft(**(told | other))


@pytest.fixture
def objective(quarter, sales, mia, now) -> Objective:
    return services.create_objective(actor=mia.actor, cycle_id=quarter.pk, draft=draft_of(sales, mia), now=now)


def key_result(objective: Objective, title: str) -> KeyResult:
    return KeyResult.objects.get(objective=objective, title=title)


@pytest.fixture
def visits(in_acme, ada, run_work, today) -> metrics.MetricView:
    """A typed metric by day: 100 until the day before the cycle, 150 on the third day of it."""
    definition = parse(
        {
            "kind": "manual", "key": "visits", "name": {"en": "Visits", "zh": "到店"}, "unit": {"kind": "number"},
            "direction": "up", "grains": ["day"], "dimensions": [],
        }
    )  # fmt: skip
    metric_services.define(actor=ada.actor, definition=definition)
    view = metrics.metric_for("visits")
    type_visits(ada, view, {today - timedelta(days=50): 100, today - timedelta(days=1): 150})
    run_work()
    return metrics.metric_for("visits")


def type_visits(ada, view: metrics.MetricView, told: dict[date, int | None]) -> None:
    values = [TypedValue(day, None if value is None else D(value)) for day, value in told.items()]
    metric_services.type_values(actor=ada.actor, metric_id=view.id, grain=Grain.DAY, values=values)


@pytest.fixture
def churned(objective) -> KeyResult:
    return key_result(objective, "Churned customers")
