"""What one definition says otherwise than another, field by field, and how a change is carried to a newer version."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from apps.metrics.domain import score_differences
from apps.metrics.domain.definition import Definition, ScoreDefinition, document_of

WORDS = ("name", "description", "direction", "unit", "dimensions", "entity_dimensions", "grains", "bands")
"""Fields that change no total: what it is called, how it is written, and by which periods and members it is read."""

Document = Mapping[str, Any]


@dataclass(frozen=True)
class Difference:
    """A field by its path ("measure.filters") with what stands there in each definition; None: nothing."""

    where: str
    before: Any
    after: Any


def differences(before: Definition, after: Definition) -> tuple[Difference, ...]:
    """Every field that differs, in the order of the document; a list (conditions, grains) is one field."""
    return tuple(_differences("", document_of(before), document_of(after)))


def same_figures(before: Definition, after: Definition) -> bool:
    """Whether the totals of both are the same whatever the data: only words, grains or dimensions differ."""
    documents = [document_of(before), document_of(after)]
    if isinstance(before, ScoreDefinition) and isinstance(after, ScoreDefinition):
        documents = [score_differences.without_words(document) for document in documents]
    return all(found.where.partition(".")[0] in WORDS for found in _differences("", *documents))


@dataclass(frozen=True)
class Rebased:
    """A draft carried to another version. `conflicts` are the fields that both changed; the draft's stand."""

    document: dict[str, Any]
    conflicts: tuple[str, ...]


def rebased(base: Definition, draft: Definition, current: Definition) -> Rebased:
    """What `draft` changed against `base`, applied to `current`. All three are of one kind."""
    conflicts: list[str] = []
    documents = [document_of(each) for each in (base, draft, current)]
    if isinstance(base, ScoreDefinition):
        was, mine, theirs = (score_differences.keyed(document) for document in documents)
        merged = _merged("", was, mine, theirs, conflicts)
        return Rebased(score_differences.unkeyed(merged), tuple(conflicts))
    return Rebased(_merged("", documents[0], documents[1], documents[2], conflicts), tuple(conflicts))


def _differences(path: str, before: Document, after: Document) -> Iterator[Difference]:
    for name in dict.fromkeys([*before, *after]):
        old, new = before.get(name), after.get(name)
        where = f"{path}.{name}" if path else name
        if isinstance(old, dict) and isinstance(new, dict):
            yield from _differences(where, old, new)
        elif old != new:
            yield Difference(where, old, new)


def _merged(path: str, base: Document, draft: Document, current: Document, conflicts: list[str]) -> dict[str, Any]:
    merged: dict[str, Any] = {}
    for name in dict.fromkeys([*current, *draft]):
        was, mine, theirs = base.get(name), draft.get(name), current.get(name)
        where = f"{path}.{name}" if path else name
        if isinstance(mine, dict) and isinstance(theirs, dict):
            merged[name] = _merged(where, was if isinstance(was, dict) else {}, mine, theirs, conflicts)
            continue
        if mine != was and theirs not in (was, mine):
            conflicts.append(where)
        merged[name] = theirs if mine == was else mine
    return merged
