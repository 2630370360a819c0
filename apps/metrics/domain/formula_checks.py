"""Does a formula fit the other metrics: are they there, does it stand on itself, do the units agree?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice, takewhile

from apps.kernel.issue import N_, Issue
from apps.metrics.domain import formula
from apps.metrics.domain.definition import FormulaDefinition
from apps.metrics.domain.fields import Known, listed
from apps.metrics.domain.formula.tokens import FULL_WIDTH, NO_KEY, Token, fault, position_of, shown
from apps.metrics.domain.metric_units import UnitsOfMetrics
from apps.metrics.domain.units import Clash, Derived, Units, derive

NO_METRIC = N_("At character %(position)s: there is no metric “%(key)s”. There are: %(metrics)s.")
NAME_NOT_KEY = N_("At character %(position)s: “%(text)s” is the name of a metric; write its key, %(key)s.")
ITSELF = N_(
    "At character %(position)s: “%(key)s” is this very metric. A formula uses its own value in no period; for a total "
    "that runs on, choose a cumulative metric."
)
NO_INPUT = N_("The formula uses no metric. For a fixed number, type the values by hand.")
UNLIKE = N_(
    "At character %(position)s: only like units are added, subtracted or compared, and “%(one)s” is in %(unit)s, "
    "“%(other)s” in %(other_unit)s. Multiply or divide one of them first, or correct its unit."
)
COUNTED_APART = N_(
    "At character %(position)s: “%(one)s” counts in %(unit)s, “%(other)s” in %(other_unit)s. Are these the same things?"
)
NOT_OF_THE_UNIT = {
    "currency": N_("The formula gives %(unit)s, and the unit chosen is money."),
    "count": N_("The formula gives %(unit)s, and the unit chosen is a count."),
    "percent": N_("The formula gives %(unit)s, and the unit chosen is a share."),
    "score": N_("The formula gives %(unit)s, and the unit chosen is a score."),
}
_LONGEST_PART = 60


def issues(definition: FormulaDefinition, known: Known) -> list[Issue]:
    """What keeps a formula from being computed, all at once, in the order of its characters."""
    reading = formula.read(definition.expression)
    found = [_by_name(each, known) for each in reading.faults]
    found += islice(_strangers(reading.mentions, definition, known), formula.MOST_FAULTS)
    if not found and not reading.mentions:
        return [Issue("expression", NO_INPUT)]
    if not found:
        found += [_unlike(clash, known) for clash in _derived(definition, known).clashes if clash.unlike]
    return sorted(found, key=position_of)[: formula.MOST_FAULTS]


def _strangers(mentions: Iterable[Token], definition: FormulaDefinition, known: Known) -> Iterator[Issue]:
    """Words that are no other metric."""
    for word in mentions:
        if word.text == definition.key:
            yield fault(ITSELF, word.position, key=word.text)
        elif word.text not in known.metrics:
            others = listed(_nearest(word.text, (key for key in known.metrics if key != definition.key)))
            yield fault(NO_METRIC, word.position, key=shown(word.text), metrics=others)


def warnings(definition: FormulaDefinition, known: Known) -> Iterator[Issue]:
    """What may well be meant, and often is not: things counted apart, a result that is not of the chosen unit."""
    derived = _derived(definition, known)
    for clash in derived.clashes:
        if not clash.unlike:
            filled = _sides(clash, known)
            yield Issue("expression", COUNTED_APART, filled, blocking=False)
    kind = definition.unit.kind
    if not derived.clashes and derived.units is not None and not _fits(derived.units, kind):
        yield Issue("unit.kind", NOT_OF_THE_UNIT[kind], {"unit": derived.units.text(known.currency)}, blocking=False)


def clash_of(definition: FormulaDefinition, known: Known) -> dict[str, object] | None:
    """The first two unlike units that the formula adds, subtracts or compares, as words; None if there are none."""
    return next((_sides(clash, known) for clash in _derived(definition, known).clashes if clash.unlike), None)


def _derived(definition: FormulaDefinition, known: Known) -> Derived:
    try:
        tree = formula.parse(definition.expression)
    except formula.FormulaError:
        return Derived(None, ())
    others = {key: other for key, other in known.metrics.items() if key != definition.key}
    return derive(tree, UnitsOfMetrics(others).of)


def _unlike(clash: Clash, known: Known) -> Issue:
    return Issue("expression", UNLIKE, _sides(clash, known))


def _sides(clash: Clash, known: Known) -> dict[str, object]:
    return {
        "position": clash.position,
        "one": _cut(clash.one),
        "unit": clash.unit.text(known.currency),
        "other": _cut(clash.other),
        "other_unit": clash.other_unit.text(known.currency),
    }


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST_PART else text[: _LONGEST_PART - 1] + "…"


def _fits(units: Units, kind: str) -> bool:
    """Whether a result of `units` may be shown as `kind`: money per customer is money, visits per visitor a share."""
    if kind == "number":
        return True
    if kind == "currency":
        return units.money == 1 and (not units.whole or units.counted <= 0)
    if units.money:
        return False
    if kind == "count":
        return not units.whole or any(power > 0 for _, power in units.powers)
    return not units.whole or units.counted == 0


def _by_name(issue: Issue, known: Known) -> Issue:
    """A word that is no key may be the name of a metric."""
    if issue.message not in (NO_KEY, FULL_WIDTH):
        return issue
    text = issue.params["text"]
    for key, other in known.metrics.items():
        if text in (other.name.en, other.name.zh):
            return fault(NAME_NOT_KEY, position_of(issue), text=text, key=key)
    return issue


def _nearest(word: str, keys: Iterable[str]) -> list[str]:
    """Keys that begin alike come first."""

    def shared(key: str) -> int:
        return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(word, key, strict=False)))

    return sorted(keys, key=shared, reverse=True)
