"""A definition as an English sentence."""

from __future__ import annotations

from collections.abc import Sequence

from apps.metrics.domain.definition import (
    Activity,
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
from apps.metrics.domain.speaking import Speaker, enumerated, value_in_words

_HOW = {
    "sum": "the sum of {column} in {dataset}",
    "count": "the number of rows in {dataset}",
    "distinct": "the number of different {column} in {dataset}",
    "avg": "the average {column} in {dataset}",
    "min": "the smallest {column} in {dataset}",
    "max": "the largest {column} in {dataset}",
    "median": "the median {column} in {dataset}",
    "percentile": "the {share} percentile of {column} in {dataset}",
}
_OP = {
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
_DAY_OP = {
    "lt": "is before {values}",
    "le": "is on or before {values}",
    "gt": "is after {values}",
    "ge": "is on or after {values}",
}
_GRAIN = {"day": "day", "week": "week", "month": "month", "quarter": "quarter", "half": "half-year", "year": "year"}


_COMPARED = {
    "gt": "more than {n}",
    "ge": "at least {n}",
    "lt": "less than {n}",
    "le": "at most {n}",
    "eq": "exactly {n}",
}
_LIFECYCLE = {
    "active": "the number of different {entity} with {what}",
    "new": "the number of different {entity} with {what} for the first time ever",
    "retained": "the number of different {entity} with {what}, who also had some in the period before",
    "reactivated": "the number of different {entity} with {what} after a pause of at least a whole period",
    "churned": "the number of different {entity} who had {what} in the period before and none in this one",
    "net": "the change in the number of different {entity} with {what}: new plus reactivated minus churned",
}
_RECURRING = {
    "mrr": "the sum of {column} in {dataset}",
    "new": "{column} in {dataset} of {entity} who never paid before",
    "expansion": "what {entity} pay more than in the period before, by {column} in {dataset}",
    "contraction": "what {entity} who stay pay less than in the period before, by {column} in {dataset}",
    "churn": "what {entity} paid in the period before who pay nothing now, by {column} in {dataset}",
    "reactivation": "{column} in {dataset} of {entity} who come back after paying nothing",
    "nrr": "what {entity} of the period before pay now, divided by what they paid then, by {column} in {dataset}",
    "grr": "what {entity} of the period before pay now, counting no one for more than before, divided by what they "
    "paid then, by {column} in {dataset}",
}
_VARIANT = {
    "bounded": "active again in the {nth} {grain} after",
    "unbounded": "active again in the {nth} {grain} after or later, up to the {last}",
    "unbroken": "active in each of the {n} {grain}s after",
}
_STOCK = {"closing": "at the end of the period", "opening": "at its start", "average": "on average over its days"}

_AS_OF = {
    "period_end": "{column} of {file} at the end of the period",
    "event": "{column} of {file} on the day of the row",
    "latest": "{column} of {file} by its newest row",
    "only": "{column} of {file}",
}

_DAY_RULE = {
    DayRule.CLOCK: "",
    DayRule.SAME_DAY: ", the same day included",
    DayRule.LATER_DAY: ", on a later day where the time of day is not known",
}


class English(Speaker):
    """Sentences in English."""

    language = "en"

    def sentence(self, definition: Definition) -> str:
        """The definition as a sentence with its full stop."""
        text = self._body(definition) + self._money(definition) + self._when(definition) + self._split(definition)
        return text[0].upper() + text[1:] + "."

    def _body(self, definition: Definition) -> str:
        if isinstance(definition, AggregateDefinition | CumulativeDefinition):
            return self._measure(definition.measure)
        if isinstance(definition, RatioDefinition):
            return f"{self._measure(definition.numerator)}, divided by {self._measure(definition.denominator)}"
        if isinstance(definition, FormulaDefinition):
            return f"calculated as {self.expression(definition)}"
        if isinstance(definition, EntityCountDefinition | EntityShareDefinition):
            return self._entities(definition)
        if isinstance(definition, LifecycleDefinition | RetentionDefinition | RepeatDefinition):
            return self._activity(definition)
        if isinstance(definition, ConversionDefinition | FunnelDefinition):
            return self._way(definition)
        if isinstance(definition, StockDefinition | RecurringDefinition | NpsDefinition):
            return self._amount(definition)
        return self._score(definition) if isinstance(definition, ScoreDefinition) else "typed by hand"

    def _measure(self, measure: Aggregation) -> str:
        column = measure.expression or (self.column(measure.dataset, measure.column) if measure.column else "")
        share = f"{measure.share * 100:f}".rstrip("0").rstrip(".") + "th" if measure.share is not None else ""
        text = _HOW[measure.how].format(column=column, dataset=self.dataset(measure.dataset), share=share)
        return text + self._where(measure.dataset, measure.filters)

    def _where(self, dataset: str, filters: Sequence[Filter]) -> str:
        conditions = [self._condition(dataset, condition) for condition in filters]
        return f" where {' and '.join(conditions)}" if conditions else ""

    def _condition(self, dataset: str, condition: Filter) -> str:
        days = _DAY_OP if self.is_day(dataset, condition.column) else {}
        words = days.get(condition.op) or _OP[condition.op]
        values = enumerated([value_in_words(value) for value in condition.values], ", ", " or ")
        return f"{self.column(dataset, condition.column)} {words.format(values=values)}"

    def _entities(self, definition: EntityCountDefinition | EntityShareDefinition) -> str:
        entity = self.column(definition.conditions[0].measure.dataset, definition.entity)
        conditions = enumerated([self._threshold(each) for each in definition.conditions], ", ", " and ")
        if isinstance(definition, EntityCountDefinition):
            return f"the number of different {entity} with {conditions}"
        return f"of the different {entity} {self._base(definition.base)}, the share with {conditions}"

    def _threshold(self, condition: Threshold) -> str:
        measure, compared = condition.measure, _COMPARED[condition.op].format(n=f"{condition.value:f}")
        where = self._where(measure.dataset, measure.filters)
        if measure.how == "count":
            return f"{compared} rows in {self.dataset(measure.dataset)}{where}"
        column = measure.expression or self.column(measure.dataset, measure.column or "")
        what = "different " if measure.how == "distinct" else "a sum of "
        if measure.how == "distinct":
            return f"{compared} {what}{column} in {self.dataset(measure.dataset)}{where}"
        return f"{what}{column} of {compared} in {self.dataset(measure.dataset)}{where}"

    def _base(self, base: Base) -> str:
        where = self._where(base.dataset, base.filters)
        if base.started is None:
            return f"with a row in {self.dataset(base.dataset)}{where}"
        ended = f" and whose {self.column(base.dataset, base.ended)} had not come when it began" if base.ended else ""
        started = self.column(base.dataset, base.started)
        return f"in {self.dataset(base.dataset)}{where} whose {started} was before the period{ended}"

    def _rows(self, activity: Activity) -> str:
        return f"a row in {self.dataset(activity.dataset)}{self._where(activity.dataset, activity.filters)}"

    def _activity(self, definition: LifecycleDefinition | RetentionDefinition | RepeatDefinition) -> str:
        entity, what = (
            self.column(definition.activity.dataset, definition.activity.entity),
            self._rows(definition.activity),
        )
        if isinstance(definition, LifecycleDefinition):
            return _LIFECYCLE[definition.figure].format(entity=entity, what=what)
        if isinstance(definition, RepeatDefinition):
            dataset = self.dataset(definition.activity.dataset)
            where = self._where(definition.activity.dataset, definition.activity.filters)
            days = _days(definition.within_days)
            return f"the share of rows in {dataset}{where} that another row of the same {entity} follows within {days}"
        grain, n = _GRAIN[definition.grains[0]], definition.interval
        again = _VARIANT[definition.variant].format(nth=_nth(n), grain=grain, n=n, last=_nth(definition.intervals))
        first = "for the first time" if definition.cohort == "first" else "at all"
        often = f" (at least {definition.minimum} rows)" if definition.minimum > 1 else ""
        return f"of the different {entity} with {what} {first}, the share {again}{often}"

    def _way(self, definition: ConversionDefinition | FunnelDefinition) -> str:
        steps = [step for _, step in steps_of(definition)]
        entity = self.column(steps[0].dataset, steps[0].entity)
        named = [self._step(step) for step in steps]
        order = " one after the other" if definition.order == "strict" and len(steps) > 2 else ""
        way = enumerated(named[1:], ", then ", ", then ")
        return (
            f"of the different {entity} with {named[0]}, the share that goes on{order} to {way} within "
            f"{_days(definition.within_days)}{_DAY_RULE[day_rule(steps)]}"
        )

    def step_names(self, definition: Definition) -> list[str]:
        """What each step is called; its rows where it has no name."""
        return [
            step.name.text(self.language)
            if step.name
            else f"{self.dataset(step.dataset)}{self._where(step.dataset, step.filters)}"
            for _, step in steps_of(definition)
        ]

    def _step(self, step: Step) -> str:
        rows = f"a row in {self.dataset(step.dataset)}{self._where(step.dataset, step.filters)}"
        return f"“{step.name.text(self.language)}” ({rows})" if step.name else rows

    def _amount(self, definition: StockDefinition | RecurringDefinition | NpsDefinition) -> str:
        key = definition.dataset
        column, dataset = self.column(key, definition.column), self.dataset(key)
        where = self._where(key, definition.filters)
        if isinstance(definition, NpsDefinition):
            return f"the share of 9 and 10 minus that of 0 to 6 in {column} of {dataset}{where}, times 100"
        if isinstance(definition, RecurringDefinition):
            entity = self.column(key, definition.entity)
            return _RECURRING[definition.figure].format(column=column, dataset=dataset, entity=entity) + where
        entity = enumerated([self.column(key, each) for each in definition.entity], ", ", " and ")
        kept = f", a value holding for {_days(definition.carry_days)}" if definition.carry_days else ""
        return f"{column} in {dataset}{where} {_STOCK[definition.at]}, added over {entity}{kept}"

    def _score(self, definition: ScoreDefinition) -> str:
        whole = sum(group.weight for group in definition.groups)
        groups = []
        for group in definition.groups:
            share = f"{group.weight * 100 / whole:.0f} %"
            parts = enumerated([self.metric(part.metric) for part in group.parts], ", ", " and ")
            groups.append(f"{group.name.text(self.language)} {share} ({parts})")
        caps = [
            f"at most {cap.at_most:f} while {self.metric(cap.metric)} is "
            f"{_COMPARED[cap.op].format(n=self.amount(cap.metric, cap.value))}"
            for cap in definition.caps
        ]
        mean = " as a geometric mean" if definition.mean == "geometric" else ""
        return "; ".join([f"a score from 0 to 100{mean} of {enumerated(groups, ', ', ' and ')}", *caps])

    def _when(self, definition: Definition) -> str:
        grains = [_GRAIN[grain] for grain in definition.grains]
        by = f", by {enumerated(grains, ', ', ' and ')}"
        if isinstance(definition, CumulativeDefinition) and definition.to_date is not None:
            return f", since the start of the {_GRAIN[definition.to_date]}{by}"
        trailing = trailing_of(definition)
        if trailing > 1:
            return f", over the {trailing} {grains[0]}s up to the end of each {grains[0]}"
        return by

    def _money(self, definition: Definition) -> str:
        money = money_of(definition, self._known)
        return f", amounts in {money.home}, by the exchange rate of its day," if money.amounts else ""

    def _split(self, definition: Definition) -> str:
        names = [self.dimension(definition, key) for key in definition.dimensions]
        for dimension in definition.entity_dimensions:
            column, file, as_of = self.told_by(dimension)
            names.append(_AS_OF[as_of].format(column=column, file=file))
        return f", in total and for each {enumerated(names, ', ', ' and ')}" if names else ""


def _days(n: int) -> str:
    return f"{n} days" if n != 1 else "1 day"


def _nth(n: int) -> str:
    last = "th" if 10 <= n % 100 <= 13 else {1: "st", 2: "nd", 3: "rd"}.get(n % 10, "th")
    return f"{n}{last}"
