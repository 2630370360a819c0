"""A ratio is the product of the ratios below it, where these telescope."""

from apps.metrics.domain import branches
from apps.metrics.domain.definition import Definition, parse

AMOUNT = {"dataset": "visits", "how": "sum", "column": "amount"}
CUSTOMERS = {"dataset": "visits", "how": "distinct", "column": "customer"}
VISITS = {"dataset": "visits", "how": "count"}
FORMULA, INFLUENCE = branches.FORMULA, branches.INFLUENCE


def ratio(key: str, numerator: dict, denominator: dict, trailing: int = 12) -> Definition:
    return parse(
        {
            "kind": "ratio", "key": key, "name": {"en": key}, "grains": ["month"], "trailing": trailing,
            "numerator": numerator, "denominator": denominator,
        }
    )  # fmt: skip


WHOLE = ratio("arpu", AMOUNT, CUSTOMERS)
FREQUENCY = ratio("frequency", VISITS, CUSTOMERS)
SPEND = ratio("spend", AMOUNT, VISITS)


def test_revenue_per_customer_is_visits_per_customer_times_spend_per_visit() -> None:
    children = [("frequency", FORMULA), ("spend", FORMULA), ("app", INFLUENCE)]
    known = {"frequency": FREQUENCY, "spend": SPEND, "app": WHOLE}
    signs = branches.signs(WHOLE, children, known)
    assert [(sign.operator, sign.stale) for sign in signs] == [("", False), ("×", False), ("", False)]
    assert branches.shape_sign(WHOLE, children, known) == "×"


def test_ratios_that_do_not_telescope_are_no_product() -> None:
    other = ratio("spend", AMOUNT, VISITS, trailing=1)
    for children in ({"frequency": FREQUENCY}, {"frequency": FREQUENCY, "spend": other}, {"a": SPEND, "b": SPEND}):
        assert branches.structure_of(WHOLE, children) is None


def test_only_a_ratio_that_shares_one_side_may_become_a_factor() -> None:
    assert branches.may_be_factor(WHOLE, FREQUENCY)
    assert branches.may_be_factor(WHOLE, SPEND)
    assert not branches.may_be_factor(WHOLE, WHOLE)
    assert not branches.may_be_factor(WHOLE, ratio("spend", AMOUNT, VISITS, trailing=1))
