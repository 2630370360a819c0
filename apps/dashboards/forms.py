"""The form of the company's settings."""

from __future__ import annotations

from collections.abc import Iterable

from django import forms
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _

from apps.kernel.issue import Issue
from apps.workspaces.domain import choices
from apps.workspaces.domain.company import Calendar


class SettingsForm(forms.Form):
    """What a company sets for itself. What is wrong is said by the service, all at once; see `show`."""

    name = forms.CharField(label=_("Company"), max_length=120, required=False)
    language = forms.ChoiceField(
        label=_("Language of the company"), help_text=_("For those who have not chosen one for themselves.")
    )
    currency = forms.ChoiceField(
        label=_("Currency"),
        help_text=_(
            "How amounts are written. Those of rows with a currency are converted to it by your exchange rates."
        ),
    )
    time_zone = forms.ChoiceField(label=_("Time zone"), help_text=_("When a day begins and ends."))
    fiscal_year_start = forms.TypedChoiceField(
        label=_("Fiscal year starts in"), coerce=int, help_text=_("Quarters and years are those of the fiscal year.")
    )
    week_start = forms.TypedChoiceField(label=_("Week starts on"), coerce=int)
    second_admin = forms.BooleanField(
        label=_("A second admin approves each change of a score"), required=False,
        help_text=_("Whoever changes weights then asks another admin, who approves the change or sends it back."),
    )  # fmt: skip
    approved_targets = forms.BooleanField(
        label=_("A second admin approves each target"), required=False,
        help_text=_("Whoever sets a target proposes it then; it counts once another admin has approved it."),
    )  # fmt: skip

    def __init__(self, *args: object, languages: list[tuple[str, str]], **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        language = get_language() or "en"
        self.fields["language"].choices = languages
        self.fields["time_zone"].choices = _with_own(choices.time_zones(language), self.initial.get("time_zone"))
        self.fields["currency"].choices = _with_own(choices.currencies(language), self.initial.get("currency"))
        self.fields["fiscal_year_start"].choices = choices.months(language)
        self.fields["week_start"].choices = choices.weekdays(language)

    @property
    def wanted(self) -> dict[str, object]:
        """What was chosen, as the arguments of `services.change_settings`. Only of a valid form."""
        told = self.cleaned_data
        names = ("time_zone", "currency", "fiscal_year_start", "week_start")
        calendar = Calendar(**{name: told[name] for name in names})
        return {
            "name": told["name"], "language": told["language"], "calendar": calendar,
            "second_admin": told["second_admin"], "approved_targets": told["approved_targets"],
        }  # fmt: skip

    def show(self, issues: Iterable[Issue]) -> None:
        """Put each issue at its field."""
        for issue in issues:
            self.add_error(issue.where if issue.where in self.fields else None, issue.in_words(gettext))


def _with_own(offered: list, own: object) -> list:
    """What is offered, and what is set already even if it is not offered any more."""
    flat = {value for group in offered for value in (dict(group[1]) if isinstance(group[1], list) else {group[0]: ""})}
    return offered if own is None or own in flat else [(own, own), *offered]
