"""What stands in the way of a run going into review, each with the people it concerns.

Some of it somebody may let be, with a reason (`RunAcceptance`): a target that was changed late, a definition that was
changed, more than the budget, two plans for one person. Everything else has to be mended. Other parts of the room add
their own with `tell_checks` (an open dispute).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from uuid import UUID

from django.db.models import Q

from apps.incentives.domain.figures import wanted
from apps.incentives.models import (
    Assignment,
    Calculation,
    Participant,
    Run,
    RunAcceptance,
    RunAdjustment,
    RunBlocked,
    RunDecision,
    RunReading,
)
from apps.kernel.issue import N_, Issue
from apps.kernel.period import Grain
from apps.metrics import selectors as metrics
from apps.targets import selectors as targets

Scope = tuple[UUID, str, str, str]
"""A metric, a dimension and a member, and a team."""

SHOWN = 50
"""Names that are listed with a check; all of them are counted."""


@dataclass(frozen=True)
class Check:
    """One thing that stands in the way. `people` are names, `count` all of them; `subject` names what was found.

    `may_be_let`: somebody may let it be, with a reason; `let` is who did and why.
    """

    name: str
    message: str
    params: Mapping[str, object] = field(default_factory=dict)
    people: tuple[str, ...] = ()
    count: int = 0
    subject: str = ""
    may_be_let: bool = False
    let: RunAcceptance | None = None

    @property
    def blocks(self) -> bool:
        return self.let is None


Finder = Callable[[Run], Iterable[Check]]
_finders: dict[str, Finder] = {}


def tell_checks(name: str, finder: Finder) -> None:
    """Let another part add what stands in the way of a run; called once, in AppConfig.ready. A fixed number of
    queries."""
    _finders[name] = finder


def checks_of(run: Run) -> list[Check]:
    """Everything that stands in the way of `run`, also what somebody let be. Fourteen queries, and those of other
    parts.
    """
    if not run.revision:
        return []
    found = [
        *_blocked(run),
        *_adjustments(run),
        *_decisions(run),
        *_targets(run),
        *_definitions(run),
        *_plans(run),
        *_budget(run),
        *(each for finder in _finders.values() for each in finder(run)),
    ]
    let = {(each.check_name, each.subject): each for each in RunAcceptance.objects.filter(run=run)}
    return [replace(each, let=let.get((each.name, each.subject)) if each.may_be_let else None) for each in found]


def blocking_of(run: Run) -> int:
    """How many checks stand in the way."""
    return sum(1 for each in checks_of(run) if each.blocks)


def _blocked(run: Run) -> Iterator[Check]:
    """People who could not be calculated, by what is missing."""
    people: dict[tuple[str, str], list[str]] = defaultdict(list)
    issues: dict[tuple[str, str], Issue] = {}
    rows = RunBlocked.objects.filter(run=run, revision=run.revision).select_related("participant")
    for row in rows:
        for each in row.issues:
            issue = Issue(each["where"], each["message"], each["params"])
            issues[issue.where, str(issue)] = issue
            people[issue.where, str(issue)].append(row.participant.name)
    for place, names in people.items():
        issue = issues[place]
        yield Check(
            "blocked", issue.message, {**issue.params, "place": issue.where}, tuple(names[:SHOWN]), len(names), place[0]
        )


def _adjustments(run: Run) -> Iterator[Check]:
    waiting = RunAdjustment.objects.filter(run=run, approved_by__isnull=True, withdrawn_at__isnull=True)
    names = list(waiting.values_list("participant__name", flat=True))
    if names:
        text = N_("Amounts added by hand wait for a second person's approval.")
        yield Check("adjustment", text, {}, tuple(names[:SHOWN]), len(names))


def _decisions(run: Run) -> Iterator[Check]:
    void = RunDecision.objects.filter(run=run, verdict="void", approved_by__isnull=True)
    names = sorted(set(void.values_list("component", flat=True)))
    if names:
        text = N_("It waits for a second person's approval that these components are void: %(names)s.")
        yield Check("decision", text, {"names": ", ".join(names)})


def _targets(run: Run) -> Iterator[Check]:
    """Targets that wait for approval, and those that one person alone changed after the run's period had begun."""
    scopes = _scopes(run)
    ids = {scope[0] for scope in scopes}
    waiting = targets.proposed_for(ids, run.first, run.last)
    names = _metric_names(ids)
    for scope in sorted(scopes & set(waiting), key=str):
        text = N_("A change of the target of “%(metric)s” waits for approval. Approve it or turn it down first.")
        yield Check("target_waits", text, _told(scope, names), subject=str(waiting[scope][0].pk))
    published = run.version.published_at
    agreed = targets.committed(ids, run.first, run.last, Grain(run.plan.period))
    for scope in sorted(scopes & set(agreed), key=str):
        target = agreed[scope]
        late = target.set_at.date() > run.first and published is not None and target.set_at > published
        if target.alone and late:
            text = N_("The target of “%(metric)s” was changed by %(name)s alone after the period had begun.")
            told = {**_told(scope, names), "name": target.set_by_name}
            yield Check("target_late", text, told, subject=str(target.id), may_be_let=True)


def _told(scope: Scope, names: Mapping[UUID, str]) -> dict[str, object]:
    member = f" · {scope[2]}" if scope[2] else ""
    return {"metric": names.get(scope[0], "") + member}


def _metric_names(ids: Iterable[UUID]) -> dict[UUID, str]:
    return {pk: view.name for pk, view in metrics.metrics_by_id(ids).items()}


def _scopes(run: Run) -> set[Scope]:
    """Of which metrics and members the run reads targets. Two queries."""
    views = {view.key: view.id for view in metrics.metrics(archived=True)}
    with_target = {each.key for each in wanted(run.version.terms) if each.with_target}
    found = set()
    for row in RunReading.objects.filter(run=run, revision=run.revision, key__in=with_target):
        if row.metric in views:
            found.add((views[row.metric], row.dimension, row.member, ""))
            if row.team:
                found.add((views[row.metric], "", "", row.team))
    return found


def _definitions(run: Run) -> Iterator[Check]:
    """Metrics whose definition is another one than when the plan was published."""
    published = run.version.published_at
    keys = {each.metric for each in wanted(run.version.terms)}
    for view, number in metrics.redefined_since(keys, published) if published else ():
        text = N_("The definition of “%(metric)s” was changed after the plan was published (version %(number)s).")
        yield Check(
            "definition", text, {"metric": view.name, "number": number}, subject=f"{view.key} {number}", may_be_let=True
        )


def _plans(run: Run) -> Iterator[Check]:
    """People who take part in another plan on the same days."""
    inside = Q(last__isnull=True) | Q(last__gte=run.first)
    mine = Participant.objects.filter(results__run=run, results__revision=run.revision, person_id__isnull=False)
    rows = (
        Assignment.objects.filter(inside, first__lte=run.last, participant__person_id__in=mine.values("person_id"))
        .exclude(participant__plan_id=run.plan_id)
        .exclude(participant__left_on__lt=run.first)
    )
    by_plan: dict[str, set[str]] = defaultdict(set)
    for plan, name in rows.values_list("participant__plan__name", "participant__name").distinct():
        by_plan[plan].add(name)
    for plan, names in sorted(by_plan.items()):
        text = N_("People of this run also take part in “%(plan)s” on the same days.")
        shown = tuple(sorted(names)[:SHOWN])
        yield Check("plans", text, {"plan": plan}, shown, len(names), subject=f"{plan} {len(names)}", may_be_let=True)


def _budget(run: Run) -> Iterator[Check]:
    if run.budget is None:
        return
    made = Calculation.objects.filter(run=run, revision=run.revision).first()
    total = made.totals.get(run.plan.currency, 0) if made else 0
    if total > run.budget:
        text = N_("The run comes to more than its budget.")
        yield Check("budget", text, {}, subject=str(run.budget), may_be_let=True)
