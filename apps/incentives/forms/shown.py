"""What forms of pay share: everything that is wrong stands at its field, all of it at once."""

from __future__ import annotations

from collections.abc import Iterable

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from apps.kernel.issue import Issue, Refusal


class Shown(forms.Form):
    """A form that shows issues of the services at their fields."""

    def show(self, issues: Iterable[Issue]) -> None:
        """Put each issue that blocks at its field, unless that field could not even be read."""
        unread = frozenset(self.errors)
        for issue in issues:
            where = issue.where if issue.where in self.fields else None
            if issue.blocking and (where is None or where not in unread):
                self.add_error(where, issue.in_words(gettext))

    def refuse(self, refusal: Refusal) -> None:
        """Show why a service refused what was sent."""
        self.show(refusal.issues or [Issue("", refusal.message, refusal.params)])

    def text(self, name: str) -> str:
        """The text of a field; "" where it is empty or could not be read."""
        return self.cleaned_data.get(name) or ""


class ReasonForm(Shown):
    """A reason, and nothing else."""

    reason = forms.CharField(label=_("Reason"), required=False, max_length=300, widget=forms.Textarea({"rows": 3}))
