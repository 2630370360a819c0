"""The forms of an API key and of a model. What may be made the services check."""

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from apps.accounts import selectors as accounts
from apps.accounts.domain.roles import Actor, Role
from apps.api.domain.scopes import SCOPES
from apps.kernel.issue import Refusal
from apps.model.domain.reading import MOST_BYTES
from apps.model.services import LONGEST_NOTE

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


class ModelForm(forms.Form):
    """A model as a file or pasted, how it is applied, and, once the difference was seen, of which plan."""

    file = forms.FileField(label=_("File with a model"), required=False, allow_empty_file=True)
    text = forms.CharField(
        label=_("Or the text itself"),
        required=False,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 10, "class": "mono", "spellcheck": "false", "autocomplete": "off"}),
    )
    columns = forms.CharField(
        label=_("Columns that are called otherwise here"),
        max_length=20_000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2, "class": "mono", "spellcheck": "false", "autocomplete": "off"}),
    )
    note = forms.CharField(label=_("What changed, and why"), max_length=LONGEST_NOTE, required=False)
    prune = forms.BooleanField(label=_("Take out of use what the file leaves out"), required=False)
    fingerprint = forms.CharField(max_length=64, required=False, widget=forms.HiddenInput)

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.content: bytes | str = ""
        self.fields["note"].help_text = gettext("It stands with each new version of a metric.")
        self.fields["columns"].help_text = gettext("One in each line, such as orders.amount=total.")
        self.fields["prune"].help_text = gettext(
            "Metrics are archived, targets withdrawn, branches of the tree removed. Data is never removed."
        )

    def clean(self) -> dict[str, object]:
        """The text of the file, or the pasted one; ModelRefused tells the page what is wrong inside."""
        told = super().clean()
        file = told.get("file")
        self.content = file.read(MOST_BYTES + 1) if file else told.get("text", "")
        if not self.content and "file" not in self.errors:
            self.add_error("file", gettext("Choose a file, or paste the text of a model."))
        return told

    @property
    def whole_text(self) -> str:
        """What is sent again with the confirmation."""
        return self.content.decode("utf-8-sig", "replace") if isinstance(self.content, bytes) else self.content

    def show_text(self) -> None:
        """Put the text of the file into the form, so that it can be mended there."""
        self.data = self.data.copy()
        self.data["text"] = self.whole_text[:MOST_BYTES]
