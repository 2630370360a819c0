"""Objectives and key results as pages show them: start, now and target together; done, due and how that stands."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from fractions import Fraction
from uuid import UUID

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from apps.accounts import selectors as accounts
from apps.common import formats, pieces
from apps.goals.domain import pace, scoring
from apps.goals.domain.cycles import Stand
from apps.goals.domain.pace import Standing, Step
from apps.goals.domain.progress import Kind
from apps.goals.domain.scoring import Band
from apps.goals.models import Cycle, KeyResult, Milestone, Objective
from apps.goals.presentation.words import date_words, goal_words, kind_words
from apps.goals.selectors.cycles import stand_of
from apps.goals.selectors.days import today
from apps.goals.selectors.due import elapsed_of
from apps.goals.selectors.objectives import milestones_of
from apps.kernel.issue import N_
from apps.metrics import selectors as metrics
from apps.metrics.presentation import style_of
from apps.metrics.selectors import MetricView
from apps.targets import selectors as targets
from apps.targets.domain.kinds import SHAPE_WORDS
from apps.workspaces.scope import current_workspace

STANDINGS: dict[Standing, tuple[str, str]] = {
    Standing.ON_TRACK: ("good", N_("On track")),
    Standing.LAGGING: ("warn", N_("Slightly behind")),
    Standing.AT_RISK: ("bad", N_("Off track")),
    Standing.NONE: ("none", N_("Nothing due yet")),
}
BANDS: dict[Band, tuple[str, str]] = {
    Band.GOOD: ("good", N_("Well reached")),
    Band.FAIR: ("warn", N_("Partly reached")),
    Band.POOR: ("bad", N_("Not reached")),
    Band.NONE: ("none", N_("No score")),
}
CONFIDENCES: dict[str, tuple[str, str]] = {
    KeyResult.Confidence.ON_TRACK: ("good", N_("Confident")),
    KeyResult.Confidence.AT_RISK: ("warn", N_("At risk")),
    KeyResult.Confidence.OFF_TRACK: ("bad", N_("Not going to make it")),
}
MOST = Decimal(999)
"""Percent, beyond which a progress is written as "more than" that."""


@dataclass(frozen=True)
class KeyResultRow:
    """A key result on a page; `goal` is its bar, `now` its present value, `confidence` tone and word."""

    row: KeyResult
    goal: pieces.Goal
    now: str
    kind: str
    weight: str
    metric: MetricView | None
    confidence: tuple[str, str] | None
    no_data: str
    expected: Fraction
    style: formats.Style
    steps: Sequence[Milestone] = ()
    paced: str = ""
    """How what is due by now is spread over the time, where the target of its metric says so."""


@dataclass(frozen=True)
class ObjectiveRow:
    """An objective on a page with its key results; `notes` are what somebody ought to know or mend, a sentence each."""

    row: Objective
    goal: pieces.Goal
    key_results: tuple[KeyResultRow, ...]
    url: str
    place: str
    owner_left: bool
    score: tuple[str, str, str] | None
    computed: str = ""
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Writer:
    """Writes the objectives of one cycle as of a day. `inactive` are people who left, `archived` teams out of use."""

    cycle: Cycle
    on: date
    stand: Stand
    elapsed: Fraction
    views: Mapping[UUID, MetricView]
    currency: str
    inactive: frozenset[UUID] = frozenset()
    steps: Mapping[UUID, Sequence[Milestone]] = field(default_factory=dict)
    ways: Mapping[UUID, tuple[Fraction, str]] = field(default_factory=dict)
    """The share that is due of key results whose metric's target has a shape of its own, with the shape in words."""

    def objective(self, row: Objective, own: Iterable[KeyResult]) -> ObjectiveRow:
        """An objective with its live key results."""
        rows = tuple(self.key_result(each) for each in own)
        share = _fraction(row.progress)
        due = pace.expected_of([(each.row.weight, each.expected) for each in rows]) if rows else self.elapsed
        if row.counts != Objective.Counts.KEY_RESULTS:
            due = self.elapsed
        standing = self._standing(share, due)
        left = row.owner_id in self.inactive
        return ObjectiveRow(
            row=row,
            goal=self._bar(row.progress, due, standing, start="", target=date_words(self.cycle.due), due_today=""),
            key_results=rows,
            url=reverse("goals:objective", args=[row.pk]),
            place=place_words(row),
            owner_left=left,
            score=self._score(row),
            computed=f"{computed:.2f}" if (computed := self._computed(row)) is not None else "",
            notes=tuple(self._notes(row, rows, left)),
        )

    def key_result(self, row: KeyResult) -> KeyResultRow:
        """A key result: from where, to where, where it is, and how much of the way is due."""
        view = self.views.get(row.metric_id) if row.metric_id else None
        style = style_for(row, view, self.currency)
        steps = self.steps.get(row.pk, ())
        told = [Step(step.weight, step.due) for step in steps]
        elapsed, paced = self.ways.get(row.pk, (self.elapsed, ""))
        due = pace.expected(Kind(row.kind), elapsed, on=self.on, steps=told)
        standing = self._standing(_fraction(row.progress), due)
        now = self._now(row, style, steps)
        start = _("Start %(value)s") % {"value": with_unit(row, style, row.start)} if row.start is not None else ""
        return KeyResultRow(
            row=row,
            goal=self._bar(
                row.progress, due, standing, start=start, target=goal_words(row, style), due_today=now, of=row
            ),
            now=now,
            kind=kind_words(row.kind),
            weight=f"{formats.plain(row.weight)}%",
            metric=view,
            confidence=_sure(row.confidence),
            no_data=_("No data since %(day)s") % {"day": formats.day(row.no_data_since)} if row.no_data_since else "",
            expected=due,
            style=style,
            steps=steps,
            paced=paced,
        )

    def _standing(self, share: Fraction | None, due: Fraction | None) -> Standing:
        return Standing.NONE if self.stand is Stand.PLANNED else pace.standing(share, due)

    def _bar(
        self,
        progress: Decimal | None,
        due: Fraction | None,
        standing: Standing,
        *,
        start: str,
        target: str,
        due_today: str,
        of: KeyResult | None = None,
    ) -> pieces.Goal:
        tone, word = STANDINGS[standing]
        word = self._none_word(progress, of) if standing is Standing.NONE else _(word)
        if progress is not None and progress >= 1 and self.stand is not Stand.PLANNED and _is_reached(of):
            tone, word = "good", _("Reached")  # also before anything of it is due
        words = share_words(progress)
        tick = Decimal(due.numerator * 100) / Decimal(due.denominator) if due is not None else None
        return pieces.Goal(
            done=min(max((progress or Decimal(0)) * 100, Decimal(0)), Decimal(100)),
            today=tick if self.stand is Stand.RUNNING and tick and progress is not None else None,
            tone=tone,
            status=word,
            words=words,
            label=_("%(status)s: %(words)s") % {"status": word, "words": words},
            start=start,
            target=target,
            due_today=due_today,
        )

    def _none_word(self, progress: Decimal | None, of: KeyResult | None) -> str:
        if of is not None and of.kind == Kind.OPEN_BASELINE:
            return _("Target still to be set")
        if progress is None:
            return _("No value yet")
        if self.stand is Stand.PLANNED:
            return _("Not started")
        return _(STANDINGS[Standing.NONE][1])

    def _now(self, row: KeyResult, style: formats.Style, steps: Sequence[Milestone]) -> str:
        if row.kind == Kind.MILESTONES:
            done = sum(1 for step in steps if step.done_on is not None)
            told = {"done": done, "all": len(steps)}
            return ngettext("%(done)s of %(all)s step", "%(done)s of %(all)s steps", len(steps)) % told
        if row.value is None:
            return _("No value yet")
        if row.kind == Kind.BINARY:
            return _("Done") if row.value >= 1 else _("Not done")
        return _("Now %(value)s") % {"value": with_unit(row, style, row.value)}

    def _score(self, row: Objective) -> tuple[str, str, str] | None:
        """Tone, word and figure of the score, once the cycle is over or closed."""
        if self.stand not in (Stand.OVER, Stand.CLOSED):
            return None
        final = scoring.final(self._computed(row), row.score_judged)
        tone, word = BANDS[scoring.band(final)]
        return tone, _(word), "–" if final is None else f"{final:.2f}"

    def _computed(self, row: Objective) -> Decimal | None:
        return row.score_computed if self.stand is Stand.CLOSED else scoring.score(_fraction(row.progress))

    def _notes(self, row: Objective, rows: Sequence[KeyResultRow], left: bool) -> Iterable[str]:
        if left:
            yield _("%(name)s is no longer with the company.") % {"name": row.owner_name}
        if row.team_id and row.team is not None and row.team.archived_at is not None:
            yield _("%(team)s is archived.") % {"team": row.team.name}
        whole = sum((each.row.weight for each in rows), Decimal(0))
        if rows and whole != 100:
            yield _("Weights add up to %(sum)s%%, not 100%%.") % {"sum": formats.plain(whole)}
        for each in rows:
            if each.no_data:
                yield f"{each.row.title}: {each.no_data}"
        if not rows and row.counts == Objective.Counts.KEY_RESULTS:
            yield _("It has no key results yet: nobody can tell whether it is reached.")


def writer_for(
    cycle: Cycle, rows: Iterable[KeyResult], owners: Iterable[UUID | None] = (), on: date | None = None
) -> Writer:
    """What it takes to write objectives of a cycle with these key results. Three queries, two without steps; those of
    `targets.shares_due` where any has a way to go on a metric."""
    day = on or today()
    told = list(rows)
    wanted = [row.pk for row in told if row.kind == Kind.MILESTONES]
    return Writer(
        cycle=cycle,
        on=day,
        stand=stand_of(cycle, day),
        elapsed=elapsed_of(cycle, day),
        views=metrics.metrics_by_id(row.metric_id for row in told if row.metric_id),
        currency=current_workspace().currency,
        inactive=frozenset(accounts.inactive_among(filter(None, owners))),
        steps=milestones_of(wanted) if wanted else {},
        ways=_ways(cycle, told, day),
    )


def _ways(cycle: Cycle, rows: Iterable[KeyResult], on: date) -> dict[UUID, tuple[Fraction, str]]:
    """How much is due where the target of the metric that is followed is laid over the cycle by a shape of its own."""
    places = {
        row.pk: (row.metric_id, row.grain, row.dimension, row.member)
        for row in rows
        if row.metric_id and row.kind == Kind.REACH
    }
    if not places or not cycle.start <= on <= cycle.due:
        return {}
    due = targets.shares_due(set(places.values()), cycle.start, cycle.due, on)
    return {
        pk: (share, _(SHAPE_WORDS[shape]))
        for pk, place in places.items()
        if place in due
        for share, shape in [due[place]]
    }


def written(cycle: Cycle, found: Sequence[Objective]) -> list[ObjectiveRow]:
    """Objectives of a cycle, read `with_key_results`, as rows of a page. Three queries at most."""
    own = [row for each in found for row in each.live]
    writer = writer_for(cycle, own, {each.owner_id for each in found})
    return [writer.objective(each, each.live) for each in found]


def style_for(row: KeyResult, view: MetricView | None, currency: str) -> formats.Style:
    """How the figures of a key result are written: its metric's way, or with the digits they have."""
    if view is not None:
        return style_of(view.unit, currency)
    figures = [row.start, row.goal, row.low, row.high, row.value]
    digits = [-figure.normalize().as_tuple().exponent for figure in figures if figure is not None]  # type: ignore[operator]
    return formats.Style(digits=min(max([0, *digits]), 6))


def with_unit(row: KeyResult, style: formats.Style, value: Decimal | None) -> str:
    """A figure of a key result with its unit."""
    text = style.full(value)
    if value is None or not row.unit:
        return text
    return f"{text}{row.unit}" if row.unit == "%" else f"{text} {row.unit}"


def share_words(progress: Decimal | None) -> str:
    """How much of the way is made: "62.0%", "more than 999%"; a dash where nothing can be said."""
    if progress is None:
        return formats.DASH
    if abs(progress * 100) > MOST:
        return _("more than %(percent)s%%") % {"percent": 999} if progress > 0 else _("less than −999%")
    return formats.percent(progress, 0 if progress == progress.quantize(Decimal("0.01")) else 1)


def place_words(row: Objective) -> str:
    """Whose it is: the company's, a team's, or one person's."""
    if row.level == Objective.Level.TEAM and row.team is not None:
        return row.team.name
    return _("Company") if row.level == Objective.Level.COMPANY else _("Personal")


def stored_share(share: Fraction) -> Decimal:
    """A share as a figure, for formats."""
    return Decimal(share.numerator) / Decimal(share.denominator)


def _sure(confidence: str) -> tuple[str, str] | None:
    """Tone and word of how sure somebody is; None as long as nobody said it."""
    found = CONFIDENCES.get(confidence)
    return (found[0], _(found[1])) if found else None


def _fraction(value: Decimal | None) -> Fraction | None:
    return None if value is None else Fraction(value)


def _is_reached(of: KeyResult | None) -> bool:
    """Whether being there is the end of it: what is to be kept is never reached, only held."""
    return of is None or of.kind in (Kind.REACH, Kind.BINARY, Kind.MILESTONES)
