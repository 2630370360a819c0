"""Does a model fit a workspace as it would be once it is applied? Everything that does not, at once, with its path."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from uuid import UUID

from apps.datasets.domain.checks import check_of, issues_of
from apps.datasets.domain.columns import Column, dataset_faults, faults_of
from apps.datasets.domain.rhythm import Rhythm
from apps.datasets.domain.rhythm import faults_of as rhythm_faults
from apps.engine.conversion import USUAL_RATE_DAYS
from apps.engine.requests import Role
from apps.kernel.issue import N_, Issue
from apps.kernel.period import Calendar
from apps.metrics.domain import branches, checks
from apps.metrics.domain.definition import Definition
from apps.metrics.domain.traps import traps_of
from apps.model.domain.document import BranchEntry, DatasetEntry, Model, TargetEntry
from apps.model.domain.parsing import under
from apps.targets.domain import checks as target_checks
from apps.targets.domain.adding import over_time

MOST_NODES = 500
DEEPEST = 12

NO_COLUMN = N_(
    "%(dataset)s has data without a column “%(column)s”. Upload a file that has it and replaces everything, or say "
    "which of its columns it is: %(columns)s."
)
OTHER_TYPE = N_(
    "“%(column)s” of %(dataset)s holds %(there)s in this workspace, not %(here)s. Upload a file that replaces "
    "everything, or change the type here."
)
NO_RATES = N_("Only data with a column of exchange rates (role: rate) says for how long one holds. Leave this out.")
STAYS = N_("%(dataset)s has data, so this stays as it is in this workspace. Only a new upload changes it.")
NO_METRIC = N_("There is no metric “%(key)s”, neither in this model nor in the workspace.")
NO_ROOT = N_("A tree hangs below a North Star. Say in “north_star” which metric it is.")
SAME_TWICE = N_("This metric is already here.")
ABOVE = N_("A metric cannot hang below itself: it is already further up.")
TOO_DEEP = N_("A tree is at most %(most)s levels deep.")
TOO_MANY = N_("A tree has at most %(most)s nodes.")
NO_FORMULA = N_("“%(parent)s” has no formula, so “%(child)s” can only influence it.")
NOT_NAMED = N_("The formula of “%(parent)s” does not name “%(child)s”, only: %(factors)s. Link it as an influence.")
NOT_BY_GRAIN = N_("“%(key)s” has no values by %(grain)s.")
SAME_TARGET = N_("This target is here twice: for one metric, kind of period and member there is one.")
NO_DIMENSION = N_("This metric is not split by this dimension.")
NO_MEMBER = N_("Name the member of the dimension, too.")
NO_TEAM = N_("There is no team “%(team)s” here. Add it first, or leave this target out.")
TEAM_OR_MEMBER = N_("A target is for a team or for a member of a dimension, not for both.")
MEMBER_ONLY = N_("Name the dimension, too.")
WRONG_WAY = N_("The goal is worse than the baseline. If that is meant, write “on_purpose: true”.")


@dataclass(frozen=True)
class Around:
    """What a model meets in a workspace.

    `known` is what definitions may refer to, `loaded` are the keys of data sets that have rows, `taken` the keys and
    `names` the names by key of all data sets that ever were, `teams` those in use as a model names them.
    """

    known: checks.Known
    calendar: Calendar
    loaded: frozenset[str] = frozenset()
    names: Mapping[str, str] = field(default_factory=dict, hash=False)
    teams: Mapping[str, UUID] = field(default_factory=dict, hash=False)


def issues(wanted: Model, current: Model, around: Around) -> list[Issue]:
    """Everything to mend (blocking) or worth knowing (not blocking), by the order of the sections."""
    known = known_after(wanted, around)
    found = [*_datasets(wanted, current, around)]
    found += _metrics(wanted, current, known)
    found += _star_and_tree(wanted, known.metrics)
    found += _targets(wanted, known.metrics, around)
    return found


def known_after(wanted: Model, around: Around) -> checks.Known:
    """What definitions may refer to once the model is applied. Data sets with rows stay as they are."""
    datasets = dict(around.known.datasets)
    for key, entry in wanted.datasets.items():
        if key not in around.loaded:
            columns = {c.name: checks.KnownColumn(c.name, c.source, c.type.value, c.role.value) for c in entry.columns}
            datasets[key] = checks.KnownDataset(key, entry.name, columns)
    return checks.Known(datasets, {**around.known.metrics, **wanted.metrics}, around.known.currency)


def _datasets(wanted: Model, current: Model, around: Around) -> Iterator[Issue]:
    for key, entry in wanted.datasets.items():
        where = f"datasets.{key}"
        if key in around.loaded:
            found = _loaded_issues(entry, current.datasets.get(key), around.known.datasets.get(key))
        else:
            others = {other: each.name for other, each in wanted.datasets.items() if other not in around.loaded}
            found = _declared_issues(key, entry, {**around.names, **others})
        yield from (under(where, issue) for issue in found)
        if entry.checks is not None:
            said = [check_of(check.model_dump(mode="json")) for check in entry.checks]
            columns = [Column(**column.model_dump(mode="json")) for column in entry.columns]
            yield from (under(f"{where}.checks", issue) for issue in issues_of(said, columns))
        if entry.rhythm is not None:
            rhythm = Rhythm(**entry.rhythm.model_dump(mode="json"))
            yield from (under(f"{where}.rhythm", issue) for issue in rhythm_faults(rhythm))
        if entry.rate_days != USUAL_RATE_DAYS and all(column.role != Role.RATE for column in entry.columns):
            yield Issue(f"{where}.rate_days", NO_RATES)


def _declared_issues(key: str, entry: DatasetEntry, names: Mapping[str, str]) -> Iterator[Issue]:
    """What is wrong with columns for which no file has come yet."""
    columns = [Column(**column.model_dump(mode="json")) for column in entry.columns]
    faults = faults_of(columns, entry.row_key, [column.source for column in columns])
    others = {other: name for other, name in names.items() if other != key}
    faults += dataset_faults(entry.name, key, list(others.values()), [])
    for fault in faults:
        where = fault.field if fault.position is None else f"columns.{fault.position}.{fault.field}"
        yield Issue(where, fault.issue.message, fault.issue.params)


def _loaded_issues(
    entry: DatasetEntry, there: DatasetEntry | None, known: checks.KnownDataset | None
) -> Iterator[Issue]:
    """What rows that are loaded do not have; what they have otherwise is only told."""
    columns = known.columns if known else {}
    name = known.name if known else entry.name
    for at, column in enumerate(entry.columns):
        found = columns.get(column.name)
        if found is None:
            filled = {"dataset": name, "column": column.name, "columns": checks.listed(columns)}
            yield Issue(f"columns.{at}.name", NO_COLUMN, filled)
        elif found.type != column.type:
            filled = {"dataset": name, "column": column.name, "there": found.type, "here": column.type.value}
            yield Issue(f"columns.{at}.type", OTHER_TYPE, filled)
    if there is None:
        return
    for field_name in ("name", "row_key"):
        if getattr(entry, field_name) != getattr(there, field_name):
            yield Issue(field_name, STAYS, {"dataset": name}, blocking=False)
    before = {column.name: column for column in there.columns}
    for at, column in enumerate(entry.columns):
        if column.name in before and column != before[column.name] and column.type == before[column.name].type:
            yield Issue(f"columns.{at}", STAYS, {"dataset": name}, blocking=False)


def _metrics(wanted: Model, current: Model, known: checks.Known) -> Iterator[Issue]:
    """Only what is new or changed is looked at, but against all that there will be: also who uses it, and the traps."""
    for key, definition in wanted.metrics.items():
        if current.metrics.get(key) != definition:
            found = checks.issues(definition, known)
            found += [] if any(issue.blocking for issue in found) else traps_of(definition, known)
            yield from (under(f"metrics.{key}", issue) for issue in found)


def _star_and_tree(wanted: Model, metrics: Mapping[str, Definition]) -> Iterator[Issue]:
    star = wanted.north_star
    if star is None:
        if wanted.tree:
            yield Issue("tree", NO_ROOT)
        return
    definition = metrics.get(star.metric)
    if definition is None:
        yield Issue("north_star.metric", NO_METRIC, {"key": star.metric})
        return
    if star.grain not in definition.grains:
        yield Issue("north_star.grain", NOT_BY_GRAIN, {"key": star.metric, "grain": star.grain.value})
    number = 1
    waiting: list[tuple[str, tuple[BranchEntry, ...], tuple[str, ...]]] = [("tree", wanted.tree, (star.metric,))]
    while waiting:
        where, row, above = waiting.pop()
        number += len(row)
        yield from _row_issues(where, row, above, metrics)
        waiting += [(f"{where}.{at}.below", branch.below, (*above, branch.metric)) for at, branch in enumerate(row)]
    if number > MOST_NODES:
        yield Issue("tree", TOO_MANY, {"most": MOST_NODES})


def _row_issues(
    where: str, row: tuple[BranchEntry, ...], above: tuple[str, ...], metrics: Mapping[str, Definition]
) -> Iterator[Issue]:
    """What is wrong with the children of a node, whose own key stands last in `above`."""
    if len(above) >= DEEPEST and row:
        yield Issue(where, TOO_DEEP, {"most": DEEPEST})
    seen: set[str] = set()
    for at, branch in enumerate(row):
        place = f"{where}.{at}"
        if branch.metric not in metrics:
            yield Issue(f"{place}.metric", NO_METRIC, {"key": branch.metric})
        elif branch.link == branches.FORMULA and above[-1] in metrics:
            yield from _link_issues(f"{place}.link", above[-1], branch.metric, metrics)
        if branch.metric in seen:
            yield Issue(f"{place}.metric", SAME_TWICE)
        if branch.metric in above:
            yield Issue(f"{place}.metric", ABOVE)
        seen.add(branch.metric)


def _link_issues(where: str, parent: str, child: str, metrics: Mapping[str, Definition]) -> Iterator[Issue]:
    factors = branches.factors_of(metrics[parent])
    if child in factors or branches.may_be_factor(metrics[parent], metrics[child]):
        return
    filled = {"parent": parent, "child": child, "factors": checks.listed(factors)}
    yield Issue(where, NOT_NAMED if factors else NO_FORMULA, filled)


def _targets(wanted: Model, metrics: Mapping[str, Definition], around: Around) -> Iterator[Issue]:
    seen: set[tuple[str, str, str, str, str]] = set()
    for at, target in enumerate(wanted.targets):
        where = f"targets.{at}"
        definition = metrics.get(target.metric)
        if definition is None:
            yield Issue(f"{where}.metric", NO_METRIC, {"key": target.metric})
            continue
        if target.scope in seen:
            yield Issue(where, SAME_TARGET)
        seen.add(target.scope)
        if target.team and target.team not in around.teams:
            yield Issue(f"{where}.team", NO_TEAM, {"team": target.team})
        yield from (under(where, issue) for issue in _target_issues(target, definition, metrics, around.calendar))


def _target_issues(
    target: TargetEntry, definition: Definition, known: Mapping[str, Definition], calendar: Calendar
) -> Iterator[Issue]:
    wish = wish_of(target)
    found = target_checks.issues(
        wish, calendar, direction=definition.direction, grains=definition.grains,
        is_share=definition.unit.kind == "percent", adds_up=over_time(definition, known),
    )  # fmt: skip
    for issue in found:
        wrong_way = issue.message in target_checks.ON_PURPOSE
        yield Issue("goal", WRONG_WAY) if wrong_way else issue
    yield from _member_issues(target, definition.split_names)


def _member_issues(target: TargetEntry, dimensions: Collection[str]) -> Iterator[Issue]:
    if target.team and (target.dimension or target.member):
        yield Issue("team", TEAM_OR_MEMBER)
    if target.dimension and target.dimension not in dimensions:
        yield Issue("dimension", NO_DIMENSION)
    if target.dimension and not target.member:
        yield Issue("member", NO_MEMBER)
    if target.member and not target.dimension:
        yield Issue("dimension", MEMBER_ONLY)


def wish_of(target: TargetEntry) -> target_checks.Wish:
    """A target as the targets room checks it."""
    return target_checks.Wish(
        target.grain,
        target.baseline,
        target.goal,
        target.start,
        target.due,
        target.on_purpose,
        target.kind,
        target.pace,
        target.low,
        target.high,
        target.tolerance,
        tuple((each.day, each.value) for each in target.milestones),
        review_on=target.review_on,
    )
