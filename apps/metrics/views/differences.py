"""What two definitions say differently, in the words of the form they are filled in."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from apps.common import formats
from apps.metrics import presentation
from apps.metrics.domain import differences as found
from apps.metrics.domain import words
from apps.metrics.domain.checks import Known
from apps.metrics.domain.definition import Definition, ScoreDefinition
from apps.metrics.forms import OPERATORS
from apps.metrics.views import score_changes
from apps.metrics.views.field_words import choice_of, name_of
from apps.metrics.views.score import score_rows

NOTHING = "–"


def rows_of(before: Definition, after: Definition, known: Known) -> list[dict[str, str]]:
    """Each field that differs with what stands there before and after, as texts; of scores weight by weight."""
    scores = isinstance(before, ScoreDefinition) and isinstance(after, ScoreDefinition)
    rows = [
        {
            "field": name_of(difference.where),
            "before": _value(difference.where, difference.before, before, known),
            "after": _value(difference.where, difference.after, after, known),
        }
        for difference in found.differences(before, after)
        if not (scores and difference.where in OF_SCORES)
    ]
    if isinstance(before, ScoreDefinition) and isinstance(after, ScoreDefinition):
        rows += score_changes.rows_of(before, after, known)
    return rows


OF_SCORES = ("groups", "caps", "bands", "segments")


def field_words(where: str) -> str:
    """The name of a field by its path; its own last word where nobody has named it."""
    return name_of(where)


def _value(where: str, value: Any, definition: Definition, known: Known) -> str:
    part = where.rpartition(".")[2]
    if value in (None, "", [], {}):
        return _("(no condition)") if part == "filters" else NOTHING
    chosen = choice_of(where, definition.kind, value) if isinstance(value, str) else None
    if chosen is not None:
        return chosen
    if part == "groups":
        return _groups(definition, known)
    if part in ("conditions", "steps"):
        return "; ".join(words.parts_in_words(definition, get_language(), known))
    return _field_value(part, value, known)


def _field_value(part: str, value: Any, known: Known) -> str:
    """A value that says enough by itself, as text."""
    if part == "dataset":
        return known.datasets[value].name if value in known.datasets else str(value)
    if part == "filters":
        return " · ".join(condition_in_words(each, known) for each in value)
    if part == "grains":
        return formats.listed(presentation.grain_word(grain) for grain in value)
    if part == "dimensions":
        return formats.listed(presentation.dimension_word(known, key) for key in value)
    if part in ("column", "moment", "started", "ended") or (part == "entity" and isinstance(value, str)):
        return columns_in_words(value, known)
    if part == "expression":
        names = {key: other.name.text(get_language()) for key, other in known.metrics.items()}
        return words.formula_in_words(value, names, get_language())
    return formats.percent(Decimal(value), 0) if part == "least_coverage" else _plain(value)


def _groups(definition: Definition, known: Known) -> str:
    """What a score is made of: each metric with its weight in the whole and its scale."""
    rows = score_rows(definition, known, known.currency)
    return "; ".join(f"{row.group}: {row.name} {row.weight} ({row.scale})" for row in rows)


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
