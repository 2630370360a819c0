"""Forms of what goes out of pay: a payroll file, and that it was paid."""

from __future__ import annotations

from collections.abc import Iterable

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from apps.incentives.forms.shown import Shown


class TakeOutForm(Shown):
    """With which columns, and as what kind of file."""

    template = forms.ChoiceField(label=_("Columns"), required=False)

    def __init__(self, *args: object, templates: Iterable[tuple[str, str]], **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.fields["template"].choices = [("", _("The usual ones")), *templates]


class PaidForm(Shown):
    """Which file was paid, and on which day."""

    file = forms.CharField(
        label=_("File id"), required=False, max_length=80, widget=forms.TextInput({"autocomplete": "off"}),
        help_text=_("It stands in the file that was paid. After this the run never changes again."),
    )  # fmt: skip
    paid_on = forms.DateField(label=_("Paid on"), required=False, widget=forms.DateInput({"type": "date"}, "%Y-%m-%d"))


class ColumnsForm(Shown):
    """What a choice of columns is called; the columns themselves are rows of a table below it."""

    name = forms.CharField(label=pgettext_lazy("columns", "Name"), required=False, max_length=60)
