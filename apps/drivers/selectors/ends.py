"""Read the two ends of a question, and explain the one by the other: a fixed number of queries, whatever the tree."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from uuid import UUID

from apps.common import formats
from apps.drivers.domain.explaining import Explaining, Share
from apps.drivers.domain.joints import End, Joint
from apps.drivers.domain.planting import DENOMINATOR, NUMERATOR, Hung, plant, sides_of
from apps.drivers.selectors.asking import Question
from apps.kernel.issue import N_, Issue
from apps.kernel.period import Period
from apps.metrics import selectors as metrics
from apps.metrics.domain.arithmetic import evaluate
from apps.metrics.domain.definition import Definition, RatioDefinition, ScoreDefinition
from apps.metrics.domain.formula import Input
from apps.metrics.domain.parts import Names
from apps.metrics.domain.scales import Percentile
from apps.metrics.domain.scoring import weighed_for
from apps.metrics.selectors import MetricView, NodeView, Stand, Stands
from apps.targets import selectors as targets
from apps.targets.domain.kinds import Kind
from apps.workspaces.scope import current_workspace


@dataclass(frozen=True)
class Woods:
    """Everything that does not depend on the question: the metrics by key, and the tree, if there is one."""

    views: Mapping[str, MetricView]
    root: NodeView | None

    @property
    def definitions(self) -> dict[str, Definition]:
        return {key: view.definition for key, view in self.views.items()}

    def node_of(self, key: str) -> NodeView | None:
        """The first node, from the top, that stands for a metric."""
        return next((node for node in self.root.walk() if node.key == key), None) if self.root else None


@dataclass(frozen=True)
class Answer:
    """A question with what was read, and the answer: None where one of the ends has no value.

    `stands` are those of the metric itself at both ends (None for a target), `joint` its tree; `rows` finds the stored
    value behind any joint at the later end. `lmdi` and `shapley` are the answers by those methods. `mixed_versions` are
    the keys whose two values stem from two versions of their definition, `without_target` the parts that have none,
    `groups` the names of the dimensions of scores by the id of their share.
    """

    question: Question
    joint: Joint
    share: Share | None
    before: Fraction | None
    after: Fraction | None
    stands: tuple[Stand | None, Stand | None]
    rows: Mapping[str, Stand]
    views: Mapping[str, MetricView]
    mixed_versions: tuple[str, ...] = ()
    without_target: tuple[str, ...] = ()
    groups: Mapping[str, Names] = field(default_factory=dict)
    between: Explaining | None = None

    @cached_property
    def lmdi(self) -> Share | None:
        """The answer by logarithms."""
        return self.between.by("lmdi") if self.between else None

    @cached_property
    def shapley(self) -> Share | None:
        """The answer by Shapley values."""
        if self.question.way == "shapley":
            return self.share
        return self.between.by("shapley") if self.between else None


def woods() -> Woods:
    """The metrics and the tree. Two queries."""
    every = metrics.metrics(archived=True)
    return woods_of(metrics.tree(views=every), every)


def woods_of(root: NodeView | None, every: Iterable[MetricView]) -> Woods:
    """All metrics, archived ones too, and the tree, where both have been read already. No query."""
    return Woods({view.key: view for view in every}, root)


def hung_of(node: NodeView) -> Hung:
    """A node and what hangs below it, for the arithmetic."""
    return Hung(str(node.id), node.key, node.link, tuple(hung_of(child) for child in node.children))


def answer(question: Question, found: Woods) -> Answer:
    """Explain a question. Two queries at most, and one more against a target, or with a score; two more where a score
    read another metric before."""
    return _Reading(question, found).answer()


class _Reading:
    """One question on its way to an answer."""

    def __init__(self, question: Question, found: Woods) -> None:
        self.question, self.woods = question, found
        self.calendar = current_workspace().calendar
        node = found.node_of(question.metric.key)
        self.hung = hung_of(node) if node else None
        self.in_force: dict[str, dict[UUID, ScoreDefinition]] = {}
        self.joint = self.planted({})

    def planted(self, scores: Mapping[str, Sequence[ScoreDefinition]]) -> Joint:
        joint = plant(self.question.metric.key, self.woods.definitions, self.hung, scores)
        ratio = isinstance(self.question.metric.definition, RatioDefinition)
        return sides_of(joint) if ratio and not joint.parts else joint

    def answer(self) -> Answer:
        question = self.question
        stands = self.opened()
        scores = self.in_force
        after = self.end(stands, question.period, question.member, scores)
        if question.against == "target":
            before = self.target_end(scores, after)
        else:
            other = question.peer if question.against == "peer" else question.member
            before = self.end(stands, question.base, other, scores)
        between = Explaining(self.joint, before, after)
        share = between.by(question.way)
        top = self.joint.read
        return Answer(
            question=question,
            joint=self.joint,
            share=share,
            before=before.values.get(top),
            after=after.values.get(top),
            stands=self.tops(stands),
            rows=self.rows(stands),
            views=self.woods.views,
            mixed_versions=self.mixed(stands) if question.against not in ("target", "peer") else (),
            without_target=self.without(before) if question.against == "target" else (),
            groups=self.group_names(before, after),
            between=between,
        )

    # --- values -----------------------------------------------------------------------------------------------------

    def opened(self) -> Stands:
        """The values of everything that is read at one of the ends, scores opened by the definitions in force.

        Read once more where an earlier version of a score reads what the newest one does not, or ranks.
        """
        while True:
            asked = self.reads(), self.ranks()
            stands = self.read(*asked)
            self.in_force = self.scores(stands)
            if self.in_force:
                self.joint = self.planted({key: tuple(each.values()) for key, each in self.in_force.items()})
            if (self.reads(), self.ranks()) == asked:
                return stands

    def reads(self) -> set[Input]:
        return {each.read for each in self.joint.walk()}

    def read(self, reads: set[Input], ranks: bool) -> Stands:
        question = self.question
        starts = {start for period in (question.period, question.base) for start in self.starts(reads, period)}
        ids = [self.woods.views[key].id for key in {each.key for each in reads} if key in self.woods.views]
        everyone = question.dimension and ranks
        members = None if everyone else [each for each in (question.member, question.peer) if each]
        return metrics.stands(ids, question.grain, starts, question.dimension, members)

    def ranks(self) -> bool:
        """Whether a score ranks members against each other, so that all of them have to be read."""
        keys = [each.key for each in self.joint.walk() if each.is_score]
        found = [self.woods.views[key].definition for key in keys]
        found += [definition for key in keys for definition in self.in_force.get(key, {}).values()]
        scores = (definition for definition in found if isinstance(definition, ScoreDefinition))
        return any(
            isinstance(part.scale, Percentile) for each in scores for group in each.groups for part in group.parts
        )  # fmt: skip

    def starts(self, reads: set[Input], period: Period) -> set:
        return {there.start for back in {each.back for each in reads} if (there := self.moved(period, back))}

    def moved(self, period: Period, back: int) -> Period | None:
        try:
            return self.calendar.shift(period, -back) if back else period
        except ValueError:
            return None

    def stand(self, stands: Stands, read: Input, period: Period, member: str) -> Stand | None:
        view, there = self.woods.views.get(read.key), self.moved(period, read.back)
        if view is None or there is None:
            return None
        if not member:
            return stands.totals.get(metrics.Where(view.id, there.start))
        return stands.at(view.id, there.start, member)

    def exact(self, stands: Stands, read: Input, period: Period, member: str) -> Fraction | None:
        view, there = self.woods.views.get(read.key), self.moved(period, read.back)
        if view is None or there is None:
            return None
        if not member:
            total = stands.totals.get(metrics.Where(view.id, there.start))
            return total.exact if total else None
        return stands.exact(view.id, view.definition, there.start, member)

    def end(self, stands: Stands, period: Period, member: str, scores: Mapping[str, dict]) -> End:
        values: dict[Input, Fraction | None] = {}
        in_force: dict[Input, ScoreDefinition] = {}
        for each in self.joint.walk():
            read = each.read
            if each.key.endswith((NUMERATOR, DENOMINATOR)):
                values[read] = self.side(stands, each.key, period, member)
                continue
            values[read] = self.exact(stands, read, period, member)
            there = self.stand(stands, read, period, member)
            if each.is_score and there is not None:
                in_force[read] = weighed_for(scores[each.key][there.version_id], self.question.dimension, member)
        return End(values, in_force, self.peers(stands, period))

    def side(self, stands: Stands, key: str, period: Period, member: str) -> Fraction | None:
        found = self.stand(stands, Input(key.rsplit(":", 1)[0]), period, member)
        if found is None:
            return None
        return found.numerator if key.endswith(NUMERATOR) else found.denominator

    def peers(self, stands: Stands, period: Period) -> dict[str, list[Fraction]]:
        """The values of every member of what is ranked; none without a dimension."""
        if not self.question.dimension or not self.ranks():
            return {}
        found = {}
        for each in self.joint.walk():
            view = self.woods.views.get(each.key)
            if view is not None:
                rows = stands.members(view.id, period.start).values()
                found[each.key] = [row.exact for row in rows if row.exact is not None]
        return found

    def scores(self, stands: Stands) -> dict[str, dict]:
        """The definitions of scores that the values stem from, by key and version. One query if there are any."""
        keys = {each.key for each in self.joint.walk() if each.is_score}
        if not keys:
            return {}
        owners = {self.woods.views[key].id: key for key in keys}
        everything = {**stands.totals, **stands.rows}
        versions = {row.version_id: owners[at.metric_id] for at, row in everything.items() if at.metric_id in owners}
        definitions = metrics.definitions_of(versions)
        found: dict[str, dict] = {key: {} for key in keys}
        for version_id, key in versions.items():
            found[key][version_id] = definitions[version_id]
        return found

    def group_names(self, *ends: End) -> dict[str, Names]:
        """What the dimensions of scores are called, by the id of their share: as after, or before."""
        found = {}
        for each in self.joint.walk():
            for end in ends:
                if each.is_score and each.read in end.scores:
                    groups = enumerate(end.scores[each.read].groups)
                    found.update({f"{each.id}/{number}": group.name for number, group in groups})
        return found

    # --- targets ----------------------------------------------------------------------------------------------------

    def target_end(self, scores: Mapping[str, dict], after: End) -> End:
        """What is expected of everything that has a target, at the end of the period. One query."""
        question = self.question
        by_id = {self.woods.views[each.key].id: each.key for each in self.joint.walk() if each.key in self.woods.views}
        rows = targets.in_force().filter(
            metric_id__in=list(by_id), grain=question.grain, dimension=question.dimension, member=question.member,
            kind=Kind.LEVEL,
        )  # fmt: skip
        courses = {row.metric_id: targets.course_of(row) for row in rows}
        expected = {
            by_id[metric_id]: course.expected_at(question.period)
            for metric_id, course in courses.items()
            if course.first <= question.period
        }
        values: dict[Input, Fraction | None] = {}
        self.expect(self.joint, expected, values)
        return End(values, after.scores, after.peers)

    def expect(self, joint: Joint, expected: Mapping[str, Fraction], values: dict[Input, Fraction | None]) -> None:
        """What has no target of its own is expected to be what its formula comes to, if all of its parts have one."""
        for part in (*joint.parts.values(), *joint.beside):
            self.expect(part, expected, values)
        own = None if joint.back else expected.get(joint.key)
        if own is None and joint.formula is not None:
            own = evaluate(joint.formula, {each: values.get(part.read) for each, part in joint.parts.items()}).exact
        values[joint.read] = own

    def without(self, before: End) -> tuple[str, ...]:
        """The parts of formulas that have no target."""
        parts = (part for each in self.joint.counted() for part in each.parts.values())
        return tuple(dict.fromkeys(part.key for part in parts if before.values.get(part.read) is None))

    # --- what is told besides ---------------------------------------------------------------------------------------

    def tops(self, stands: Stands) -> tuple[Stand | None, Stand | None]:
        question, read = self.question, self.joint.read
        if question.against == "target":
            return None, self.stand(stands, read, question.period, question.member)
        other = question.peer if question.against == "peer" else question.member
        first = self.stand(stands, read, question.base, other)
        return first, self.stand(stands, read, question.period, question.member)

    def rows(self, stands: Stands) -> dict[str, Stand]:
        question = self.question
        found = {each.id: self.stand(stands, each.read, question.period, question.member) for each in self.joint.walk()}
        return {joint_id: row for joint_id, row in found.items() if row is not None}

    def mixed(self, stands: Stands) -> tuple[str, ...]:
        """The metrics, scores apart, whose values at the two ends stem from two versions of their definition."""
        question, found = self.question, []
        for each in self.joint.counted():
            pair = [
                self.stand(stands, each.read, period, question.member) for period in (question.base, question.period)
            ]
            if not each.is_score and all(pair) and len({row.version_id for row in pair if row}) > 1:
                found.append(each.key)
        return tuple(dict.fromkeys(found))


NO_TARGET = N_("There is no target for it in %(period)s. Set one, and this page says what the way to it is made of.")
NO_VALUE_AT = N_("There is no value for %(place)s, so there is nothing to compare. %(why)s")
NO_LOGARITHMS = N_("Logarithms need sums or products of positive numbers. Choose another method.")


def trouble_with(told: Answer) -> Issue | None:
    """Why a question has no answer, if it has none: the end without a value, and the reason it has none."""
    if told.share is not None:
        return None
    question = told.question
    if question.against == "target" and told.before is None and told.after is not None:
        return Issue("", NO_TARGET, {"period": formats.period(question.period)})
    ends = ((told.after, question.period, question.member), (told.before, question.base, _other(question)))
    for (value, period, member), stand in zip(ends, reversed(told.stands), strict=True):
        if value is None:
            place = " · ".join(filter(None, [member, formats.period(period)]))
            return Issue("", NO_VALUE_AT, {"place": place, "why": stand.reason_in_words if stand else ""})
    return Issue("", NO_LOGARITHMS)


def _other(question: Question) -> str:
    return question.peer if question.against == "peer" else question.member
