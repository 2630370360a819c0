"""How a cycle went, in figures: exact means, half-open bands, and nothing missing is ever 0."""

from decimal import Decimal
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from apps.goals.domain.review import Reached, Scored, by_group, change, mean, reached, summary
from apps.goals.domain.scoring import Band

D = Decimal
SCORES = st.lists(
    st.builds(
        Scored,
        st.none() | st.integers(0, 100).map(lambda each: D(each) / 100),
        st.none() | st.integers(0, 100).map(lambda each: D(each) / 100),
    ),
    max_size=12,
)


def test_what_has_no_score_is_counted_and_is_in_no_mean() -> None:
    """frappe/hrms#2023: an unused part counted as 0 turned 5 and 5 into 3.33."""
    told = summary([Scored(D("0.5")), Scored(D("0.5")), Scored(None)])
    assert (told.mean, told.count, told.scored) == (Fraction(1, 2), 3, 2)
    assert summary([]).mean is None


def test_the_judged_score_counts_and_the_computed_one_stays_beside_it() -> None:
    told = summary([Scored(D("0.40"), D("0.70")), Scored(D("0.69")), Scored(D("0.39")), Scored(D("1.00"), D("1.00"))])
    assert told.mean == Fraction(278, 400)
    assert told.computed_mean == Fraction(248, 400)
    assert told.judged == 1  # the same score is no other judgement
    assert told.bands == {Band.GOOD: 2, Band.FAIR: 1, Band.POOR: 1}


def test_key_results_are_reached_missed_or_unknown() -> None:
    found = reached([D("1"), D("1.25"), D("0.999"), D("-0.2"), None])
    assert found == Reached(2, 2, 1)
    assert found.share == Fraction(1, 2)
    assert reached([None]).share is None


def test_a_change_needs_both() -> None:
    assert change(Fraction(7, 10), Fraction(1, 2)) == Fraction(1, 5)
    assert change(None, Fraction(1)) is change(Fraction(1), None) is None
    assert mean([None]) is None


@given(SCORES)
def test_a_mean_lies_among_its_scores_and_bands_count_everybody_once(scores: list[Scored]) -> None:
    told = summary(scores)
    assert sum(told.bands.values()) == told.count == len(scores)
    finals = [Fraction(each.final) for each in scores if each.final is not None]
    assert (told.mean is None) == (not finals)
    if told.mean is not None:
        assert min(finals) <= told.mean <= max(finals)
        assert told.mean * len(finals) == sum(finals)


@given(SCORES, SCORES)
def test_groups_make_up_the_whole(one: list[Scored], other: list[Scored]) -> None:
    groups = by_group([*(("one", each) for each in one), *(("other", each) for each in other)])
    whole = summary([*one, *other])
    assert sum(group.count for group in groups.values()) == whole.count
    parts = [(group.mean, group.scored) for group in groups.values() if group.mean is not None]
    if whole.mean is not None:
        assert sum(each * count for each, count in parts) == whole.mean * whole.scored
