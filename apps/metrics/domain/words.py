"""A definition as one sentence, and the sides of its values, in English and Simplified Chinese."""

from __future__ import annotations

from collections.abc import Mapping

from apps.metrics.domain import formula
from apps.metrics.domain.definition import Definition
from apps.metrics.domain.fields import Known
from apps.metrics.domain.note_en import EnglishNote
from apps.metrics.domain.note_zh import ChineseNote
from apps.metrics.domain.words_en import English
from apps.metrics.domain.words_zh import Chinese

_NOTHING_KNOWN = Known()


def in_words(definition: Definition, language: str | None = "en", known: Known = _NOTHING_KNOWN) -> str:
    """What a metric is, as a sentence with its full stop.

    `known` gives data sets and other metrics their names; without it their keys are used. "zh…" is Chinese, anything
    else English.
    """
    speaker = Chinese(known) if (language or "en").lower().startswith("zh") else English(known)
    return speaker.sentence(definition)


def sides_in_words(
    definition: Definition, language: str | None, known: Known, dimension: str = "", member: str = ""
) -> dict[str, str]:
    """What each side of a value is, by the names of `behind.looks_of`; `member` of a built-in `dimension` where it is
    that of a step or interval."""
    speaker = ChineseNote(known) if (language or "en").lower().startswith("zh") else EnglishNote(known)
    return speaker.sides(definition, dimension, member)


def parts_in_words(definition: Definition, language: str | None, known: Known) -> list[str]:
    """Each condition on entities, or each step, as a phrase; nothing for kinds without."""
    speaker = ChineseNote(known) if (language or "en").lower().startswith("zh") else EnglishNote(known)
    return speaker.parts(definition)


def formula_in_words(expression: str, labels: Mapping[str, str], language: str | None) -> str:
    """A formula with these texts for its keys, and earlier values in words; as it is where it cannot be read."""
    speaker = Chinese(_NOTHING_KNOWN) if (language or "en").lower().startswith("zh") else English(_NOTHING_KNOWN)
    try:
        return formula.write(formula.parse(expression), labels, speaker.earlier)
    except formula.FormulaError:
        return expression


def step_names(definition: Definition, language: str | None, known: Known) -> list[str]:
    """What each step of a conversion or funnel is called; the rows it is made of where it has no name."""
    speaker = Chinese(known) if (language or "en").lower().startswith("zh") else English(known)
    return speaker.step_names(definition)
