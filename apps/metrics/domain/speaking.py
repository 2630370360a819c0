"""What the two languages share in saying definitions: names of things, and lists."""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal

from apps.metrics.domain import formula
from apps.metrics.domain.definition import Definition, EntityDimension, FormulaDefinition
from apps.metrics.domain.fields import SPLIT_ROLES, Known


class Speaker:
    """What the two languages share: names of things."""

    language = "en"

    def __init__(self, known: Known) -> None:
        self._known = known

    def dataset(self, key: str) -> str:
        dataset = self._known.datasets.get(key)
        return dataset.name if dataset else key

    def column(self, dataset_key: str, key: str) -> str:
        dataset = self._known.datasets.get(dataset_key)
        column = dataset.columns.get(key) if dataset else None
        return column.label or column.key if column else key

    def is_day(self, dataset_key: str, key: str) -> bool:
        dataset = self._known.datasets.get(dataset_key)
        column = dataset.columns.get(key) if dataset else None
        return column is not None and column.type in ("date", "datetime")

    def metric(self, key: str) -> str:
        other = self._known.metrics.get(key)
        return f"“{other.name.text(self.language)}”" if other else key

    def amount(self, key: str, value: Decimal) -> str:
        """A value of a metric as people write it: 0.6 of a share is 60%."""
        other = self._known.metrics.get(key)
        is_share = other is not None and other.unit.kind == "percent"
        return f"{(value * 100).normalize():f}%" if is_share else f"{value:f}"

    def dimension(self, definition: Definition, key: str) -> str:
        for dataset in self._known.datasets.values():
            column = dataset.columns.get(key)
            if column and column.role in SPLIT_ROLES and column.label:
                return column.label
        return key

    def told_by(self, dimension: EntityDimension) -> tuple[str, str, str]:
        """The column, the file, and which of its rows counts: a file with one row of each knows only that."""
        dataset = self._known.datasets.get(dimension.dataset)
        one = dataset is not None and dataset.keeps_one_row(dimension.on)
        return (
            self.column(dimension.dataset, dimension.column),
            self.dataset(dimension.dataset),
            "only" if one else dimension.as_of,
        )

    def expression(self, definition: FormulaDefinition) -> str:
        open_quote, close_quote = "“", "”"
        labels = {
            key: f"{open_quote}{other.name.text(self.language)}{close_quote}"
            for key, other in self._known.metrics.items()
        }
        try:
            return formula.write(formula.parse(definition.expression), labels, self.earlier)
        except formula.FormulaError:
            return definition.expression

    def earlier(self, name: str, periods: int) -> str:
        """The value that a metric had some periods before, as part of a formula."""
        if self.language.startswith("zh"):
            return f"[{periods} 期前的{name}]"
        return f"[{name} {periods} {'period' if periods == 1 else 'periods'} earlier]"


def value_in_words(value: object, booleans: tuple[str, str] = ("true", "false")) -> str:
    if isinstance(value, bool):
        return booleans[0] if value else booleans[1]
    return str(value)


def enumerated(words: Sequence[str], comma: str, last: str) -> str:
    """ "a", "a and b", "a, b and c"."""
    return last.join([comma.join(words[:-1]), words[-1]]) if len(words) > 1 else "".join(words)


_BESIDE_MARKS = re.compile(r" *([，。：、（）]) *")
_BETWEEN_CHINESE = re.compile(r"(?<=[^\x00-\x7f]) +(?=[^\x00-\x7f])")


def tight(text: str) -> str:
    """One space between Chinese and Latin text, none between Chinese characters or beside their punctuation."""
    text = _BESIDE_MARKS.sub(r"\1", re.sub(" +", " ", text))
    return _BETWEEN_CHINESE.sub("", text)
