"""Why a value differs: shares that add up exactly, against figures by hand and against every order written out."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from itertools import permutations, product
from math import factorial, prod

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.metrics.domain import formula
from apps.metrics.domain.arithmetic import evaluate
from apps.metrics.domain.drivers import Branch, Effect, decompose, differs, logarithmic
from apps.metrics.domain.drivers.owen import NO_VALUE, TOO_MANY_WAYS
from apps.metrics.domain.formula import Input


def leaf(name: str, before: object, after: object) -> Branch:
    return Branch(name, *(None if end is None else Fraction(str(end)) for end in (before, after)))


def node(name: str, expression: str, *parts: Branch, gap: tuple[int, int] = (0, 0)) -> Branch:
    """A formula over parts by name; measured `gap` above what the formula comes to."""
    tree = formula.parse(expression)
    below = {Input(part.name): part for part in parts}
    ends = []
    for side, more in enumerate(gap):
        exact = evaluate(tree, {each: (part.before, part.after)[side] for each, part in below.items()}).exact
        ends.append(None if exact is None else exact + more)
    return Branch(name, *ends, tree, below)


def effects(found: Effect) -> dict[str, Fraction]:
    return {part.name: part.effect for part in found.parts.values()}


# --- by hand ----------------------------------------------------------------------------------------------------------

ARPU = node("arpu", "visits * spend", leaf("visits", "2.5", "3.8"), leaf("spend", 1600, 1580))
REVENUE = node(
    "revenue", "a * b * c", leaf("a", 8000, 8500), leaf("b", "2.5", "3.2"), leaf("c", 1600, 1500)
)  # fmt: skip


def test_arpu_against_a_rival() -> None:
    assert ARPU.change == 2004
    assert effects(decompose(ARPU)) == {"visits": 2067, "spend": -63}
    assert effects(decompose(ARPU, "sequential")) == {"visits": 2080, "spend": -76}
    turned = node("arpu", "spend * visits", *reversed(list(ARPU.parts.values())))
    assert effects(decompose(turned, "sequential")) == {"spend": -50, "visits": 2054}
    by_logarithms = logarithmic(ARPU)
    assert by_logarithms is not None
    assert {name: round(float(effect), 2) for name, effect in effects(by_logarithms).items()} == {
        "visits": 2066.07, "spend": -62.07,
    }  # fmt: skip


def test_three_factors() -> None:
    assert REVENUE.change == 8_800_000
    found = effects(decompose(REVENUE))
    assert {name: round(effect) for name, effect in found.items()} == {"a": 2_205_833, "b": 8_948_333, "c": -2_354_167}
    assert sum(found.values()) == 8_800_000


def test_a_quotient_by_its_sides() -> None:
    rate = node("rate", "n / d", leaf("n", 100, 120), leaf("d", 50, 80))
    assert effects(decompose(rate)) == {"n": Fraction("0.325"), "d": Fraction("-0.825")}


def test_zero_and_a_change_of_sign() -> None:
    to_zero = node("p", "a * b", leaf("a", 10, 0), leaf("b", 5, 6))
    assert effects(decompose(to_zero)) == {"a": -55, "b": 5}
    assert logarithmic(to_zero) is None
    negative = node("p", "a * b", leaf("a", 10, 12), leaf("b", 5, -1))
    assert effects(decompose(negative)) == {"a": 4, "b": -66}


def test_what_is_measured_beside_the_formula_is_a_bar_of_its_own() -> None:
    """Score 81 to 78: stickiness moved by -5 at a weight of 0.3, and nothing says where the other -1.5 comes from."""
    tree = formula.parse("0.3 * stickiness")
    score = Branch("score", Fraction(81), Fraction(78), tree, {Input("stickiness"): leaf("stickiness", 80, 75)})
    found = decompose(score)
    assert effects(found) == {"stickiness": Fraction("-1.5")}
    assert (found.gap, found.gap_before, found.gap_after) == (Fraction("-1.5"), 57, Fraction("55.5"))


def test_parts_that_offset_each_other_below_a_part_that_stands_still() -> None:
    customers = node("customers", "old + new", leaf("old", 100, 80), leaf("new", 20, 40))
    revenue = node("revenue", "customers * arpu", customers, leaf("arpu", 10, 10))
    found = decompose(revenue)
    assert found.effect == 0
    assert dict(found.leaves()) == {"old": -200, "new": 200, "arpu": 0}


def test_an_end_without_a_value_in_a_part_leaves_the_node_whole() -> None:
    tree = formula.parse("a / b")
    whole = Branch("r", Fraction(2), Fraction(3), tree, {Input("a"): leaf("a", 4, 6), Input("b"): leaf("b", 2, None)})
    found = decompose(whole)
    assert found.effect == 1
    assert not found.parts
    assert found.unsplit is not None
    assert found.unsplit.message == NO_VALUE


def test_a_part_that_coalesce_stands_in_for_may_come_into_being() -> None:
    whole = node("r", "coalesce(a, 5) * b", leaf("a", None, 7), leaf("b", 2, 3))
    assert (whole.before, whole.after) == (10, 21)
    assert effects(decompose(whole)) == {"a": 5, "b": 6}


def test_between_the_ends_a_denominator_may_vanish() -> None:
    whole = node("r", "x / (a - b)", leaf("x", 1, 1), leaf("a", 3, 5), leaf("b", 1, 3))
    found = decompose(whole)
    assert found.unsplit is not None
    assert found.unsplit.message == NO_VALUE


def test_a_root_without_a_value_cannot_be_asked_about() -> None:
    with pytest.raises(ValueError, match="revenue has no value"):
        decompose(leaf("revenue", None, 3))


def test_more_ways_than_can_be_listed_are_not_guessed() -> None:
    def largest(name: str, *parts: Branch) -> Branch:
        return node(name, f"max({', '.join(part.name for part in parts)})", *parts)

    def leaves(prefix: str) -> list[Branch]:
        return [leaf(f"{prefix}{at}", at, 10 - at) for at in range(6)]

    inner = largest("inner", largest("deep", *leaves("z")), *leaves("y"))
    found = decompose(largest("root", inner, *leaves("x")))
    deep = next(effect for effect in found.walk() if effect.name == "deep")
    assert deep.unsplit is not None
    assert deep.unsplit.message == TOO_MANY_WAYS
    assert sum(effect for _, effect in found.leaves()) == found.effect


def test_eleven_inputs_of_a_maximum_are_drawn_fairly_and_add_up() -> None:
    parts = [leaf(f"x{at}", at, 20 - at) for at in range(11)]
    whole = node("top", f"max({', '.join(part.name for part in parts)})", *parts)
    found = decompose(whole)
    assert sum(effects(found).values()) == whole.change
    assert effects(decompose(whole)) == effects(found)


def test_methods_that_disagree_are_named() -> None:
    far = node("p", "a * b", leaf("a", 1, 5), leaf("b", 1, "0.2"))
    near = node("p", "a * b", leaf("a", 100, 101), leaf("b", 100, 99))
    for branch, expected in ((far, True), (near, False)):
        other = logarithmic(branch)
        assert other is not None
        assert differs(decompose(branch), other) is expected


def test_logarithms_go_down_the_tree_and_add_up() -> None:
    spend = node("spend", "parts + labour", leaf("parts", 900, 800), leaf("labour", 700, 780))
    arpu = node("arpu", "visits * spend / days", leaf("visits", "2.5", "3.8"), spend, leaf("days", 30, 31), gap=(1, 3))
    found = logarithmic(arpu)
    assert found is not None
    assert sum(effect for _, effect in found.leaves()) == arpu.change
    assert found.gap == 2


# --- by every order written out ---------------------------------------------------------------------------------------

SHAPES = ("a + b", "a * b", "a - b + c", "a * b * c", "a / b", "a * b + c", "min(a, b)", "max(a, b) - c", "a * b / c")
MOST_ORDERS = 900
numbers = st.fractions(-9, 9, max_denominator=4)
ends = st.tuples(numbers, numbers)


def trees(depth: int) -> st.SearchStrategy[Branch]:
    """Trees of all shapes, at most so many levels below the root; some nodes measured beside their formula."""
    if depth == 0:
        return ends.map(lambda pair: Branch("leaf", *pair))

    @st.composite
    def build(draw: st.DrawFn) -> Branch:
        tree = formula.parse(draw(st.sampled_from(SHAPES)))
        below = {each: draw(st.one_of(ends.map(lambda pair: Branch("leaf", *pair)), trees(depth - 1)))
                 for each in formula.inputs(tree)}  # fmt: skip
        gap = draw(st.sampled_from([(0, 0), (0, 0), (1, 1), (0, 2)]))
        found = [
            evaluate(tree, {each: (part.before, part.after)[side] for each, part in below.items()}).exact
            for side in (0, 1)
        ]  # fmt: skip
        if None in found:
            return Branch("leaf", *draw(ends))
        return Branch("node", *(value + more for value, more in zip(found, gap, strict=True)), tree, below)

    return build()


@settings(max_examples=25, deadline=None)
@given(trees(5))
def test_every_level_adds_up(branch: Branch) -> None:
    found = decompose(branch)
    assert found.effect == branch.change
    assert sum((effect for _, effect in found.leaves()), Fraction(0)) == branch.change
    for each in found.walk():
        if each.parts:
            assert each.effect == sum((part.effect for part in each.parts.values()), each.gap)
            if each.gap_before == each.gap_after:
                assert each.gap == 0


@settings(max_examples=25, deadline=None)
@given(trees(3))
def test_the_other_way_round_changes_the_sign(branch: Branch) -> None:
    there, back = decompose(branch), decompose(turned(branch))
    assert [each.effect for each in there.walk()] == [-each.effect for each in back.walk()]


def turned(branch: Branch) -> Branch:
    below = {each: turned(part) for each, part in branch.parts.items()}
    return Branch(branch.name, branch.after, branch.before, branch.formula, below)


@settings(max_examples=25, deadline=None)
@given(trees(2).filter(lambda branch: number_of_orders(branch) <= MOST_ORDERS))
def test_shares_are_the_mean_over_all_orders_that_keep_branches_together(branch: Branch) -> None:
    found = decompose(branch)
    if any(each.unsplit for each in found.walk()):
        return
    assert [effect for _, effect in found.leaves()] == [
        effect for path, effect in written_out(branch).items() if path[-1:] != ("gap",) or effect
    ]


def number_of_orders(branch: Branch) -> int:
    if branch.formula is None:
        return 1
    return factorial(len(branch.parts) + 1) * prod(number_of_orders(part) for part in branch.parts.values())


def written_out(branch: Branch) -> dict[tuple[object, ...], Fraction]:
    """The mean over every order of the leaves in which what hangs below one node moves without interruption."""
    every = list(orders_of(branch, ()))
    totals: dict[tuple[object, ...], Fraction] = {path: Fraction(0) for path in paths_of(branch, ())}
    for order in every:
        moved: set[tuple[object, ...]] = set()
        worth = value_of(branch, (), moved)
        for path in order:
            moved.add(path)
            new = value_of(branch, (), moved)
            totals[path] += (new - worth) / len(every)
            worth = new
    return totals


def paths_of(branch: Branch, path: tuple[object, ...]) -> Iterator[tuple[object, ...]]:
    if branch.formula is None:
        yield path
        return
    for each, part in branch.parts.items():
        yield from paths_of(part, (*path, each))
    yield (*path, "gap")


def orders_of(branch: Branch, path: tuple[object, ...]) -> Iterator[tuple[tuple[object, ...], ...]]:
    if branch.formula is None:
        yield (path,)
        return
    below = [list(orders_of(part, (*path, each))) for each, part in branch.parts.items()] + [[((*path, "gap"),)]]
    for arranged in permutations(below):
        for chosen in product(*arranged):
            yield tuple(leaf for order in chosen for leaf in order)


def value_of(branch: Branch, path: tuple[object, ...], moved: set[tuple[object, ...]]) -> Fraction:
    assert branch.before is not None
    assert branch.after is not None
    if branch.formula is None:
        return branch.after if path in moved else branch.before
    exact = evaluate(
        branch.formula, {each: value_of(part, (*path, each), moved) for each, part in branch.parts.items()}
    ).exact
    side = (*path, "gap") in moved
    formula_there = evaluate(
        branch.formula, {each: (part.before, part.after)[side] for each, part in branch.parts.items()}
    ).exact
    assert exact is not None
    assert formula_there is not None
    return exact + ((branch.after if side else branch.before) - formula_there)


@settings(max_examples=60, deadline=None)
@given(ends, ends)
def test_equal_parts_get_equal_shares(own: tuple[Fraction, Fraction], other: tuple[Fraction, Fraction]) -> None:
    for expression in ("a + b + c", "a * b * c", "min(a, b) * c", "c / (a + b)", "c - a - b"):
        whole = node("w", expression, leaf("a", *own), leaf("b", *own), leaf("c", *other))
        if whole.before is not None and whole.after is not None:
            found = effects(decompose(whole))
            assert found.get("a") == found.get("b")
