"""What somebody says at a check-in, and how often a team does."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from uuid import UUID

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from apps.common import formats
from apps.common.fields import FigureField
from apps.goals.domain.cadence import EVERY, Rule
from apps.goals.domain.saying import LONGEST, Said
from apps.goals.models import KeyResult, Milestone
from apps.goals.presentation.checkins import CONFIDENCE
from apps.kernel.issue import Issue

WEEKDAYS = (_("Monday"), _("Tuesday"), _("Wednesday"), _("Thursday"), _("Friday"), _("Saturday"), _("Sunday"))
RHYTHMS = {1: _("Every week"), 2: _("Every two weeks"), 4: _("Every four weeks")}


class _Issues(forms.Form):
    """A form at whose fields the issues of a service are shown."""

    def show(self, issues: Iterable[Issue]) -> None:
        """Put every issue where it belongs, those of no field above the form."""
        for issue in issues:
            self.add_error(issue.where if issue.where in self.fields else None, issue.in_words(gettext))


class CheckInForm(_Issues):
    """Value (unless it is computed), confidence, and three texts of which only what is in the way may be asked for."""

    confidence = forms.ChoiceField(label=_("Will it be reached?"), widget=forms.RadioSelect, required=False, choices=())
    blockers = forms.CharField(
        label=_("What is in the way"), required=False, max_length=LONGEST, widget=forms.Textarea(attrs={"rows": 2})
    )
    next_step = forms.CharField(
        label=_("What comes next"), required=False, max_length=LONGEST, widget=forms.Textarea(attrs={"rows": 2})
    )
    note = forms.CharField(
        label=_("Anything else"), required=False, max_length=LONGEST, widget=forms.Textarea(attrs={"rows": 2})
    )
    seen = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(
        self,
        *args: object,
        row: KeyResult,
        style: formats.Style,
        computed: bool,
        steps: Sequence[Milestone] = (),
        correcting: bool = False,
        **kwargs: object,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.fields["confidence"].choices = [(value, gettext(word)) for value, (_tone, word) in CONFIDENCE.items()]
        if row.kind == KeyResult.Kind.BINARY:
            yes_no = [("0", gettext("Not done yet")), ("1", gettext("Done"))]
            field = forms.TypedChoiceField(choices=yes_no, widget=forms.RadioSelect, coerce=Decimal, empty_value=None)
            field.required, field.label = False, gettext("Is it done?")
            self.fields["value"] = field
        elif not computed:
            self.fields["value"] = FigureField(style=style, label=gettext("Value now"))
            self.fields["value"].widget.attrs["enterkeyhint"] = "next"
        if steps and not correcting:
            offered = [(str(step.pk), step.title) for step in steps]
            self.fields["steps"] = forms.MultipleChoiceField(
                label=gettext("Which steps are done?"), choices=offered, required=False,
                widget=forms.CheckboxSelectMultiple,
            )  # fmt: skip
        if correcting:
            self.fields["reason"] = forms.CharField(
                label=gettext("Why it is corrected"), required=False, max_length=200,
                help_text=gettext("What it said before stays to be read."),
            )  # fmt: skip

    def said(self) -> Said:
        """What was said, as far as it can be read."""
        told = self.cleaned_data
        texts = {name: told.get(name, "") for name in ("confidence", "note", "blockers", "next_step")}
        return Said(value=told.get("value"), **texts)

    def steps_done(self) -> set[UUID] | None:
        """The steps that are ticked; None where there are none to tick."""
        return {UUID(pk) for pk in self.cleaned_data.get("steps", [])} if "steps" in self.fields else None


class CadenceForm(_Issues):
    """How often, on which day, from when on."""

    every = forms.TypedChoiceField(label=_("How often"), coerce=int, choices=[(each, RHYTHMS[each]) for each in EVERY])
    weekday = forms.TypedChoiceField(label=_("On which day"), coerce=int, choices=list(enumerate(WEEKDAYS)))
    since = forms.DateField(
        label=_("From which day on"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text=_("What was due before that day stays as it was."),
    )
    skip_within_days = forms.IntegerField(
        label=_("Not asked again within so many days"),
        min_value=0,
        max_value=6,
        help_text=_("Whoever checked in so many days before the due day has done it."),
    )
    grace_days = forms.IntegerField(
        label=_("Days of grace"), min_value=0, max_value=6, help_text=_("Until then a late check-in still counts.")
    )

    def rule(self) -> Rule:
        """What was said, as a cadence."""
        return Rule(**{name: self.cleaned_data[name] for name in Rule.__dataclass_fields__})
