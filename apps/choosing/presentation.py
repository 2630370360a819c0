"""From a template of the library to the pieces of its pages."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from apps.choosing.domain.cautions import Caution
from apps.choosing.domain.library import library
from apps.choosing.domain.templates import INDUSTRIES, Template
from apps.kernel.issue import N_
from apps.metrics.domain import branches, words
from apps.metrics.domain.checks import Known
from apps.metrics.domain.definition import Definition
from apps.metrics.domain.fields import KnownColumn, KnownDataset
from apps.metrics.presentation import grain_word
from apps.model.domain.document import BranchEntry

ROLES = {
    "time": N_("date of the row"),
    "entity": N_("who or what is counted"),
    "key": N_("number of the row"),
    "dimension": N_("split by it"),
    "measure": N_("number to calculate with"),
    "attribute": N_("condition"),
}
TYPES = {
    "text": N_("text"),
    "integer": N_("whole number"),
    "decimal": N_("number"),
    "date": N_("date"),
    "datetime": N_("date and time"),
    "boolean": N_("yes or no"),
}
NAMES_SHOWN = 4
"""Example headers that are shown of a column."""


def card(template: Template) -> dict[str, Any]:
    """A template in the list of the library."""
    language, front = get_language(), template.front
    return {
        "key": template.key,
        "name": front.name.text(language),
        "definition": front.definition.text(language),
        "industry": _(INDUSTRIES[front.industry]),
        "url": reverse("choosing:template", args=[template.key]),
        "metrics": len(template.model.metrics),
        "grain": grain_word(template.model.north_star.grain) if template.model.north_star else "",
    }


def known_of(template: Template) -> Known:
    """The template's own data and metrics, under their names in the active language, for sentences."""
    language, front = get_language(), template.front
    sets = {
        key: KnownDataset(
            key,
            front.data[key].name.text(language),
            {
                column.name: KnownColumn(
                    column.name,
                    front.data[key].columns[column.name].text(language),
                    column.type.value,
                    column.role.value,
                )
                for column in entry.columns
            },
            entry.row_key,
        )
        for key, entry in template.model.datasets.items()
    }
    return Known(sets, template.model.metrics)


def tree_rows(template: Template) -> list[dict[str, Any]]:
    """The tree as rows with their depth: the metric, the sign before it, and what it is as a sentence."""
    known, model = known_of(template), template.model
    root = template.root
    rows = [_row(root, 0, "", known, influence=False)]
    return rows + _below(root, model.tree, 1, known)


def _below(parent: Definition, rows: Sequence[BranchEntry], depth: int, known: Known) -> list[dict[str, Any]]:
    linked = [(row.metric, row.link) for row in rows]
    definitions = {row.metric: known.metrics[row.metric] for row in rows}
    signs = branches.signs(parent, linked, definitions)
    found = []
    for row, sign in zip(rows, signs, strict=True):
        definition = known.metrics[row.metric]
        found.append(_row(definition, depth, sign.operator, known, influence=row.link == "influence"))
        found += _below(definition, row.below, depth + 1, known)
    return found


def _row(definition: Definition, depth: int, sign: str, known: Known, *, influence: bool) -> dict[str, Any]:
    language = get_language()
    return {
        "name": definition.name.text(language),
        "depth": depth,
        "indent": "x" * min(depth, 4),
        "sign": sign,
        "influence": influence,
        "star": depth == 0,
        "sentence": words.in_words(definition, language, known),
    }


def needed(template: Template) -> list[dict[str, Any]]:
    """The data a template takes: each set with its columns."""
    language = get_language()
    return [
        {
            "key": key,
            "name": data.name.text(language),
            "about": data.about.text(language),
            "optional": data.optional,
            "columns": [
                {
                    "key": name,
                    "meaning": column.text(language),
                    "role": _(ROLES[template.column(key, name).role.value]),
                    "type": _(TYPES[template.column(key, name).type.value]),
                    "optional": column.optional,
                    "names": examples(column.names),
                }
                for name, column in data.columns.items()
            ],
        }
        for key, data in template.front.data.items()
    ]


def examples(names: Sequence[str]) -> list[str]:
    """A few example headers, those of the reader's language first."""
    chinese = (get_language() or "").startswith("zh")
    ordered = sorted(names, key=lambda name: any(ord(sign) > 0x2E80 for sign in name) != chinese)
    return ordered[:NAMES_SHOWN]


def caution_row(caution: Caution) -> dict[str, str]:
    """A well-known wrong answer: why it misleads and what is better."""
    template = library()[caution.template]
    return {
        "name": _(caution.name),
        "reason": _(caution.reason),
        "better": _(caution.better),
        "url": reverse("choosing:template", args=[template.key]),
        "template": template.front.name.text(get_language()),
    }
