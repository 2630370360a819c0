"""Every kind, at every grain, over rows with every trap, in three calendars: equal to SQL written by hand."""

from collections import Counter
from collections.abc import Iterator
from datetime import date
from decimal import Decimal

import pytest

from apps.kernel.period import Grain
from apps.metrics import services
from apps.metrics.domain.definition import KINDS
from apps.metrics.models import MetricValue
from apps.work.models import Work
from apps.work.services import enqueue
from tests.integration.metrics import by_hand, trapped
from tests.integration.metrics.by_hand import Case

ROWS = trapped.rows()
TYPED = {date(2020, 2, 1): Decimal(29), date(2020, 4, 1): Decimal("0.5")}


def test_every_kind_has_its_case_in_some_calendar_and_every_grain_too() -> None:
    looked_at = [case for year in trapped.YEARS for case in by_hand.cases_of(year).values()]
    assert {case.parts["kind"] for case in looked_at} == set(KINDS)
    assert {grain for case in looked_at for grain in case.grains} == {grain.value for grain in Grain}
    by_day = {by_hand.CASES[key].parts["kind"] for key in by_hand.DAILY}
    assert set(KINDS) - by_day == {"recurring", "retention", "manual"}  # these stand at one grain


def test_the_traps_are_there() -> None:
    columns = [column["name"] for column in trapped.COLUMNS[2:]]
    empty = Counter(name for row in ROWS for name, cell in zip(columns, row[2:], strict=True) if cell is None)
    assert min(empty[name] for name in columns) > 10
    assert {name: text for name, text in trapped.MOMENTS.items() if text not in {row[0] for row in ROWS}} == {}
    assert len({row[0] for row in ROWS}) < len(ROWS) - 10  # ties to the second
    for year in trapped.YEARS:
        plain = trapped.plain(year)
        gap = "SELECT count(*) FROM p WHERE g = 'month' AND NOT EXISTS (SELECT 1 FROM r WHERE d >= s AND d < e)"
        assert plain.execute(gap).fetchone() == (3,)
        at_the_end = "SELECT count(*) FROM r JOIN r z USING (who) WHERE z.d = r.d + 14"
        assert plain.execute(at_the_end).fetchone()[0] > 5
    berlin = trapped.plain(trapped.YEARS[1])
    twice = "SELECT count(DISTINCT c) FROM r WHERE hour(c) = 2 AND minute(c) = 30 AND d = DATE '2020-10-25'"
    assert berlin.execute(twice).fetchone() == (1,)
    assert berlin.execute("SELECT count(*) FROM r WHERE d = DATE '2020-03-31'").fetchone()[0] >= 2


@pytest.mark.django_db
@pytest.mark.parametrize("year", trapped.YEARS, ids=lambda year: year.zone)
def test_every_kind_equals_sql_written_by_hand(year: trapped.Year, upload, define, run_work, in_acme, actor) -> None:
    in_acme.time_zone, in_acme.fiscal_year_start, in_acme.week_start = year.zone, year.fiscal_start, year.week_start
    upload("orders", ROWS, trapped.COLUMNS)
    cases = by_hand.cases_of(year)
    for key, case in cases.items():
        version = define(key, **case.parts, grains=list(case.grains))
        if case.parts["kind"] == "manual":
            for start, value in TYPED.items():
                services.type_value(
                    actor=actor, metric_id=version.metric_id, grain=Grain.MONTH, period_start=start, value=value
                )
    Work.objects.filter(kind__startswith="metrics.").delete()  # one run for all of them
    enqueue("metrics.compute_all", subject="all")
    run_work()
    expected = by_hand.figures(trapped.plain(year), cases)
    assert [text for key, case in cases.items() for text in _differences(year, key, case, expected)] == []


def _differences(year: trapped.Year, key: str, case: Case, expected: dict) -> Iterator[str]:
    assert case.parts["kind"] == "manual" or any(
        value for grain in case.grains for value in expected[key, grain].values()
    )
    for grain in case.grains:
        stored = MetricValue.objects.filter(metric__key=key, grain=grain, dimension=case.by)
        found = {(row.period_start, row.member): row.value for row in stored}
        hand = {place: by_hand.rounded(value) for place, value in expected[key, grain].items()}
        if case.parts["kind"] == "manual":
            hand = {(start, ""): value for start, value in TYPED.items()}
        elif not case.by:
            days = (date(2019, 12, 2), date(2021, 5, 30))
            hand = {(start, ""): hand.get((start, "")) for start, _ in year.periods(*days, grain)}
        for place in sorted(found.keys() | hand.keys()):
            if found.get(place, "no cell") != hand.get(place, "no cell"):
                yield f"{key} {grain} {place}: {found.get(place, 'no cell')}, by hand {hand.get(place, 'no cell')}"
