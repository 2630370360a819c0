"""Calculate locked runs again from what was frozen: the same snapshot has to give the same results, for good."""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import sha256

from apps.incentives.domain.canonical import canonical
from apps.incentives.domain.run import calculate
from apps.incentives.domain.states import State
from apps.incentives.models import Calculation, Run, RunResult
from apps.incentives.services.freezing import snapshot_of, text_of


def differences() -> Iterator[tuple[Run, list[str]]]:
    """Every locked and paid run, with what does not come out as it is stored (nothing: it stands)."""
    rows = Run.objects.filter(state__in=[State.LOCKED, State.PAID]).select_related("plan", "version")
    for run in rows.order_by("first", "created_at"):
        yield run, differences_of(run)


def differences_of(run: Run) -> list[str]:
    """What of a run's results is another one when its frozen snapshot is calculated again. People are told by key."""
    made = Calculation.objects.get(run=run, revision=run.revision)
    if sha256(text_of(made).encode()).hexdigest() != made.inputs:
        return ["the frozen inputs are not those the run was calculated from"]
    again = {
        each.participant: sha256(canonical(each).encode()).hexdigest() for each in calculate(snapshot_of(made)).results
    }
    stored = dict(RunResult.objects.filter(run=run, revision=run.revision).values_list("key", "fingerprint"))
    wrong = sorted(key for key, mark in stored.items() if again.get(key) != mark)
    if run.kind == Run.Kind.REGULAR:
        wrong += sorted(set(again) - set(stored))
    return [f"{key} comes out otherwise" for key in wrong]
