"""The files of 恒通集团: members and what they did, work orders, hours, stock and answers."""

from __future__ import annotations

from collections.abc import Iterable

from apps.demo.domain.files import Column, Row, Table, yuan
from apps.demo.domain.service_year import Order, ServiceYears

_BRAND = Column("品牌", "brand", "text", "dimension")
_MEMBER = Column("会员号", "member", "text", "entity")


def holding_tables(books: ServiceYears) -> list[Table]:
    """The six files of the group."""
    return [_members(books), _activity(books), _orders(books), _shifts(books), _stock(books), _answers(books)]


def _members(books: ServiceYears) -> Table:
    columns = (
        Column("会员号", "member", "text", "key"),
        Column("入会日期", "joined_on", "date", "time"),
        _BRAND,
    )
    rows = ((member.code, member.joined, member.brand) for member in books.members)
    return Table("会员档案.csv", "members", "会员档案", columns, ("member",), rows)


def _activity(books: ServiceYears) -> Table:
    columns = (
        Column("日期", "day", "date", "time"),
        _MEMBER,
        _BRAND,
        Column("活跃方式", "kind", "text", "dimension"),
    )
    rows = ((each.day, each.member.code, each.member.brand, each.kind) for each in books.comings)
    return Table("会员活跃.csv", "activity", "会员活跃", columns, (), rows)


def _orders(books: ServiceYears) -> Table:
    columns = (
        Column("工单号", "order_no", "text", "key"),
        Column("完工日期", "finished_on", "date", "time"),
        _MEMBER,
        _BRAND,
        Column("业务类型", "work", "text", "dimension"),
        Column("付费方", "payer", "text", "dimension"),
        Column("周转小时", "hours", "decimal", "measure"),
        Column("一次修复", "fixed_first_time", "boolean", "attribute", required=False),
        Column("30天返修", "came_back", "boolean", "attribute"),
        Column("投诉", "complaint", "boolean", "attribute"),
        Column("金额", "amount", "decimal", "measure"),
        Column("配件成本", "parts_cost", "decimal", "measure"),
        Column("总成本", "cost", "decimal", "measure"),
    )
    rows = map(_order, books.orders)
    return Table("完工工单.csv", "orders", "完工工单", columns, ("order_no",), rows)


def _order(order: Order) -> Row:
    said = {True: "是", False: "否", None: ""}
    return (
        order.code, order.day, order.member.code, order.member.brand, order.work,
        "保修" if order.warranty else "客户付费", tenths(order.tenths), said[order.fixed], said[order.again],
        said[order.complaint], yuan(order.cents), yuan(order.parts), yuan(order.cost),
    )  # fmt: skip


def _shifts(books: ServiceYears) -> Table:
    columns = (
        Column("日期", "day", "date", "time"),
        _BRAND,
        Column("在岗工时", "present", "decimal", "measure"),
        Column("售出工时", "sold", "decimal", "measure"),
    )
    rows: Iterable[Row] = ((s.day, s.brand, tenths(s.present), tenths(s.sold)) for s in books.shifts)
    return Table("技师工时.csv", "shifts", "技师工时", columns, ("day", "brand"), rows)


def _stock(books: ServiceYears) -> Table:
    columns = (
        Column("盘点日期", "counted_on", "date", "time"),
        _BRAND,
        Column("配件类别", "part", "text", "dimension"),
        Column("库存金额", "worth", "decimal", "measure"),
    )
    rows = ((shelf.day, shelf.brand, shelf.part, yuan(shelf.cents)) for shelf in books.shelves)
    return Table("配件库存.csv", "stock", "配件库存", columns, ("counted_on", "brand", "part"), rows)


def _answers(books: ServiceYears) -> Table:
    columns = (
        Column("回访日期", "answered_on", "date", "time"),
        _MEMBER,
        _BRAND,
        Column("推荐分", "score", "integer", "measure"),
    )
    rows = ((answer.day, answer.member.code, answer.member.brand, answer.score) for answer in books.answers)
    return Table("会员回访.xlsx", "answers", "会员回访", columns, (), rows)


def tenths(number: int) -> str:
    """Tenths as they are written in a file: 303 -> "30.3"."""
    return f"{number // 10}.{number % 10}"
