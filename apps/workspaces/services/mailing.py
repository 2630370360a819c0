"""The mails of the public pages. Links are built from the settings, never from a request."""

from uuid import UUID

from django.conf import settings
from django.core.mail import send_mail
from django.db import transaction
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from apps.workspaces.addresses import host_of, public_url, workspace_url
from apps.workspaces.models import Address, SignUp, Workspace
from apps.workspaces.scope import in_public
from apps.workspaces.services.finder import digest_of
from apps.workspaces.services.signing_up import LINK_DAYS, link_token


def mail_confirmation(sign_up_id: UUID | str) -> bool:
    """Send the confirmation link of a sign-up if it is due and nobody else is sending it; whether it was sent."""
    with in_public(), transaction.atomic():
        rows = SignUp.objects.select_for_update(skip_locked=True)
        row = rows.filter(pk=sign_up_id, mail_due=True, confirmed_at__isnull=True).first()
        if row is None:
            return False
        link = public_url(_path("workspaces:confirm", link_token(row)))
        told = {"sign_up": row, "link": link, "days": LINK_DAYS, "host": host_of(row.slug)}
        with translation.override(row.language):
            _send(row.email, _("Confirm your address for Lodestar"), "workspaces/mail/confirm.txt", told)
        SignUp.objects.filter(pk=row.pk).update(mail_due=False)
    return True


def mails_due() -> list[str]:
    """The sign-ups whose mail has still to be sent."""
    with in_public():
        waiting = SignUp.objects.filter(mail_due=True, confirmed_at__isnull=True)
        return [str(pk) for pk in waiting.order_by("created_at").values_list("pk", flat=True)[:200]]


def mail_workspaces(email: str, language: str) -> None:
    """Tell an address which workspaces it belongs to, if any: by mail, so that only its owner learns."""
    with in_public():
        known = Address.objects.filter(digest=digest_of(email)).values("workspace")
        open_ones = Workspace.objects.filter(pk__in=known, status=Workspace.Status.ACTIVE).order_by("name")
        found = [{"name": workspace.name, "url": workspace_url(workspace)} for workspace in open_ones]
    told = {"found": found, "sign_up": public_url(_path("workspaces:sign_up"))}
    with translation.override(language):
        _send(email, _("Your companies on Lodestar"), "workspaces/mail/companies.txt", told)


def _path(name: str, *args: str) -> str:
    return reverse(name, urlconf=settings.PUBLIC_SCHEMA_URLCONF, args=args)


def _send(to: str, subject: str, template: str, told: dict) -> None:
    send_mail(subject, render_to_string(template, told), settings.DEFAULT_FROM_EMAIL, [to])
