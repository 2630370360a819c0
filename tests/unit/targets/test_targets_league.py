"""Ranks: ties share, nobody is ranked by chance, and who looks equal is equal."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from apps.targets.domain.league import Entry, ranks, table

SHARES = st.one_of(st.none(), st.decimals("-2", "3", places=5))


def entry(member: str, now: str | None, earlier: str | None = None, counted: int | None = None) -> Entry:
    shares = [None if each is None else Decimal(each) for each in (now, earlier)]
    return Entry(member, shares[0], shares[1], counted)


def test_ties_share_a_rank_and_the_next_is_skipped() -> None:
    rows = table([entry("c", "0.9"), entry("b", "1.02"), entry("a", "1.0204")])
    assert [(row.entry.member, row.rank, row.tied) for row in rows] == [("a", 1, True), ("b", 1, True), ("c", 3, False)]


def test_few_counted_are_not_ranked_and_take_no_place() -> None:
    rows = table([entry("lucky", "3", counted=2), entry("a", "1", counted=400), entry("b", None)])
    assert [(row.entry.member, row.rank) for row in rows] == [("a", 1), ("b", None), ("lucky", None)]


def test_a_rank_that_rose_and_one_that_is_new() -> None:
    rows = table([entry("a", "1.1", "0.8"), entry("b", "1.0", "0.9"), entry("new", "0.5")])
    assert [(row.entry.member, row.moved) for row in rows] == [("a", 1), ("b", -1), ("new", None)]


@given(st.dictionaries(st.text(min_size=1, max_size=5), SHARES, max_size=30))
def test_a_rank_is_one_and_how_many_are_better(attained: dict[str, Decimal | None]) -> None:
    found = ranks(attained)
    assert set(found) == {member for member, value in attained.items() if value is not None}
    assert sorted(found.values())[:1] in ([], [1])
    for one in found:
        for other in found:
            if attained[one] == attained[other]:
                assert found[one] == found[other]
