"""What applying a model changes: entry by entry, field by field; and what the workspace has beside it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any

from apps.kernel.numbers import plain
from apps.metrics.domain.definition import document_of
from apps.model.domain.document import Model, TargetEntry


class Status(StrEnum):
    """What becomes of an entry. `kept`: the workspace has it, the file does not, and it stays."""

    CREATED = "created"
    CHANGED = "changed"
    REMOVED = "removed"
    KEPT = "kept"
    UNCHANGED = "unchanged"


@dataclass(frozen=True)
class FieldChange:
    """A field by its path ("numerator.column") with what stands there before and after; None: nothing."""

    where: str
    before: Any
    after: Any


@dataclass(frozen=True)
class Change:
    """What becomes of one entry of a section, such as the metric “arpu”."""

    section: str
    key: str
    status: Status
    fields: tuple[FieldChange, ...] = ()


Entries = dict[str, dict[str, Any]]
"""The entries of a section by what names them, each as plain data."""


def difference(before: Model, after: Model, wanted: Model) -> tuple[Change, ...]:
    """Every entry of the workspace and of the file, by section; `after` is the workspace with `wanted` applied."""
    found = [
        change
        for section, read in _SECTIONS.items()
        for change in _changes(section, read(before), read(after), set(read(wanted)))
    ]
    return (*found, *_reordered(before, after))


def changed(changes: Sequence[Change]) -> tuple[Change, ...]:
    """Those of which something is not as it was."""
    return tuple(change for change in changes if change.status not in (Status.KEPT, Status.UNCHANGED))


def _changes(section: str, before: Entries, after: Entries, wanted: set[str]) -> Iterator[Change]:
    for key in dict.fromkeys([*after, *before]):
        old, new = before.get(key), after.get(key)
        if old is None:
            yield Change(section, key, Status.CREATED)
        elif new is None:
            yield Change(section, key, Status.REMOVED)
        elif fields := tuple(_fields("", old, new)):
            yield Change(section, key, Status.CHANGED, fields)
        else:
            yield Change(section, key, Status.UNCHANGED if key in wanted else Status.KEPT)


def _fields(path: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[FieldChange]:
    for name in dict.fromkeys([*before, *after]):
        old, new = before.get(name), after.get(name)
        where = f"{path}.{name}" if path else name
        if isinstance(old, Mapping) and isinstance(new, Mapping):
            yield from _fields(where, old, new)
        elif old != new:
            yield FieldChange(where, old, new)


def _datasets(model: Model) -> Entries:
    return {
        key: {
            "name": entry.name,
            "row_key": list(entry.row_key),
            "rate_days": entry.rate_days,
            "checks": None if entry.checks is None else [check.model_dump(mode="json") for check in entry.checks],
            "rhythm": entry.rhythm.model_dump(mode="json") if entry.rhythm else None,
            "columns": {column.name: column.model_dump(mode="json", exclude={"name"}) for column in entry.columns},
        }
        for key, entry in sorted(model.datasets.items())
    }


def _metrics(model: Model) -> Entries:
    return {key: document_of(definition) for key, definition in sorted(model.metrics.items())}


def _star(model: Model) -> Entries:
    return {"north_star": model.north_star.model_dump(mode="json")} if model.north_star else {}


def _tree(model: Model) -> Entries:
    """Each node by the keys from the root to it."""
    root = model.north_star.metric if model.north_star else ""
    found: Entries = {}
    waiting = [(root, branch) for branch in reversed(model.tree)]
    while waiting:
        above, branch = waiting.pop()
        path = f"{above} / {branch.metric}"
        found[path] = {"link": branch.link}
        waiting += [(path, child) for child in reversed(branch.below)]
    return found


def _reordered(before: Model, after: Model) -> Iterator[Change]:
    """Nodes of which those children that stay come in another order."""
    rows = _rows(before)
    for path, new in _rows(after).items():
        old = rows.get(path, ())
        was = [key for key in old if key in new]
        now = [key for key in new if key in old]
        if was != now:
            yield Change("tree", path, Status.CHANGED, (FieldChange("order", was, now),))


def _rows(model: Model) -> dict[str, tuple[str, ...]]:
    """The keys of the children of each node that has any, in their order."""
    root = model.north_star.metric if model.north_star else ""
    found = {}
    waiting = [(root, model.tree)]
    while waiting:
        path, below = waiting.pop()
        if below:
            found[path] = tuple(branch.metric for branch in below)
        waiting += [(f"{path} / {branch.metric}", branch.below) for branch in below]
    return found


def target_key(target: TargetEntry) -> str:
    """What names a target: its metric, how it is read, and for whom."""
    scope = f" / {target.dimension}={target.member}" if target.dimension else ""
    if target.team:
        scope = f" / team={target.team}"
    return f"{target.metric} / {target.grain.value}{scope}"


_NAMING = ("metric", "grain", "dimension", "member", "team", "on_purpose")


def _targets(model: Model) -> Entries:
    ordered = sorted(model.targets, key=lambda target: target.scope)
    return {target_key(target): _terms(target) for target in ordered}


def _terms(target: TargetEntry) -> dict[str, str]:
    """What is agreed, term by term; what is as usual or not given is left out."""
    told = {
        name: _term(value)
        for name, value in target
        if name not in ("metric", "grain", "dimension", "member", "team", "on_purpose")
        and value is not None
        and value != ()
    }
    usual = {"kind": "level", "pace": "periods"}
    return {name: text for name, text in told.items() if usual.get(name) != text}


def _term(value: object) -> str:
    if isinstance(value, Decimal):
        return f"{plain(value):f}"
    if isinstance(value, tuple):
        return ", ".join(f"{each.day.isoformat()}: {plain(each.value):f}" for each in value)
    return value.isoformat() if isinstance(value, date) else str(value)


_SECTIONS = {"datasets": _datasets, "metrics": _metrics, "north_star": _star, "tree": _tree, "targets": _targets}
