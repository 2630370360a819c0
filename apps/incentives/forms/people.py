"""The forms of those who take part: one person with assignments and leaves, a rule of a team, a sheet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.incentives.domain.roster import LEAVE, PERSON, STAY, rows_of
from apps.incentives.forms.shown import Shown
from apps.incentives.models import Leave

DATE = {"type": "date"}
LABELS = {
    "name": _("Name"),
    "employee_number": _("Employee number"),
    "cap": _("Most for them in a period"),
    "currency": _("Paid in another currency"),
    "joined": _("Joined the company"),
    "left_on": _("Last day in the company"),
    "leaving_reason": _("Why they leave, or why nothing is paid"),
    "forfeits": _("Nothing is paid to them"),
    "team": _("Team"),
    "first": _("From"),
    "last": _("Until"),
    "coefficient": _("Coefficient"),
    "salary": _("Salary for the period"),
    "kind": _("Kind"),
    "share": _("Of these days does not count, %"),
}


class ParticipantForm(Shown):
    """One person: texts under the names of `domain.roster`. It is always bound, so that everything typed stays."""

    def __init__(
        self, told: Mapping[str, str], *, teams: Sequence[tuple[str, str]], people: Sequence[tuple[str, str]],
        currency: str, in_percent: bool,
    ) -> None:  # fmt: skip
        super().__init__(dict(told))
        self.told = told
        amount = _("Share in percent") if in_percent else _("Target bonus, %(currency)s") % {"currency": currency}
        self.labels = {**LABELS, "amount": amount}
        self.teams = [("", _("Choose a team")), *teams]
        self.fields["person"] = forms.ChoiceField(
            label=_("Their account"), required=False, choices=[("", _("None")), *people]
        )
        for name in PERSON:
            self._add(name, name)
        self.stays = self._rows("stays", STAY)
        self.leaves = self._rows("leaves", LEAVE)
        self.full_clean()

    def _add(self, name: str, word: str) -> forms.BoundField:
        if word == "team":
            made: forms.Field = forms.ChoiceField(required=False, choices=self.teams)
        elif word == "kind":
            made = forms.ChoiceField(required=False, choices=Leave.Kind.choices)
        elif word == "forfeits":
            made = forms.ChoiceField(required=False, choices=[("no", _("No")), ("yes", _("Yes"))])
        else:
            made = forms.CharField(required=False, max_length=200)
            if word in ("first", "last", "joined", "left_on"):
                made.widget = forms.DateInput(DATE)
            elif word not in ("name", "employee_number", "currency", "leaving_reason"):
                made.widget.attrs |= {"inputmode": "decimal", "autocomplete": "off"}
        made.label = self.labels[word]
        self.fields[name] = made
        return self[name]

    def _rows(self, block: str, names: Sequence[str]) -> list[list[forms.BoundField]]:
        """The rows that say something, and an empty one to go on with."""
        numbers = rows_of(self.told, block, names)
        fresh = max(numbers, default=-1) + 1
        if f"{block}-{fresh}-coefficient" not in self.told and block == "stays":
            self.data[f"{block}-{fresh}-coefficient"] = "1"
        return [[self._add(f"{block}-{at}-{name}", name) for name in names] for at in (*numbers, fresh)]


class RuleForm(Shown):
    """Everybody of a team takes part."""

    team = forms.ChoiceField(label=_("Everybody of"), required=False)
    below = forms.ChoiceField(
        label=_("With the teams below it"), choices=[("yes", _("Yes")), ("no", _("No"))], required=False
    )
    amount = forms.CharField(required=False, max_length=40)
    coefficient = forms.CharField(label=_("Coefficient"), required=False, initial="1", max_length=20)
    since = forms.DateField(label=_("From"), required=False, widget=forms.DateInput(DATE))

    def __init__(
        self, *args: object, teams: Sequence[tuple[str, str]], currency: str, in_percent: bool, **kwargs: object
    ) -> None:
        super().__init__(*args, **kwargs)
        self.fields["team"].choices = [("", _("Choose a team")), *teams]
        usual = _("Target bonus, %(currency)s") % {"currency": currency}
        self.fields["amount"].label = _("Share in percent") if in_percent else usual
        for name in ("amount", "coefficient"):
            self.fields[name].widget.attrs |= {"inputmode": "decimal", "autocomplete": "off"}


class PoolForm(Shown):
    """What is in a team's pool on some days."""

    team = forms.ChoiceField(label=_("Team"), required=False)
    amount = forms.CharField(required=False, max_length=40)
    first = forms.CharField(label=_("From"), required=False, widget=forms.DateInput(DATE))
    last = forms.CharField(label=_("Last day, if it has one"), required=False, widget=forms.DateInput(DATE))

    def __init__(self, *args: object, teams: Sequence[tuple[str, str]], currency: str, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.fields["team"].choices = [("", _("Choose a team")), *teams]
        self.fields["amount"].label = _("Pool, %(currency)s") % {"currency": currency}
        self.fields["amount"].widget.attrs |= {"inputmode": "decimal", "autocomplete": "off"}


class SheetForm(Shown):
    """The sheet, filled in."""

    file = forms.FileField(label=_("Choose the filled-in file"), required=False, allow_empty_file=True)

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.fields["file"].widget.attrs["accept"] = ".xlsx,.csv"
