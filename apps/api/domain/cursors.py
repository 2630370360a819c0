"""Where a page ended, as an opaque text: what stood last, so that what is added meanwhile moves nothing."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Sequence

from apps.kernel.issue import N_, Issue, Refusal

Part = str | int
LONGEST = 2000


def write_cursor(parts: Sequence[Part]) -> str:
    """A cursor that names the last entry of a page by the values it is ordered by."""
    text = json.dumps(list(parts), ensure_ascii=False, separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode("utf-8")).decode("ascii").rstrip("=")


def read_cursor(text: str, kinds: Sequence[type]) -> list[Part]:
    """The values in a cursor, which have to be of these `kinds`. Refusal for a text that no page of ours gave."""
    try:
        if len(text) > LONGEST:
            raise ValueError(len(text))
        raw = base64.b64decode(text.encode("ascii") + b"=" * (-len(text) % 4), altchars=b"-_", validate=True)
        parts = json.loads(raw.decode("utf-8"))
    except (ValueError, binascii.Error, RecursionError):
        raise strange_cursor() from None
    if not isinstance(parts, list) or [type(part) for part in parts] != list(kinds):
        raise strange_cursor()
    if any(isinstance(part, str) and not _storable(part) for part in parts):
        raise strange_cursor()
    if any(isinstance(part, int) and abs(part) >= 2**63 for part in parts):
        raise strange_cursor()
    return parts


def _storable(text: str) -> bool:
    """Whether the database can compare with it: no NUL, no half of a pair."""
    return "\x00" not in text and not any("\ud800" <= sign <= "\udfff" for sign in text)


def strange_cursor() -> Refusal:
    """What is said of a cursor that no page gave."""
    issue = Issue("cursor", N_("Take “next” of the page before as it is, with the same filters."))
    return Refusal(N_("The request cannot be read like this."), issues=[issue])
