"""How columns and values of conditions are written in a form, and read from it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def named(column: Mapping[str, Any]) -> str:
    return (
        column["name"]
        if column.get("source") in (None, "", column["name"])
        else f"{column['source']} ({column['name']})"
    )


def split(text: str) -> list[str]:
    for comma in ("，", "、", "\n"):
        text = text.replace(comma, ",")
    return [part.strip() for part in text.split(",")]


def typed(text: str, kind: str) -> str | int | bool:
    if kind == "boolean" and text.lower() in ("true", "false", "yes", "no", "是", "否"):
        return text.lower() in ("true", "yes", "是")
    if kind == "integer" and text.lstrip("-").isascii() and text.lstrip("-").isdigit() and len(text) < 19:
        return int(text)
    return text


def written(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def initial_side(side: str, measure: Mapping[str, Any]) -> dict[str, Any]:
    """What is read from rows, as the initial values of its fields."""
    initial = {
        f"{side}_{name}": measure.get(name) or ""
        for name in ("dataset", "how", "column", "entity", "expression", "share")
        if name in measure
    }
    for number, condition in enumerate(measure.get("filters", ())):
        prefix = f"{side}_filter{number}"
        initial[f"{prefix}_column"], initial[f"{prefix}_op"] = condition["column"], condition["op"]
        initial[f"{prefix}_values"] = ", ".join(written(value) for value in condition["values"])
    return initial
