"""Forms of the kinds that follow entities along steps: from a start to a goal, or along a funnel."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.metrics.domain.fields import SPLIT_ROLES
from apps.metrics.forms.kinds import KindForm, _choice, _number

ORDERS = [
    ("first_touch", _("the first time each step is done, and these in the order of the steps")),
    ("strict", _("each step done after the one before, whatever was done earlier")),
]
LEAST_STEPS, MOST_STEPS = 2, 10
_STEP = re.compile(r"steps\.(\d+)(.*)")
_MOMENT_TYPES = ("datetime",)


class ConversionForm(KindForm):
    """The share of customers who get from a start to a goal."""

    titles = (("start", _("Customers who did …")), ("goal", _("… and then got to")))
    asked: Sequence[str] = ("within_days",)

    def _add_reading(self, side: str, hows: Sequence[tuple[str, Any]], columns: list[tuple[str, str]]) -> None:
        super()._add_reading(side, hows, columns)
        self.fields[f"{side}_moment"] = forms.ChoiceField(
            label=_("Column with the time of day"), choices=[("", "—"), *self._moments_of(side, columns)],
            required=False, help_text=_("Without it, the order within a day is not known."),
        )  # fmt: skip
        for language, label in (("en", _("Called, in English")), ("zh", _("Called, in Chinese"))):
            self.fields[f"{side}_name_{language}"] = forms.CharField(label=label, max_length=120, required=False)

    def _moments_of(self, side: str, columns: list[tuple[str, str]]) -> list[tuple[str, str]]:
        return [column for column in columns if self._type_of(side, column[0]) in _MOMENT_TYPES]

    def _read_by(self, side: str) -> Sequence[str]:
        return [*super()._read_by(side), f"{side}_moment", f"{side}_name_en", f"{side}_name_zh"]

    def _add_questions(self) -> None:
        self.fields["within_days"] = _number(
            _("Days it may take from the first step to the last"), 30, 3660, _("The day itself is the first of them.")
        )

    def _rows_from(self) -> list[str]:
        """The data set of the first step."""
        return super()._rows_from()[:1]

    def _dimension_choices(self) -> list[tuple[str, str]]:
        """The dimensions of the first step: a customer belongs to the member of the row with which it begins."""
        first = self.side_titles()[0][0]
        dataset = self.datasets.get(self._given(f"{first}_dataset"))
        named = dict(self._columns_of(dataset.key)) if dataset else {}
        return [(c["name"], named[c["name"]]) for c in dataset.columns if c["role"] in SPLIT_ROLES] if dataset else []

    def _step(self, side: str) -> dict[str, Any]:
        step = self._activity(side) | {"moment": self.typed(f"{side}_moment") or None}
        names = {language: self.typed(f"{side}_name_{language}") or "" for language in ("en", "zh")}
        return step | ({"name": names} if any(names.values()) else {})

    def own_parts(self) -> dict[str, Any]:
        return {
            "start": self._step("start"), "goal": self._step("goal"), "within_days": self.typed("within_days"),
        }  # fmt: skip


class FunnelForm(ConversionForm):
    """How far customers get along several steps."""

    asked = ("within_days", "order")

    @cached_property
    def steps(self) -> int:
        """How many steps there are: those given, and one more where it is asked for."""
        source = self.data if self.is_bound else self.initial
        count = LEAST_STEPS
        while count < MOST_STEPS and f"step{count}_dataset" in source:
            count += 1
        return min(count + (self.is_bound and source.get("refresh") == "step"), MOST_STEPS)

    @property
    def may_grow(self) -> bool:
        """Whether another step may be asked for."""
        return self.steps < MOST_STEPS

    def side_titles(self) -> Sequence[tuple[str, Any]]:
        later = [(f"step{at}", _("… and then got to")) for at in range(1, self.steps)]
        return [("step0", _("Customers who did …")), *later]

    def _add_side(self, side: str, extra: int) -> None:
        super()._add_side(side, extra)
        if side not in ("step0", "step1"):
            for name in ("dataset", "entity"):
                self.fields[f"{side}_{name}"].required = False
            self.fields[f"{side}_dataset"].help_text = _("A step without a data set is left out.")

    def _add_questions(self) -> None:
        super()._add_questions()
        self.fields["order"] = _choice(_("What counts as going on"), ORDERS)

    def _filled(self) -> list[str]:
        sides = [side for side, _title in self.side_titles()]
        return [side for at, side in enumerate(sides) if at < LEAST_STEPS or self.typed(f"{side}_dataset")]

    def own_parts(self) -> dict[str, Any]:
        steps = [self._step(side) for side in self._filled()]
        return {"steps": steps} | {name: self.typed(name) for name in self.asked}

    def _field_of(self, where: str) -> str | None:
        found = _STEP.match(where)
        if not found:
            return super()._field_of(where)
        filled = self._filled()
        side = filled[int(found[1])] if int(found[1]) < len(filled) else filled[-1]
        return super()._field_of(f"{side}{found[2]}" if found[2] else f"{side}.dataset")


def steps_in(document: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    """The steps of a document by the prefix of their fields; none for other kinds."""
    if document["kind"] == "conversion":
        return {name: document[name] for name in ("start", "goal")}
    steps = document["steps"] if document["kind"] == "funnel" else ()
    return {f"step{at}": step for at, step in enumerate(steps)}


def initial_of_way(document: Mapping[str, Any]) -> dict[str, Any]:
    """What only the document of a conversion or funnel holds, as initial values."""
    initial: dict[str, Any] = {name: document[name] for name in FunnelForm.asked}
    for side, step in steps_in(document).items():
        initial[f"{side}_moment"] = step["moment"] or ""
        initial |= {f"{side}_name_{language}": text for language, text in (step["name"] or {}).items()}
    return initial
