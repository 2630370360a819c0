"""What becomes of uploads whose work was set aside, and of those that nobody wants."""

from functools import partial
from uuid import UUID

from django.db import transaction

from apps.accounts.domain.roles import Actor
from apps.audit import services as audit
from apps.datasets.models import Upload
from apps.datasets.services import storage
from apps.datasets.services.held import locked
from apps.kernel.issue import N_, Issue, Refusal
from apps.work.services import try_again

from .problems import as_json


def upload_stopped(work: object) -> None:
    """Called when the inspection or the load of an upload was set aside: the upload says why."""
    stuck = Upload.objects.filter(pk=work.args["upload"], status__in=[Upload.Status.STORED, Upload.Status.LOADING])
    stuck.update(status=Upload.Status.FAILED, problem=as_json([Issue("", work.reason, work.reason_params)]))


@transaction.atomic
def try_upload_again(*, actor: Actor, upload_id: UUID) -> Upload:
    """Ask again for the work on an upload that was set aside."""
    actor.must("data.upload")
    upload = locked(upload_id)
    if upload.status != Upload.Status.FAILED or upload.work_id is None or upload.work.status != "parked":
        raise Refusal(N_("Nothing of this upload was set aside."), status=409)
    upload.work = try_again(actor=actor, work_id=upload.work_id)
    upload.status = Upload.Status.STORED if upload.work.kind == "datasets.inspect" else Upload.Status.LOADING
    upload.problem = []
    upload.save(update_fields=["work", "status", "problem"])
    return upload


@transaction.atomic
def discard_upload(*, actor: Actor, upload_id: UUID) -> None:
    """Remove the file of an upload that was not loaded. Its row stays, to say that it was here."""
    actor.must("data.upload")
    upload = locked(upload_id)
    if upload.status in (Upload.Status.LOADING, Upload.Status.LOADED, Upload.Status.BINNED):
        raise Refusal(N_("Its rows are loaded or being loaded; only files that are not in the data can be removed."))
    upload.status, upload.outcome = Upload.Status.DISCARDED, None
    upload.save(update_fields=["status", "outcome"])
    audit.record(actor=actor, act="upload.discarded", subject=upload)
    transaction.on_commit(partial(storage.remove_upload, upload.pk, upload.dataset_id))
