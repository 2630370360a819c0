"""Read a source, by a worker: a child brings files, and each goes the way of every upload."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils import timezone

from apps.accounts import selectors as accounts
from apps.accounts.domain.roles import Actor
from apps.datasets import services as datasets
from apps.kernel.issue import N_, Issue, Refusal
from apps.sources.models import Pull, PullFile, Source
from apps.sources.services import ending
from apps.sources.services.asking import question
from apps.sources.services.fetching import Troubled, fetch
from apps.sources.services.rows import as_json, doubles, locked
from apps.work.services import Claim
from apps.workspaces.scope import current_workspace

NO_OWNER = N_("Nobody looks after this source: its owner has left, or may no longer upload data. Choose somebody else.")
TWICE = N_(
    "All rows are read each time, and the data has no row key: they would count twice. Let them replace everything, or "
    "choose a column that only grows."
)
SKIPPED = N_("%(name)s is larger than %(limit)s MB and was passed over. Split it.")
NO_ROWS = N_("What is read has no rows. The data stays as it was.")
_CHUNK = 1 << 20


def read_source(claim: Claim) -> None:
    """Handler: one reading. Ends with its files handed over, with nothing new, or failed with a reason."""
    pull = Pull.objects.select_related("source__dataset").filter(pk=claim.args["pull"]).first()
    if pull is None or pull.status not in (Pull.Status.WAITING, Pull.Status.RUNNING):
        return
    Pull.objects.filter(pk=pull.pk).update(status=Pull.Status.RUNNING)
    try:
        actor = owner_of(pull.source)
        _must_not_count_twice(pull.source)
        with tempfile.TemporaryDirectory(prefix="lodestar-source-") as folder:
            asked = question(pull.source, "pull", Path(folder), timezone.now())
            answer = fetch(asked, folder=Path(folder), on_progress=claim.progress, heartbeat=claim.beat)
            with claim.completing():
                _take(pull, answer, Path(folder), actor, timezone.now())
    except (Troubled, Refusal) as trouble:
        retry = trouble.retry if isinstance(trouble, Troubled) else isinstance(trouble, datasets.NoRoom)
        with claim.completing():
            _fail(pull, Issue("", trouble.message, trouble.params), retry=retry)


def pull_stopped(work: object) -> None:
    """Called when a reading was set aside: it failed, with the reason."""
    pull = Pull.objects.filter(pk=work.args["pull"], status__in=[Pull.Status.WAITING, Pull.Status.RUNNING]).first()
    if pull is not None:
        _fail(pull, Issue("", work.reason, work.reason_params), retry=False)


def _fail(pull: Pull, issue: Issue, *, retry: bool) -> None:
    ending.failed(locked(pull.source_id), pull, [issue], timezone.now(), retry=retry)


def owner_of(source: Source) -> Actor:
    """Who looks after a source, as readings act. Raises `Refusal` for somebody who may not any more."""
    person = accounts.person_for(source.owner_id)
    if person is None or not person.is_active or not person.actor.may("data.upload"):
        raise Refusal(NO_OWNER)
    return person.actor


def _must_not_count_twice(source: Source) -> None:
    if doubles(source, source.dataset, source.mode, source.chosen.rising):
        raise Refusal(TWICE)


def _take(pull: Pull, answer: Mapping[str, Any], folder: Path, actor: Actor, now: datetime) -> None:
    """Keep what was brought, in the transaction that ends the work."""
    source = locked(pull.source_id)
    brought = _brought(source, answer, folder, now)
    pull.rows, pull.more = int(answer.get("rows", 0)), bool(answer["more"])
    _note_skipped(source, pull, answer)
    if not brought:
        if source.is_database and not source.chosen.rising:
            raise Refusal(NO_ROWS)
        ending.succeeded(source, pull, Pull.Status.SAME, now)
        return
    for name, etag, path in brought:
        pull.size += _keep(source, pull, actor, name, etag, path)
    if not pull.size:
        ending.succeeded(source, pull, Pull.Status.SAME, now)
        return
    source.mark = answer.get("mark")
    source.save(update_fields=["mark"])
    pull.status = Pull.Status.LOADING
    pull.save()


def _note_skipped(source: Source, pull: Pull, answer: Mapping[str, Any]) -> None:
    """Files that are larger than one may be are named once and passed over."""
    skipped = answer.get("skipped", ())
    for file in skipped:
        PullFile.objects.create(source=source, pull=pull, name=file["name"], etag=file["etag"])
    limit = settings.UPLOAD_MAX_BYTES // 2**20
    pull.problem = as_json(Issue(file["name"], SKIPPED, {"name": file["name"], "limit": limit}) for file in skipped)


def _brought(source: Source, answer: Mapping[str, Any], folder: Path, now: datetime) -> list[tuple[str, str, Path]]:
    """Name, tag and place of each file."""
    if not source.is_database:
        return [(file["name"], file["etag"], folder / file["path"]) for file in answer["files"]]
    if not answer["rows"]:
        return []
    moment = now.astimezone(ZoneInfo(current_workspace().time_zone))
    return [(f"{source.chosen.about()} {moment:%Y-%m-%d %H%M}.parquet", "", folder / "rows.parquet")]


def _keep(source: Source, pull: Pull, actor: Actor, name: str, etag: str, path: Path) -> int:
    """Hand a file over as an upload; its bytes, 0 where it is what the last reading brought, to the last bit."""
    with datasets.receiving() as incoming, path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            incoming.write(chunk)
        if not etag and _is_known(source, incoming.sha256):
            return 0
        upload = datasets.keep_upload(
            actor=actor, filename=name.rsplit("/", 1)[-1], incoming=incoming, dataset_id=source.dataset_id, again=True
        )
        PullFile.objects.create(source=source, pull=pull, upload=upload, name=name, etag=etag, sha256=incoming.sha256)
        return incoming.size


def _is_known(source: Source, sha256: str) -> bool:
    """Whether the last file that was loaded is the same: then the data is as it was. Only where all is read."""
    last = source.files.filter(pull__status=Pull.Status.DONE).order_by("-pk").first()
    return not source.chosen.rising and last is not None and last.sha256 == sha256
