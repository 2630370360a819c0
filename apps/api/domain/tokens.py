"""Secrets of API keys: made here, shown once, kept as digests only."""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass

_ALPHABET = "abcdefghijklmnopqrstuvwxyz0123456789"
_TOKEN = re.compile(r"lsk_([a-z0-9]{12})_([A-Za-z0-9_-]{43})")


@dataclass(frozen=True)
class Token:
    """A key as its holder has it: `text` is the whole, `prefix` names it, `digest` is what is kept."""

    text: str
    prefix: str
    digest: str

    def matches(self, digest: str) -> bool:
        """Whether this is the key of which `digest` was kept, compared in constant time."""
        return hmac.compare_digest(self.digest, digest)


def new_token() -> Token:
    """A new random key: 256 bits, so that its plain SHA-256 tells nobody anything."""
    prefix = "".join(secrets.choice(_ALPHABET) for _ in range(12))
    return _token(f"lsk_{prefix}_{secrets.token_urlsafe(32)}", prefix)


def read_token(text: str) -> Token | None:
    """The key that somebody sent; None if it does not even look like one."""
    found = _TOKEN.fullmatch(text)
    return _token(text, found[1]) if found else None


def _token(text: str, prefix: str) -> Token:
    return Token(text, prefix, hashlib.sha256(text.encode("ascii")).hexdigest())
