"""The forms of an initiative: what is planned, and how it ended."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from uuid import UUID

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from apps.common.fields import FigureField, LongChoiceField
from apps.common.formats import Kind, Style
from apps.goals.domain.plan import TEXT_LENGTH, TITLE_LENGTH, Plan
from apps.kernel.issue import Issue
from apps.metrics.selectors import MetricView

People = Iterable[tuple[UUID, str]]


class Shown(forms.Form):
    """A form that shows issues of the services at their fields."""

    def show(self, issues: Iterable[Issue]) -> None:
        """Put each issue at its field, unless that field could not even be read."""
        for issue in issues:
            where = issue.where if issue.where in self.fields else None
            if where is None or where not in self.errors:
                self.add_error(where, issue.in_words(gettext))


class MetricForm(forms.Form):
    """Which metric it is to move. Sent by GET, so that a page can be linked to."""

    metric = LongChoiceField(label=_("Metric"))

    def __init__(self, *args: object, metrics: Iterable[MetricView], **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.fields["metric"].choices = [("", _("Choose a metric")), *((view.key, view.name) for view in metrics)]
        self.fields["metric"].widget.attrs["data-autosubmit"] = ""


class PlanForm(Shown):
    """What is done, by whom, from when to when. Everything that is wrong is said at once, by `goals.domain.plan`."""

    title = forms.CharField(label=_("What is done"), max_length=TITLE_LENGTH, required=False)
    what = forms.CharField(
        label=_("Details"), max_length=TEXT_LENGTH, required=False, widget=forms.Textarea({"rows": 3})
    )
    owner = LongChoiceField(label=_("Who does it"), required=False)
    start = forms.DateField(label=_("First day"), required=False, widget=forms.DateInput({"type": "date"}, "%Y-%m-%d"))
    due = forms.DateField(label=_("Last day"), required=False, widget=forms.DateInput({"type": "date"}, "%Y-%m-%d"))
    running = forms.BooleanField(label=_("It has been started"), required=False)
    dimension = forms.ChoiceField(label=_("Only for"), required=False)
    member = forms.CharField(label=_("Namely"), max_length=200, required=False)
    revision = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(
        self,
        *args: object,
        style: Style,
        suffix: str,
        money: Style,
        dimensions: Mapping[str, str],
        people: People,
        **kwargs: object,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.people = {str(person_id): name for person_id, name in people}
        self.fields["owner"].choices = [("", _("Not named yet")), *self.people.items()]
        self.fields["dimension"].choices = [("", _("All of it")), *dimensions.items()]
        if not dimensions:
            del self.fields["dimension"], self.fields["member"]
        unit = "%" if style.kind is Kind.PERCENT else " ".join(filter(None, [style.symbol, suffix]))
        self.fields["expected"] = FigureField(label=_("Expected effect on one period"), style=style)
        self.fields["expected"].help_text = (
            _("In %(unit)s, for example 200 or −3; may stay empty") % {"unit": unit}
            if unit
            else _("For example 200 or −3; may stay empty")
        )
        self.fields["cost"] = FigureField(label=_("What it costs"), style=money)
        self.fields["cost"].help_text = _("In %(unit)s, all in all; may stay empty") % {"unit": money.symbol}

    def plan(self) -> Plan:
        """What was typed; a field that is empty or cannot be read is empty."""
        told = self.cleaned_data
        return Plan(
            title=told.get("title") or "",
            what=told.get("what") or "",
            start=told.get("start"),
            due=told.get("due"),
            dimension=told.get("dimension") or "",
            member=told.get("member") or "",
            expected=told.get("expected"),
            cost=told.get("cost"),
        )

    def rest(self) -> dict[str, object]:
        """The other arguments of the services."""
        owner = self.cleaned_data.get("owner") or ""
        return {
            "owner_id": UUID(owner) if owner else None,
            "owner_name": self.people.get(owner, ""),
            "running": bool(self.cleaned_data.get("running")),
        }


class EndForm(Shown):
    """That it is done or stopped, since when, and what came of it or why."""

    on = forms.DateField(label=_("On which day"), required=False, widget=forms.DateInput({"type": "date"}, "%Y-%m-%d"))
    result = forms.CharField(label=_("What came of it"), required=False, widget=forms.Textarea({"rows": 3}))
    revision = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: object, stops: bool, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        if stops:
            self.fields["result"].label = _("Why it is stopped")
