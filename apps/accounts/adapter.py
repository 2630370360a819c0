"""How allauth behaves here: people join by invitation, and links lead to the workspace's own host."""

from allauth.account.adapter import DefaultAccountAdapter
from django.conf import settings
from django.http import HttpRequest

from apps.workspaces.addresses import workspace_url
from apps.workspaces.scope import current_workspace


class AccountAdapter(DefaultAccountAdapter):
    """Nobody signs up inside a workspace by themselves; mail is written in the workspace's name."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def get_from_email(self) -> str:
        return settings.DEFAULT_FROM_EMAIL

    def format_email_subject(self, subject: str) -> str:
        return f"[{current_workspace().name}] {subject}".replace("\n", " ")

    def get_reset_password_from_key_url(self, key: str) -> str:
        return self._own_host(super().get_reset_password_from_key_url(key))

    def get_email_confirmation_url(self, request: HttpRequest, emailconfirmation) -> str:
        return self._own_host(super().get_email_confirmation_url(request, emailconfirmation))

    @staticmethod
    def _own_host(url: str) -> str:
        path = "/" + url.split("://", 1)[-1].split("/", 1)[-1]
        return workspace_url(current_workspace(), path)
