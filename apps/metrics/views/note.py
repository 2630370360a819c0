"""How a value came to be, as an accountant would note it: which rows, what was put together, and the division."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from apps.common import formats
from apps.metrics import presentation
from apps.metrics.domain import words
from apps.metrics.domain.behind import Look
from apps.metrics.domain.checks import Known
from apps.metrics.domain.definition import (
    ConversionDefinition,
    Definition,
    EntityShareDefinition,
    FormulaDefinition,
    FunnelDefinition,
    LifecycleDefinition,
    ManualDefinition,
    RecurringDefinition,
    RetentionDefinition,
    ScoreDefinition,
    StockDefinition,
    built_in_of,
)
from apps.metrics.domain.look import look_of
from apps.metrics.selectors import ValueView
from apps.metrics.views.money import conversion_in_words
from apps.metrics.views.parts import word_of


@dataclass(frozen=True)
class Step:
    """One line of the note, with the figure it comes to ("" for none)."""

    text: str
    figure: str = ""


def steps(request: HttpRequest, found: ValueView, known: Known, versions: Iterable[Any] = ()) -> list[Step]:
    """The note, line by line; `versions` are those of the data that the value names."""
    definition = found.definition
    if isinstance(definition, ManualDefinition):
        return [Step(_("People type this value. Nothing is computed."))]
    if isinstance(definition, FormulaDefinition):
        return [_formula(definition, found, request.workspace.currency), *_rounding(found)]
    if isinstance(definition, ScoreDefinition):
        return [*_score(definition), *_rounding(found)]
    money = [Step(text) for text in conversion_in_words(found, known, versions)]
    return [*_rows(request, found, known), *money, *_figures(found, known), *_division(found), *_rounding(found)]


def _formula(definition: FormulaDefinition, found: ValueView, currency: str) -> Step:
    """The formula with the value of each metric behind its name."""
    labels = {}
    for metric, point in found.inputs:
        style = presentation.style_of(metric.unit, currency)
        value = style.full(point.value) if point else formats.DASH
        labels[metric.key] = _("“%(name)s” (%(value)s)") % {"name": metric.name, "value": value}
    text = words.formula_in_words(definition.expression, labels, get_language())
    return Step(_("Calculate from the unrounded values: %(formula)s") % {"formula": text}, _written(found.point.value))


def _score(definition: ScoreDefinition) -> Iterator[Step]:
    yield Step(_("Turn the value of each metric into 0 to 100 points by its scale."))
    if definition.mean == "geometric":
        yield Step(_("Put the points together as a weighted geometric mean."))
    else:
        yield Step(_("Multiply the points of each metric by its weight in the whole, and add them up."))
    share = formats.percent(definition.least_coverage, 0)
    yield Step(
        _("A metric without a value gives its weight to the others; below %(share)s of the weights there is no score.")
        % {"share": share}
    )
    if definition.caps:
        yield Step(_("Hold the score down to its limits."))


def _rounding(found: ValueView) -> Iterator[Step]:
    if found.point.value is not None:
        text = _("Round once, half to even, at 12 places. A value that is missing is never taken for 0.")
        yield Step(text, _written(found.point.value) if isinstance(found.definition, ScoreDefinition) else "")


# --- which rows -------------------------------------------------------------------------------------------------------


def _rows(request: HttpRequest, found: ValueView, known: Known) -> Iterator[Step]:
    calendar, period, definition = request.workspace.calendar, found.point.period, found.definition
    is_interval = found.dimension == "interval"
    look = look_of(definition, int(found.point.member) if is_interval else None)
    span = {"first": formats.day(look.start(calendar, period)), "last": _last(period.end), "zone": calendar.time_zone}
    yield Step(_("Take the rows dated from %(first)s to %(last)s, both days included (%(zone)s).") % span)
    yield from _around(definition, look, calendar, period)
    if found.dimension and found.dimension != built_in_of(definition):
        filled = {"dimension": word_of(known, found.dimension), "member": found.point.member or _("(empty)")}
        yield Step(_("Of these, only those with “%(member)s” as %(dimension)s.") % filled)


def _around(definition: Definition, look: Any, calendar: Any, period: Any) -> Iterator[Step]:
    """What outside the period matters."""
    if isinstance(definition, RetentionDefinition) and look.awaits:
        there = calendar.shift(period, look.awaits)
        yield Step(_("Who came back is looked up in the rows of %(period)s.") % {"period": formats.period(there)})
    elif look.matures(calendar, period) > period.end:
        filled = {"last": _last(look.matures(calendar, period))}
        yield Step(_("What follows is looked up in the rows up to %(last)s.") % filled)
    if isinstance(definition, LifecycleDefinition | RecurringDefinition):
        before = formats.period(calendar.shift(period, -1))
        yield Step(
            _("The rows of %(period)s say who was there before, all earlier ones who was ever.") % {"period": before}
        )
    elif look.history:
        yield Step(_("All earlier rows say who came for the first time."))
    if isinstance(definition, StockDefinition) and definition.carry_days:
        yield Step(
            _("A value up to %(n)s days old still holds where there is no newer one.") % {"n": definition.carry_days}
        )
    if isinstance(definition, EntityShareDefinition) and definition.base.started:
        yield Step(_("The customer file says who was there when the period began."))


def _last(end: Any) -> str:
    return formats.day(end - timedelta(days=1))


# --- the figures ------------------------------------------------------------------------------------------------------


def _figures(found: ValueView, known: Known) -> list[Step]:
    said, point, found_steps = sides_in_words(found, known), found.point, []
    if point.numerator is not None:
        found_steps.append(Step(_sentence(said.get("numerator", "")), _written(point.numerator)))
    if point.denominator is not None:
        whole = said.get("denominator") or _("how many of them there are")
        found_steps.append(Step(_sentence(whole), _written(point.denominator)))
    return found_steps[::-1] if _begins_with_the_whole(found.definition) else found_steps


def _begins_with_the_whole(definition: Definition) -> bool:
    """Whether people first ask who began, and then who of them went on."""
    return isinstance(definition, RetentionDefinition | ConversionDefinition | FunnelDefinition)


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]


def _division(found: ValueView) -> Iterator[Step]:
    point = found.point
    if point.numerator is None or point.denominator is None:
        return
    if not point.denominator:
        yield Step(_("There is nothing to divide by: the value stays undefined."))
        return
    filled = {"numerator": _written(point.numerator), "denominator": _written(point.denominator)}
    yield Step(_("Divide once, as an exact fraction: %(numerator)s ÷ %(denominator)s") % filled, _written(point.value))


def _written(value: Decimal | None) -> str:
    """A figure with the digits it has."""
    return formats.plain(value)


# --- the sides, for the pages of a value and of its rows --------------------------------------------------------------


def sides_in_words(found: ValueView, known: Known) -> dict[str, str]:
    """What each look at the rows of a value shows, by its name."""
    built_in = found.dimension if found.dimension == built_in_of(found.definition) else ""
    member = found.point.member if built_in else ""
    return words.sides_in_words(found.definition, get_language(), known, built_in, member)


def label_of(look: Look, found: ValueView, known: Known) -> str:
    """A look in a word or two, for a tab."""
    if look.name.startswith("numerator."):
        dataset = known.datasets.get(look.dataset)
        return _("Rows in %(dataset)s") % {"dataset": dataset.name if dataset else look.dataset}
    if "denominator" not in found.sides:
        return _("What is counted")
    return _("What it is divided by") if look.side == "denominator" else _("What is divided")


def sides(found: ValueView, known: Known) -> list[dict[str, Any]]:
    """The undivided figures with what they are, and the way to their rows."""
    said, point = sides_in_words(found, known), found.point
    figures = {"numerator": point.numerator, "denominator": point.denominator}
    looks = found.looks[::-1] if _begins_with_the_whole(found.definition) else found.looks
    return [
        {
            "name": look.name,
            "label": label_of(look, found, known),
            "words": _sentence(said.get(look.name, "")),
            "figure": _written(figures[look.name]) if look.name in figures else "",
            "rows_url": f"{reverse('metrics:rows', args=[point.id])}?{urlencode({'side': look.name})}",
            "file_url": f"{reverse('metrics:rows_file', args=[point.id])}?{urlencode({'side': look.name})}",
        }
        for look in looks
    ]


def member_of(found: ValueView, known: Known) -> str:
    """The member of the dimension in words: a step by its number and name."""
    member = found.point.member
    if found.dimension == "step" and member.isdecimal():
        names = words.step_names(found.definition, get_language(), known)
        return f"{member}. {names[int(member) - 1]}" if 0 < int(member) <= len(names) else member
    return member or _("(empty)")
