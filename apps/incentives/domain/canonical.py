"""One text for one thing: canonical JSON of inputs and results, its hash, and the way back.

Keys in order, no blanks, fractions as "4/5", dates as ISO, a mapping with other keys than text as sorted pairs. Two
values are equal if, and only if, their texts are; a hash of the text stands for the value in approvals and the ledger.
A float has no canonical form.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import MISSING, fields, is_dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from functools import cache, partial
from hashlib import sha256
from json.encoder import encode_basestring as _text
from types import GenericAlias, NoneType, UnionType
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

from apps.kernel.issue import N_, Issue, Refusal

Made = TypeVar("Made")


Known = Mapping[int, str]
"""Texts of dataclasses that stand in many values, by `id`; whoever keeps them keeps the values alive, too."""


def canonical(value: object, known: Known = {}) -> str:  # noqa: B006  (never written to)
    """The text of `value`. TypeError for a type that has none."""
    out: list[str] = []
    _write(value, out, known)
    return "".join(out)


def fingerprint(value: object) -> str:
    """SHA-256 of the canonical text, in 64 hexadecimal digits."""
    return sha256(canonical(value).encode()).hexdigest()


@cache
def _members(kind: type) -> tuple[tuple[str, str], ...]:
    """Each field of a dataclass, in the order of names, with the text that stands before it."""
    names = sorted(each.name for each in fields(kind))
    return tuple((name, f"{',' if index else ''}{_text(name)}:") for index, name in enumerate(names))


def _write(value: object, out: list[str], known: Known) -> None:
    if type(value) is Fraction:  # asking a class of numbers by `isinstance` takes longer than writing it
        out.append(f'"{value}"')
    elif isinstance(value, str):
        out.append(_text(str(value)))
    elif value is None:
        out.append("null")
    elif isinstance(value, bool):
        out.append("true" if value else "false")
    elif isinstance(value, int):
        out.append(str(value))
    elif isinstance(value, date):
        out.append(f'"{value.isoformat()}"')
    elif isinstance(value, Decimal):
        out.append(f'"{Fraction(value)}"')
    elif isinstance(value, tuple | list):
        _series(value, out, known)
    elif isinstance(value, Mapping):
        _mapping(value, out, known)
    elif id(value) in known:
        out.append(known[id(value)])
    elif is_dataclass(value) and not isinstance(value, type):
        out.append("{")
        for name, opening in _members(type(value)):
            out.append(opening)
            _write(getattr(value, name), out, known)
        out.append("}")
    else:
        raise TypeError(f"{type(value).__name__} has no canonical form")


def _series(values: tuple[object, ...] | list[object], out: list[str], known: Known) -> None:
    out.append("[")
    for index, value in enumerate(values):
        if index:
            out.append(",")
        _write(value, out, known)
    out.append("]")


def _mapping(value: Mapping[Any, object], out: list[str], known: Known) -> None:
    if not all(isinstance(key, str) for key in value):
        pairs = sorted(value.items(), key=lambda pair: canonical(pair[0]))
        _series([*pairs], out, known)
        return
    out.append("{")
    for index, key in enumerate(sorted(value)):
        out.append(f"{',' if index else ''}{_text(str(key))}:")
        _write(value[key], out, known)
    out.append("}")


# --- the way back ----------------------------------------------------------------------------------------------------

_FRACTION = re.compile(r"-?[0-9]{1,400}(\.[0-9]{1,40}|/[1-9][0-9]{0,399})?", re.ASCII)


def read(kind: type[Made], data: object) -> Made:
    """A `kind` (a dataclass of this room) from parsed JSON, such as `read(Plan, json.loads(text))`.

    Numbers are texts: "0.5", "4/5". Fields with a default may be left out. Refusal lists everything wrong at once, each
    with its place ("components[1].curve.points[0].x").
    """
    try:
        return reader_of(kind)(data)  # type: ignore[no-any-return, arg-type]
    except (KeyError, TypeError, ValueError):
        return read_with_places(kind, data)


def read_with_places(kind: type[Made], data: object) -> Made:
    """`read`, some five times slower: it knows where it stands, and so where something is wrong."""
    trouble: list[Issue] = []
    made = _read(kind, data, "", trouble)
    if trouble:
        raise Refusal(N_("This is not readable: %(count)s places are wrong."), {"count": len(trouble)}, issues=trouble)
    return made  # type: ignore[no-any-return]


Reader = Callable[[Any], Any]


@cache
def reader_of(kind: Any) -> Reader:
    """Reads what is right, and only that; KeyError, TypeError or ValueError, without a word, for anything else."""
    if isinstance(kind, UnionType):
        (inner,) = (each for each in get_args(kind) if each is not NoneType)
        within = reader_of(inner)
        return lambda data: None if data is None else within(data)
    if get_origin(kind) is tuple:
        return _reader_of_tuple(get_args(kind))
    if get_origin(kind) is Mapping:
        return _reader_of_mapping(get_args(kind))
    if is_dataclass(kind):
        return _reader_of_object(kind)
    if issubclass(kind, StrEnum):
        return {each.value: each for each in kind}.__getitem__
    return {Fraction: _fraction, date: _date}.get(kind) or partial(_of_type, kind)


def _of_type(kind: type, data: object) -> object:
    if type(data) is not kind:
        raise TypeError
    return data


def _fraction(data: object) -> Fraction:
    if not isinstance(data, str) or not _FRACTION.fullmatch(data):
        raise TypeError
    above, line, below = data.partition("/")
    if line:
        return Fraction(int(above), int(below))
    return Fraction(data) if "." in data else Fraction(int(data))


def _date(data: object) -> date:
    if not isinstance(data, str):
        raise TypeError
    return date.fromisoformat(data)


def _reader_of_tuple(inner: tuple[Any, ...]) -> Reader:
    if inner[-1] is Ellipsis:
        each = reader_of(inner[0])
        return lambda data: tuple([each(value) for value in _of_type(list, data)])  # type: ignore[attr-defined]
    kinds = tuple(reader_of(kind) for kind in inner)
    return lambda data: tuple(kind(value) for kind, value in zip(kinds, _of_type(list, data), strict=True))  # type: ignore[call-overload]


def _reader_of_mapping(inner: tuple[Any, ...]) -> Reader:
    if inner[0] is not str:
        pairs = _reader_of_tuple((GenericAlias(tuple, inner), ...))
        return lambda data: dict(pairs(data))
    each = reader_of(inner[1])
    return lambda data: {_of_type(str, key): each(value) for key, value in _of_type(dict, data).items()}  # type: ignore[attr-defined]


def _reader_of_object(kind: Any) -> Reader:
    hints = _hints(kind)
    readers = {each.name: reader_of(hints[each.name]) for each in fields(kind)}

    def made(data: Any) -> Any:
        return kind(**{name: readers[name](value) for name, value in _of_type(dict, data).items()})  # type: ignore[attr-defined]

    return made


@cache
def _hints(kind: type) -> Mapping[str, Any]:
    return get_type_hints(kind)


def _read(kind: Any, data: object, where: str, trouble: list[Issue]) -> Any:
    if isinstance(kind, UnionType):
        (inner,) = (each for each in get_args(kind) if each is not NoneType)
        return None if data is None else _read(inner, data, where, trouble)
    if get_origin(kind) is tuple:
        return _read_tuple(get_args(kind), data, where, trouble)
    if get_origin(kind) is Mapping:
        return _read_mapping(get_args(kind), data, where, trouble)
    if is_dataclass(kind):
        return _read_object(kind, data, where, trouble)
    if issubclass(kind, StrEnum):
        return _read_choice(kind, data, where, trouble)
    if kind is Fraction and isinstance(data, str) and _FRACTION.fullmatch(data):
        return Fraction(data)
    if kind is date and isinstance(data, str):
        try:
            return date.fromisoformat(data)
        except ValueError:
            pass
    elif kind in (str, int, bool) and type(data) is kind:
        return data
    trouble.append(Issue(where, _EXPECTED[kind]))
    return None


_EXPECTED = {
    Fraction: N_("A number is written as a text: 0.5, 12 or 4/5."),
    date: N_("A day is written as a text: 2026-06-30."),
    str: N_("This must be a text."),
    int: N_("This must be a whole number."),
    bool: N_("This must be true or false."),
}


def _read_tuple(inner: tuple[Any, ...], data: object, where: str, trouble: list[Issue]) -> Any:
    many = inner[-1] is Ellipsis
    if not isinstance(data, list | tuple) or not (many or len(data) == len(inner)):
        trouble.append(Issue(where, N_("This must be a list.")))
        return ()
    kinds = [inner[0]] * len(data) if many else inner
    return tuple(
        _read(kind, each, f"{where}[{index}]", trouble)
        for index, (kind, each) in enumerate(zip(kinds, data, strict=True))
    )


def _read_mapping(inner: tuple[Any, ...], data: object, where: str, trouble: list[Issue]) -> Any:
    """An object with texts as keys, or the pairs that stand for a mapping with others."""
    if inner[0] is not str:
        pairs = _read_tuple((GenericAlias(tuple, inner), ...), data, where, trouble)
        return dict(pair for pair in pairs if pair)
    if not isinstance(data, Mapping):
        trouble.append(Issue(where, N_("This must be an object with fields.")))
        return {}
    return {str(key): _read(inner[1], each, _inside(where, str(key)), trouble) for key, each in data.items()}


def _read_choice(kind: type[StrEnum], data: object, where: str, trouble: list[Issue]) -> Any:
    if data in [each.value for each in kind]:
        return kind(data)
    trouble.append(
        Issue(where, N_("This must be one of %(choices)s."), {"choices": ", ".join(each.value for each in kind)})
    )
    return None


def _read_object(kind: Any, data: object, where: str, trouble: list[Issue]) -> Any:
    if not isinstance(data, Mapping):
        trouble.append(Issue(where, N_("This must be an object with fields.")))
        return None
    before, given = len(trouble), {}
    known = {each.name: each for each in fields(kind)}
    for name in sorted(set(map(str, data)) - set(known)):
        trouble.append(Issue(_inside(where, name), N_("There is no such field. Remove it, or correct its name.")))
    for name, each in known.items():
        if name in data:
            given[name] = _read(_hints(kind)[name], data[name], _inside(where, name), trouble)
        elif each.default is MISSING and each.default_factory is MISSING:
            trouble.append(Issue(_inside(where, name), N_("This is missing.")))
    return kind(**given) if len(trouble) == before else None


def _inside(where: str, name: str) -> str:
    return f"{where}.{name}" if where else name
