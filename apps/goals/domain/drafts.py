"""What somebody wants to reach, as they say it, before it is written down; and everything that speaks against it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from uuid import UUID

from apps.goals.domain.progress import Kind, Measure, RangeRule
from apps.kernel.issue import N_, Issue

TITLE_LENGTH = 160
WHY_LENGTH = 2000
UNIT_LENGTH = 20
MOST_KEY_RESULTS = 12
MOST_STEPS = 30
LARGEST = Decimal(10) ** 20
PLACES = 12
OTHERS_KEY_RESULT = N_("Every key result of a private objective is its owner's: others do not see it.")


@dataclass(frozen=True)
class StepDraft:
    """A step; `id` is that of one that stands already."""

    title: str
    weight: Decimal | None = Decimal(1)
    due: date | None = None
    id: UUID | None = None


@dataclass(frozen=True)
class KeyResultDraft:
    """A key result as it is said; `id` and `revision` are those of one that stands already.

    `weight` None is what is left to 100 %; `metric` is the key of the metric it follows, "" for one that is typed.
    """

    title: str
    kind: Kind = Kind.REACH
    metric: str = ""
    grain: str = ""
    dimension: str = ""
    member: str = ""
    unit: str = ""
    start: Decimal | None = None
    goal: Decimal | None = None
    low: Decimal | None = None
    high: Decimal | None = None
    tolerance: Decimal | None = None
    rule: RangeRule | None = None
    weight: Decimal | None = None
    owner_id: UUID | None = None
    steps: tuple[StepDraft, ...] = ()
    target_id: UUID | None = None
    id: UUID | None = None
    revision: int = 0

    def measure(self) -> Measure:
        """What it is measured by; figures that are not of its kind are left out."""
        own = FIGURES[self.kind]
        told = {name: getattr(self, name) if name in own else None for name in ALL_FIGURES}
        if self.kind is Kind.RANGE and self.rule is not RangeRule.DISTANCE:
            told["tolerance"] = None
        return Measure(self.kind, rule=self.rule if self.kind is Kind.RANGE else None, **told)


ALL_FIGURES = ("start", "goal", "low", "high", "tolerance")
FIGURES: dict[Kind, tuple[str, ...]] = {
    Kind.REACH: ("start", "goal"),
    Kind.ABOVE: ("low",),
    Kind.BELOW: ("high",),
    Kind.RANGE: ("low", "high", "tolerance"),
    Kind.BINARY: (),
    Kind.MILESTONES: (),
    Kind.OPEN_BASELINE: (),
}
"""The figures that each kind is measured by."""

FOLLOWS_METRICS = frozenset({Kind.REACH, Kind.ABOVE, Kind.BELOW, Kind.RANGE, Kind.OPEN_BASELINE})


@dataclass(frozen=True)
class ObjectiveDraft:
    """An objective as it is said, with all its key results in their order."""

    title: str
    level: str = "person"
    team_id: UUID | None = None
    owner_id: UUID | None = None
    why: str = ""
    kind: str = "aspirational"
    private: bool = False
    parent_id: UUID | None = None
    alignment: str = "contributes"
    weight: Decimal | None = None
    counts: str = "key_results"
    key_results: tuple[KeyResultDraft, ...] = field(default=())


def issues(draft: ObjectiveDraft) -> Iterator[Issue]:
    """Everything that keeps a draft from being an objective, all at once; fields of key results are `kr.0.goal`."""
    if not draft.title.strip():
        yield Issue("title", N_("Say in a sentence what is to be reached."))
    elif len(draft.title.strip()) > TITLE_LENGTH:
        yield Issue("title", N_("At most %(most)s characters; the reasons have a field of their own."), {"most": 160})
    if len(draft.why) > WHY_LENGTH:
        yield Issue("why", N_("At most %(most)s characters."), {"most": WHY_LENGTH})
    if draft.level == "team" and draft.team_id is None:
        yield Issue("team", N_("Say for which team."))
    if draft.level == "person" and draft.owner_id is None:
        yield Issue("owner", N_("Say whose it is."))
    if draft.private and draft.level != "person":
        yield Issue("private", N_("Only an objective of one person can be private."))
    if draft.weight is not None and not 0 <= draft.weight <= 100:
        yield Issue("weight", N_("A weight lies between 0 and 100 %."))
    if len(draft.key_results) > MOST_KEY_RESULTS:
        yield Issue("", N_("At most %(most)s key results. More than five are seldom kept in mind."), {"most": 12})
    for at, each in enumerate(draft.key_results):
        yield from (_at(at, issue) for issue in key_result_issues(each))
        if draft.private and each.owner_id not in (None, draft.owner_id):
            yield Issue(f"kr.{at}.owner", OTHERS_KEY_RESULT)
    yield from _twice([each.title for each in draft.key_results])


def _at(at: int, issue: Issue) -> Issue:
    return Issue(f"kr.{at}.{issue.where}", issue.message, issue.params, issue.blocking)


def _twice(titles: Sequence[str]) -> Iterator[Issue]:
    seen = Counter(title.strip().casefold() for title in titles if title.strip())
    for at, title in enumerate(titles):
        if seen.get(title.strip().casefold(), 0) > 1:
            yield Issue(f"kr.{at}.title", N_("Two key results have this name."))


def key_result_issues(draft: KeyResultDraft) -> Iterator[Issue]:
    """Everything that keeps a draft from being a key result, all at once."""
    if not draft.title.strip():
        yield Issue("title", N_("Say what is measured, or what is done."))
    elif len(draft.title.strip()) > TITLE_LENGTH:
        yield Issue("title", N_("At most %(most)s characters."), {"most": TITLE_LENGTH})
    if len(draft.unit.strip()) > UNIT_LENGTH:
        yield Issue("unit", N_("At most %(most)s characters."), {"most": UNIT_LENGTH})
    if draft.weight is not None and not 0 <= draft.weight <= 100:
        yield Issue("weight", N_("A weight lies between 0 and 100 %."))
    elif draft.weight is not None and _too_fine(draft.weight, 4):
        yield Issue("weight", N_("A weight has four digits after the point at most."))
    if draft.metric and draft.kind not in FOLLOWS_METRICS:
        yield Issue("metric", N_("A metric cannot say whether this is done. Choose a kind with a value."))
    yield from _figures(draft)
    if draft.kind is Kind.MILESTONES:
        yield from _steps(draft.steps)


def _figures(draft: KeyResultDraft) -> Iterator[Issue]:
    measure = draft.measure()
    for name in ALL_FIGURES:
        figure = getattr(measure, name)
        if figure is not None and (abs(figure) >= LARGEST or _too_fine(figure, PLACES)):
            yield Issue(name, N_("This figure is too long: at most 20 digits before the point and 12 after it."))
    match draft.kind:
        case Kind.REACH:
            yield from _way(measure.start, measure.goal)
        case Kind.ABOVE if measure.low is None:
            yield Issue("low", N_("Say what it is not to fall below."))
        case Kind.BELOW if measure.high is None:
            yield Issue("high", N_("Say what it is not to rise above."))
        case Kind.RANGE:
            yield from _range(draft)


def _way(start: Decimal | None, goal: Decimal | None) -> Iterator[Issue]:
    if start is None:
        yield Issue("start", N_("Say from which value it starts. Not known yet? Choose “Measure first”."))
    if goal is None:
        yield Issue("goal", N_("Say which value is to be reached."))
    if start is not None and start == goal:
        yield Issue(
            "goal",
            N_("Start and target are the same: there is no way to go. To keep a value, choose “Stay at or above”, "
               "“Stay at or below” or “Stay in a range”."),
        )  # fmt: skip


def _range(draft: KeyResultDraft) -> Iterator[Issue]:
    if draft.low is None:
        yield Issue("low", N_("Say where the range begins."))
    if draft.high is None:
        yield Issue("high", N_("Say where the range ends."))
    if draft.low is not None and draft.high is not None and draft.low > draft.high:
        yield Issue("high", N_("The range ends below its beginning."))
    if draft.rule is None:
        yield Issue("rule", N_("Say how it counts when the value is outside."))
    if draft.rule is RangeRule.DISTANCE and (draft.tolerance is None or draft.tolerance <= 0):
        yield Issue("tolerance", N_("Say how far outside it counts nothing any more; more than 0."))


def _steps(steps: Collection[StepDraft]) -> Iterator[Issue]:
    if not steps:
        yield Issue("steps", N_("Name the steps, one a line."))
    if len(steps) > MOST_STEPS:
        yield Issue("steps", N_("At most %(most)s steps."), {"most": MOST_STEPS})
    for number, step in enumerate(steps, start=1):
        if not step.title.strip() or len(step.title.strip()) > TITLE_LENGTH:
            yield Issue(
                "steps", N_("Step %(number)s wants a name of at most %(most)s characters."),
                {"number": number, "most": TITLE_LENGTH},
            )  # fmt: skip
        if step.weight is None or not 0 < step.weight <= 1000 or _too_fine(step.weight, 4):
            yield Issue("steps", N_("Step %(number)s wants a weight above 0, such as 1."), {"number": number})


def _too_fine(figure: Decimal, places: int) -> bool:
    exponent = figure.normalize().as_tuple().exponent
    return not isinstance(exponent, int) or -exponent > places
