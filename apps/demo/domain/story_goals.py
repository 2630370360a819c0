"""The goals of the after-sales group: a year, the quarter that was closed, and the one that runs.

What people write names no figure of a metric: it would be wrong on another day. Figures that are typed are their own.
"""

from __future__ import annotations

from decimal import Decimal

from apps.demo.domain.writing_goals import LAST, NOW, YEAR, Goal, Result, Said, Step

D = Decimal


def _weekly(*values: int | str | None) -> tuple[Decimal | None, ...]:
    return tuple(None if value is None else Decimal(value) for value in values)


COME_BACK = "让客户愿意回来，也愿意多花一点"
ONLINE = "让客户在 App 里完成预约和付款"
FIX_ONCE = "一次修好，不让客户跑第二趟"
HABIT = "让季节检测成为华东客户的习惯"
NIGHT = "浦东店夜间快保跑起来"

_OF_THE_YEAR = (
    Goal(
        COME_BACK, YEAR, "wangheng", level="company", kind="committed",
        why="客户愿意回来、愿意花钱，才说明服务有价值。全年只看这一件事，其余目标都为它服务。",
        results=(
            Result("客户年消费额达到董事会目标", metric="arpu", goal=D(5500), target=True, weight=D(50),
                   who="zhangwei"),
            Result("客户一年多来一次", metric="visits_per_customer", plus=D("0.5"), weight=D(30), who="zhangwei"),
            Result("净推荐值提高", metric="nps", plus=D(10), weight=D(20), who="lina"),
        ),
        comments=(("zhangwei", "频次先行，单次消费额不靠涨价。各大区的季度目标请都对齐到这里。"),),
    ),
    Goal(
        "利润不靠牺牲质量换来", YEAR, "chenyu", level="company", kind="committed",
        why="增长的每一步都要守住毛利和一次修复率。",
        results=(
            Result("配件毛利率不低于年初", "above", metric="parts_margin", plus=D(0), who="chenyu"),
            Result("一次修复率不低于年初", "above", metric="first_time_fix", plus=D(0), who="zhangwei"),
            Result("运营成本守在预算内", "below", metric="costs", plus=D(600_000), who="chenyu"),
        ),
    ),
)  # fmt: skip

_OF_THE_LAST_QUARTER = (
    Goal(
        "把 App 预约从试点推到全部门店", LAST, "chenyu", level="team", team="售后总部", kind="committed",
        why="上季度只有三家店能在 App 里约到工位，客户被迫打电话。",
        results=(
            Result("六家店全部开放 App 预约", start=D(3), goal=D(6), unit="家", weight=D(40),
                   weekly=_weekly(3, 3, 4, 4, None, 4, 5, 5, 5, None, 6, 6, 6),
                   said={2: Said(note="杭州滨江店上线。"),
                         5: Said("at_risk", "重庆渝北店的工位表还没有核对完。", "店里没有专人维护工位表。",
                                 "本周派人驻店两天。"),
                         10: Said(note="六家店都能约了，开始盯爽约。")}),
            Result("预约爽约率压到 8 % 以内", "below", high=D(8), unit="%", weight=D(30),
                   weekly=_weekly(14, 13, 13, 12, None, 11, 10, 10, 9, None, 9, "8.5", "8.5"),
                   said={3: Said("at_risk", "提醒短信上线后有改善，还不够。", next_step="到店前两小时再提醒一次。"),
                         11: Said("off_track", "还差一点，主要是周末爽约。", "周末客服不上班，没有人回访。"),
                         12: Said("off_track", "到期还差半个点。", next_step="周末回访下季度由总部统一做。")}),
            Result("门店上线培训", "milestones", weight=D(30), steps=(
                Step("编写前台话术", 2), Step("六家店各培训一次", 6), Step("抽查通话录音", 10),
                Step("把话术写进新人手册"),
            )),
        ),
        score=D("0.8"), reason="六家店都上线了；爽约率差半个点，新人手册拖到下季度。", carried=False,
    ),
    Goal(
        "华南两家店把返修单降下来", LAST, "chenjing", level="team", team="华南大区", kind="aspirational",
        why="返修占用工位，也最伤口碑。",
        results=(
            Result("每周返修单不超过 6 单", "range", low=D(0), high=D(6), rule="checkins", unit="单",
                   weekly=_weekly(9, 8, 7, None, 6, 6, 5, None, 7, 6, 6, 5, 5),
                   said={2: Said("at_risk", blockers="深圳南山店缺一名钣喷技师。"),
                         8: Said("at_risk", "台风天泡水车集中返修。")}),
            Result("返修原因 24 小时内登记", start=D(40), goal=D(95), unit="%",
                   weekly=_weekly(40, 48, 55, None, 66, 70, 74, None, 80, 83, 86, 88, 90)),
        ),
        score=D("0.7"), reason="后半季稳定在线内，登记率没有到位。", carried=True,
    ),
    Goal(
        "带出两名能独立接单的新技师", LAST, "wangqiang", level="person", team="上海浦东店",
        why="夜间快保要开，先得有人。",
        results=(
            Result("独立完成常规保养", start=D(0), goal=D(2), unit="人",
                   weekly=_weekly(0, 0, 0, 0, 1, 1, None, 1, 1, 2, 2, 2, 2)),
            Result("考取高压电工证", "binary", weekly=_weekly(0, 0, 0, 0, 0, 0, None, 0, 0, 0, 0, 1, 1)),
        ),
        score=D(1), reason="两人都能独立接单，可以排夜班了。",
    ),
)  # fmt: skip

_OF_THIS_QUARTER = (
    Goal(
        ONLINE, NOW, "chenyu", level="company", kind="committed", above=COME_BACK, counts="both",
        why="约得上、付得快，客户才会在两次保养之间打开 App。",
        results=(
            Result("App 月活继续往一万走", metric="app_mau", plus=D(600), weight=D(60), who="chenyu",
                   said={2: Said(note="冬季活动的页面已经排期。", next_step="和市场部确认奖品预算。"),
                         5: Said("at_risk", "活动还没开始，自然增长不够。", "奖品预算要等月底批复。",
                                 "先上签到，不等奖品。")}),
            Result("App 预约占比提高", metric="app_booking_share", plus=D("0.03"), weight=D(40), who="chenyu",
                   said={3: Said(note="洗车券对预约的拉动明显。")}),
        ),
        comments=(("wangqiang", "浦东店前台反映：客户约了以后想改时间，要打电话才行。能不能先做改期？"),
                  ("chenyu", "改期排在下一个版本，这周末先灰度到浦东店。")),
    ),
    Goal(
        FIX_ONCE, NOW, "zhangwei", team="售后总部", kind="committed", above=COME_BACK, alignment="supports",
        why="每一张返修单都要占两次工位，还会丢掉一次口碑。",
        results=(
            Result("一次修复率提高", metric="first_time_fix", plus=D("0.02"), weight=D(50), who="zhangwei",
                   said={1: Said(note="会诊机制从本周开始。"), 4: Said(note="会诊单都在一天内有了方案。")}),
            Result("建立疑难故障会诊", "milestones", weight=D(30), who="zhangwei", steps=(
                Step("确定六家店的对接人", 1), Step("会诊群与值班表", 2), Step("案例库收满一百条", 7, D(2)),
                Step("纳入技师晋级考核"),
            )),
            Result("投诉 48 小时内回复", "above", low=D(95), unit="%", weight=D(20), who="lina",
                   weekly=_weekly(91, 93, None, 94, 95, 96, None, 96, 97, 96, 97, 97, 98),
                   said={0: Said("at_risk", "周末的投诉要到周一才有人看。", next_step="排周末值班。")}),
        ),
    ),
    Goal(
        HABIT, NOW, "zhaoli", team="华东大区", above=COME_BACK,
        why="检测做得多，小毛病发现得早，客户一年会多来一次。",
        results=(
            Result("华东季节检测占比提高", metric="seasonal_check_share", dimension="region", member="华东大区",
                   plus=D("0.02"), weight=D(50)),
            Result("检测后有建议的客户占比", "range", low=D(35), high=D(55), tolerance=D(20), rule="distance", unit="%",
                   weight=D(30), weekly=_weekly(22, 25, 28, None, 33, 36, 38, 41, None, 43, 44, 44, 45),
                   said={2: Said("at_risk", "技师怕被说成推销，不愿写建议。", next_step="晨会演练怎么讲检测报告。")}),
            Result("检测报告客户看得懂的比例（先测再定）", "open_baseline", unit="%", weight=D(20),
                   weekly=_weekly(None, None, 58, None, 61, None, 63, None, 64, None, 66, None, 67)),
        ),
        comments=(("lina", "“看得懂”的口径：回访时客户能说出一项检测结果。样本每周不少于三十份。"),),
    ),
    Goal(
        NIGHT, NOW, "wangqiang", team="上海浦东店", above=HABIT,
        why="白领白天来不了；夜间两个工位空着就是浪费。",
        results=(
            Result("夜间快保台次", start=D(0), goal=D(240), unit="台", weight=D(40), who="wangqiang",
                   weekly=_weekly(0, 6, 15, 27, 41, 58, None, 92, 111, 131, 152, 174, 196),
                   said={3: Said(note="口碑来自附近两个写字楼。"),
                         5: Said("at_risk", "周三周四来得少。", "夜班只有一名技师会做混动。",
                                 "周四改为混动专场。")}),
            Result("夜间等待时间守在 30 到 45 分钟", "range", low=D(30), high=D(45), rule="checkins", unit="分钟",
                   weight=D(30), who="wangqiang", weekly=_weekly(52, 48, 44, 41, 39, 47, None, 42, 40, 38, 37, 36, 36)),
            Result("夜班安全检查通过", "binary", weight=D(30), who="wangqiang",
                   weekly=_weekly(0, 0, 1, 1, 1, 1, None, 1, 1, 1, 1, 1, 1),
                   said={2: Said(note="消防和照明一次通过。")}),
        ),
        comments=(("zhangwei", "台次和等待时间要一起看，别为了台次让客户等。"),),
    ),
    Goal(
        "每一位车主都在 App 里约过一次", NOW, "chenyu", team="售后总部", above=ONLINE,
        why="挑战型目标：七成就算好。逼我们把最不会用手机的客户也想进去。",
        results=(
            Result("到店客户里在 App 约过的比例", start=D(31), goal=D(100), unit="%", who="chenyu",
                   weekly=_weekly(31, 33, 35, None, 40, 42, 45, 47, None, 52, 54, 57, 59),
                   said={4: Said("off_track", "六十岁以上客户几乎不用。",
                                 next_step="前台帮忙代约，约完让客户自己点一次确认。")}),
        ),
    ),
    Goal(
        "把自己从日常审批里解放出来", NOW, "zhangwei", level="person", private=True,
        why="每天两小时批单子，没有时间去门店。",
        results=(
            Result("每周审批时间", start=D(12), goal=D(4), unit="小时",
                   weekly=_weekly(12, 11, 11, 10, None, 8, 8, 7, 7, 6, 6, 5, 5)),
            Result("每周去一家门店", start=D(0), goal=D(12), unit="次",
                   weekly=_weekly(0, 1, 2, 2, None, 4, 5, 5, 6, 7, 8, 9, 10)),
        ),
    ),
    Goal(
        "成为混动车型的专家", NOW, "wangqiang", level="person", team="上海浦东店", above=NIGHT, alignment="supports",
        why="夜班现在只有一个人会做混动。",
        results=(
            Result("完成混动课程", "milestones", steps=(
                Step("电池与热管理", 2), Step("电驱动总成", 5), Step("整车诊断"), Step("结业考试"),
            )),
            Result("独立完成的混动工单", start=D(0), goal=D(30), unit="单",
                   weekly=_weekly(0, 1, 3, 5, 8, 11, None, 15, 18, 20, 23, 25, 28)),
        ),
    ),
)  # fmt: skip

GOALS = (*_OF_THE_YEAR, *_OF_THE_LAST_QUARTER, *_OF_THIS_QUARTER)
