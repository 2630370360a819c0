"""Which metric needs which, and the shape of the tree."""

from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.metrics.domain import branches, graph
from apps.metrics.domain.branches import FORMULA, INFLUENCE, Sign
from apps.metrics.domain.definition import parse

KEYS = st.sampled_from("abcdefg")
GRAPHS = st.dictionaries(KEYS, st.lists(KEYS, max_size=3), max_size=7)


@given(GRAPHS)
def test_a_cycle_is_found_exactly_when_there_is_no_order(found: dict[str, list[str]]) -> None:
    cycle = graph.find_cycle(found)
    if cycle:
        assert cycle[0] == cycle[-1]
        assert all(after in found[before] for before, after in pairwise(cycle))
        with pytest.raises(ValueError, match="cycle"):
            graph.in_order(found)
    else:
        order = graph.in_order(found)
        assert sorted(order) == sorted(found)
        assert all(order.index(used) < order.index(key) for key in found for used in found[key] if used in found)


@given(GRAPHS, KEYS)
def test_users_are_those_who_have_it_among_their_inputs(found: dict[str, list[str]], key: str) -> None:
    assert graph.users_of([key], found) == {other for other in found if key in graph.inputs_of([other], found)}


def test_a_long_chain_does_not_tire_it() -> None:
    chain = {f"m{n}": [f"m{n + 1}"] for n in range(5000)}
    assert graph.find_cycle(chain) == ()
    assert graph.in_order(chain)[0] == "m4999"
    assert len(graph.find_cycle({**chain, "m5000": ["m0"]})) == 5002


def formula(expression: str) -> Any:
    document = {"key": "top", "name": {"en": "Top"}, "grains": ["month"], "kind": "formula"}
    return parse({**document, "expression": expression})


MANUAL = parse({"key": "hand", "name": {"en": "By hand"}, "grains": ["month"], "kind": "manual"})


def test_signs_come_from_the_parents_formula() -> None:
    mau = formula("new + back - lost")
    children = [("new", FORMULA), ("back", FORMULA), ("lost", FORMULA), ("nps", INFLUENCE)]
    assert branches.signs(mau, children) == [
        Sign("", stale=False),
        Sign("+", stale=False),
        Sign("−", stale=False),
        Sign("", stale=False),
    ]
    assert branches.shape_sign(mau, children) == "+"
    assert branches.signs(formula("visits * spend"), [("spend", FORMULA), ("visits", FORMULA)])[1].operator == "×"
    assert branches.signs(formula("new - lost"), [("lost", FORMULA)])[0].operator == "−"


def test_what_the_formula_does_not_name_is_stale() -> None:
    assert branches.signs(formula("visits * spend"), [("price", FORMULA)]) == [Sign("", stale=True)]
    assert branches.signs(MANUAL, [("price", FORMULA), ("nps", INFLUENCE)]) == [Sign("", True), Sign("", False)]


def test_what_is_missing_below_a_node_is_known() -> None:
    assert branches.missing_factors(formula("visits * spend - lost"), ["spend"]) == ("visits", "lost")
    assert branches.missing_factors(MANUAL, []) == ()


def test_a_branch_of_influences_only_is_marked_so() -> None:
    assert branches.shape_sign(MANUAL, [("nps", INFLUENCE)]) == "~"
    assert branches.shape_sign(formula("visits * spend"), []) == ""
    assert branches.shape_sign(formula("max(visits, spend)"), [("visits", FORMULA)]) == "ƒ"


def test_up_and_down_the_tree() -> None:
    parents = {"root": None, "a": "root", "b": "root", "aa": "a", "aaa": "aa"}
    assert list(branches.up_from("aaa", parents)) == ["aaa", "aa", "a", "root"]
    assert branches.below("a", parents) == {"a", "aa", "aaa"}
    assert list(branches.up_from("x", {"x": "y", "y": "x"})) == ["x", "y"]
