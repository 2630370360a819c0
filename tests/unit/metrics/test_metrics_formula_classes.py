"""Of which class a formula is: every claim of a classification against the figures the formula gives."""

import time
from decimal import Decimal
from fractions import Fraction
from itertools import product as combinations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from apps.metrics.domain.arithmetic import evaluate
from apps.metrics.domain.formula import (
    Call,
    Input,
    Name,
    Negative,
    Node,
    Number,
    Part,
    Prior,
    Product,
    Sum,
    parse,
    write,
)
from apps.metrics.domain.formula_classes import classify, slope

A, B, C, A1 = Input("a"), Input("b"), Input("c"), Input("a", 1)


@pytest.mark.parametrize(
    ("text", "kind", "affine"),
    [
        ("a", "sum", "a"),
        ("a + b - c", "sum", "abc"),
        ("0.3 * a + 0.7 * b", "sum", "ab"),
        ("100 * (a - b) / 4", "sum", "ab"),
        ("a - prior(a, 1)", "sum", "a1"),
        ("min(2, 3) * a - abs(-4)", "sum", "a"),
        ("1 + 2", "sum", ""),
        ("a * b", "product", "ab"),
        ("-a * (b * 3) * c / 7", "product", "abc"),
        ("(a)(b)".replace(")(", ") * ("), "product", "ab"),
        ("a * b + c", "multilinear", "abc"),
        ("(a + b) * c", "multilinear", "abc"),
        ("(a + 1) * (b - 2)", "multilinear", "ab"),
        ("a * b - prior(a, 1) * b", "multilinear", "ab1"),
        ("a / b", "quotient", "a"),
        ("a * b / c", "quotient", "ab"),
        ("(a - b) / a", "quotient", "b"),
        ("a / b - 1", "quotient", "a"),
        ("a / b + c / b", "quotient", "ac"),
        ("a / prior(a, 1) - 1", "quotient", "a"),
        ("a / (b / c)", "quotient", "a"),
        ("100 * (a - b) / c", "quotient", "ab"),
        ("1 / (1 + a * b)", "quotient", ""),
        ("a * a", "other", ""),
        ("a * (a + b)", "other", "b"),
        ("a / b + b / a", "other", ""),
        ("max(a, b)", "other", ""),
        ("max(a, b) * c", "other", "c"),
        ("a + abs(b)", "other", "a"),
        ("coalesce(a, b) / c", "other", ""),
        ("a / (2 - 2)", "other", ""),
        ("a / b / b", "other", "a"),
    ],
)
def test_the_class_of_a_formula(text: str, kind: str, affine: str) -> None:
    found = classify(parse(text))
    assert (found.kind, {each.key if not each.back else "1" for each in found.affine}) == (kind, set(affine))


def test_the_weights_of_a_sum_are_exact() -> None:
    found = classify(parse("a / 3 - 2 * (b - 0.1) - b + c * (1 - 1)"))
    assert found.weights == {A: Fraction(1, 3), B: -3, C: 0}
    assert found.constant == Fraction(1, 5)


def test_the_constant_of_a_product() -> None:
    assert classify(parse("-a * 3 * (b / 7)")).constant == Fraction(-3, 7)


def test_the_sides_of_a_quotient() -> None:
    found = classify(parse("(a - b) / a - 1"))
    assert found.denominator == Name("a")
    assert write(found.numerator) == "a - b - a" or evaluate(found.numerator, {A: 5, B: 3}).exact == -3
    growth = classify(parse("a / prior(a, 1) - 1"))
    assert growth.inputs == (A, A1)
    assert growth.denominator == Prior("a", 1)


def test_a_slope_is_what_a_child_counts_for() -> None:
    """Revenue = customers x visits x spend: one visit more is worth customers x spend."""
    tree = parse("customers * visits * spend")
    found = slope(tree, Input("visits"))
    assert found is not None
    assert evaluate(found, {Input("customers"): 8000, Input("spend"): 1600}).exact == 12_800_000
    assert slope(tree, Input("other")) == Number(Decimal(0))
    assert slope(parse("a / b"), B) is None
    assert slope(parse("-(a - b) / 4"), B) is not None


def test_shapley_of_a_product_follows_from_slopes() -> None:
    """The figures of the metrics room's reference: ARPU 2.5 x 1600 to 3.8 x 1580 is +2067 and -63."""
    tree = parse("visits * spend")
    visits, spend = Input("visits"), Input("spend")
    before, after = {visits: Fraction(5, 2), spend: Fraction(1600)}, {visits: Fraction(19, 5), spend: Fraction(1580)}
    effects = []
    for one in (visits, spend):
        coefficient = slope(tree, one)
        assert coefficient is not None
        mean = sum(evaluate(coefficient, values).exact or 0 for values in (before, after)) / 2
        effects.append(mean * (after[one] - before[one]))
    assert effects == [2067, -63]


# --- laws -------------------------------------------------------------------------------------------------------------

INPUTS = [A, B, C, A1]
LEAVES = st.sampled_from([Name("a"), Name("b"), Name("c"), Prior("a", 1)]) | st.sampled_from(
    ["0", "1", "2.5", "3"]
).map(lambda text: Number(Decimal(text)))


def chain(inner: st.SearchStrategy[Node], signs: str, kind: type) -> st.SearchStrategy[Node]:
    parts = st.lists(st.tuples(st.sampled_from(signs), inner), min_size=2, max_size=3)
    return parts.map(
        lambda found: kind(tuple(Part(signs[0] if n == 0 else s, node) for n, (s, node) in enumerate(found)))
    )


TREES = st.recursive(
    LEAVES,
    lambda inner: (
        chain(inner, "+-", Sum)
        | chain(inner, "***/", Product)
        | inner.map(Negative)
        | st.tuples(st.sampled_from(("min", "max", "coalesce")), inner, inner).map(lambda f: Call(f[0], (f[1], f[2])))
        | inner.map(lambda node: Call("abs", (node,)))
    ),
    max_leaves=8,
)
POINTS = st.fixed_dictionaries({each: st.integers(-36, 36).map(lambda n: Fraction(n, 4)) for each in INPUTS})


@given(TREES, POINTS)
def test_a_slope_is_the_change_for_each_one_more(tree: Node, at: dict[Input, Fraction]) -> None:
    for one in INPUTS:
        coefficient = slope(tree, one)
        if coefficient is None:
            continue
        here = evaluate(tree, at).exact
        later = evaluate(tree, {**at, one: at[one] + 7}).exact
        rate = evaluate(coefficient, {key: value for key, value in at.items() if key != one}).exact
        if here is not None and later is not None:
            assert rate is not None
            assert later - here == 7 * rate


@given(TREES, POINTS)
def test_what_a_class_says_holds_for_the_figures(tree: Node, at: dict[Input, Fraction]) -> None:
    found = classify(tree)
    value = evaluate(tree, at).exact
    assume(value is not None)
    if found.kind == "sum":
        assert found.constant is not None
        assert value == found.constant + sum(weight * at[each] for each, weight in found.weights.items())
        assert set(found.weights) == set(found.inputs) == set(found.affine)
    if found.kind == "product":
        assert found.constant is not None
        assert len(found.inputs) >= 2
        result = found.constant
        for each in found.inputs:
            result *= at[each]
        assert value == result
    if found.kind in ("product", "multilinear"):
        assert found.affine == set(found.inputs)
    if found.kind == "quotient":
        assert found.denominator is not None
        over, under = evaluate(found.numerator, at).exact, evaluate(found.denominator, at).exact
        assert over is not None
        assert under
        assert value == over / under
        for side in (found.numerator, found.denominator):
            assert classify(side).kind in ("sum", "product", "multilinear")


@given(TREES, POINTS, POINTS)
def test_multilinear_means_that_corners_say_everything(
    tree: Node, low: dict[Input, Fraction], high: dict[Input, Fraction]
) -> None:
    """The middle of a box is the mean of its corners, for sums, products and multilinear formulas alike."""
    found = classify(tree)
    assume(found.kind in ("sum", "product", "multilinear"))
    middle = {each: (low[each] + high[each]) / 2 for each in INPUTS}
    corners = [
        evaluate(tree, {each: (low, high)[side][each] for each, side in zip(INPUTS, sides, strict=True)}).exact
        for sides in combinations((0, 1), repeat=len(INPUTS))
    ]
    assert evaluate(tree, middle).exact == sum(c for c in corners if c is not None) / len(corners)


@given(TREES)
def test_the_same_formula_is_always_of_the_same_class(tree: Node) -> None:
    assert classify(tree) == classify(tree)
    assert classify(Negative(tree)).kind == classify(tree).kind


def test_the_largest_formulas_are_classified_at_once() -> None:
    wide = " + ".join(f"a{n} * b{n}" for n in range(120))
    deep = "(" * 45 + "a" + "".join(f" + b{n}) * c{n}" for n in range(45))
    began = time.process_time()
    assert classify(parse(wide)).kind == "multilinear"
    assert classify(parse(deep)).kind == "multilinear"
    assert time.process_time() - began < 1
