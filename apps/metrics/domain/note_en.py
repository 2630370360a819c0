"""What the two figures of a value are, each in English words."""

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
from apps.metrics.domain.speaking import enumerated
from apps.metrics.domain.words_en import _GRAIN, _VARIANT, English, _days, _nth


class EnglishNote(English):
    """The sides of a value as an accountant would write them."""

    def sides(self, definition: Definition, dimension: str = "", member: str = "") -> dict[str, str]:
        """What each look at the rows of a value shows (`domain.behind`), by its name."""
        said = dict(self._sides(definition, dimension, member))
        for look in looks_of(definition, dimension, member):
            said.setdefault(look.name, f"their rows in {self.dataset(look.dataset)}")
        return said

    def parts(self, definition: Definition) -> list[str]:
        """Each condition on entities, or each step, as a phrase."""
        if isinstance(definition, EntityCountDefinition | EntityShareDefinition):
            said = [self._threshold(condition) for condition in definition.conditions]
        else:
            said = [self._step(step) for _, step in steps_of(definition)]
        return said

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
            where = self._where(definition.activity.dataset, definition.activity.filters)
            entity = self.column(definition.activity.dataset, definition.activity.entity)
            rows = f"rows in {self.dataset(definition.activity.dataset)}{where}"
            yield (
                "numerator",
                f"{rows} that another one of the same {entity} follows within {_days(definition.within_days)}",
            )
            yield "denominator", f"all {rows}"
        elif isinstance(definition, RecurringDefinition) and definition.figure in ("nrr", "grr"):
            entity, column = self.column(definition.dataset, definition.entity), self._paid(definition)
            most = ", counting no one for more than before" if definition.figure == "grr" else ""
            yield "numerator", f"{column} now, of the {entity} who paid in the period before{most}"
            yield "denominator", f"{column} of the period before"
        elif isinstance(definition, NpsDefinition):
            column, dataset = self.column(definition.dataset, definition.column), self.dataset(definition.dataset)
            rows = f"answers in {column} of {dataset}{self._where(definition.dataset, definition.filters)}"
            yield "numerator", f"100 for each of the {rows} from 9 to 10, minus 100 for each from 0 to 6"
            yield "denominator", f"all {rows} from 0 to 10"
        elif isinstance(definition, StockDefinition) and definition.at == "average":
            yield "numerator", f"{self._body(definition)}, added over all its days"
            yield "denominator", "days of the period"
        else:
            yield "numerator", self._body(definition)

    def _paid(self, definition: RecurringDefinition) -> str:
        return f"{self.column(definition.dataset, definition.column)} in {self.dataset(definition.dataset)}"

    def _of_entities(self, definition: EntityCountDefinition | EntityShareDefinition) -> Iterator[tuple[str, str]]:
        entity = self.column(definition.conditions[0].measure.dataset, definition.entity)
        conditions = enumerated([self._threshold(each) for each in definition.conditions], ", ", " and ")
        yield "numerator", f"different {entity} with {conditions}"
        if isinstance(definition, EntityShareDefinition):
            yield "denominator", f"different {entity} {self._base(definition.base)}"

    def _of_cohort(self, definition: RetentionDefinition, interval: int) -> Iterator[tuple[str, str]]:
        entity = self.column(definition.activity.dataset, definition.activity.entity)
        first = "for the first time" if definition.cohort == "first" else "at all"
        filled = {"nth": _nth(interval), "n": interval, "last": _nth(definition.intervals)}
        again = _VARIANT[definition.variant].format(grain=_GRAIN[definition.grains[0]], **filled)
        yield "numerator", f"those of them {again if interval else 'active in the period itself'}"
        yield "denominator", f"different {entity} with {self._rows(definition.activity)} {first} in the period"

    def _of_way(self, definition: ConversionDefinition | FunnelDefinition, number: int) -> Iterator[tuple[str, str]]:
        steps = [step for _, step in steps_of(definition)]
        entity, at = self.column(steps[0].dataset, steps[0].entity), number or len(steps)
        if at > 1:
            within = _days(definition.within_days)
            yield "numerator", f"those of them who got to {self._step(steps[at - 1])} within {within}"
            yield "denominator", f"different {entity} with {self._step(steps[0])} in the period"
        else:
            yield "numerator", f"different {entity} with {self._step(steps[0])} in the period"
