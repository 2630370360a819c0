"""Make and revoke API keys; answer the same request once."""

from apps.api.services.answers import Answer, InProgress, OtherRequest, once, sweep_answers
from apps.api.services.expiry import tell_of_expiry, warn_of_expiry
from apps.api.services.keys import LONGEST_DAYS, forget_secrets, make_key, note_use, revoke_key

__all__ = [
    "LONGEST_DAYS",
    "Answer",
    "InProgress",
    "OtherRequest",
    "forget_secrets",
    "make_key",
    "note_use",
    "once",
    "revoke_key",
    "sweep_answers",
    "tell_of_expiry",
    "warn_of_expiry",
]
