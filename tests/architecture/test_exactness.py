"""Where people are paid, arithmetic is exact: nothing in the room can turn into a float."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
ROOM = ROOT / "apps" / "incentives"
INEXACT_MODULES = {"math", "cmath", "statistics", "random", "numpy", "pandas", "scipy", "statsmodels"}
INEXACT_NAMES = {"float", "complex", "round"}  # round(x, 2) of a Fraction is exact, but another rounding rule
TRIALS = {
    "x = 0.5": "the float 0.5",
    "x = 1j": "the float 1j",
    "def f(a: float) -> None: ...": "float",
    "x = a / b": "/ makes a float of ints: write Fraction(a, b)",
    "x /= 2": "/ makes a float of ints: write Fraction(a, b)",
    "x = 10 ** n": "** makes a float where the exponent is negative",
    "x = pow(10, n)": "pow",
    "x = round(y, 2)": "round",
    "import math": "math",
    "from math import floor": "math",
    "import numpy.random": "numpy",
    "x = decimal.Decimal(1).__float__()": "__float__",
    "x = y.__truediv__(z)": "__truediv__",
    "from operator import truediv": "truediv",
}


def inexact(source: str) -> Iterator[tuple[int, str]]:
    """Everything in `source` that is, or may make, a float; with its line."""
    for node in ast.walk(ast.parse(source)):
        line = getattr(node, "lineno", 0)
        if isinstance(node, ast.Constant) and isinstance(node.value, float | complex):
            yield line, f"the float {node.value}"
        elif isinstance(node, ast.Name) and node.id in INEXACT_NAMES | {"pow"}:
            yield line, node.id
        elif isinstance(node, ast.Attribute) and node.attr in {"__float__", "__truediv__", "__rtruediv__", "truediv"}:
            yield line, node.attr
        elif isinstance(node, ast.BinOp | ast.AugAssign) and isinstance(node.op, ast.Div):
            yield line, "/ makes a float of ints: write Fraction(a, b)"
        elif isinstance(node, ast.BinOp | ast.AugAssign) and isinstance(node.op, ast.Pow):
            yield line, "** makes a float where the exponent is negative"
        elif isinstance(node, ast.Import):
            yield from ((line, root) for each in node.names if (root := each.name.split(".")[0]) in INEXACT_MODULES)
        elif isinstance(node, ast.ImportFrom):
            if (root := (node.module or "").split(".")[0]) in INEXACT_MODULES:
                yield line, root
            yield from ((line, each.name) for each in node.names if each.name in {"truediv", "pow", "fsum"})


def test_nothing_inexact_where_people_are_paid() -> None:
    found = [
        f"{path.relative_to(ROOT)}:{line}: {what}"
        for path in sorted(ROOM.rglob("*.py"))
        if "migrations" not in path.parts
        for line, what in inexact(path.read_text(encoding="utf-8"))
    ]
    assert not found, "\n".join(found)
    assert len(list(ROOM.rglob("*.py"))) > 5


@pytest.mark.parametrize("source", TRIALS)
def test_the_lint_sees(source: str) -> None:
    assert TRIALS[source] in [what for _, what in inexact(source)]


@pytest.mark.parametrize("source", ["x = Fraction(a, b)", "x = a // b", "from fractions import Fraction", "x = y % 3"])
def test_the_lint_lets_pass_what_is_exact(source: str) -> None:
    assert list(inexact(source)) == []
