"""From plain data to a model, or every fault at once, each with its path and, where there is one, its line."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import TypeAdapter, ValidationError

from apps.kernel.issue import N_, Issue, Refusal
from apps.metrics.domain import definition as definitions
from apps.metrics.domain.complaints import issues_of
from apps.metrics.domain.definition import Definition
from apps.model.domain.document import (
    VERSION,
    BranchEntry,
    DatasetEntry,
    Model,
    NorthStarEntry,
    TargetEntry,
)
from apps.model.domain.reading import Fault, ModelRefused, Read, read_yaml

MEND = N_("The model cannot be used like this. Mend what is listed.")
NO_MODEL = N_("This is no model: it begins with “version: 1”.")
OTHER_VERSION = N_("This product reads models of version %(version)s.")
UNKNOWN = N_("There is no such field here. Check its spelling.")
GROUP = N_("A group of fields is expected here.")
LIST = N_("A list is expected here.")
OTHER_KEY = N_("It stands under “%(name)s” and calls itself “%(key)s”. Leave its key out.")
SECTIONS = ("version", "datasets", "metrics", "north_star", "tree", "targets")

_DATASET = TypeAdapter(DatasetEntry)
_STAR = TypeAdapter(NorthStarEntry)
_TREE = TypeAdapter(tuple[BranchEntry, ...])
_TARGETS = TypeAdapter(tuple[TargetEntry, ...])
_KEY = TypeAdapter(definitions.Common.model_fields["key"].rebuild_annotation())
_UNREADABLE = object()


def parse_yaml(content: bytes | str) -> tuple[Model, Read]:
    """The model of a YAML text, and where everything stands in it. ModelRefused with every fault."""
    read = read_yaml(content)
    return parse_model(read), read


def parse_model(read: Read) -> Model:
    """The model that plain data describes. ModelRefused with every fault."""
    data = read.data
    if not isinstance(data, Mapping) or "version" not in data:
        raise ModelRefused(MEND, [Fault(read.line_of(""), Issue("version", NO_MODEL))])
    if data["version"] != VERSION or isinstance(data["version"], bool):
        issue = Issue("version", OTHER_VERSION, {"version": VERSION})
        raise ModelRefused(MEND, [Fault(read.line_of("version"), issue)])
    reader = _Reader()
    told = {
        "version": VERSION,
        "datasets": reader.entries("datasets", data.get("datasets"), _dataset),
        "metrics": reader.entries("metrics", data.get("metrics"), _metric),
        "north_star": reader.part("north_star", data.get("north_star"), _STAR, None),
        "tree": reader.part("tree", data.get("tree"), _TREE, ()),
        "targets": reader.part("targets", data.get("targets"), _TARGETS, ()),
    }
    reader.issues += [Issue(str(name), UNKNOWN) for name in data if name not in SECTIONS]
    refuse(reader.issues, read)
    try:
        return Model.model_validate(told)
    except ValidationError as error:  # too many of something
        found = [Fault(read.line_of(issue.where), issue) for issue in issues_of(error, definitions.KINDS)]
        raise ModelRefused(MEND, found) from None


def refuse(issues: list[Issue], read: Read) -> None:
    """ModelRefused with these issues at their lines, if there are any that block."""
    faults = [Fault(read.line_of(issue.where), issue) for issue in issues if issue.blocking]
    if faults:
        raise ModelRefused(MEND, faults)


class _Reader:
    """Reads section by section and gathers what is wrong."""

    def __init__(self) -> None:
        self.issues: list[Issue] = []

    def part(self, where: str, data: Any, adapter: TypeAdapter[Any], empty: Any) -> Any:
        if data is None:
            return empty
        try:
            return adapter.validate_python(_without_nulls(data))
        except ValidationError as error:
            self.issues += [under(where, issue) for issue in issues_of(error, ())]
            return empty

    def entries(self, section: str, data: Any, read_one: Any) -> dict[str, Any]:
        """A section that has a key before each entry."""
        if data is None:
            return {}
        if not isinstance(data, Mapping):
            self.issues.append(Issue(section, GROUP))
            return {}
        found = {}
        for key, body in data.items():
            where = f"{section}.{key}"
            wrong_key = list(_key_issues(key))
            self.issues += [under(where, issue) for issue in wrong_key]
            if not isinstance(body, Mapping):
                self.issues.append(Issue(where, GROUP))
                continue
            try:
                found[key] = read_one(key, body)
            except Refusal as refusal:
                told = refusal.issues or (Issue("", refusal.message, refusal.params),)
                self.issues += [under(where, issue) for issue in told if issue.where != "key" or not wrong_key]
        return found


def _dataset(key: str, body: Mapping[str, Any]) -> DatasetEntry:
    try:
        return _DATASET.validate_python(_without_nulls(body))
    except ValidationError as error:
        raise Refusal(MEND, issues=issues_of(error, ())) from None


def _metric(key: str, body: Mapping[str, Any]) -> Definition:
    if body.get("key", key) != key:
        filled = {"name": key, "key": str(body["key"])[:80]}
        raise Refusal(MEND, issues=[Issue("key", OTHER_KEY, filled)])
    return definitions.parse({**body, "key": key})


def _key_issues(key: object) -> Iterator[Issue]:
    try:
        _KEY.validate_python(key)
    except ValidationError as error:
        yield from issues_of(error, ())


def _without_nulls(data: Any) -> Any:
    """What is left empty is as if it were not there; what a definition makes of nothing it decides itself."""
    if isinstance(data, Mapping):
        return {key: _without_nulls(value) for key, value in data.items() if value is not None}
    return [_without_nulls(value) for value in data] if isinstance(data, list) else data


def under(where: str, issue: Issue) -> Issue:
    """The issue, at its path below `where`."""
    path = ".".join(step for step in (where, issue.where) if step)
    return Issue(path, issue.message, issue.params, issue.blocking)
