"""A change of a definition reads in the words of its form, whatever the kind: no key of a document, no list."""

from typing import Any

from django.utils import translation

from apps.metrics.domain.checks import Known
from apps.metrics.domain.definition import Definition, parse
from apps.metrics.views.differences import rows_of


def made(kind: str, **parts: Any) -> Definition:
    return parse({"key": "mine", "kind": kind, "name": {"en": "Mine"}, "grains": ["month"], **parts})


def score(weight: str, **parts: Any) -> Definition:
    scale = {"type": "linear", "floor": "0", "goal": "1"}
    groups = [
        {"name": {"en": name}, "weight": given, "parts": [{"metric": key, "scale": scale}]}
        for name, given, key in (("Sales", weight, "revenue"), ("Service", "1", "fixed"))
    ]
    return made("score", groups=groups, **parts)


def changed(before: Definition, after: Definition, language: str = "en") -> dict[str, tuple[str, str]]:
    fixed = made("manual", unit={"kind": "percent"}).model_copy(update={"key": "fixed"})
    with translation.override(language):
        known = Known(metrics={"fixed": fixed})
        return {row["field"]: (row["before"], row["after"]) for row in rows_of(before, after, known)}


def test_a_score_says_its_weights_and_scales() -> None:
    cap = {"metric": "fixed", "op": "lt", "value": "0.6", "at_most": "50"}
    found = changed(score("3"), score("1", caps=[cap], least_coverage="0.5"))
    assert found["Sales: weight"] == ("3%", "1")
    assert found["Limit"] == ("–", "Mine less than 0.6: ≤ 50")
    assert found["Per cent of the weights that need a value"] == ("70%", "50%")


def test_steps_and_conditions_are_phrases() -> None:
    open_, paid = ({"column": "status", "op": "eq", "values": [word]} for word in ("open", "paid"))
    steps = [{"dataset": "orders", "entity": "customer", "filters": [each]} for each in (open_, paid)]
    before = made("funnel", steps=steps, within_days=7)
    after = made("funnel", steps=[steps[0], {**steps[1], "filters": [open_, paid]}], within_days=14, order="strict")
    found = changed(before, after)
    assert found["Steps"][0] == "a row in orders where status is open; a row in orders where status is paid"
    assert found["Days it may take"] == ("7", "14")
    assert found["What counts as going on"][1].startswith("each step done after the one before")
    chinese = changed(before, after, "zh-hans")
    assert not [word for pair in chinese.items() for word in str(pair).split() if word in ("Steps", "Order", "order")]
