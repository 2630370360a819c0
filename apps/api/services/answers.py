"""The same request twice does its work once: the answer is kept in the transaction of the work itself.

So a crash leaves both or neither. What changed nothing (a refusal) is not kept: who mends it may use the same key.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from django.db import connection, transaction
from django.utils import timezone

from apps.api import selectors
from apps.api.models import StoredAnswer
from apps.common.sweeping import delete_in_portions
from apps.kernel.issue import N_, Issue, Refusal

KEPT_FOR = timedelta(hours=24)


@dataclass(frozen=True)
class Answer:
    """What is answered: a status, headers of ours (Location, ETag), and the body as text."""

    status: int
    body: str
    headers: Mapping[str, str] = field(default_factory=dict)
    replayed: bool = False


class OtherRequest(Refusal):
    """The key was used for something else."""

    def __init__(self) -> None:
        issue = Issue("Idempotency-Key", N_("This key was used for another request. Make a new one for each request."))
        super().__init__(N_("The request was not carried out."), issues=[issue])


class InProgress(Refusal):
    """The same request is being carried out at this moment."""

    default_status = 409

    def __init__(self) -> None:
        super().__init__(N_("The first request with this key is still being carried out. Send it again in a moment."))


def once(*, asker: UUID, key: str, fingerprint: str, act: Callable[[], Answer]) -> Answer:
    """Do `act`, or give the answer that it gave to the same request (`fingerprint`) of `asker` with `key` before.

    Raises `OtherRequest` for another request with that key, `InProgress` while the first one runs.
    """
    with transaction.atomic():
        if not _hold(asker, key):
            raise InProgress
        before = selectors.stored_answer(asker, key)
        if before is not None:
            return _again(before, fingerprint)
        StoredAnswer.objects.filter(asker=asker, key=key, expires_at__lte=timezone.now()).delete()
        answer = act()
        StoredAnswer.objects.create(
            asker=asker,
            key=key,
            fingerprint=fingerprint,
            status=answer.status,
            headers=dict(answer.headers),
            body=answer.body,
            expires_at=timezone.now() + KEPT_FOR,
        )
        return answer


def sweep_answers(before: datetime) -> int:
    """Delete answers that were kept until a moment; how many."""
    return delete_in_portions(StoredAnswer.objects.filter(expires_at__lt=before))


def _hold(asker: UUID, key: str) -> bool:
    """Hold this key of this asker until the transaction ends; False if another request does."""
    with connection.cursor() as cursor:
        name = f"api-answer/{asker}/{key}"
        cursor.execute("SELECT pg_try_advisory_xact_lock(hashtextextended(current_schema() || %s, 0))", [name])
        return bool(cursor.fetchone()[0])


def _again(before: StoredAnswer, fingerprint: str) -> Answer:
    if before.fingerprint != fingerprint:
        raise OtherRequest
    return Answer(before.status, before.body, before.headers, replayed=True)
