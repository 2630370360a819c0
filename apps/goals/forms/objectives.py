"""The form of an objective with all its key results on one page; each kind of key result asks in its own words.

Blocks of key results are named `kr-0-title`, … ; the list of `kr` says which there are, in their order.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from apps.common.fields import FigureField, LongChoiceField
from apps.common.formats import Kind as FigureKind
from apps.common.formats import Style
from apps.goals.domain import steps
from apps.goals.domain.drafts import FOLLOWS_METRICS, KeyResultDraft, ObjectiveDraft
from apps.goals.domain.progress import Kind, RangeRule
from apps.goals.forms.initiatives import Shown
from apps.goals.models import KeyResult, Objective
from apps.kernel.issue import Issue
from apps.kernel.period import Grain
from apps.metrics.selectors import MetricView

PLAIN = Style(digits=6)
DATE = {"type": "date"}
OWN_FIGURES = ("start", "goal", "low", "high", "tolerance")


@dataclass(frozen=True)
class Choices:
    """What can be chosen: metrics by key; people, teams and objectives above by id; kinds of periods in words."""

    metrics: Mapping[str, MetricView]
    people: Mapping[str, str]
    teams: Mapping[str, str]
    parents: Mapping[str, str]
    grains: Mapping[str, str]
    styles: Mapping[str, Style]
    levels: Sequence[str]
    once: bool = True
    """Long lists stand on the page once, and the key results borrow them (`offers.js`)."""

    def style(self, metric: str) -> Style:
        return self.styles.get(metric, PLAIN)


class ObjectiveForm(Shown):
    """What is to be reached, by whom, and what it is for."""

    title = forms.CharField(label=_("What is to be reached"), required=False, widget=forms.Textarea({"rows": 2}))
    why = forms.CharField(label=_("Why it matters"), required=False, widget=forms.Textarea({"rows": 2}))
    level = forms.ChoiceField(label=_("Whose objective it is"), required=False)
    team = LongChoiceField(label=_("Team"), required=False)
    owner = LongChoiceField(label=_("Who answers for it"), required=False)
    kind = forms.ChoiceField(label=_("How it is meant"), choices=Objective.Kind.choices, required=False)
    private = forms.BooleanField(label=_("Private: only I and the lead of my team see it"), required=False)
    parent = LongChoiceField(label=_("Aligned to"), required=False)
    alignment = forms.ChoiceField(label=_("How"), choices=Objective.Alignment.choices, required=False)
    counts = forms.ChoiceField(label=_("Its progress comes from"), choices=Objective.Counts.choices, required=False)
    weight = forms.CharField(label=_("Its weight there, in percent"), required=False)
    revision = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: object, choices: Choices, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        levels = [(value, label) for value, label in Objective.Level.choices if value in choices.levels]
        self.fields["level"].choices = levels
        self.fields["team"].choices = [("", _("Choose a team")), *choices.teams.items()]
        self.fields["owner"].choices = [("", _("Not named yet")), *choices.people.items()]
        self.fields["parent"].choices = [("", _("Stands by itself")), *choices.parents.items()]
        self.fields["weight"] = FigureField(label=self.fields["weight"].label, style=PLAIN)
        self.fields["weight"].help_text = _("Empty: what is left to 100.")
        self.fields["kind"].help_text = _("Committed: to be reached in full. Aspirational: 70% is a success.")

    def draft(self, key_results: Sequence[KeyResultDraft]) -> ObjectiveDraft:
        """What was typed; a field that is empty or cannot be read is empty."""
        told = self.cleaned_data
        level = told.get("level") or Objective.Level.PERSON
        return ObjectiveDraft(
            title=" ".join((told.get("title") or "").split()),
            level=level,
            team_id=_id(told.get("team")) if level != Objective.Level.COMPANY else None,
            owner_id=_id(told.get("owner")),
            why=told.get("why") or "",
            kind=told.get("kind") or Objective.Kind.ASPIRATIONAL,
            private=bool(told.get("private")),
            parent_id=_id(told.get("parent")),
            alignment=told.get("alignment") or Objective.Alignment.CONTRIBUTES,
            weight=told.get("weight"),
            counts=told.get("counts") or Objective.Counts.KEY_RESULTS,
            key_results=tuple(key_results),
        )


class KeyResultForm(Shown):
    """One key result. Its figures are asked for in the words of its kind, and written as its metric is."""

    id = forms.UUIDField(required=False, widget=forms.HiddenInput)
    title = forms.CharField(label=_("What is measured or done"), required=False)
    kind = forms.ChoiceField(label=_("How it is measured"), choices=KeyResult.Kind.choices, required=False)
    metric = LongChoiceField(label=_("Where its value comes from"), required=False)
    grain = forms.ChoiceField(label=_("Read by"), required=False)
    dimension = forms.CharField(required=False, widget=forms.HiddenInput)
    member = forms.CharField(required=False, widget=forms.HiddenInput)
    unit = forms.CharField(label=_("Unit"), required=False)
    rule = forms.ChoiceField(label=_("When it is outside"), choices=KeyResult.RangeRule.choices, required=False)
    owner = LongChoiceField(label=_("Who answers for it"), required=False)
    steps = forms.CharField(
        label=_("Steps, one a line"), required=False, widget=forms.Textarea({"rows": 4}),
        help_text=_("With a weight or a day behind a bar where they matter: Pilot | 3 | 2026-12-15"),
    )  # fmt: skip
    drop = forms.BooleanField(required=False, widget=forms.HiddenInput)
    reason = forms.CharField(label=_("Why it is dropped"), required=False)

    def __init__(
        self, *args: object, choices: Choices, at: int, stored: KeyResult | None = None, **kwargs: object
    ) -> None:
        super().__init__(*args, prefix=f"kr-{at}", **kwargs)
        self.at, self.choices, self.stored = at, choices, stored
        self.found: list[Issue] = []
        self.fields["metric"].choices = [
            ("", _("Typed at check-ins")), *((key, view.name) for key, view in choices.metrics.items())
        ]  # fmt: skip
        self.fields["owner"].choices = [("", _("Whoever answers for the objective")), *choices.people.items()]
        if choices.once:
            self.fields["metric"].widget.borrows, self.fields["owner"].widget.borrows = "offered-metrics", "id_owner"
        view = choices.metrics.get(self._said("metric"))
        grains = [str(grain) for grain in view.grains] if view else [str(grain) for grain in Grain]
        self.fields["grain"].choices = [(grain, choices.grains[grain]) for grain in grains]
        self.metric_view, self.style = view, choices.style(self._said("metric"))
        suffix = "%" if self.style.kind is FigureKind.PERCENT else self.style.symbol
        labels = {
            "start": _("From"), "goal": _("To"), "low": _("At least"), "high": _("At most"),
            "tolerance": _("Outside by how much it counts nothing"),
        }  # fmt: skip
        for name in OWN_FIGURES:
            label = f"{labels[name]} ({suffix})" if suffix else labels[name]
            self.fields[name] = FigureField(label=label, style=self.style, exact=True)
        self.fields["weight"] = FigureField(label=_("Weight in percent"), style=PLAIN)

    def _said(self, name: str) -> str:
        if self.is_bound:
            return str(self.data.get(self.add_prefix(name), "") or "")
        return str((self.initial or {}).get(name) or "")

    @property
    def kind_said(self) -> str:
        return self._said("kind") or Kind.REACH.value

    @property
    def is_dropped(self) -> bool:
        return self._said("drop") in ("1", "True", "on")

    @property
    def number(self) -> int:
        return self.at + 1

    def draft(self) -> KeyResultDraft:
        """What was typed; a field that is empty or cannot be read is empty."""
        told = self.cleaned_data
        kind = Kind(told.get("kind") or Kind.REACH)
        metric = told.get("metric") or ""
        known = [(step.title, step.pk) for step in self.stored.milestones.all()] if self.stored else []
        read, self.found = steps.read(told.get("steps") or "", known) if kind is Kind.MILESTONES else ((), [])
        figures: dict[str, Decimal | None] = {name: told.get(name) for name in OWN_FIGURES}
        return KeyResultDraft(
            title=told.get("title") or "",
            kind=kind,
            metric=metric if kind in FOLLOWS_METRICS else "",
            grain=told.get("grain") or "",
            dimension=told.get("dimension") or "",
            member=told.get("member") or "",
            unit=told.get("unit") or "",
            rule=RangeRule(told["rule"]) if told.get("rule") else None,
            weight=told.get("weight"),
            owner_id=_id(told.get("owner")),
            steps=read,
            target_id=self._target(told),
            id=told.get("id"),
            **figures,
        )

    def _target(self, told: dict[str, object]) -> UUID | None:
        """The target that it is tied to already, as long as it follows the same metric for the same member."""
        row = self.stored
        if row is None or row.target_id is None or row.metric is None:
            return None
        place = tuple(told.get(name) or "" for name in ("metric", "grain", "dimension", "member"))
        return row.target_id if place == (row.metric.key, row.grain, row.dimension, row.member) else None


class EndForm(Shown):
    """Why an objective is dropped, or a cycle opened again."""

    reason = forms.CharField(label=_("Why"), required=False, widget=forms.Textarea({"rows": 3}))
    revision = forms.IntegerField(required=False, widget=forms.HiddenInput)


class HandOverForm(Shown):
    """Who answers for it from now on."""

    to = LongChoiceField(label=_("To whom"), required=False)
    revision = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: object, people: Iterable[tuple[UUID, str]], **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.fields["to"].choices = [("", _("Choose somebody")), *((str(pk), name) for pk, name in people)]


class ScoreForm(Shown):
    """What it was worth by judgement, and why."""

    reason = forms.CharField(label=_("Why"), required=False, widget=forms.Textarea({"rows": 2}))
    revision = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.fields["judged"] = FigureField(label=_("Judged score, 0 to 1"), style=PLAIN)
        self.fields["judged"].help_text = gettext("Empty: the computed score counts.")


def _id(text: object) -> UUID | None:
    return UUID(str(text)) if text else None
