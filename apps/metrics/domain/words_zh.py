"""A definition as a Chinese sentence."""

from __future__ import annotations

from collections.abc import Sequence

from apps.metrics.domain.definition import (
    AggregateDefinition,
    Aggregation,
    Base,
    ConversionDefinition,
    CumulativeDefinition,
    Definition,
    EntityCountDefinition,
    EntityShareDefinition,
    Filter,
    FormulaDefinition,
    FunnelDefinition,
    LifecycleDefinition,
    ManualDefinition,
    NpsDefinition,
    RatioDefinition,
    RecurringDefinition,
    RepeatDefinition,
    RetentionDefinition,
    ScoreDefinition,
    Step,
    StockDefinition,
    Threshold,
    steps_of,
    trailing_of,
)
from apps.metrics.domain.kinds import DayRule, day_rule
from apps.metrics.domain.money import money_of
from apps.metrics.domain.speaking import Speaker, enumerated, tight, value_in_words

_HOW = {
    "sum": "{rows}{column}之和",
    "count": "{rows}数",
    "distinct": "{rows}不同{column}的个数",
    "avg": "{rows}{column}的平均值",
    "min": "{rows}{column}的最小值",
    "max": "{rows}{column}的最大值",
    "median": "{rows}{column}的中位数",
    "percentile": "{rows}{column}的第 {share} 百分位数",
}
_BOOLEANS = ("“是”", "“否”")
_OP = {
    "eq": "{column}为{values}",
    "ne": "{column}不为{values}",
    "lt": "{column}小于{values}",
    "le": "{column}不超过{values}",
    "gt": "{column}大于{values}",
    "ge": "{column}不低于{values}",
    "in": "{column}为{values}",
    "not_in": "{column}不为{values}",
    "is_null": "{column}为空",
    "not_null": "{column}不为空",
}
_DAY_OP = {
    "lt": "{column}早于{values}",
    "le": "{column}不晚于{values}",
    "gt": "{column}晚于{values}",
    "ge": "{column}不早于{values}",
}
_GRAIN = {"day": "日", "week": "周", "month": "月", "quarter": "季度", "half": "半年", "year": "年"}
_SPAN = {"day": "天", "week": "周", "month": "个月", "quarter": "个季度", "half": "个半年", "year": "年"}
_SINCE = {"month": "月初", "quarter": "季初", "half": "半年初", "year": "年初"}
_COMPARED = {"gt": "多于 {n} ", "ge": "至少 {n} ", "lt": "少于 {n} ", "le": "至多 {n} ", "eq": "恰好 {n} "}
_LIMIT = {"gt": "高于", "ge": "不低于", "lt": "低于", "le": "不高于", "eq": "等于"}
_LIFECYCLE = {
    "active": "有{what}的不同{entity}的个数",
    "new": "有史以来首次有{what}的不同{entity}的个数",
    "retained": "本期和上期都有{what}的不同{entity}的个数",
    "reactivated": "中断至少一整期后又有{what}的不同{entity}的个数",
    "churned": "上期有而本期没有{what}的不同{entity}的个数",
    "net": "有{what}的不同{entity}个数的变化：新增加唤醒减流失",
}
_RECURRING = {
    "mrr": "{rows}{column}之和",
    "new": "从未付过费的{entity}的{column}（取自{rows}）",
    "expansion": "{entity}比上期多付的{column}（取自{rows}）",
    "contraction": "仍付费的{entity}比上期少付的{column}（取自{rows}）",
    "churn": "上期付费而本期不再付费的{entity}在上期的{column}（取自{rows}）",
    "reactivation": "停付后重新付费的{entity}的{column}（取自{rows}）",
    "nrr": "上期付费的{entity}本期的{column}，除以其上期的{column}（取自{rows}）",
    "grr": "上期付费的{entity}本期的{column}（每个不超过其上期），除以其上期的{column}（取自{rows}）",
}
_VARIANT = {
    "bounded": "在之后第 {n} {span}再次活跃",
    "unbounded": "在之后第 {n} 至第 {last} {span}内再次活跃",
    "unbroken": "在之后 {n} {span}中每一期都活跃",
}
_STOCK = {"closing": "期末", "opening": "期初", "average": "日均"}

_DAY_RULE = {
    DayRule.CLOCK: "",
    DayRule.SAME_DAY: "（含当天）",
    DayRule.LATER_DAY: "（不知时刻则须晚一天）",
}


_AS_OF = {
    "period_end": "期末时 {file} 中的 {column} ",
    "event": "发生当天 {file} 中的 {column} ",
    "latest": " {file} 中最新的 {column} ",
    "only": " {file} 中的 {column} ",
}


class Chinese(Speaker):
    """Sentences in Simplified Chinese."""

    language = "zh-hans"

    def sentence(self, definition: Definition) -> str:
        """The definition as a sentence with its full stop."""
        if isinstance(definition, FormulaDefinition):  # its signs keep the room they need
            start = tight(self._when(definition) + "计算：")
            return start + self.expression(definition) + tight(self._split(definition) + "。")
        body = self._body(definition) + self._money(definition)
        return tight(self._when(definition) + body + self._split(definition) + "。")

    def _body(self, definition: Definition) -> str:
        if isinstance(definition, AggregateDefinition | CumulativeDefinition):
            return self._measure(definition.measure)
        if isinstance(definition, RatioDefinition):
            return f"{self._measure(definition.numerator)}，除以{self._measure(definition.denominator)}"
        if isinstance(definition, EntityCountDefinition | EntityShareDefinition):
            return self._entities(definition)
        if isinstance(definition, LifecycleDefinition | RetentionDefinition | RepeatDefinition):
            return self._activity(definition)
        if isinstance(definition, ConversionDefinition | FunnelDefinition):
            return self._way(definition)
        if isinstance(definition, StockDefinition | RecurringDefinition | NpsDefinition):
            return self._amount(definition)
        return self._score(definition) if isinstance(definition, ScoreDefinition) else "由人工填写"

    def _measure(self, measure: Aggregation) -> str:
        rows = self._rows(measure.dataset, measure.filters)
        column = measure.expression or (self.column(measure.dataset, measure.column) if measure.column else "")
        share = f"{measure.share * 100:f}".rstrip("0").rstrip(".") if measure.share is not None else ""
        if measure.how != "count":
            rows = rows + "里" if measure.filters else f" {self.dataset(measure.dataset)} 中"
        return _HOW[measure.how].format(rows=rows, column=f" {column} " if column else "", share=share)

    def _rows(self, dataset: str, filters: Sequence[Filter]) -> str:
        conditions = "，且".join(self._condition(dataset, condition) for condition in filters)
        return f" {self.dataset(dataset)} 中{conditions}的行" if conditions else f" {self.dataset(dataset)} 的行"

    def _condition(self, dataset: str, condition: Filter) -> str:
        days = _DAY_OP if self.is_day(dataset, condition.column) else {}
        words = days.get(condition.op) or _OP[condition.op]
        values = enumerated([f" {value_in_words(value, _BOOLEANS)} " for value in condition.values], "、", "或")
        return words.format(column=f" {self.column(dataset, condition.column)} ", values=values)

    def _entities(self, definition: EntityCountDefinition | EntityShareDefinition) -> str:
        entity = self.column(definition.conditions[0].measure.dataset, definition.entity)
        conditions = "，且".join(self._threshold(each) for each in definition.conditions)
        if isinstance(definition, EntityCountDefinition):
            return f"满足以下条件的不同 {entity} 的个数：{conditions}"
        return f"{self._base(definition.base, entity)}中，满足以下条件者的占比：{conditions}"

    def _threshold(self, condition: Threshold) -> str:
        measure, compared = condition.measure, _COMPARED[condition.op].format(n=f"{condition.value:f}")
        rows = self._rows(measure.dataset, measure.filters)
        if measure.how == "count":
            return f"{compared}条{rows}"
        column = measure.expression or self.column(measure.dataset, measure.column or "")
        if measure.how == "distinct":
            return f"{rows}里有{compared}个不同的 {column} "
        return f"{rows}里 {column} 之和{compared}"

    def _base(self, base: Base, entity: str) -> str:
        rows = self._rows(base.dataset, base.filters)
        if base.started is None:
            return f"有{rows}的不同 {entity} "
        ended = f"、且期初时尚未到 {self.column(base.dataset, base.ended)} " if base.ended else ""
        return f"{rows}里 {self.column(base.dataset, base.started)} 早于本期{ended}的不同 {entity} "

    def _activity(self, definition: LifecycleDefinition | RetentionDefinition | RepeatDefinition) -> str:
        activity = definition.activity
        entity, what = (
            f" {self.column(activity.dataset, activity.entity)} ",
            self._rows(activity.dataset, activity.filters),
        )
        if isinstance(definition, LifecycleDefinition):
            return _LIFECYCLE[definition.figure].format(entity=entity, what=what)
        if isinstance(definition, RepeatDefinition):
            return f"{what}里，同一{entity}在 {definition.within_days} 天内又有一行的占比"
        span = _SPAN[definition.grains[0]]
        again = _VARIANT[definition.variant].format(n=definition.interval, span=span, last=definition.intervals)
        first = "首次有" if definition.cohort == "first" else "有"
        often = f"（至少 {definition.minimum} 行）" if definition.minimum > 1 else ""
        return f"{first}{what}的不同{entity}中，{again}{often}的占比"

    def _way(self, definition: ConversionDefinition | FunnelDefinition) -> str:
        steps = [step for _, step in steps_of(definition)]
        entity = self.column(steps[0].dataset, steps[0].entity)
        named = [self._step(step) for step in steps]
        order = "依次" if definition.order == "strict" and len(steps) > 2 else ""
        way = "，再到".join(named[1:])
        within = f"在 {definition.within_days} 天内{_DAY_RULE[day_rule(steps)]}"
        return f"有{named[0]}的不同 {entity} 中，{within}{order}到达{way}的占比"

    def step_names(self, definition: Definition) -> list[str]:
        """What each step is called; its rows where it has no name."""
        return [
            step.name.text(self.language) if step.name else tight(self._rows(step.dataset, step.filters)).strip()
            for _, step in steps_of(definition)
        ]

    def _step(self, step: Step) -> str:
        rows = self._rows(step.dataset, step.filters)
        return f"“{step.name.text(self.language)}”（{rows}）" if step.name else rows

    def _amount(self, definition: StockDefinition | RecurringDefinition | NpsDefinition) -> str:
        key = definition.dataset
        column, rows = f" {self.column(key, definition.column)} ", self._rows(key, definition.filters)
        if isinstance(definition, NpsDefinition):
            return f"{rows}里{column}的净推荐值：（9 至 10 分的占比减 0 至 6 分的占比）× 100"
        if isinstance(definition, RecurringDefinition):
            entity = f" {self.column(key, definition.entity)} "
            return _RECURRING[definition.figure].format(column=column, rows=rows, entity=entity)
        entity = enumerated([f" {self.column(key, each)} " for each in definition.entity], "、", "和")
        kept = f"，每个值沿用 {definition.carry_days} 天" if definition.carry_days else ""
        return f"{rows}里各{entity}{_STOCK[definition.at]}{column}之和{kept}"

    def _score(self, definition: ScoreDefinition) -> str:
        whole = sum(group.weight for group in definition.groups)
        groups = []
        for group in definition.groups:
            parts = "、".join(self.metric(part.metric) for part in group.parts)
            groups.append(f" {group.name.text(self.language)} {group.weight * 100 / whole:.0f}%（{parts}）")
        caps = [
            f"；{self.metric(cap.metric)}{_LIMIT[cap.op]} {self.amount(cap.metric, cap.value)} 时"
            f"至多 {cap.at_most:f} 分"
            for cap in definition.caps
        ]
        mean = "几何平均" if definition.mean == "geometric" else ""
        return f"0 至 100 分的{mean}得分，由{'、'.join(groups)}构成{''.join(caps)}"

    def _when(self, definition: Definition) -> str:
        trailing = trailing_of(definition)
        grains = [_GRAIN[grain] for grain in definition.grains]
        by = f"按{enumerated(grains, '、', '和')}"
        if isinstance(definition, FormulaDefinition | ManualDefinition):
            return by
        if isinstance(definition, CumulativeDefinition) and definition.to_date is not None:
            return f"{by}统计，每次自{_SINCE[definition.to_date]}起累计："
        if trailing > 1:
            return f"{by}统计，每次取截至期末的 {trailing} {_SPAN[definition.grains[0]]}："
        return f"{by}统计："

    def _money(self, definition: Definition) -> str:
        money = money_of(definition, self._known)
        return f"，金额按当日汇率换算为 {money.home}" if money.amounts else ""

    def _split(self, definition: Definition) -> str:
        names = [f" {self.dimension(definition, key)} " for key in definition.dimensions]
        for dimension in definition.entity_dimensions:
            column, file, as_of = self.told_by(dimension)
            names.append(_AS_OF[as_of].format(column=column, file=file))
        return f"，另按{enumerated(names, '、', '和')}分别给出" if names else ""
