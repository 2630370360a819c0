"""What two definitions say differently, in the words of the form they are filled in."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from apps.common import formats
from apps.kernel.issue import N_
from apps.metrics import presentation
from apps.metrics.domain import differences as found
from apps.metrics.domain.checks import Known
from apps.metrics.domain.definition import Definition, document_of
from apps.metrics.domain.words import formula_in_words
from apps.metrics.forms import DIRECTIONS, HOWS, OPERATORS, UNITS

FIELDS = {
    "name.en": N_("Name in English"),
    "name.zh": N_("Name in Chinese"),
    "description": N_("Description"),
    "description.en": N_("Description in English"),
    "description.zh": N_("Description in Chinese"),
    "unit.kind": N_("Unit"),
    "unit.decimals": N_("Digits after the point"),
    "unit.suffix": N_("Behind the figure"),
    "unit.suffix.en": N_("Behind the figure, in English"),
    "unit.suffix.zh": N_("Behind the figure, in Chinese"),
    "direction": N_("Direction"),
    "grains": N_("Read by"),
    "dimensions": N_("Also split by"),
    "trailing": N_("Periods each value covers"),
    "expression": N_("Formula"),
    "kind": N_("Kind"),
    "dataset": N_("Data set"),
    "how": N_("Computed as"),
    "column": N_("Column"),
    "filters": N_("Where"),
    "measure": N_("What is counted"),
    "numerator": N_("What is divided"),
    "denominator": N_("What it is divided by"),
}
CHOICES = {"how": HOWS, "direction": DIRECTIONS, "unit.kind": UNITS}
SIDES = ("numerator", "denominator")
NOTHING = "–"


def rows_of(before: Definition, after: Definition, known: Known) -> list[dict[str, str]]:
    """Each field that differs with what stands there before and after, as texts."""
    old, new = document_of(before), document_of(after)
    return [
        {
            "field": _field(difference.where),
            "before": _value(difference.where, difference.before, old, known),
            "after": _value(difference.where, difference.after, new, known),
        }
        for difference in found.differences(before, after)
    ]


def field_words(where: str) -> str:
    """The name of a field by its path; its own last word where nobody has named it."""
    return _field(where)


def _field(where: str) -> str:
    if where in FIELDS:
        return _(FIELDS[where])
    side, _dot, part = where.rpartition(".")
    name = _(FIELDS[part]) if part in FIELDS else part.replace("_", " ").capitalize()
    return f"{_(FIELDS[side])}: {name}" if side in SIDES else name


def _value(where: str, value: Any, document: Mapping[str, Any], known: Known) -> str:
    part = where.rpartition(".")[2]
    if value in (None, "", [], {}):
        return _("(no condition)") if part == "filters" else NOTHING
    for path, choices in CHOICES.items():
        if (where == path or part == path) and isinstance(value, str):
            return str(dict(choices).get(value, value))
    if part == "dataset":
        return known.datasets[value].name if value in known.datasets else str(value)
    if part == "filters":
        return " · ".join(condition_in_words(each, known) for each in value)
    if part == "grains":
        return formats.listed(presentation.grain_word(grain) for grain in value)
    if part == "dimensions":
        return formats.listed(presentation.dimension_word(known, key) for key in value)
    if part == "column":
        return columns_in_words(value, known)
    if part == "expression":
        names = {key: other.name.text(get_language()) for key, other in known.metrics.items()}
        return formula_in_words(value, names, get_language())
    return _plain(value)


def condition_in_words(condition: Mapping[str, Any], known: Known) -> str:
    """A condition of a document: the column's label, the operator, the values."""
    operator = str(dict(OPERATORS).get(condition["op"], condition["op"]))
    values = formats.listed(str(value) for value in condition["values"])
    return " ".join(word for word in (columns_in_words(condition["column"], known), operator, values) if word)


def columns_in_words(key: str, known: Known) -> str:
    """What the company's own files call a column."""
    for dataset in known.datasets.values():
        if key in dataset.columns:
            return dataset.columns[key].label or key
    return key


def _plain(value: Any) -> str:
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    if isinstance(value, list):
        return formats.listed(_plain(each) for each in value)
    if isinstance(value, dict):
        return formats.listed(
            f"{name}: {_plain(each)}" for name, each in value.items() if each not in (None, "", [], {})
        )
    return str(value)
