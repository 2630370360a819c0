"""The form of an API key. What may be made the service checks, whose issues land at the fields."""

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from apps.accounts import selectors as accounts
from apps.accounts.domain.roles import Actor, Role
from apps.api.domain.scopes import SCOPES
from apps.kernel.issue import Refusal

DAYS = (30, 90, 366)
FOREVER = "0"
MINE = ""


class KeyForm(forms.Form):
    """What a new key is called, whose it is, what it may be used for, and for how long."""

    name = forms.CharField(
        label=_("What uses it"), max_length=80, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )
    role = forms.ChoiceField(label=_("Acts as"), required=False)
    scopes = forms.MultipleChoiceField(label=_("May be used for"), widget=forms.CheckboxSelectMultiple)
    days = forms.ChoiceField(label=_("Works for"))

    def __init__(self, *args: object, actor: Actor, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.fields["name"].help_text = gettext("Such as “Nightly upload of orders”.")
        self.fields["scopes"].choices = [(scope, gettext(words)) for scope, words in SCOPES.items()]
        days = [(str(number), gettext("%(days)s days") % {"days": number}) for number in DAYS]
        if not actor.may("api.manage"):
            del self.fields["role"]
        else:
            names = accounts.role_names()
            roles = [(role, self._service(names[role])) for role in Role if role is not Role.OWNER]
            self.fields["role"].choices = [(MINE, gettext("Myself, with what my roles allow")), *roles]
            days.append((FOREVER, gettext("Until it is revoked (service accounts only)")))
        self.fields["days"].choices = days

    @staticmethod
    def _service(role: str) -> str:
        return gettext("A service account with the role “%(role)s”") % {"role": role}

    def wanted(self) -> dict[str, object]:
        """What `services.make_key` takes."""
        told = self.cleaned_data
        days, role = int(told["days"]), told.get("role")
        return {
            "name": told["name"],
            "scopes": told["scopes"],
            "days": days or None,
            "role": Role(role) if role else None,
        }

    def put(self, refusal: Refusal) -> None:
        """Show a service's issues at the fields they are about, the others above the form."""
        for issue in refusal.issues:
            self.add_error(issue.where if issue.where in self.fields else None, issue.in_words(gettext))
