"""Forms of the public pages."""

from django import forms
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _

from apps.kernel.issue import Issue
from apps.workspaces import services
from apps.workspaces.domain import choices
from apps.workspaces.domain.company import Calendar, NewCompany, defaults_for
from apps.workspaces.domain.slugs import LONGEST
from apps.workspaces.models import LANGUAGES


def add_issues(form: forms.Form, issues: list[Issue] | tuple[Issue, ...]) -> None:
    """Put each issue at the field it names, in the reader's language."""
    for issue in issues:
        where = issue.where if issue.where in form.fields else None
        form.add_error(where, issue.in_words(gettext))


class SignUpForm(forms.Form):
    """A company, its first person, and how it counts."""

    company = forms.CharField(
        label=_("Company"), max_length=120, widget=forms.TextInput(attrs={"autocomplete": "organization"})
    )
    slug = forms.CharField(
        label=_("Address of your workspace"),
        max_length=LONGEST,
        help_text=_("Small letters a–z, digits and hyphens. It cannot be changed later."),
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false", "inputmode": "url"}
        ),
    )
    person_name = forms.CharField(
        label=_("Your name"), max_length=120, widget=forms.TextInput(attrs={"autocomplete": "name"})
    )
    email = forms.EmailField(
        label=_("E-mail"),
        help_text=_("We send a link there. Nothing is set up before you open it."),
        widget=forms.EmailInput(attrs={"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false"}),
    )
    password = forms.CharField(
        label=_("Password"),
        strip=False,
        max_length=512,
        help_text=_("At least 10 characters, not only digits, and not a common one."),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    language = forms.ChoiceField(label=_("Language of the company"), choices=LANGUAGES)
    time_zone = forms.ChoiceField(label=_("Time zone"))
    currency = forms.ChoiceField(label=_("Currency"))
    fiscal_year_start = forms.TypedChoiceField(label=_("Fiscal year starts in"), coerce=int)
    week_start = forms.TypedChoiceField(label=_("Week starts on"), coerce=int)

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        language = get_language() or "en"
        self.fields["time_zone"].choices = choices.time_zones(language)
        self.fields["currency"].choices = choices.currencies(language)
        self.fields["fiscal_year_start"].choices = choices.months(language)
        self.fields["week_start"].choices = choices.weekdays(language)
        proposed = defaults_for(language)
        self.initial = {
            "language": language,
            "time_zone": proposed.time_zone,
            "currency": proposed.currency,
            "fiscal_year_start": proposed.fiscal_year_start,
            "week_start": proposed.week_start,
            **self.initial,
        }
        # The browser knows where it is; what somebody has chosen stays.
        self.fields["time_zone"].widget.attrs["data-timezone"] = "set" if self.is_bound else ""

    @property
    def wanted(self) -> NewCompany:
        """What was filled in; fields that will not do are empty or stand at their proposal."""
        told, proposed = self.cleaned_data, defaults_for(get_language() or "en")
        return NewCompany(
            company=told.get("company", ""),
            slug=told.get("slug", ""),
            email=told.get("email", ""),
            person_name=told.get("person_name", ""),
            password=told.get("password", ""),
            language=told.get("language", "en"),
            calendar=Calendar(
                time_zone=told.get("time_zone", proposed.time_zone),
                currency=told.get("currency", proposed.currency),
                fiscal_year_start=told.get("fiscal_year_start", 1),
                week_start=told.get("week_start", 1),
            ),
        )

    def clean(self) -> dict:
        """Everything that is wrong, at once: also what only the service knows."""
        cleaned = super().clean()
        add_issues(
            self, [issue for issue in services.issues_of(self.wanted.tidied()) if issue.where not in self.errors]
        )
        return cleaned


class NewAddressForm(forms.Form):
    """Another address, where somebody else was given the first one meanwhile."""

    slug = forms.CharField(
        label=_("Address of your workspace"),
        max_length=LONGEST,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}),
    )


class FindForm(forms.Form):
    """Where is my company?"""

    email = forms.EmailField(
        label=_("E-mail"), widget=forms.EmailInput(attrs={"autocomplete": "email", "autocapitalize": "none"})
    )
