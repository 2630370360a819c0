"""The form of a target: from, to, from when, by when."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from apps.common import formats
from apps.common.fields import FigureField
from apps.kernel.issue import Issue
from apps.metrics.presentation import grain_word
from apps.metrics.selectors import MetricView
from apps.targets.models import Target

People = Iterable[tuple[UUID, str]]


class ScopeForm(forms.Form):
    """Which metric, and by which periods it is read. Sent by GET, so that a page can be linked to."""

    metric = forms.ChoiceField(label=_("Metric"))
    grain = forms.ChoiceField(label=_("Read by"), required=False)

    def __init__(
        self, *args: object, metrics: Iterable[MetricView], chosen: MetricView | None, **kwargs: object
    ) -> None:
        super().__init__(*args, **kwargs)
        self.fields["metric"].choices = [("", _("Choose a metric")), *((view.key, view.name) for view in metrics)]
        for field in self.fields.values():
            field.widget.attrs["data-autosubmit"] = ""
        grains = chosen.grains if chosen else ()
        self.fields["grain"].choices = [(str(grain), grain_word(grain)) for grain in grains]


class TargetForm(forms.Form):
    """What is agreed. Everything that is wrong is said at once, by `apps.targets.domain.checks`; see `show`."""

    start = forms.DateField(
        label=_("From the day"), required=False, widget=forms.DateInput({"type": "date"}, "%Y-%m-%d")
    )
    due = forms.DateField(label=_("By when"), required=False, widget=forms.DateInput({"type": "date"}, "%Y-%m-%d"))
    on_purpose = forms.BooleanField(label=_("Yes, the goal is meant to be worse than the baseline"), required=False)
    reason = forms.CharField(label=_("Why"), max_length=200, required=False)
    seen = forms.UUIDField(required=False, widget=forms.HiddenInput)

    owner = forms.ChoiceField(label=_("Who answers for it"), required=False)

    def __init__(
        self, *args: object, style: formats.Style, suffix: str, replaces: bool, people: People = (), **kwargs: object
    ) -> None:
        super().__init__(*args, **kwargs)
        self.people = {str(person_id): name for person_id, name in people}
        self.fields["owner"].choices = [("", _("Not named yet")), *self.people.items()]
        unit = "%" if style.kind is formats.Kind.PERCENT else " ".join(filter(None, [style.symbol, suffix]))
        note = {"help_text": _("In %(unit)s") % {"unit": unit}} if unit else {}
        self.fields["baseline"] = FigureField(label=_("From the value"), style=style, **note)
        self.fields["goal"] = FigureField(label=_("To the value"), style=style, **note)
        self.fields["start"].help_text = _("The first day that counts. The value before it is the baseline.")
        self.fields["due"].help_text = _("The end of the period that holds this day.")
        self.fields["reason"].help_text = (
            _("The target in force is kept with this reason.") if replaces else _("For those who read it later.")
        )
        self.asks_purpose = bool(self.data.get("on_purpose"))

    def terms(self) -> dict[str, object]:
        """What was typed, as arguments of `services.set_target`; a field that is empty or cannot be read is None."""
        told = self.cleaned_data
        owner = told.get("owner") or ""
        return {
            **{name: told.get(name) for name in ("baseline", "goal", "start", "due", "seen")},
            "reason": told.get("reason") or "",
            "on_purpose": bool(told.get("on_purpose")),
            "owner_id": UUID(owner) if owner else None,
            "owner_name": self.people.get(owner, ""),
        }

    def see(self, target: Target | None) -> None:
        """Note that the person is shown `target` as the one in force, so that saving again replaces it."""
        self.data = self.data.copy()
        self.data["seen"] = str(target.pk) if target else ""

    def show(self, issues: Iterable[Issue]) -> None:
        """Put each issue at its field, unless that field could not even be read."""
        for issue in issues:
            where = issue.where if issue.where in self.fields else None
            if where is None or where not in self.errors:
                self.add_error(where, issue.in_words(gettext))


class WithdrawForm(forms.Form):
    """Why a target is taken out of force."""

    reason = forms.CharField(label=_("Why"), max_length=200, required=False)

    def show(self, issues: Iterable[Issue]) -> None:
        for issue in issues:
            self.add_error(issue.where if issue.where in self.fields else None, issue.in_words(gettext))
