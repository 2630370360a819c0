"""What is said of a tree before it is published, rule by rule."""

from dataclasses import replace

from apps.metrics.domain import tree_checks
from apps.metrics.domain.definition import parse
from apps.metrics.domain.fields import Known
from apps.metrics.domain.layout import Layout, Place
from apps.metrics.domain.tree_checks import Facts


def facts(key: str, unit: str = "number", **rest: object) -> Facts:
    document = {
        "kind": "formula" if "expression" in rest else "manual", "key": key, "name": {"en": key},
        "unit": {"kind": unit}, "grains": ["month"],
    }  # fmt: skip
    return Facts(key, key.title(), parse(document | rest))


def said(places: list[tuple[str, str, str | None, str]], *known: Facts, star: str = "top") -> list[tuple[bool, str]]:
    by_key = {each.key: each for each in known}
    layout = Layout(tuple(Place(*place) for place in places))
    all_of = Known({}, {each.key: each.definition for each in known}, "CNY")
    return [(i.blocking, i.in_words()) for i in tree_checks.findings(layout, by_key, all_of, star)]


def test_a_whole_tree_has_nothing_to_say() -> None:
    top = facts("top", expression="visits * spend")
    places = [("1", "top", None, "formula"), ("2", "visits", "1", "formula"), ("3", "spend", "1", "formula")]
    assert said(places, top, facts("visits"), facts("spend")) == []


def test_units_that_do_not_fit_are_named() -> None:
    top = facts("top", expression="money + rate")
    ((blocking, words),) = said(
        [("1", "top", None, "formula")], top, facts("money", "currency"), facts("rate", "percent")
    )
    assert blocking
    assert words == "“Top” puts “rate” in % beside “money” in CNY: the units do not fit."


def test_a_tree_without_a_root_and_one_that_runs_in_a_circle() -> None:
    assert said([]) == [(True, "The tree has no root.")]
    places = [("1", "top", None, "formula"), ("2", "leaf", "1", "influence"), ("3", "top", "2", "influence")]
    assert said(places, facts("top"), facts("leaf")) == [(True, "“Top” hangs below itself.")]


def test_what_has_no_values_is_worth_knowing() -> None:
    places = [("1", "top", None, "formula"), ("2", "leaf", "1", "influence")]
    broken = replace(facts("leaf"), problem=True, has_value=False)
    assert said(places, facts("top"), broken) == [(False, "“Leaf” cannot be computed. Its page says why.")]
    gone = replace(facts("leaf"), archived=True)
    assert said(places, facts("top"), gone) == [
        (True, "“Leaf” is archived. Bring it back, or take it out of the tree.")
    ]
    empty = replace(facts("leaf"), has_value=False)
    assert said(places, facts("top"), empty) == [(False, "“Leaf” has no value yet.")]


def test_a_metric_below_two_parts_of_one_formula_is_counted_twice_but_not_below_an_influence() -> None:
    top, half = facts("top", expression="a * b"), facts("a", expression="c + d")
    other = facts("b", expression="c / d")
    places = [
        ("1", "top", None, "formula"), ("2", "a", "1", "formula"), ("3", "b", "1", "formula"),
        ("4", "c", "2", "formula"), ("5", "d", "2", "formula"), ("6", "c", "3", "formula"), ("7", "d", "3", "formula"),
    ]  # fmt: skip
    known = (top, half, other, facts("c"), facts("d"))
    assert said(places, *known) == [
        (False, "“C” is counted twice: below “A” and below “B”."),
        (False, "“D” is counted twice: below “A” and below “B”."),
    ]
    believed = [("3", "b", "1", "influence") if place[0] == "3" else place for place in places]
    assert said(believed, *known) == [(False, "The formula of “Top” also names “B”, which does not hang below it.")]
