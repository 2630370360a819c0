"""Tell people that a key of theirs is about to expire: once for each key, by mail."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from apps.accounts import selectors as accounts
from apps.api.models import ApiKey
from apps.kernel.issue import N_
from apps.work.services import Claim, WorkFailed, enqueue
from apps.workspaces.addresses import workspace_url
from apps.workspaces.scope import current_workspace

AHEAD = timedelta(days=7)
"""How long before its end somebody is told."""
TELL = "api.key_expires"
NOT_TAKEN = N_("The mail server did not take the mail: %(reason)s")


@transaction.atomic
def warn_of_expiry(now: datetime) -> int:
    """Ask for a mail about each key that ends within a week and nobody was told of yet; how many.

    A key that was made for less than two weeks says so itself: nobody is told of it.
    """
    keys = ApiKey.objects.select_for_update().filter(
        warned_at=None, revoked_at=None, expires_at__gt=now, expires_at__lte=now + AHEAD
    )
    ending = [key for key in keys if key.expires_at - key.created_at >= 2 * AHEAD]
    for key in ending:
        enqueue(TELL, subject=key.pk, about=key.name)
    ApiKey.objects.filter(pk__in=[key.pk for key in ending]).update(warned_at=now)
    return len(ending)


def tell_of_expiry(claim: Claim) -> None:
    """Work: mail the key's person, of a service account who made it, unless it has ended or they are not here."""
    key = ApiKey.objects.filter(pk=claim.work.subject).first()
    if key is None or key.state(timezone.now()) != "active":
        return
    reader = accounts.person_for(key.person_id or key.made_by)
    if reader is None or not reader.is_active:
        return
    try:
        with claim.completing():
            _letter(key, reader).send()
    except OSError as error:  # what smtplib and sockets raise
        raise WorkFailed(NOT_TAKEN, retry=True, params={"reason": str(error)[:200]}) from error


def _letter(key: ApiKey, reader: object) -> EmailMessage:
    workspace = current_workspace()
    path = reverse("api:keys", urlconf=settings.ROOT_URLCONF)
    context = {
        "workspace": workspace, "home": workspace_url(workspace), "user": reader, "key": key, "prefix": key.prefix,
        "link": workspace_url(workspace, path),
    }  # fmt: skip
    with translation.override(reader.language or workspace.language):
        subject = _("The API key “%(name)s” is about to expire") % {"name": key.name}
        body = render_to_string("api/mail/key_expires.txt", context).strip() + "\n"
    return EmailMessage(f"[{workspace.name}] {subject}".replace("\n", " "), body, to=[reader.email])
