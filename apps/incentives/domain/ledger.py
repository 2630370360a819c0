"""What was posted, line after line, each bound to the one before by its hash: a change anywhere breaks what follows.

A posting is never edited: a correction is another line (`deltas.py`). The database keeps the same chain by a trigger;
this is its rule, and the one that checks it. Source: reliability D4.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from apps.incentives.domain.canonical import fingerprint
from apps.kernel.issue import N_, Issue

GENESIS = "0" * 64
"""What the first entry follows."""


class PostingKind(StrEnum):
    """Why a line was posted."""

    ORIGINAL = "original"
    DELTA = "delta"
    REVERSAL = "reversal"
    ADJUSTMENT = "adjustment"


@dataclass(frozen=True)
class Posting:
    """One signed amount: for whom, by which plan, for which earning period (its key), in which run.

    `minor` in minor units of `currency`; `result` is the fingerprint of the result it comes from; `cause` is told on
    the statement of a correction.
    """

    participant: str
    plan: str
    period: str
    run: str
    kind: PostingKind
    minor: int
    currency: str
    result: str
    cause: str = ""


@dataclass(frozen=True)
class Entry:
    """A posting in its place. `hash` covers number, posting and the hash `before`."""

    number: int
    posting: Posting
    before: str
    hash: str


def append(head: Entry | None, posting: Posting) -> Entry:
    """The entry that follows `head` (None: the first)."""
    number, before = (1, GENESIS) if head is None else (head.number + 1, head.hash)
    return Entry(number, posting, before, _hash(number, posting, before))


def chained(head: Entry | None, postings: Iterable[Posting]) -> Iterator[Entry]:
    """Several entries, one after the other."""
    for posting in postings:
        head = append(head, posting)
        yield head


def verify(entries: Iterable[Entry], head: str = "") -> list[Issue]:
    """What is wrong with a whole chain, from its first entry on; nothing means that it stands as it was written.

    `head` is the hash printed on an approval: without it, entries cut off at the end would not be noticed.
    """
    found, before, number = [], GENESIS, 0
    for entry in entries:
        number += 1
        where = f"#{entry.number}"
        if entry.number != number:
            found.append(Issue(where, _NUMBER, {"number": number}))
            number = entry.number
        if entry.before != before:
            found.append(Issue(where, _BEFORE))
        if entry.hash != _hash(entry.number, entry.posting, entry.before):
            found.append(Issue(where, _CHANGED))
        before = entry.hash
    if head and head != before:
        found.append(Issue(f"#{number}", _HEAD))
    return found


def _hash(number: int, posting: Posting, before: str) -> str:
    return fingerprint({"number": number, "posting": posting, "before": before})


_NUMBER = N_("Entry %(number)s is missing here, or stands elsewhere. Compare with a backup.")
_BEFORE = N_("This entry does not follow the one before it. Compare with a backup.")
_CHANGED = N_("This entry was changed after it was posted. Compare with a backup.")
_HEAD = N_("The chain does not end where the approval says it does. Compare with a backup.")
