"""Who may sign in where: a workspace knows its people, the public host knows the operators.

What they may do is ours to say (`domain.roles`).
"""

from allauth.account.auth_backends import AuthenticationBackend
from allauth.core.internal import ratelimit
from django.contrib.auth.backends import ModelBackend
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.http import HttpRequest

from apps.accounts.models import User
from apps.common.lookup import Lookup

FAILED_SIGN_INS = {"operator_sign_in": "10/m/ip,5/300s/key"}
_person = Lookup(lambda pk: User.objects.filter(pk=pk))


def on_public_host() -> bool:
    return connection.schema_name == "public"


class PersonBackend(AuthenticationBackend):
    """allauth's sign-in by e-mail, inside a workspace. Its tables do not exist in the public schema."""

    def authenticate(self, request: HttpRequest | None, **credentials: str) -> User | None:
        return None if on_public_host() else super().authenticate(request, **credentials)

    def get_user(self, user_id: object) -> User | None:
        if on_public_host():
            return None
        user = _person(user_id)
        return user if user is not None and self.user_can_authenticate(user) else None


class OperatorBackend(ModelBackend):
    """Sign-in to the operators' console on the public host, by e-mail and password."""

    def authenticate(
        self, request: HttpRequest | None, username: str | None = None, password: str | None = None, **kwargs: object
    ) -> User | None:
        if not on_public_host() or username is None or password is None:
            return None
        tried = self._limit(request, username)
        user = super().authenticate(request, username=username, password=password)
        if user is None or not user.is_staff:
            return None
        if tried:
            tried.rollback()
        return user

    def get_user(self, user_id: object) -> User | None:
        user = super().get_user(user_id) if on_public_host() else None
        return user if user is not None and user.is_staff else None

    @staticmethod
    def _limit(request: HttpRequest | None, username: str) -> ratelimit.RateLimitUsage | None:
        """Count an attempt against the address and the account; too many end the sign-in here."""
        if request is None:
            return None
        usage = ratelimit.consume(
            request, app="apps.accounts", action="operator_sign_in", config=FAILED_SIGN_INS, key=username.lower()
        )
        if usage is None:
            raise PermissionDenied
        return usage
