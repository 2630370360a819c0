"""A definition as one sentence, in English and Simplified Chinese."""

from __future__ import annotations

import re
from collections.abc import Sequence

from apps.metrics.domain import formula
from apps.metrics.domain.checks import Known
from apps.metrics.domain.definition import (
    AggregateDefinition,
    Aggregation,
    Definition,
    Filter,
    FormulaDefinition,
    RatioDefinition,
    trailing_of,
)

_NOTHING_KNOWN = Known()


def in_words(definition: Definition, language: str | None = "en", known: Known = _NOTHING_KNOWN) -> str:
    """What a metric is, as a sentence with its full stop.

    `known` gives data sets and other metrics their names; without it their keys are used. "zh…" is Chinese, anything
    else English.
    """
    speaker = _Chinese(known) if (language or "en").lower().startswith("zh") else _English(known)
    return speaker.sentence(definition)


class _Speaker:
    """What the two languages share: names of things."""

    language = "en"

    def __init__(self, known: Known) -> None:
        self._known = known

    def dataset(self, key: str) -> str:
        dataset = self._known.datasets.get(key)
        return dataset.name if dataset else key

    def column(self, measure: Aggregation, key: str) -> str:
        dataset = self._known.datasets.get(measure.dataset)
        column = dataset.columns.get(key) if dataset else None
        return column.label or column.key if column else key

    def is_day(self, measure: Aggregation, key: str) -> bool:
        dataset = self._known.datasets.get(measure.dataset)
        column = dataset.columns.get(key) if dataset else None
        return column is not None and column.type in ("date", "datetime")

    def dimension(self, definition: Definition, key: str) -> str:
        for dataset in self._known.datasets.values():
            column = dataset.columns.get(key)
            if column and column.role == "dimension" and column.label:
                return column.label
        return key

    def expression(self, definition: FormulaDefinition) -> str:
        open_quote, close_quote = "“", "”"
        labels = {
            key: f"{open_quote}{other.name.text(self.language)}{close_quote}"
            for key, other in self._known.metrics.items()
        }
        try:
            return formula.write(formula.parse(definition.expression), labels)
        except formula.FormulaError:
            return definition.expression


_EN_HOW = {
    "sum": "the sum of {column} in {dataset}",
    "count": "the number of rows in {dataset}",
    "distinct": "the number of different {column} in {dataset}",
    "avg": "the average {column} in {dataset}",
    "min": "the smallest {column} in {dataset}",
    "max": "the largest {column} in {dataset}",
    "median": "the median {column} in {dataset}",
}
_EN_OP = {
    "eq": "is {values}",
    "ne": "is not {values}",
    "lt": "is less than {values}",
    "le": "is at most {values}",
    "gt": "is more than {values}",
    "ge": "is at least {values}",
    "in": "is one of {values}",
    "not_in": "is none of {values}",
    "is_null": "is empty",
    "not_null": "is not empty",
}
_EN_DAY_OP = {
    "lt": "is before {values}",
    "le": "is on or before {values}",
    "gt": "is after {values}",
    "ge": "is on or after {values}",
}
_EN_GRAIN = {"day": "day", "week": "week", "month": "month", "quarter": "quarter", "half": "half-year", "year": "year"}


class _English(_Speaker):
    language = "en"

    def sentence(self, definition: Definition) -> str:
        text = self._body(definition) + self._when(definition) + self._split(definition)
        return text[0].upper() + text[1:] + "."

    def _body(self, definition: Definition) -> str:
        if isinstance(definition, AggregateDefinition):
            return self._measure(definition.measure)
        if isinstance(definition, RatioDefinition):
            return f"{self._measure(definition.numerator)}, divided by {self._measure(definition.denominator)}"
        if isinstance(definition, FormulaDefinition):
            return f"calculated as {self.expression(definition)}"
        return "typed by hand"

    def _measure(self, measure: Aggregation) -> str:
        column = self.column(measure, measure.column) if measure.column else ""
        text = _EN_HOW[measure.how].format(column=column, dataset=self.dataset(measure.dataset))
        conditions = [self._condition(measure, condition) for condition in measure.filters]
        return f"{text} where {' and '.join(conditions)}" if conditions else text

    def _condition(self, measure: Aggregation, condition: Filter) -> str:
        days = _EN_DAY_OP if self.is_day(measure, condition.column) else {}
        words = days.get(condition.op) or _EN_OP[condition.op]
        values = _enumerated([_value(value) for value in condition.values], ", ", " or ")
        return f"{self.column(measure, condition.column)} {words.format(values=values)}"

    def _when(self, definition: Definition) -> str:
        grains = [_EN_GRAIN[grain] for grain in definition.grains]
        trailing = trailing_of(definition)
        if trailing > 1:
            return f", over the {trailing} {grains[0]}s up to the end of each {grains[0]}"
        return f", by {_enumerated(grains, ', ', ' and ')}"

    def _split(self, definition: Definition) -> str:
        names = [self.dimension(definition, key) for key in definition.dimensions]
        return f", in total and for each {_enumerated(names, ', ', ' and ')}" if names else ""


_ZH_HOW = {
    "sum": "{rows}{column}之和",
    "count": "{rows}数",
    "distinct": "{rows}不同{column}的个数",
    "avg": "{rows}{column}的平均值",
    "min": "{rows}{column}的最小值",
    "max": "{rows}{column}的最大值",
    "median": "{rows}{column}的中位数",
}
_ZH_OP = {
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
_ZH_DAY_OP = {
    "lt": "{column}早于{values}",
    "le": "{column}不晚于{values}",
    "gt": "{column}晚于{values}",
    "ge": "{column}不早于{values}",
}
_ZH_GRAIN = {"day": "日", "week": "周", "month": "月", "quarter": "季度", "half": "半年", "year": "年"}
_ZH_SPAN = {"day": "天", "week": "周", "month": "个月", "quarter": "个季度", "half": "个半年", "year": "年"}


class _Chinese(_Speaker):
    language = "zh-hans"

    def sentence(self, definition: Definition) -> str:
        if isinstance(definition, FormulaDefinition):  # its signs keep the room they need
            start = _tight(self._when(definition) + "计算：")
            return start + self.expression(definition) + _tight(self._split(definition) + "。")
        return _tight(self._when(definition) + self._body(definition) + self._split(definition) + "。")

    def _body(self, definition: Definition) -> str:
        if isinstance(definition, AggregateDefinition):
            return self._measure(definition.measure)
        if isinstance(definition, RatioDefinition):
            return f"{self._measure(definition.numerator)}，除以{self._measure(definition.denominator)}"
        return "由人工填写"

    def _measure(self, measure: Aggregation) -> str:
        dataset = self.dataset(measure.dataset)
        conditions = "，且".join(self._condition(measure, condition) for condition in measure.filters)
        column = f" {self.column(measure, measure.column)} " if measure.column else ""
        if measure.how == "count":
            rows = f" {dataset} 中{conditions}的行" if conditions else f" {dataset} 的行"
        else:
            rows = f" {dataset} 中{conditions}的行里" if conditions else f" {dataset} 中"
        return _ZH_HOW[measure.how].format(rows=rows, column=column)

    def _condition(self, measure: Aggregation, condition: Filter) -> str:
        days = _ZH_DAY_OP if self.is_day(measure, condition.column) else {}
        words = days.get(condition.op) or _ZH_OP[condition.op]
        values = _enumerated([f" {_value(value)} " for value in condition.values], "、", "或")
        return words.format(column=f" {self.column(measure, condition.column)} ", values=values)

    def _when(self, definition: Definition) -> str:
        trailing = trailing_of(definition)
        grains = [_ZH_GRAIN[grain] for grain in definition.grains]
        by = f"按{_enumerated(grains, '、', '和')}"
        if isinstance(definition, FormulaDefinition) or not hasattr(definition, "trailing"):
            return by
        if trailing > 1:
            return f"{by}统计，每次取截至期末的 {trailing} {_ZH_SPAN[definition.grains[0]]}："
        return f"{by}统计："

    def _split(self, definition: Definition) -> str:
        names = [f" {self.dimension(definition, key)} " for key in definition.dimensions]
        return f"，另按{_enumerated(names, '、', '和')}分别给出" if names else ""


def _value(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def _enumerated(words: Sequence[str], comma: str, last: str) -> str:
    """ "a", "a and b", "a, b and c"."""
    return last.join([comma.join(words[:-1]), words[-1]]) if len(words) > 1 else "".join(words)


_BESIDE_MARKS = re.compile(r" *([，。：、（）]) *")
_BETWEEN_CHINESE = re.compile(r"(?<=[^\x00-\x7f]) +(?=[^\x00-\x7f])")


def _tight(text: str) -> str:
    """One space between Chinese and Latin text, none between Chinese characters or beside their punctuation."""
    text = _BESIDE_MARKS.sub(r"\1", re.sub(" +", " ", text))
    return _BETWEEN_CHINESE.sub("", text)
