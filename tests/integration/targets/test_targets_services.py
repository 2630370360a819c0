"""Setting, replacing and withdrawing targets, and how metrics stand against them."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
from django.urls import reverse
from django.utils import timezone

from apps.accounts import selectors as people
from apps.audit.selectors import history_of
from apps.kernel.issue import Forbidden, NotHere, Refusal
from apps.kernel.period import Grain
from apps.metrics import selectors as metrics
from apps.targets import presentation, selectors, services
from apps.targets.domain.pace import Status
from apps.targets.models import Target

TERMS = {
    "grain": Grain.MONTH,
    "baseline": Decimal(4200),
    "goal": Decimal(5500),
    "start": date(2026, 1, 15),
    "due": date(2026, 12, 3),
}


def test_the_directors_target_stands_slightly_behind(arpu, actor) -> None:
    target = services.set_target(actor=actor, metric_id=arpu.id, **TERMS)
    assert (target.start, target.due) == (date(2026, 1, 1), date(2026, 12, 31))  # widened to whole months
    held = selectors.standings([arpu.id], Grain.MONTH)[arpu.id]
    standing = held.standing
    assert standing.period.key == "2026-06"
    assert (standing.value, standing.expected, standing.elapsed) == (4800, 4850, Decimal("0.5"))
    assert round(standing.progress, 4) == Decimal("0.4615")
    assert round(standing.attainment, 3) == Decimal("0.923")
    assert standing.status is Status.WARN
    assert selectors.standing(target, metrics.series(arpu, Grain.MONTH)) == standing
    goal = presentation.goal_piece(held, "CNY")
    assert (goal.words, goal.start, goal.due_today, goal.target) == (
        "46.2% of the way, 50% of the time", "Start ¥4,200", "Due now ¥4,850", "Target ¥5,500",
    )  # fmt: skip
    assert presentation.sentence(held.course, presentation.style_of(arpu.unit, "CNY")) == (
        "from ¥4,200 to ¥5,500 (+31%) in 12 months"
    )


def test_replacing_keeps_the_old_one_with_the_reason(arpu, actor) -> None:
    first = services.set_target(actor=actor, metric_id=arpu.id, reason="board", **TERMS)
    with pytest.raises(Refusal) as refused:
        services.set_target(actor=actor, metric_id=arpu.id, **TERMS | {"goal": Decimal(6000)})
    assert [issue.where for issue in refused.value.issues] == ["reason"]
    second = services.set_target(
        actor=actor, metric_id=arpu.id, reason="new stores", seen=first.pk, **TERMS | {"goal": Decimal(6000)}
    )
    first.refresh_from_db()
    assert (first.goal, first.ended_reason, first.ended_by_name) == (5500, "new stores", "Ada")
    assert second.replaces == first
    assert selectors.target_for(arpu.id, Grain.MONTH) == second
    assert selectors.history_of(first) == [second, first]
    assert [entry.act for entry in history_of(second)] == ["target.set"]
    assert history_of(second)[0].before["goal"] == "5500"


def test_changing_a_planned_target_leaves_the_one_that_counts_today(arpu, ada, client_of) -> None:
    today = people.today()
    soon = today + timedelta(days=400)
    terms = TERMS | {"actor": ada.actor, "metric_id": arpu.id}
    running = services.set_target(**terms | {"start": today - timedelta(days=90), "due": today + timedelta(days=90)})
    later = terms | {"start": soon, "due": soon + timedelta(days=90)}
    planned = services.set_target(reason="next year", **later)
    assert planned.valid_from == planned.start
    page = client_of(ada).get(reverse("targets:new"), {"metric": "arpu", "grain": "month"})
    assert page.context["form"].initial["valid_from"] == planned.start
    mended = services.set_target(reason="a slip", **later | {"goal": Decimal(6000)})
    assert (mended.replaces, mended.valid_from) == (planned, planned.start)
    assert selectors.target_for(arpu.id, Grain.MONTH) == running
    services.withdraw_target(actor=ada.actor, target_id=mended.pk, reason="not at all")
    path, marks = presentation.path_over_time(selectors.agreed_over_time(arpu.id, Grain.MONTH))
    assert (path, marks) == (presentation.path_of(selectors.course_of(running)), [])  # what never held is not drawn
    running.refresh_from_db()
    assert (running.valid_until, selectors.head_of(arpu.id, Grain.MONTH)) == (None, running)


def test_setting_what_is_in_force_changes_nothing(arpu, actor) -> None:
    first = services.set_target(actor=actor, metric_id=arpu.id, **TERMS)
    again = services.set_target(actor=actor, metric_id=arpu.id, reason="again", **TERMS)
    assert again == first
    assert selectors.history_of(first) == [first]


def test_somebody_elses_change_is_not_overwritten(arpu, actor, ben) -> None:
    seen = services.set_target(actor=actor, metric_id=arpu.id, **TERMS)
    services.set_target(actor=ben.actor, metric_id=arpu.id, reason="Ben", **TERMS | {"goal": Decimal(5600)})
    with pytest.raises(Refusal, match="meanwhile") as refused:
        services.set_target(
            actor=actor, metric_id=arpu.id, reason="Ada", seen=seen.pk, **TERMS | {"goal": Decimal(5700)}
        )
    assert refused.value.status == 409
    assert selectors.target_for(arpu.id, Grain.MONTH).goal == 5600


def test_withdrawing_needs_a_reason_and_happens_once(arpu, actor) -> None:
    target = services.set_target(actor=actor, metric_id=arpu.id, **TERMS)
    with pytest.raises(Refusal) as refused:
        services.withdraw_target(actor=actor, target_id=target.pk, reason=" ")
    assert [issue.where for issue in refused.value.issues] == ["reason"]
    services.withdraw_target(actor=actor, target_id=target.pk, reason="sold the brand")
    assert selectors.target_for(arpu.id, Grain.MONTH) is None
    assert selectors.targets() == []
    with pytest.raises(Refusal, match="not in force") as refused:
        services.withdraw_target(actor=actor, target_id=target.pk, reason="again")
    assert refused.value.status == 409
    later = services.set_target(actor=actor, metric_id=arpu.id, **TERMS)  # no reason needed: none is in force
    assert later.replaces is None


def test_everything_wrong_is_said_at_once(arpu, actor) -> None:
    wrong = {"grain": Grain.DAY, "baseline": None, "goal": None, "start": date(2026, 5, 1), "due": date(2026, 4, 1)}
    with pytest.raises(Refusal) as refused:
        services.set_target(actor=actor, metric_id=arpu.id, **wrong)
    assert {issue.where for issue in refused.value.issues} == {"grain", "baseline", "goal", "due"}


@pytest.mark.parametrize(
    ("changes", "where", "told"),
    [
        ({"goal": Decimal(4200)}, "goal", "nothing to reach"),
        ({"goal": Decimal(4000)}, "goal", "below the baseline"),
        ({"due": date(2026, 1, 15)}, "due", "end after it starts"),
        ({"due": date(2150, 1, 1)}, "due", "more than 400"),
        ({"start": date(1492, 10, 12)}, "start", "between the years"),
    ],
)
def test_what_cannot_be_a_target(arpu, actor, changes: dict, where: str, told: str) -> None:
    with pytest.raises(Refusal) as refused:
        services.set_target(actor=actor, metric_id=arpu.id, **TERMS | changes)
    assert [(issue.where, told in str(issue)) for issue in refused.value.issues] == [(where, True)]
    assert selectors.target_for(arpu.id, Grain.MONTH) is None


def test_a_worse_goal_can_be_meant(arpu, actor) -> None:
    target = services.set_target(actor=actor, metric_id=arpu.id, on_purpose=True, **TERMS | {"goal": Decimal(4000)})
    assert target.goal == 4000


def test_lower_is_better_needs_no_special_case(typed_metric, actor) -> None:
    metric = typed_metric("complaints", [100, 99, 96, 93, 91, 90, 89], direction="down", kind="count")
    services.set_target(actor=actor, metric_id=metric.id, **TERMS | {"baseline": Decimal(100), "goal": Decimal(80)})
    standing = selectors.standings([metric.id], Grain.MONTH)[metric.id].standing
    assert (standing.expected, standing.attainment, standing.status) == (90, Decimal("1.1"), Status.GOOD)


def test_what_happens_after_the_due_date_changes_nothing(arpu, actor) -> None:
    terms = TERMS | {"goal": Decimal(4400), "due": date(2026, 3, 31)}
    services.set_target(actor=actor, metric_id=arpu.id, **terms)
    standing = selectors.standings([arpu.id], Grain.MONTH)[arpu.id].standing
    assert (standing.period.key, standing.value, standing.over, standing.status) == ("2026-03", 4380, True, "warn")
    assert presentation.status_word(standing) == "Missed"


def test_a_metric_without_values_has_no_status(typed_metric, actor) -> None:
    metric = typed_metric("empty", [])
    services.set_target(actor=actor, metric_id=metric.id, **TERMS)
    held = selectors.standings([metric.id], Grain.MONTH)[metric.id]
    assert (held.point, held.standing.status, presentation.status_word(held.standing)) == (None, "none", "No value yet")


def test_who_may(arpu, mia, cleo, hana) -> None:
    target = services.set_target(actor=mia.actor, metric_id=arpu.id, **TERMS)
    for person in (cleo, hana):
        with pytest.raises(Forbidden):
            services.set_target(actor=person.actor, metric_id=arpu.id, **TERMS)
        with pytest.raises(Forbidden):
            services.withdraw_target(actor=person.actor, target_id=target.pk, reason="no")


def test_what_is_not_here(actor, in_acme) -> None:
    with pytest.raises(NotHere):
        services.set_target(actor=actor, metric_id=uuid4(), **TERMS)
    with pytest.raises(NotHere):
        services.withdraw_target(actor=actor, target_id=uuid4(), reason="x")


def test_the_number_of_queries_does_not_grow(typed_metric, actor, django_assert_num_queries) -> None:
    made = [typed_metric(f"m{number}", [100, 110]) for number in range(3)]
    for metric in made[:1]:
        services.set_target(actor=actor, metric_id=metric.id, **TERMS | {"baseline": 100, "goal": 200})
    with django_assert_num_queries(4):
        assert len(selectors.targets()) == 1
    for metric in made[1:]:
        services.set_target(actor=actor, metric_id=metric.id, **TERMS | {"baseline": 100, "goal": 200})
    with django_assert_num_queries(4):
        assert len(selectors.targets()) == 3
    with django_assert_num_queries(3):
        assert len(selectors.standings([metric.id for metric in made], Grain.MONTH)) == 3


def test_a_target_that_was_changed_stays_in_the_chart_for_the_time_it_held(arpu, actor) -> None:
    first = services.set_target(actor=actor, metric_id=arpu.id, **TERMS)
    july = timezone.make_aware(datetime(2026, 7, 1, 12))
    second = services.set_target(actor=actor, metric_id=arpu.id, reason="new stores", **TERMS | {"goal": Decimal(6600)})
    Target.objects.filter(pk=first.pk).update(set_at=july - timedelta(days=180), ended_at=july)
    Target.objects.filter(pk=second.pk).update(set_at=july)
    path, marks = presentation.path_over_time(selectors.agreed_over_time(arpu.id, Grain.MONTH))
    by_month = {period.key: value for period, value in path.items()}
    assert (by_month["2026-06"], by_month["2026-07"], by_month["2026-12"]) == (4850, 5600, 6600)
    assert [mark.day for mark in marks] == [july.date()]
    held = selectors.standings([arpu.id], Grain.MONTH)[arpu.id]
    assert presentation.path_with_former(held) == path
    added = presentation.line_beside(metrics.series(arpu, Grain.MONTH))
    assert added.path[metrics.series(arpu, Grain.MONTH).points[-1].period] == 4850
