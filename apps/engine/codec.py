"""Frozen dataclasses to JSON and back, exactly: a Decimal stays a Decimal, a day a day, a tuple a tuple."""

from __future__ import annotations

import types
from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from functools import cache
from typing import Any, ClassVar, Self, Union, get_args, get_origin, get_type_hints

Json = Any  # what the json module takes and gives

_TAG = "$type"


class Message:
    """Mixin of a dataclass that travels between processes or into a JSON column.

    A class that is one of several in a union is `tagged`: its name travels with it.
    """

    tagged: ClassVar[bool] = False

    def to_json(self) -> dict[str, Json]:
        """A dict that `json.dumps` takes; Decimal, date and datetime become one-key objects."""
        encoded: dict[str, Json] = encode(self)
        return encoded

    @classmethod
    def from_json(cls, data: Mapping[str, Json]) -> Self:
        """The value `to_json` was called on. Raises ValueError or TypeError for anything else."""
        decoded = decode(data, cls)
        if not isinstance(decoded, cls):
            raise TypeError(f"not a {cls.__name__}")
        return decoded


def encode(value: object) -> Json:
    """`value` in terms of JSON."""
    if isinstance(value, Enum):
        return value.value
    if value is None or isinstance(value, str | int | bool):
        return value
    if isinstance(value, Decimal):
        return {"$decimal": str(value)}
    if isinstance(value, datetime):
        return {"$datetime": value.isoformat()}
    if isinstance(value, date):
        return {"$date": value.isoformat()}
    if isinstance(value, tuple | list):
        return [encode(item) for item in value]
    if isinstance(value, Mapping):
        return {str(key): encode(item) for key, item in value.items()}
    if is_dataclass(value):
        tag = {_TAG: type(value).__name__} if getattr(value, "tagged", False) else {}
        return tag | {item.name: encode(getattr(value, item.name)) for item in fields(value)}
    raise TypeError(f"{type(value).__name__} does not travel (a float never does: use Decimal)")


def decode(data: Json, hint: Any) -> Any:
    """The value of type `hint` that `data` encodes."""
    if isinstance(data, dict) and len(data) == 1:
        ((tag, text),) = data.items()
        if tag in _SCALARS:
            return _SCALARS[tag](text)
    origin = get_origin(hint)
    if origin in (Union, types.UnionType):
        return _decode_union(data, get_args(hint))
    if origin is tuple:
        inner = get_args(hint)
        if len(inner) == 2 and inner[1] is ...:
            return tuple(decode(item, inner[0]) for item in data)
        return tuple(decode(item, kind) for item, kind in zip(data, inner, strict=True))
    if origin is not None and issubclass(origin, Mapping):
        return {key: decode(item, get_args(hint)[1]) for key, item in data.items()}
    if isinstance(hint, type) and issubclass(hint, Enum):
        return hint(data)
    if isinstance(hint, type) and is_dataclass(hint):
        hints = _hints(hint)
        return hint(**{name: decode(item, hints[name]) for name, item in data.items() if name != _TAG})
    return data


def _decode_union(data: Json, kinds: tuple[Any, ...]) -> Any:
    if data is None or not isinstance(data, dict | list):
        enums = [kind for kind in kinds if isinstance(kind, type) and issubclass(kind, Enum)]
        return enums[0](data) if enums and data is not None else data
    name = data.get(_TAG) if isinstance(data, dict) else None
    for kind in kinds:
        if (is_dataclass(kind) or get_origin(kind) is not None) and name in (None, getattr(kind, "__name__", None)):
            return decode(data, kind)
    return data


def get_ready(hint: Any, known: set[Any] | None = None) -> None:
    """Have looked up what `decode` needs to know of a type and of those within: so that the first does not wait for
    it."""
    known = set() if known is None else known
    if hint in known:
        return
    known.add(hint)
    inner = _hints(hint).values() if isinstance(hint, type) and is_dataclass(hint) else get_args(hint)
    for each in inner:
        get_ready(each, known)


@cache
def _hints(kind: type) -> dict[str, Any]:
    return get_type_hints(kind)


_SCALARS: dict[str, Callable[[str], object]] = {
    "$decimal": Decimal,
    "$date": date.fromisoformat,
    "$datetime": datetime.fromisoformat,
}
