"""The one question about money: are amounts of several currencies taken in the company's?"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _


def convert_field(datasets: Iterable[Any], currency: str) -> forms.ChoiceField | None:
    """The question, if any of the data sets has amounts in currencies of their own; None if there is nothing to ask."""
    roles = [{column["role"] for column in dataset.columns} for dataset in datasets]
    if not any({"currency", "money"} <= held for held in roles):
        return None
    converted = gettext("In %(currency)s, by the exchange rate of each row's day") % {"currency": currency}
    return forms.ChoiceField(
        label=_("Amounts in several currencies"),
        choices=[("", converted), ("no", _("As they are in the file, whatever their currency"))],
        required=False,
        help_text=_("A rate that is missing is reported, and the value waits for it."),
    )


def converts(form: Any) -> dict[str, bool]:
    """The answer as a part of the document; as it was before, where nothing was asked."""
    answer = form.cleaned_data.get("convert", "") if "convert" in form.fields else form.initial.get("convert", "")
    return {"convert": False} if answer == "no" else {}
