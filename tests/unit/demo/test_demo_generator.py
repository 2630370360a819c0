"""The invented companies: deterministic, plausible, and exact where the story is told in numbers."""

import csv
import io
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import date, timedelta
from hashlib import sha256
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apps.demo.domain.allocate import chance, spread
from apps.demo.domain.companies import Books, group_books, group_tables, shop_books, shop_tables
from apps.demo.domain.files import BOM, Table
from apps.demo.domain.holding_files import holding_tables
from apps.demo.domain.plan import group_plan, months_until, shop_plan
from apps.demo.domain.service_year import MONTHS, REPAIR, ServiceYears, service_years

LAST_MONTH = date(2026, 6, 1)


@pytest.fixture(scope="module")
def group() -> Books:
    return group_books(LAST_MONTH)


@pytest.fixture(scope="module")
def shop() -> Books:
    return shop_books(2025)


@pytest.fixture(scope="module")
def holding() -> ServiceYears:
    return service_years(LAST_MONTH)


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(st.integers(0, 10**12), st.lists(st.integers(0, 10**6), min_size=1, max_size=50).filter(any))
def test_parts_add_up_to_the_whole_and_are_off_by_less_than_one(total: int, weights: list[int]) -> None:
    parts = spread(total, weights)
    assert sum(parts) == total
    for part, weight in zip(parts, weights, strict=True):
        exact, rest = divmod(total * weight, sum(weights))
        assert part in (exact, exact + bool(rest))


def test_nothing_can_be_cut_by_no_weights() -> None:
    with pytest.raises(ValueError, match="weights"):
        spread(5, [0, 0])


@pytest.mark.parametrize("last", [date(2026, 6, 1), date(2026, 12, 31), date(2027, 2, 3)])
def test_every_month_has_work_whenever_the_demo_is_made(last: date) -> None:
    plans = group_plan(last)
    assert [plan.first_day for plan in plans] == months_until(last)
    assert (len(plans), plans[-1].first_day) == (30, last.replace(day=1))
    assert all(2_000 < plan.visits < 6_000 for plan in plans)
    assert all(1_200 < plan.cents / plan.visits / 100 < 2_000 for plan in plans)


def rolling(books: Books, last_month: int) -> tuple[int, int, int]:
    """Customers, visits and fen of the twelve months that end with month `last_month` (1 to 30)."""
    found = [visit for visit in books.visits if last_month - 12 <= visit.month < last_month]
    return len({visit.customer.code for visit in found}), len(found), sum(visit.cents for visit in found)


def test_the_directors_figures(group: Books) -> None:
    customers, visits, cents = rolling(group, 24)
    assert (customers, visits, cents) == (15_000, 42_000, 63_000_000_00)  # 4,200 = 2.8 x 1,500
    customers, visits, cents = rolling(group, 30)
    assert (customers, visits, cents) == (15_000, 45_000, 72_000_000_00)  # 4,800 = 3.0 x 1,600
    assert len(group.visits) == sum(plan.visits for plan in group.plans)


def test_a_rolling_year_always_has_as_many_customers_but_not_the_same_ones(group: Books) -> None:
    assert {rolling(group, month)[0] for month in range(12, 31)} == {15_000}
    first = {visit.customer.code for visit in group.visits if 6 <= visit.month < 18}
    second = {visit.customer.code for visit in group.visits if visit.month >= 18}
    assert 0.90 < len(first & second) / len(first) < 0.95
    assert {customer.code for customer in group.customers} == {visit.customer.code for visit in group.visits}


def test_the_way_up_is_not_a_straight_line(group: Books) -> None:
    arpu = [rolling(group, month)[2] for month in range(12, 31)]
    steps = [later - earlier for earlier, later in pairwise(arpu)]
    assert any(step < 0 for step in steps[:6]), "it had been standing still"
    assert all(step > 0 for step in steps[6:])
    assert max(steps) > 3 * min(steps[6:])


def test_the_shops_figures(shop: Books) -> None:
    before = [visit for visit in shop.visits if visit.day.year == 2024]
    after = [visit for visit in shop.visits if visit.day.year == 2025]
    assert (len(before), sum(v.cents for v in before), len({v.customer.code for v in before})) == (
        20_000, 32_000_000_00, 8_000,
    )  # fmt: skip
    assert (len(after), sum(v.cents for v in after), len({v.customer.code for v in after})) == (
        25_600, 40_960_000_00, 8_000,
    )  # fmt: skip
    assert [plan.first_day for plan in shop_plan(2025)][::23] == [date(2024, 1, 1), date(2025, 12, 1)]


def test_visits_look_like_a_workshop(group: Books) -> None:
    amounts = [visit.cents for visit in group.visits]
    assert min(amounts) > 5_00
    assert len(set(amounts)) > len(amounts) / 3
    weekdays = Counter(visit.day.weekday() for visit in group.visits)
    assert min(weekdays[day] for day in range(5)) > 1.4 * weekdays[6]
    by_store: dict[str, list[int]] = defaultdict(list)
    for visit in group.visits:
        by_store[visit.store.name].append(visit.cents)
    assert len(by_store) == 6
    assert len({visit.store.region for visit in group.visits}) == 3
    tickets = {name: sum(cents) / len(cents) for name, cents in by_store.items()}
    assert max(tickets.values()) > 1.25 * min(tickets.values())
    assert 0 < sum(v.store != v.customer.store for v in group.visits) < 0.03 * len(group.visits)


def test_every_day_is_covered_from_the_first_to_the_last(group: Books) -> None:
    days = {visit.day for visit in group.visits}
    first = group.plans[0].first_day
    assert days == {first + timedelta(n) for n in range((group.last_day - first).days + 1)}


def rows_of(table: Table) -> Iterator[dict[str, str]]:
    content = b"".join(table.chunks())
    assert content.startswith(BOM)
    return csv.DictReader(io.StringIO(content.decode("utf-8-sig")))


def test_files_agree_with_each_other(group: Books) -> None:
    tables = {table.key: table for table in group_tables(group)}
    visits = list(rows_of(tables["visits"]))
    customers = {row["客户编号"]: row for row in rows_of(tables["customers"])}
    parts: dict[str, int] = Counter()
    for row in rows_of(tables["parts"]):
        parts[row["工单号"]] += _cents(row["金额"])
    seen: dict[str, str] = {}
    for row in visits:
        assert _cents(row["工时费"]) + _cents(row["配件费"]) == _cents(row["金额"])
        assert parts.get(row["工单号"], 0) == _cents(row["配件费"])
        seen.setdefault(row["客户编号"], row["开单日期"])
    assert len({row["工单号"] for row in visits}) == len(visits)
    assert sum(_cents(row["金额"]) for row in visits) == sum(visit.cents for visit in group.visits)
    assert all(customers[code]["建档日期"] <= day for code, day in seen.items())
    assert len(customers) == len(group.customers)


def test_the_app_has_eight_thousand_users_in_the_last_month(group: Books) -> None:
    users: dict[str, set[str]] = defaultdict(set)
    for row in rows_of(next(table for table in group_tables(group) if table.key == "app_events")):
        users[row["时间"][:7]].add(row["客户编号"])
    counts = [len(users[month]) for month in sorted(users)]
    assert (len(counts), counts[-1]) == (18, 8_000)
    assert counts == sorted(counts)


def of_month(rows: list, back: int) -> list:
    """The rows of the last month, or of the one `back` months before."""
    first = months_until(LAST_MONTH, MONTHS)[-1 - back]
    return [row for row in rows if (row.day.year, row.day.month) == (first.year, first.month)]


@pytest.mark.parametrize("last", [date(2026, 6, 1), date(2026, 12, 31), date(2027, 2, 3)])
def test_fewer_members_come_in_the_last_month_whenever_that_is(last: date) -> None:
    books, (before, now) = service_years(last), months_until(last, 2)
    for first, came, on_file in ((before, 3_168, 9_900), (now, 2_800, 10_000)):
        known = {member.code for member in books.members if member.joined < first}
        here = {each.member.code for each in books.comings if each.day.replace(day=1) == first}
        assert (len(here & known), len(known)) == (came, on_file)


def test_members_of_a_year_ago_came_back_or_have_left(holding: ServiceYears) -> None:
    months = months_until(LAST_MONTH, 24)
    for back, on_file in ((0, 8_900), (1, 8_800)):
        known = {member.code for member in holding.members if member.joined < months[12 - back]}
        since = [each for each in holding.comings if each.day >= months[12 - back]]
        here = {each.member.code for each in since if not back or each.day < months[-1]}
        assert (len(known), len(known & here) * 5) == (on_file, on_file * 4)


def test_orders_add_up_and_belong_to_members_who_came(holding: ServiceYears) -> None:
    for back in range(MONTHS):
        orders, came = of_month(holding.orders, back), {each.member.code for each in of_month(holding.comings, back)}
        assert {order.member.code for order in orders} <= came
        assert all(order.parts <= order.cost and order.tenths > 0 and order.cents > 0 for order in orders)
        assert all((order.fixed is None) == (order.work != REPAIR) for order in orders)
    last = of_month(holding.orders, 0)
    assert (len(last), sum(order.tenths for order in last)) == (1_000, 300_000)
    assert len({order.cents for order in last}) > 900
    shifts = of_month(holding.shifts, 0)
    assert (sum(each.sold for each in shifts), sum(each.present for each in shifts)) == (41_400, 45_000)


@pytest.mark.parametrize(
    "make",
    [
        lambda: group_tables(group_books(LAST_MONTH)),
        lambda: shop_tables(shop_books(2025)),
        lambda: holding_tables(service_years(LAST_MONTH)),
    ],
)
def test_the_same_files_every_time_and_quickly(make) -> None:
    started = time.process_time()
    first = [sha256(b"".join(table.chunks())).hexdigest() for table in make()]
    assert time.process_time() - started < 5
    assert [sha256(b"".join(table.chunks())).hexdigest() for table in make()] == first


def test_headers_and_keys_are_unique(group: Books, shop: Books, holding: ServiceYears) -> None:
    for table in [*group_tables(group), *shop_tables(shop), *holding_tables(holding)]:
        names = [column.name for column in table.columns]
        assert len(set(names)) == len(names)
        assert len({column.source for column in table.columns}) == len(names)
        assert [column.role for column in table.columns].count("time") == 1
        assert set(table.row_key) <= set(names)


def test_chance_is_the_same_everywhere() -> None:
    assert [chance("north").randrange(1000) for _ in range(3)] == [chance("north").randrange(1000)] * 3


def _cents(text: str) -> int:
    yuan, cents = text.split(".")
    return int(yuan) * 100 + int(cents)
