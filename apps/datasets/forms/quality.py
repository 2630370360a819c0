"""Forms of the quality page: what is checked, and when rows are expected."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from apps.datasets.domain.checks import LONGEST, Fault, fitting
from apps.datasets.domain.columns import Column
from apps.datasets.domain.rhythm import LAST_SAFE_DAY, Rhythm
from apps.datasets.models import Check
from apps.datasets.models import Rhythm as KeptRhythm

KIND_TEXTS: Mapping[str, tuple[str, Promise, Promise]] = {
    "filled": (
        "pencil",
        gettext_lazy("No cell of a column may be empty."),
        gettext_lazy("Every order has a customer."),
    ),
    "range": (
        "adjustments",
        gettext_lazy("Numbers or days from the smallest to the largest that make sense."),
        gettext_lazy("An amount is at least 0."),
    ),
    "one_of": (
        "list-details",
        gettext_lazy("Only values of a list are right."),
        gettext_lazy("The store is one of ours."),
    ),
    "unique": (
        "fingerprint",
        gettext_lazy("No value, or no group of values together, comes twice."),
        gettext_lazy("Each invoice number comes once."),
    ),
    "length": (
        "letter-case",
        gettext_lazy("Texts have so many characters."),
        gettext_lazy("A vehicle's number has 17."),
    ),
    "pattern": ("hash", gettext_lazy("Texts are built alike."), gettext_lazy("An order number looks like A-####.")),
}
"""Icon, what it is and an example, of each kind of check."""


class CheckForm(forms.Form):
    """A check of one kind; fields that the kind does not need are left out."""

    columns = forms.MultipleChoiceField(label=gettext_lazy("Columns that together differ in every row"))
    column = forms.ChoiceField(label=gettext_lazy("Column"))
    low = forms.CharField(label=pgettext_lazy("check", "At least"), required=False, max_length=64)
    high = forms.CharField(label=pgettext_lazy("check", "At most"), required=False, max_length=64)
    values = forms.CharField(
        label=gettext_lazy("Values that are allowed, one on each line"),
        widget=forms.Textarea(attrs={"rows": 6}),
        max_length=50_000,
    )
    pattern = forms.CharField(
        label=gettext_lazy("Pattern"),
        max_length=LONGEST,
        help_text=gettext_lazy(
            "# is a digit, @ a letter, ? any character, * any number of them; the rest is as it is."
        ),
    )
    severity = forms.ChoiceField(
        label=gettext_lazy("Rows that break it"),
        choices=Check.Severity.choices,
        widget=forms.RadioSelect,
        initial=Check.Severity.WARN,
        help_text=gettext_lazy("Rows that are there already stay in any case, and are pointed out."),
    )

    def __init__(self, *args: object, kind: str, columns: Sequence[Column], **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.kind = kind
        choices = [(column.name, f"{column.source} ({column.name})") for column in fitting(kind, columns)]
        one = "columns" if kind == Check.Kind.UNIQUE else "column"
        wanted = {one, *_FIELDS.get(kind, ())} | (set() if kind == Check.Kind.UNIQUE else {"severity"})
        for name in list(self.fields):
            if name not in wanted:
                del self.fields[name]
        self.fields[one].choices = choices if one == "columns" else [("", _("Choose…")), *choices]
        if one == "columns":
            self.fields[one].widget = forms.CheckboxSelectMultiple(choices=choices)
        self.possible = bool(choices)

    def wish(self) -> dict[str, object]:
        """What was said, for the service."""
        told = self.cleaned_data
        values = [line for line in told.get("values", "").splitlines() if line.strip()]
        return {**told, "kind": self.kind, "values": values}

    def show(self, faults: Iterable[Fault]) -> None:
        """What the service found, at its fields."""
        for fault in faults:
            field = "column" if fault.field == "columns" and "column" in self.fields else fault.field
            self.add_error(field if field in self.fields else None, fault.issue.in_words(_))


_FIELDS = {"range": ("low", "high"), "length": ("low", "high"), "one_of": ("values",), "pattern": ("pattern",)}
NEVER = ""
WEEKDAYS = (
    (1, gettext_lazy("Monday")),
    (2, gettext_lazy("Tuesday")),
    (3, gettext_lazy("Wednesday")),
    (4, gettext_lazy("Thursday")),
    (5, gettext_lazy("Friday")),
    (6, gettext_lazy("Saturday")),
    (7, gettext_lazy("Sunday")),
)


class RhythmForm(forms.Form):
    """When rows are expected, and who is told when they are late."""

    every = forms.ChoiceField(
        label=gettext_lazy("Rows are expected"),
        required=False,
        choices=[(NEVER, pgettext_lazy("rows are expected", "At no particular time")), *KeptRhythm.Every.choices],
        help_text=gettext_lazy("Each time those of the working day, day, week or month before."),
    )
    weekday = forms.TypedChoiceField(label=gettext_lazy("Weekly: on"), coerce=int, choices=WEEKDAYS, required=False)
    day = forms.TypedChoiceField(
        label=gettext_lazy("Monthly: on day"),
        coerce=int,
        choices=[(day, str(day)) for day in range(1, LAST_SAFE_DAY + 1)],
        required=False,
    )
    hour = forms.TypedChoiceField(
        label=pgettext_lazy("hour", "By"),
        coerce=int,
        choices=[(hour, f"{hour:02}:00") for hour in range(24)],
        required=False,
    )
    time_zone = forms.CharField(
        label=gettext_lazy("Time zone"), max_length=64, required=False, help_text=gettext_lazy("Such as Asia/Shanghai.")
    )
    owner = forms.ChoiceField(label=gettext_lazy("Who is told when they are late"), required=False)

    def __init__(
        self,
        *args: object,
        rhythm: Rhythm | None,
        time_zone: str,
        owner: object,
        people: Iterable[tuple],
        **kwargs: object,
    ) -> None:
        start = vars(rhythm or Rhythm(NEVER, 9, time_zone))
        super().__init__(*args, initial={**start, "owner": str(owner or "")}, **kwargs)
        named = [(str(pk), name) for pk, name in people]
        unknown = str(owner or "") not in dict(named)
        self.fields["owner"].choices = [("", _("The admins")), *named] if unknown else named

    def wish(self) -> dict[str, object] | None:
        """What was said, for the service; None if no rows are expected at a time."""
        told = self.cleaned_data
        if not told["every"]:
            return None
        parts = ("every", "hour", "weekday", "day", "time_zone")
        return {name: told[name] for name in parts if told[name] != ""}
