"""Every worked number of pools, and the laws: all of it, to the cent, in any order."""

from __future__ import annotations

from fractions import Fraction

import pytest

from apps.incentives.domain.pool import Claim, Excess, LeaverShare, Part, Terms, add_up, apportion, split
from tests.unit.incentives.laws import Dice, law
from tests.unit.incentives.numbers import F, fen

RESPREAD = Terms(excess=Excess.RESPREAD)


def claims(*weights: object) -> list[Claim]:
    return [Claim(f"E{index}", Fraction(str(weight))) for index, weight in enumerate(weights, start=1)]


@pytest.mark.parametrize(
    ("pool", "weights", "amounts"),
    [
        ("27,250.00", (14_400, 10_000, 6_400), ("12,740.26", "8,847.40", "5,662.34")),
        ("100.00", (1, 1, 1), ("33.34", "33.33", "33.33")),
        ("100.00", (1,) * 6, ("16.67",) * 4 + ("16.66",) * 2),  # rounded one by one this would pay 100.02
        ("99.99", (75, 25), ("74.99", "25.00")),
        ("220.00", (445_455, 9_091, 545_455), ("98.00", "2.00", "120.00")),  # published: brick/money
        ("0.01", (1, 1), ("0.01", "0.00")),
        ("0.00", (1, 2), ("0.00", "0.00")),
    ],
)
def test_pools_by_hand(pool: str, weights: tuple[int, ...], amounts: tuple[str, ...]) -> None:
    found = split(fen(pool), claims(*weights))
    assert [part.minor for part in found.parts] == [fen(amount) for amount in amounts]
    assert found.unspent == 0


def test_yen_have_no_cents() -> None:
    assert [part.minor for part in split(1_000, claims(3, 2, 2)).parts] == [428, 286, 286]


def test_who_got_the_cents_is_said() -> None:
    found = split(fen("27,250.00"), claims(14_400, 10_000, 6_400))
    assert [part.extra for part in found.parts] == [1, 0, 1]
    assert found.parts[0].exact == F(2_725_000 * 14_400, 30_800)
    assert found.by_key["E2"] == found.parts[1]


def test_ties_go_to_the_larger_weight_then_to_the_key() -> None:
    assert apportion(1, [("b", F(1)), ("a", F(1))]) == {"a": 1, "b": 0}
    assert apportion(4, [("a", F(1)), ("b", F(3)), ("c", F(4))]) == {"a": 0, "b": 2, "c": 2}
    assert apportion(10, [("a", F(1)), ("b", F(3))]) == {"a": 2, "b": 8}


def test_whole_units_are_split_in_whole_units() -> None:
    assert [part.minor for part in split(10_000, claims(1, 1, 1), step=100).parts] == [3_400, 3_300, 3_300]
    assert split(10_000, claims(1, 1, 1), step=100).step == 100
    assert [part.extra for part in split(10_000, claims(1, 1, 1), step=100).parts] == [100, 0, 0]
    assert add_up(10_000, [("a", F(1)), ("b", F(1)), ("c", F(1))], 100) == {"a": 3_400, "b": 3_300, "c": 3_300}
    with pytest.raises(ValueError, match="not a number of steps"):
        split(10_050, claims(1, 1), step=100)
    capped = [Claim("a", F(1), cap=3_350), Claim("b", F(1))]
    assert [part.minor for part in split(10_000, capped, step=100).parts] == [3_300, 5_000]


def test_capped_excess_stays_unspent_or_goes_to_the_others() -> None:
    three = [Claim("a", F(1), cap=fen("2,000.00")), Claim("b", F(1)), Claim("c", F(1))]
    kept = split(fen("9,000.00"), three)
    assert [part.minor for part in kept.parts] == [fen("2,000.00"), fen("3,000.00"), fen("3,000.00")]
    assert kept.unspent == fen("1,000.00")
    assert [part.extra for part in kept.parts] == [0, 0, 0]
    assert kept.parts[0] == Part("a", fen("2,000.00"), F(fen("3,000.00")), capped=True)
    spread = split(fen("9,000.00"), three, RESPREAD)
    assert [part.minor for part in spread.parts] == [fen("2,000.00"), fen("3,500.00"), fen("3,500.00")]
    assert [part.capped for part in spread.parts] == [True, False, False]
    assert spread.parts[0].exact == fen("2,000.00")
    assert spread.unspent == 0


def test_who_stays_below_their_cap_is_not_capped() -> None:
    people = [Claim("a", F(1), cap=2_000), Claim("b", F(1), cap=3_600), Claim("c", F(1))]
    found = split(9_000, people, RESPREAD)
    assert [(part.minor, part.capped) for part in found.parts] == [(2_000, True), (3_500, False), (3_500, False)]


def test_excess_that_lifts_another_over_their_cap_is_spread_again() -> None:
    chain = [Claim("a", F(1), cap=1_000), Claim("b", F(1), cap=3_200), Claim("c", F(1))]
    assert [part.minor for part in split(9_000, chain, RESPREAD).parts] == [1_000, 3_200, 4_800]


def test_where_all_are_capped_the_rest_is_shown() -> None:
    both = [Claim("a", F(1), cap=100), Claim("b", F(1), cap=200)]
    found = split(1_000, both, RESPREAD)
    assert ([part.minor for part in found.parts], found.unspent) == ([100, 200], 700)
    exactly = [Claim("a", F(1), cap=500), Claim("b", F(1))]
    assert [part.capped for part in split(1_000, exactly, RESPREAD).parts] == [False, False]


def test_a_leavers_share_is_kept_or_goes_to_the_others() -> None:
    people = [Claim("a", F(1)), Claim("b", F(1), forfeits=True)]
    kept = split(1_000, people)
    assert ([part.minor for part in kept.parts], kept.unspent) == ([500, 0], 500)
    assert kept.by_key["b"].exact == 500
    spread = split(1_000, people, Terms(leaver_share=LeaverShare.RESPREAD))
    assert ([part.minor for part in spread.parts], spread.unspent) == ([1_000, 0], 0)
    assert spread.by_key["b"] == Part("b", 0, F(0))


def test_a_pool_below_zero_is_empty_and_one_for_nobody_is_unspent() -> None:
    assert [part.minor for part in split(-5, claims(1, 1)).parts] == [0, 0]
    nobody = split(700, claims(0, 0))
    assert ([part.minor for part in nobody.parts], nobody.unspent, nobody.total) == ([0, 0], 700, 700)
    assert nobody.parts[0].capped is False
    assert split(700, []).unspent == 700


@pytest.mark.parametrize(
    ("weights", "sentence"),
    [
        ([("a", F(0))], "^weights are 0 or more, and one of them is more$"),
        ([("a", F(2)), ("b", F(-1))], "^weights are"),
        ([("a", F(1))] * 2, "^a key comes twice$"),
    ],
)
def test_weights_that_make_no_sense_are_refused(weights: list[tuple[str, Fraction]], sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        apportion(10, weights)


def test_lines_of_a_statement_add_up() -> None:
    thirds = [("a", F(100, 3)), ("b", F(100, 3)), ("c", F(100, 3))]
    assert add_up(fen("100.00"), thirds) == {"a": 3_334, "b": 3_333, "c": 3_333}
    assert add_up(0, [("a", F(0)), ("b", F(0))]) == {"a": 0, "b": 0}
    with pytest.raises(ValueError, match=r"^lines of 0 do not make an amount$"):
        add_up(1, [("a", F(0))])


def test_a_negative_amount_is_split_as_its_opposite() -> None:
    found = apportion(fen("-375.00"), [("a", F(14_400)), ("b", F(10_000)), ("c", F(6_400))])
    assert found == {"a": fen("-175.33"), "b": fen("-121.75"), "c": fen("-77.92")}


# --- laws ------------------------------------------------------------------------------------------------------------


def weight(dice: Dice) -> Fraction:
    return dice.exact(0, 1_000, 420)


def many_claims(dice: Dice) -> list[Claim]:
    return [
        Claim(f"E{n:02}", weight(dice), dice.maybe(lambda: dice.number(0, 50_000)), bool(dice.number(0, 1)))
        for n in range(dice.number(1, 7))
    ]


def terms(dice: Dice) -> Terms:
    return Terms(excess=dice.one(list(Excess)), leaver_share=dice.one(list(LeaverShare)))


@law
def test_parts_and_what_is_unspent_make_the_pool_in_any_order(dice: Dice) -> None:
    people, said, step = many_claims(dice), terms(dice), dice.one((1, 100))
    pool = dice.number(-10, 200_000)
    pool -= pool % step
    found = split(pool, people, said, step)
    assert sum(part.minor for part in found.parts) + found.unspent == max(pool, 0)
    assert found.unspent >= 0
    for claim in people:
        part = found.by_key[claim.key]
        assert part.minor >= 0
        assert part.minor <= (claim.cap if claim.cap is not None else pool if pool > 0 else 0)
        assert claim.forfeits or abs(part.minor - part.exact) < step or part.capped
    assert split(pool, dice.shuffled(people), said, step) == found


@law
def test_without_caps_everything_is_paid_and_more_weight_never_gets_less(dice: Dice) -> None:
    given_weights = dice.some(1, 7, lambda: weight(dice) + F(1, 420))
    found = split(dice.number(0, 200_000), claims(*given_weights))
    assert found.unspent == 0
    ordered = sorted(zip(given_weights, (part.minor for part in found.parts), strict=True))
    assert [amount for _, amount in ordered] == sorted(amount for _, amount in ordered)


@law
def test_a_larger_pool_pays_nobody_less_than_a_step_below(dice: Dice) -> None:
    """Largest remainder may move a cent from one to another as the pool grows (Alabama); never more than that."""
    people, said = many_claims(dice), terms(dice)
    pools = sorted((dice.number(0, 50_000), dice.number(0, 50_000)))
    small, large = (split(pool, people, said) for pool in pools)
    assert all(large.by_key[part.key].minor >= part.minor - 1 for part in small.parts)
