"""Forms about people. They check shape; what may be done the services check, whose issues land at the fields."""

from collections.abc import Iterable

from django import forms
from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from apps.accounts import selectors
from apps.accounts.domain.invitations import MOST_AT_ONCE
from apps.accounts.domain.roles import ROLE_WORDS, Actor, Role
from apps.accounts.domain.teams import TeamNode, flatten
from apps.accounts.models import ROLE_NAMES, Invitation, Team, User
from apps.accounts.numbers import Numbers, offered
from apps.kernel.issue import Refusal

EVERY_LANGUAGE = [("", _("The company's language")), *settings.LANGUAGES]
THEME_CHOICES = [
    ("auto", pgettext_lazy("appearance", "As system")),
    ("light", pgettext_lazy("appearance", "Light")),
    ("dark", pgettext_lazy("appearance", "Dark")),
]


def put_issues(form: forms.Form, refusal: Refusal) -> None:
    """Show a service's issues at the fields they are about, the others above the form."""
    if not refusal.issues:
        form.add_error(None, refusal.in_words(gettext))
    for issue in refusal.issues:
        form.add_error(issue.where if issue.where in form.fields else None, issue.in_words(gettext))


def role_choices(actor: Actor) -> list[tuple[str, str]]:
    """The roles that `actor` may give, each with the sentence that says what it is for."""
    names = dict(ROLE_NAMES)
    offered = [role for role in Role if role is not Role.OWNER or Role.OWNER in actor.roles]
    return [(role, f"{names[role]} – {gettext(ROLE_WORDS[role])}") for role in offered]


class RolesField(forms.MultipleChoiceField):
    widget = forms.CheckboxSelectMultiple

    def clean(self, value: object) -> list[Role]:
        return [Role(role) for role in super().clean(value)]


class TeamField(forms.ModelChoiceField):
    """A team to choose, drawn as the tree it stands in."""

    def __init__(self, *, empty_label: str, **kwargs: object) -> None:
        super().__init__(queryset=Team.objects.none(), required=False, empty_label=empty_label, **kwargs)

    def offer(self, tree: Iterable[TeamNode], without: Iterable[object] = ()) -> None:
        """Offer the teams of `tree`, except those `without`."""
        hidden = set(without)
        lines = [(depth, team) for depth, team in flatten(tree) if team.id not in hidden]
        self.queryset = Team.objects.filter(pk__in=[team.id for _depth, team in lines])
        indented = [(team.id, f"{'– ' * depth}{team.name}") for depth, team in lines]
        self.choices = [("", self.empty_label), *indented]


class InviteForm(forms.Form):
    addresses = forms.CharField(
        label=_("E-mail addresses"),
        widget=forms.Textarea(attrs={"rows": 4, "autocomplete": "off"}),
        max_length=20_000,
    )
    roles = RolesField(label=_("Roles"), choices=ROLE_NAMES)
    team = TeamField(label=_("Team"), empty_label=_("No team yet"))

    def __init__(self, *args: object, actor: Actor, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.fields["roles"].choices = role_choices(actor)
        self.fields["addresses"].help_text = gettext(
            "One or many, separated by commas, spaces or lines; at most %(most)s at once."
        ) % {"most": MOST_AT_ONCE}
        self.fields["team"].offer(selectors.team_tree(selectors.today()))


class RolesForm(forms.Form):
    roles = RolesField(label=_("Roles"), choices=ROLE_NAMES, required=False)

    def __init__(self, *args: object, actor: Actor, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.fields["roles"].choices = role_choices(actor)


class JoinForm(forms.Form):
    """What a new person says of themselves. The address is the invitation's and cannot be another."""

    name = forms.CharField(
        label=_("Your name"), max_length=120, widget=forms.TextInput(attrs={"autocomplete": "name", "autofocus": True})
    )
    password = forms.CharField(
        label=_("Password"),
        strip=False,
        max_length=1024,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=_("At least 10 characters, not only digits, and none of the common ones."),
    )
    language = forms.ChoiceField(label=_("Language"), choices=settings.LANGUAGES)

    def __init__(self, *args: object, invitation: Invitation, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.invitation = invitation

    def clean(self) -> dict:
        cleaned = super().clean()
        if password := cleaned.get("password"):
            try:
                validate_password(password, User(email=self.invitation.email, name=cleaned.get("name", "")))
            except ValidationError as error:
                self.add_error("password", error)
        return cleaned


class ProfileForm(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=120, widget=forms.TextInput(attrs={"autocomplete": "name"}))
    language = forms.ChoiceField(
        label=_("Language"),
        choices=EVERY_LANGUAGE,
        required=False,
        help_text=_("For pages and for mail that is written to you."),
    )
    theme = forms.ChoiceField(label=_("Appearance"), choices=THEME_CHOICES, widget=forms.RadioSelect)


def numbers_choices(team: Team | None) -> list[tuple]:
    """Whose numbers a team's can be, by dimension; what it has stays among them, also where no value has it now."""
    groups = {each.name: [(Numbers(each.dimension, name).key, name) for name in each.members] for each in offered()}
    now = team.numbers if team is not None and team.dimension else None
    if now is not None and now.key not in {key for group in groups.values() for key, _name in group}:
        groups.setdefault(now.dimension, []).append((now.key, now.member))
    return [
        ("", _("Nobody's: it has no numbers of its own")),
        *((name, group) for name, group in groups.items() if group),
    ]


def numbers_of_key(key: str) -> Numbers:
    """What one word of the form says; a member may hold a colon, a dimension never does."""
    dimension, _colon, member = key.partition(":")
    return Numbers(dimension, member)


class TeamForm(forms.Form):
    name = forms.CharField(label=_("Team name"), max_length=120)
    parent = TeamField(label=_("Belongs to"), empty_label=_("No other team: at the top"))
    lead = forms.ModelChoiceField(
        label=_("Lead"), queryset=User.objects.none(), required=False, empty_label=_("Nobody yet")
    )

    numbers = forms.ChoiceField(
        label=_("Its numbers are those of"),
        required=False,
        help_text=_("Targets of the team are judged by them. Without, its targets have no values."),
    )

    def __init__(self, *args: object, tree: tuple[TeamNode, ...], team: Team | None = None, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.fields["parent"].offer(tree, without=() if team is None else [team.pk])
        people = selectors.active_people()
        if team is not None and team.lead_id is not None:
            people = people | User.objects.filter(pk=team.lead_id)
        self.fields["lead"].queryset = people
        self.fields["numbers"].choices = numbers_choices(team)

    def facts(self) -> dict:
        """What the services take."""
        parent, lead = self.cleaned_data["parent"], self.cleaned_data["lead"]
        return {
            "name": self.cleaned_data["name"],
            "parent_id": parent.pk if parent else None,
            "lead_id": lead.pk if lead else None,
            "numbers": numbers_of_key(self.cleaned_data["numbers"]),
        }


class DayInput(forms.DateInput):
    input_type = "date"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%d")


class MembershipForm(forms.Form):
    person = forms.ModelChoiceField(label=_("Person"), queryset=User.objects.none(), empty_label=_("Choose a person"))
    start = forms.DateField(label=_("First day"), widget=DayInput)
    last_day = forms.DateField(
        label=_("Last day"), widget=DayInput, required=False, help_text=_("Empty: still in the team.")
    )

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.fields["person"].queryset = selectors.active_people()


class LastDayForm(forms.Form):
    last_day = forms.DateField(label=_("Last day"), widget=DayInput)
