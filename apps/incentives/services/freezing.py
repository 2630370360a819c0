"""Read what was frozen back: snapshots, readings, participants and results, from their canonical texts."""

from __future__ import annotations

import json
import zlib
from functools import lru_cache

from apps.incentives.domain.attainment import Reading
from apps.incentives.domain.canonical import read
from apps.incentives.domain.snapshot import Participant as Person
from apps.incentives.domain.snapshot import PoolResult, Result, Snapshot
from apps.incentives.models import Calculation


def text_of(calculation: Calculation) -> str:
    """The canonical text of a calculation's inputs."""
    return zlib.decompress(bytes(calculation.snapshot)).decode()


def snapshot_of(calculation: Calculation) -> Snapshot:
    """Everything a revision was calculated from. Refusal names what this version of the product cannot read."""
    return read(Snapshot, json.loads(text_of(calculation)))


def reading_of(document: str) -> Reading:
    """A stored reading."""
    return read(Reading, json.loads(document))


@lru_cache(maxsize=64)
def result_of(document: str) -> Result:
    """A stored result."""
    return read(Result, json.loads(document))


def person_of(document: str) -> Person:
    """A stored participant."""
    return read(Person, json.loads(document))


def pool_of(document: str) -> PoolResult:
    """A stored pool."""
    return read(PoolResult, json.loads(document))
