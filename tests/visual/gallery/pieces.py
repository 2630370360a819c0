"""What the pages of the gallery show: invented values in the shapes of apps.common.pieces."""

from decimal import Decimal as D

from apps.common.charts import Bar, Bars, Point, Trend
from apps.common.formats import Kind, Style
from apps.common.pieces import Act, Fact, Goal, Hero, Node, OutlineItem

YUAN = Style(Kind.MONEY, 0, "¥")
MONTHS = ["1月", "2月", "3月", "4月", "5月", "6月", "7月", "8月", "9月", "10月", "11月", "12月"]
ACTUAL = [4230, 4205, 4380, 4530, 4690, 4800]


def trend(zh: bool) -> Trend:
    labels = MONTHS if zh else ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
    points = [Point("基线" if zh else "Base", D(4200), D(4200))]
    for i, label in enumerate(labels):
        actual = D(ACTUAL[i]) if i < 6 else D(4850) if i == 6 else None
        note = ("高频触达计划启动" if zh else "High-touch plan starts") if i == 1 else ""
        points.append(Point(label, actual, D(4200) + D(1300) * (i + 1) / 12, open=i == 6, note=note))
    return Trend(
        "nsm", "客户年度消费额,按月,与目标路径对比" if zh else "ARPU by month against the target path", points, YUAN
    )


def bars(zh: bool) -> Bars:
    names = (
        ["浦东店", "徐汇店", "滨江店", "西湖店", "姑苏店", "鼓楼店"]
        if zh
        else ["Pudong", "Xuhui", "Binjiang", "Xihu", "Gusu", "Gulou"]
    )
    values = [5320, 5105, 4890, 4460, 4310, None]
    return Bars(
        "stores",
        "按门店" if zh else "By store",
        [Bar(n, None if v is None else D(v)) for n, v in zip(names, values, strict=True)],
        YUAN,
    )


def goal(zh: bool) -> Goal:
    return Goal(
        done=D("46.2"),
        today=D(50),
        tone="warn",
        status="略落后" if zh else "Slightly behind",
        words="目标已完成 46.2%,时间已过 50%" if zh else "46.2% of the way, 50% of the time",
        label="目标已完成 46.2%,时间已过 50%"
        if zh
        else "46.2 percent of the way to the target, 50 percent of the time has passed",
        start="起点 4,200" if zh else "Start 4,200",
        due_today="今日应达 4,850" if zh else "Due today 4,850",
        target="目标 5,500" if zh else "Target 5,500",
    )


def hero(zh: bool) -> Hero:
    return Hero(
        name="客户年度消费额 ARPU" if zh else "Annual revenue per customer (ARPU)",
        value="¥4,800",
        unit="/ 年" if zh else "/ year",
        tone="warn",
        href="#",
        goal=goal(zh),
        facts=[
            Fact("较上月" if zh else "vs May", "¥110", D(110)),
            Fact("较起点" if zh else "vs start", "14.3%", D("0.143")),
            Fact("年化增收" if zh else "Added revenue a year", "¥900万" if zh else "¥9M"),
            Fact("投诉率" if zh else "Complaint rate", "0.4 个百分点" if zh else "0.4 pts", D("0.004"), better="down"),
        ],
    )


def _leaf(
    key: str,
    name: str,
    value: str,
    target: str,
    tone: str,
    status: str,
    series: list,
    edge: str,
    edge_tone: str,
    **more: object,
) -> Node:
    return Node(
        key=key,
        name=name,
        value=value,
        target=target,
        tone=tone,
        status=status,
        href="#",
        edge=edge,
        edge_tone=edge_tone,
        series=[None if v is None else D(str(v)) for v in series],
        **more,
    )


def tree(zh: bool) -> Node:
    def t(chinese: str, english: str) -> str:
        return chinese if zh else english

    good, warn, bad = t("达标", "On track"), t("略落后", "Slightly behind"), t("预警", "Off track")
    visits = Node(
        key="visits",
        name=t("年消费频次", "Visits per year"),
        value="2.96",
        target="3.40",
        tone="warn",
        status=warn,
        href="#",
        series=[D("2.6"), D("2.6"), D("2.7"), D("2.8"), D("2.9"), D("2.96")],
        operator="+",
        edge="+¥581 · 97%",
        edge_tone="good",
        kids=(
            _leaf(
                "retention",
                t("12 个月留存率", "12-month retention"),
                "73%",
                "78%",
                "warn",
                warn,
                [68, 69, 70, 71, 72, 73],
                "+0.14",
                "good",
            ),
            _leaf(
                "season",
                t("季节检测到店率", "Seasonal check-up uptake"),
                "22%",
                "30%",
                "bad",
                bad,
                [18, None, 16, 20, 23, 22],
                "+0.12",
                "good",
            ),
            _leaf(
                "points",
                t("积分兑换率", "Points redeemed for service"),
                "11%",
                "10%",
                "good",
                good,
                [6, 7, 8, 9, 10, 11],
                "+0.10",
                "good",
            ),
        ),
    )
    spend = Node(
        key="spend",
        name=t("单次消费额", "Revenue per visit"),
        value="¥1,622",
        target="¥1,618",
        tone="good",
        status=good,
        href="#",
        series=[D(1600), D(1590), D(1602), D(1615), D(1622)],
        operator="~",
        edge="+¥19 · 3%",
        edge_tone="good",
        kids=(
            _leaf(
                "package",
                t("套餐渗透率", "Service package share"),
                "18%",
                "17%",
                "good",
                good,
                [12, 14, 16, 18],
                "",
                "",
                influence=True,
            ),
            Node(
                key="upgrade",
                name=t("配件升级率", "Parts upgrade rate"),
                value="–",
                tone="none",
                status=t("无数据", "No data"),
                href="#",
                state=t("缺少数据", "Data missing"),
                influence=True,
                missing=True,
            ),
        ),
    )
    return Node(
        key="arpu",
        name=t("客户年度消费额 ARPU", "Annual revenue per customer (ARPU)"),
        value="¥4,800",
        unit=t("/ 年", "/ year"),
        target="¥5,500",
        tone="warn",
        status=warn,
        href="#",
        series=[D(v) for v in ACTUAL],
        operator="×",
        star=True,
        kids=(visits, spend),
    )


def outline(zh: bool) -> OutlineItem:
    names = (
        ["客户年度消费额 ARPU", "年消费频次", "12 个月留存率", "季节检测到店率", "单次消费额"]
        if zh
        else [
            "Annual revenue per customer",
            "Visits per year",
            "12-month retention",
            "Seasonal check-up uptake",
            "Revenue per visit",
        ]
    )
    meta = "次 · 越高越好" if zh else "visits · higher is better"
    acts = {"add_url": "#"}
    kids = (
        OutlineItem(
            "retention",
            names[2],
            "#",
            "%",
            current=True,
            acts=(Act("#", "arrow-up", "上移" if zh else "Up"), Act("#", "trash", "移除" if zh else "Remove")),
            influence=True,
            operator="~",
            **acts,
        ),
        OutlineItem("season", names[3], "#", "%", bad="缺少数据集" if zh else "Its data set is missing", **acts),
    )
    return OutlineItem(
        "arpu",
        names[0],
        "#",
        "¥",
        star=True,
        add_url="#",
        kids=(
            OutlineItem("visits", names[1], "#", meta, operator="×", kids=kids, **acts),
            OutlineItem("spend", names[4], "#", "¥", operator="×", **acts),
        ),
    )
