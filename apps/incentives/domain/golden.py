"""Golden vectors: what a plan paid, for a spread of made-up readings, when it was published.

They are kept with the version, inputs and results, and calculated again whenever the engine is another one: an upgrade
that pays anybody something else is found before a run is (goals_and_pay 7.8).
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from apps.incentives.domain import sample
from apps.incentives.domain.canonical import canonical, fingerprint, read
from apps.incentives.domain.plan import Plan
from apps.incentives.domain.proration import Days
from apps.incentives.domain.run import calculate
from apps.incentives.domain.snapshot import Snapshot

Vector = Mapping[str, Any]
"""As JSON: `snapshot` without its plan, `paid` (minor units by participant), `results` (their fingerprint)."""


@dataclass(frozen=True)
class Mismatch:
    """A vector that comes out otherwise: its number, and what each of its people was paid, then and now."""

    at: int
    then: Mapping[str, int]
    now: Mapping[str, int]


def vectors(plan: Plan, period: Days) -> list[dict[str, Any]]:
    """The spread: all lines move along their curves together, gates and conditions are met in turn."""
    return [_vector(snapshot) for snapshot in _snapshots(plan, period)]


def _snapshots(plan: Plan, period: Days) -> Iterator[Snapshot]:
    spreads = {each.key: (sample.key_of(each.key, each.scope), sample.spread(plan, each)) for each in plan.components}
    for at in range(max((len(known) for _, known in spreads.values()), default=0)):
        readings = sample.around(plan, gates_hold=at % 2 == 0)
        readings |= {place: known[at % len(known)] for place, known in spreads.values() if known}
        yield sample.example(plan, readings, period=period)


def _vector(snapshot: Snapshot) -> dict[str, Any]:
    told = json.loads(canonical(snapshot))
    del told["plan"]
    run = calculate(snapshot)
    return {"snapshot": told, "paid": {each.participant: each.total for each in run.results},
            "blocked": [each.participant for each in run.blocked], "results": fingerprint(run.results)}  # fmt: skip


def check(document: str, kept: Sequence[Vector]) -> list[Mismatch]:
    """The vectors of a version calculated again with its document; whatever differs, to the last figure on the way."""
    plan = json.loads(document)
    found = []
    for at, vector in enumerate(kept):
        now = _vector(read(Snapshot, {**vector["snapshot"], "plan": plan}))
        if any(now[name] != vector[name] for name in ("paid", "blocked", "results")):
            found.append(Mismatch(at, vector["paid"], now["paid"]))
    return found
