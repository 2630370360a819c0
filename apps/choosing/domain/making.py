"""A template made into a model for a company's own data: without what it has no columns for, under its own names."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

from apps.choosing.domain.mapping import Chosen
from apps.choosing.domain.templates import Template
from apps.metrics.domain import graph
from apps.metrics.domain.checks import inputs_of
from apps.metrics.domain.definition import Definition, document_of, parse, rows_from
from apps.metrics.domain.scoring import ScoreDefinition
from apps.model.domain.document import BranchEntry, Model
from apps.model.domain.renaming import NAMES_A_COLUMN, moved, renamed

WHOLE = 100
_WORD = re.compile(r"[a-z][a-z0-9_]*")


@dataclass(frozen=True)
class Dropped:
    """A metric that cannot be made: for want of these columns or data (as the template calls them), or of metrics; or,
    `unlike`, because these columns name the same customers and are called differently in the company's data."""

    metric: str
    columns: tuple[tuple[str, str], ...] = ()
    inputs: tuple[str, ...] = ()
    unlike: bool = False


@dataclass(frozen=True)
class Made:
    """The model to apply, what was left out, and which scores share the weight of left out measures among others."""

    model: Model
    dropped: tuple[Dropped, ...]
    reweighed: tuple[str, ...]
    root: str
    """The key of the North Star in the company, "" if the root itself was left out."""


def make(template: Template, chosen: Chosen, taken: Mapping[str, Definition], *, with_star: bool) -> Made:
    """The model of a template on a company's columns. `taken` are the company's metrics by key, archived ones too: one
    that says the same is used again, another one keeps its key and the template's gets a number behind it.

    Refusal where one metric needs a column under one name in data that call it differently.
    """
    missing = {
        (key, column) for key in template.front.data for column in template.front.data[key].columns
        if not chosen.column(key, column)
    }  # fmt: skip
    missing |= {(key, "") for key in template.front.data if not chosen.data.get(key)}
    kept, dropped, reweighed = _without(template, missing, chosen)
    model = template.model.model_copy(
        update={
            "metrics": {key: _valued(template, definition, chosen) for key, definition in kept.items()},
            "tree": _pruned(template.model.tree, kept),
        }
    )
    names = {
        key: {column: chosen.column(key, column) for column in needed.columns if chosen.column(key, column)}
        for key, needed in template.front.data.items()
    }
    model = moved(renamed(model, names), {key: value for key, value in chosen.data.items() if value}, {})
    keys = _free_keys(model, taken)
    model = moved(model, {}, keys)
    own = {key: taken.get(key, definition) for key, definition in model.metrics.items()}
    star = template.model.north_star
    root = keys[star.metric] if star and star.metric in keys else ""
    update: dict[str, Any] = {"datasets": {}, "metrics": own}
    if not root or not with_star:
        update |= {"north_star": None, "tree": ()}
    return Made(model.model_copy(update=update), tuple(dropped), tuple(keys[key] for key in reweighed), root)


# --- what there is no data for ----------------------------------------------------------------------------------------


def _without(
    template: Template, missing: set[tuple[str, str]], chosen: Chosen
) -> tuple[dict[str, Definition], list[Dropped], list[str]]:
    kept: dict[str, Definition] = {}
    dropped: list[Dropped] = []
    reweighed: list[str] = []
    metrics = template.model.metrics
    for key in graph.in_order({key: inputs_of(definition) for key, definition in metrics.items()}):
        definition = metrics[key]
        lacking = tuple(sorted(missing & set(_columns_of(document_of(definition)))))
        gone = tuple(used for used in inputs_of(definition) if used not in kept)
        if isinstance(definition, ScoreDefinition) and gone:
            left = _without_parts(definition, gone)
            if left is None:
                dropped.append(Dropped(key, inputs=gone))
                continue
            definition = left
            reweighed.append(key)
        elif lacking or gone:
            dropped.append(Dropped(key, lacking, gone))
            continue
        elif unlike := _unlike(document_of(definition), chosen):
            dropped.append(Dropped(key, unlike, unlike=True))
            continue
        kept[key] = _without_splits(definition, kept, missing)
    return {key: kept[key] for key in metrics if key in kept}, dropped, reweighed


def _unlike(told: dict[str, Any], chosen: Chosen) -> tuple[tuple[str, str], ...]:
    """The columns by which one metric follows the same customers through several data sets, if the company calls them
    differently: the engine joins by one name."""
    shared = tuple(dict.fromkeys(_shared(told)))
    return shared if len({chosen.column(*each) for each in shared}) > 1 else ()


def _shared(told: dict[str, Any]) -> Iterator[tuple[str, str]]:
    entity, conditions = told.get("entity"), told.get("conditions")
    if conditions and isinstance(entity, str):
        base = [told["base"]["dataset"]] if told.get("base") else []
        for dataset in [*(condition["measure"]["dataset"] for condition in conditions), *base]:
            yield dataset, entity


def _columns_of(part: Any) -> Iterator[tuple[str, str]]:
    """Every column that a definition cannot do without, with its data set ("" is the data itself). Splits can be done
    without."""
    if not isinstance(part, dict):
        return
    yield from _shared(part)
    dataset = part.get("dataset")
    if isinstance(dataset, str):
        yield dataset, ""
        for name in NAMES_A_COLUMN:
            value = part.get(name)
            for column in value if isinstance(value, list) else [value]:
                if isinstance(column, str):
                    yield dataset, column
        yield from ((dataset, word) for word in _WORD.findall(part.get("expression") or ""))
        yield from ((dataset, each["column"]) for each in part.get("filters", ()))
    for value in part.values():
        for each in value if isinstance(value, list) else [value]:
            yield from _columns_of(each)


def _without_splits(
    definition: Definition, kept: Mapping[str, Definition], missing: set[tuple[str, str]]
) -> Definition:
    """The definition without dimensions that its data, or a metric it reads, does not have."""
    inputs = inputs_of(definition)
    left = tuple(
        name
        for name in definition.dimensions
        if not any((dataset, name) in missing for dataset in rows_from(definition))
        and all(name in kept[used].dimensions for used in inputs)
    )
    return definition.model_copy(update={"dimensions": left})


def _without_parts(definition: ScoreDefinition, gone: Sequence[str]) -> ScoreDefinition | None:
    """The score without some of its measures: their weight goes to the others of their dimension, that of a dimension
    without any to the other dimensions, each in proportion; None if nothing is left."""
    groups = []
    for group in definition.groups:
        parts = [part for part in group.parts if part.metric not in gone]
        if parts:
            weights = spread([part.weight for part in parts])
            shared = [part.model_copy(update={"weight": w}) for part, w in zip(parts, weights, strict=True)]
            groups.append(group.model_copy(update={"parts": tuple(shared)}))
    if not groups:
        return None
    weights = spread([group.weight for group in groups])
    shared_groups = [group.model_copy(update={"weight": w}) for group, w in zip(groups, weights, strict=True)]
    caps = tuple(cap for cap in definition.caps if cap.metric not in gone)
    return definition.model_copy(update={"groups": tuple(shared_groups), "caps": caps})


def spread(weights: Sequence[Decimal]) -> list[Decimal]:
    """The weights in proportion, with one decimal, so that they make exactly 100: the largest remainders are rounded
    up."""
    whole = sum(Fraction(weight) for weight in weights)
    exact = [Fraction(weight) * WHOLE * 10 / whole for weight in weights]
    floors = [int(each) for each in exact]
    order = sorted(range(len(exact)), key=lambda at: (floors[at] - exact[at], at))
    for at in order[: WHOLE * 10 - sum(floors)]:
        floors[at] += 1
    return [Decimal(each).scaleb(-1).normalize() + 0 for each in floors]


def _pruned(rows: Sequence[BranchEntry], kept: Mapping[str, Definition]) -> tuple[BranchEntry, ...]:
    """The tree without branches that were left out; what hung below them goes with them."""
    return tuple(row.model_copy(update={"below": _pruned(row.below, kept)}) for row in rows if row.metric in kept)


# --- the company's own names ------------------------------------------------------------------------------------------


def _valued(template: Template, definition: Definition, chosen: Chosen) -> Definition:
    """The definition with the cells that the company writes, where the template's stand in a condition."""
    told = document_of(definition)
    for at, choice in enumerate(template.front.choices):
        values = chosen.values.get(at)
        if values:
            _put(told, choice.data, choice.column, list(choice.values), list(values))
    return parse(told)


def _put(part: Any, data: str, column: str, before: list[Any], after: list[str]) -> None:
    if isinstance(part, list):
        for each in part:
            _put(each, data, column, before, after)
    if not isinstance(part, dict):
        return
    if part.get("dataset") == data:
        for condition in part.get("filters", ()):
            if condition["column"] == column and condition["values"] == before:
                condition["values"] = after
    for value in part.values():
        _put(value, data, column, before, after)


def _free_keys(model: Model, taken: Mapping[str, Definition]) -> dict[str, str]:
    """For each metric its key in the company, leaves first, as what a formula says depends on its inputs' keys."""
    found: dict[str, str] = {}
    read = {key: inputs_of(definition) for key, definition in model.metrics.items()}
    for key in graph.in_order(read):
        alone = model.model_copy(update={"metrics": {key: model.metrics[key]}, "north_star": None, "tree": ()})
        for number in range(1, 100):
            candidate = key if number == 1 else f"{key[:37]}_{number}"
            mine = moved(alone, {}, {**found, key: candidate}).metrics[candidate]
            if candidate in found.values():
                continue
            if candidate not in taken or serves(taken[candidate], mine):
                found[key] = candidate
                break
    return found


def serves(theirs: Definition, mine: Definition) -> bool:
    """Whether a company's metric measures just what the template's does, by the same periods and splits or more."""
    one, other = document_of(theirs), document_of(mine)
    wider = all(set(one[name]) >= set(other[name]) for name in ("grains", "dimensions"))
    loose = ("name", "description", "unit", "grains", "dimensions")
    return wider and {k: v for k, v in one.items() if k not in loose} == {
        k: v for k, v in other.items() if k not in loose
    }
