"""Say why a number moved: a sentence and a paragraph, from the same figures as the page."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.utils.translation import get_language, gettext, override

from apps.common import formats
from apps.drivers.domain import telling as words
from apps.drivers.domain.showing import Bridge, bridge
from apps.drivers.domain.told import Aim, Cause, Leaf, Outlook, Started, Told
from apps.drivers.selectors.asking import Against, Question, ask, ended_periods
from apps.drivers.selectors.ends import Answer, Woods, answer, trouble_with, woods
from apps.drivers.selectors.writing import Figures, Writer
from apps.evidence import selectors as evidence
from apps.goals import selectors as goals
from apps.kernel.period import Grain, Period
from apps.metrics import selectors as metrics
from apps.metrics.selectors import MetricLike
from apps.targets import presentation as paces
from apps.targets import selectors as targets
from apps.targets.selectors import Held
from apps.workspaces.scope import current_workspace

MOST_STARTED = 3
MOST_STABLE = 3


@dataclass(frozen=True)
class Telling:
    """What is said of a metric, in the language that was asked for. `question` leads to the page that shows it."""

    sentence: str
    paragraph: str
    question: Question


def telling(
    metric: MetricLike,
    *,
    grain: Grain,
    period: Period | None = None,
    against: Against = "previous",
    dimension: str = "",
    member: str = "",
    found: Woods | None = None,
    ended: Sequence[Period] | None = None,
    held: Held | None = None,
    look_for_target: bool = True,
    language: str | None = None,
) -> Telling | None:
    """A sentence and a paragraph about a metric in `period` (the newest ended one); None where nothing can be told.

    Eight queries, three more for a target (none if its standing is given as `held`, or nothing is to be looked for),
    one more with a score; two less with `found`, one with `ended`.
    """
    view = metrics.metric_for(metric)
    forest = found or woods()
    known = ended if ended is not None else ended_periods(view, grain, dimension if member else "", member)
    question = ask(view, grain, period=period, against=against, dimension=dimension, member=member, ended=known)
    if question is None or question.trouble:
        return None
    told = answer(question, forest)
    if trouble_with(told) is not None:
        return None
    return tell(told, held=held, look_for_target=look_for_target, language=language)


def tell(
    told: Answer, *, held: Held | None = None, look_for_target: bool = True, language: str | None = None
) -> Telling:
    """What is said of an answer that has a share. Three queries, and three more for a target unless `held` is given."""
    tongue = language or get_language() or "en"
    with override(tongue):
        facts = facts_of(told, held or (_held(told.question) if look_for_target else None))
    spoken: words.Language = "zh" if tongue.lower().startswith("zh") else "en"
    return Telling(words.sentence(facts, spoken), words.paragraph(facts, spoken), told.question)


def facts_of(told: Answer, held: Held | None = None) -> Told:
    """Everything there is to say, written in the active language."""
    question, share = told.question, told.share
    if share is None:
        raise ValueError("there is nothing to tell without a share")
    writer = Writer(told, current_workspace().currency)
    found = bridge(share, writer.top.places)
    chosen, top = words.choose(found), writer.top
    return Told(
        name=question.metric.definition.name.text(writer.language),
        period=formats.period(question.period),
        base=formats.period(question.base),
        against=question.against,
        before=top.value(found.before, found.places),
        after=top.value(found.after, found.places),
        change=top.change(found.change, found.places),
        moved=found.change != 0,
        causes=tuple(_cause(bar, writer, found) for bar in chosen.named),
        rest=top.change(chosen.rest, found.places) if chosen.rest_count else "",
        rest_count=chosen.rest_count,
        stable=tuple(writer.of(bar) for bar in chosen.stable[:MOST_STABLE]),
        gap=_gap(found, top),
        unsplit=share.unsplit.in_words(gettext) if share.unsplit else "",
        whom=question.member,
        peer=question.peer,
        started=tuple(_started(told)),
        aim=_aim(held, top),
        outlook=_outlook(question, held, top),
    )


def _cause(bar: words.Shown, writer: Writer, found: Bridge) -> Cause:
    leaf = words.way_down(bar)
    before, after = _ends(bar, writer)
    below = None
    if leaf is not None:
        values = _ends(leaf, writer)
        below = Leaf(writer.of(leaf), *values, writer.top.change(leaf.effect, found.places))
    return Cause(writer.of(bar), writer.top.change(bar.effect, found.places), before, after, below)


def _ends(bar: words.Shown, writer: Writer) -> tuple[str, str]:
    """Both values of a bar's own; nothing for bars that have none."""
    if bar.extra is not None or None in (bar.share.before, bar.share.after):
        return "", ""
    return writer.figures(bar.share).both(bar.share.before, bar.share.after)


def _gap(found: Bridge, top: Figures) -> str:
    """What is measured beside the formula of the metric, where it is enough to be flagged."""
    bar = next((bar for bar in found.bars if bar.extra == "gap"), None)
    return top.change(bar.effect, found.places) if bar and bar.share.flagged and bar.effect else ""


def _started(told: Answer) -> Iterable[Started]:
    """What has been started for anything in the tree of the metric, the first due ones."""
    keys = {joint.key for joint in told.joint.walk()}
    ids = [view.id for key, view in told.views.items() if key in keys]
    question = told.question
    found = [each for views in goals.initiatives_of(ids, goals.today()).values() for each in views if each.is_running]
    wanted = [each for each in found if each.member in ("", question.member)]
    for each in sorted(wanted, key=lambda one: (one.due, one.title))[:MOST_STARTED]:
        yield Started(each.title, each.owner_name, formats.day(each.due))


def _held(question: Question) -> Held | None:
    if question.dimension:
        return None
    return targets.standings([question.metric.id], question.grain).get(question.metric.id)


def _aim(held: Held | None, top: Figures) -> Aim | None:
    if held is None or held.standing.expected is None or not held.standing.started:
        return None
    course = held.course
    last = formats.period(course.last)
    due, goal = (top.value(each, top.places) for each in (held.standing.expected, course.goal))
    return Aim(paces.status_word(held.standing), due, goal, last)


def _outlook(question: Question, held: Held | None, top: Figures) -> Outlook | None:
    """The forecast for when the target is due, or as far as it reaches; only beside the value it goes on from."""
    if question.against not in ("previous", "year", "period"):
        return None
    found = evidence.forecast_of(question.metric.id, question.grain, question.dimension, question.member)
    if found is None or not found.points or found.points[0].period.start != question.period.end:
        return None
    ahead = (found.at(held.course.last.start) if held else None) or found.points[-1]
    value, low, high = (top.value(each, top.places) for each in (ahead.value, ahead.low, ahead.high))
    return Outlook(formats.period(ahead.period), value, low, high)
