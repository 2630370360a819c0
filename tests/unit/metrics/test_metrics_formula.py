"""Formulas: what is read, what is refused and where, and what it comes to."""

from contextlib import suppress
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.metrics.domain.arithmetic import DIVISION_BY_ZERO, evaluate, fits, rounded
from apps.metrics.domain.formula import (
    Call,
    FormulaError,
    Name,
    Negative,
    Node,
    Number,
    Part,
    Product,
    Sum,
    names,
    parse,
    write,
)
from apps.metrics.domain.structure import structure

KEYS = ("a", "b", "visits", "spend_per_visit", "x1")

ATTACKS = [
    "__import__('os').system('id')",
    "().__class__.__bases__[0].__subclasses__()",
    "a**b",
    "a^b",
    "9**9**9",
    "'x'*10",
    "[x for x in a]",
    "a if b else c",
    "a.b",
    "a[0]",
    "f'{a}'",
    "lambda: 1",
    "a;b",
    "(select 1)",
    "a union select 1",
    "a = 1",
    "a // b",
    "a % b",
    "eval(a)",
    "print(a)",
    "1e5",
    ".5",
    "5.",
    "1_000",
    "1,234.5",
    "a b",
    "a +",
    "* a",
    "(a",
    "a)",
    "()",
    "",
    " ",
    "a,b",
    "min(a)",
    "min()",
    "abs(a, b)",
    "coalesce",
    "A + b",
    "１ + a",
    "a\x00b",
    "a + 1.1234567",
    "1234567890123456",
    "(" * 300 + "a" + ")" * 300,
    "-" * 60 + "a",
    "min(" * 60 + "a",
    "a" + "+a" * 5000,
    "a" + "+a" * 600,
    "1" * 3000,
    "max(" + ",".join(["a"] * 30) + ")",
]


@pytest.mark.parametrize("text", ATTACKS)
def test_what_is_no_formula_is_refused_with_a_place(text: str) -> None:
    with pytest.raises(FormulaError) as caught:
        parse(text)
    error = caught.value
    assert 1 <= error.position <= len(text) + 1
    assert [issue.where for issue in error.issues] == ["expression"]
    assert "%(" not in str(error)


@pytest.mark.parametrize(
    ("text", "position"),
    [("a + $", 5), ("a + (b * ", 10), ("a b", 3), ("foo(a)", 4), ("a ** b", 4), ("visits * .5", 10)],
)
def test_the_place_is_the_character(text: str, position: int) -> None:
    with pytest.raises(FormulaError) as caught:
        parse(text)
    assert caught.value.position == position


def test_signs_of_a_chinese_keyboard_are_read() -> None:
    assert parse("（a＋b）×2÷x1−b") == parse("(a+b)*2/x1-b")
    assert parse("max(a，b)") == parse("max(a,b)")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("a - b - 1", 10 - 4 - 1),
        ("a - (b - 1)", 10 - 3),
        ("a / b / 5", Fraction(1, 2)),
        ("a / (b / 5)", Fraction(25, 2)),
        ("a + b * 2", 18),
        ("(a + b) * 2", 28),
        ("-a + b", -6),
        ("-(a + b)", -14),
        ("a * -b", -40),
        ("min(a, b, 3)", 3),
        ("max(a, b) - abs(-3)", 7),
        ("coalesce(gone, a)", 10),
        ("coalesce(a / (b - 4), 7)", 7),
        ("0.1 + 0.2", Fraction(3, 10)),
    ],
)
def test_it_comes_to_what_arithmetic_says(text: str, value: Fraction | int) -> None:
    assert evaluate(parse(text), {"a": Decimal(10), "b": Decimal(4), "gone": None}).exact == value


def test_the_4s_shop() -> None:
    visits, spend = Decimal("2.5"), Decimal("1600")
    tree = parse("visits_per_customer * spend_per_visit")
    assert evaluate(tree, {"visits_per_customer": visits, "spend_per_visit": spend}).value == 4000
    rival = evaluate(tree, {"visits_per_customer": Decimal("3.8"), "spend_per_visit": Decimal(1580)})
    assert rival.value == 6004
    later = evaluate(tree, {"visits_per_customer": Decimal("3.2"), "spend_per_visit": spend})
    assert later.value == 5120
    revenue = evaluate(parse("customers * arpu"), {"customers": Decimal(8000), "arpu": later.value})
    assert revenue.value == 40_960_000
    assert round(revenue.exact / 32_000_000 - 1, 2) == Fraction(28, 100)


def test_a_missing_input_is_named_and_never_taken_for_zero() -> None:
    outcome = evaluate(parse("a + gone * other + 1"), {"a": 1, "gone": None})
    assert outcome.exact is None
    assert outcome.value is None
    assert outcome.missing == ("gone", "other")


def test_division_by_zero_has_no_value_and_says_why() -> None:
    outcome = evaluate(parse("a / (b - b)"), {"a": 1, "b": 2})
    assert outcome.exact is None
    assert outcome.reason is not None
    assert outcome.reason.message == DIVISION_BY_ZERO


@pytest.mark.parametrize(
    ("exact", "stored"),
    [
        (Fraction(1, 3), "0.333333333333"),
        (Fraction(2, 3), "0.666666666667"),
        (Fraction(-2, 3), "-0.666666666667"),
        (Fraction(5, 10**13), "0.000000000000"),  # half to even: down to 0
        (Fraction(15, 10**13), "0.000000000002"),  # half to even: up to 2
        (Decimal("12345678901234567890123456.123456789012"), "12345678901234567890123456.123456789012"),
        (0, "0.000000000000"),
    ],
)
def test_a_value_is_rounded_once_half_to_even_at_12_places(exact: Fraction | Decimal | int, stored: str) -> None:
    assert rounded(exact) == Decimal(stored)


def test_what_is_too_large_to_store_is_known() -> None:
    assert fits(Decimal(10**26 - 1))
    assert not fits(Fraction(10**26))
    assert fits(None)


# --- laws -------------------------------------------------------------------------------------------------------------

NUMBERS = st.decimals(0, 10**9, places=4, allow_nan=False, allow_infinity=False).map(lambda d: Number(abs(d)))


def chains(children: st.SearchStrategy[Node], signs: str, kind: type, apart: type) -> st.SearchStrategy[Node]:
    member = children.filter(lambda node: not isinstance(node, apart))
    parts = st.lists(st.tuples(st.sampled_from(signs), member), min_size=2, max_size=4)
    return parts.map(lambda found: kind(tuple(Part(signs[0] if i == 0 else s, n) for i, (s, n) in enumerate(found))))


NODES = st.recursive(
    NUMBERS | st.sampled_from(KEYS).map(Name),
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
VALUES = st.fixed_dictionaries(
    {key: st.none() | st.decimals(-1000, 1000, places=3, allow_nan=False, allow_infinity=False) for key in KEYS}
)


@given(NODES)
def test_a_written_tree_is_read_back(tree: Node) -> None:
    assert parse(write(tree)) == tree
    assert write(parse(write(tree))) == write(tree)


@given(NODES, VALUES)
def test_evaluation_is_fraction_arithmetic(tree: Node, values: dict[str, Decimal | None]) -> None:
    outcome = evaluate(tree, values)
    try:
        expected = _by_python(tree, {k: None if v is None else Fraction(v) for k, v in values.items()})
    except (_Missing, ZeroDivisionError):
        expected = None
    assert outcome.exact == expected
    if expected is None:
        assert outcome.missing or outcome.reason
        assert set(outcome.missing) <= {key for key in names(tree) if values[key] is None}
    else:
        assert outcome.value == rounded(expected)
        assert abs(Fraction(outcome.value) - expected) <= Fraction(1, 2 * 10**12)


class _Missing(Exception):
    pass


def _by_python(tree: Node, values: dict[str, Fraction | None]) -> Fraction:
    """The same, said in Python's own arithmetic."""
    if isinstance(tree, Number):
        return Fraction(tree.value)
    if isinstance(tree, Name):
        value = values[tree.key]
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


def _call_by_python(tree: Call, values: dict[str, Fraction | None]) -> Fraction:
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


# --- structure --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "shape", "signs"),
    [
        ("a * b", "product", {"a": "×", "b": "×"}),
        ("a * b * 100", "product", {"a": "×", "b": "×"}),
        ("a / b", "quotient", {"a": "×", "b": "÷"}),
        ("a * b / x1", "product", {"a": "×", "b": "×", "x1": "÷"}),
        ("a + b - x1", "sum", {"a": "+", "b": "+", "x1": "−"}),
        ("a - b", "difference", {"a": "+", "b": "−"}),
        ("0.3 * a + 0.7 * b", "sum", {"a": "+", "b": "+"}),
        ("a - -b", "sum", {"a": "+", "b": "+"}),
        ("a * (b + x1)", "other", {"a": "ƒ", "b": "ƒ", "x1": "ƒ"}),
        ("a * a", "other", {"a": "ƒ"}),
        ("a + a * b", "other", {"a": "ƒ", "b": "ƒ"}),
        ("max(a, b)", "other", {"a": "ƒ", "b": "ƒ"}),
        ("a", "sum", {"a": "+"}),
    ],
)
def test_a_formula_says_what_stands_between_its_parts(text: str, shape: str, signs: dict[str, str]) -> None:
    found = structure(parse(text))
    assert (found.shape, dict(found.signs)) == (shape, signs)
