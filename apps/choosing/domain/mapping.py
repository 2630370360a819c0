"""Which of a company's data sets and columns are those of a template: proposed, checked all at once.

A proposal compares names in both languages and types. Nothing of it is taken without being shown.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from apps.choosing.domain.templates import NeededColumn, Template
from apps.kernel.issue import N_, Issue
from apps.metrics.domain.fields import DAY_TYPES, NUMBER_TYPES, SPLIT_ROLES, KnownColumn, KnownDataset
from apps.model.domain.document import ColumnEntry

NO_DATA = N_("Choose the data with the %(data)s, or upload it.")
GONE = N_("There is no such data. Choose from the list.")
NO_COLUMN = N_("Choose the column that holds: %(column)s.")
NOT_THERE = N_("%(data)s has no column “%(column)s”.")
NUMBERS = N_("“%(column)s” holds no numbers. Choose a column to calculate with.")
DAYS = N_("“%(column)s” holds no dates. Choose a column with a date.")
YES_NO = N_("“%(column)s” is no yes/no column. Upload the file again and name its type so, or leave it out.")
TEXTS = N_("“%(column)s” holds no names or numbers of things. Choose a text column.")
SPLITS = N_("“%(column)s” is no column to split by in %(data)s. Leave it out, or name it so when you upload.")
NO_TIME = N_("The rows of %(data)s have no date of their own. Name one when you upload.")
TWICE = N_("“%(column)s” is chosen twice. A figure and a date each have a column of their own.")
NO_VALUES = N_("Say which values of “%(column)s” count, with commas between them.")

_SIGNS = re.compile(r"[\s_\-./()（）:：]+")
EXACT, WITHIN, BY_ROLE = 4, 2, 1


@dataclass(frozen=True)
class Chosen:
    """What somebody chose: the data set for each of the template's ("" for none), the column for each column, and the
    cells for each choice of values."""

    data: Mapping[str, str] = field(hash=False)
    columns: Mapping[tuple[str, str], str] = field(hash=False)
    values: Mapping[int, tuple[str, ...]] = field(default_factory=dict, hash=False)

    def column(self, data: str, column: str) -> str:
        """The company's column for one of the template's; "" if there is none."""
        return self.columns.get((data, column), "") if self.data.get(data) else ""


# --- what fits --------------------------------------------------------------------------------------------------------


def fits(entry: ColumnEntry, column: KnownColumn) -> bool:
    """Whether a column may be taken for one of a template's, by its type."""
    return _wrong_type(entry, column) is None


def is_split(template: Template, data: str, column: str) -> bool:
    """Whether values are split by this column."""
    return any(column in definition.dimensions for definition in template.model.metrics.values()) and (
        template.column(data, column).role.value == "dimension"
    )


def options(template: Template, data: str, column: str, dataset: KnownDataset) -> list[KnownColumn]:
    """The columns of a data set that may be taken for one of the template's."""
    entry = template.column(data, column)
    found = [each for each in dataset.columns.values() if fits(entry, each)]
    if entry.role.value == "time" and not _is_named(template, data, column):
        found = [each for each in found if each.role == "time"]
    return found


def _is_named(template: Template, data: str, column: str) -> bool:
    """Whether a definition names this date, beyond its being the day of the row."""
    bases = [getattr(each, "base", None) for each in template.model.metrics.values()]
    return any(base is not None and base.dataset == data and column in (base.started, base.ended) for base in bases)


def _wrong_type(entry: ColumnEntry, column: KnownColumn) -> str | None:
    wanted = entry.type.value
    if wanted in NUMBER_TYPES:
        return None if column.type in NUMBER_TYPES else NUMBERS
    if wanted in DAY_TYPES:
        return None if column.type in DAY_TYPES else DAYS
    if wanted == "boolean":
        return None if column.type == "boolean" else YES_NO
    return None if column.type in ("text", "integer") else TEXTS


# --- proposals --------------------------------------------------------------------------------------------------------


def propose(template: Template, known: Mapping[str, KnownDataset], chosen: Mapping[str, str] | None = None) -> Chosen:
    """The mapping that names and types suggest; `chosen` are data sets that somebody chose already."""
    data = {key: _dataset_for(template, key, known) for key in template.front.data}
    data |= {key: value for key, value in (chosen or {}).items() if key in data and (value in known or not value)}
    columns: dict[tuple[str, str], str] = {}
    for key, dataset_key in data.items():
        if dataset_key:
            columns |= {
                (key, column): found for column, found in _columns_for(template, key, known[dataset_key]).items()
            }
    values = {at: tuple(str(value) for value in choice.values) for at, choice in enumerate(template.front.choices)}
    return Chosen(data, columns, values)


def _dataset_for(template: Template, key: str, known: Mapping[str, KnownDataset]) -> str:
    """The data set that is most like it: it has to have every column that is needed."""
    best, most = "", 0
    needed = template.front.data[key]
    for dataset in known.values():
        found = _columns_for(template, key, dataset)
        if any(name not in found for name, column in needed.columns.items() if not column.optional):
            continue
        likeness = (
            10
            * sum(
                similarity(column, name, dataset.columns[found[name]])
                for name, column in needed.columns.items()
                if name in found
            )
            // len(needed.columns)
        )
        likeness += 8 * _likeness([needed.name.en, needed.name.zh, key], [dataset.name, dataset.key])
        if likeness > most:
            best, most = dataset.key, likeness
    return best


def _columns_for(template: Template, key: str, dataset: KnownDataset) -> dict[str, str]:
    """The most alike pairs first; each of the company's columns once."""
    pairs = []
    for at, (name, needed) in enumerate(template.front.data[key].columns.items()):
        for position, column in enumerate(options(template, key, name, dataset)):
            if is_split(template, key, name) and column.role not in SPLIT_ROLES:
                continue
            alike = similarity(needed, name, column)
            alike += _by_role(template.column(key, name), column, dataset)
            if alike:
                pairs.append((-alike, at, position, name, column.key))
    found: dict[str, str] = {}
    for _, _, _, name, column_key in sorted(pairs):
        if name not in found and column_key not in found.values():
            found[name] = column_key
    return found


def _by_role(entry: ColumnEntry, column: KnownColumn, dataset: KnownDataset) -> int:
    """The only date of the rows, or their only entity, is what is meant, whatever it is called."""
    if entry.role.value not in ("time", "entity") or column.role != entry.role.value:
        return 0
    return BY_ROLE if sum(each.role == column.role for each in dataset.columns.values()) == 1 else 0


def similarity(needed: NeededColumn, name: str, column: KnownColumn) -> int:
    """How alike a column is called: 0 not at all, 2 in part, 4 the same."""
    return _likeness([*needed.names, name], [column.label, column.key])


def _likeness(ones: list[str], others: list[str]) -> int:
    mine, theirs = {_plain(text) for text in ones}, {_plain(text) for text in others if text}
    if mine & theirs:
        return EXACT
    return WITHIN if any(_within(one, other) for one in mine for other in theirs) else 0


def _within(one: str, other: str) -> bool:
    short, long = sorted((one, other), key=len)
    least = 2 if any(ord(sign) > 0x2E80 for sign in short) else 4
    return len(short) >= least and short in long


def _plain(text: str) -> str:
    return _SIGNS.sub("", text).casefold()


# --- faults -----------------------------------------------------------------------------------------------------------


def faults(
    template: Template, mapping: Chosen, known: Mapping[str, KnownDataset], language: str | None = None
) -> list[Issue]:
    """Everything that does not fit, in words of `language`, each at `data.<key>`, `column.<key>.<column>` or
    `values.<number>`."""
    found: list[Issue] = []
    for key, needed in template.front.data.items():
        chosen = mapping.data.get(key, "")
        if not chosen and not needed.optional:
            found.append(Issue(f"data.{key}", NO_DATA, {"data": needed.name.text(language)}))
        elif chosen and chosen not in known:
            found.append(Issue(f"data.{key}", GONE))
        elif chosen:
            found += _data_faults(template, key, mapping, known[chosen], language)
    for at, choice in enumerate(template.front.choices):
        column = mapping.column(choice.data, choice.column)
        if column and not mapping.values.get(at):
            found.append(Issue(f"values.{at}", NO_VALUES, {"column": column}))
    return found


def _data_faults(
    template: Template, key: str, mapping: Chosen, dataset: KnownDataset, language: str | None
) -> Iterator[Issue]:
    used: dict[str, str] = {}
    for name, needed in template.front.data[key].columns.items():
        where, entry = f"column.{key}.{name}", template.column(key, name)
        chosen = mapping.column(key, name)
        if not chosen:
            if not needed.optional:
                if options(template, key, name, dataset) or entry.role.value != "time":
                    yield Issue(where, NO_COLUMN, {"column": needed.text(language)})
                else:
                    yield Issue(where, NO_TIME, {"data": dataset.name})
            continue
        column = dataset.columns.get(chosen)
        if column is None:
            yield Issue(where, NOT_THERE, {"data": dataset.name, "column": chosen})
            continue
        wrong = _wrong_type(entry, column)
        if wrong:
            yield Issue(where, wrong, {"column": column.label})
        elif is_split(template, key, name) and column.role not in SPLIT_ROLES:
            yield Issue(where, SPLITS, {"column": column.label, "data": dataset.name})
        elif chosen in used and entry.type.value not in ("text", "boolean"):
            yield Issue(where, TWICE, {"column": column.label})
        else:
            used[chosen] = name
