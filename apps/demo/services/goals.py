"""The goals of a company of the demo: cycles, objectives, what was said week by week, a quarter that was closed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import transaction
from django.utils import timezone

from apps.accounts import selectors as people
from apps.accounts.domain.roles import Actor
from apps.common.formats import rounded
from apps.demo.domain import writing_goals
from apps.demo.domain.writing import Company
from apps.demo.domain.writing_goals import LAST, NOW, YEAR, Goal, Result
from apps.demo.services.cast import Cast, DemoFailed, Say
from apps.goals import services as acts
from apps.goals.domain.drafts import KeyResultDraft, ObjectiveDraft, StepDraft
from apps.goals.domain.progress import Kind, RangeRule
from apps.goals.domain.saying import Said
from apps.goals.selectors.cycles import Cycle, cycle_for, cycles
from apps.goals.selectors.objectives import KeyResult, Objective, key_results_of, milestones_of, objective_for
from apps.goals.selectors.people import reader
from apps.kernel.period import Calendar, Grain, Period
from apps.metrics import selectors as metrics
from apps.notifications import selectors as notifications
from apps.notifications.services import mark_all_read
from apps.targets import selectors as targets
from apps.workspaces.scope import current_workspace

FRIDAY = 4
_DAY, _WEEK = timedelta(days=1), timedelta(days=7)

Made = dict[str, Objective]


def set_goals(company: Company, cast: Cast, say: Say) -> None:
    """Everything, or nothing where the company has a cycle already."""
    if not company.goals or cycles():
        return
    with transaction.atomic():
        times = _cycles(cast)
        made: Made = {}
        for goal in company.goals:
            made[goal.title] = _set(goal, times[goal.cycle], made, cast)
            _tell_weeks(goal, made[goal.title], times[goal.cycle], cast)
        _close(company.goals, times, made, cast)
        _have_read(cast)
        for goal in company.goals:
            _talk(goal, made[goal.title], cast)
    say(f"{company.name}: {len(company.goals)} objectives")


# --- cycles ---------------------------------------------------------------------------------------------------------


def _cycles(cast: Cast) -> dict[str, Cycle]:
    """The calendar year, the quarter that is over, and the one that runs."""
    calendar, today = current_workspace().calendar, people.today()
    quarter = calendar.period_of(today, Grain.QUARTER)
    before = calendar.shift(quarter, -1)
    year = calendar.period_of(today, Grain.YEAR)
    return {
        YEAR: _cycle(f"{year.start.year} 年度", "year", year, cast),
        LAST: _cycle(_quarter(before), "quarter", before, cast),
        NOW: _cycle(_quarter(quarter), "quarter", quarter, cast),
    }


def _cycle(name: str, kind: str, period: Period, cast: Cast) -> Cycle:
    return acts.make_cycle(actor=cast.actor("hr"), name=name, kind=kind, start=period.start, due=period.end - _DAY)


def _quarter(period: Period) -> str:
    return f"{period.start.year} 年第{'一二三四'[(period.start.month - 1) // 3]}季度"


# --- objectives -----------------------------------------------------------------------------------------------------


def _set(goal: Goal, cycle: Cycle, made: Made, cast: Cast) -> Objective:
    who = _person(goal.who, cast)
    draft = ObjectiveDraft(
        title=goal.title,
        level=goal.level,
        team_id=_team(goal.team) if goal.team and goal.level == "team" else None,
        owner_id=who.id,
        why=goal.why,
        kind=goal.kind,
        private=goal.private,
        parent_id=made[goal.above].pk if goal.above else None,
        alignment=goal.alignment,
        counts=goal.counts,
        key_results=tuple(_drafted(result, cycle, cast) for result in goal.results),
    )
    actor = who if goal.private else cast.actor("owner")
    return acts.create_objective(actor=actor, cycle_id=cycle.pk, draft=draft, now=timezone.now())


def _drafted(result: Result, cycle: Cycle, cast: Cast) -> KeyResultDraft:
    figures = {name: getattr(result, name) for name in ("start", "goal", "low", "high", "tolerance")}
    target = None
    if result.metric:
        figures |= _from_the_metric(result, cycle)
        target = targets.target_for(result.metric, Grain.MONTH) if result.target else None
    return KeyResultDraft(
        title=result.title,
        kind=Kind(result.kind),
        metric=result.metric,
        grain=Grain.MONTH.value if result.metric else "",
        dimension=result.dimension,
        member=result.member,
        unit=result.unit,
        rule=RangeRule(result.rule) if result.rule else None,
        weight=result.weight,
        owner_id=_person(result.who, cast).id if result.who else None,
        steps=tuple(StepDraft(step.title, step.weight) for step in result.steps),
        target_id=target.pk if target else None,
        **figures,
    )


def _from_the_metric(result: Result, cycle: Cycle) -> dict[str, Decimal | None]:
    """Its value in the month before the cycle, rounded as it is shown, and what is to come of it."""
    view = metrics.metric_for(result.metric)
    calendar: Calendar = current_workspace().calendar
    month = calendar.shift(calendar.period_of(cycle.start, Grain.MONTH), -1)
    if result.dimension:
        series = metrics.member_series([view.id], Grain.MONTH, result.dimension).get((view.id, result.member))
    else:
        series = metrics.series(view, Grain.MONTH)
    value = next((point.value for point in series.points if point.period == month), None) if series else None
    if value is None:
        raise DemoFailed(f"{view.key} has no value for {month.start:%Y-%m}; a key result needs one.")
    start = rounded(value, view.unit.decimals + (2 if view.unit.kind == "percent" else 0))
    beyond = start + (result.plus or Decimal(0))
    match result.kind:
        case "above":
            return {"low": beyond}
        case "below":
            return {"high": beyond}
        case _:
            return {"start": start, "goal": result.goal if result.goal is not None else beyond}


def _person(mailbox: str, cast: Cast) -> Actor:
    found = cast.person(mailbox)
    if found is None:
        raise DemoFailed(f"{mailbox} is not there any more.")
    return found


def _team(name: str) -> UUID:
    return next(line.id for line in people.team_lines() if line.name == name)


# --- week by week ---------------------------------------------------------------------------------------------------


def _tell_weeks(goal: Goal, objective: Objective, cycle: Cycle, cast: Cast) -> None:
    """What was said every Friday up to today, by whoever answers for it."""
    rows = {row.title: row for row in key_results_of(objective)}
    for result in goal.results:
        row, actor = rows[result.title], _person(result.who or goal.who, cast)
        if result.steps:
            _do_steps(result, row, cycle, actor)
        elif result.weekly or result.said:
            _check_in(result, row, cycle, actor)


def _fridays(cycle: Cycle) -> list[date]:
    first = cycle.start + timedelta(days=(FRIDAY - cycle.start.weekday()) % 7)
    last = min(people.today(), cycle.due)
    return [first + _WEEK * week for week in range(((last - first).days // 7) + 1)]


def _check_in(result: Result, row: KeyResult, cycle: Cycle, actor: Actor) -> None:
    seen = None
    for week, day in enumerate(_fridays(cycle)):
        value = result.weekly[week] if week < len(result.weekly) else None
        words = result.said.get(week)
        if value is None and (result.weekly or words is None):  # missed
            continue
        words = words or writing_goals.Said()
        said = Said(value, words.sure, words.note, words.blockers, words.next_step)
        seen = acts.check_in(actor=actor, key_result_id=row.pk, said=said, seen=seen, today=day, now=_evening(day)).pk


def _do_steps(result: Result, row: KeyResult, cycle: Cycle, actor: Actor) -> None:
    days = _fridays(cycle)
    for step, told in zip(milestones_of([row.pk])[row.pk], result.steps, strict=True):
        if told.done is not None and told.done < len(days):
            day = days[told.done]
            acts.say_step(actor=actor, milestone_id=step.pk, done=True, on=day, now=_evening(day))


def _evening(day: date) -> datetime:
    """When people say such things: at five in the afternoon."""
    return datetime.combine(day, time(17), ZoneInfo(current_workspace().calendar.time_zone))


def _have_read(cast: Cast) -> None:
    """What was told so far is weeks ago: nobody finds it as news."""
    for user in cast.by_email.values():
        if newest := notifications.notices(user.pk, unread=True).first():
            mark_all_read(actor=user.actor, newest=newest.pk, now=timezone.now())


def _talk(goal: Goal, objective: Objective, cast: Cast) -> None:
    for mailbox, text in goal.comments:
        acts.add_comment(actor=_person(mailbox, cast), objective_id=objective.pk, text=text, now=timezone.now())


# --- the end of a quarter -------------------------------------------------------------------------------------------


def _close(told: Sequence[Goal], times: dict[str, Cycle], made: Made, cast: Cast) -> None:
    """The quarter that is over: judged, closed, and what is not done carried into the next."""
    now, actor = timezone.now(), cast.actor("owner")
    for goal in told:
        if goal.score is not None:
            objective = objective_for(reader(actor), made[goal.title].pk)
            acts.score_objective(
                actor=actor, objective_id=objective.pk, revision=objective.revision, judged=goal.score,
                reason=goal.reason, now=now,
            )  # fmt: skip
    closing = cycle_for(times[LAST].pk)
    acts.close_cycle(actor=cast.actor("hr"), cycle_id=closing.pk, revision=closing.revision, now=now)
    carried = [made[goal.title].pk for goal in told if goal.carried]
    acts.carry_over(actor=actor, objective_ids=carried, to=times[NOW].pk, now=now)
