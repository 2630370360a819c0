"""Read API keys and stored answers."""

from uuid import UUID

from django.db.models import QuerySet
from django.utils import timezone

from apps.accounts.domain.roles import Actor
from apps.api.domain.tokens import read_token
from apps.api.models import ApiKey, StoredAnswer
from apps.kernel.issue import N_, NotHere

MANAGE = "api.manage"


def key_behind(secret: str) -> ApiKey | None:
    """The key whose secret this is, if it may be used now. One query."""
    token = read_token(secret)
    if token is None:
        return None
    key = ApiKey.objects.select_related("person").filter(prefix=token.prefix).first()
    if key is None or not token.matches(key.digest) or key.state(timezone.now()) != "active":
        return None
    return key


def keys_for(actor: Actor) -> QuerySet[ApiKey]:
    """The keys that `actor` may see, newest first: their own, and everybody's for who manages keys. One query."""
    keys = ApiKey.objects.select_related("person")
    return keys if actor.may(MANAGE) else keys.filter(person_id=actor.id)


def key_for(actor: Actor, key_id: UUID) -> ApiKey:
    """One key that `actor` may see; NotHere otherwise. One query."""
    found = keys_for(actor).filter(pk=key_id).first()
    if found is None:
        raise NotHere(N_("There is no such API key."))
    return found


def stored_answer(asker: UUID, key: str) -> StoredAnswer | None:
    """What was answered to a request of `asker` with this Idempotency-Key, unless it is too long ago. One query."""
    return StoredAnswer.objects.filter(asker=asker, key=key, expires_at__gt=timezone.now()).first()
