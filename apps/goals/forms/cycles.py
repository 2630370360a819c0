"""The forms of cycles: when they run, and how progress is counted in them."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from apps.goals.forms.initiatives import Shown
from apps.goals.models import Cycle

DATE = {"type": "date"}


class CountedForm(Shown):
    """How long a cycle is, and how it is counted."""

    kind = forms.ChoiceField(label=_("How long"), choices=Cycle.Kind.choices, required=False)
    rollup = forms.ChoiceField(
        label=_("How key results make up an objective"), choices=Cycle.Rollup.choices, required=False,
        widget=forms.RadioSelect,
    )  # fmt: skip
    pace = forms.ChoiceField(
        label=_("How far it should be by a day"), choices=Cycle.Pace.choices, required=False, widget=forms.RadioSelect
    )
    revision = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def counted(self) -> dict[str, object]:
        """What was chosen, or else the usual."""
        told = self.cleaned_data
        return {
            "kind": told.get("kind") or Cycle.Kind.QUARTER,
            "rollup": told.get("rollup") or Cycle.Rollup.CLAMPED,
            "pace": told.get("pace") or Cycle.Pace.DAYS,
        }


class CycleForm(CountedForm):
    """A cycle's name, days and way of counting."""

    field_order = ("name", "kind", "start", "due")
    name = forms.CharField(label=pgettext_lazy("cycle", "Name"), required=False)
    start = forms.DateField(label=_("First day"), required=False, widget=forms.DateInput(DATE, "%Y-%m-%d"))
    due = forms.DateField(label=_("Last day"), required=False, widget=forms.DateInput(DATE, "%Y-%m-%d"))

    def told(self) -> dict[str, object]:
        """The arguments of the services."""
        told = self.cleaned_data
        days = {"start": told.get("start"), "due": told.get("due")}
        return {"name": told.get("name") or "", **days, **self.counted()}


class NewCycleForm(CycleForm):
    """A cycle that begins empty, or with what a template holds; then it is counted as that says."""

    template = forms.ChoiceField(label=_("Begin with"), required=False)

    def __init__(self, *args: object, templates: Iterable[tuple[UUID, str]], **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        offered = [(str(pk), name) for pk, name in templates]
        self.fields["template"].choices = [("", _("Nothing: objectives are set one by one")), *offered]
        if not offered:
            del self.fields["template"]

    def template_id(self) -> UUID | None:
        """Which template was chosen."""
        told = self.cleaned_data.get("template")
        return UUID(told) if told else None


class TemplateForm(CountedForm):
    """What a template is called, and how cycles that begin with it are counted."""

    field_order = ("name",)
    name = forms.CharField(label=pgettext_lazy("template", "Name"), required=False)

    def told(self) -> dict[str, object]:
        """The arguments of the services."""
        told = self.cleaned_data
        return {"name": told.get("name") or "", **self.counted(), "revision": told.get("revision") or 0}


class SaveTemplateForm(Shown):
    """What a template is called that is about to be saved."""

    name = forms.CharField(label=pgettext_lazy("template", "Name"), required=False)


class IntoForm(Shown):
    """Which cycle objectives are copied or carried into."""

    to = forms.ChoiceField(label=_("Into which cycle"), required=False)

    def __init__(self, *args: object, cycles: Iterable[tuple[UUID, str]], **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.fields["to"].choices = [("", _("Choose a cycle")), *((str(pk), name) for pk, name in cycles)]
