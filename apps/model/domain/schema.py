"""The JSON Schema (draft 2020-12) of a model: made from the documents themselves, so that it cannot say otherwise."""

from __future__ import annotations

from functools import cache
from typing import Any

from apps.model.domain.document import Model

DRAFT = "https://json-schema.org/draft/2020-12/schema"
IDENTITY = "urn:lodestar:model:1"
MEDIA_TYPE = "application/schema+json"


@cache
def json_schema() -> dict[str, Any]:
    """The schema. What only the workspace knows (does the column exist?) is told by a plan, not by it."""
    made = Model.model_json_schema(mode="validation")
    for part in made["$defs"].values():
        _mend(part)
    _mend(made)
    made["title"] = "Model of Lodestar"
    return {"$schema": DRAFT, "$id": IDENTITY, **made}


def _mend(part: dict[str, Any]) -> None:
    """A definition has its key before it, and says its kind; so does a scale its type. Optional parts may be empty."""
    fields = part.get("properties", {})
    needed = part.get("required", [])
    for tag in ("kind", "type"):
        if "const" in fields.get(tag, {}):
            needed = [*needed, tag]
            fields[tag].pop("default", None)
    if "const" in fields.get("kind", {}):
        needed = [name for name in needed if name != "key"]
    if needed:
        part["required"] = sorted(set(needed))
    part.pop("description", None)
