"""Secrets of sources: sealed under a key that only the environment holds, for one workspace each.

`LODESTAR_CREDENTIAL_KEYS` lists keys, the newest first: the first one seals, every one opens. `manage.py
rotate_credentials` seals everything anew under the first; the others can be taken away then.
"""

import base64
import hashlib
import hmac

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings

from apps.kernel.issue import N_, Refusal
from apps.workspaces.scope import current_workspace

LOST = N_("The password of this source can no longer be read: the key it was sealed with is gone. Type it again.")


class SecretLost(Refusal):
    """What was sealed cannot be opened any more."""

    def __init__(self) -> None:
        super().__init__(LOST, status=409)


def seal(secret: str) -> str:
    """Encrypt a secret for the workspace that is entered; another one cannot open it."""
    return _box().encrypt(secret.encode()).decode("ascii")


def unseal(sealed: str) -> str:
    """The secret again. Raises `SecretLost`."""
    try:
        return _box().decrypt(sealed.encode("ascii")).decode()
    except InvalidToken:
        raise SecretLost from None


def sealed_anew(sealed: str) -> str:
    """The same secret under the newest key. Raises `SecretLost`."""
    try:
        return _box().rotate(sealed.encode("ascii")).decode("ascii")
    except InvalidToken:
        raise SecretLost from None


def _box() -> MultiFernet:
    purpose = f"lodestar:sources:{current_workspace().pk}".encode()
    keys = [hmac.digest(key.encode(), purpose, hashlib.sha256) for key in settings.CREDENTIAL_KEYS]
    return MultiFernet([Fernet(base64.urlsafe_b64encode(key)) for key in keys])
