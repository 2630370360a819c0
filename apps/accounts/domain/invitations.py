"""How an invitation stands, and what people paste when they invite many at once."""

import re
from collections.abc import Iterable
from datetime import datetime, timedelta
from enum import StrEnum

from apps.kernel.issue import N_, Issue

LIFETIME = timedelta(days=7)
MOST_AT_ONCE = 100
_BETWEEN = re.compile(r"[\s,;，；、]+")
_ADDRESS = re.compile(r"[^@\s<>()\[\]\\,;:\"]{1,64}@(?=.{4,190}$)[^@\s.<>]+(\.[^@\s.<>]+)+")


class State(StrEnum):
    """Where an invitation is in its life."""

    WAITING = "waiting"
    ACCEPTED = "accepted"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"


def state_of(
    *, expires_at: datetime, accepted_at: datetime | None, withdrawn_at: datetime | None, now: datetime
) -> State:
    """The state at the instant `now`; an invitation is good until just before `expires_at`."""
    if accepted_at is not None:
        return State.ACCEPTED
    if withdrawn_at is not None:
        return State.WITHDRAWN
    return State.EXPIRED if now >= expires_at else State.WAITING


def read_addresses(text: str) -> tuple[list[str], list[Issue]]:
    """The addresses in a pasted text, in lower case and each once, and what is wrong with it (everything at once).

    Addresses are separated by spaces, commas, semicolons or lines: "ada@acme.com, ben@acme.com" gives two.
    """
    words = [word.strip("<>\"'").lower() for word in _BETWEEN.split(text)]
    addresses = list(dict.fromkeys(word for word in words if word))
    return addresses, [*_count_issues(addresses), *_form_issues(addresses)]


def _count_issues(addresses: list[str]) -> list[Issue]:
    if not addresses:
        return [Issue("addresses", N_("Type at least one e-mail address."))]
    if len(addresses) > MOST_AT_ONCE:
        params = {"count": len(addresses), "most": MOST_AT_ONCE}
        return [Issue("addresses", N_("These are %(count)s addresses; invite at most %(most)s at once."), params)]
    return []


def _form_issues(addresses: Iterable[str]) -> list[Issue]:
    return [
        Issue("addresses", N_("“%(address)s” is not an e-mail address."), {"address": address[:80]})
        for address in addresses
        if not _ADDRESS.fullmatch(address)
    ]
