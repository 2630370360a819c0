"""Make API keys, and take them out of use."""

from collections.abc import Collection
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from apps.accounts import selectors as accounts
from apps.accounts.domain.roles import Actor, Role
from apps.api.domain.scopes import PAY, SCOPES
from apps.api.domain.tokens import new_token
from apps.api.models import ApiKey
from apps.audit.services import record
from apps.kernel.issue import N_, Forbidden, Issue, NotHere, Refusal

LONGEST_DAYS = 366
MOST_KEYS = 50
NOT_MADE = N_("The API key was not made.")
PAY_ALONE = N_("A key that reads pay reads nothing else, and expires. Make another key for the rest.")
ONCE_A = timedelta(minutes=1)


@transaction.atomic
def make_key(
    *, actor: Actor, name: str, scopes: Collection[str], days: int | None, role: Role | None = None
) -> tuple[ApiKey, str]:
    """Make a key for `actor`, or (with `role`) for a service account; the key and its secret, which nobody sees again.

    `days` is how long it works; None, for service accounts only, until it is revoked. Refusal with every issue.
    """
    actor.must("api.keys")
    if role is not None:
        actor.must("api.manage")
    issues = _issues(actor, name.strip(), scopes, days, role)
    if issues:
        raise Refusal(NOT_MADE, issues=issues)
    token = new_token()
    key = ApiKey.objects.create(
        name=name.strip(),
        prefix=token.prefix,
        digest=token.digest,
        person_id=None if role else actor.id,
        role=role or "",
        scopes=[scope for scope in SCOPES if scope in scopes],
        made_by=actor.id,
        made_by_name=actor.name[:120],
        expires_at=timezone.now() + timedelta(days=days) if days else None,
    )
    record(actor=actor, act="api_key.made", subject=key, after=_told(key))
    return key, token.text


def _issues(actor: Actor, name: str, scopes: Collection[str], days: int | None, role: Role | None) -> list[Issue]:
    issues = []
    if not name or len(name) > 80:
        issues.append(Issue("name", N_("Give the key a name of up to 80 characters that says what uses it.")))
    if not scopes or set(scopes) - set(SCOPES):
        issues.append(Issue("scopes", N_("Choose at least one thing that the key may be used for.")))
    if PAY & set(scopes) and (set(scopes) - PAY or days is None):
        issues.append(Issue("scopes", PAY_ALONE))
    if days is None and role is None:
        issues.append(Issue("days", N_("A personal key has to expire. Choose for how long it works.")))
    if days is not None and not 1 <= days <= LONGEST_DAYS:
        issues.append(Issue("days", N_("A key works for 1 to %(most)s days."), {"most": LONGEST_DAYS}))
    if role is Role.OWNER:
        issues.append(Issue("role", N_("A service account is never an owner. Choose another role.")))
    if role is None and accounts.person_for(actor.id) is None:
        issues.append(Issue("", N_("Only a person can have a personal key.")))
    if ApiKey.objects.filter(_in_use(), person_id=None if role else actor.id).count() >= MOST_KEYS:
        issues.append(Issue("", N_("There are %(most)s keys in use. Revoke one first."), {"most": MOST_KEYS}))
    return issues


def _in_use() -> Q:
    return Q(revoked_at=None) & (Q(expires_at=None) | Q(expires_at__gt=timezone.now()))


@transaction.atomic
def revoke_key(*, actor: Actor, key_id: UUID) -> ApiKey:
    """Take a key out of use, from its next request on: one's own, or anybody's for who manages keys."""
    actor.must("api.keys")
    key = ApiKey.objects.select_for_update().filter(pk=key_id).first()
    if key is None:
        raise NotHere(N_("There is no such API key."))
    if key.person_id != actor.id and not actor.may("api.manage"):
        raise Forbidden(N_("Your role does not allow this. Ask an administrator of your company."))
    if key.revoked_at is None:
        key.revoked_at, key.revoked_by_name = timezone.now(), actor.name[:120]
        key.save(update_fields=["revoked_at", "revoked_by_name"])
        record(actor=actor, act="api_key.revoked", subject=key, before=_told(key))
    return key


def note_use(key: ApiKey) -> None:
    """Remember that a key was used, to the minute: no more than one write in that time."""
    now = timezone.now()
    if key.last_used_at is None or key.last_used_at < now - ONCE_A:
        ApiKey.objects.filter(pk=key.pk).update(last_used_at=now)


def forget_secrets(before: datetime) -> int:
    """Blank the digests of keys that ended before a moment; how many. The keys stay: the record names them."""
    ended = ApiKey.objects.filter(Q(revoked_at__lt=before) | Q(expires_at__lt=before))
    return ended.exclude(digest="").update(digest="")


def _told(key: ApiKey) -> dict[str, object]:
    """What the record says of a key; never its secret."""
    until = key.expires_at.date().isoformat() if key.expires_at else None
    return {"prefix": f"lsk_{key.prefix}", "role": key.role or None, "scopes": key.scopes, "to": until}
