"""Forms of the kinds that follow entities: each asks in the words of whoever wants to know."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cached_property
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.metrics.forms.choices import REFRESH
from apps.metrics.forms.definition import DefinitionForm

COMPARISONS = [
    ("ge", _("at least")),
    ("gt", _("more than")),
    ("le", _("at most")),
    ("lt", _("less than")),
    ("eq", _("exactly")),
]
THRESHOLD_HOWS = [
    ("count", _("rows")),
    ("distinct", _("different values of")),
    ("sum", _("as the sum of")),
]
LIFECYCLE_FIGURES = [
    ("active", _("Active: all who did it in the period")),
    ("new", _("New: for the first time ever")),
    ("retained", _("Retained: in the period before, too")),
    ("reactivated", _("Reactivated: after a pause")),
    ("churned", _("Churned: in the period before, and not in this one")),
    ("net", _("Net change: new and reactivated minus churned")),
]
RECURRING_FIGURES = [
    ("mrr", _("All recurring revenue")),
    ("new", _("New: from customers who never paid before")),
    ("expansion", _("Expansion: what customers pay more than before")),
    ("contraction", _("Contraction: what customers who stay pay less")),
    ("churn", _("Churn: what customers paid who pay nothing now")),
    ("reactivation", _("Reactivation: from customers who come back")),
    ("nrr", _("Net revenue retention (NRR)")),
    ("grr", _("Gross revenue retention (GRR)")),
]
VARIANTS = [
    ("bounded", _("in that very period")),
    ("unbounded", _("in that period or later")),
    ("unbroken", _("in every period up to it")),
]
COHORTS = [
    ("first", _("whoever did it for the first time in the period")),
    ("active", _("whoever did it in the period")),
]
WINDOWS = [
    ("trailing", _("the last periods, a number of them")),
    ("month", _("since the start of the month")),
    ("quarter", _("since the start of the quarter")),
    ("half", _("since the start of the half-year")),
    ("year", _("since the start of the year")),
]
BASES = [
    ("rows", _("customers with any row in the period")),
    ("file", _("customers of a customer file, from their start to their end")),
]
LEVELS = [
    ("closing", _("at its end")),
    ("opening", _("at its start")),
    ("average", _("on average over its days")),
]
MOST_THRESHOLDS = 5
_CONDITION = re.compile(r"conditions\.(\d+)\.(?:measure\.)?(.*)")


def _number(label: Any, initial: int, most: int, help_text: Any = "", least: int = 1) -> forms.IntegerField:
    return forms.IntegerField(label=label, min_value=least, max_value=most, initial=initial, help_text=help_text)


def _choice(label: Any, choices: Sequence[tuple[str, Any]], help_text: Any = "") -> forms.ChoiceField:
    return forms.ChoiceField(label=label, choices=choices, help_text=help_text)


class KindForm(DefinitionForm):
    """What these kinds share: a data set and whose rows they are."""

    titles: Sequence[tuple[str, Any]] = (("activity", _("What counts as being active")),)
    asked: Sequence[str] = ()
    """Names of the questions of this kind, in their order."""

    def side_titles(self) -> Sequence[tuple[str, Any]]:
        return self.titles

    @property
    def questions(self) -> Sequence[forms.BoundField]:
        return [self[name] for name in self.asked]

    def _add_reading(self, side: str, hows: Sequence[tuple[str, Any]], columns: list[tuple[str, str]]) -> None:
        self.fields[f"{side}_entity"] = forms.ChoiceField(
            label=_("Whose rows they are"), choices=[("", _("Choose a column")), *columns],
            initial=self._column_of_role(side, "entity"),
        )  # fmt: skip

    def _column_of_role(self, side: str, role: str) -> str:
        """The first column of a role, to be proposed."""
        dataset = self.datasets.get(self._given(f"{side}_dataset"))
        return next((column["name"] for column in dataset.columns if column["role"] == role), "") if dataset else ""

    def _read_by(self, side: str) -> Sequence[str]:
        return [f"{side}_dataset", f"{side}_entity"]

    def typed(self, name: str) -> Any:
        """What was typed, with nothing for a field that is empty or wrong."""
        return self.cleaned_data.get(name)

    def _activity(self, side: str = "activity") -> dict[str, Any]:
        return {
            "dataset": self.typed(f"{side}_dataset") or "",
            "entity": self.typed(f"{side}_entity") or "",
            "filters": self._filters(side),
        }


class EntityForm(KindForm):
    """Customers who did at least so much in a period, or their share."""

    @cached_property
    def thresholds(self) -> int:
        """How many conditions there are: those given, and one more where it is asked for."""
        source = self.data if self.is_bound else self.initial
        count = 1
        while count < MOST_THRESHOLDS and f"condition{count}_dataset" in source:
            count += 1
        return min(count + (self.is_bound and source.get("refresh") == "threshold"), MOST_THRESHOLDS)

    def side_titles(self) -> Sequence[tuple[str, Any]]:
        named = [
            (f"condition{at}", _("Customers who did …") if at == 0 else _("… and also did …"))
            for at in range(self.thresholds)
        ]
        return [*named, ("base", _("… out of whom"))] if self.kind == "entity_share" else named

    def _add_reading(self, side: str, hows: Sequence[tuple[str, Any]], columns: list[tuple[str, str]]) -> None:
        if side == "base":
            self._add_base(columns)
            return
        self.fields[f"{side}_op"] = _choice(_("Comparison"), COMPARISONS)
        self.fields[f"{side}_value"] = forms.CharField(label=_("How many"), max_length=24, initial="1")
        self.fields[f"{side}_how"] = _choice(_("Of what"), THRESHOLD_HOWS)
        self.fields[f"{side}_column"] = forms.ChoiceField(
            label=_("Column"), choices=[("", "—"), *columns], required=False
        )
        if side == "condition0":
            self.fields["entity"] = forms.ChoiceField(
                label=_("Counted are the different"), choices=[("", _("Choose a column")), *columns],
                initial=self._column_of_role(side, "entity"),
            )  # fmt: skip

    def _add_base(self, columns: list[tuple[str, str]]) -> None:
        self.fields["base_dataset"].required = False
        self.fields["base_kind"] = forms.ChoiceField(label=_("Out of"), choices=BASES, widget=forms.Select(REFRESH))
        if self._given("base_kind") != "file":
            return
        for name, label in (
            ("started", _("Column with the start")),
            ("ended", _("Column with the end, if there is one")),
        ):
            self.fields[f"base_{name}"] = forms.ChoiceField(label=label, choices=[("", "—"), *columns], required=False)

    def _read_by(self, side: str) -> Sequence[str]:
        if side == "base":
            file = ["base_dataset", "base_started", "base_ended"] if "base_started" in self.fields else []
            return ["base_kind", *file]
        entity = ["entity"] if side == "condition0" else []
        return [f"{side}_dataset", *entity, f"{side}_op", f"{side}_value", f"{side}_how", f"{side}_column"]

    def own_parts(self) -> dict[str, Any]:
        asked = [side for side, _title in self.side_titles() if side != "base"]
        filled = [side for side in asked if self.typed(f"{side}_dataset") or side == "condition0"]
        parts: dict[str, Any] = {
            "entity": self.typed("entity") or "",
            "conditions": [
                {
                    "measure": self._measure(side),
                    "op": self.typed(f"{side}_op") or "ge",
                    "value": self.typed(f"{side}_value") or "",
                }
                for side in filled
            ],
        }
        if self.kind == "entity_share":
            parts["base"] = self._base()
        return parts

    def _base(self) -> dict[str, Any]:
        if self.typed("base_kind") != "file":
            return {"dataset": self.typed("condition0_dataset") or "", "filters": self._filters("base")}
        base: dict[str, Any] = {"dataset": self.typed("base_dataset") or "", "filters": self._filters("base")}
        for name in ("started", "ended"):
            if self.typed(f"base_{name}"):
                base[name] = self.typed(f"base_{name}")
        return base

    def _columns_of_side(self, side: str) -> list[tuple[str, str]]:
        of_rows = side == "base" and self._given("base_kind") != "file"
        return self._columns_of(self._given("condition0_dataset" if of_rows else f"{side}_dataset"))

    def _field_of(self, where: str) -> str | None:
        found = _CONDITION.match(where)
        return super()._field_of(f"condition{found[1]}.{found[2]}" if found else where)


class LifecycleForm(KindForm):
    """Where active customers come from and go."""

    asked = ("figure", "known_since")

    def _add_questions(self) -> None:
        self.fields["figure"] = _choice(_("Which of them are counted"), LIFECYCLE_FIGURES)
        self.fields["known_since"] = forms.DateField(
            label=_("Day from which the data is complete"), required=False,
            widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"),
            help_text=_("Empty if the data holds the whole history: then whoever appears first is new."),
        )  # fmt: skip

    def own_parts(self) -> dict[str, Any]:
        since = self.typed("known_since")
        return {
            "activity": self._activity(),
            "figure": self.typed("figure") or "",
            "known_since": since.isoformat() if since else None,
        }


class RetentionForm(KindForm):
    """Who comes back."""

    asked = ("cohort", "interval", "variant", "minimum", "intervals")

    def _add_questions(self) -> None:
        self.fields["cohort"] = _choice(_("Followed is"), COHORTS)
        self.fields["interval"] = _number(
            _("Periods later"), 1, 36, _("Of the curve, this one is the metric's figure.")
        )
        self.fields["variant"] = _choice(_("Back means active"), VARIANTS)
        self.fields["minimum"] = _number(_("Rows it takes to be active"), 1, 1000)
        self.fields["intervals"] = _number(_("Periods the curve follows"), 12, 36)

    def own_parts(self) -> dict[str, Any]:
        return {"activity": self._activity()} | {name: self.typed(name) for name in self.asked}


class CumulativeForm(DefinitionForm):
    """A number that runs over several periods."""

    def side_titles(self) -> Sequence[tuple[str, Any]]:
        return (("measure", _("What runs up")),)

    @property
    def questions(self) -> Sequence[forms.BoundField]:
        return [self["window"], self["periods"]]

    def _add_questions(self) -> None:
        self.fields["window"] = _choice(_("Each value covers"), WINDOWS)
        self.fields["periods"] = _number(_("Number of periods"), 12, 400, _("Only for the last periods."))

    def own_parts(self) -> dict[str, Any]:
        window = self.cleaned_data.get("window")
        own = {"trailing": self.cleaned_data.get("periods")} if window == "trailing" else {"to_date": window}
        return {"measure": self._measure("measure"), **own}

    def _field_of(self, where: str) -> str | None:
        return {"trailing": "periods", "to_date": "window"}.get(where) or super()._field_of(where)


class RecurringForm(KindForm):
    """Recurring revenue and how it moves."""

    titles = (("rows", _("What customers pay, row by row")),)
    asked = ("figure",)

    def _add_reading(self, side: str, hows: Sequence[tuple[str, Any]], columns: list[tuple[str, str]]) -> None:
        super()._add_reading(side, hows, columns)
        self.fields[f"{side}_column"] = forms.ChoiceField(
            label=_("Column with the amount"), choices=[("", _("Choose a column")), *columns],
            initial=self._column_of_role(side, "measure"),
        )  # fmt: skip

    def _read_by(self, side: str) -> Sequence[str]:
        return [*super()._read_by(side), f"{side}_column"]

    def _add_questions(self) -> None:
        self.fields["figure"] = _choice(_("Which of it is counted"), RECURRING_FIGURES)

    def own_parts(self) -> dict[str, Any]:
        parts = self._activity("rows")
        return {**parts, "column": self.typed("rows_column") or "", "figure": self.typed("figure") or ""}

    def _field_of(self, where: str) -> str | None:
        inside = where.split(".")[0] in ("dataset", "entity", "column", "filters")
        return super()._field_of(f"rows.{where}" if inside else where)


class RepeatForm(KindForm):
    """Who comes again soon."""

    titles = (("activity", _("Rows that may be repeated")),)
    asked = ("within_days", "moment")

    def _add_questions(self) -> None:
        self.fields["within_days"] = _number(
            _("Days within which another one counts"), 30, 3660, _("The day itself is the first of them.")
        )
        times = [(key, label) for key, label in self._columns_of(self._given("activity_dataset"))]
        self.fields["moment"] = forms.ChoiceField(
            label=_("Column with the time of day"), choices=[("", "—"), *times], required=False,
            help_text=_("Without it, only rows of a later day follow."),
        )  # fmt: skip

    def own_parts(self) -> dict[str, Any]:
        moment = self.typed("moment")
        return {"activity": self._activity(), "within_days": self.typed("within_days"), "moment": moment or None}


class StockForm(RecurringForm):
    """A level: a balance, a head count, open orders."""

    titles = (("rows", _("What is known of the level, row by row")),)
    asked = ("at", "carry_days")

    def _add_questions(self) -> None:
        self.fields["at"] = _choice(_("Which level of the period"), LEVELS)
        self.fields["carry_days"] = _number(
            _("Days a value holds"), 31, 3660, _("Until then the last known value counts."), least=0
        )

    def own_parts(self) -> dict[str, Any]:
        parts = self._activity("rows")
        entity = [parts["entity"]] if parts["entity"] else []
        column = self.typed("rows_column") or ""
        return {**parts, "entity": entity, "column": column, **{name: self.typed(name) for name in self.asked}}


class NpsForm(RecurringForm):
    """Net Promoter Score of answers from 0 to 10."""

    titles = (("rows", _("The answers, row by row")),)
    asked = ()

    def _add_reading(self, side: str, hows: Sequence[tuple[str, Any]], columns: list[tuple[str, str]]) -> None:
        self.fields[f"{side}_column"] = forms.ChoiceField(
            label=_("Column with answers from 0 to 10"), choices=[("", _("Choose a column")), *columns]
        )

    def _read_by(self, side: str) -> Sequence[str]:
        return [f"{side}_dataset", f"{side}_column"]

    def _add_questions(self) -> None:
        """None."""

    def own_parts(self) -> dict[str, Any]:
        parts = self._activity("rows")
        return {"dataset": parts["dataset"], "filters": parts["filters"], "column": self.typed("rows_column") or ""}
