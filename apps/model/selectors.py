"""The model of the workspace that is entered, and what a model meets there."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from apps.accounts import selectors as accounts
from apps.accounts.domain.roles import Actor
from apps.datasets import selectors as datasets
from apps.datasets.domain.checks import Check
from apps.datasets.domain.rhythm import Rhythm
from apps.engine.conversion import USUAL_RATE_DAYS
from apps.engine.plan import ColumnType
from apps.engine.requests import DateOrder, NumberStyle, Role
from apps.kernel.period import Grain
from apps.metrics import selectors as metrics
from apps.model.domain.checking import Around
from apps.model.domain.document import (
    BranchEntry,
    CheckEntry,
    ColumnEntry,
    DatasetEntry,
    MilestoneEntry,
    Model,
    NorthStarEntry,
    RhythmEntry,
    TargetEntry,
    team_paths,
)
from apps.model.domain.writing import document
from apps.targets import selectors as targets
from apps.targets.domain import checks as target_checks
from apps.targets.domain import terms
from apps.workspaces.scope import current_workspace

SEEN_WITH = ("metrics.view", "data.view", "targets.view")
"""What somebody has to be allowed to see for the whole model."""


@dataclass(frozen=True)
class State:
    """The model as it is now, with what it does not say: versions, what is archived, and which data has rows."""

    model: Model
    around: Around
    versions: dict[str, int]
    archived: tuple[str, ...]

    @property
    def token(self) -> str:
        """Another one as soon as anything changed that a plan rests on; new rows in known columns do not."""
        told = [document(self.model), self.versions, self.archived, sorted(self.around.loaded)]
        return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()


def export_model(actor: Actor) -> Model:
    """The model of this workspace, for somebody who may see all of it."""
    for permission in SEEN_WITH:
        actor.must(permission)
    return current().model


def current() -> State:
    """The model of this workspace. A fixed number of queries."""
    sets = list(datasets.datasets().defer("current_version__files", "current_version__columns"))
    checked, expected = datasets.every_check(), datasets.every_rhythm()
    views = metrics.metrics(archived=True)
    in_use = {view.key: view for view in views if not view.archived}
    star, root = metrics.north_star(), metrics.tree()
    teams = team_paths((line.id, line.parent_id, line.name) for line in accounts.team_lines() if not line.archived)
    model = Model(
        version=1,
        datasets={
            dataset.key: _dataset(dataset, checked.get(dataset.pk, ()), expected.get(dataset.pk))
            for dataset in sets
            if dataset.columns
        },
        metrics={key: view.definition for key, view in in_use.items()},
        north_star=NorthStarEntry(metric=star.metric.key, grain=star.grain, reason=star.reason[:2000])
        if star
        else None,
        tree=_branches(root) if root else (),
        targets=tuple(_targets(in_use, teams)),
    )
    around = Around(
        known=metrics.known(),
        calendar=current_workspace().calendar,
        loaded=frozenset(dataset.key for dataset in sets if dataset.current_version_id),
        names=datasets.dataset_names(),
        teams=teams,
    )
    return State(
        model=model,
        around=around,
        versions={view.key: view.version_number for view in views},
        archived=tuple(sorted(view.key for view in views if view.archived)),
    )


def _dataset(dataset: datasets.Dataset, checks: Sequence[Check], rhythm: Rhythm | None) -> DatasetEntry:
    return DatasetEntry(
        name=dataset.name,
        columns=tuple(
            ColumnEntry(
                name=column.name,
                source=column.source,
                type=ColumnType(column.type),
                role=Role(column.role),
                required=column.required,
                date_order=DateOrder(column.date_order),
                number_style=NumberStyle(column.number_style),
                time_zone=column.time_zone,
                verbatim=column.verbatim,
            )
            for column in datasets.columns_of(dataset)
        ),
        row_key=tuple(dataset.row_key),
        checks=tuple(CheckEntry(**vars(check)) for check in checks) or None,
        rhythm=RhythmEntry(**vars(rhythm)) if rhythm else None,
        rate_days=dataset.rate_days if datasets.holds_rates(dataset) else USUAL_RATE_DAYS,
    )


def _branches(node: metrics.NodeView) -> tuple[BranchEntry, ...]:
    return tuple(BranchEntry(metric=child.key, link=child.link, below=_branches(child)) for child in node.children)


def _targets(in_use: dict[str, metrics.MetricView], teams: dict[str, UUID]) -> list[TargetEntry]:
    by_id = {view.id: view for view in in_use.values()}
    named: dict[UUID | None, str] = {None: "", **{pk: path for path, pk in teams.items()}}
    rows = [row for row in targets.in_force(teams=True) if row.metric_id in by_id and row.team_id in named]
    return [_target(row, by_id[row.metric_id], named[row.team_id]) for row in rows]


def _target(row: targets.Target, view: metrics.MetricView, team: str) -> TargetEntry:
    grain = Grain(row.grain)
    wish = terms.wish_of({name: getattr(row, name) for name in terms.NAMES}, grain)
    return TargetEntry(
        metric=view.key,
        grain=grain,
        dimension=row.dimension,
        member=row.member,
        team=team,
        kind=wish.kind,
        pace=wish.pace,
        milestones=tuple(MilestoneEntry(day=day, value=value) for day, value in wish.milestones),
        **{name: getattr(row, name) for name in (*terms.FIGURES, "start", "due", "review_on")},
        on_purpose=target_checks.is_wrong_way(wish, view.direction),
    )
