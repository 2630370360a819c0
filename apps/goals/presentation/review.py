"""A cycle's review as finished figures, and as the sheets of a file."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction

from django.utils.translation import gettext as _

from apps.common import formats
from apps.goals.domain import review, scoring
from apps.goals.domain.review import Summary
from apps.goals.domain.scoring import Band
from apps.goals.models import CheckIn, Cycle, KeyResult, Objective
from apps.goals.presentation.alignment import hundredths, percent_words
from apps.goals.presentation.rows import Row, lines
from apps.goals.selectors.review import Review, computed_score
from apps.kernel.issue import N_
from apps.kernel.numbers import divide

BANDS: dict[Band, tuple[str, str]] = {
    Band.GOOD: ("good", N_("0.7 and more")),
    Band.FAIR: ("warn", N_("0.4 to below 0.7")),
    Band.POOR: ("bad", N_("below 0.4")),
    Band.NONE: ("none", N_("no score")),
}


def score_words(score: Fraction | Decimal | None) -> str:
    """ "0.67"; a dash where there is none."""
    if score is None:
        return formats.DASH
    exact = Fraction(score)
    return formats.number(divide(exact.numerator, exact.denominator), 2)


@dataclass(frozen=True)
class Bar:
    """How many of a group lie in a band, for a bar of parts."""

    tone: str
    word: str
    count: int
    left: str
    width: str


@dataclass(frozen=True)
class Group:
    """A group of objectives in a line: its name, how many, the mean, what was computed, the bands."""

    name: str
    count: int
    mean: str
    computed: str
    tone: str
    bars: tuple[Bar, ...]
    key: str = ""


def group_of(name: str, told: Summary, key: object = "") -> Group:
    mean = None if told.mean is None else divide(told.mean.numerator, told.mean.denominator)
    band = scoring.band(mean)
    return Group(
        name=name,
        count=told.count,
        mean=score_words(told.mean),
        computed=score_words(told.computed_mean),
        tone=BANDS[band][0],
        bars=tuple(_bars(told)),
        key=str(key),
    )


def _bars(told: Summary) -> Iterator[Bar]:
    begun = 0
    for key, (tone, word) in BANDS.items():
        count = told.bands.get(key, 0)
        if count:
            yield Bar(tone, _(word), count, _percent(begun, told.count), _percent(count, told.count))
            begun += count


def _percent(part: int, whole: int) -> str:
    """With a point whatever the language: SVG reads it."""
    return f"{hundredths(Fraction(part, whole)):.3f}"


LEVELS: dict[str, str] = {"company": N_("The company"), "team": N_("All teams"), "person": N_("All people")}


def levels(found: Review) -> list[Group]:
    """The company, the teams together, the people together."""
    return [group_of(_(LEVELS[str(key)]), told) for key, told in _in(found.by_level, Objective.Level)]


def kinds(found: Review) -> list[Group]:
    """What is promised, and what is aimed high."""
    words = dict(Objective.Kind.choices)
    return [group_of(str(words[str(key)]), told) for key, told in _in(found.by_kind, Objective.Kind)]


def _in(groups: dict[object, Summary], order: object) -> Iterator[tuple[object, Summary]]:
    for key in order:  # type: ignore[attr-defined]
        if str(key) in groups:
            yield str(key), groups[str(key)]


class Teams(Sequence[Group]):
    """Each team, the lowest mean first: that is where to look. Those without a score come last. Made ready for a page
    as they are asked for."""

    def __init__(self, found: Review) -> None:
        told = [(key[1], each, key[0]) for key, each in found.by_team.items()]  # type: ignore[index]
        self.told = sorted(told, key=lambda row: (row[1].mean is None, row[1].mean or 0, row[0].casefold()))

    def __len__(self) -> int:
        return len(self.told)

    def __getitem__(self, at):
        return [group_of(*row) for row in self.told[at]] if isinstance(at, slice) else group_of(*self.told[at])


@dataclass(frozen=True)
class Against:
    """One figure now and in the cycle before."""

    name: str
    now: str
    before: str
    change: Fraction | None
    change_words: str


def against(found: Review) -> list[Against]:
    """The figures beside those of the cycle before."""
    past = found.past
    if past is None:
        return []
    score = review.change(found.all.mean, past.all.mean)
    share = review.change(found.reached.share, past.reached.share)
    return [
        Against(_("Mean score"), score_words(found.all.mean), score_words(past.all.mean), score,
                _size(score, score_words)),
        Against(
            _("Key results reached"), percent_words(found.reached.share), percent_words(past.reached.share), share,
            _size(share, lambda each: formats.points(divide(each.numerator, each.denominator), 0)),
        ),
        Against(_("Objectives"), formats.number(found.all.count), formats.number(past.all.count), None, ""),
    ]  # fmt: skip


def _size(change: Fraction | None, words: object) -> str:
    return "" if change is None else words(abs(change))  # type: ignore[operator]


# --- the file ---------------------------------------------------------------------------------------------------------


def objective_lines(rows: Sequence[Objective], cycle: Cycle) -> Iterator[list[object]]:
    yield [
        _("Objective"), _("Level"), _("Team"), _("Who answers for it"), _("Kind"), _("Private"), _("Is for"),
        _("Alignment"), _("Progress"), _("Score, computed"), _("Score, judged"), _("Reason"),
        _("Carried over from"), _("Why"),
    ]  # fmt: skip
    for row in rows:
        parent = row.parent if row.parent_id and not row.parent.private else None
        yield [
            row.title, str(row.get_level_display()), row.team.name if row.team else "", row.owner_name,
            str(row.get_kind_display()), _("yes") if row.private else "", parent.title if parent else "",
            str(row.get_alignment_display()) if parent else "", row.progress,
            computed_score(cycle, row.progress, row.score_computed), row.score_judged,
            row.score_reason, row.carried_from.cycle.name if row.carried_from_id else "", row.why,
        ]  # fmt: skip


def key_result_lines(rows: Sequence[KeyResult], cycle: Cycle) -> Iterator[list[object]]:
    yield [
        _("Objective"), _("Key result"), _("Kind"), _("Metric"), _("Who answers for it"), _("Start"), _("Goal"),
        _("Lowest"), _("Highest"), _("Unit"), _("Value"), _("Value of"), _("Progress"), _("Weight"), _("Confidence"),
    ]  # fmt: skip
    for row in rows:
        closed = cycle.closed_at is not None
        yield [
            row.objective.title, row.title, str(row.get_kind_display()), row.metric.key if row.metric_id else "",
            row.owner_name, row.start, row.goal, row.low, row.high, row.unit,
            row.frozen_value if closed else row.value, row.value_on,
            row.frozen_progress if closed else row.progress, row.weight, str(row.get_confidence_display()),
        ]  # fmt: skip


def check_in_lines(rows: Sequence[CheckIn]) -> Iterator[list[object]]:
    yield [
        _("Objective"), _("Key result"), _("Date"), _("Was due on"), _("Said by"), _("Value"), _("Confidence"),
        _("Note"),
        _("What is in the way"), _("Next step"),
    ]  # fmt: skip
    for row in rows:
        yield [
            row.key_result.objective.title, row.key_result.title, row.on, row.due_on, row.by_name, row.value,
            str(row.get_confidence_display()), row.note, row.blockers, row.next_step,
        ]  # fmt: skip


def action_lines(rows: Sequence[Row]) -> Iterator[list[object]]:
    return lines(rows)


def day_words(first: date, last: date) -> str:
    return f"{formats.day(first)} – {formats.day(last)}"
