"""Forms of runs: what to calculate, what an act takes, amounts by hand, decisions and rates."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.incentives.domain.rounding import minor_digits
from apps.incentives.domain.states import RULES, Act, Given
from apps.incentives.forms.shown import Shown
from apps.incentives.models import Run

Choices = Iterable[tuple[str, str]]
LARGEST = Decimal(10_000_000_000_000)


class NewRunForm(Shown):
    """Which plan, which period, and whether anybody is to be paid by it."""

    plan = forms.ChoiceField(label=_("Pay plan"), required=False)
    day = forms.DateField(label=_("Period"), required=False, widget=forms.Select)
    kind = forms.ChoiceField(
        label=_("What for"),
        choices=[
            (Run.Kind.REGULAR, _("To pay: it is reviewed, approved and locked")),
            (Run.Kind.DRY, _("To see what it would come to: a dry run pays nobody")),
        ],
        widget=forms.RadioSelect,
        required=False,
        initial=Run.Kind.REGULAR,
    )
    budget = forms.DecimalField(
        label=_("Budget"), required=False, min_value=0, max_value=LARGEST,
        help_text=_(
            "If the run comes to more, somebody has to look at it first. Left empty, it is the budget of the period, "
            "if there is one."
        ),
    )  # fmt: skip

    def __init__(self, *args: object, plans: Choices, periods: Choices, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.fields["plan"].choices = list(plans)
        self.fields["plan"].widget.attrs["data-autosubmit"] = ""
        self.fields["day"].widget.choices = list(periods)


class ActForm(Shown):
    """What an act takes: a reason, a ticket, the payroll file and the day it was paid."""

    reason = forms.CharField(label=_("Reason"), required=False, max_length=300, widget=forms.Textarea({"rows": 3}))
    ticket = forms.CharField(
        label=_("Ticket"), required=False, max_length=60, help_text=_("Its number where your company keeps requests.")
    )
    file = forms.CharField(label=_("Payroll file"), required=False, max_length=80)
    paid_on = forms.DateField(label=_("Paid on"), required=False, widget=forms.DateInput({"type": "date"}, "%Y-%m-%d"))
    revision = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: object, act: Act, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        rule = RULES[act]
        if act is Act.COMMENT:
            self.fields["reason"].label = _("Comment")
        elif not rule.reason:
            del self.fields["reason"]
        if not rule.ticket:
            del self.fields["ticket"]
        if not rule.file:
            del self.fields["file"]
            del self.fields["paid_on"]

    @property
    def given(self) -> Given:
        return Given(self.text("reason"), self.text("ticket"), self.text("file"))


class AdjustForm(Shown):
    """An amount for somebody, in units of what they are paid in."""

    participant = forms.ChoiceField(label=_("Who"), required=False)
    amount = forms.DecimalField(
        label=_("Amount"), required=False, min_value=-LARGEST, max_value=LARGEST,
        help_text=_("With a minus if it takes something away."),
    )  # fmt: skip
    reason = forms.CharField(
        label=_("Reason"), required=False, max_length=300, widget=forms.Textarea({"rows": 3}),
        help_text=_("It stands on the statement."),
    )  # fmt: skip

    def __init__(
        self, *args: object, people: Choices, currencies: Mapping[str, str], usual: str, **kwargs: object
    ) -> None:
        """`currencies` by participant, where somebody is paid in another than the `usual` one."""
        super().__init__(*args, **kwargs)
        self.fields["participant"].choices = [("", _("Choose somebody")), *people]
        self.currencies, self.usual = currencies, usual

    def clean(self) -> None:
        """That an amount has no more digits than its currency; `minor` is what it is in minor units."""
        currency = self.currencies.get(self.text("participant")) or self.usual
        scaled = (self.cleaned_data.get("amount") or Decimal(0)).scaleb(minor_digits(currency))
        self.minor = int(scaled)
        if scaled != self.minor:
            words = _("%(currency)s has %(digits)s digits after the point.")
            self.add_error("amount", words % {"currency": currency, "digits": minor_digits(currency)})


class DecideForm(Shown):
    """What counts for a missing value."""

    component = forms.ChoiceField(label=_("Component"), required=False)
    team = forms.ChoiceField(label=_("Of which team"), required=False)
    verdict = forms.ChoiceField(
        label=_("What counts"),
        choices=[
            ("zero", _("The component pays nothing")),
            ("void", _("The component is void: its weight goes to the others (takes a second person)")),
        ],
        widget=forms.RadioSelect,
        required=False,
    )
    reason = forms.CharField(label=_("Reason"), required=False, max_length=300, widget=forms.Textarea({"rows": 3}))

    def __init__(self, *args: object, components: Choices, teams: Choices, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.fields["component"].choices = list(components)
        self.fields["team"].choices = [("", _("The company")), *teams]


class RateForm(Shown):
    """The rate of one currency."""

    currency = forms.CharField(label=_("Currency"), required=False, max_length=3)
    rate = forms.DecimalField(
        label=_("Rate"), required=False, max_digits=30, decimal_places=10,
        help_text=_("Units of this currency for one of the plan's."),
    )  # fmt: skip
    note = forms.CharField(
        label=_("Where it comes from"), required=False, max_length=200, help_text=_("Which bank, which day.")
    )
