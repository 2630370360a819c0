"""A worker keeps what was expected when an action begins and judges what came; pages say it and claim no cause."""

import random
from datetime import date
from decimal import Decimal

import pytest
from django.urls import reverse

from apps.goals import services
from apps.goals.domain import effect
from apps.goals.domain.plan import Plan
from apps.goals.models import Initiative
from apps.kernel.period import Grain
from apps.metrics import selectors as metrics
from apps.metrics import services as metric_services
from apps.metrics.domain.definition import parse
from apps.metrics.services import TypedValue

LIFT = {2: 130, 3: 140, 4: 150}  # what came on top in February to April 2026


def define(actor, key: str, **more) -> metrics.MetricView:
    document = {
        "kind": "manual", "key": key, "name": {"en": key.title(), "zh": key}, "unit": {"kind": "count"},
        "direction": "up", "grains": ["month"], "dimensions": [],
    }  # fmt: skip
    metric_services.define(actor=actor, definition=parse(document | more))
    return metrics.metric_for(key)


def type_months(actor, view, values: dict[date, Decimal]) -> None:
    typed = [TypedValue(day, value) for day, value in values.items()]
    metric_services.type_values(actor=actor, metric_id=view.id, grain=Grain.MONTH, values=typed)


def history(until: int = 1) -> dict[date, Decimal]:
    """Two years and some months around 1,000, to the month `until` of 2026."""
    dice, count = random.Random(4), 24 + until
    return {date(2024 + at // 12, at % 12 + 1, 1): Decimal(1000 + dice.randint(-20, 20)) for at in range(count)}


@pytest.fixture
def visits(in_acme, ada, run_work) -> metrics.MetricView:
    view = define(ada.actor, "visits")
    type_months(ada.actor, view, history())
    run_work()
    return view


@pytest.fixture
def plan() -> Plan:
    return Plan("Free check", date(2026, 2, 1), date(2026, 4, 30), expected=Decimal(140), cost=Decimal(4200))


def test_from_the_forecast_at_the_start_to_a_verdict(visits, plan, ada, mia, run_work, client_of) -> None:
    made = services.create_initiative(actor=ada.actor, metric_id=visits.id, plan=plan, running=True)
    other = Plan("New app", date(2026, 3, 1), date(2026, 9, 1))
    services.create_initiative(actor=ada.actor, metric_id=visits.id, plan=other, running=True)
    run_work()
    made.refresh_from_db()
    kept = made.forecast
    assert (kept["last"], kept["made_from"], kept["told"][0][0], made.verdict) == ("2026-01", 25, "2026-02", "")

    came = {date(2026, month, 1): Decimal(1000 + lift) for month, lift in LIFT.items()}
    type_months(ada.actor, visits, came)
    run_work()
    services.finish_initiative(
        actor=ada.actor, initiative_id=made.pk, revision=1, on=date(2026, 4, 30), today=date(2026, 5, 2)
    )
    run_work()
    made.refresh_from_db()
    assert made.forecast == kept  # what came later does not change what was expected
    facts = made.verdict_facts
    expected = [Decimal(value) for _key, value, _low, _high in kept["told"][:3]]
    mean = sum((value - told for value, told in zip(came.values(), expected, strict=True)), Decimal(0)) / 3
    assert made.verdict == "better"
    assert round(Decimal(facts["mean"]), 9) == round(mean, 9)
    assert facts["periods"] == ["2026-02", "2026-03", "2026-04"]
    assert (facts["promise"], facts["total"]) == ("within", None)  # typed values are not known to add up
    assert round(Decimal(facts["one"]), 6) == round(Decimal(4200) / mean, 6)

    page = client_of(mia).get(_url(made))
    text = page.content.decode()
    assert "Better than expected: on average" in text
    assert "New app" in text  # who else was at work
    assert "no proof that one of them is the cause" in text
    assert {point.name for point in page.context["trend"].points if point.mark} == {"Feb 2026", "Apr 2026"}
    assert all(
        point.low is not None for point in page.context["trend"].points if point.name in ("Feb 2026", "Mar 2026")
    )


def _url(made) -> str:
    return reverse("goals:detail", args=[made.pk])


def test_one_that_is_written_down_late_is_held_against_what_was_known_when_it_began(
    visits, plan, ada, run_work
) -> None:
    """Its first day lies three months back: the forecast must not know what it already brought."""
    type_months(ada.actor, visits, {date(2026, month, 1): Decimal(1000 + lift) for month, lift in LIFT.items()})
    made = services.create_initiative(actor=ada.actor, metric_id=visits.id, plan=plan, running=True)
    services.finish_initiative(
        actor=ada.actor, initiative_id=made.pk, revision=1, on=date(2026, 4, 30), today=date(2026, 5, 2)
    )
    run_work()
    made.refresh_from_db()
    assert (made.forecast["last"], made.verdict) == ("2026-01", "better")
    services.reopen_initiative(actor=ada.actor, initiative_id=made.pk, revision=2)
    run_work()
    made.refresh_from_db()
    assert (made.verdict, made.verdict_facts) == ("", None)  # it runs again: nothing is judged


def test_with_too_short_a_past_it_is_said_and_nothing_is_made_up(in_acme, plan, ada, mia, run_work, client_of) -> None:
    view = define(ada.actor, "calls")
    type_months(ada.actor, view, {day: value for day, value in history().items() if day >= date(2025, 9, 1)})
    made = services.create_initiative(actor=ada.actor, metric_id=view.id, plan=plan, running=True)
    services.stop_initiative(
        actor=ada.actor,
        initiative_id=made.pk,
        revision=1,
        on=date(2026, 4, 2),
        today=date(2026, 5, 2),
        reason="no money",
    )
    run_work()
    made.refresh_from_db()
    assert (made.verdict, made.verdict_facts["why"]["message"]) == ("nothing", effect.TOO_SHORT)
    text = client_of(mia).get(_url(made)).content.decode()
    assert "5 closed periods in a row before its first day, and 16 are needed" in text


def test_it_is_too_early_as_long_as_a_month_has_no_final_value(visits, plan, ada, mia, run_work, client_of) -> None:
    type_months(ada.actor, visits, {date(2026, 2, 1): Decimal(1010)})
    made = services.create_initiative(actor=ada.actor, metric_id=visits.id, plan=plan, running=True)
    services.finish_initiative(
        actor=ada.actor, initiative_id=made.pk, revision=1, on=date(2026, 4, 30), today=date(2026, 5, 2)
    )
    run_work()
    assert Initiative.objects.get().verdict == "early"
    assert "Mar 2026 has no final value yet" in client_of(mia).get(_url(made)).content.decode()
    rest = {date(2026, month, 1): Decimal(1005) for month in (3, 4)}
    type_months(ada.actor, visits, rest)
    run_work()  # new values are heard of
    assert Initiative.objects.get().verdict == "noise"
    assert "Cannot be told apart from noise" in client_of(mia).get(_url(made)).content.decode()


def test_a_verdict_that_stays_the_same_is_not_written_again(visits, plan, ada, run_work) -> None:
    made = services.create_initiative(actor=ada.actor, metric_id=visits.id, plan=plan, running=True)
    run_work()
    made.refresh_from_db()
    edition = metrics.edition()
    services.ask_effects()
    run_work()
    assert metrics.edition() == edition


def test_another_first_day_is_another_question(visits, plan, ada, run_work) -> None:
    made = services.create_initiative(actor=ada.actor, metric_id=visits.id, plan=plan, running=True)
    run_work()
    earlier = Plan(plan.title, date(2025, 11, 1), plan.due)
    services.change_initiative(actor=ada.actor, initiative_id=made.pk, revision=1, plan=earlier, running=True)
    run_work()
    made.refresh_from_db()
    assert made.forecast["last"] == "2025-10"
