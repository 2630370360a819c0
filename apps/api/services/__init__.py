"""Make and revoke API keys; answer the same request once."""

from apps.api.services.answers import Answer, InProgress, OtherRequest, once
from apps.api.services.keys import LONGEST_DAYS, make_key, note_use, revoke_key

__all__ = [
    "LONGEST_DAYS",
    "Answer",
    "InProgress",
    "OtherRequest",
    "make_key",
    "note_use",
    "once",
    "revoke_key",
]
