"""Two companies full of things, each with a word of its own in every name: whoever sees the other's word, leaks."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal

from allauth.mfa.models import Authenticator
from django.core import mail
from django.utils import timezone

from apps.accounts import selectors as accounts_of
from apps.accounts import services as accounts
from apps.accounts.domain.roles import Actor, Role
from apps.api import services as api
from apps.choosing import services as choosing
from apps.choosing.models import Adoption
from apps.datasets import services as datasets
from apps.datasets.models import Upload
from apps.goals import services as goals
from apps.goals.domain.drafts import KeyResultDraft, ObjectiveDraft, StepDraft
from apps.goals.domain.plan import Plan
from apps.goals.domain.progress import Kind
from apps.goals.domain.saying import Said
from apps.incentives.domain import starting
from apps.incentives.domain.roster import Entry, Stay
from apps.incentives.services import plans as pay_plans
from apps.incentives.services import roster as pay_people
from apps.incentives.services.people_sheets import hand_in_people
from apps.kernel.period import Grain
from apps.metrics import services as metrics
from apps.metrics.domain.definition import parse
from apps.metrics.models import ComputeRun, Metric, MetricValue, TreeNode
from apps.notifications import services as notifications
from apps.notifications.domain.kinds import announces
from apps.notifications.models import Notice
from apps.scenarios import selectors as scenarios_of
from apps.scenarios import services as scenarios
from apps.scenarios.domain.base import Scope
from apps.scenarios.domain.changes import Changes
from apps.sources import services as sources
from apps.targets import services as targets
from apps.work.models import Work
from apps.work.services import run_due
from apps.workspaces.models import Workspace
from apps.workspaces.scope import inside
from tests.integration.isolation.pay_seeds import hr_of, pay

HOSTILE = "=cmd|'-C'!A0<img src=x onerror=a>"
"""What each name begins with: a formula to a spreadsheet, an image to a browser that takes text for a page."""
MARKERS = {"acme": "ZQACMEONLY", "borealis": "ZQBOREALISONLY", "cygnus": "ZQCYGNUSONLY"}
COLUMNS = [
    {"source": "day", "name": "day", "type": "date", "role": "time"},
    {"source": f"{HOSTILE}店", "name": "store", "type": "text", "role": "dimension"},
    {"source": "amount", "name": "amount", "type": "decimal", "role": "measure"},
]


@dataclass
class Seed:
    """One company, and an example of everything that stands in an address."""

    workspace: Workspace
    marker: str
    examples: dict[str, object] = field(default_factory=dict)

    def named(self, what: str) -> str:
        """A name for something: hostile, and of this company alone."""
        return f"{HOSTILE} {what} {self.marker}"

    def __getitem__(self, name: str) -> object:
        return name[1:] if name.startswith("=") else self.examples[name]


def plant(workspace: Workspace, owner: Actor) -> Seed:
    """Fill a company, by the services that people's pages use."""
    marker = MARKERS[workspace.slug]
    workspace.name = f"{workspace.slug.title()} {marker}"
    workspace.save(update_fields=["name"])
    seed = Seed(workspace, marker, {"workspace": workspace.pk})
    with inside(workspace):
        for part in (_people, _data, _metrics, _targets, _okr, _choosing, _scenarios, _said, _pay, pay):
            seed.examples.update(part(seed, owner))
    return seed


def _people(seed: Seed, owner: Actor) -> Iterator[tuple[str, object]]:
    slug, marker = seed.workspace.slug, seed.marker
    person = accounts.add_person(
        actor=owner,
        email=f"eve.{marker.lower()}@{slug}.test",
        name=seed.named("Eve"),
        password=None,
        roles=[Role.MEMBER],
    )
    team = accounts.add_team(actor=owner, name=seed.named("Team"), lead_id=person.pk)
    membership = accounts.add_membership(actor=owner, team_id=team.pk, user_id=person.pk, start=date(2026, 1, 1))
    [invitation] = accounts.invite(actor=owner, addresses=f"fay.{marker.lower()}@{slug}.test", roles=[Role.VIEWER])
    run_due()
    key = Authenticator.objects.create(
        user=person, type=Authenticator.Type.WEBAUTHN, data={"name": seed.named("Key"), "credential": {}}
    )
    yield from {"person": person.pk, "team": team.pk, "membership": membership.pk}.items()
    yield from {"invitation": invitation.pk, "security_key": key.pk}.items()
    announces("tests.news", title="Something is new", group="Tests")
    told = {"message": f"Something of {marker} is new", "url": "/people/me/", "key": "news"}
    notifications.tell(people=[owner.id], kind="tests.news", **told)
    yield "notice", Notice.objects.get(recipient_id=owner.id).pk
    key, _secret = api.make_key(actor=owner, name=seed.named("Key"), scopes=["metrics:read"], days=9)
    yield "api_key", key.pk
    yield "token", mail.outbox[-1].body.split("/people/join/")[1].split("/")[0]


def _data(seed: Seed, owner: Actor) -> Iterator[tuple[str, object]]:
    rows = [f"2026-0{month}-0{day},{seed.named('store')},{month * day}.50" for month in (1, 2, 3) for day in (1, 2, 3)]
    rows.append(f"2026-04-01,{seed.named('store')},not a number")
    text = "\n".join([f"day,{HOSTILE}店,amount", *rows]) + "\n"
    sent = _send(owner, f"{seed.named('orders')}.csv", text)
    datasets.name_columns(
        actor=owner,
        upload_id=sent.pk,
        columns=COLUMNS,
        name=seed.named("Orders"),
        key=f"{seed.workspace.slug}_orders",
    )
    while run_due():
        pass
    sent.refresh_from_db()
    assert sent.status == Upload.Status.LOADED, sent.problem
    waiting = _send(owner, f"{seed.named('more')}.csv", text + f"2026-05-01,{seed.marker},1\n")
    yield "dataset_key", f"{seed.workspace.slug}_orders"
    yield from {"upload": sent.pk, "waiting_upload": waiting.pk, "dataset": sent.dataset_id}.items()
    check = {"kind": "filled", "column": "store"}
    yield "check", datasets.add_check(actor=owner, dataset_id=sent.dataset_id, check=check).pk
    yield "work", Work.objects.filter(kind="datasets.load").latest("created_at").pk
    aside = Work.objects.create(
        kind="datasets.inspect", subject=str(waiting.pk), about=f"more {seed.marker}", args={"upload": str(waiting.pk)},
        status=Work.Status.PARKED, reason=seed.named("Stopped at"),
    )  # fmt: skip
    yield "parked_work", aside.pk
    where = {"host": f"{seed.workspace.slug}.invalid", "database": seed.marker, "user": "reader"}
    source = sources.make_source(
        actor=owner, kind="postgresql", name=seed.named("Source"), connection=where, secret=seed.marker
    )
    yield "source", source.pk


def _send(owner: Actor, name: str, text: str) -> Upload:
    sent = datasets.receive_upload(actor=owner, filename=name, chunks=[text.encode()])
    while run_due():
        pass
    return sent


def _metrics(seed: Seed, owner: Actor) -> Iterator[tuple[str, object]]:
    slug = seed.workspace.slug
    common = {"unit": {"kind": "currency"}, "direction": "up", "grains": ["month"]}
    measure = {"dataset": f"{slug}_orders", "how": "sum", "column": "amount"}
    named = {"en": seed.named("Revenue"), "zh": seed.named("收入")}
    revenue = {
        "kind": "aggregate",
        "key": f"{slug}_revenue",
        "name": named,
        "measure": measure,
        "dimensions": ["store"],
    }
    typed = {"kind": "manual", "key": f"{slug}_typed", "name": {"en": seed.named("Typed"), "zh": seed.named("填报")}}
    for document in (revenue, {**typed, "dimensions": []}):
        metrics.define(actor=owner, definition=parse(document | common))
    while run_due():
        pass
    top, below = Metric.objects.get(key=f"{slug}_revenue"), Metric.objects.get(key=f"{slug}_typed")
    metrics.type_value(
        actor=owner, metric_id=below.pk, grain=Grain.MONTH, period_start=date(2026, 1, 1), value=Decimal(7)
    )
    metrics.choose_north_star(actor=owner, metric_id=top.pk, grain=Grain.MONTH, reason=seed.named("Because"))
    root = TreeNode.objects.get(metric=top)
    leaf = metrics.add_node(actor=owner, metric_id=below.pk, parent_id=root.pk, link="influence")
    while run_due():
        pass
    yield from {"metric": top.key, "version": 1, "typed_metric": below.key, "node": root.pk, "leaf": leaf.pk}.items()
    definition = parse(revenue | common | {"name": {"en": seed.named("Net"), "zh": seed.named("净")}})
    metrics.save_draft(actor=owner, metric_id=top.pk, definition=definition, note=seed.named("Draft"))
    metrics.request_preview(actor=owner, definition=definition)
    while run_due():
        pass
    yield "preview", metrics.preview_name(definition)
    yield "run", ComputeRun.objects.latest("started_at").pk
    yield "value", MetricValue.objects.filter(metric=top, dimension="").latest("period_start").pk


def _targets(seed: Seed, owner: Actor) -> Iterator[tuple[str, object]]:
    metric = Metric.objects.get(key=seed["metric"])
    target = targets.set_target(
        actor=owner, metric_id=metric.pk, grain=Grain.MONTH, baseline=Decimal(10), goal=Decimal(20),
        start=date(2026, 1, 1), due=date(2026, 12, 31), reason=seed.named("Reason"),
    )  # fmt: skip
    yield "target", target.pk
    yield "sheet", targets.hand_in(actor=owner, filename=f"{seed.marker}.csv", content=b"metric").pk
    plan = Plan(title=seed.named("Call them"), start=date(2026, 1, 5), due=date(2026, 3, 31))
    made = goals.create_initiative(actor=owner, metric_id=metric.pk, plan=plan, running=True)
    yield "initiative", made.pk
    yield "action", made.pk


def _okr(seed: Seed, owner: Actor) -> Iterator[tuple[str, object]]:
    cycle = goals.make_cycle(
        actor=owner, name=seed.named("Cycle"), kind="quarter", start=date(2026, 10, 1), due=date(2026, 12, 31)
    )
    result = KeyResultDraft(seed.named("Result"), start=Decimal(0), goal=Decimal(10))
    steps = KeyResultDraft(seed.named("Steps"), Kind.MILESTONES, steps=(StepDraft(seed.named("Step")),))
    draft = ObjectiveDraft(seed.named("Objective"), level="company", owner_id=owner.id, key_results=(result, steps))
    objective = goals.create_objective(actor=owner, cycle_id=cycle.pk, draft=draft, now=timezone.now())
    yield "cycle", cycle.pk
    told = {"cycle_id": cycle.pk, "objective_ids": [objective.pk], "name": seed.named("Template")}
    yield "cycle_template", goals.save_template(actor=owner, **told).pk
    yield "objective", objective.pk
    yield "key_result", objective.key_results.get(kind="reach").pk
    yield "milestone", objective.key_results.get(kind="milestones").milestones.get().pk


def _said(seed: Seed, owner: Actor) -> Iterator[tuple[str, object]]:
    """A team's objective that runs today, with what was said of it."""
    now, today = timezone.now(), accounts_of.today()
    cycle = goals.make_cycle(
        actor=owner, name=seed.named("Weeks"), kind="custom", start=today - timedelta(days=20),
        due=today + timedelta(days=60),
    )  # fmt: skip
    parts = (KeyResultDraft(seed.named("Result"), start=Decimal(0), goal=Decimal(9)),)
    draft = ObjectiveDraft(seed.named("Objective"), "team", team_id=seed["team"], owner_id=owner.id, key_results=parts)
    objective = goals.create_objective(actor=owner, cycle_id=cycle.pk, draft=draft, now=now)
    row = objective.key_results.get()
    said = Said(Decimal(3), "at_risk", blockers=seed.named("Blocked by"))
    checkin = goals.check_in(actor=owner, key_result_id=row.pk, said=said, seen=None, today=today, now=now)
    comment = goals.add_comment(actor=owner, objective_id=objective.pk, text=seed.named("Comment"), now=now)
    meeting = goals.begin_meeting(actor=owner, team_id=seed["team"], cycle_id=cycle.pk, today=today, now=now)
    yield from {"said_objective": objective.pk, "said_key_result": row.pk}.items()
    yield from {"checkin": checkin.pk, "comment": comment.pk, "meeting": meeting.pk}.items()


def _scenarios(seed: Seed, owner: Actor) -> Iterator[tuple[str, object]]:
    base = scenarios_of.today(Scope(Grain.MONTH, date(2026, 1, 1))).base
    made = scenarios.save_scenario(
        actor=owner, name=seed.named("Scenario"), note=seed.named("Note"), shared=True, base=base,
        changes=Changes(),
    )  # fmt: skip
    yield "scenario", made.pk


def _choosing(seed: Seed, owner: Actor) -> Iterator[tuple[str, object]]:
    metric = Metric.objects.get(key=seed["metric"])
    scores, evidence = dict.fromkeys(("value", "revenue", "sustainable"), 3), {"value": seed.named("Seen")}
    choosing.judge(actor=owner, metric_id=metric.pk, scores=scores, evidence=evidence)
    choosing.publish(actor=owner, why=seed.named("Why"), teams=seed.named("Teams"), seen=0, after=0)
    choosing.save_draft(actor=owner, why=seed.named("Draft"), teams="", seen=0)
    made = Adoption.objects.create(
        template="after_sales_arpu", mapping={}, made=[], adopted_by=owner.id, adopted_by_name=owner.name
    )
    yield "adoption", made.pk


def _pay(seed: Seed, owner: Actor) -> Iterator[tuple[str, object]]:
    hr = hr_of(seed, owner).actor
    plan = starting.BY_KEY[starting.TARGET_BONUS].make()
    version = pay_plans.make_plan(
        actor=hr, name=f"{seed.marker} {HOSTILE}", currency="CNY", period="quarter", terms=plan,
        settings=pay_plans.Settings(date(2026, 1, 1)),
    )  # fmt: skip
    yield "pay_plan", version.plan.key
    stay = Stay(str(seed["team"]), date(2026, 1, 1), None, Decimal(1000))
    taking = pay_people.add_participant(
        actor=hr, plan_id=version.plan_id, entry=Entry(seed.named("Person"), stays=(stay,))
    )
    yield "participant", taking.pk
    rule = pay_people.make_rule(
        actor=hr, plan_id=version.plan_id, team_id=seed["team"], below=True, amount=Decimal(1),
        coefficient=Decimal(1), since=date(2026, 1, 1),
    )  # fmt: skip
    yield "pay_rule", rule.pk
    yield "pay_sheet", hand_in_people(actor=hr, plan_id=version.plan_id, filename="p.csv", content=b"name").pk
