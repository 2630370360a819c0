"""恒通集团, a large mixed group that steers by a health score: four dimensions, twelve members, all from uploaded rows.

The weights of the dimensions are those of the worked case. How a member is judged (what is worth how many points) is
the group's agreement, as targets are; what the members come to, nobody has written down.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from apps.demo.domain.writing import (
    Aim,
    Branch,
    Company,
    Deed,
    Document,
    Person,
    Reweighing,
    WhatIf,
    count,
    different,
    metric,
    ratio,
    rows,
    total,
    unit,
    where,
)

_BY_BRAND: dict[str, Any] = {"dimensions": ["brand"]}
_PERCENT = unit("percent", 1)
_REPAIRS = rows("orders", where("work", "eq", "维修"))
_REVENUE = total("orders", "amount")
_CAME = {"op": "ge", "value": 1, "measure": rows("activity")}
_ON_FILE = {"dataset": "members", "started": "joined_on"}

_MEMBERS = (
    metric("active_rate", "Monthly active rate", "月活跃率", _PERCENT, kind="entity_share", entity="member",
           conditions=[_CAME], base=_ON_FILE, **_BY_BRAND,
           description={"en": "Members on file at the start of the month who came, used the app or took part in it.",
                        "zh": "月初在册会员中，当月到店、使用 App 或参加活动的比例。"}),
    metric("retention", "12-month retention", "12 个月留存率", _PERCENT, kind="entity_share", entity="member",
           conditions=[_CAME], base=_ON_FILE, trailing=12, **_BY_BRAND,
           description={"en": "Members of twelve months ago who were active since.",
                        "zh": "十二个月前在册的会员中，这十二个月内有过活跃的比例。"}),
    metric("nps", "Net promoter score (NPS)", "净推荐值 NPS", unit("score", 1), kind="nps", dataset="answers",
           column="score", **_BY_BRAND),
    ratio("arpu", "Revenue per customer and month (ARPU)", "客户月均消费 ARPU", unit("currency"), _REVENUE,
          different("orders", "member"), **_BY_BRAND),
    metric("arpu_growth", "ARPU growth on a year ago", "ARPU 同比增长", _PERCENT, kind="formula",
           expression="arpu / prior(arpu, 12) - 1", **_BY_BRAND),
    ratio("gross_margin", "Gross margin", "毛利率", _PERCENT,
          {"dataset": "orders", "how": "sum", "expression": "amount - cost", "filters": []}, _REVENUE, **_BY_BRAND),
    ratio("paid_share", "Revenue not paid by warranty", "非保修收入占比", _PERCENT,
          total("orders", "amount", where("payer", "ne", "保修")), _REVENUE, **_BY_BRAND),
    ratio("turnaround", "Work-order turnaround", "工单周转时长", unit("number", 1, "h", "小时"),
          total("orders", "hours"), rows("orders"), direction="down", **_BY_BRAND),
    ratio("utilisation", "Technician utilisation", "技师利用率", _PERCENT,
          total("shifts", "sold"), total("shifts", "present"), **_BY_BRAND),
    count("parts_used", "Cost of parts used", "配件耗用成本", total("orders", "parts_cost"),
          measured_in=unit("currency"), direction="down", **_BY_BRAND),
    metric("parts_stock", "Parts in stock", "配件库存", unit("currency"), kind="stock", dataset="stock",
           entity=["brand", "part"], column="worth", direction="down", **_BY_BRAND),
    metric("parts_turnover", "Parts turnover", "配件周转率", unit("number", 1, "a year", "次 / 年"), kind="formula",
           expression="12 * parts_used / parts_stock", **_BY_BRAND),
    ratio("first_time_fix", "First-time fix rate", "一次修复率", _PERCENT,
          rows("orders", where("work", "eq", "维修"), where("fixed_first_time", "eq", True)), _REPAIRS, **_BY_BRAND),
    ratio("repeat_repair", "Repeat-repair rate", "重复维修率", _PERCENT,
          rows("orders", where("work", "eq", "维修"), where("came_back", "eq", True)), _REPAIRS, direction="down",
          description={"en": "Repairs that had to be done again within 30 days.",
                       "zh": "30 天内因同一故障返修的比例。"},
          **_BY_BRAND),
    ratio("complaint_rate", "Complaint rate", "投诉率", _PERCENT,
          rows("orders", where("complaint", "eq", True)), rows("orders"), direction="down", **_BY_BRAND),
)  # fmt: skip


def _group(en: str, zh: str, weight: int, *parts: Document) -> Document:
    return {"name": {"en": en, "zh": zh}, "weight": weight, "parts": list(parts)}


def _part(key: str, weight: int, **scale: Any) -> Document:
    return {"metric": key, "weight": weight, "scale": scale}


def _points(*pairs: tuple[str, int]) -> list[Document]:
    return [{"at": at, "score": score} for at, score in pairs]


_SCORE = metric(
    "health_score", "After-sales health score", "售后健康度", unit("score", 0), kind="score", **_BY_BRAND,
    description={
        "en": "Do customers stay, do we make money, do we work well, is the work good? 100 is the best.",
        "zh": "客户留不留、生意赚不赚、干活快不快、修得好不好，满分 100。",
    },
    groups=[
        _group(
            "Customer stickiness", "客户黏性", 30,
            # 10 % is dangerous, 30 % healthy, 50 % super healthy
            _part("active_rate", 50, type="anchors", anchors=_points(("0.1", 0), ("0.3", 60), ("0.5", 100))),
            _part("retention", 30, type="linear", floor="0.5", goal="0.9"),
            _part("nps", 20, type="steps", steps=[
                {"up_to": 0, "score": 20}, {"up_to": 30, "score": 60}, {"up_to": 50, "score": 80}, {"score": 100},
            ]),
        ),
        _group(
            "Revenue health", "收入健康", 30,
            _part("arpu_growth", 40, type="linear", floor=0, goal="0.1"),
            _part("gross_margin", 40, type="linear", floor="0.2", goal="0.5"),
            _part("paid_share", 20, type="linear", floor="0.5", goal="0.9"),
        ),
        _group(
            "Operating efficiency", "运营效率", 20,
            _part("turnaround", 50, type="inverted", goal=24, ceiling=64),
            _part("utilisation", 25, type="band", low_end="0.5", low="0.75", high="0.9", high_end=1),
            _part("parts_turnover", 25, type="linear", floor=4, goal=12),
        ),
        _group(
            "Quality", "质量", 20,
            _part("first_time_fix", 40, type="linear", floor="0.75", goal="0.95"),
            _part("repeat_repair", 40, type="inverted", goal="0.01", ceiling="0.05"),
            _part("complaint_rate", 20, type="inverted", goal="0.002", ceiling="0.01"),
        ),
    ],
)  # fmt: skip

HOLDING = Company(
    slug="hengtong-holding",
    name="恒通集团",
    domain="hengtong-holding.example",
    people=(
        Person("lintao", "林涛", "owner"),
        Person("zhangming", "张明", "manager"),
        Person("hejing", "何静", "analyst"),
        Person("wulei", "吴磊", "admin"),
        Person("zhaoxue", "赵雪", "viewer"),
    ),
    metrics=(*_MEMBERS, _SCORE),
    north_star="health_score",
    grain="month",
    why="三个品牌业务差别大，没有一个单一指标说得清；健康度把客户、收入、效率、质量放在一起看。",
    tree=(
        Branch("active_rate"),
        Branch("retention"),
        Branch("nps"),
        Branch("arpu_growth", below=(Branch("arpu"),)),
        Branch("gross_margin"),
        Branch("paid_share"),
        Branch("turnaround"),
        Branch("utilisation"),
        Branch("parts_turnover", below=(Branch("parts_used"), Branch("parts_stock"))),
        Branch("first_time_fix"),
        Branch("repeat_repair"),
        Branch("complaint_rate"),
    ),
    owners={"active_rate": "zhaoxue", "nps": "zhaoxue"},
    aims=(
        Aim("health_score", "month", Decimal(85), -5, 12, reason="集团年度目标"),
        Aim("active_rate", "month", Decimal("0.34"), -5, 12, reason="留住会员先让会员常来"),
        Aim("gross_margin", "month", Decimal("0.435"), -5, 12),
        Aim("turnaround", "month", Decimal(26), -5, 12, reason="客户等不起"),
    ),
    deeds=(
        Deed(
            "active_rate",
            "沉默会员召回",
            "三个月未到店的会员：App 推送加电话，送一次免费检测。",
            "zhaoxue",
            18,
            75,
            expected=Decimal("0.03"),
        ),
        Deed("utilisation", "周末增开两个班次", "技师轮班，把在岗工时补回来。", "zhangming", 24, 60),
        Deed(
            "turnaround",
            "常用件提前备料",
            "预约单前一天备好常用件，减少等件时间。",
            "hejing",
            -120,
            75,
            expected=Decimal(-2),
            result="等件少了，已写进预约流程。",
        ),
        Deed("repeat_repair", "返修复盘会", "每周一复盘上周返修单，定责到工位。", "zhangming", 45, 90, running=False),
    ),
    reweighed=(
        Reweighing(
            "health_score",
            (25, 30, 25, 20),
            16,
            "wulei",
            "客户黏性 25% → 30%，运营效率 25% → 20%：客户留不住，干得再快也没有用。",
        ),
    ),
    told_teams="会员运营：让会员常来。\n车间：排好班，少让客户等。\n质量：返修单每周复盘。",
    what_ifs=(
        WhatIf("活跃率回到 32%", "召回做成之后，健康度能回到多少？", "zhangming", {"active_rate": Decimal("0.32")}),
    ),
)
