"""What holds for every formula: read back as written, exact as fractions are, and no text does more than be refused."""

from contextlib import suppress
from decimal import Decimal
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from apps.metrics.domain.arithmetic import evaluate, rounded
from apps.metrics.domain.formula import (
    Call,
    FormulaError,
    Input,
    Name,
    Negative,
    Node,
    Number,
    Part,
    Prior,
    Product,
    Sum,
    inputs,
    parse,
    write,
)

KEYS = ("a", "b", "visits", "spend_per_visit", "x1")


NUMBERS = st.decimals(0, 10**9, places=4, allow_nan=False, allow_infinity=False).map(lambda d: Number(abs(d)))


def chains(children: st.SearchStrategy[Node], signs: str, kind: type, apart: type) -> st.SearchStrategy[Node]:
    member = children.filter(lambda node: not isinstance(node, apart))
    parts = st.lists(st.tuples(st.sampled_from(signs), member), min_size=2, max_size=4)
    return parts.map(lambda found: kind(tuple(Part(signs[0] if i == 0 else s, n) for i, (s, n) in enumerate(found))))


PRIORS = st.builds(Prior, st.sampled_from(KEYS), st.sampled_from((1, 2, 400)))
NODES = st.recursive(
    NUMBERS | st.sampled_from(KEYS).map(Name) | PRIORS,
    lambda inner: (
        inner.map(Negative)
        | chains(inner, "+-", Sum, ())
        | chains(inner, "*/", Product, ())
        | inner.map(lambda node: Call("abs", (node,)))
        | st.tuples(st.sampled_from(("min", "max", "coalesce")), st.lists(inner, min_size=2, max_size=3)).map(
            lambda found: Call(found[0], tuple(found[1]))
        )
    ),
    max_leaves=25,
)
INPUTS = [Input(key, back) for key in KEYS for back in (0, 1, 2, 400)]
AMOUNTS = st.decimals(-1000, 1000, places=3, allow_nan=False, allow_infinity=False)
VALUES = st.fixed_dictionaries({each: st.none() | AMOUNTS for each in INPUTS})


@given(NODES)
def test_a_written_tree_is_read_back(tree: Node) -> None:
    assert parse(write(tree)) == tree
    assert write(parse(write(tree))) == write(tree)


@given(NODES, VALUES)
def test_evaluation_is_fraction_arithmetic(tree: Node, values: dict[Input, Decimal | None]) -> None:
    outcome = evaluate(tree, values)
    try:
        expected = _by_python(tree, {k: None if v is None else Fraction(v) for k, v in values.items()})
    except (_Missing, ZeroDivisionError):
        expected = None
    assert outcome.exact == expected
    if expected is None:
        assert outcome.missing or outcome.reason
        assert set(outcome.missing) <= {each for each in inputs(tree) if values[each] is None}
    else:
        assert outcome.value == rounded(expected)
        assert abs(Fraction(outcome.value) - expected) <= Fraction(1, 2 * 10**12)


class _Missing(Exception):
    pass


def _by_python(tree: Node, values: dict[Input, Fraction | None]) -> Fraction:
    """The same, said in Python's own arithmetic."""
    if isinstance(tree, Number):
        return Fraction(tree.value)
    if isinstance(tree, Name | Prior):
        value = values[Input(tree.key, getattr(tree, "back", 0))]
        if value is None:
            raise _Missing
        return value
    if isinstance(tree, Negative):
        return -_by_python(tree.operand, values)
    if isinstance(tree, Sum):
        return sum((-1 if s == "-" else 1) * _by_python(n, values) for s, n in tree.terms)
    if isinstance(tree, Product):
        result = Fraction(1)
        every = [(sign, _by_python(node, values)) for sign, node in tree.factors]
        for sign, number in every:
            result = result / number if sign == "/" else result * number
        return result
    return _call_by_python(tree, values)


def _call_by_python(tree: Call, values: dict[Input, Fraction | None]) -> Fraction:
    if tree.function == "coalesce":
        trouble: Exception = _Missing()
        for argument in tree.arguments:
            try:
                return _by_python(argument, values)
            except (_Missing, ZeroDivisionError) as error:
                trouble = error
        raise trouble
    numbers = [_by_python(argument, values) for argument in tree.arguments]
    return abs(numbers[0]) if tree.function == "abs" else {"min": min, "max": max}[tree.function](numbers)


@given(st.text(max_size=60))
def test_no_text_does_more_than_be_refused(text: str) -> None:
    with suppress(FormulaError):
        tree = parse(text)
        assert parse(write(tree)) == tree
