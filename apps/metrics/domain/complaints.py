"""From a validator's errors to issues a person can mend."""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from apps.kernel.issue import N_, Issue

_FIXED = {
    "missing": N_("This is needed."),
    "extra_forbidden": N_("There is no such field here. Check its spelling."),
    "string_type": N_("Write a text here."),
    "int_type": N_("Write a whole number here."),
    "int_from_float": N_("Write a whole number here."),
    "model_type": N_("A group of fields is expected here."),
    "model_attributes_type": N_("A group of fields is expected here."),
    "date_from_datetime_parsing": N_("Write a day such as 2026-06-30."),
    "date_from_datetime_inexact": N_("Write a day such as 2026-06-30."),
    "date_parsing": N_("Write a day such as 2026-06-30."),
    "date_type": N_("Write a day such as 2026-06-30."),
    "decimal_type": N_("Write a number of up to 15 digits; one with a point as text: “12.5”."),
    "dict_type": N_("A group of fields is expected here."),
    "tuple_type": N_("A list is expected here."),
}

_BRANCHES = ("bool", "int", "str", "constrained-str")
"""How the validator names the branches of "a text, a number or true": no field of ours."""

_SCALES = ("linear", "inverted", "anchors", "band", "steps", "percentile")
"""How it names the branches of a scale; a field of ours only further down."""

_BOUNDS: dict[str, tuple[object, object]] = {
    "trailing": (1, 400),
    "within_days": (1, 3660),
    "carry_days": (0, 3660),
    "intervals": (1, 36),
    "interval": (1, 36),
    "minimum": (1, 1000),
    "score": (0, 100),
    "at_most": (0, 100),
    "weight": ("0.000001", 1000),
    "least_coverage": ("0.000001", 1),
}


def issues_of(error: ValidationError, tags: Sequence[str]) -> tuple[Issue, ...]:
    """One issue for each error, at the path of its field ("measure.column"); `tags` are union tags to leave out."""
    found: dict[tuple[str, str], Issue] = {}
    details = error.errors(include_url=False, include_input=True)
    for detail in details:
        issue = _issue(detail, _where(detail["loc"], tags))
        if not (detail["type"] == "too_short" and _has_wrong_entries(detail, details)):
            found.setdefault((issue.where, str(issue)), issue)
    return tuple(found.values())


def _has_wrong_entries(detail: ErrorDetails, details: Sequence[ErrorDetails]) -> bool:
    """Whether a list is only too short because its wrong entries, which have issues of their own, do not count."""
    depth = len(detail["loc"])
    return any(len(other["loc"]) > depth and other["loc"][:depth] == detail["loc"] for other in details)


def _where(location: Sequence[int | str], tags: Sequence[str]) -> str:
    steps = list(location)
    if steps and steps[0] in tags:
        steps = steps[1:]
    named = [step for at, step in enumerate(steps) if not (step in _SCALES and at and steps[at - 1] == "scale")]
    return ".".join(str(step) for step in named if step not in _BRANCHES)


def _issue(detail: ErrorDetails, where: str) -> Issue:
    kind, context = detail["type"], detail.get("ctx", {})
    if kind == "lodestar":
        return Issue(where, str(context["message"]), dict(context["params"]))
    if ".values." in f".{where}":
        return Issue(where, N_("Write a text, a whole number, true or false; decimals and dates as text: “12.5”."))
    if kind in ("literal_error", "enum", "union_tag_invalid"):
        return Issue(where or "kind", N_("Choose one of: %(choices)s."), {"choices": _choices(context)})
    if kind == "union_tag_not_found":
        return Issue(where or "kind", N_("Say which kind of metric it is."))
    if kind == "string_pattern_mismatch":
        return Issue(where, N_("A key starts with a letter a to z and has up to 40 letters, digits and underscores."))
    if kind == "string_too_long":
        return Issue(where, N_("At most %(most)s characters."), {"most": context.get("max_length", "")})
    if kind == "too_long":
        return Issue(where, N_("At most %(most)s entries."), {"most": context.get("max_length", "")})
    if kind == "too_short" and detail["input"]:
        return Issue(where, N_("At least %(least)s entries."), {"least": context.get("min_length", "")})
    if kind in ("string_too_short", "too_short"):
        return Issue(where, _FIXED["missing"])
    if kind in ("greater_than", "greater_than_equal", "less_than_equal"):
        return Issue(where, N_("It has to be between %(low)s and %(high)s."), _bounds(where))
    return Issue(where, _FIXED.get(kind, N_("This cannot be used here.")))


def _choices(context: dict[str, object]) -> str:
    return str(context.get("expected") or context.get("expected_tags", "")).replace("'", "").replace(" or ", ", ")


def _bounds(where: str) -> dict[str, object]:
    low, high = _BOUNDS.get(where.rsplit(".", 1)[-1], (0, 6))
    return {"low": low, "high": high}
