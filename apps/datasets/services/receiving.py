"""Take a file in: whole and safe on disk first, then a row and the work to look at it, in one transaction."""

from collections.abc import Iterable
from typing import TYPE_CHECKING
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

from django.db import connection, transaction
from django.utils.timezone import localtime

from apps.accounts.domain.roles import Actor
from apps.audit import services as audit
from apps.datasets.domain.naming import safe_filename
from apps.datasets.models import Dataset, Upload
from apps.datasets.services import storage
from apps.kernel.issue import N_, NotHere, Refusal
from apps.work.services import enqueue
from apps.workspaces.scope import current_workspace

if TYPE_CHECKING:
    from apps.work.services import Work

_STILL_HERE = [
    Upload.Status.STORED, Upload.Status.INSPECTED, Upload.Status.LOADING, Upload.Status.REVIEW, Upload.Status.LOADED,
]  # fmt: skip


class AlreadyHere(Refusal):
    """The very same file was uploaded before; `upload` is that one."""

    def __init__(self, upload: Upload) -> None:
        when = localtime(upload.uploaded_at, ZoneInfo(current_workspace().time_zone))
        super().__init__(
            N_("This very file is here already: “%(name)s”, uploaded on %(when)s by %(who)s (%(state)s)."),
            {
                "name": upload.filename,
                "when": f"{when:%Y-%m-%d %H:%M}",
                "who": upload.uploaded_by_name,
                "state": upload.get_status_display(),
            },
            status=409,
        )
        self.upload = upload


def receive_upload(
    *,
    actor: Actor,
    filename: str,
    chunks: Iterable[bytes],
    dataset_id: UUID | None = None,
    again: bool = False,
    review: bool = False,
) -> Upload:
    """Keep a file that comes in pieces, and have it looked at. See `keep_upload`."""
    actor.must("data.upload")
    with storage.receiving() as incoming:
        for chunk in chunks:
            incoming.write(chunk)
        return keep_upload(
            actor=actor, filename=filename, incoming=incoming, dataset_id=dataset_id, again=again, review=review
        )


def keep_upload(
    *,
    actor: Actor,
    filename: str,
    incoming: storage.Incoming,
    dataset_id: UUID | None = None,
    again: bool = False,
    review: bool = False,
) -> Upload:
    """Keep a file that was received, for the dataset `dataset_id` or (None) for one that somebody names later.

    `review`: a person is there to look. Then its data is told by its headers if none was chosen, and a file that is
    built as the last one of its data is made ready without a question.

    Raises `AlreadyHere` for a file whose bytes are here already (unless `again`), `Refusal` for an empty one, `NoRoom`
    when the disk is full; nothing of the file is left then.
    """
    actor.must("data.upload")
    if incoming.size == 0:
        raise Refusal(N_("The file is empty: it holds 0 bytes. Export it again, and upload that."))
    if dataset_id is not None and not Dataset.objects.filter(pk=dataset_id, archived_at=None).exists():
        raise NotHere(N_("There is no such data any more. Choose other data, or new data."))
    if not again:
        _say_if_here(incoming.sha256)  # before it is moved: what came in pieces then stays where it is
    upload_id = uuid4()
    key = incoming.keep(upload_id)
    try:
        with transaction.atomic():
            if not again:
                refuse_if_here(incoming.sha256)
            return _write(upload_id, key, incoming, safe_filename(filename), dataset_id, actor, review)
    except Refusal:
        storage.remove_upload(upload_id)  # after any other error the row may be there after all: `sweep` finds out
        raise


def refuse_if_here(sha256: str) -> None:
    """Two people who send the same file at the same moment wait for each other here."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(current_schema() || %s, 0))", [sha256])
    _say_if_here(sha256)


def _say_if_here(sha256: str) -> None:
    same = Upload.objects.filter(sha256=sha256, status__in=_STILL_HERE).order_by("uploaded_at").first()
    if same is not None:
        raise AlreadyHere(same)


def _write(
    upload_id: UUID,
    key: str,
    incoming: storage.Incoming,
    filename: str,
    dataset_id: UUID | None,
    actor: Actor,
    review: bool,
) -> Upload:
    upload = Upload(
        id=upload_id,
        dataset_id=dataset_id,
        filename=filename,
        storage_key=key,
        size=incoming.size,
        sha256=incoming.sha256,
        uploaded_by=actor.id,
        uploaded_by_name=actor.name[:120],
        review=review,
    )
    upload.work = look_at(upload, asked_by=actor.id)
    upload.save(force_insert=True)
    audit.record(
        actor=actor, act="upload.received", subject=upload, after={"bytes": upload.size, "sha256": upload.sha256}
    )
    return upload


def look_at(upload: Upload, *, asked_by: UUID) -> "Work":
    """Ask for a first look at a file (at its chosen sheet)."""
    return enqueue(
        "datasets.inspect",
        subject=upload.pk,
        about=upload.filename,
        asked_by=asked_by,
        upload=str(upload.pk),
        sheet=upload.sheet,
    )
