"""Rows of the other ways' queries as figures. Months are numbers: year x 12 + month - 1."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date

from tests.bench.engine_plans import Told, number

Rows = Iterable[Sequence]
CURVE = 13
"""Months of a retention curve, its first one among them."""


def told(plan: str, k: int, *figures: object, series: str = "") -> Told:
    """A figure, with its denominator if it has one."""
    numerator, denominator = (*figures, None)[:2]
    return plan, str(date(k // 12, k % 12 + 1, 1)), "", series, number(numerator), number(denominator)


def each(plan: str, rows: Rows) -> Iterator[Told]:
    """Of rows with a month, and one figure or two."""
    for k, *figures in rows:
        yield told(plan, int(k), *figures)


def aggregate(rows: Rows) -> Iterator[Told]:
    """Of a month, the sum, the rows and the customers."""
    for k, *values in rows:
        for plan, value in zip(("sum", "count", "distinct"), values, strict=True):
            yield told(plan, int(k), value)


def year(rows: Rows) -> Iterator[Told]:
    """Of a month and its sum: the sums of twelve months, added up here, as there are few."""
    sums = {int(k): value for k, value in rows}
    for k in sums:
        yield told("year", k, sum(sums[before] for before in range(k - 11, k + 1) if before in sums))


def funnel(rows: Rows) -> Iterator[Told]:
    """Of a month, those who entered, and those who came to the second and to the third step."""
    for k, *reached in rows:
        for at, value in enumerate(reached):
            yield told("funnel", int(k), value, reached[0], series=str(at + 1))


def lifecycle(rows: Rows) -> Iterator[Told]:
    """Of each month in order: active, new, retained, and those who are not active in the next one."""
    churned = 0
    for k, active, new, retained, leaves in rows:
        back = active - new - retained
        values = {"active": active, "new": new, "retained": retained, "reactivated": back, "churned": churned}
        for series, value in (values | {"net": new + back - churned}).items():
            yield told("lifecycle", int(k), value, series=series)
        churned = leaves


def recurring(rows: Rows) -> Iterator[Told]:
    """Of each month in order: its amount, new, more, less, come back, and what those have who are gone in the next."""
    churn = 0
    for k, mrr, new, more, less, back, leaves in rows:
        values = {"mrr": mrr, "new": new, "expansion": more, "contraction": less, "churn": churn, "reactivation": back}
        for series, value in values.items():
            yield told("recurring", int(k), value, series=series)
        churn = leaves


def retention(rows: Rows) -> Iterator[Told]:
    """Of each cohort and how many months later: how many were active."""
    found: dict[int, dict[int, int]] = {}
    for k, later, kept in rows:
        found.setdefault(int(k), {})[int(later)] = kept
    last = max(k + later for k, kept in found.items() for later in kept)
    for k, kept in found.items():
        for later in range(min(CURVE, last - k + 1)):
            yield told("retention", k, kept.get(later, 0), kept[0], series=str(later))
