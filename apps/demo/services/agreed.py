"""What a company of the demo has agreed on: metrics, North Star, tree, targets, actions."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID

from django.db import transaction

from apps.accounts import selectors as people
from apps.accounts.domain.roles import Actor
from apps.choosing import selectors as choosing
from apps.choosing.services import publish
from apps.common.formats import rounded
from apps.demo.domain.writing import Aim, Branch, Company, Deed, Reweighing, WhatIf
from apps.demo.services.cascading import cascade, cascade_to_teams
from apps.demo.services.cast import Cast, DemoFailed, Say, work_off
from apps.demo.services.goals import set_goals
from apps.goals import selectors as goals
from apps.goals import services as initiatives
from apps.goals.domain.cycles import Stand
from apps.goals.domain.plan import Plan
from apps.goals.selectors.cycles import cycles, stand_of
from apps.goals.selectors.objectives import for_cycle, with_key_results
from apps.goals.selectors.people import reader
from apps.kernel.period import Grain, Period
from apps.metrics import selectors as metrics
from apps.metrics import services as acts
from apps.metrics.domain.definition import Definition, parse
from apps.scenarios import selectors as scenarios
from apps.scenarios.domain.base import Scope
from apps.scenarios.domain.changes import Changes, Move
from apps.scenarios.services import save_scenario
from apps.targets import selectors as targets
from apps.targets.services import set_target
from apps.workspaces.scope import current_workspace


def agree(company: Company, cast: Cast, say: Say, patience: float) -> None:
    """Everything people of a company decide once its files are there, or what is missing of it."""
    _metrics(company, cast, say, patience)
    _north_star(company, cast)
    _targets(company, cast, say)
    set_goals(company, cast, say)
    _deeds(company, cast, say)
    _what_ifs(company, cast, say)
    if company.told_teams and choosing.latest_announcement() is None:
        publish(actor=cast.actor("owner"), why=company.why, teams=company.told_teams, seen=0, after=0)


def _metrics(company: Company, cast: Cast, say: Say, patience: float) -> None:
    known = {view.key for view in metrics.metrics(archived=True)}
    new = [parse(document) for document in company.metrics if document["key"] not in known]
    if new:
        _define(new, company, cast)
    for key, values in company.typed.items():
        _type(key, values, cast.actor("manager"))
    say(f"{company.name}: {len(company.metrics)} metrics")
    work_off(say, patience, "metrics computed")


@transaction.atomic
def _define(new: Sequence[Definition], company: Company, cast: Cast) -> None:
    """All at once, so that each file is read once and no score is told before all of its members are known."""
    changed = {each.metric: each for each in company.reweighed}
    documents = {document["key"]: document for document in company.metrics}
    first = [parse(changed[each.key].earlier(documents[each.key])) if each.key in changed else each for each in new]
    acts.define_together(actor=cast.actor("analyst"), definitions=first)
    for definition in new:
        if definition.key in changed:
            _reweigh(definition, changed[definition.key], cast)
    for definition in new:
        owner = cast.person(company.owners.get(definition.key, "")) or cast.actor("manager")
        acts.set_owner(actor=cast.actor("owner"), metric_id=metrics.metric_for(definition.key).id, owner_id=owner.id)


def _reweigh(definition: Definition, change: Reweighing, cast: Cast) -> None:
    """The score as it is now, from a quarter on; the periods before it keep what they were weighed by."""
    actor = cast.person(change.who) or cast.actor("manager")
    acts.define(actor=actor, definition=definition, note=change.note, new=False, start=_quarter_since(change.months))


def _quarter_since(months: int) -> date:
    """The first day of the newest quarter since whose beginning so many months are over."""
    calendar = current_workspace().calendar
    first = calendar.shift(calendar.period_of(people.today(), Grain.MONTH), -months)
    return calendar.period_of(first.start, Grain.QUARTER).start


def _type(key: str, values: Iterable[int], actor: Actor) -> None:
    """Type one value for each month up to the last that is over."""
    figures, calendar = list(values), current_workspace().calendar
    this_month = calendar.period_of(people.today(), Grain.MONTH)
    months = [calendar.shift(this_month, n - len(figures)) for n in range(len(figures))]
    typed = [acts.TypedValue(month.start, Decimal(value)) for month, value in zip(months, figures, strict=True)]
    acts.type_values(actor=actor, metric_id=metrics.metric_for(key).id, grain=Grain.MONTH, values=typed)


def _north_star(company: Company, cast: Cast) -> None:
    if metrics.north_star() is None:
        chosen = metrics.metric_for(company.north_star)
        acts.choose_north_star(
            actor=cast.actor("owner"), metric_id=chosen.id, grain=Grain(company.grain), reason=company.why
        )
    root = metrics.tree()
    if root is not None and root.key == company.north_star:
        _grow(root, company.tree, cast.actor("analyst"))


def _grow(node: metrics.NodeView, branches: Iterable[Branch], actor: Actor) -> None:
    """Hang what is missing below `node`, branch by branch."""
    there = {child.key: child for child in node.children}
    for branch in branches:
        child = there.get(branch.metric)
        if child is None:
            metric_id = metrics.metric_for(branch.metric).id
            added = acts.add_node(actor=actor, metric_id=metric_id, parent_id=node.id, link=branch.link)
            child = metrics.node_for(added.pk)
        _grow(child, branch.below, actor)


def _targets(company: Company, cast: Cast, say: Say) -> None:
    for aim in company.aims:
        metric, grain = metrics.metric_for(aim.metric), Grain(aim.grain)
        if targets.target_for(metric.id, grain) is None:
            _aim(metric, grain, aim, cast.actor("manager"))
    for plan in company.cascades:
        metric, grain = metrics.metric_for(plan.metric), Grain(plan.grain)
        if targets.target_for(metric.id, grain) is None:
            cascade(metric, grain, plan, cast.actor("manager"))
    for shared in company.team_cascades:
        metric, grain = metrics.metric_for(shared.metric), Grain(shared.grain)
        if targets.target_for(metric.id, grain) is None:
            cascade_to_teams(metric, grain, shared, cast.actor("manager"))
    agreed = len(company.aims) + len(company.cascades) + len(company.team_cascades)
    say(f"{company.name}: {agreed} targets")


def _aim(metric: metrics.MetricView, grain: Grain, aim: Aim, actor: Actor) -> None:
    series, calendar = metrics.series(metric, grain), current_workspace().calendar
    newest = series.latest
    if newest is None:
        raise DemoFailed(f"{metric.key} has no value; a target needs one.")
    first = calendar.shift(newest.period, aim.start)
    last = calendar.shift(first, aim.periods - 1) if aim.periods else _end_of_next_quarter(newest.period)
    before = calendar.shift(first, -1)
    value = next((point.value for point in series.points if point.period == before), None)
    baseline = aim.baseline if aim.baseline is not None else rounded(value or Decimal(0), _digits(metric))
    set_target(
        actor=actor,
        metric_id=metric.id,
        grain=grain,
        baseline=baseline,
        goal=baseline + aim.goal if aim.plus else aim.goal,
        start=first.start,
        due=last.end - timedelta(days=1),
        owner_id=actor.id,
        owner_name=actor.name,
        reason=aim.reason,
    )


def _deeds(company: Company, cast: Cast, say: Say) -> None:
    there = {view.title for view in goals.every_initiative()}
    for deed in company.deeds:
        if deed.title not in there:
            _plan(deed, cast)
    say(f"{company.name}: {len(company.deeds)} actions")


@transaction.atomic
def _plan(deed: Deed, cast: Cast) -> None:
    actor, today = cast.actor("manager"), people.today()
    who = cast.person(deed.who) or actor
    newest_month = (today.replace(day=1) - timedelta(days=1)).replace(day=1)
    start = newest_month + timedelta(days=deed.start)
    due = start + timedelta(days=deed.days - 1)
    made = initiatives.create_initiative(
        actor=actor,
        **_what_for(deed, actor),
        plan=Plan(deed.title, start, due, deed.what, deed.dimension, deed.member, deed.expected),
        owner_id=who.id,
        owner_name=who.name,
        running=deed.running,
    )
    if deed.result:
        initiatives.finish_initiative(
            actor=actor, initiative_id=made.pk, revision=made.revision, on=due, today=today, result=deed.result
        )


def _what_for(deed: Deed, actor: Actor) -> dict[str, UUID]:
    """The metric, the target of it that is in force, or the key result that an action is for."""
    if deed.key_result:
        now = [cycle for cycle in cycles() if stand_of(cycle) is Stand.RUNNING]
        every = [row for cycle in now for row in with_key_results(for_cycle(reader(actor), cycle.pk))]
        found = [each.pk for row in every for each in row.live if each.title == deed.key_result]
        if len(found) != 1:
            raise DemoFailed(f"There is no one key result “{deed.key_result}”.")
        return {"key_result_id": found[0]}
    metric = metrics.metric_for(deed.metric)
    if deed.of_target:
        target = targets.target_for(metric.id, Grain.MONTH)
        if target is None:
            raise DemoFailed(f"{deed.metric} has no target.")
        return {"target_id": target.pk}
    return {"metric_id": metric.id}


def _what_ifs(company: Company, cast: Cast, say: Say) -> None:
    for each in company.what_ifs:
        actor = cast.person(each.who) or cast.actor("manager")
        if not scenarios.scenarios(actor, each.name).exists():
            _play(each, actor)
    say(f"{company.name}: {len(company.what_ifs)} scenarios")


def _play(each: WhatIf, actor: Actor) -> None:
    chosen, newest = metrics.north_star(), None
    if chosen is not None:
        newest = metrics.series(chosen.metric, chosen.grain).latest
    if chosen is None or newest is None:
        raise DemoFailed("A scenario needs a North Star with a value.")
    moves = {key: Move("set", number) for key, number in each.moves.items()}
    base = scenarios.today(Scope(chosen.grain, newest.period.start)).base
    save_scenario(actor=actor, name=each.name, note=each.note, shared=True, base=base, changes=Changes(moves=moves))


def _end_of_next_quarter(period: Period) -> Period:
    """The last period of `period`'s grain in the quarter after the one in which it ends."""
    calendar = current_workspace().calendar
    quarter = calendar.shift(calendar.period_of(period.end - timedelta(days=1), Grain.QUARTER), 1)
    return calendar.period_of(quarter.end - timedelta(days=1), period.grain)


def _digits(metric: metrics.MetricView) -> int:
    return metric.unit.decimals + (2 if metric.unit.kind == "percent" else 0)
