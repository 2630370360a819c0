"""A definition as one sentence, in English and Simplified Chinese."""

from __future__ import annotations

from apps.metrics.domain.definition import Definition
from apps.metrics.domain.fields import Known
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
