"""The form of a score: its parts, what their values are worth, and how much each weighs."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from pydantic import TypeAdapter, ValidationError

from apps.metrics.domain.scales import Scale
from apps.metrics.domain.score_checks import weights_of
from apps.metrics.forms.choices import REFRESH
from apps.metrics.forms.definition import DefinitionForm, Side
from apps.metrics.forms.kinds import COMPARISONS
from apps.metrics.forms.score_extras import ScoreExtras, initial_extras
from apps.metrics.forms.score_text import number_of, pairs
from apps.metrics.forms.score_weights import in_per_cent, names_in, weight_of

SCALES = [
    ("linear", _("more is better, on a straight line")),
    ("inverted", _("less is better, on a straight line")),
    ("band", _("best within a range")),
    ("anchors", _("points at several values")),
    ("steps", _("points by steps")),
    ("percentile", _("rank among the members of a split")),
]
BOUNDS: dict[str, tuple[tuple[str, Any], ...]] = {
    "linear": (("floor", _("0 points at")), ("goal", _("100 points at"))),
    "inverted": (("goal", _("100 points up to")), ("ceiling", _("0 points from"))),
    "band": (
        ("low_end", _("0 points up to")),
        ("low", _("100 points from")),
        ("high", _("100 points up to")),
        ("high_end", _("0 points from")),
    ),
    "anchors": (("points", _("Values and their points")),),
    "steps": (("points", _("Steps and their points")),),
    "percentile": (("direction", _("Which end is the good one")),),
}
"""The fields of each scale."""

RANKS = [("up", _("the highest is best")), ("down", _("the lowest is best"))]
MEANS = [
    ("arithmetic", _("added by weight: a strong part makes up for a weak one")),
    ("geometric", _("multiplied by weight: one part of 0 points makes it 0")),
]
_SCALE: TypeAdapter[Scale] = TypeAdapter(Scale)
LEAST_GROUPS, MOST_GROUPS, MOST_PARTS, MOST_CAPS = 2, 8, 12, 10
_PART = re.compile(r"groups\.(\d+)(?:\.parts\.(\d+))?\.?(.*)")
_BAND = re.compile(r"bands\.(\d+)\.?(\w*)")
_SEGMENT = re.compile(r"segments\.(\d+)\.?(\w*)")
_CAP = re.compile(r"caps\.(\d+)\.?(.*)")
_HELP = {
    "anchors": _("Such as: 50 = 0, 70 = 60, 90 = 100. Straight between them, level outside."),
    "steps": _("Such as: 60 = 0, 80 = 50, above = 100. The value itself belongs to the lower step."),
}


@dataclass(frozen=True)
class Part:
    """The fields of one metric: which, its weight and its scale, then what the scale asks."""

    name: str
    fields: Sequence[forms.BoundField]
    bounds: Sequence[forms.BoundField]


@dataclass(frozen=True)
class Group:
    """The fields of one dimension of the score: what it is called and weighs, then each of its parts."""

    name: str
    fields: Sequence[forms.BoundField]
    parts: Sequence[Part]
    may_grow: bool


class ScoreForm(ScoreExtras, DefinitionForm):
    """Metrics turned into points, weighed within their area, areas weighed among each other."""

    asked = ("mean", "least_coverage")

    def __init__(self, *args: Any, starts: Sequence[tuple[str, Any]] = (), **kwargs: Any) -> None:
        """`starts`: from when on the change may hold, as choices; none for a score that is new."""
        self.starts = starts
        initial = kwargs.get("initial") or {}
        if "band0_at_least" not in initial:
            kwargs["initial"] = initial_extras({}) | initial
        super().__init__(*args, **kwargs)

    # --- how many there are ---------------------------------------------------------------------------------------

    @property
    def _source(self) -> Mapping[str, Any]:
        return self.data if self.is_bound else self.initial

    def _asks_for(self, what: str) -> bool:
        return self.is_bound and self._source.get("refresh") == what

    def _count(self, name: str, least: int, most: int, asked: str) -> int:
        count = least
        while count < most and name.format(count) in self._source:
            count += 1
        return min(count + self._asks_for(asked), most)

    @cached_property
    def _sizes(self) -> list[int]:
        """For each area, how many parts it has."""
        groups = self._count("group{}_name_en", LEAST_GROUPS, MOST_GROUPS, "group")
        return [self._count(f"group{at}_part{{}}_metric", 1, MOST_PARTS, f"group{at}") for at in range(groups)]

    @cached_property
    def _caps(self) -> int:
        return self._count("cap{}_metric", 0, MOST_CAPS, "cap")

    @property
    def may_have_more_groups(self) -> bool:
        """Whether another area may be asked for."""
        return len(self._sizes) < MOST_GROUPS

    @property
    def may_have_more_caps(self) -> bool:
        """Whether another limit may be asked for."""
        return self._caps < MOST_CAPS

    # --- fields ---------------------------------------------------------------------------------------------------

    def _add_questions(self) -> None:
        for at, size in enumerate(self._sizes):
            self._add_group(at)
            for number in range(size):
                self._add_part(f"group{at}_part{number}")
        for number in range(self._caps):
            self._add_cap(f"cap{number}")
        self._add_extras()
        if self.starts:
            self.fields["start"] = forms.ChoiceField(
                label=_("Takes effect"), choices=self.starts,
                help_text=_("Periods before keep the weights they were scored by."),
            )  # fmt: skip
        self.fields["mean"] = forms.ChoiceField(label=_("How the parts are put together"), choices=MEANS)
        self.fields["least_coverage"] = forms.IntegerField(
            label=_("Per cent of the weights that need a value"), min_value=1, max_value=100, initial=70,
            help_text=_("Below it there is no score: leaving out the worst part would raise it."),
        )  # fmt: skip

    def _add_group(self, at: int) -> None:
        for language, label in (("en", _("Called, in English")), ("zh", _("Called, in Chinese"))):
            self.fields[f"group{at}_name_{language}"] = forms.CharField(label=label, max_length=120, required=False)
        self._add_number(f"group{at}_weight", _("Weight, %"))

    def _add_part(self, name: str) -> None:
        self.fields[f"{name}_metric"] = forms.ChoiceField(
            label=_("Metric"), choices=self._metric_choices(), required=False
        )
        self._add_number(f"{name}_weight", _("Weight, %"))
        self.fields[f"{name}_scale"] = forms.ChoiceField(
            label=_("How it gives points"), choices=SCALES, widget=forms.Select(REFRESH), required=False
        )
        scale = self._scale_of(name)
        for bound, label in BOUNDS[scale]:
            if bound == "direction":
                self.fields[f"{name}_{bound}"] = forms.ChoiceField(label=label, choices=RANKS, required=False)
            elif bound == "points":
                self.fields[f"{name}_{bound}"] = forms.CharField(
                    label=label, max_length=500, required=False, help_text=_HELP[scale]
                )
            else:
                self._add_number(f"{name}_{bound}", label)

    def _add_number(self, name: str, label: Any, initial: str = "") -> None:
        self.fields[name] = forms.CharField(
            label=label, max_length=24, initial=initial, required=False,
            widget=forms.TextInput({"inputmode": "decimal"}),
        )  # fmt: skip

    def _add_cap(self, name: str) -> None:
        self.fields[f"{name}_metric"] = forms.ChoiceField(
            label=_("While"), choices=self._metric_choices(), required=False
        )
        self.fields[f"{name}_op"] = forms.ChoiceField(label=_("Comparison"), choices=COMPARISONS, required=False)
        self._add_number(f"{name}_value", _("This value"))
        self._add_number(f"{name}_at_most", _("The score is at most"))

    def _metric_choices(self) -> list[tuple[str, Any]]:
        own = self.initial.get("key") if self.editing else None
        return [("", _("Choose a metric")), *((view.key, view.name) for view in self.metrics if view.key != own)]

    def _scale_of(self, name: str) -> str:
        given = self._given(f"{name}_scale")
        return given if given in BOUNDS else "linear"

    def _dimension_choices(self) -> list[tuple[str, str]]:
        """Only what every metric of the score is split by."""
        named = dict(super()._dimension_choices())
        used = {self._given(f"{name}_metric") for name in self.part_names()} - {""}
        split = [set(view.dimensions) for view in self.metrics if view.key in used]
        common = set.intersection(*split) if split else set()
        return [(key, named.get(key, key)) for key in sorted(common | set(self.initial.get("dimensions") or ()))]

    def group_names(self) -> list[str]:
        """The prefix of the fields of each area."""
        return [f"group{at}" for at in range(len(self._sizes))]

    def part_names(self) -> Iterator[str]:
        """The prefix of the fields of each metric."""
        for at, size in enumerate(self._sizes):
            yield from (f"group{at}_part{number}" for number in range(size))

    # --- for the template -----------------------------------------------------------------------------------------

    @property
    def groups(self) -> Iterator[Group]:
        """The areas of the score, laid out field by field."""
        for at, size in enumerate(self._sizes):
            own = [self[f"group{at}_{name}"] for name in ("name_en", "name_zh", "weight")]
            parts = [self._part_of(f"group{at}_part{n}") for n in range(size)]
            yield Group(f"group{at}", own, parts, size < MOST_PARTS)

    def _part_of(self, name: str) -> Part:
        bounds = [self[f"{name}_{bound}"] for bound, _label in BOUNDS[self._scale_of(name)]]
        return Part(name, [self[f"{name}_{each}"] for each in ("metric", "weight", "scale")], bounds)

    @property
    def caps(self) -> list[list[forms.BoundField]]:
        """The fields of each limit."""
        names = ("metric", "op", "value", "at_most")
        return [[self[f"cap{at}_{name}"] for name in names] for at in range(self._caps)]

    @property
    def sides(self) -> Iterator[Side]:
        """None: a score reads no rows."""
        return iter(())

    @property
    def questions(self) -> Sequence[forms.BoundField]:
        return [self[name] for name in self.asked]

    # --- to the document ------------------------------------------------------------------------------------------

    def clean(self) -> dict[str, Any]:
        """Points have to be written as pairs; everything else is checked as part of the definition."""
        cleaned = super().clean() or self.cleaned_data
        self._weights_make_a_hundred()
        for name in self.part_names():
            text = str(cleaned.get(f"{name}_points") or "")
            if cleaned.get(f"{name}_metric") and f"{name}_points" in self.fields and pairs(text) is None:
                self.add_error(f"{name}_points", _("Write pairs of a value and its points, such as 60 = 0, 80 = 100."))
        return cleaned

    def _weights_make_a_hundred(self) -> None:
        """One weight says nothing and may stay empty; of several each is needed, and they make 100."""
        lists = ["groups", *(f"group{at}" for at in range(len(self._sizes)))]
        lists += [f"segment{at}" for at in self.filled_segments]
        for which in lists:
            names = [name for name in names_in(self.data, which) if name in self.fields]
            given = [self.cleaned_data.get(name) or "" for name in names]
            if len(names) == 1 and not which.startswith("segment"):
                self.cleaned_data[names[0]] = "100"
                continue
            if which.startswith("segment"):
                given = [text or "0" for text in given]
            for name, text in zip(names, given, strict=True):
                self.cleaned_data[name] = text.replace("％", "%").strip().rstrip("%").strip()
                if not text:
                    self.add_error(name, _("Type a weight, or press “Spread the rest”."))
            weights = [weight_of(text) for text in given]
            if names and all(text and weight is not None for text, weight in zip(given, weights, strict=True)):
                for issue in weights_of("", [weight for weight in weights if weight is not None]):
                    self.add_error(names[0], issue.in_words(gettext))

    @cached_property
    def _filled(self) -> list[tuple[int, list[int]]]:
        """The areas with a metric, each with its parts that have one."""
        chosen = [
            (at, [number for number in range(size) if self.cleaned_data.get(f"group{at}_part{number}_metric")])
            for at, size in enumerate(self._sizes)
        ]
        return [(at, parts) for at, parts in chosen if parts] or [(0, [0])]

    @cached_property
    def _filled_caps(self) -> list[int]:
        return [at for at in range(self._caps) if self.cleaned_data.get(f"cap{at}_metric")]

    def own_parts(self) -> dict[str, Any]:
        share = self.cleaned_data.get("least_coverage")
        return {
            "groups": [self._group(at, parts) for at, parts in self._filled],
            "caps": [self._cap(f"cap{at}") for at in self._filled_caps],
            "mean": self.cleaned_data.get("mean") or "arithmetic",
            "least_coverage": str(Decimal(share) / 100) if share else "0.7",
            **self._extras([at for at, _parts in self._filled]),
        }

    def _group(self, at: int, parts: Sequence[int]) -> dict[str, Any]:
        names = {language: self.cleaned_data.get(f"group{at}_name_{language}") or "" for language in ("en", "zh")}
        made = [self._part(f"group{at}_part{number}") for number in parts]
        return {"name": names, "weight": self._weights["groups"][at], "parts": made}

    def _part(self, name: str) -> dict[str, Any]:
        metric = self.cleaned_data.get(f"{name}_metric") or ""
        group, _part, number = name.partition("_part")
        weight = self._weights[group][int(number)]
        return {"metric": metric, "weight": weight, "scale": self._scale(name, self.cleaned_data.get)}

    @cached_property
    def _weights(self) -> dict[str, dict[int, str]]:
        """Weights by list and place. What is shown as it was stays as it is written: equal shares of 1 stay so."""
        kept = self.initial.get("kept_weights") or {}
        lists = {"groups": ("group{}_weight", [at for at, _parts in self._filled])}
        lists |= {f"group{at}": (f"group{at}_part{{}}_weight", parts) for at, parts in self._filled}
        found: dict[str, dict[int, str]] = {}
        for which, (pattern, places) in lists.items():
            typed = [self._number(pattern.format(at)) for at in places]
            stored = [str(weight) for weight in kept.get(which, ())]
            same = len(stored) == len(typed) and in_per_cent(stored) == typed
            found[which] = dict(zip(places, stored if same else typed, strict=True))
        return found

    def typed_scale(self, name: str) -> Scale | None:
        """The scale of a metric as far as it is typed; None while something is missing or wrong."""
        try:
            return _SCALE.validate_python(self._scale(name, lambda field: str(self._given(field) or "")))
        except ValidationError:
            return None

    def typed_weight(self, name: str) -> str:
        """A weight as it stands in the form."""
        return str(self._given(name) or "")

    def typed_metric(self, name: str) -> str:
        """The key of the metric of a part as it stands in the form."""
        return str(self._given(f"{name}_metric") or "")

    def _scale(self, name: str, given: Callable[[str], Any]) -> dict[str, Any]:
        scale = self._scale_of(name)
        if scale == "percentile":
            return {"type": scale, "direction": given(f"{name}_direction") or "up"}
        if scale in _HELP:
            found = pairs(given(f"{name}_points") or "") or []
            if scale == "anchors":
                return {"type": scale, "anchors": [{"at": at or "", "score": score} for at, score in found]}
            return {"type": scale, "steps": [{"up_to": at, "score": score} for at, score in found]}
        return {"type": scale} | {bound: number_of(given(f"{name}_{bound}") or "") for bound, _label in BOUNDS[scale]}

    def _cap(self, name: str) -> dict[str, Any]:
        typed = self.cleaned_data
        return {
            "metric": typed[f"{name}_metric"], "op": typed.get(f"{name}_op") or "lt",
            "value": self._number(f"{name}_value"), "at_most": self._number(f"{name}_at_most"),
        }  # fmt: skip

    def _number(self, name: str) -> str:
        return number_of(self.cleaned_data.get(name) or "")

    def _field_of(self, where: str) -> str | None:
        if found := _CAP.match(where):
            at = self._filled_caps[int(found[1])]
            return self._known(f"cap{at}_{found[2] or 'metric'}")
        if found := _BAND.match(where):
            at = self.filled_bands[int(found[1])] if self.filled_bands else 0
            return self._known(f"band{at}_{(found[2] or 'at_least').replace('name', 'name_en')}")
        if where == "bands":
            return self._known("band0_at_least")
        if found := _SEGMENT.match(where):
            at = self.filled_segments[int(found[1])] if self.filled_segments else 0
            return self._known(f"segment{at}_{'weight0' if 'weight' in found[2] else found[2] or 'member'}")
        found = _PART.match(where)
        if not found:
            return self._known("group0_part0_metric") if where == "groups" else super()._field_of(where)
        at, parts = self._filled[int(found[1])]
        if found[2] is None:
            return super()._field_of(f"group{at}.{found[3] or 'name'}")
        name, step = f"group{at}_part{parts[int(found[2])]}", found[3].removeprefix("scale.").split(".")[0]
        points = step in ("anchors", "steps")
        return self._known(f"{name}_{'points' if points else step}") or f"{name}_metric"
