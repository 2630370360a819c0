"""From a room's handlers to the engine's child process."""

from dataclasses import replace
from typing import overload

from django.conf import settings

from apps import engine
from apps.datasets.models import root
from apps.datasets.services.cluster import by_place
from apps.datasets.services.sweeping import ROLLUPS
from apps.work.services import Claim, WorkFailed

MIB = 1024**2


def engine_limits() -> engine.Limits:
    """What one request to the engine may take on this installation."""
    return engine.Limits(
        memory=settings.ENGINE_MEMORY_MB * MIB,
        wall_seconds=settings.ENGINE_SECONDS,
        cpu_seconds=2 * settings.ENGINE_SECONDS,
    )


@overload
def run_engine(request: engine.Inspect, claim: Claim) -> engine.FileShape: ...
@overload
def run_engine(request: engine.Cells, claim: Claim) -> engine.CellPage: ...
@overload
def run_engine(request: engine.Load, claim: Claim) -> engine.Loaded: ...
@overload
def run_engine(request: engine.Measure, claim: Claim) -> engine.Measured: ...
@overload
def run_engine(request: engine.Rows, claim: Claim) -> engine.RowPage: ...
@overload
def run_engine(request: engine.TableRows, claim: Claim) -> engine.RowPage: ...
@overload
def run_engine(request: engine.Rejects, claim: Claim) -> engine.RejectPage: ...
@overload
def run_engine(request: engine.ReturnRejects, claim: Claim) -> engine.Exported: ...
@overload
def run_engine(request: engine.Compare, claim: Claim) -> engine.Compared: ...
@overload
def run_engine(request: engine.Differences, claim: Claim) -> engine.DifferencePage: ...
@overload
def run_engine(request: engine.ExportDifferences, claim: Claim) -> engine.Exported: ...
@overload
def run_engine(request: engine.ExportRejects, claim: Claim) -> engine.Exported: ...
@overload
def run_engine(request: engine.Profile, claim: Claim) -> engine.Profiled: ...
@overload
def run_engine(request: engine.Purge, claim: Claim) -> engine.Purged: ...
def run_engine(request: engine.Request, claim: Claim) -> engine.Result:
    """Have the engine do `request` for a piece of work: its lease is kept, its progress reported.

    What may pass (a killed child, no time, no memory, no disk) becomes `WorkFailed(retry=True)`; an `EngineFailure`
    that gets out of here says what somebody has to mend in the input. `LostLease` ends the child at once.
    """
    try:
        if isinstance(request, engine.Measure):
            return _measured(request, claim)
        return engine.run(request, limits=engine_limits(), on_progress=claim.progress, heartbeat=claim.beat)
    except engine.EngineFailure as failure:
        if not failure.retry:
            raise
        raise WorkFailed(failure.message, retry=True, params=failure.params) from failure


def _measured(request: engine.Measure, claim: Claim) -> engine.Measured:
    """Figures from the cluster where it is switched on for their kind, else from here."""
    answers = [
        engine.run(
            part if place.url else replace(part, rollups=_rollups()),
            limits=engine_limits(),
            cluster=place,
            on_progress=claim.progress,
            heartbeat=claim.beat,
        )
        for part, place in by_place(request)
    ]
    if len(answers) == 1:
        return answers[0]
    rows = tuple(row for answer in answers for row in answer.rows)
    sql = {plan: sql for answer in answers for plan, sql in answer.sql.items()}
    return engine.Measured(rows, sql, tuple(entry for answer in answers for entry in answer.unpriced))


def _rollups() -> str:
    """Where the engine keeps what unchanged months come to, so that a new month does not cost all of them."""
    folder = root() / ROLLUPS
    folder.mkdir(parents=True, exist_ok=True)
    return str(folder)
