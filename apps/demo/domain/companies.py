"""The invented companies, as the files they would send.

Customers, visits and months are drawn once; the files are written from them row by row.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from apps.demo.domain import follow_up
from apps.demo.domain.allocate import chance
from apps.demo.domain.files import Column, Row, Table, clock, yuan
from apps.demo.domain.panel import make_panel
from apps.demo.domain.people import GROUP_STORES, SHOP_STORES, Customer, Store, make_customers
from apps.demo.domain.plan import GROUP_CUSTOMERS, SHOP_CUSTOMERS, MonthPlan, group_plan, shop_plan
from apps.demo.domain.visits import Visit, days_of, make_visits

STORE = Column("门店", "store", "text", "dimension")
REGION = Column("区域", "region", "text", "dimension")
CUSTOMER = Column("客户编号", "customer", "text", "entity")


@dataclass(frozen=True)
class Books:
    """Everything a company has written down in its months."""

    seed: str
    plans: tuple[MonthPlan, ...]
    customers: tuple[Customer, ...]
    visits: tuple[Visit, ...]

    @property
    def last_day(self) -> date:
        return days_of(self.plans[-1].first_day)[-1]


def group_books(last_month: date) -> Books:
    """The after-sales group 恒通汽车·售后: 6 stores in 3 regions, up to the month that holds `last_month`."""
    return _books("hengtong", GROUP_STORES, GROUP_CUSTOMERS, group_plan(last_month))


def shop_books(last_year: int) -> Books:
    """The 4S shop 恒通汽车·4S 店: one store, the calendar year `last_year` and the one before it."""
    return _books("hengtong-shop", SHOP_STORES, SHOP_CUSTOMERS, shop_plan(last_year))


def _books(seed: str, stores: Sequence[Store], a_year: int, plans: Sequence[MonthPlan]) -> Books:
    customers = make_customers(
        chance(f"{seed}/customers"), stores, a_year=a_year, months=[plan.first_day for plan in plans]
    )
    visits = make_visits(chance(f"{seed}/visits"), customers, stores, plans)
    for visit in visits:
        if visit.customer.since is None:
            visit.customer.since = visit.day
    return Books(seed, tuple(plans), tuple(customers), tuple(visits))


def group_tables(books: Books) -> list[Table]:
    """The six files of the group."""
    return [_customers(books), _visits(books), _surveys(books), _parts(books), _costs(books), _app(books)]


def shop_tables(books: Books) -> list[Table]:
    """The three files of the shop."""
    return [_customers(books), _visits(books), _panel(books)]


def _customers(books: Books) -> Table:
    columns = (
        Column("客户编号", "customer", "text", "key"),
        Column("建档日期", "since", "date", "time"),
        STORE,
        REGION,
        Column("车型", "model", "text", "dimension"),
        Column("会员等级", "level", "text", "dimension"),
    )
    known = sorted((c for c in books.customers if c.since), key=lambda c: (c.since, c.code))
    rows = ((c.code, c.since, c.store.name, c.store.region, c.model, c.level) for c in known)
    return Table("客户档案.csv", "customers", "客户档案", columns, ("customer",), rows)


def _visits(books: Books) -> Table:
    columns = (
        Column("工单号", "order_no", "text", "key"),
        Column("开单日期", "opened_on", "date", "time"),
        CUSTOMER,
        STORE,
        REGION,
        Column("业务类型", "work", "text", "dimension"),
        Column("来源", "channel", "text", "dimension"),
        Column("一次修复", "fixed_first_time", "boolean", "attribute", required=False),
        Column("工时费", "labour", "decimal", "measure"),
        Column("配件费", "parts", "decimal", "measure"),
        Column("金额", "amount", "decimal", "measure"),
    )
    return Table("工单.csv", "visits", "工单", columns, ("order_no",), _visit_rows(books.visits))


def _visit_rows(visits: Sequence[Visit]) -> Iterator[Row]:
    fixed = {True: "是", False: "否", None: ""}
    for v in visits:
        yield (
            v.order, v.day, v.customer.code, v.store.name, v.store.region, v.work, v.channel, fixed[v.fixed],
            yuan(v.cents - v.parts), yuan(v.parts), yuan(v.cents),
        )  # fmt: skip


def _surveys(books: Books) -> Table:
    columns = (
        Column("问卷编号", "survey", "text", "key"),
        Column("回访日期", "answered_on", "date", "time"),
        Column("工单号", "order_no", "text", "attribute"),
        CUSTOMER,
        STORE,
        REGION,
        Column("评分", "score", "integer", "measure"),
        Column("意见", "comment", "text", "attribute", required=False),
    )
    answers = follow_up.make_surveys(chance(f"{books.seed}/surveys"), books.visits, books.last_day)
    rows = (
        (
            s.code,
            s.day,
            s.visit.order,
            s.visit.customer.code,
            s.visit.store.name,
            s.visit.store.region,
            s.score,
            s.comment,
        )
        for s in answers
    )
    return Table("满意度问卷.xlsx", "surveys", "满意度问卷", columns, ("survey",), rows)


def _parts(books: Books) -> Table:
    columns = (
        Column("出库单号", "issue_no", "text", "key"),
        Column("出库日期", "issued_on", "date", "time"),
        Column("工单号", "order_no", "text", "attribute"),
        STORE,
        REGION,
        Column("配件类别", "part", "text", "dimension"),
        Column("数量", "quantity", "integer", "measure"),
        Column("金额", "amount", "decimal", "measure"),
        Column("成本", "cost", "decimal", "measure"),
    )
    rows = (
        (p.code, p.visit.day, p.visit.order, p.visit.store.name, p.visit.store.region, p.kind, p.quantity,
         yuan(p.cents), yuan(p.cost))
        for p in follow_up.make_parts(chance(f"{books.seed}/parts"), books.visits)
    )  # fmt: skip
    return Table("配件出库.csv", "parts", "配件出库", columns, ("issue_no",), rows)


def _costs(books: Books) -> Table:
    columns = (
        Column("日期", "day", "date", "time"),
        STORE,
        REGION,
        Column("成本类别", "kind", "text", "dimension"),
        Column("金额", "amount", "decimal", "measure"),
    )
    costs = follow_up.make_costs(chance(f"{books.seed}/costs"), books.visits, books.plans)
    rows = ((c.day, c.store.name, c.store.region, c.kind, yuan(c.cents)) for c in costs)
    return Table("成本.csv", "costs", "成本", columns, ("day", "store", "kind"), rows)


def _app(books: Books) -> Table:
    columns = (
        Column("时间", "happened_at", "datetime", "time"),
        CUSTOMER,
        STORE,
        REGION,
        Column("动作", "action", "text", "dimension"),
    )
    events = follow_up.make_app_events(chance(f"{books.seed}/app"), books.customers, books.plans)
    rows = (
        (f"{e.day} {clock(e.second)}", e.customer.code, e.customer.store.name, e.customer.store.region, e.action)
        for e in events
    )
    return Table("App 活跃.csv", "app_events", "App 活跃", columns, (), rows)


def _panel(books: Books) -> Table:
    """What the dealers' association sends of the first year: car owners it follows, of this shop and of a rival."""
    columns = (
        Column("记录号", "record", "text", "key"),
        Column("到店日期", "came_on", "date", "time"),
        Column("样本车主", "panel_owner", "text", "entity"),
        Column("经销店", "dealer", "text", "dimension"),
        Column("金额", "amount", "decimal", "measure"),
    )
    stays = make_panel(chance(f"{books.seed}/panel"), books.plans[0].first_day.year)
    rows = ((s.code, s.day, s.owner, s.dealer, yuan(s.cents)) for s in stays)
    return Table("同城对标样本.csv", "panel", "同城对标样本", columns, ("record",), rows)
