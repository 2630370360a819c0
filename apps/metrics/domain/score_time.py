"""A score over time: which of its versions gives which period, and that a past period keeps its weights.

A version holds from a day on (`starts`), or from the beginning (None). A period is scored by the version in force on
its first day: the newest whose start is not later. So a version that starts in May leaves April as it was, and the
quarter that began in April keeps its weights to its end. What a score is called, read by and split by is said by the
newest version alone.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import NamedTuple
from uuid import UUID

from pydantic import SkipValidation

from apps.metrics.domain.scoring import ScoreDefinition, metrics_of


class Era(NamedTuple):
    """From `starts` on (None: from the beginning) version `number` gives the values, as `definition` says."""

    starts: date | None
    number: int
    definition: ScoreDefinition
    id: UUID | None = None


class ScoreInTime(ScoreDefinition):
    """The newest definition of a score together with those that still hold for earlier periods, oldest first.

    Never a document: what is stored and edited is the newest definition alone.
    """

    eras: SkipValidation[tuple[Era, ...]] = ()

    def at(self, start: date) -> Era:
        """What holds for a period that begins on `start`."""
        return in_force(self.eras, start)


def in_force(eras: tuple[Era, ...], start: date) -> Era:
    """The era of a period that begins on `start`; the oldest before all of them."""
    found = [era for era in eras if era.starts is None or era.starts <= start]
    return found[-1] if found else eras[0]


def eras_of(versions: Iterable[Era]) -> tuple[Era, ...]:
    """What of these versions still holds for some period, oldest first. A newer one ends all that start no earlier."""
    standing: list[Era] = []
    for era in sorted(versions, key=lambda each: each.number):
        while standing and (era.starts is None or _starts_no_earlier(standing[-1], era.starts)):
            standing.pop()
        standing.append(era)
    return tuple(standing)


def _starts_no_earlier(era: Era, than: date) -> bool:
    return era.starts is not None and era.starts >= than


def in_time(definition: ScoreDefinition, versions: Iterable[Era]) -> ScoreDefinition:
    """The definition with its eras; the definition itself where it holds for all periods."""
    eras = eras_of(versions)
    if len(eras) < 2:
        return definition
    return ScoreInTime.model_construct(**{name: getattr(definition, name) for name in _FIELDS}, eras=eras)


_FIELDS = tuple(ScoreDefinition.model_fields)


def read_by(definition: ScoreDefinition) -> tuple[str, ...]:
    """Keys of the metrics that a score reads in any of its periods, those of today first."""
    earlier = definition.eras if isinstance(definition, ScoreInTime) else ()
    found = [key for each in (definition, *(era.definition for era in earlier[::-1])) for key in metrics_of(each)]
    return tuple(dict.fromkeys(found))


def holds_at(definition: ScoreDefinition, start: date) -> ScoreDefinition:
    """The definition that scores a period that begins on `start`."""
    return definition.at(start).definition if isinstance(definition, ScoreInTime) else definition
