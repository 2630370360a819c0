"""Forms of disputes: what is wrong with a statement, and what is said to it."""

from __future__ import annotations

from collections.abc import Iterable

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.incentives.forms.shown import Shown
from apps.incentives.models import Dispute

Choices = Iterable[tuple[str, str]]
LONGEST = {"maxlength": 4000}


class RaiseForm(Shown):
    """What somebody holds to be wrong, and on which line."""

    component = forms.ChoiceField(label=_("What is it about?"), required=False)
    text = forms.CharField(
        label=_("What do you hold to be wrong?"), required=False, widget=forms.Textarea({"rows": 6, **LONGEST})
    )

    def __init__(self, *args: object, lines: Choices, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.fields["component"].choices = [("", _("The whole statement")), *lines]


class ReplyForm(Shown):
    """What is said in a dispute, and how it is made good where it is accepted."""

    text = forms.CharField(required=False, widget=forms.Textarea({"rows": 4, **LONGEST}))
    remedy = forms.ChoiceField(
        label=_("If you accept it: how is it made good?"), required=False, choices=[("", "–"), *Dispute.Remedy.choices]
    )

    def __init__(self, *args: object, own: bool, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.fields["text"].label = _("Add to it") if own else _("Answer")
