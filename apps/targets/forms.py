"""The forms of targets: what for, of which kind, from, to, from when, by when; why one ends."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from uuid import UUID

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from apps.common import formats
from apps.common.fields import FigureField, LongChoiceField
from apps.kernel.issue import Issue
from apps.metrics.presentation import grain_word
from apps.metrics.selectors import MetricView
from apps.targets.domain import checks, shapes, terms
from apps.targets.domain.basis import MOST_PERIODS, Basis, Unit
from apps.targets.domain.kinds import KIND_WORDS, WITH_A_WAY, Kind, Shape
from apps.targets.models import Target

People = Iterable[tuple[UUID, str]]
LIVE = ("kind", "pace", "milestones", *terms.FIGURES, *terms.DAYS, "over", "change", "unit")
"""Fields whose values make the line under the form."""


class ScopeForm(forms.Form):
    """Of which metric, for whom, by which periods, and what kind. Sent by GET, so that a page can be linked to."""

    metric = LongChoiceField(label=_("Metric"))
    of = LongChoiceField(label=_("For whom"), required=False)
    grain = forms.ChoiceField(label=_("Read by"), required=False)
    kind = forms.ChoiceField(label=_("Kind of target"), required=False)

    def __init__(
        self,
        *args: object,
        metrics: Iterable[MetricView],
        chosen: MetricView | None,
        parts: Iterable[tuple[str, object]] = (),
        **kwargs: object,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.fields["metric"].choices = [("", _("Choose a metric")), *((view.key, view.name) for view in metrics)]
        self.fields["of"].choices = [("", _("The whole company")), *parts]
        for field in self.fields.values():
            field.widget.attrs["data-autosubmit"] = ""
        grains = chosen.grains if chosen else ()
        self.fields["grain"].choices = [(str(grain), grain_word(grain)) for grain in grains]
        is_share = chosen is not None and chosen.unit.kind == "percent"
        kinds = [kind for kind in Kind if kind is not Kind.RATE or is_share]
        self.fields["kind"].choices = [(str(kind), gettext(KIND_WORDS[kind])) for kind in kinds]


class DayField(forms.DateField):
    """A day, chosen from a calendar."""

    def __init__(self, **kwargs: object) -> None:
        super().__init__(required=False, widget=forms.DateInput({"type": "date"}, "%Y-%m-%d"), **kwargs)


class MilestonesField(forms.CharField):
    """A day and a value on each line: "2026-10-31 8,500"; everything that cannot be read is said, with its line."""

    def __init__(self, *, style: formats.Style, **kwargs: object) -> None:
        super().__init__(required=False, widget=forms.Textarea({"rows": 4, "placeholder": "2026-10-31 8500"}), **kwargs)
        self.figure = FigureField(style=style, exact=True)

    def to_python(self, value: object) -> tuple[tuple[date, Decimal], ...]:
        found, wrong = [], []
        lines = [line.strip() for line in str(value or "").splitlines()]
        for n, line in enumerate(lines, start=1):
            if not line:
                continue
            day, _space, figure = line.replace("\t", " ").partition(" ")
            try:
                read = date.fromisoformat(day.replace("/", "-")), self.figure.to_python(figure)
            except (ValueError, ValidationError):
                read = None
            if read is None or read[1] is None:
                wrong.append(_("Line %(n)s: write a day and a value, such as 2026-10-31 8500.") % {"n": n})
            else:
                found.append((read[0], read[1]))
        if wrong:
            raise ValidationError(wrong)
        return tuple(sorted(found))

    def prepare_value(self, value: object) -> object:
        if isinstance(value, str) or value is None:
            return value
        return "\n".join(f"{day.isoformat()} {self.figure.prepare_value(figure)}" for day, figure in value)


class TargetForm(forms.Form):
    """What is agreed. Everything that is wrong is said at once, by `apps.targets.domain.checks`; see `show`."""

    kind = forms.ChoiceField(choices=[(str(kind), kind) for kind in Kind], widget=forms.HiddenInput, required=False)
    start = DayField(label=_("From the day"))
    due = DayField(label=_("By when"))
    on_purpose = forms.BooleanField(label=_("Yes, it is meant to be worse than now"), required=False)
    reason = forms.CharField(label=_("Why"), max_length=200, required=False)
    seen = forms.UUIDField(required=False, widget=forms.HiddenInput)
    owner = LongChoiceField(label=_("Who answers for it"), required=False)
    pace = forms.ChoiceField(label=_("Laid over time"), required=False)
    valid_from = DayField(label=_("Holds from"))
    review_on = DayField(label=_("To be looked at again"))
    over = forms.IntegerField(
        label=_("Over the average of the last"), required=False, min_value=1, max_value=MOST_PERIODS
    )
    change = forms.CharField(label=_("More or less by"), max_length=40, required=False)
    unit = forms.ChoiceField(label=_("in"), required=False)

    def __init__(
        self,
        *args: object,
        style: formats.Style,
        suffix: str,
        replaces: bool,
        kind: Kind = Kind.LEVEL,
        people: People = (),
        **kwargs: object,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.style, self.of_kind = style, kind
        self.people = {str(person_id): name for person_id, name in people}
        self.fields["owner"].choices = [("", _("Not named yet")), *self.people.items()]
        unit = "%" if style.kind is formats.Kind.PERCENT else " ".join(filter(None, [style.symbol, suffix]))
        note = {"help_text": _("In %(unit)s") % {"unit": unit}} if unit else {}
        for name, label in self._figures().items():
            self.fields[name] = FigureField(label=label, style=style, exact=True, **note)
        self.fields["milestones"] = MilestonesField(style=style, label=_("Milestones"))
        self._helps(replaces, unit)
        self.fields["pace"].choices = [(str(shape), gettext(word)) for shape, word in shapes.choices(kind)]
        self.asks_purpose = bool(self.data.get("on_purpose"))

    def _figures(self) -> dict[str, object]:
        goals = {Kind.FLOW: _("Total to make"), Kind.ABOVE: _("Not below"), Kind.BELOW: _("Not above"),
                 Kind.RATE: _("Share to hold")}  # fmt: skip
        if self.of_kind is Kind.BAND:
            return {"low": _("Not below"), "high": _("Not above"), "tolerance": _("Tolerance")}
        goal = {"goal": goals.get(self.of_kind, _("To the value"))}
        if self.of_kind is Kind.LEVEL:
            return {"baseline": _("From the value"), **goal}
        return {**goal, "baseline": _("Made before in such a time")} if self.of_kind is Kind.FLOW else goal

    def _helps(self, replaces: bool, unit: str) -> None:
        helps = {
            "start": _("The first day that counts. The value before it is the baseline."),
            "due": _("The end of the period that holds this day."),
            "reason": _("The target in force is kept with this reason.")
            if replaces
            else _("For those who read it later."),
            "milestones": _("A day and the value due by then on each line; the goal itself is due on the last day."),
            "valid_from": _("Empty: at once. Until then the one in force holds on."),
            "review_on": _("A reminder only; nothing ends by it."),
            "tolerance": _("How far outside a value still counts in part. Empty: not at all."),
            "over": _("Ended periods, newest first. Leave the value above empty."),
        }  # fmt: skip
        for name, text in helps.items():
            if name in self.fields:
                self.fields[name].help_text = text
        self.fields["unit"].choices = [
            (str(Unit.PERCENT), _("per cent of it")),
            (str(Unit.UNITS), _("units (%(unit)s)") % {"unit": unit} if unit else _("units")),
        ]

    @property
    def has_way(self) -> bool:
        return self.of_kind in WITH_A_WAY

    def basis(self) -> Basis | None:
        """By which average the goal is said, if it is; None also while it cannot be read."""
        told = self.cleaned_data
        periods, unit = told.get("over"), told.get("unit") or Unit.PERCENT
        if not periods:
            return None
        style = (
            formats.Style(kind=formats.Kind.NUMBER, digits=self.style.digits) if unit == Unit.PERCENT else self.style
        )
        try:
            change = FigureField(style=style).to_python((told.get("change") or "").removesuffix("%"))
        except ValidationError as error:
            self.add_error("change", error)
            return None
        if change is None:
            self.add_error("change", gettext("Say by how much: 10, or -5."))
            return None
        return Basis(periods, change, Unit(unit))

    def wish(self, grain: object) -> checks.Wish:
        """What was typed; a field that is empty or cannot be read is None."""
        told = self.cleaned_data
        given = {name: told.get(name) for name in (*terms.FIGURES, *terms.DAYS)}
        return checks.Wish(
            grain=grain, kind=self.of_kind, pace=Shape(told.get("pace") or Shape.PERIODS),
            milestones=told.get("milestones") or (), on_purpose=bool(told.get("on_purpose")), **given,
        )  # fmt: skip

    def beside(self) -> dict[str, object]:
        """Who answers for it, why, and what was seen, as arguments of `services.set_target`."""
        owner = self.cleaned_data.get("owner") or ""
        return {
            "reason": self.cleaned_data.get("reason") or "",
            "seen": self.cleaned_data.get("seen"),
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
            where = (
                issue.where if issue.where in self.fields and not self.fields[issue.where].widget.is_hidden else None
            )
            if where is None or where not in self.errors:
                self.add_error(where, issue.in_words(gettext))


class WithdrawForm(forms.Form):
    """Why a target is taken out of force, or a proposal is not approved."""

    reason = forms.CharField(label=_("Why"), max_length=200, required=False)

    def show(self, issues: Iterable[Issue]) -> None:
        for issue in issues:
            self.add_error(issue.where if issue.where in self.fields else None, issue.in_words(gettext))
