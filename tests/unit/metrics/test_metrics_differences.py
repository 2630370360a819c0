"""What changed between two definitions, and a draft carried to a newer version."""

from typing import Any

from apps.metrics.domain.definition import Definition, parse
from apps.metrics.domain.differences import differences, rebased, same_figures


def revenue(**parts: Any) -> Definition:
    measure = {"dataset": "orders", "how": "sum", "column": "amount", **parts.pop("measure", {})}
    document = {"key": "revenue", "kind": "aggregate", "name": {"en": "Revenue"}, "grains": ["month"]}
    return parse({**document, "measure": measure, **parts})


PAID = [{"column": "status", "op": "eq", "values": ["paid"]}]


def test_each_field_that_differs_is_named_once() -> None:
    found = differences(revenue(), revenue(name={"en": "Turnover"}, measure={"filters": PAID}, trailing=12))
    assert {d.where: (d.before, d.after) for d in found} == {
        "name.en": ("Revenue", "Turnover"),
        "measure.filters": ([], PAID),
        "trailing": (1, 12),
    }
    assert differences(revenue(), revenue()) == ()


def test_words_change_no_figure_and_everything_else_does() -> None:
    assert same_figures(revenue(), revenue(name={"en": "X"}, direction="down", description={"en": "Why"}))
    assert same_figures(revenue(), revenue(grains=["month", "year"], dimensions=["region"]))
    assert not same_figures(revenue(), revenue(measure={"how": "max"}))
    assert not same_figures(revenue(), revenue(trailing=3))


def test_a_draft_keeps_what_others_changed_elsewhere() -> None:
    base, draft = revenue(), revenue(measure={"filters": PAID})
    current = revenue(name={"en": "Turnover"}, measure={"how": "max"})
    carried = rebased(base, draft, current)
    assert parse(carried.document) == revenue(name={"en": "Turnover"}, measure={"how": "max", "filters": PAID})
    assert carried.conflicts == ()


def test_where_both_changed_the_same_field_the_draft_stands_and_it_is_said() -> None:
    carried = rebased(revenue(), revenue(measure={"how": "max"}), revenue(measure={"how": "min"}))
    assert parse(carried.document) == revenue(measure={"how": "max"})
    assert carried.conflicts == ("measure.how",)
    same = rebased(revenue(), revenue(measure={"how": "max"}), revenue(measure={"how": "max"}))
    assert same.conflicts == ()
