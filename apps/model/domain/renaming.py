"""Move a model onto data whose columns are called otherwise: in definitions, expressions, dimensions and targets."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from apps.kernel.issue import N_, Issue, Refusal
from apps.metrics.domain import graph
from apps.metrics.domain.checks import inputs_of
from apps.metrics.domain.definition import Definition, document_of, is_derived, parse, split_from
from apps.metrics.domain.fields import listed
from apps.model.domain.document import BranchEntry, DatasetEntry, Model

CANNOT = N_("The columns cannot be called like this.")
NO_DATASET = N_("The model has no data set “%(dataset)s”. It has: %(datasets)s.")
NO_COLUMN = N_("“%(dataset)s” has no column “%(column)s” in the model. It has: %(columns)s.")
WRONG_NAME = N_("Use a to z, 0 to 9 and _, a letter first, up to 41 characters.")
NOT_ALIKE = N_(
    "“%(metric)s” needs the column “%(column)s” under one name in all data it reads, and it would have several: "
    "%(names)s."
)
UNREADABLE = N_("Write each as data.column=column here, such as orders.amount=total.")

Renamed = Mapping[str, Mapping[str, str]]
"""By key of a data set: what the model calls a column, and what this workspace does."""

_COLUMN = re.compile(r"[a-z][a-z0-9_]{0,40}")
_WORD = re.compile(r"(?<![A-Za-z0-9_.])[a-z][a-z0-9_]*")
NAMES_A_COLUMN = ("column", "entity", "moment", "started", "ended", "on")
"""Fields of a part with a data set in which one of its columns, or several, stand."""


def read_pairs(text: str) -> dict[str, dict[str, str]]:
    """The names that lines (or words) such as `orders.amount=total` say. Refusal for what cannot be read."""
    found: dict[str, dict[str, str]] = {}
    for word in re.sub(r"\s*=\s*", "=", text).replace(",", " ").split():
        theirs, sign, ours = word.partition("=")
        dataset, point, column = theirs.partition(".")
        if not (sign and point and dataset and column and ours):
            raise Refusal(CANNOT, issues=[Issue("columns", UNREADABLE)])
        found.setdefault(dataset, {})[column] = ours
    return found


def renamed(model: Model, names: Renamed) -> Model:
    """The model with columns called as `names` says. Refusal with everything that cannot be."""
    if not any(names.values()):
        return model
    issues = list(_issues(model, names))
    splits = _splits(model, names, issues)
    entities = {key: _entity(definition, names, issues) for key, definition in model.metrics.items()}
    if issues:
        raise Refusal(CANNOT, issues=issues)
    metrics = {
        key: parse(_definition(document_of(definition), names, splits[key], entities[key]))
        for key, definition in model.metrics.items()
    }
    targets = tuple(
        target.model_copy(update={"dimension": splits.get(target.metric, {}).get(target.dimension, target.dimension)})
        for target in model.targets
    )
    datasets = {key: _dataset(entry, names.get(key, {})) for key, entry in model.datasets.items()}
    return model.model_copy(update={"metrics": metrics, "targets": targets, "datasets": datasets})


def _issues(model: Model, names: Renamed) -> Iterator[Issue]:
    for dataset, columns in names.items():
        entry = model.datasets.get(dataset)
        if entry is None:
            filled = {"dataset": dataset[:40], "datasets": listed(sorted(model.datasets))}
            yield Issue(f"columns.{dataset}", NO_DATASET, filled)
            continue
        there = [column.name for column in entry.columns]
        for column, name in columns.items():
            where = f"columns.{dataset}.{column}"
            if column not in there:
                filled = {"dataset": dataset, "column": column[:41], "columns": listed(there)}
                yield Issue(where, NO_COLUMN, filled)
            if not _COLUMN.fullmatch(name):
                yield Issue(where, WRONG_NAME)


def _splits(model: Model, names: Renamed, issues: list[Issue]) -> dict[str, dict[str, str]]:
    """For each metric what its dimensions are called, which all data it reads has to agree on; and in brackets the
    column of the rows by which a dimension of another file is found."""
    read = {key: inputs_of(definition) for key, definition in model.metrics.items()}
    found: dict[str, dict[str, str]] = {}
    for key in list(model.metrics) if graph.find_cycle(read) else graph.in_order(read):
        definition = model.metrics[key]
        found[key] = {}
        for dimension in definition.dimensions:
            if is_derived(definition):
                said = {found[used][dimension] for used in read[key] if dimension in found.get(used, {})}
            else:
                said = {names.get(each, {}).get(dimension, dimension) for each in split_from(definition)}
            found[key][dimension] = _one(key, dimension, said, issues)
        for told in definition.entity_dimensions:
            found[key][told.column] = names.get(told.dataset, {}).get(told.column, told.column)
            rows = {names.get(each, {}).get(told.named_by, told.named_by) for each in split_from(definition)}
            found[key][f"({told.column})"] = _one(key, told.named_by, rows, issues)
    return found


def _entity(definition: Definition, names: Renamed, issues: list[Issue]) -> str | None:
    """What the entity of several conditions is called, where it stands beside them and not within."""
    entity, conditions = getattr(definition, "entity", None), getattr(definition, "conditions", None)
    if conditions is None or not isinstance(entity, str):
        return None
    read = [condition.measure.dataset for condition in conditions]
    read += [definition.base.dataset] if hasattr(definition, "base") else []
    return _one(definition.key, entity, {names.get(each, {}).get(entity, entity) for each in read}, issues)


def _one(metric: str, column: str, said: set[str], issues: list[Issue]) -> str:
    if len(said) > 1:
        filled = {"metric": metric, "column": column, "names": listed(sorted(said))}
        issues.append(Issue("columns", NOT_ALIKE, filled))
    return min(said, default=column)


def _definition(
    told: dict[str, Any], names: Renamed, dimensions: Mapping[str, str], entity: str | None
) -> dict[str, Any]:
    made: dict[str, Any] = _walk(told, names)
    made["dimensions"] = [dimensions[name] for name in told["dimensions"]]
    for was, dimension in zip(told["entity_dimensions"], made["entity_dimensions"], strict=True):
        columns = names.get(was["dataset"], {})
        dimension["column"], dimension["on"] = (columns.get(was[name], was[name]) for name in ("column", "on"))
        by = dimensions[f"({was['column']})"]
        dimension["entity"] = by if was["entity"] or by != dimension["on"] else None
    if entity is not None:
        made["entity"] = entity
    if told["kind"] == "repeat" and told["moment"] is not None:
        made["moment"] = names.get(told["activity"]["dataset"], {}).get(told["moment"], told["moment"])
    return made


def _walk(part: Any, names: Renamed) -> Any:
    """A part with the columns of its own data set renamed; parts within it by theirs."""
    if isinstance(part, list):
        return [_walk(each, names) for each in part]
    if not isinstance(part, dict):
        return part
    made = {name: _walk(value, names) for name, value in part.items()}
    columns = names.get(part["dataset"], {}) if isinstance(part.get("dataset"), str) else {}
    if not columns:
        return made
    for name in NAMES_A_COLUMN:
        value = part.get(name)
        if isinstance(value, str):
            made[name] = columns.get(value, value)
        elif isinstance(value, list):
            made[name] = [columns.get(each, each) for each in value]
    if isinstance(part.get("expression"), str):
        made["expression"] = _WORD.sub(lambda found: columns.get(found[0], found[0]), part["expression"])
    if "filters" in part:
        made["filters"] = [{**each, "column": columns.get(each["column"], each["column"])} for each in part["filters"]]
    return made


def _dataset(entry: DatasetEntry, columns: Mapping[str, str]) -> DatasetEntry:
    return entry.model_copy(
        update={
            "columns": tuple(
                column.model_copy(update={"name": columns.get(column.name, column.name)}) for column in entry.columns
            ),
            "row_key": tuple(columns.get(name, name) for name in entry.row_key),
            "checks": entry.checks
            and tuple(
                check.model_copy(update={"columns": tuple(columns.get(name, name) for name in check.columns)})
                for check in entry.checks
            ),
        }
    )


# --- data sets and metrics under other keys ---------------------------------------------------------------------------


def moved(model: Model, datasets: Mapping[str, str], metrics: Mapping[str, str]) -> Model:
    """The model with other keys for its data sets and metrics, wherever they are named. Several data sets may become
    one: then the columns of the first stand for it. What is not named keeps its key."""
    found = {
        metrics.get(key, key): parse(_moved(document_of(definition), datasets, metrics))
        for key, definition in model.metrics.items()
    }
    star = model.north_star
    if star is not None:
        star = star.model_copy(update={"metric": metrics.get(star.metric, star.metric)})
    kept: dict[str, DatasetEntry] = {}
    for key, entry in model.datasets.items():
        kept.setdefault(datasets.get(key, key), entry)
    return model.model_copy(
        update={
            "datasets": kept,
            "metrics": found,
            "north_star": star,
            "tree": _branches(model.tree, metrics),
            "targets": tuple(
                target.model_copy(update={"metric": metrics.get(target.metric, target.metric)})
                for target in model.targets
            ),
        }
    )


def _branches(rows: tuple[BranchEntry, ...], metrics: Mapping[str, str]) -> tuple[BranchEntry, ...]:
    return tuple(
        row.model_copy(
            update={"metric": metrics.get(row.metric, row.metric), "below": _branches(row.below, metrics)},
        )
        for row in rows
    )


def _moved(told: dict[str, Any], datasets: Mapping[str, str], metrics: Mapping[str, str]) -> dict[str, Any]:
    made: dict[str, Any] = _with_keys(told, datasets, metrics)
    made["key"] = metrics.get(told["key"], told["key"])
    if told["kind"] == "formula":
        made["expression"] = _WORD.sub(lambda word: metrics.get(word[0], word[0]), told["expression"])
    return made


def _with_keys(part: Any, datasets: Mapping[str, str], metrics: Mapping[str, str]) -> Any:
    if isinstance(part, list):
        return [_with_keys(each, datasets, metrics) for each in part]
    if not isinstance(part, dict):
        return part
    made = {name: _with_keys(value, datasets, metrics) for name, value in part.items()}
    for name, keys in (("dataset", datasets), ("metric", metrics)):
        if isinstance(part.get(name), str):
            made[name] = keys.get(part[name], part[name])
    return made
