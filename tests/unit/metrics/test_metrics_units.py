"""Units of metrics and formulas, and what is said about a formula that does not fit."""

import time
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.demo.domain import story
from apps.metrics.domain import formula
from apps.metrics.domain.arithmetic import evaluate
from apps.metrics.domain.checks import Known, issues
from apps.metrics.domain.definition import Definition, parse
from apps.metrics.domain.formula import Input
from apps.metrics.domain.formula.tree import children
from apps.metrics.domain.formula_checks import warnings
from apps.metrics.domain.metric_units import UnitsOfMetrics
from apps.metrics.domain.units import CURRENCY, MONEY, PURE, Units, counting, derive, noun


def metric(key: str, unit: str = "number", suffix: str = "", **parts: Any) -> Definition:
    measured_in = {"kind": unit, "suffix": {"en": suffix} if suffix else None}
    name = {"en": key.title(), "zh": parts.pop("zh", "")}
    return parse({"key": key, "name": name, "grains": ["month"], "unit": measured_in, "kind": "manual", **parts})


def rows(key: str, how: str, column: str | None = None, unit: str = "number", dataset: str = "orders") -> Definition:
    measure = {"dataset": dataset, "how": how, "column": column}
    return metric(key, unit, kind="aggregate", measure=measure)


def ratio(key: str, unit: str, over: tuple[str, str | None], under: tuple[str, str | None]) -> Definition:
    sides = [{"dataset": "orders", "how": how, "column": column} for how, column in (over, under)]
    return metric(key, unit, kind="ratio", numerator=sides[0], denominator=sides[1])


def calculated(key: str, expression: str, unit: str = "number") -> Definition:
    return metric(key, unit, kind="formula", expression=expression)


METRICS = (
    rows("revenue", "sum", "amount", "currency"),
    rows("cost", "sum", "cost", "currency"),
    rows("orders", "count"),
    rows("customers", "distinct", "customer_id"),
    rows("pieces", "sum", "quantity", "count"),
    rows("weight", "sum", "weight"),
    rows("price", "avg", "amount", "currency"),
    rows("visits", "count", dataset="visits"),
    metric("buyers", kind="entity_count", entity="customer_id", conditions=[
        {"measure": {"dataset": "orders", "how": "count"}, "value": 2},
    ]),
    metric("churned", "count", kind="lifecycle", figure="churned", activity={
        "dataset": "orders", "entity": "customer_id",
    }),
    metric("mrr", "currency", kind="recurring", dataset="orders", entity="customer_id", column="amount"),
    metric("nrr", "percent", kind="recurring", dataset="orders", entity="customer_id", column="amount", figure="nrr"),
    metric("nps", "score", kind="nps", dataset="surveys", column="score"),
    ratio("arpu", "currency", ("sum", "amount"), ("distinct", "customer_id")),
    ratio("aov", "currency", ("sum", "amount"), ("count", None)),
    ratio("frequency", "number", ("count", None), ("distinct", "customer_id")),
    ratio("density", "number", ("sum", "weight"), ("count", None)),
    ratio("repeat", "percent", ("distinct", "customer_id"), ("count", None)),
    metric("technicians", "count"),
    metric("heads", "count", "people"),
    metric("rival_arpu", "currency"),
    metric("fudge"),
    calculated("margin", "revenue - cost", "currency"),
    calculated("margin_share", "margin / revenue", "percent"),
    calculated("growth", "revenue / prior(revenue, 12) - 1", "percent"),
)  # fmt: skip
KNOWN = Known({}, {each.key: each for each in METRICS}, "CNY")


@pytest.mark.parametrize(
    ("key", "text"),
    [
        ("revenue", "CNY"),
        ("orders", "order"),
        ("customers", "customer"),
        ("pieces", "quantity"),
        ("buyers", "customer"),
        ("churned", "customer"),
        ("mrr", "CNY"),
        ("nrr", "%"),
        ("nps", "%"),
        ("arpu", "CNY / customer"),
        ("aov", "CNY / order"),
        ("frequency", "order / customer"),
        ("repeat", "%"),
        ("technicians", "technician"),
        ("heads", "people"),
        ("margin", "CNY"),
        ("margin_share", "%"),
        ("growth", "%"),
    ],
)
def test_the_unit_of_a_metric_is_in_its_definition(key: str, text: str) -> None:
    found = UnitsOfMetrics(KNOWN.metrics).of(key)
    assert found is not None
    assert found.text("CNY") == text


@pytest.mark.parametrize("key", ["weight", "density", "fudge", "nothing"])
def test_what_is_not_known_is_not_guessed(key: str) -> None:
    assert UnitsOfMetrics(KNOWN.metrics).of(key) is None


def test_nouns_are_one_of_what_keys_name() -> None:
    assert {noun(word) for word in ("orders", "order_id", "Order ", "order_no")} == {"order"}
    assert [noun(word) for word in ("companies", "address", "series_key", "客户", "id")] == [
        "company", "address", "sery", "客户", "id",
    ]  # fmt: skip


def test_revenue_per_order_times_orders_per_customer_is_per_customer() -> None:
    tree = formula.parse("revenue / orders * (orders / customers)")
    found = derive(tree, UnitsOfMetrics(KNOWN.metrics).of)
    assert found == (Units.of({CURRENCY: 1, "customer": -1}), ())


@pytest.mark.parametrize(
    "text",
    [
        "revenue - cost",
        "revenue * 1.06 + 500",
        "revenue / customers - arpu",
        "aov * frequency - arpu",
        "arpu - rival_arpu",
        "price - aov",
        "revenue + weight",
        "(orders - prior(orders, 12)) / prior(orders, 12)",
        "orders / visits - 1",
        "nps + nrr",
        "max(revenue, cost, 0)",
        "coalesce(margin, revenue - cost, 0)",
        "fudge + orders",
        "customers * arpu - revenue",
        "abs(growth) + 1 - margin_share",
        "customers + buyers - churned",
    ],
)
def test_like_units_go_together(text: str) -> None:
    definition = calculated("own", text)
    assert issues(definition, KNOWN) == []
    assert list(warnings(definition, KNOWN)) == []


@pytest.mark.parametrize(
    ("text", "positions", "one", "unit", "other", "other_unit"),
    [
        ("revenue + orders", [11], "orders", "order", "revenue", "CNY"),
        ("revenue - arpu", [11], "arpu", "CNY / customer", "revenue", "CNY"),
        ("orders + nps", [10], "nps", "%", "orders", "order"),
        ("fudge + orders - 2 * (revenue)", [23], "2 * revenue", "CNY", "orders", "order"),
        ("max(0, orders, revenue)", [16], "revenue", "CNY", "orders", "order"),
        ("coalesce(prior(margin, 1), visits)", [28], "visits", "visit", "prior(margin, 1)", "CNY"),
        (
            "revenue / customers + aov * aov",
            [23],
            "aov * aov",
            "CNY^2 / order^2",
            "revenue / customers",
            "CNY / customer",
        ),
        ("rival_arpu + technicians", [14], "technicians", "technician", "rival_arpu", "CNY"),
        ("1 / revenue - orders", [15], "orders", "order", "1 / revenue", "1 / CNY"),
        ("(revenue + orders) * (cost - customers)", [12, 30], "orders", "order", "revenue", "CNY"),
    ],
)
def test_unlike_units_are_refused_at_their_character_by_name(
    text: str, positions: list[int], one: str, unit: str, other: str, other_unit: str
) -> None:
    found = issues(calculated("own", text), KNOWN)
    assert [issue.params["position"] for issue in found] == positions
    assert all(issue.blocking and issue.where == "expression" for issue in found)
    said = f"“{one}” is in {unit}, “{other}” in {other_unit}. Multiply or divide one of them first"
    assert said in str(found[0])


def test_things_counted_apart_are_asked_about_and_not_refused() -> None:
    definition = calculated("own", "orders + customers", "count")
    assert issues(definition, KNOWN) == []
    found = list(warnings(definition, KNOWN))
    assert [str(issue) for issue in found] == [
        "expression: At character 10: “customers” counts in customer, “orders” in order. Are these the same things?"
    ]
    assert not found[0].blocking


@pytest.mark.parametrize(
    ("text", "unit", "said"),
    [
        ("revenue / orders", "currency", None),
        ("revenue / orders", "number", None),
        ("orders / customers", "percent", None),
        ("orders / customers", "count", None),
        ("100 * (orders - visits) / orders", "score", None),
        ("visits / technicians", "number", None),
        ("weight * 2", "currency", None),
        ("price * fudge", "percent", None),
        ("revenue", "count", "The formula gives CNY, and the unit chosen is a count."),
        ("revenue / cost", "currency", "The formula gives %, and the unit chosen is money."),
        ("orders * 2", "percent", "The formula gives order, and the unit chosen is a share."),
        ("arpu", "score", "The formula gives CNY / customer, and the unit chosen is a score."),
        ("revenue * orders", "currency", "The formula gives CNY × order, and the unit chosen is money."),
    ],
)
def test_a_result_of_another_unit_than_chosen_is_said_and_not_refused(text: str, unit: str, said: str | None) -> None:
    definition = calculated("own", text, unit)
    assert issues(definition, KNOWN) == []
    found = [issue for issue in warnings(definition, KNOWN) if issue.where == "unit.kind"]
    assert [issue.in_words() for issue in found] == ([said] if said else [])
    assert not any(issue.blocking for issue in found)


@pytest.mark.parametrize("company", [story.GROUP, story.SHOP], ids=lambda company: company.slug)
def test_nothing_is_said_about_the_formulas_of_the_demo(company: Any) -> None:
    metrics = {document["key"]: parse(document) for document in company.metrics}
    known = Known({}, metrics, "CNY")
    for definition in metrics.values():
        if definition.kind == "formula":
            assert [issue for issue in issues(definition, known) if issue.where == "expression"] == []
            assert list(warnings(definition, known)) == []


def test_formulas_in_a_circle_have_no_unit_and_end() -> None:
    round_about = {each.key: each for each in (calculated("a", "b + 1"), calculated("b", "a * 2"))}
    assert UnitsOfMetrics(round_about).of("a") is None


def test_formulas_stand_on_one_another_as_high_as_one_likes() -> None:
    chain = {f"f{n}": calculated(f"f{n}", f"f{n - 1} + 1" if n else "revenue") for n in range(700)}
    found = UnitsOfMetrics({**KNOWN.metrics, **chain})
    assert found.of("f699") == MONEY


# --- everything at once -----------------------------------------------------------------------------------------------


def test_a_formula_with_five_faults_says_five() -> None:
    found = issues(calculated("own", "foo(revenue) + abs(orders, 2) * prior(cost, 0) - revenu / own"), KNOWN)
    assert [issue.params["position"] for issue in found] == [1, 16, 45, 50, 59]
    assert "There are: revenue, repeat" in str(found[3])  # what begins alike comes first
    assert "this very metric" in str(found[4])


def test_its_own_earlier_value_is_refused_plainly() -> None:
    found = issues(calculated("total", "prior(total, 1) + revenue"), KNOWN)
    assert [str(issue) for issue in found] == [
        "expression: At character 7: “total” is this very metric. A formula uses its own value in no period; "
        "for a total that runs on, choose a cumulative metric."
    ]


def test_a_circle_through_an_earlier_value_is_a_circle() -> None:
    above = calculated("above", "prior(own, 1) + revenue")
    found = issues(calculated("own", "above * 2"), Known({}, {**KNOWN.metrics, "above": above}))
    assert [str(issue) for issue in found] == ["expression: The formula would need its own result: own → above → own."]


def test_the_name_of_a_metric_is_answered_with_its_key() -> None:
    known = Known({}, {"revenue": metric("revenue", "currency", zh="收入")}, "CNY")
    found = issues(calculated("own", "收入 * 2 + Revenue + 利润"), known)
    assert [str(issue) for issue in found][:2] == [
        "expression: At character 1: “收入” is the name of a metric; write its key, revenue.",
        "expression: At character 10: “Revenue” is the name of a metric; write its key, revenue.",
    ]
    assert len(found) == 3


@pytest.mark.parametrize(
    "text",
    [
        "read_csv('/etc/passwd')",
        "2" + "*2" * 999,
        "(" * 1000 + ")" * 999,
        "+".join(["unknown"] * 240),
        "+".join(f"m{n}" for n in range(350)),
        "max(" * 400,
        "revenue + orders + " * 100 + "nps",
    ],
)
def test_hostile_formulas_are_refused_in_no_time_by_companies_with_many_metrics(text: str) -> None:
    many = {f"metric_{n}": metric(f"metric_{n}") for n in range(300)}
    known = Known({}, {**many, **KNOWN.metrics}, "CNY")
    definition = calculated("own", text)
    taken = []
    for _ in range(3):
        began = time.process_time()
        found = issues(definition, known)
        taken.append(time.process_time() - began)
        assert 1 <= len(found) <= 20
    assert min(taken) < 0.1


# --- laws -------------------------------------------------------------------------------------------------------------

THINGS = st.sampled_from([CURRENCY, "order", "customer"])
UNITS = st.dictionaries(THINGS, st.integers(-2, 2)).map(lambda powers: Units.of(powers))


@given(UNITS, UNITS, UNITS)
def test_units_multiply_as_numbers_do(a: Units, b: Units, c: Units) -> None:
    assert a.times(b) == b.times(a)
    assert a.times(b).times(c) == a.times(b.times(c))
    assert a.times(PURE) == a
    assert a.times(b).times(b, -1) == a
    assert PURE.times(a, -1).times(a) == PURE


SCALES = {"revenue": counting("x").times(MONEY), "cost": MONEY, "orders": counting("order"), "nps": PURE}
LEAVES = st.sampled_from([*SCALES, "2", "0.5"])


def combine(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    pair = st.tuples(inner, st.sampled_from("+-*/"), inner).map(lambda found: f"({found[0]} {found[1]} {found[2]})")
    return pair | inner.map(lambda text: f"abs({text})") | st.tuples(inner, inner).map("max({0[0]}, {0[1]})".format)


@given(st.recursive(LEAVES, combine, max_leaves=8), st.integers(2, 5), st.integers(2, 5))
def test_a_formula_without_a_clash_scales_as_its_unit_says(text: str, cents: int, dozens: int) -> None:
    """Another currency, or counting in dozens, changes the result by the unit's own exponents: that is what units are.

    Numbers that are added to something take on its unit, so they are left out of this law.
    """
    tree = formula.parse(text)
    found = derive(tree, SCALES.get)
    if found.clashes or found.units is None or _adds_numbers(tree):
        return
    scale = {CURRENCY: Fraction(cents), "order": Fraction(dozens), "x": Fraction(7)}
    values = {
        Input("revenue"): Fraction(11),
        Input("cost"): Fraction(3),
        Input("orders"): Fraction(5),
        Input("nps"): Fraction(2),
    }
    scaled = {each: value * _factor(SCALES[each.key], scale) for each, value in values.items()}
    here, there = evaluate(tree, values).exact, evaluate(tree, scaled).exact
    if here is not None and there is not None:
        assert there == here * _factor(found.units, scale)


def _factor(units: Units, scale: dict[str, Fraction]) -> Fraction:
    result = Fraction(1)
    for thing, power in units.powers:
        result *= scale[thing] ** power
    return result


def _adds_numbers(tree: formula.Node) -> bool:
    if isinstance(tree, formula.Sum | formula.Call) and any(not formula.names(each) for each in children(tree)):
        return True
    return any(_adds_numbers(each) for each in children(tree))


def test_another_unit_of_a_metric_is_checked_against_the_formulas_above_it() -> None:
    margin, doubled = calculated("margin", "revenue - cost", "currency"), calculated("more", "margin * 2 - revenue")
    known = Known({}, {each.key: each for each in (*METRICS, margin, doubled)}, "CNY")
    found = [issue for issue in issues(metric("cost", "percent"), known) if issue.where == "unit.kind"]
    assert [issue.params["user"] for issue in found] == ["margin"]
    assert "would then put “cost” in % beside “revenue” in CNY" in str(found[0])
    assert "Change that metric first." in str(found[0])
    assert not [issue for issue in issues(metric("cost", "currency"), known) if issue.where == "unit.kind"]
