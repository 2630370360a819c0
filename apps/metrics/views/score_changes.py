"""What differs between two definitions of a score, as texts: every weight, scale, limit, band and member."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext as _
from pydantic import TypeAdapter

from apps.common import formats
from apps.metrics import presentation
from apps.metrics.domain import score_differences
from apps.metrics.domain.definition import ScoreDefinition, document_of
from apps.metrics.domain.fields import Known
from apps.metrics.domain.scales import Scale
from apps.metrics.domain.score_differences import Change
from apps.metrics.domain.scoring import ScorePart
from apps.metrics.forms.kinds import COMPARISONS
from apps.metrics.forms.score_extras import TONES
from apps.metrics.views.score import scale_in_words

_SCALE: TypeAdapter[Scale] = TypeAdapter(Scale)


def rows_of(before: ScoreDefinition, after: ScoreDefinition, known: Known) -> list[dict[str, str]]:
    """Each change with its field and what stands there before and after."""
    names = _areas(before) | _areas(after)
    return [
        {
            "field": _field(change, names, known),
            "before": _text(change, change.before, before, known),
            "after": _text(change, change.after, after, known),
        }
        for change in score_differences.changes(document_of(before), document_of(after))
    ]


def _areas(definition: ScoreDefinition) -> dict[str, str]:
    """What areas are called in the reader's language, by what they are known by."""
    return {
        (group.name.en or group.name.zh).replace(".", "·"): group.name.text(get_language())
        for group in definition.groups
    }


def _field(change: Change, names: Mapping[str, str], known: Known) -> str:
    about = [names.get(change.about[0], change.about[0])] if change.about else []
    about += [_metric(key, known) for key in change.about[1:]]
    word = {
        "weight": _("weight"), "scale": _("how it gives points"), "part": _("metric"), "area": _("area"),
        "limit": _("Limit"), "band": _("Band"), "member": _("Own weights"),
    }[change.what]  # fmt: skip
    return f"{' · '.join(about)}: {word}" if about else word


def _metric(key: str, known: Known) -> str:
    metric = known.metrics.get(key)
    return metric.name.text(get_language()) if metric else key


def _text(change: Change, value: Any, definition: ScoreDefinition, known: Known) -> str:
    if value is None:
        return formats.DASH
    if change.what in ("weight", "area"):
        return _weight(value)
    if change.what == "scale":
        return _scale(change.about[1], value, known)
    if change.what == "part":
        return f"{_weight(value['weight'])} ({_scale(change.about[1], value['scale'], known)})"
    if change.what == "limit":
        compared = dict(COMPARISONS).get(value["op"], value["op"])
        return f"{_metric(value['metric'], known)} {compared} {value['value']}: ≤ {value['at_most']}"
    if change.what == "band":
        tone = dict(TONES).get(value["tone"], value["tone"])
        return f"{_name(value['name'])}: ≥ {value['at_least']} ({tone})"
    weights = [
        f"{group.name.text(get_language())} {_weight(weight)}"
        for group, weight in zip(definition.groups, value["weights"], strict=False)
    ]
    split = presentation.dimension_word(known, value["dimension"])
    return f"{split} {value['member']}: {formats.listed(weights)}"


def _name(names: Mapping[str, str]) -> str:
    chinese = (get_language() or "en").lower().startswith("zh")
    return (names["zh"] or names["en"]) if chinese else (names["en"] or names["zh"])


def _weight(value: Any) -> str:
    return f"{formats.plain(Decimal(str(value)))}%" if Decimal(str(value)) != 1 else formats.plain(Decimal(1))


def _scale(key: str, value: Mapping[str, Any], known: Known) -> str:
    part = ScorePart(metric=key, scale=_SCALE.validate_python(dict(value)))
    return scale_in_words(part, known, known.currency)
