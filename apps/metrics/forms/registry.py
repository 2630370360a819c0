"""Which form asks for which kind, and what a definition's document says to its fields."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from apps.metrics.domain.definition import Kind
from apps.metrics.forms import score, score_initial, ways
from apps.metrics.forms.definition import DefinitionForm
from apps.metrics.forms.kinds import (
    CumulativeForm,
    EntityForm,
    LifecycleForm,
    NpsForm,
    RecurringForm,
    RepeatForm,
    RetentionForm,
    StockForm,
)

KIND_FORMS: dict[Kind, type[DefinitionForm]] = {
    "entity_count": EntityForm,
    "entity_share": EntityForm,
    "lifecycle": LifecycleForm,
    "retention": RetentionForm,
    "cumulative": CumulativeForm,
    "recurring": RecurringForm,
    "nps": NpsForm,
    "repeat": RepeatForm,
    "stock": StockForm,
    "conversion": ways.ConversionForm,
    "funnel": ways.FunnelForm,
    "score": score.ScoreForm,
}


def form_of(kind: Kind) -> type[DefinitionForm]:
    """The form that asks for a metric of this kind."""
    return KIND_FORMS.get(kind, DefinitionForm)


def initial_of_kind(document: Mapping[str, Any]) -> dict[str, Any]:
    """What only this kind's document holds, as initial values: sides by their prefix, questions by their names."""
    kind = document["kind"]
    if kind in ("entity_count", "entity_share"):
        return _initial_entities(document)
    if kind == "cumulative":
        return {"window": document["to_date"] or "trailing", "periods": document["trailing"] or 12}
    if kind == "score":
        return score_initial.initial_of_score(document)
    if kind in ("conversion", "funnel"):
        return ways.initial_of_way(document)
    names = {*LifecycleForm.asked, *RetentionForm.asked, *RepeatForm.asked, *StockForm.asked}
    return {name: document[name] for name in names if name in document}


def sides_in(document: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    """The parts of a document that are read from rows, by the prefix of their fields."""
    sides = {
        name: document[name] for name in ("measure", "numerator", "denominator", "activity", "base") if name in document
    }
    sides |= {f"condition{at}": condition["measure"] for at, condition in enumerate(document.get("conditions", ()))}
    sides |= ways.steps_in(document)
    if document["kind"] in ("recurring", "nps", "stock"):
        sides["rows"] = document
    return sides


def _initial_entities(document: Mapping[str, Any]) -> dict[str, Any]:
    initial: dict[str, Any] = {"entity": document["entity"]}
    for at, condition in enumerate(document["conditions"]):
        initial |= {f"condition{at}_op": condition["op"], f"condition{at}_value": condition["value"]}
    base = document.get("base")
    if base:
        initial["base_kind"] = "file" if base["started"] else "rows"
        initial |= {f"base_{name}": base[name] or "" for name in ("started", "ended")}
    return initial
