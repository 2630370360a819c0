"""Keep a secret in the database so that a stolen dump does not give it away: the key comes from the settings."""

import base64
import hashlib
import hmac

from cryptography.fernet import Fernet, MultiFernet
from django.conf import settings


def seal(text: str, purpose: str) -> str:
    """Encrypt under the secret key of the settings, for one purpose."""
    return _box(purpose).encrypt(text.encode()).decode("ascii")


def unseal(sealed: str, purpose: str) -> str:
    """Undo `seal`, also under a former key (SECRET_KEY_FALLBACKS). Raises `InvalidToken` for what is not ours."""
    return _box(purpose).decrypt(sealed.encode("ascii")).decode()


def _box(purpose: str) -> MultiFernet:
    keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    return MultiFernet([Fernet(_derived(key, purpose)) for key in keys])


def _derived(key: str, purpose: str) -> bytes:
    return base64.urlsafe_b64encode(hmac.digest(key.encode(), f"lodestar:{purpose}".encode(), hashlib.sha256))
