"""A model as canonical YAML: equal models give equal bytes, and what is as usual is not written."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from enum import Enum
from typing import Any, Literal, get_origin

import yaml
from pydantic import BaseModel

from apps.kernel.numbers import plain as exact
from apps.metrics.domain.definition import Definition
from apps.model.domain.document import Model

SCHEMA_FILE = "model.schema.json"
HEADER = f"""\
# A model of Lodestar: data sets, metrics, the North Star, its tree and targets. Documentation: apps/model/MODEL.md
# yaml-language-server: $schema={SCHEMA_FILE}
# The schema: GET /api/v1/model/schema, or: manage.py model schema > {SCHEMA_FILE}

"""
FIRST = ("key", "name", "kind", "description", "unit", "direction", "grains", "dimensions", "entity_dimensions")
"""Fields of a definition in the order in which people ask for them; the others follow as the kind has them."""

LONGEST_LINE = 96
_LARGEST = 10**15
_ODD = frozenset("\r\x85\u2028\u2029\ufeff")
"""Signs that YAML takes for the end of a line, or for none."""


class _Flow(list[Any]):
    """A list on one line."""


class _FlowGroup(dict[str, Any]):
    """A group of fields on one line."""


class _Writer(yaml.SafeDumper):  # type: ignore[misc]  # PyYAML has no types
    """Block style, nothing repeated by an alias, texts quoted where any YAML reads them as something else."""

    def ignore_aliases(self, data: Any) -> bool:
        return True

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        super().increase_indent(flow, False)


def _text(writer: _Writer, text: str) -> yaml.Node:
    odd = _is_like_a_number(text) or not _ODD.isdisjoint(text)
    style = '"' if odd else "|" if "\n" in text else None
    return writer.represent_scalar("tag:yaml.org,2002:str", text, style=style)


def _is_like_a_number(text: str) -> bool:
    """Whether some YAML reads it as a number: 12.5, 1e3, 0x1f, 1_000, 12:30."""
    return bool(text) and text[0] in "0123456789+-." and any(sign.isdigit() for sign in text)


_Writer.add_representer(str, _text)
_Writer.add_representer(_Flow, lambda w, data: w.represent_sequence("tag:yaml.org,2002:seq", data, flow_style=True))
_Writer.add_representer(_FlowGroup, lambda w, data: w.represent_mapping("tag:yaml.org,2002:map", data, flow_style=True))


def write_yaml(model: Model) -> str:
    """The model as text, with a header that says what it is."""
    return HEADER + "\n".join(_dump({name: body}) for name, body in document(model).items())


def _dump(data: Any) -> str:
    style = {"sort_keys": False, "allow_unicode": True, "width": 110, "default_flow_style": False}
    text: str = yaml.dump(data, Dumper=_Writer, **style)
    return text


def document(model: Model) -> dict[str, Any]:
    """The model as plain data in canonical order; what is as usual is left out."""
    found: dict[str, Any] = {"version": model.version}
    if model.datasets:
        found["datasets"] = {key: plain(model.datasets[key]) for key in sorted(model.datasets)}
    if model.metrics:
        found["metrics"] = {key: definition_document(model.metrics[key]) for key in sorted(model.metrics)}
    if model.north_star is not None:
        found["north_star"] = plain(model.north_star)
    if model.tree:
        found["tree"] = [plain(branch) for branch in model.tree]
    if model.targets:
        found["targets"] = [plain(target) for target in sorted(model.targets, key=lambda target: target.scope)]
    return found


def definition_document(definition: Definition) -> dict[str, Any]:
    """A definition without its key, which stands before it."""
    told = plain(definition)
    ordered = {name: told[name] for name in FIRST if name in told and name != "key"}
    return {**ordered, **{name: value for name, value in told.items() if name not in FIRST}}


def plain(part: BaseModel) -> dict[str, Any]:
    """A part of a model as plain data, without what is as usual; what says of which kind it is stays."""
    told: dict[str, Any] = {}
    for name, field in type(part).model_fields.items():
        value = getattr(part, name)
        tag = get_origin(field.annotation) is Literal and name in ("kind", "type")
        if tag or value != field.get_default(call_default_factory=True):
            told[name] = _plain(value)
    return _FlowGroup(told) if _is_short(told) else told


def _is_short(told: dict[str, Any]) -> bool:
    """Whether it is read more easily on one line."""
    nested = any(isinstance(value, dict) or type(value) is list for value in told.values())
    return not nested and sum(len(str(value)) + len(name) + 4 for name, value in told.items()) <= LONGEST_LINE


def _plain(value: Any) -> Any:
    if isinstance(value, BaseModel):
        return plain(value)
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, Decimal):
        return figure(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, tuple | list):
        found = [_plain(each) for each in value]
        return found if any(isinstance(each, dict | list) for each in found) else _Flow(found)
    return value


def figure(value: Decimal) -> int | str:
    """An exact number: a whole one as it is, any other as text, so that no reader makes a float of it."""
    text = f"{exact(value):f}"
    return int(text) if "." not in text and abs(value) < _LARGEST else text
