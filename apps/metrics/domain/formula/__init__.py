"""Formulas over metrics: text to a frozen tree, and back.

A formula is + - * / and brackets over numbers and metric keys, with min, max, abs, coalesce and prior. Nothing else
exists in it: no text, no power, no attribute, no call of anything else. What is wrong is said at its character, with
how to mend it, and as much of it at once as the grammar allows.

    tree        what a formula is made of
    tokens      text to words, numbers and signs
    reading     words to a tree, within limits
    writing     a tree as text, to be read back or to be read by people
"""

from apps.metrics.domain.formula.reading import (
    DEEPEST,
    MOST_ARGUMENTS,
    MOST_CHARACTERS,
    MOST_FAULTS,
    MOST_NODES,
    MOST_PERIODS_BACK,
    FormulaError,
    Reading,
    parse,
    read,
)
from apps.metrics.domain.formula.tree import (
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
    inputs,
    name_nodes,
    names,
)
from apps.metrics.domain.formula.writing import write

__all__ = [
    "DEEPEST",
    "MOST_ARGUMENTS",
    "MOST_CHARACTERS",
    "MOST_FAULTS",
    "MOST_NODES",
    "MOST_PERIODS_BACK",
    "Call",
    "FormulaError",
    "Input",
    "Name",
    "Negative",
    "Node",
    "Number",
    "Part",
    "Prior",
    "Product",
    "Reading",
    "Sum",
    "inputs",
    "name_nodes",
    "names",
    "parse",
    "read",
    "write",
]
