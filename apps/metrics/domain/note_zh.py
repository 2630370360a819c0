"""What the two figures of a value are, each in Chinese words."""

from __future__ import annotations

from collections.abc import Iterator

from apps.metrics.domain.behind import looks_of
from apps.metrics.domain.definition import (
    AggregateDefinition,
    ConversionDefinition,
    CumulativeDefinition,
    Definition,
    EntityCountDefinition,
    EntityShareDefinition,
    FunnelDefinition,
    NpsDefinition,
    RatioDefinition,
    RecurringDefinition,
    RepeatDefinition,
    RetentionDefinition,
    StockDefinition,
    steps_of,
)
from apps.metrics.domain.speaking import tight
from apps.metrics.domain.words_zh import _SPAN, _VARIANT, Chinese


class ChineseNote(Chinese):
    """The sides of a value as an accountant would write them."""

    def sides(self, definition: Definition, dimension: str = "", member: str = "") -> dict[str, str]:
        """What each look at the rows of a value shows (`domain.behind`), by its name."""
        said = {name: tight(text).strip() for name, text in self._sides(definition, dimension, member)}
        for look in looks_of(definition, dimension, member):
            said.setdefault(look.name, tight(f"它们在 {self.dataset(look.dataset)} 中的行"))
        return said

    def parts(self, definition: Definition) -> list[str]:
        """Each condition on entities, or each step, as a phrase."""
        if isinstance(definition, EntityCountDefinition | EntityShareDefinition):
            said = [self._threshold(condition) for condition in definition.conditions]
        else:
            said = [self._step(step) for _, step in steps_of(definition)]
        return [tight(text).strip() for text in said]

    def _sides(self, definition: Definition, dimension: str, member: str) -> Iterator[tuple[str, str]]:
        if isinstance(definition, AggregateDefinition | CumulativeDefinition):
            measure = definition.measure
            summed = measure.model_copy(update={"how": "sum"}) if measure.how == "avg" else measure
            yield "numerator", self._measure(summed)
        elif isinstance(definition, RatioDefinition):
            yield "numerator", self._measure(definition.numerator)
            yield "denominator", self._measure(definition.denominator)
        elif isinstance(definition, EntityCountDefinition | EntityShareDefinition):
            yield from self._of_entities(definition)
        elif isinstance(definition, RetentionDefinition):
            yield from self._of_cohort(definition, int(member) if dimension == "interval" else definition.interval)
        elif isinstance(definition, ConversionDefinition | FunnelDefinition):
            yield from self._of_way(definition, int(member) if dimension == "step" else 0)
        elif isinstance(definition, RepeatDefinition):
            rows = self._rows(definition.activity.dataset, definition.activity.filters)
            entity = self.column(definition.activity.dataset, definition.activity.entity)
            yield "numerator", f"{rows}里，同一 {entity} 在 {definition.within_days} 天内又有一行的行数"
            yield "denominator", f"全部{rows}数"
        elif isinstance(definition, RecurringDefinition) and definition.figure in ("nrr", "grr"):
            entity = self.column(definition.dataset, definition.entity)
            column = self.column(definition.dataset, definition.column)
            most = "（每个不超过其上期）" if definition.figure == "grr" else ""
            yield "numerator", f"上期付费的 {entity} 本期的 {column} {most}"
            yield "denominator", f"它们上期的 {column} "
        elif isinstance(definition, NpsDefinition):
            rows = self._rows(definition.dataset, definition.filters)
            column = self.column(definition.dataset, definition.column)
            yield "numerator", f"{rows}里 {column} 每个 9 至 10 分加 100，每个 0 至 6 分减 100"
            yield "denominator", f"{rows}里 0 至 10 分的回答数"
        elif isinstance(definition, StockDefinition) and definition.at == "average":
            yield "numerator", f"{self._body(definition)}，把各天相加"
            yield "denominator", "本期天数"
        else:
            yield "numerator", self._body(definition)

    def _of_entities(self, definition: EntityCountDefinition | EntityShareDefinition) -> Iterator[tuple[str, str]]:
        entity = self.column(definition.conditions[0].measure.dataset, definition.entity)
        conditions = "，且".join(self._threshold(each) for each in definition.conditions)
        yield "numerator", f"满足以下条件的不同 {entity} 的个数：{conditions}"
        if isinstance(definition, EntityShareDefinition):
            yield "denominator", f"{self._base(definition.base, entity)}的个数"

    def _of_cohort(self, definition: RetentionDefinition, interval: int) -> Iterator[tuple[str, str]]:
        activity = definition.activity
        entity, what = self.column(activity.dataset, activity.entity), self._rows(activity.dataset, activity.filters)
        first = "首次有" if definition.cohort == "first" else "有"
        span = _SPAN[definition.grains[0]]
        again = _VARIANT[definition.variant].format(n=interval, span=span, last=definition.intervals)
        yield "numerator", f"其中{again if interval else '在本期活跃'}的个数"
        yield "denominator", f"本期{first}{what}的不同 {entity} 的个数"

    def _of_way(self, definition: ConversionDefinition | FunnelDefinition, number: int) -> Iterator[tuple[str, str]]:
        steps = [step for _, step in steps_of(definition)]
        entity, at = self.column(steps[0].dataset, steps[0].entity), number or len(steps)
        began = f"本期有{self._step(steps[0])}的不同 {entity} 的个数"
        if at > 1:
            yield "numerator", f"其中在 {definition.within_days} 天内到达{self._step(steps[at - 1])}的个数"
            yield "denominator", began
        else:
            yield "numerator", began
