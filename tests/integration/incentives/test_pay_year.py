"""A plan that pays the year to date: each run pays the year so far, less everything that was posted for it before."""

import csv
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal as D
from fractions import Fraction as F

import pytest
from django.db import IntegrityError, transaction
from django.db.models import Sum

from apps.accounts import selectors as accounts
from apps.audit.models import Entry
from apps.incentives import selectors, services
from apps.incentives.domain.plan import Measured
from apps.incentives.domain.proration import Days
from apps.incentives.domain.rounding import as_decimal
from apps.incentives.domain.states import Act
from apps.incentives.models import (
    Correction,
    IncentivePlan,
    LedgerEntry,
    Look,
    Participant,
    PeriodForecast,
    Run,
    RunApproval,
    RunChange,
    RunProposal,
    Statement,
)
from apps.incentives.presentation.own import LEVELS
from apps.incentives.presentation.runs import amount
from apps.incentives.services import calculating, posting
from apps.incentives.services.making import period_of
from apps.kernel.issue import Refusal
from apps.kernel.period import Grain
from apps.metrics import selectors as metrics
from apps.metrics import services as metric_services
from apps.metrics.domain.definition import parse
from apps.metrics.services import TypedValue
from apps.targets import services as target_services
from apps.targets.domain.kinds import Kind
from apps.work.models import Work
from tests.integration.incentives.conftest import SEED, Company, published

pytestmark = pytest.mark.django_db
QUARTERS = ((date(2026, 1, 1), date(2026, 3, 31)), (date(2026, 4, 1), date(2026, 6, 30)))
Reached = Callable[[int, object], None]


@pytest.fixture
def reached(company) -> Reached:
    """`reached(quarter, value)`: type what S01 sold in the first (0) or the second quarter (1)."""

    def typed(quarter: int, value: object) -> None:
        told = [TypedValue(QUARTERS[quarter][0], D(str(value)), "store", "S01")]
        metric = metrics.metric_for("sales").id
        ben = company.people["ben"].actor
        metric_services.type_values(actor=ben, metric_id=metric, grain=Grain.QUARTER, values=told)
        company.work()

    return typed


@pytest.fixture
def year(company, reached) -> Company:
    """goals_and_pay 3.6: 12,000 a year for two people by what is sold, 4,000 a year; 900 in the first, 1,100 in the
    second: factors of 0.75 and, for the half year, 1.
    """
    ada, hana = company.people["ada"], company.people["hana"]
    definition = parse(
        {
            "kind": "manual", "key": "sales", "name": {"en": "Sales", "zh": "销量"}, "unit": {"kind": "count"},
            "direction": "up", "grains": ["quarter"], "dimensions": ["store"],
        }
    )  # fmt: skip
    metric_services.define(actor=ada.actor, definition=definition)
    reached(0, 900)
    reached(1, 1_100)
    target_services.set_target(
        actor=ada.actor, metric_id=metrics.metric_for("sales").id, grain=Grain.QUARTER, goal=D(4_000),
        start=QUARTERS[0][0], due=date(2026, 12, 31), kind=Kind.FLOW, dimension="store", member="S01", on_purpose=True,
    )  # fmt: skip
    company.work()
    company.plan = IncentivePlan.objects.create(key="year", name="The year", currency="CNY", created_by=hana.pk)
    sales = replace(SEED.components[0], key="sales", name="Sales", metric="sales", weight=F(1))
    terms = replace(SEED, key="year", name="The year", components=(sales,), measured=Measured.CUMULATIVE)
    company.version = published(company.plan, terms, hana, ada)
    for name in ("mia", "max"):
        company.participants[name] = Participant.objects.create(
            plan=company.plan, name=name.title(), person_id=company.people[name].pk, added_by_name="Hana"
        )
        company.assign(name, "S01", 3_000, first=QUARTERS[0][0])
    return company


def calculated(year: Company, quarter: int) -> Run:
    return year.calculate(year.begin(day=QUARTERS[quarter][0]))


def locked(year: Company, run: Run) -> Run:
    for who, act in (("hana", Act.SUBMIT), ("adi", Act.APPROVE), ("ada", Act.LOCK)):
        year.act(who, run, act)
    return Run.objects.get(pk=run.pk)


def locked_by_sql(year: Company, run: Run) -> None:
    """Around the service, which looks at the checks."""
    hana, adi, ada = (year.people[name].pk for name in ("hana", "adi", "ada"))
    rows = Run.objects.filter(pk=run.pk)
    rows.update(state="in_review", acted_by=hana)
    RunApproval.objects.create(run=run, revision=1, content=run.content, step=1, head="0" * 64, by=adi)
    rows.update(state="approved", acted_by=adi)
    rows.update(state="locked", acted_by=ada)


def taken_back_by_sql(year: Company, run: Run, act: str, state: str) -> None:
    hana, adi = year.people["hana"].pk, year.people["adi"].pk
    made = RunProposal.objects.create(run=run, act=act, reason="R", ticket="T", by=hana)
    RunProposal.objects.filter(pk=made.pk).update(confirmed_by=adi, ended_at=year.now())
    Run.objects.filter(pk=run.pk).update(state=state, acted_by=adi, reason="R", ticket="T")


def due(run: Run) -> set[int]:
    return {each.due for each in run.results.filter(revision=run.revision)}


def posted() -> int:
    return LedgerEntry.objects.filter(plan="year").aggregate(sum=Sum("minor"))["sum"] or 0


def test_the_half_year_pays_6000_less_2250(year, client_of):
    """3.6: Q1 0.75 is 2,250; the year to date 1.00 after Q2 is 6,000 - 2,250 = 3,750."""
    first = locked(year, calculated(year, 0))
    assert due(first) == {225_000}
    second = locked(year, calculated(year, 1))
    assert due(second) == {375_000}
    row = second.results.first()
    assert (row.minor, row.earlier) == (600_000, 225_000)
    page = client_of(year.people["hana"]).get(f"/pay/runs/{second.pk}/people/{row.participant_id}/").content.decode()
    assert "Less what was posted for earlier periods" in page
    assert "¥2,250.00" in page
    assert "does not come to" not in page, "calculated again from what is kept, it is the same"


def test_why_a_run_pays_another_sum_is_told_by_cause_and_adds_up_both_ways(year, client_of, django_assert_num_queries):
    """On the page of the run and, person by person, in a file; whose amounts are in it sees who took it."""
    first = locked(year, calculated(year, 0))
    second = year.begin(day=QUARTERS[1][0])
    hana = client_of(year.people["hana"])
    max_ = year.participants["max"]
    max_.assignments.update(last=QUARTERS[0][1])
    year.assign("max", "S01", 4_500, first=QUARTERS[1][0])
    assert hana.get(f"/pay/runs/{second.pk}/why/file/").status_code == 409
    year.calculate(second)
    found = second.changes.get()
    assert (found.former_id, found.revision, found.left_out) == (first.pk, 1, 0)
    told = found.totals["CNY"]
    assert (told["before"], told["after"]) == (450_000, sum(each.due for each in second.results.all()))
    assert sum(told["parts"].values()) == told["after"] - told["before"]
    assert len(told["parts"]) > 1
    page = hana.get(f"/pay/runs/{second.pk}/").content.decode()
    assert "Why it is not what Q1 2026 was" in page
    assert "What was reached" in page
    rows = list(csv.reader(hana.get(f"/pay/runs/{second.pk}/why/file/?kind=csv").content.decode().splitlines()))[1:]
    figures = [[D(cell) for cell in row[4:]] for row in rows]
    assert [row[1] for row in rows] == ["Max", "Mia"]
    for before, now, difference, *parts in figures:
        assert now - before == difference == sum(parts)
    assert sum(row[2] for row in figures) * 100 == told["after"] - told["before"]
    assert Look.objects.filter(participant=max_, run=second, where="file").count() == 1
    RunChange.objects.all().delete()
    assert "Not worked out yet" in hana.get(f"/pay/runs/{second.pk}/").content.decode()
    hana.post(f"/pay/runs/{second.pk}/why/")
    year.work()
    assert second.changes.get().totals == found.totals
    locked(year, second)
    year.work()
    mine, cleo = Statement.objects.get(run=second, participant=max_), year.people["cleo"]
    services.give_scope(actor=year.people["ada"].actor, person_id=cleo.pk, team_id=year.teams["S01"].pk, below=True)
    told = []
    for who, queries in (("max", 12), ("cleo", 13)):
        reader = client_of(year.people[who])
        with django_assert_num_queries(queries):
            told.append(reader.get(f"/pay/statements/{mine.pk}/").content.decode())
    former, change = selectors.change_for(second, max_.key)
    assert (former, sum(change.parts.values())) == (first, change.after - change.before)
    section = [text.partition("Why it is not what it was before")[2].partition("</section>")[0] for text in told]
    assert all(amount(each, "CNY") in section[0] for each in (change.before, change.after, *change.parts.values()))
    assert not section[1], "who looks after the team need not know what was paid elsewhere"


def test_a_run_waits_for_those_before_it_in_the_year(year, client_of):
    """Calculated before the first quarter was locked, the second would pay the first once more."""
    first, second = calculated(year, 0), calculated(year, 1)
    assert due(second) == {600_000}
    with pytest.raises(Refusal, match="cannot be done") as refused:
        year.act("hana", second, Act.SUBMIT)
    assert "checks stand in the way" in str(refused.value.issues)
    with pytest.raises(IntegrityError, match="before in the year is posted first"), transaction.atomic():
        locked_by_sql(year, second)
    page = client_of(year.people["hana"]).get(f"/pay/runs/{second.pk}/").content.decode()
    assert "comes first: this one pays the year to date less what that one pays" in page
    locked(year, first)
    year.work()
    second.refresh_from_db()
    assert second.stale, "the worker noticed"
    page = client_of(year.people["hana"]).get(f"/pay/runs/{second.pk}/").content.decode()
    assert "What was posted for earlier periods of the year is another sum by now." in page
    locked(year, year.calculate(second))
    assert posted() == 2 * 600_000


def test_half_of_what_is_before_is_never_read(year, monkeypatch, client_of):
    """The first quarter is being entered in the ledger, one person of two: nobody calculates, whoever asked when."""
    first, second = calculated(year, 0), year.begin(day=QUARTERS[1][0])
    hana = year.people["hana"]
    services.request_calculation(actor=hana.actor, run_id=second.pk, revision=0)
    monkeypatch.setattr(posting, "AT_ONCE", 1)
    monkeypatch.setattr(posting, "PORTION", 1)
    locked(year, first)
    with_first = list(posting._waiting(first))[:1]
    posting._portion(Run.objects.select_related("plan", "version").get(pk=first.pk), with_first)
    assert posted() == 225_000
    asked = Work.objects.get(kind="incentives.calculate", status="queued")
    Work.objects.filter(kind="incentives.post").update(not_before=year.now().replace(year=2030))
    year.work()
    asked.refresh_from_db()
    second.refresh_from_db()
    assert (asked.status, second.revision) == ("queued", 0), "it is tried again"
    page = client_of(hana).post(f"/pay/runs/{second.pk}/calculate/", {"revision": 0}, follow=True).content.decode()
    assert "still being entered in the ledger" in page
    Work.objects.filter(kind="incentives.post").update(not_before=year.now())
    year.work()
    Work.objects.filter(pk=asked.pk).update(not_before=year.now())
    year.work()
    second.refresh_from_db()
    assert due(second) == {375_000}


def test_what_is_posted_between_reading_and_keeping_is_noticed(year, monkeypatch):
    first, second = calculated(year, 0), year.begin(day=QUARTERS[1][0])
    calculate, done = calculating.calculate, []

    def meanwhile(snapshot):
        if snapshot.period.last == QUARTERS[1][1] and not done:
            done.append(locked(year, first))
        return calculate(snapshot)

    monkeypatch.setattr(calculating, "calculate", meanwhile)
    year.calculate(second)
    Work.objects.filter(kind="incentives.calculate").update(not_before=year.now())
    year.work()
    second.refresh_from_db()
    assert (len(done), second.calculations.count()) == (1, 1), "nothing is kept of what was not net of it"
    assert due(second) == {375_000}


def test_a_correction_of_an_earlier_period_is_not_paid_twice(year, reached):
    """950 in place of 900: 450 more for the first quarter, 500 more for the half year: 50 are left for the second."""
    first = locked(year, calculated(year, 0))
    second = locked(year, calculated(year, 1))
    with pytest.raises(Refusal) as refused:
        year.act("hana", first, Act.REOPEN, reason="Wrong.", ticket="T-1")
    assert "paid the year to date, net of this one" in str(refused.value.issues)
    for act, state in (("reopen", "reopened"), ("void", "void")):  # SQL around the service finds the same wall
        with pytest.raises(IntegrityError, match="net of this one"), transaction.atomic():
            taken_back_by_sql(year, first, act, state)
    reached(0, 950)
    found = {each.run_id: each.deltas for each in Correction.objects.filter(state="open")}
    assert found == {first.pk: {"CNY": 2 * 37_500}, second.pk: {"CNY": 2 * 75_000}}
    more = services.take_correction(actor=year.people["hana"].actor, correction_id=Correction.objects.get(run=first).pk)
    locked(year, year.calculate(more))
    year.work()
    left = Correction.objects.get(run=second, state="open")
    assert left.deltas == {"CNY": 2 * 37_500}, "net of what the correction of the first quarter posted"
    rest = services.take_correction(actor=year.people["hana"].actor, correction_id=left.pk)
    locked(year, year.calculate(rest))
    assert posted() == 2 * (600_000 + 75_000), "2,050 of 2,000 pays 6,750 for the half year"


def test_what_was_added_by_hand_is_never_taken_back(year, reached):
    """Not by the year's sum of the next quarter, nor by a second correction of the same one."""
    first = calculated(year, 0)
    added(year, first, 10_000)
    first = locked(year, year.calculate(first))
    assert due(first) == {225_000 + 10_000, 225_000}
    second = locked(year, calculated(year, 1))
    assert due(second) == {600_000 - 225_000}
    for value, by_hand, total in ((950, 700, 675_000), (1_000, 0, 750_000)):
        reached(0, value)
        for run in (first, second):
            found = Correction.objects.get(run=run, state="open")
            more = services.take_correction(actor=year.people["hana"].actor, correction_id=found.pk)
            if by_hand and run == first:
                added(year, more, by_hand)
            locked(year, year.calculate(more))
            year.work()
        assert posted() == 2 * total + 10_700
        assert not Correction.objects.filter(state="open").exists()


def added(year: Company, run: Run, minor: int) -> None:
    max_ = year.participants["max"].pk
    told = {"run_id": run.pk, "participant_id": max_, "minor": minor, "reason": "Night shifts"}
    made = services.adjust(actor=year.people["hana"].actor, **told)
    services.approve_adjustment(actor=year.people["ada"].actor, adjustment_id=made.pk, now=year.now())


def spending(company: Company, days: Days, ends_at: F) -> IncentivePlan:
    """A plan that pays Max by how little the shop spends: 400 for parts and 100 for rent so far, of `ends_at`."""
    ada, hana = company.people["ada"], company.people["hana"]
    common = {"unit": {"kind": "count"}, "direction": "down", "grains": ["quarter"], "dimensions": ["store"]}
    for key, value in (("parts", 400), ("rent", 100)):
        told = {"kind": "manual", "key": key, "name": {"en": key.title(), "zh": key}}
        metric_services.define(actor=ada.actor, definition=parse(told | common))
        typed(company, key, days.first, value)
    told = {"kind": "formula", "key": "spent", "name": {"en": "Spent", "zh": "费用"}, "expression": "parts + rent"}
    metric_services.define(actor=ada.actor, definition=parse(told | common))
    company.work()
    target_services.set_target(
        actor=ada.actor, metric_id=metrics.metric_for("spent").id, grain=Grain.QUARTER, goal=D(round(ends_at)),
        start=days.first, due=days.last, kind=Kind.BELOW, dimension="store", member="S01", on_purpose=True,
    )  # fmt: skip
    company.work()
    plan = IncentivePlan.objects.create(key="now", name="Now", currency="CNY", created_by=hana.pk)
    cost = replace(SEED.components[2], key="spent", name="Spent", metric="spent", weight=F(1))
    published(plan, replace(SEED, key="now", name="Now", components=(cost,)), hana, ada)
    company.participants["max"] = Participant.objects.create(
        plan=plan, name="Max", person_id=company.people["max"].pk, added_by_name="Hana"
    )
    company.assign("max", "S01", 3_000, first=days.first)
    return plan


def typed(company: Company, key: str, start: date, value: int) -> None:
    """What the shop spent in the quarter, by hand."""
    metric_services.type_values(
        actor=company.people["ben"].actor, metric_id=metrics.metric_for(key).id, grain=Grain.QUARTER,
        values=[TypedValue(start, D(value), "store", "S01")],
    )  # fmt: skip


def test_an_estimate_takes_what_adds_up_on_by_the_day_also_where_less_is_asked_for(company, client_of):
    """Spent so far is not what will have been spent: a limit looks kept until the last day otherwise."""
    today = accounts.today()
    quarter = period_of(company.plan, today)
    days = Days(quarter.start, quarter.end - timedelta(days=1))
    over = (today - days.first).days
    ends_at = F(500 * days.count, over) if over * 20 >= days.count else F(500)
    plan = spending(company, days, ends_at)
    found = services.outlook(company.participants["max"], today)
    assert found.expected["spent"].value == ends_at
    assert found.estimate is not None
    assert [(each.metric, each.step) for each in found.drivers] == [("parts", -2), ("rent", -1)], "down the tree"
    page = client_of(company.people["max"]).get("/pay/mine/").content.decode()
    assert all(words in page for words in ("Expected at the end", "Driven by", "2 less of “Parts”"))
    rungs, ladder = services.at_each(found, LEVELS), page.partition("pay-ladder")[2].partition("</ol>")[0]
    assert (len(rungs), rungs[LEVELS.index(1)], rungs) == (len(LEVELS), 300_000, tuple(sorted(rungs)))
    assert all(amount(each, "CNY") in ladder for each in rungs), "80 to 120 % of the target, unasked"

    forecast_beside_budgets(company, client_of, days, found.estimate.likely)
    begun = services.begin_run(actor=company.people["hana"].actor, plan_id=plan.pk, day=today, today=quarter.end)
    assert begun.budget == 50
    assert not Entry.objects.filter(act="pay_plan.budget", after__icontains="0.5").exists()


def forecast_beside_budgets(company: Company, client_of, days: Days, likely: int) -> None:
    """The same for the whole plan: budgets of its periods beside what it comes to, by team."""
    hana, ben = (client_of(company.people[who]) for who in ("hana", "ben"))
    page, first = "/pay/forecast/?plan=now", days.first.isoformat()
    assert ben.get(page).status_code == ben.post("/pay/forecast/ask/", {"plan": "now"}).status_code == 403
    told = {"plan": "now", "year": "0", first: "0.5"}
    assert "2 digits" in hana.post("/pay/forecast/", told | {first: "1.005"}).content.decode()
    assert hana.post("/pay/forecast/", told).status_code == 302
    assert hana.post("/pay/forecast/ask/", {"plan": "now"}).status_code == 302
    company.work()
    row = PeriodForecast.objects.get()
    shop = str(company.teams["S01"].pk)
    assert row.sums == [["CNY", team, likely, likely, likely] for team in ("", shop)]
    assert likely > 50
    shown = hana.get(page).content.decode()
    assert all(words in shown for words in ("Over the budget", amount(likely, "CNY"), company.teams["S01"].name))
    assert f",0.5,{as_decimal(likely, 'CNY').normalize():f}," in hana.get(f"{page}&file=csv").content.decode()
    typed(company, "rent", days.first, 90)
    company.work()
    assert PeriodForecast.objects.get().at > row.at  # figures are new: it is made again by itself
