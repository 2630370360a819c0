"""A known North Star: what it is, why it works, which data it takes, and its model as metrics as code.

A file of the library is two YAML documents with `---` between them. The first one says what people want to know before
they choose (`Front`), the second is a model as `apps.model` reads it, for data sets and columns of the template's own.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import yaml
from pydantic import Field, StrictBool, StrictStr

from apps.kernel.issue import N_
from apps.metrics.domain.definition import Definition
from apps.metrics.domain.parts import ColumnKey, FilterValue, Key, Strict
from apps.model.domain.document import BranchEntry, ColumnEntry, Model
from apps.model.domain.parsing import parse_yaml

DIVIDER = "\n---\n"

Industry = Literal[
    "after_sales", "automotive", "social", "media", "booking", "collaboration", "storage", "crm", "marketing",
    "analytics", "contracts",
]  # fmt: skip
INDUSTRIES: dict[Industry, str] = {
    "after_sales": N_("Car after-sales"),
    "automotive": N_("Cars and car software"),
    "social": N_("Social networks"),
    "media": N_("Streaming and media"),
    "booking": N_("Booking and orders"),
    "collaboration": N_("Team and project software"),
    "crm": N_("Sales software"),
    "marketing": N_("Marketing automation"),
    "storage": N_("Cloud storage"),
    "analytics": N_("Analytics"),
    "contracts": N_("Contracts and signing"),
}

Business = Literal[
    "direct", "dealer", "group", "car_maker", "car_software", "car_community", "community", "streaming", "booking",
    "team_tool", "sales_tool", "data_tool", "rare",
]  # fmt: skip
Ask = Literal["users", "money", "loyalty", "result", "whole"]
Act = Literal["count", "factors", "habit", "score"]
Tone = Literal["good", "warn", "bad", "none"]


class Words(Strict):
    """A text in both languages; in a library both are needed."""

    en: StrictStr = Field(min_length=1, max_length=400)
    zh: StrictStr = Field(min_length=1, max_length=400)

    def text(self, language: str | None) -> str:
        """The text in a language ("en", "zh-hans")."""
        return self.zh if (language or "en").lower().startswith("zh") else self.en


class Tests(Strict):
    """How it stands the three tests of a North Star."""

    value: Words
    revenue: Words
    sustainable: Words


class Fits(Strict):
    """For which business models it is the first choice, and for which it is worth a look."""

    first: tuple[Business, ...]
    second: tuple[Business, ...] = ()


class NeededColumn(Words):
    """A column the template reads: what it means, and headers it is known by in files. Without an optional one, the
    metrics that need it are left out."""

    names: tuple[StrictStr, ...] = Field(min_length=1)
    optional: StrictBool = False


class NeededData(Strict):
    """A data set the template reads."""

    name: Words
    about: Words
    optional: StrictBool = False
    columns: dict[ColumnKey, NeededColumn]


class ValueChoice(Words):
    """Cells of a column that conditions ask for, which every company writes its own way."""

    data: Key
    column: ColumnKey
    values: tuple[FilterValue, ...] = Field(min_length=1)


class Band(Words):
    """A rule of thumb: in this range it usually is so."""

    range: StrictStr
    tone: Tone


class Front(Strict):
    """What people want to know before they choose."""

    industry: Industry
    name: Words
    definition: Words
    why: Words
    tests: Tests
    fits: Fits
    asks: tuple[Ask, ...]
    acts: tuple[Act, ...]
    data: dict[Key, NeededData]
    choices: tuple[ValueChoice, ...] = ()
    bands: tuple[Band, ...] = Field(min_length=1)
    weak: tuple[Words, ...] = Field(min_length=1)


@dataclass(frozen=True)
class Template:
    """A known North Star of the library."""

    key: str
    front: Front
    model: Model

    @property
    def root(self) -> Definition:
        """The metric that becomes the North Star."""
        assert self.model.north_star is not None  # noqa: S101  (a test reads every file)
        return self.model.metrics[self.model.north_star.metric]

    def column(self, data: str, column: str) -> ColumnEntry:
        """How the model declares a column."""
        return next(entry for entry in self.model.datasets[data].columns if entry.name == column)

    def walk(self) -> Iterator[tuple[int, BranchEntry]]:
        """Every branch below the root with its depth, a parent before its children."""
        yield from _walk(self.model.tree, 1)

    def says(self, text: str) -> bool:
        """Whether a search for `text` should find it: by name, definition, industry, or a metric of its tree."""
        told = [f"{words.en} {words.zh}" for words in (self.front.name, self.front.definition, self.front.why)]
        told += [f"{metric.name.en} {metric.name.zh}" for metric in self.model.metrics.values()]
        whole = " ".join(told).casefold()
        return all(word in whole for word in text.casefold().split())


def read_template(key: str, text: str) -> Template:
    """A file of the library. Errors of pydantic or ModelRefused if it is none."""
    front, _, model = text.partition(DIVIDER)
    return Template(key, Front.model_validate(yaml.safe_load(front)), parse_yaml(model)[0])


def _walk(rows: tuple[BranchEntry, ...], depth: int) -> Iterator[tuple[int, BranchEntry]]:
    for row in rows:
        yield depth, row
        yield from _walk(row.below, depth + 1)
