"""The form of a definition, for every kind. It writes the same document as code would."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _

from apps.common.formats import symbol
from apps.datasets.domain.naming import column_key
from apps.kernel.issue import Issue
from apps.metrics.domain.definition import Kind
from apps.metrics.domain.fields import SPLIT_ROLES
from apps.metrics.domain.formula.tokens import position_of
from apps.metrics.forms.cells import initial_side, named, split
from apps.metrics.forms.cells import typed as typed_cell
from apps.metrics.forms.choices import (
    DIRECTIONS,
    GRAINS,
    HOWS,
    MOST_CONDITIONS,
    OPERATORS,
    RATIO_HOWS,
    REFRESH,
    SIDES,
    UNITS,
    USUAL_UNITS,
    WINDOWED,
)
from apps.metrics.forms.money import convert_field, converts
from apps.metrics.forms.told import ToldForm, initial_told


@dataclass(frozen=True)
class Side:
    """The fields about the rows of one data set, for the template to lay out: questions, then conditions on rows."""

    name: str
    title: Any
    fields: Sequence[forms.BoundField]
    conditions: Sequence[tuple[forms.BoundField, forms.BoundField, forms.BoundField]]


class DefinitionForm(ToldForm):
    """One kind of metric. `datasets` are what its rows may come from, with their columns; `metrics` (views) what a
    score may be made of."""

    name_en = forms.CharField(label=_("Name in English"), max_length=120, required=False)
    name_zh = forms.CharField(label=_("Name in Chinese"), max_length=120, required=False)
    key = forms.CharField(
        label=_("Key"),
        max_length=40,
        required=False,
        help_text=_(
            "Lower-case letters, digits and underscores. Formulas use it; it stays. Left empty, it is made of the name."
        ),
    )
    description_en = forms.CharField(
        label=_("Description in English"), max_length=2000, required=False, widget=forms.Textarea({"rows": 2})
    )
    description_zh = forms.CharField(
        label=_("Description in Chinese"), max_length=2000, required=False, widget=forms.Textarea({"rows": 2})
    )
    unit_kind = forms.ChoiceField(label=_("Unit"), choices=UNITS)
    unit_decimals = forms.IntegerField(label=_("Digits after the point"), min_value=0, max_value=6, initial=0)
    unit_suffix_en = forms.CharField(
        label=_("Behind the figure, in English"),
        max_length=20,
        required=False,
        help_text=_("Such as “/ year”. May stay empty."),
    )
    unit_suffix_zh = forms.CharField(label=_("Behind the figure, in Chinese"), max_length=20, required=False)
    direction = forms.ChoiceField(label=_("Direction"), choices=DIRECTIONS, initial="up")
    grains = forms.MultipleChoiceField(
        label=_("Read by"),
        choices=GRAINS,
        widget=forms.CheckboxSelectMultiple({"class": "form-checks-line"}),
        initial=["month"],
    )
    trailing = forms.IntegerField(
        label=_("Periods each value covers"), min_value=1, max_value=400, initial=1,
        help_text=_("1 is the period alone. 12 by month is a rolling year."),
    )  # fmt: skip
    dimensions = forms.MultipleChoiceField(
        label=_("Also split by"), required=False, widget=forms.CheckboxSelectMultiple({"class": "form-checks-line"})
    )
    expression = forms.CharField(
        label=_("Formula"), max_length=2000,
        widget=forms.Textarea({"rows": 2, "spellcheck": "false", "autocapitalize": "off"}),
        help_text=_(
            "Keys of metrics, numbers, + - * / ( ), min, max, abs, coalesce, "
            "and prior(revenue, 12) for 12 periods earlier."
        ),
    )  # fmt: skip
    note = forms.CharField(label=_("What changed and why"), max_length=500, required=False)
    positions: Collection[int] = ()
    """Where in the formula the issues are that were shown, counted from 1."""

    def __init__(
        self,
        *args: Any,
        kind: Kind,
        datasets: Sequence[Any],
        currency: str,
        editing: bool = False,
        conditions: int = 0,
        metrics: Sequence[Any] = (),
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.metrics = metrics
        self.kind, self.datasets = kind, {dataset.key: dataset for dataset in datasets}
        self.editing, self.currency = editing, currency
        self.fields["unit_kind"].choices = [
            (value, f"{label} ({symbol(currency)})" if value == "currency" else label) for value, label in UNITS
        ]
        self.fields["unit_kind"].initial = USUAL_UNITS.get(kind)
        self._drop_what_the_kind_has_not()
        self._choose_the_only_data_set()
        for side, _title in self.side_titles():
            self._add_side(side, conditions)
        self._add_questions()
        chosen = {self._given(f"{side}_dataset") for side, _title in self.side_titles()} & self.datasets.keys()
        if (field := convert_field((self.datasets[key] for key in chosen), currency)) is not None:
            self.fields["convert"] = field
        if "dimensions" in self.fields:
            self.fields["dimensions"].choices = self._dimension_choices()
            self.add_told(self._rows_from())

    def side_titles(self) -> Sequence[tuple[str, Any]]:
        """The parts that are read from rows: the prefix of their fields, and what they are called."""
        return SIDES.get(self.kind, ())

    def _add_questions(self) -> None:
        """What else a kind asks."""

    @property
    def questions(self) -> Sequence[forms.BoundField]:
        """The fields of what else a kind asks."""
        return ()

    def _drop_what_the_kind_has_not(self) -> None:
        if self.kind != "formula":
            del self.fields["expression"]
        if self.kind not in WINDOWED:
            del self.fields["trailing"]
        if self.kind == "manual":
            del self.fields["dimensions"]
        if self.editing:
            self.fields["key"].disabled = True
        else:
            del self.fields["note"]

    def _choose_the_only_data_set(self) -> None:
        if not self.is_bound and len(self.datasets) == 1:
            for side, _title in self.side_titles():
                self.initial[f"{side}_dataset"] = self.initial.get(f"{side}_dataset") or next(iter(self.datasets))

    def _add_side(self, side: str, extra: int) -> None:
        columns = self._columns_of_side(side)
        hows = RATIO_HOWS if self.kind == "ratio" else HOWS
        names = [(key, dataset.name) for key, dataset in self.datasets.items()]
        self.fields[f"{side}_dataset"] = forms.ChoiceField(
            label=_("Data set"), choices=[("", _("Choose a data set")), *names], widget=forms.Select(REFRESH)
        )
        self._add_reading(side, hows, columns)
        for number in range(min(self._conditions_given(side) + extra, MOST_CONDITIONS)):
            self._add_condition(f"{side}_filter{number}", columns)

    def _add_reading(self, side: str, hows: Sequence[tuple[str, Any]], columns: list[tuple[str, str]]) -> None:
        """How the rows of a side are read."""
        self.fields[f"{side}_how"] = forms.ChoiceField(label=_("Computed as"), choices=hows)
        self.fields[f"{side}_column"] = forms.ChoiceField(
            label=_("Column"), choices=[("", "—"), *columns], required=False
        )
        self.fields[f"{side}_expression"] = forms.CharField(
            label=_("Or arithmetic over columns"), max_length=500, required=False,
            widget=forms.TextInput({"spellcheck": "false", "autocapitalize": "off"}),
            help_text=_("Such as quantity * price − discount, row by row. May stay empty."),
        )  # fmt: skip
        if hows is HOWS:
            self.fields[f"{side}_share"] = forms.CharField(
                label=_("Which percentile"), max_length=10, required=False,
                help_text=_("Only for percentiles: 0.9 is the 90th."),
            )  # fmt: skip

    def _read_by(self, side: str) -> Sequence[str]:
        """The fields of a side, in the order in which they make a sentence."""
        named = [f"{side}_dataset", f"{side}_how", f"{side}_column", f"{side}_expression", f"{side}_share"]
        return [name for name in named if name in self.fields]

    def _add_condition(self, name: str, columns: list[tuple[str, str]]) -> None:
        self.fields[f"{name}_column"] = forms.ChoiceField(
            label=_("Where"), choices=[("", _("(no condition)")), *columns], required=False
        )
        self.fields[f"{name}_op"] = forms.ChoiceField(label=_("Comparison"), choices=OPERATORS, required=False)
        self.fields[f"{name}_values"] = forms.CharField(label=_("Value"), required=False, max_length=2000)

    def _conditions_given(self, side: str) -> int:
        source = self.data if self.is_bound else self.initial
        count = 0
        while f"{side}_filter{count}_column" in source:
            count += 1
        return count

    def _columns_of(self, dataset_key: str) -> list[tuple[str, str]]:
        dataset = self.datasets.get(dataset_key)
        return [(column["name"], named(column)) for column in dataset.columns] if dataset else []

    def _columns_of_side(self, side: str) -> list[tuple[str, str]]:
        return self._columns_of(self._given(f"{side}_dataset"))

    def _rows_from(self) -> list[str]:
        """The data sets chosen so far."""
        used = [self._given(f"{side}_dataset") for side, _title in self.side_titles()]
        return list(dict.fromkeys(key for key in used if key))

    def _dimension_choices(self) -> list[tuple[str, str]]:
        used = [self._given(f"{side}_dataset") for side, _title in self.side_titles()] or list(self.datasets)
        found: dict[str, str] = {}
        for key in used:
            dataset = self.datasets.get(key)
            for column in dataset.columns if dataset else ():
                if column["role"] in SPLIT_ROLES:
                    found.setdefault(column["name"], named(column))
        return list(found.items())

    @property
    def sides(self) -> Iterator[Side]:
        """The aggregations of this kind, laid out field by field."""
        for name, title in self.side_titles():
            rows = []
            while f"{name}_filter{len(rows)}_column" in self.fields:
                prefix = f"{name}_filter{len(rows)}"
                rows.append((self[f"{prefix}_column"], self[f"{prefix}_op"], self[f"{prefix}_values"]))
            yield Side(name, title, [self[field] for field in self._read_by(name)], rows)

    # --- to and from the document ---------------------------------------------------------------------------------

    def document(self) -> dict[str, Any]:
        """The definition that was typed, as a document for `domain.definition.parse`."""
        typed = self.cleaned_data
        document: dict[str, Any] = {
            "kind": self.kind,
            "key": typed.get("key") or self._key_of_name(),
            "name": {"en": typed["name_en"], "zh": typed["name_zh"]},
            "unit": {"kind": typed["unit_kind"], "decimals": typed.get("unit_decimals") or 0},
            "direction": typed["direction"],
            "grains": [grain for grain, _label in GRAINS if grain in typed.get("grains", [])],
            "dimensions": self._dimensions(),
        }
        if typed["description_en"] or typed["description_zh"]:
            document["description"] = {"en": typed["description_en"], "zh": typed["description_zh"]}
        if typed["unit_suffix_en"] or typed["unit_suffix_zh"]:
            document["unit"]["suffix"] = {"en": typed["unit_suffix_en"], "zh": typed["unit_suffix_zh"]}
        if "trailing" in self.fields:
            document["trailing"] = typed.get("trailing") or 1
        if told := self.entity_dimensions(self._rows_from()):
            document["entity_dimensions"] = told
        if self.kind == "formula":
            document["expression"] = typed.get("expression", "")
        return document | converts(self) | self.own_parts()

    def own_parts(self) -> dict[str, Any]:
        """The part of the document that only this kind has."""
        return {side: self._measure(side) for side, _title in self.side_titles()}

    def _dimensions(self) -> list[str]:
        """What was ticked, in the order it had before: an order alone is no change of a definition."""
        ticked, before = self.cleaned_data.get("dimensions", []), self.initial.get("dimensions") or []
        return [name for name in before if name in ticked] + [name for name in ticked if name not in before]

    def _key_of_name(self) -> str:
        """A key made of the name; nothing where no readable one comes of it."""
        key = column_key(self.cleaned_data["name_en"] or self.cleaned_data["name_zh"], 0)
        return "" if key == "col_0" else key

    def _measure(self, side: str) -> dict[str, Any]:
        typed = self.cleaned_data
        how = typed.get(f"{side}_how", "")
        measure = {"dataset": typed.get(f"{side}_dataset", ""), "how": how, "filters": self._filters(side)}
        for part in ("column", "expression"):
            if how != "count" and typed.get(f"{side}_{part}"):
                measure[part] = typed[f"{side}_{part}"]
        if how == "percentile":
            measure["share"] = typed.get(f"{side}_share") or "0"
        return measure

    def _filters(self, side: str) -> list[dict[str, Any]]:
        return [self._filter(f"{side}_filter{number}") for number in self._filled_conditions(side)]

    def _filled_conditions(self, side: str) -> list[int]:
        count = self._conditions_given(side)
        return [number for number in range(count) if self.cleaned_data.get(f"{side}_filter{number}_column")]

    def _filter(self, prefix: str) -> dict[str, Any]:
        typed = self.cleaned_data
        column, op = typed[f"{prefix}_column"], typed.get(f"{prefix}_op") or "eq"
        text = typed.get(f"{prefix}_values", "")
        parts = [] if op in ("is_null", "not_null") else split(text) if op in ("in", "not_in") else [text.strip()]
        kind = self._type_of(prefix.rsplit("_filter", 1)[0], column)
        return {"column": column, "op": op, "values": [typed_cell(part, kind) for part in parts if part != ""]}

    def _type_of(self, side: str, column: str) -> str:
        dataset = self.datasets.get(self._given(f"{side}_dataset"))
        return next((c["type"] for c in dataset.columns if c["name"] == column), "text") if dataset else "text"

    def show(self, issues: Sequence[Issue]) -> None:
        """Put each issue at the field it is about; what fits no field stands on top."""
        for issue in issues:
            self.add_error(self._field_of(issue.where), issue.in_words(gettext))
        self.positions = {position_of(issue) for issue in issues if "position" in issue.params}

    def _field_of(self, where: str) -> str | None:
        steps = where.split(".")
        if steps[0] == "entity_dimensions":
            return self.told_field(steps)
        if len(steps) >= 3 and steps[1] == "filters" and steps[2].isdigit():
            filled = self._filled_conditions(steps[0])
            number = filled[int(steps[2])] if int(steps[2]) < len(filled) else 0
            return self._known(f"{steps[0]}_filter{number}_{steps[3] if len(steps) > 3 else 'column'}")
        while steps:
            for name in ("_".join(steps), f"{'_'.join(steps)}_en", f"{'_'.join(steps)}_{(get_language() or 'en')[:2]}"):
                if name in self.fields:
                    return name
            steps.pop()
        return None

    def _known(self, name: str) -> str | None:
        return name if name in self.fields else None


def initial_of(document: Mapping[str, Any]) -> dict[str, Any]:
    """A definition's document as initial values of its form."""
    unit, suffix = document.get("unit", {}), (document.get("unit", {}).get("suffix") or {})
    description = document.get("description") or {}
    initial: dict[str, Any] = {
        "key": document["key"],
        "name_en": document["name"]["en"],
        "name_zh": document["name"]["zh"],
        "description_en": description.get("en", ""),
        "description_zh": description.get("zh", ""),
        "unit_kind": unit.get("kind", "number"),
        "unit_decimals": unit.get("decimals", 0),
        "unit_suffix_en": suffix.get("en", ""),
        "unit_suffix_zh": suffix.get("zh", ""),
        **{
            name: document[name]
            for name in ("direction", "grains", "dimensions", "trailing", "expression")
            if name in document
        },
    }
    if document.get("convert") is False:
        initial["convert"] = "no"
    from apps.metrics.forms.registry import initial_of_kind, sides_in  # forms of kinds derive from the one above

    initial |= initial_of_kind(document) | initial_told(document)
    for side, part in sides_in(document).items():
        initial |= initial_side(side, part)
    return initial
