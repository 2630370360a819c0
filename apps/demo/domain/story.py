"""What the invented companies have agreed on: who they are, their metrics, their trees and their targets.

Only definitions and intentions stand here. Every value is computed from the files by Lodestar itself.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from apps.demo.domain.story_goals import GOALS
from apps.demo.domain.story_holding import HOLDING
from apps.demo.domain.writing import (
    BY_PLACE,
    Aim,
    Branch,
    Cascade,
    Company,
    Deed,
    Document,
    Person,
    TeamCascade,
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

PASSWORD = "north-star-2026"  # noqa: S105  (printed at every start: it opens nothing but the demo)

REVENUE, VISITS, CUSTOMERS = total("visits", "amount"), rows("visits"), different("visits", "customer")
A_YEAR = unit("currency", 0, "/ year", "/ 年")
ARPU_TOLD = {
    "en": "What a customer spends in twelve months: revenue of all work orders over the customers who came.",
    "zh": "一个客户十二个月内在本店的消费：全部工单金额 ÷ 到店客户数。",
}


def arpu_and_factors(**window: Any) -> tuple[Document, ...]:
    """Annual revenue per customer, and its two factors: how often they come, and what a visit is worth."""
    return (
        ratio(
            "arpu", "Annual revenue per customer (ARPU)", "客户年消费额 ARPU", A_YEAR, REVENUE, CUSTOMERS,
            description=ARPU_TOLD, **window,
        ),
        ratio(
            "visits_per_customer", "Visits per customer and year", "年进店频次",
            unit("number", 2, "visits", "次"), VISITS, CUSTOMERS, **window,
        ),
        ratio("spend_per_visit", "Revenue per visit", "单次消费额", unit("currency"), REVENUE, VISITS, **window),
    )  # fmt: skip


# --- the after-sales group ------------------------------------------------------------------------------------------

_GROUP_METRICS = (
    *arpu_and_factors(trailing=12, dimensions=list(BY_PLACE)),
    count(
        "customers_in_care", "Customers under care", "在管客户数", CUSTOMERS, trailing=12, dimensions=list(BY_PLACE),
        description={"en": "Customers who came in the last twelve months.", "zh": "近十二个月到过店的客户。"},
    ),
    count("revenue", "Revenue", "售后收入", REVENUE, measured_in=unit("currency"),
          grains=["month", "quarter", "year"], dimensions=[*BY_PLACE, "work"]),
    count("visits", "Work orders", "工单数", VISITS, grains=["month", "quarter"], dimensions=[*BY_PLACE, "work"]),
    count("app_mau", "App users a month (MAU)", "App 月活用户", different("app_events", "customer"),
          dimensions=list(BY_PLACE)),
    ratio("app_booking_share", "Share booked in the app", "App 预约占比", unit("percent", 1),
          rows("visits", where("channel", "eq", "App 预约")), VISITS, dimensions=list(BY_PLACE)),
    ratio("first_time_fix", "First-time fix rate", "一次修复率", unit("percent", 1),
          rows("visits", where("work", "eq", "维修"), where("fixed_first_time", "eq", True)),
          rows("visits", where("work", "eq", "维修")), dimensions=list(BY_PLACE)),
    ratio("seasonal_check_share", "Share of seasonal check-ups", "季节检测占比", unit("percent", 1),
          rows("visits", where("work", "eq", "季节检测")), VISITS, dimensions=list(BY_PLACE)),
    ratio("parts_share", "Parts share of revenue", "配件收入占比", unit("percent", 1),
          total("visits", "parts"), REVENUE, dimensions=list(BY_PLACE)),
    count("survey_answers", "Survey answers", "问卷数", rows("surveys"), dimensions=list(BY_PLACE)),
    count("promoters", "Promoters (9 or 10)", "推荐者（9–10 分）", rows("surveys", where("score", "ge", 9)),
          dimensions=list(BY_PLACE)),
    count("detractors", "Detractors (0 to 6)", "贬损者（0–6 分）", rows("surveys", where("score", "le", 6)),
          dimensions=list(BY_PLACE), direction="down"),
    metric("nps", "Net promoter score (NPS)", "净推荐值 NPS", unit("score", 1), kind="formula",
           expression="100 * (promoters - detractors) / survey_answers", dimensions=list(BY_PLACE)),
    count("parts_revenue", "Parts sold", "配件收入", total("parts", "amount"), measured_in=unit("currency"),
          dimensions=[*BY_PLACE, "part"]),
    count("parts_cost", "Cost of parts", "配件成本", total("parts", "cost"), measured_in=unit("currency"),
          dimensions=[*BY_PLACE, "part"], direction="down"),
    metric("parts_margin", "Parts margin", "配件毛利率", unit("percent", 1), kind="formula",
           expression="(parts_revenue - parts_cost) / parts_revenue", dimensions=list(BY_PLACE)),
    count("costs", "Operating costs", "运营成本", total("costs", "amount"), measured_in=unit("currency"),
          grains=["month", "quarter"], dimensions=[*BY_PLACE, "kind"], direction="down"),
    count("new_customers", "New customers", "新增客户", rows("customers"), dimensions=[*BY_PLACE, "model"]),
    metric("technicians", "Technicians on duty", "在岗技师数", unit("count"), kind="manual"),
    metric("visits_per_technician", "Work orders per technician", "技师人均工单", unit("number", 1), kind="formula",
           expression="visits / technicians"),
)  # fmt: skip

GROUP = Company(
    slug="hengtong",
    name="恒通汽车·售后",
    domain="hengtong.example",
    people=(
        Person("wangheng", "王恒", "owner"),
        Person("zhangwei", "张伟", "manager", "售后总部", leads=True),
        Person("lina", "李娜", "analyst", "售后总部"),
        Person("chenyu", "陈宇", "admin", "售后总部"),
        Person("liufang", "刘芳", "hr", "售后总部"),
        Person("zhaoli", "赵丽", "member", "华东大区", leads=True),
        Person("chenjing", "陈静", "member", "华南大区", leads=True),
        Person("wangqiang", "王强", "member", "上海浦东店", leads=True),
        Person("zhoumin", "周敏", "viewer"),
    ),
    teams={
        "售后总部": "", "华东大区": "售后总部", "华南大区": "售后总部", "西南大区": "售后总部",
        "上海浦东店": "华东大区", "杭州滨江店": "华东大区", "广州天河店": "华南大区", "深圳南山店": "华南大区",
        "成都高新店": "西南大区", "重庆渝北店": "西南大区",
        **{f"{store}·{name}": store
           for store in ("上海浦东店", "杭州滨江店", "广州天河店", "深圳南山店", "成都高新店", "重庆渝北店")
           for name in ("前台接待", "机电维修", "钣喷", "快修", "客户关怀")},
    },
    numbers={
        **dict.fromkeys(("华东大区", "华南大区", "西南大区"), "region"),
        **dict.fromkeys(
            ("上海浦东店", "杭州滨江店", "广州天河店", "深圳南山店", "成都高新店", "重庆渝北店"), "store"
        ),
    },
    metrics=_GROUP_METRICS,
    north_star="arpu",
    grain="month",
    why="客户愿意回来、愿意花钱，才说明服务有价值；各门店每天的工作都能推动它。",
    tree=(
        Branch("visits_per_customer", below=(
            Branch("app_mau", "influence"),
            Branch("app_booking_share", "influence"),
            Branch("nps", "influence"),
            Branch("first_time_fix", "influence"),
        )),
        Branch("spend_per_visit", below=(
            Branch("seasonal_check_share", "influence"),
            Branch("parts_share", "influence"),
            Branch("parts_margin", "influence"),
        )),
    ),
    aims=(
        Aim("arpu", "month", Decimal(5500), -5, 12, Decimal(4200), reason="董事会年度目标"),
        Aim("visits_per_customer", "month", Decimal("3.4"), -5, 12, Decimal("2.8"), reason="增长主要靠频次"),
        Aim("spend_per_visit", "month", Decimal(1618), -5, 12, Decimal(1500)),
        Aim("app_mau", "month", Decimal(10_000), 1, None, Decimal(8000), reason="下季度末月活达到一万"),
        Aim("nps", "month", Decimal(20), -5, 12, plus=True),
        Aim("first_time_fix", "month", Decimal("0.04"), -5, 12, plus=True),
    ),
    cascades=(
        Cascade("visits", "month", Decimal("0.1"), "store",
                {"前台接待": 30, "机电维修": 34, "钣喷": 14, "快修": 12, "客户关怀": 10},
                reason="本季度工单比去年同期多一成"),
    ),
    team_cascades=(
        TeamCascade("revenue", "month", Decimal("0.08"), ("region", "store"), reason="大区和门店各担一份收入"),
    ),
    owners={
        "visits_per_customer": "wangqiang", "app_mau": "chenyu", "app_booking_share": "chenyu", "nps": "lina",
    },
    deeds=(
        Deed("visits_per_customer", "季节检测套餐", "换季前给每位客户发一张免费检测券。", "zhangwei", -150, 85,
             expected=Decimal("0.1"), result="客户愿意来，已列为每季常规动作。"),
        Deed("app_booking_share", "App 预约送洗车券", "App 预约到店即送洗车，前台逐单提醒。", "chenyu", -60, 150),
        Deed("first_time_fix", "疑难故障专家会诊", "一次未修好的单子 24 小时内由总部专家会诊。", "zhangwei", -20, 100,
             expected=Decimal("0.02")),
        Deed("visits_per_customer", "浦东店夜间快保", "工作日 18 到 21 点开放快保工位。", "wangqiang", 25, 90,
             dimension="store", member="上海浦东店"),
        Deed("app_mau", "冬季用车月活动", "签到、里程挑战和积分兑换。", "chenyu", 40, 60, expected=Decimal(1200),
             running=False, key_result="App 月活继续往一万走"),
        Deed("", "写字楼扫码领夜间券", "附近两个写字楼大堂摆台，扫码领券，当周可用。", "wangqiang", 10, 70,
             key_result="夜间快保台次"),
        Deed("arpu", "老客户年度账单", "把一年的保养记录做成账单寄给客户，附下一年的保养计划。", "lina", -40, 120,
             expected=Decimal(60), of_target=True),
    ),
    goals=GOALS,
    told_teams="门店：让客户多来一次，季节检测、到期提醒。\n技师：一次修好。\n总部：把预约搬进 App。",
    what_ifs=(
        WhatIf("频次到 3.4、单次不变", "只把频次做到年度目标，能走多远？", "zhangwei",
               {"visits_per_customer": Decimal("3.4")}),
        WhatIf("两项都到目标", "频次和单次消费额都达标时的 ARPU。", "zhangwei",
               {"visits_per_customer": Decimal("3.4"), "spend_per_visit": Decimal(1618)}),
    ),
    typed={"technicians": (
        89, 90, 90, 91, 91, 92, 92, 92, 93, 93, 94, 94, 95, 95, 95,
        96, 96, 96, 96, 97, 97, 98, 98, 98, 99, 99, 100, 101, 102, 102,
    )},
)  # fmt: skip


# --- the 4S shop ----------------------------------------------------------------------------------------------------

_BY_WORK = ["work", "channel"]
_PANEL_OWNERS = different("panel", "panel_owner")
_PANEL: dict[str, Any] = {"grains": ["year"], "dimensions": ["dealer"]}
_RIVAL = (
    ratio("panel_visits_per_customer", "Visits per owner and year (panel)", "年进店频次（对标样本）",
          unit("number", 2, "visits", "次"), rows("panel"), _PANEL_OWNERS, **_PANEL),
    ratio("panel_spend_per_visit", "Revenue per visit (panel)", "单次消费额（对标样本）", unit("currency"),
          total("panel", "amount"), rows("panel"), **_PANEL),
    metric("panel_arpu", "Annual revenue per owner (panel)", "车主年消费额（对标样本）", A_YEAR, kind="formula",
           expression="panel_visits_per_customer * panel_spend_per_visit",
           description={
               "en": "From the panel of the dealers' association, this shop and a rival in town; sent once a year.",
               "zh": "来自经销商协会的车主样本：本店与同城对手，每年一期。",
           }, **_PANEL),
)  # fmt: skip

SHOP = Company(
    slug="hengtong-shop",
    name="恒通汽车·4S 店",
    domain="hengtong-shop.example",
    people=(
        Person("sunli", "孙丽", "owner"),
        Person("zhaolei", "赵磊", "manager"),
        Person("heyan", "何燕", "analyst"),
    ),
    metrics=(
        *arpu_and_factors(grains=["year"], dimensions=_BY_WORK),
        count("customers_in_care", "Customers", "到店客户数", CUSTOMERS, grains=["month", "year"]),
        count("revenue", "Revenue", "售后收入", REVENUE, measured_in=unit("currency"),
              grains=["month", "quarter", "year"], dimensions=_BY_WORK),
        count("visits", "Work orders", "工单数", VISITS, grains=["month", "quarter", "year"], dimensions=_BY_WORK),
        *_RIVAL,
    ),
    north_star="arpu",
    grain="year",
    why="同城对手每个客户一年消费约 6,000 元，差距主要在进店频次。",
    tree=(Branch("visits_per_customer"), Branch("spend_per_visit")),
    aims=(
        Aim("arpu", "year", Decimal(6000), 0, 2, Decimal(4000), reason="两年追上同城对手"),
        Aim("visits_per_customer", "year", Decimal("3.8"), 0, 2, Decimal("2.5"), reason="对手每客户每年 3.8 次"),
    ),
    deeds=(
        Deed("visits_per_customer", "到期保养提醒", "按里程和时间自动提醒，前台当天回访。", "zhaolei", -200, 420),
    ),
    told_teams="前台：到期提醒当天回访。\n车间：按约定时间交车。",
    what_ifs=(
        WhatIf("追上对手的频次", "客户也像对手那样每年来 3.8 次。", "zhaolei", {"visits_per_customer": Decimal("3.8")}),
    ),
)  # fmt: skip

COMPANIES = (GROUP, SHOP, HOLDING)
