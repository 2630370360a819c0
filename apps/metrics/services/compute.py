"""Workers: bring values up to date.

A computation reads from unchanging data versions, without a lock; then, holding all metrics, it makes sure that
nothing it read from has been replaced meanwhile, and writes values, formulas and the end of the work in one
transaction. A killed worker leaves the old values standing; a second run of the same versions writes nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

from django.utils import timezone

from apps.datasets import selectors as datasets
from apps.engine import EngineFailure
from apps.kernel.issue import N_, NotHere
from apps.metrics import selectors
from apps.metrics.domain.money import reads
from apps.metrics.domain.reasons import Reason
from apps.metrics.models import ComputeRun
from apps.metrics.services.planning import Choose, Outdated, plan
from apps.metrics.services.queries import keep_queries
from apps.metrics.services.updating import update
from apps.work.services import Claim, LostLease, Work, WorkFailed

MOST_TRIES = 5

FOR_DATASET = N_("New data in %(dataset)s")
FOR_METRIC = N_("“%(metric)s” was defined or typed")
FOR_ALL = N_("All metrics")
TOO_BUSY = N_("Data and definitions kept changing while this was computed.")
STOPPED = N_("The worker stopped.")
FAILED = N_("Something went wrong on our side.")


def compute_dataset(claim: Claim) -> None:
    """Bring every metric that reads the data set `claim.work.subject` (its id) up to date."""
    try:
        dataset = datasets.dataset_for(UUID(claim.work.subject))
    except NotHere:
        return  # archived meanwhile: its metrics keep the values they have
    cause = Reason(FOR_DATASET, {"dataset": dataset.name})
    known = selectors.known()
    _bring_up_to_date(claim, cause, lambda metric, definition: dataset.key in reads(definition, known))


def compute_metric(claim: Claim) -> None:
    """Bring the metric `claim.work.subject` (its id), and the formulas above it, up to date."""
    try:
        view = selectors.metric_for(UUID(claim.work.subject))
    except NotHere:
        return  # deleted meanwhile
    cause = Reason(FOR_METRIC, {"metric": view.key})
    _bring_up_to_date(claim, cause, lambda metric, definition: metric.pk == view.id)


def compute_all(claim: Claim) -> None:
    """Bring every metric up to date."""
    _bring_up_to_date(claim, Reason(FOR_ALL), lambda metric, definition: True)


def note_stopped(work: Work) -> None:
    """A piece of work was set aside: what it was computing when its worker died has failed."""
    _end_running(work.pk)


def _bring_up_to_date(claim: Claim, cause: Reason, choose: Choose) -> None:
    with _recorded(claim, cause) as run:
        for _ in range(MOST_TRIES):
            planned = plan(choose)
            claim.progress(0, 1, N_("Reading the data"))
            survey = planned.survey()
            found = survey.run(claim, planned.calendar)
            claim.progress(1, 1, N_("Writing the values"))
            try:
                with claim.completing():
                    update(planned, found, run)
                    keep_queries(run, survey.queries)
                return
            except Outdated:
                claim.beat()
        raise WorkFailed(TOO_BUSY, retry=True)


@contextmanager
def _recorded(claim: Claim, cause: Reason) -> Iterator[ComputeRun]:
    """A ComputeRun that says how it ended, whatever happens; those of attempts that died before are closed first."""
    _end_running(claim.work.pk)
    run = ComputeRun.objects.create(work_id=claim.work.pk, cause=cause.to_json())
    try:
        yield run
    except LostLease:
        _end(run, Reason(STOPPED))
        raise
    except WorkFailed as failure:
        _end(run, Reason(failure.reason, failure.params))
        raise
    except EngineFailure as failure:
        _end(run, Reason(failure.message, dict(failure.params)))
        raise WorkFailed(failure.message, retry=failure.retry, params=failure.params) from failure
    except Exception:
        _end(run, Reason(FAILED))
        raise


def _end_running(work_id: UUID) -> None:
    running = ComputeRun.objects.filter(work_id=work_id, status=ComputeRun.Status.RUNNING)
    running.update(status=ComputeRun.Status.FAILED, reason=Reason(STOPPED).to_json(), finished_at=timezone.now())


def _end(run: ComputeRun, reason: Reason) -> None:
    run.status, run.reason, run.finished_at = ComputeRun.Status.FAILED, _plain(reason), timezone.now()
    run.save(update_fields=["status", "reason", "finished_at"])


def _plain(reason: Reason) -> dict:
    return Reason(reason.message, {key: str(value) for key, value in reason.params.items()}).to_json()
