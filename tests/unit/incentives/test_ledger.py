"""The chain of postings: any change to any of it is found, at its place."""

from __future__ import annotations

from dataclasses import fields, replace

import pytest

from apps.incentives.domain.ledger import GENESIS, Entry, Posting, PostingKind, append, chained, verify
from tests.unit.incentives.laws import Dice, law


def posting(minor: int, kind: PostingKind = PostingKind.ORIGINAL, **more: str) -> Posting:
    return Posting("E1", "service", "2025-Q3", "r1", kind, minor, "CNY", "0" * 64, **more)


def chain(count: int = 4) -> list[Entry]:
    return list(chained(None, [posting(minor) for minor in range(100, 100 + count)]))


def test_entries_follow_each_other() -> None:
    entries = chain()
    assert [entry.number for entry in entries] == [1, 2, 3, 4]
    assert entries[0].before == GENESIS == "0" * 64
    assert [entry.before for entry in entries[1:]] == [entry.hash for entry in entries[:-1]]
    assert append(entries[-1], posting(7)) == next(chained(entries[-1], [posting(7)]))
    assert verify(entries) == verify(entries, entries[-1].hash) == verify([]) == []


@pytest.mark.parametrize("name", [each.name for each in fields(Posting)])
def test_a_change_to_any_field_is_found_at_its_entry(name: str) -> None:
    entries = chain()
    old = getattr(entries[1].posting, name)
    changed = PostingKind.DELTA if name == "kind" else old + 1 if name == "minor" else old + "x"
    entries[1] = replace(entries[1], posting=replace(entries[1].posting, **{name: changed}))
    (issue,) = verify(entries)
    assert str(issue) == "#2: This entry was changed after it was posted. Compare with a backup."


def test_the_hash_of_an_entry_is_the_same_in_every_version() -> None:
    """Chains outlive the program: whoever changes how a hash is made breaks every ledger there is."""
    assert append(None, posting(2_725_000)).hash == "d460f8d557b9c47cda5359f9ce92b1cf4f228b84fe78f92a24f7ef32dec603a0"


def test_an_entry_forged_with_its_own_hash_breaks_what_follows() -> None:
    entries = chain()
    entries[1] = append(entries[0], posting(999_999))
    (issue,) = verify(entries)
    assert str(issue) == "#3: This entry does not follow the one before it. Compare with a backup."
    assert verify(entries[:2]) == []  # whoever cuts off the rest is found by the printed head alone
    (issue,) = verify(entries[:2], chain()[-1].hash)
    assert str(issue) == "#2: The chain does not end where the approval says it does. Compare with a backup."


def test_what_is_taken_out_or_moved_is_found() -> None:
    entries = chain()
    out = verify([entries[0], *entries[2:]])
    assert [str(issue) for issue in out] == [
        "#3: Entry 2 is missing here, or stands elsewhere. Compare with a backup.",
        "#3: This entry does not follow the one before it. Compare with a backup.",
    ]
    assert verify([entries[1], entries[0], *entries[2:]])
    assert verify(entries[1:])
    assert [issue.where for issue in verify(entries[:-1], entries[-1].hash)] == ["#3"]
    assert [issue.where for issue in verify([], entries[-1].hash)] == ["#0"]


@law
def test_any_one_change_is_found(dice: Dice) -> None:
    count = dice.number(1, 6)
    entries = chain(count)
    head = entries[-1].hash
    at, other = dice.number(0, count - 1), dice.number(0, count - 1)
    kind = dice.one(["amount", "hash", "before", "number", "drop", "double", "swap"])
    entry = entries[at]
    if kind == "drop":
        del entries[at]
    elif kind == "double":
        entries.insert(at, entry)
    elif kind == "swap":
        entries[at], entries[other] = entries[other], entries[at]
        if other == at:
            return
    else:
        changes = {"hash": {"hash": "f" * 64}, "before": {"before": "f" * 64}, "number": {"number": entry.number + 1}}
        amount = {"posting": replace(entry.posting, minor=entry.posting.minor + 1)}
        entries[at] = replace(entry, **changes.get(kind, amount))  # type: ignore[arg-type]
    assert verify(entries, head)
