"""Known traps: what a definition may well mean, and often does not. Worth a word before saving, never a refusal."""

from __future__ import annotations

from collections.abc import Iterator

from apps.kernel.issue import N_, Issue
from apps.metrics.domain import formula, formula_checks, score_traps
from apps.metrics.domain.definition import (
    AggregateDefinition,
    CumulativeDefinition,
    Definition,
    EntityCountDefinition,
    EntityShareDefinition,
    Filter,
    FormulaDefinition,
    LifecycleDefinition,
    RecurringDefinition,
    RetentionDefinition,
    StockDefinition,
    measures_of,
    steps_of,
)
from apps.metrics.domain.fields import Known, KnownDataset
from apps.metrics.domain.kinds import DayRule, day_rule
from apps.metrics.domain.money import money_of

_PAYING = ("paid", "paying", "payer", "subscri", "付费", "付款", "订阅", "会员")
_CURRENCY = ("currency", "币种", "货币")


def traps_of(definition: Definition, known: Known) -> list[Issue]:
    """The traps a definition may have stepped into: issues that do not block, each at the path of its field."""
    found = [
        *_averaged(definition, known),
        *(formula_checks.warnings(definition, known) if isinstance(definition, FormulaDefinition) else ()),
        *_thresholds(definition),
        *_running(definition),
        *_paying(definition),
        *_currencies(definition, known),
        *_unbounded(definition),
        *_unknown_past(definition),
        *_same_day(definition),
        *score_traps.traps_of(definition, known),
    ]
    return [Issue(issue.where, issue.message, issue.params, blocking=False) for issue in found]


def _averaged(definition: Definition, known: Known) -> Iterator[Issue]:
    """A ratio averaged: of rows that hold shares, or of metrics that are shares."""
    averaged = isinstance(definition, AggregateDefinition) and definition.measure.how in ("avg", "median")
    if averaged and definition.unit.kind == "percent":
        message = N_("An average of shares weighs a small store like a large one. A ratio of two totals does not.")
        yield Issue("measure.how", message)
    if not isinstance(definition, FormulaDefinition):
        return
    try:
        tree = formula.parse(definition.expression)
    except formula.FormulaError:
        return
    shares = [key for key in formula.names(tree) if key in known.metrics and known.metrics[key].unit.kind == "percent"]
    if len(shares) > 1 and isinstance(tree, formula.Sum | formula.Product) and _adds(tree, shares):
        message = N_(
            "It adds shares (%(metrics)s), each of another whole. Divide the sum of the parts by that of the wholes."
        )
        yield Issue("expression", message, {"metrics": ", ".join(shares)})


def _adds(node: formula.Node, shares: list[str]) -> bool:
    if isinstance(node, formula.Sum):
        bare = [part.node.key for part in node.terms if isinstance(part.node, formula.Name)]
        return len(set(bare) & set(shares)) > 1
    if isinstance(node, formula.Product):
        return any(_adds(part.node, shares) for part in node.factors)
    return False


def _thresholds(definition: Definition) -> Iterator[Issue]:
    """More than 5 begins at 6."""
    if not isinstance(definition, EntityCountDefinition | EntityShareDefinition):
        return
    for index, condition in enumerate(definition.conditions):
        where = f"conditions.{index}.op"
        whole = condition.value == condition.value.to_integral_value()
        if condition.measure.how == "sum" or not whole:
            continue
        n = int(condition.value)
        if condition.op == "gt":
            message = N_("“More than %(n)s” begins at %(next)s. If %(n)s is enough, choose “at least”.")
            yield Issue(where, message, {"n": n, "next": n + 1})
        elif condition.op == "lt":
            message = N_("“Less than %(n)s” ends at %(before)s. If %(n)s still counts, choose “at most”.")
            yield Issue(where, message, {"n": n, "before": n - 1})
        if condition.op in ("ge", "gt") and n + (condition.op == "gt") == 1 and len(definition.conditions) == 1:
            yield Issue(where, N_("Once is enough here: every customer with a single row counts."))


def _running(definition: Definition) -> Iterator[Issue]:
    """A period that runs still has time to fill."""
    if isinstance(definition, EntityCountDefinition | EntityShareDefinition) and definition.trailing == 1:
        message = N_("While a period runs, the figure says who has reached it so far. Only ended periods are compared.")
        yield Issue("grains", message)
    if isinstance(definition, CumulativeDefinition) and definition.to_date is not None:
        message = N_("It starts from 0 with each new period. Compare it with the same day of an earlier one.")
        yield Issue("to_date", message)
    if isinstance(definition, StockDefinition) and definition.at == "opening":
        yield Issue("at", N_("The opening value is known before the period has begun to happen. Closing is usual."))


def _paying(definition: Definition) -> Iterator[Issue]:
    """A count of paying accounts grows with the accounts, whatever they do."""
    if not isinstance(definition, EntityCountDefinition):
        return
    for index, condition in enumerate(definition.conditions):
        for number, each in enumerate(condition.measure.filters):
            if _mentions(each, _PAYING):
                message = N_(
                    "It counts paying accounts, so it grows with their number even if nobody does more. "
                    "The share of them says more."
                )
                yield Issue(f"conditions.{index}.measure.filters.{number}", message)
                return


def _mentions(condition: Filter, words: tuple[str, ...]) -> bool:
    text = " ".join([condition.column, *map(str, condition.values)]).lower()
    return any(word in text for word in words)


def _currencies(definition: Definition, known: Known) -> Iterator[Issue]:
    """Amounts of several currencies do not add up, unless they are converted."""
    sums = [(where, m.dataset, m.filters) for where, m in measures_of(definition) if m.how not in ("count", "distinct")]
    if isinstance(definition, RecurringDefinition | StockDefinition):
        sums.append(("column", definition.dataset, definition.filters))
    money = money_of(definition, known)
    if money.amounts and money.rates is None:
        message = N_("Amounts in other currencies than %(home)s have no value yet: upload a file of exchange rates.")
        yield Issue(sums[0][0] if sums else "", message, {"home": money.home})
    for where, key, filters in sums if definition.unit.kind == "currency" else ():
        dataset = known.datasets.get(key)
        column = _currency_column(dataset) if dataset else ""
        if not column or key in money.amounts:
            continue
        only = next((each.values[0] for each in filters if each.column == column and each.op == "eq"), None)
        if only is None:
            message = N_(
                "Rows carry a currency (“%(column)s”), and amounts are added as they are. Add a condition on it, or "
                "have them converted: the data's columns say which are amounts and which is their currency."
            )
            yield Issue(where, message, {"column": column})
        elif str(only).strip().upper() != known.currency and len(known.currency) == 3:
            message = N_("The amounts stay in %(only)s, and are written in %(home)s.")
            yield Issue(where, message, {"only": only, "home": known.currency})


def _currency_column(dataset: KnownDataset) -> str:
    for column in dataset.columns.values():
        if column.role == "currency":
            return column.key
    for column in dataset.columns.values():
        if column.type == "text" and any(word in f"{column.key} {column.label}".lower() for word in _CURRENCY):
            return column.key
    return ""


def _unbounded(definition: Definition) -> Iterator[Issue]:
    """Three things are called retention."""
    if isinstance(definition, RetentionDefinition) and definition.variant == "unbounded":
        message = N_(
            "“In it or later” rises as time passes: the newest cohorts stay open until their last period is over."
        )
        yield Issue("variant", message)


def _unknown_past(definition: Definition) -> Iterator[Issue]:
    """Where the file begins, everybody seems to be new."""
    if isinstance(definition, LifecycleDefinition) and definition.figure != "active" and definition.known_since is None:
        message = N_(
            "In the first period everybody is new. If there were customers before, say since when the data is complete."
        )
        yield Issue("known_since", message)


def _same_day(definition: Definition) -> Iterator[Issue]:
    """Without a time of day, nobody knows what came first."""
    steps = list(steps_of(definition))
    if steps and day_rule([step for _, step in steps]) == DayRule.SAME_DAY:
        where = next(where for where, step in steps if step.moment is None)
        message = N_("A step on the same day counts even if it came first: name the columns with the time of day.")
        yield Issue(f"{where}.moment", message)
