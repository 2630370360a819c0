"""How allauth behaves here: people join by invitation, mail is in the reader's language, links lead to the own host."""

import logging
from urllib.parse import urlsplit

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import translation

from apps.accounts import preferences
from apps.accounts.models import User
from apps.accounts.sealing import seal, unseal
from apps.workspaces.addresses import workspace_url
from apps.workspaces.scope import current_workspace

log = logging.getLogger(__name__)


class AccountAdapter(DefaultAccountAdapter):
    """Nobody signs up inside a workspace by themselves; mail is written in the workspace's name."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def get_from_email(self) -> str:
        return settings.DEFAULT_FROM_EMAIL

    def format_email_subject(self, subject: str) -> str:
        return f"[{current_workspace().name}] {subject}".replace("\n", " ")

    def send_mail(self, template_prefix: str, email: str, context: dict) -> None:
        """Write to somebody in their own language, with links to the workspace's own host."""
        user = context.get("user") or User.objects.filter(email__iexact=email).first()
        links = {name: self._own_host(url) for name, url in context.items() if name.endswith("_url") and url}
        workspace = current_workspace()
        ours = {"user": user, "workspace": workspace, "home": workspace_url(workspace)}
        with translation.override(preferences.language_of(user)):
            super().send_mail(template_prefix, email, {**context, **links, **ours})

    def send_notification_mail(self, *args: object, **kwargs: object) -> None:
        """What was done stands, whether or not the news of it can be sent."""
        try:
            super().send_notification_mail(*args, **kwargs)
        except OSError:
            log.exception("A notification could not be sent")

    def get_reset_password_from_key_url(self, key: str) -> str:
        return self._own_host(super().get_reset_password_from_key_url(key))

    def get_email_confirmation_url(self, request: HttpRequest, emailconfirmation: object) -> str:
        return self._own_host(super().get_email_confirmation_url(request, emailconfirmation))

    def post_login(self, request: HttpRequest, user: User, **kwargs: object) -> HttpResponse:
        """A person's language and appearance follow them to the browser they sign in with."""
        response = super().post_login(request, user, **kwargs)
        preferences.remember(response, user)
        return response

    @staticmethod
    def _own_host(url: str) -> str:
        parts = urlsplit(url)
        return workspace_url(current_workspace(), parts.path + (f"?{parts.query}" if parts.query else ""))


class SecondFactorAdapter(DefaultMFAAdapter):
    """Secrets of second factors lie encrypted in the database; apps and keys show the company's name."""

    def get_totp_issuer(self) -> str:
        return f"Lodestar {current_workspace().name}".replace(":", " ")

    def _get_site_name(self) -> str:
        return current_workspace().name

    def encrypt(self, text: str) -> str:
        return seal(text, "second factor")

    def decrypt(self, encrypted_text: str) -> str:
        return unseal(encrypted_text, "second factor")
