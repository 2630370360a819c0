"""A company that pays by three metrics: the seed plan of goals_and_pay 3.6, two shops, five people, the third quarter.

Hana (HR) prepares, Adi approves, Ada (owner) approves and locks. Values are typed by Ben, who is nobody's approver.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from hashlib import sha256

import pytest
from django.utils import timezone

from apps.accounts import services as accounts
from apps.accounts.models import Team, User
from apps.incentives import services
from apps.incentives.domain import starting
from apps.incentives.domain.attainment import Attaining, Direction
from apps.incentives.domain.canonical import canonical
from apps.incentives.domain.curve import Curve, Point
from apps.incentives.domain.plan import Component, Plan
from apps.incentives.domain.states import Act, Given
from apps.incentives.models import Assignment, IncentivePlan, Participant, PlanVersion, Run, RunExport, Statement
from apps.incentives.services import plans, publishing
from apps.kernel.period import Grain
from apps.metrics import selectors as metrics
from apps.metrics import services as metric_services
from apps.metrics.domain.definition import parse
from apps.metrics.services import TypedValue
from apps.targets import services as target_services
from apps.targets.domain.kinds import Kind

D, F = Decimal, Fraction
FIRST, LAST = date(2026, 7, 1), date(2026, 9, 30)
TODAY = date(2026, 11, 30)
CLASSIC = Curve((Point(F(8, 10), F(1, 2)), Point(F(1), F(1)), Point(F(12, 10), F(2))))
SEED = Plan(
    key="service",
    version="1",
    name="After-sales",
    currency="CNY",
    components=(
        Component("mau", "Active customers", "mau", F(1, 2), curve=CLASSIC),
        Component("csat", "Satisfaction", "csat", F(3, 10), curve=CLASSIC),
        Component("cost", "Cost", "cost", F(1, 5), attaining=Attaining(direction=Direction.LOWER), curve=CLASSIC),
    ),
)
VALUES = {"mau": {"S01": 9_200, "S02": 11_000}, "csat": {"S01": "4.6", "S02": "4.5"}, "cost": {"S01": 840, "S02": 800}}
GOALS = {"mau": (Kind.ABOVE, 10_000), "csat": (Kind.ABOVE, "4.5"), "cost": (Kind.BELOW, 800)}


@dataclass
class Company:
    """What a test has at hand."""

    people: dict[str, User]
    teams: dict[str, Team]
    plan: IncentivePlan
    version: PlanVersion
    work: Callable[[], int]
    participants: dict[str, Participant] = field(default_factory=dict)

    def now(self) -> datetime:
        return timezone.now()

    def begin(self, **more: object) -> Run:
        told = {"actor": self.people["hana"].actor, "plan_id": self.plan.pk, "day": FIRST, "today": TODAY} | more
        return services.begin_run(**told)

    def calculate(self, run: Run) -> Run:
        run.refresh_from_db()
        services.request_calculation(actor=self.people["hana"].actor, run_id=run.pk, revision=run.revision)
        self.work()
        run.refresh_from_db()
        return run

    def act(self, who: str, run: Run, act: Act, reason: str = "", ticket: str = "", file: str = "", **more) -> Run:
        run.refresh_from_db()
        return services.act_on_run(
            actor=self.people[who].actor, run_id=run.pk, act=act, revision=run.revision, now=self.now(),
            given=Given(reason, ticket, file), **more,
        )  # fmt: skip

    def approved(self) -> Run:
        run = self.calculate(self.begin())
        self.act("hana", run, Act.SUBMIT)
        return self.act("adi", run, Act.APPROVE)

    def locked(self) -> Run:
        return self.act("ada", self.approved(), Act.LOCK)

    def paid(self, run: Run | None = None) -> Run:
        run = run or self.locked()
        self.exported(run)
        return self.act("hana", run, Act.PAY, file="F1", paid_on=TODAY)

    def exported(self, run: Run) -> RunExport:
        """As if payroll had taken a file out."""
        run.refresh_from_db()
        return RunExport.objects.create(
            run=run, revision=run.revision, name="F1", digest="0" * 64, by=self.people["hana"].pk, by_name="Hana"
        )

    def statement(self, name: str) -> Statement:
        """What somebody is paid by the regular run that stands."""
        return Statement.objects.select_related("run__plan", "run__version", "participant").get(
            participant=self.participants[name], superseded_at=None, run__kind="regular"
        )

    def type(self, metric: str, on: date = FIRST, **values: object) -> None:
        """Type values of stores for the quarter that begins on a day, and have them computed."""
        told = [TypedValue(on, None if v is None else D(str(v)), "store", store) for store, v in values.items()]
        view = metrics.metric_for(metric)
        metric_services.type_values(actor=self.people["ben"].actor, metric_id=view.id, grain=Grain.QUARTER, values=told)
        self.work()

    def assign(self, name: str, team: str, amount: object, first: date = FIRST, last: date | None = None) -> None:
        Assignment.objects.create(
            participant=self.participants[name], team=self.teams[team], amount=D(str(amount)), first=first, last=last
        )


def published(plan: IncentivePlan, terms: Plan, author: User, approver: User, **more: object) -> PlanVersion:
    """A version as the pages publish it: drafted, proposed, approved by another."""
    text = canonical(terms)
    made = PlanVersion.objects.create(
        plan=plan, number=1, effective_from=date(2026, 1, 1), document=text, author_id=author.pk,
        author_name=str(author), authors=[author.pk], changed_by_name=str(author), **more,
    )  # fmt: skip
    rows = PlanVersion.objects.filter(pk=made.pk)
    rows.update(status="proposed", proposed_by=author.pk, proposed_by_name=str(author), proposed_at=timezone.now())
    rows.update(
        status="published", approved_by=approver.pk, approved_by_name=str(approver), published_at=timezone.now(),
        content=sha256(text.encode()).hexdigest(), engine="1", text_en="en", text_zh="zh",
    )  # fmt: skip
    made.refresh_from_db()
    return made


@pytest.fixture
def company(request, ada, adi, hana, ben, mia, max, cleo, run_work) -> Company:
    """Everything typed, agreed and published; nothing calculated. Its parameter: settings of the version."""
    people = {"ada": ada, "adi": adi, "hana": hana, "ben": ben, "mia": mia, "max": max, "cleo": cleo}
    teams = {
        name: Team.objects.create(name=name, dimension="store", member=name, lead=mia if name == "S01" else None)
        for name in ("S01", "S02")
    }
    plan = IncentivePlan.objects.create(
        key="service", name="After-sales", currency="CNY", created_by=hana.pk, created_by_name="Hana"
    )
    made = Company(people, teams, plan, None, run_work)
    for key, values in VALUES.items():
        definition = parse(
            {
                "kind": "manual", "key": key, "name": {"en": key.title(), "zh": key}, "unit": {"kind": "number"},
                "direction": "down" if key == "cost" else "up", "grains": ["quarter"], "dimensions": ["store"],
            }
        )  # fmt: skip
        metric_services.define(actor=ada.actor, definition=definition)
        made.type(key, **values)
    for key, (kind, goal) in GOALS.items():
        for store in teams:
            target_services.set_target(
                actor=ada.actor, metric_id=metrics.metric_for(key).id, grain=Grain.QUARTER, goal=D(goal), start=FIRST,
                due=LAST, kind=kind, dimension="store", member=store, on_purpose=True,
            )  # fmt: skip
    run_work()
    told = dict(getattr(request, "param", {}))
    made.version = published(plan, told.pop("terms", SEED), hana, ada, **told)
    for name, person, team, amount in (
        ("mia", mia, "S01", 12_000), ("max", max, "S01", 10_000), ("cleo", cleo, "S01", 8_000),
        ("ivo", None, "S02", 3_000),
    ):  # fmt: skip
        made.participants[name] = Participant.objects.create(
            plan=plan, name=name.title(), person_id=person.pk if person else None, added_by_name="Hana"
        )
        made.assign(name, team, amount)
    return made


@pytest.fixture
def locked(company) -> Run:
    """The third quarter: locked, posted, its statements published and printed."""
    run = company.locked()
    company.work()
    run.refresh_from_db()
    return run


# --- writing plans ---------------------------------------------------------------------------------------------------

FIGURES = {"active": ("up", 9200), "csat": ("up", D("4.6")), "cost": ("down", 840_000)}
BEGINS = date(2026, 1, 1)


def terms() -> Plan:
    """The seed plan on the three metrics."""
    made = starting.BY_KEY[starting.TARGET_BONUS].make()
    lines = zip(made.components, FIGURES, strict=True)
    return replace(made, components=tuple(replace(each, key=key, metric=key) for each, key in lines))


@pytest.fixture
def figures(in_acme, ada, run_work) -> dict[str, metrics.MetricView]:
    """Active customers, satisfaction and cost by quarter, with values of the third quarter of 2026."""
    for key, (direction, value) in FIGURES.items():
        definition = parse(
            {
                "kind": "manual", "key": key, "name": {"en": key.title(), "zh": key}, "unit": {"kind": "number"},
                "direction": direction, "grains": ["quarter"], "dimensions": [],
            }
        )  # fmt: skip
        metric_services.define(actor=ada.actor, definition=definition)
        typed = [TypedValue(date(2026, 7, 1), D(value))]
        metric_id = metrics.metric_for(key).id
        metric_services.type_values(actor=ada.actor, metric_id=metric_id, grain=Grain.QUARTER, values=typed)
    run_work()
    return {view.key: view for view in metrics.metrics()}


@pytest.fixture
def draft(figures, hana) -> PlanVersion:
    """Hana's draft of a plan."""
    settings = plans.Settings(BEGINS)
    return plans.make_plan(
        actor=hana.actor, name="After-sales", currency="CNY", period="quarter", terms=terms(), settings=settings
    )


@pytest.fixture
def in_force(draft, hana, ada) -> PlanVersion:
    """The plan, proposed by Hana and published by Ada."""
    publishing.propose(actor=hana.actor, version_id=draft.pk, revision=draft.revision)
    seen = publishing.fingerprint(draft.terms)
    return publishing.publish(actor=ada.actor, version_id=draft.pk, seen=seen, now=timezone.now())


@pytest.fixture
def store(ada, max, mia) -> Team:
    """A team that Mia leads and Max is in."""
    team = accounts.add_team(actor=ada.actor, name="S01", lead_id=mia.pk)
    for person in (mia, max):
        accounts.add_membership(actor=ada.actor, team_id=team.pk, user_id=person.pk, start=date(2026, 1, 1))
    return team


@pytest.fixture
def fields() -> Callable[[str], dict[str, str]]:
    """`fields(html)`: what a browser would send of the form of a plan."""
    from html.parser import HTMLParser

    class Reader(HTMLParser):
        def __init__(self) -> None:
            super().__init__()
            self.found: dict[str, str] = {}
            self.select = ""

        def handle_starttag(self, tag, attrs) -> None:
            told = dict(attrs)
            if tag == "input" and told.get("name"):
                self.found[told["name"]] = told.get("value") or ""
            elif tag == "select":
                self.select = told["name"]
            elif tag == "option" and self.select and ("selected" in told or self.select not in self.found):
                self.found[self.select] = told.get("value") or ""

        def handle_endtag(self, tag) -> None:
            if tag == "select":
                self.select = ""

    def read(html: str) -> dict[str, str]:
        reader = Reader()
        reader.feed(html)
        return {name: text for name, text in reader.found.items() if name != "csrfmiddlewaretoken"}

    return read
