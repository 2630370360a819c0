"""What a model is made of. Nothing in it is true in one workspace only: no ids, no people, no values.

A definition is the very document that forms and the API write (`metrics.domain.definition`); its key stands before it,
as the name of its entry.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BeforeValidator, ConfigDict, Field, StrictBool, StrictInt, StrictStr

from apps.datasets.domain.checks import LONGEST, MOST_CHECKS, MOST_VALUES, Severity
from apps.datasets.domain.rhythm import LAST_SAFE_DAY, Every
from apps.engine.conversion import MOST_RATE_DAYS, USUAL_RATE_DAYS
from apps.engine.plan import ColumnType
from apps.engine.requests import DateOrder, NumberStyle, Role, RuleKind
from apps.kernel.issue import N_
from apps.kernel.period import Grain
from apps.metrics.domain.definition import Definition
from apps.metrics.domain.parts import ColumnKey, Key, Strict, wrong
from apps.targets.domain.checks import MOST_MILESTONES
from apps.targets.domain.kinds import Kind, Shape

VERSION = 1
MOST_TARGETS = 5000

Link = Literal["formula", "influence"]

_FIGURE = re.compile(r"-?[0-9]{1,26}(\.[0-9]{1,12})?")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def _figure(value: object) -> Decimal:
    if isinstance(value, Decimal):
        value = f"{value:f}"
    if isinstance(value, bool) or not isinstance(value, int | str) or not _FIGURE.fullmatch(str(value).strip()):
        raise wrong(N_("Write a number of up to 26 digits and 12 decimals; one with a point as text: “12.5”."))
    return Decimal(str(value).strip())


def _day(value: object) -> date:
    if isinstance(value, date):
        return value
    if isinstance(value, str) and _DAY.fullmatch(value):
        try:
            return date.fromisoformat(value)
        except ValueError:
            pass
    raise wrong(N_("Write a day such as 2026-06-30."))


Figure = Annotated[Decimal, BeforeValidator(_figure)]
"""A value of a target, exactly as it is written."""

Day = Annotated[date, BeforeValidator(_day)]


class AsWritten(Strict):
    """Headers and members are taken as they are, with the spaces around them."""

    model_config = ConfigDict(str_strip_whitespace=False)


class ColumnEntry(AsWritten):
    """A column of a data set: its key (`name`), the header in the files (`source`), its type and what it is for."""

    name: ColumnKey
    source: StrictStr = Field(min_length=1, max_length=500)
    type: ColumnType
    role: Role
    required: StrictBool = False
    date_order: DateOrder = DateOrder.YMD
    number_style: NumberStyle = NumberStyle.POINT
    time_zone: StrictStr = Field(default="", max_length=64)
    verbatim: StrictBool = False


def _end(value: object) -> str:
    """An end of a range: a number or a day, as text."""
    if isinstance(value, bool) or not isinstance(value, int | str | Decimal | date):
        raise wrong(N_("Write a number, or a day such as 2026-06-30."))
    return value.isoformat() if isinstance(value, date) else str(value)


End = Annotated[StrictStr, BeforeValidator(_end), Field(max_length=64)]


class CheckEntry(AsWritten):
    """What is to hold for every row of a data set: `apps.datasets.domain.checks.Check`."""

    kind: RuleKind
    columns: tuple[ColumnKey, ...] = Field(min_length=1, max_length=20)
    low: End = ""
    high: End = ""
    values: tuple[End, ...] = Field(default=(), max_length=MOST_VALUES)
    pattern: StrictStr = Field(default="", max_length=LONGEST)
    severity: Severity = Severity.WARN


class RhythmEntry(Strict):
    """When rows of a data set are expected: `apps.datasets.domain.rhythm.Rhythm`."""

    every: Every
    hour: StrictInt = Field(ge=0, le=23)
    time_zone: StrictStr = Field(max_length=64)
    weekday: StrictInt = Field(default=1, ge=1, le=7)
    day: StrictInt = Field(default=1, ge=1, le=LAST_SAFE_DAY)


class DatasetEntry(Strict):
    """A data set with its columns. Its rows are not part of a model: they come as files. Without `checks` or `rhythm`
    those of the workspace stay."""

    name: StrictStr = Field(min_length=1, max_length=120)
    columns: tuple[ColumnEntry, ...] = Field(min_length=1, max_length=500)
    row_key: tuple[ColumnKey, ...] = ()
    rate_days: StrictInt = Field(default=USUAL_RATE_DAYS, ge=0, le=MOST_RATE_DAYS)
    """Of exchange rates: for how many days after its own a rate holds, if no later one is known."""
    checks: tuple[CheckEntry, ...] | None = Field(default=None, max_length=MOST_CHECKS)
    rhythm: RhythmEntry | None = None


class NorthStarEntry(Strict):
    """Which metric is the company's one number, by which periods it is read, and why."""

    metric: Key
    grain: Grain
    reason: StrictStr = Field(default="", max_length=2000)


class BranchEntry(Strict):
    """A metric in the tree and what hangs below it. A formula link is arithmetic, an influence a belief."""

    metric: Key
    link: Link = "formula"
    below: tuple[BranchEntry, ...] = Field(default=(), max_length=100)


class MilestoneEntry(AsWritten):
    """What is due by a day."""

    day: Day
    value: Figure


class TargetEntry(AsWritten):
    """A target in force: of a metric, in total, for one member of a dimension or for a team, of a kind, in a time.

    A level (the usual kind) goes from `baseline` to `goal`, a band lies from `low` to `high`, all others have a `goal`.
    `on_purpose` says that a goal which is worse than the baseline is meant. A team is named with those above
    it, from the top: “Sales / Shanghai”; a slash in a name is written twice (`team_paths`).
    """

    metric: Key
    grain: Grain
    dimension: ColumnKey | Literal[""] = ""
    member: StrictStr = Field(default="", max_length=200)
    team: StrictStr = Field(default="", max_length=1000)
    kind: Kind = Kind.LEVEL
    pace: Shape = Shape.PERIODS
    baseline: Figure | None = None
    goal: Figure | None = None
    low: Figure | None = None
    high: Figure | None = None
    tolerance: Figure | None = None
    milestones: tuple[MilestoneEntry, ...] = Field(default=(), max_length=MOST_MILESTONES)
    start: Day
    due: Day
    review_on: Day | None = None
    on_purpose: StrictBool = False

    @property
    def scope(self) -> tuple[str, str, str, str, str]:
        """Of this there is one target in force at a time."""
        return self.metric, self.grain.value, self.dimension, self.member, self.team


Metric = Annotated[Definition, Field(discriminator="kind")]


class Model(Strict):
    """The whole model. The tree hangs below the North Star, which is its root and is not written again."""

    version: Literal[1]
    datasets: dict[Key, DatasetEntry] = Field(default_factory=dict)
    metrics: dict[Key, Metric] = Field(default_factory=dict)
    north_star: NorthStarEntry | None = None
    tree: tuple[BranchEntry, ...] = Field(default=(), max_length=100)
    targets: tuple[TargetEntry, ...] = Field(default=(), max_length=MOST_TARGETS)


def team_paths(teams: Iterable[tuple[UUID, UUID | None, str]]) -> dict[str, UUID]:
    """How teams are named in a model, with those above them from the top, and which is meant; of `(id, above, name)`.

    Names are told once below the same team only, so a name alone would not do.
    """
    known = {pk: (above, name) for pk, above, name in teams}
    found = {}
    for pk in known:
        names: list[str] = []
        at: UUID | None = pk
        while at is not None and at in known and len(names) <= len(known):
            at, name = known[at]
            names.insert(0, name.replace("/", "//"))
        found[" / ".join(names)] = pk
    return found
