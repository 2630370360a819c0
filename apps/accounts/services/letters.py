"""What we write to people who cannot read it in the product yet."""

from django.conf import settings
from django.core.mail import EmailMessage
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation

from apps.accounts.models import Invitation
from apps.workspaces.addresses import workspace_url
from apps.workspaces.scope import current_workspace


def invitation_letter(invitation: Invitation, secret: str) -> EmailMessage:
    """The mail with the link to join, in the company's language: the reader's own is not known yet."""
    workspace = current_workspace()
    inviter = invitation.invited_by
    context = {
        "workspace": workspace,
        "inviter": inviter,
        "expires_at": invitation.expires_at,
        "link": workspace_url(workspace, reverse("accounts:join", args=[secret], urlconf=settings.ROOT_URLCONF)),
    }
    with translation.override(workspace.language):
        subject = " ".join(render_to_string("accounts/mail/invitation_subject.txt", context).split())
        body = render_to_string("accounts/mail/invitation_message.txt", context).strip() + "\n"
    return EmailMessage(subject, body, to=[invitation.email], reply_to=[inviter.email] if inviter else None)
