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
    "bool_type": N_("Write true or false here."),
    "model_type": N_("A group of fields is expected here."),
    "model_attributes_type": N_("A group of fields is expected here."),
    "dict_type": N_("A group of fields is expected here."),
    "tuple_type": N_("A list is expected here."),
    "union_tag_not_found": N_("Say which kind of metric it is."),
}

_BRANCHES = ("bool", "int", "str", "constrained-str")
"""How the validator names the branches of "a text, a number or true": no field of ours."""


def issues_of(error: ValidationError, tags: Sequence[str]) -> tuple[Issue, ...]:
    """One issue for each error, at the path of its field ("measure.column"); `tags` are union tags to leave out."""
    found: dict[tuple[str, str], Issue] = {}
    for detail in error.errors(include_url=False, include_input=True):
        issue = _issue(detail, _where(detail["loc"], tags))
        found.setdefault((issue.where, str(issue)), issue)
    return tuple(found.values())


def _where(location: Sequence[int | str], tags: Sequence[str]) -> str:
    steps = list(location)
    if steps and steps[0] in tags:
        steps = steps[1:]
    return ".".join(str(step) for step in steps if step not in _BRANCHES)


def _issue(detail: ErrorDetails, where: str) -> Issue:
    kind, context = detail["type"], detail.get("ctx", {})
    if kind == "lodestar":
        return Issue(where, str(context["message"]), dict(context["params"]))
    if ".values." in f".{where}.":
        return Issue(where, N_("Write a text, a whole number, true or false; decimals and dates as text: “12.5”."))
    if kind in ("literal_error", "enum", "union_tag_invalid"):
        return Issue(where or "kind", N_("Choose one of: %(choices)s."), {"choices": _choices(context)})
    if kind == "string_pattern_mismatch":
        return Issue(where, N_("A key starts with a letter a to z and has up to 40 letters, digits and underscores."))
    if kind == "string_too_long":
        return Issue(where, N_("At most %(most)s characters."), {"most": context.get("max_length", "")})
    if kind == "too_long":
        return Issue(where, N_("At most %(most)s entries."), {"most": context.get("max_length", "")})
    if kind in ("string_too_short", "too_short"):
        return Issue(where, _FIXED["missing"])
    if kind in ("greater_than_equal", "less_than_equal"):
        return Issue(where, N_("It has to be between %(low)s and %(high)s."), _bounds(where))
    return Issue(where, _FIXED.get(kind, N_("This cannot be used here.")))


def _choices(context: dict[str, object]) -> str:
    return str(context.get("expected") or context.get("expected_tags", "")).replace("'", "").replace(" or ", ", ")


def _bounds(where: str) -> dict[str, object]:
    return {"low": 1, "high": 400} if where.endswith("trailing") else {"low": 0, "high": 6}
