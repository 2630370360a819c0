"""Forms of who sees whose pay, and of what is owed back."""

from __future__ import annotations

from collections.abc import Iterable

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.incentives.forms.shown import ReasonForm, Shown


class ScopeForm(Shown):
    """Who looks after which team."""

    person = forms.ChoiceField(label=_("Who"), required=False)
    team = forms.ChoiceField(label=_("Team"), required=False)
    below = forms.BooleanField(label=_("And the teams below it"), required=False, initial=True)

    def __init__(
        self, *args: object, people: Iterable[tuple[str, str]], teams: Iterable[tuple[str, str]], **kwargs: object
    ) -> None:
        super().__init__(*args, **kwargs)
        self.fields["person"].choices = [("", _("Choose somebody")), *people]
        self.fields["team"].choices = [("", _("Choose a team")), *teams]


class WaiverForm(ReasonForm):
    """Why what somebody owes back in a currency is not taken from them."""

    participant = forms.UUIDField(widget=forms.HiddenInput, required=False)
    currency = forms.CharField(widget=forms.HiddenInput, required=False, max_length=3)

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reason"].widget = forms.TextInput({"maxlength": 300})
        self.fields["reason"].help_text = _("The person reads it on their statement.")
