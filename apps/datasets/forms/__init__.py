"""Forms of uploads. What is right is decided by the services; a form carries it there and the faults back."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from apps.datasets.domain.columns import MOST_RATE_DAYS, Column, Fault
from apps.datasets.domain.modes import How
from apps.datasets.domain.reading import (
    ENCODINGS,
    HIDDEN_ROW,
    LAST_HEADER_ROW,
    REPEATED_HEADER,
    TOTAL_ROW,
    reading_of,
)
from apps.datasets.models import ColumnKind, Dataset, Upload

MOST_COLUMNS = 500

SKIP = ""
ROLES: list[tuple[str, Promise]] = [
    ("time", gettext_lazy("Time: when it happened")),
    ("entity", gettext_lazy("Who or what: a customer, a vehicle")),
    ("measure", gettext_lazy("Number to calculate with")),
    ("money", gettext_lazy("Amount of money")),
    ("currency", gettext_lazy("Currency of the amounts: CNY, USD")),
    ("rate", gettext_lazy("Exchange rate of the currency")),
    ("dimension", gettext_lazy("Group to split by")),
    ("attribute", gettext_lazy("Kept as it is")),
    (SKIP, gettext_lazy("Skip this column")),
]
DATE_ORDERS: list[tuple[str, Promise]] = [
    ("ymd", gettext_lazy("Year first: 2026-06-30")),
    ("dmy", gettext_lazy("Day first: 30/06/2026")),
    ("mdy", gettext_lazy("Month first: 06/30/2026")),
    ("yymd", gettext_lazy("Year first, two digits: 26-06-30")),
]
NUMBER_STYLES: list[tuple[str, Promise]] = [
    ("point", gettext_lazy("Point before decimals: 1,234.50")),
    ("comma", gettext_lazy("Comma before decimals: 1.234,50")),
]
TWINS: list[tuple[str, Promise]] = [
    ("last", gettext_lazy("The last of them counts; the others are listed as rejected")),
    ("keep", gettext_lazy("All of them are loaded")),
    ("refuse", gettext_lazy("None of them is loaded; all are listed as rejected")),
]
DELIMITERS: list[tuple[str, Promise]] = [
    (",", gettext_lazy("Comma ,")),
    (";", gettext_lazy("Semicolon ;")),
    ("\t", gettext_lazy("Tab")),
    ("|", gettext_lazy("Bar |")),
]
UNSAID: tuple[str, Promise] = ("", pgettext_lazy("of two ways to read a column", "Choose…"))
TYPE_WORDS = dict(ColumnKind.choices)
ROLE_WORDS: dict[str, Promise] = {
    "time": pgettext_lazy("column role", "Time"),
    "entity": pgettext_lazy("column role", "Who or what"),
    "measure": pgettext_lazy("column role", "Number"),
    "money": pgettext_lazy("column role", "Amount"),
    "currency": pgettext_lazy("column role", "Currency"),
    "rate": pgettext_lazy("column role", "Exchange rate"),
    "dimension": pgettext_lazy("column role", "Group"),
    "key": pgettext_lazy("column role", "Key"),
    "attribute": pgettext_lazy("column role", "Kept"),
}


class ReadingForm(forms.Form):
    """How a file is read: what was found, to be said otherwise. Fields that do not fit the file are left out."""

    sheet = forms.ChoiceField(label=gettext_lazy("Sheet of the workbook"), required=False)
    encoding = forms.ChoiceField(label=gettext_lazy("Encoding of the text"), required=False)
    delimiter = forms.ChoiceField(label=gettext_lazy("Columns are separated by"), required=False, choices=DELIMITERS)
    header_row = forms.IntegerField(
        label=gettext_lazy("Row with the names of the columns"), min_value=1, max_value=LAST_HEADER_ROW
    )
    keep = forms.MultipleChoiceField(
        label=gettext_lazy("Rows that look like no data: load them all the same"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        choices=[
            (TOTAL_ROW, gettext_lazy("Totals")),
            (REPEATED_HEADER, gettext_lazy("Headers that come again")),
        ],
    )
    shown_only = forms.BooleanField(
        label=gettext_lazy("Leave out the rows that are hidden in the sheet"), required=False
    )
    nulls = forms.MultipleChoiceField(
        label=gettext_lazy("Words that mean: no value"), required=False, widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, *args: object, shape: Mapping[str, Any], **kwargs: object) -> None:
        reading = reading_of(shape)
        found = {entry["what"] for entry in shape.get("found", ())}
        words = [entry["text"] for entry in shape.get("found", ()) if entry["what"] == "null"]
        words += [word for word in reading.nulls or () if word not in words]
        initial = {
            "sheet": shape.get("sheet", ""),
            "encoding": reading.encoding,
            "delimiter": reading.delimiter,
            "header_row": reading.header_row,
            "keep": reading.keep,
            "shown_only": reading.shown_only,
            "nulls": reading.nulls or (),
        }
        super().__init__(*args, initial=initial, **kwargs)
        hidden = [(name, _("%(sheet)s (hidden)") % {"sheet": name}) for name in shape.get("hidden_sheets", ())]
        self.fields["sheet"].choices = [(name, name) for name in shape.get("sheets", ())] + hidden
        self.fields["encoding"].choices = list(ENCODINGS.items())
        self.fields["nulls"].choices = [(word, word) for word in words]
        kind = shape.get("kind", "")
        has = {
            "sheet": len(self.fields["sheet"].choices) > 1,
            "encoding": kind in ("csv", "jsonl"),
            "delimiter": kind == "csv",
            "header_row": kind in ("csv", "xlsx", "xls", "ods"),
            "keep": bool(found & {TOTAL_ROW, REPEATED_HEADER} or reading.keep),
            "shown_only": HIDDEN_ROW in found or reading.shown_only,
            "nulls": bool(words),
        }
        for name in [name for name, there in has.items() if not there]:
            del self.fields[name]

    def said(self, before: Mapping[str, Any]) -> dict[str, Any]:
        """What somebody says of the file: what they change here, and what was said `before`, unless that was of another
        sheet. What stands here as it was found is found out again, but for the sheet and the encoding that are shown.
        """
        changed = {*self.changed_data, "sheet", "encoding"}
        kept = {} if "sheet" in self.changed_data else before
        said = {name: value for name, value in kept.items() if name in self.fields}
        return said | {name: value for name, value in self.cleaned_data.items() if name in changed}


MEETS: list[tuple[str, Promise]] = [
    ("replace", gettext_lazy("The row of the file takes the place of that row")),
    ("keep", gettext_lazy("The row that is there stays; that of the file is left out")),
    ("refuse", gettext_lazy("The row of the file is refused, and listed to be mended")),
]


class HowForm(forms.Form):
    """What becomes of the rows that are there."""

    mode = forms.ChoiceField(
        label=gettext_lazy("What becomes of the rows that are there?"), required=False, widget=forms.RadioSelect
    )
    period_first = forms.DateField(
        label=gettext_lazy("First day that is replaced"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text=gettext_lazy("Empty: from the first to the last day of the file."),
    )
    period_last = forms.DateField(
        label=gettext_lazy("Last day that is replaced"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    meets = forms.ChoiceField(
        label=gettext_lazy("Rows whose row key is in the data already"), required=False, choices=MEETS
    )
    twins = forms.ChoiceField(
        label=gettext_lazy("Rows of this file that share a row key"), required=False, choices=TWINS
    )
    seen = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: object, dataset: Dataset | None, **kwargs: object) -> None:
        kept = dataset.reading if dataset is not None else {}
        before = {"mode": Upload.Mode.APPEND, "meets": kept.get("meets"), "twins": kept.get("twins")}
        super().__init__(*args, **{**kwargs, "initial": before | (kwargs.get("initial") or {})})
        self.fields["mode"].choices = mode_choices(dataset)
        self.has_rows = dataset is not None and dataset.current_version_id is not None
        if not self.has_rows:
            self.fields["mode"].widget = forms.HiddenInput()
        self.has_key = dataset is None or bool(dataset.row_key)

    def how(self) -> How:
        """What was chosen; whoever chose it sees what it comes to before it is applied."""
        data = self.cleaned_data
        chosen = {name: data[name] for name in ("mode", "meets", "twins") if data.get(name)}
        period = (data.get("period_first"), data.get("period_last")) if data.get("mode") == Upload.Mode.PERIOD else ()
        return How(**chosen, **dict(zip(("first", "last"), period, strict=False)), review=True)

    def put(self, faults: Iterable[Fault]) -> None:
        """Bring faults to the fields they are about."""
        for fault in faults:
            field = "period_first" if fault.field == "period" else fault.field
            self.add_error(field if field in self.fields else None, fault.issue.in_words(_))


class TargetForm(HowForm):
    """Where the rows of a file go, and what becomes of those that are there."""

    dataset = forms.UUIDField(required=False, widget=forms.HiddenInput)
    name = forms.CharField(
        label=gettext_lazy("Name of the data"),
        required=False,
        help_text=gettext_lazy("What one row is about, such as “Work orders”."),
    )
    key = forms.CharField(
        label=pgettext_lazy("short name", "Key"),
        required=False,
        help_text=gettext_lazy("A short name for formulas and the API: a to z, 0 to 9 and _."),
    )

    def __init__(self, *args: object, dataset: Dataset | None, **kwargs: object) -> None:
        super().__init__(*args, dataset=dataset, **kwargs)
        if dataset is not None:
            del self.fields["name"], self.fields["key"]


def mode_choices(dataset: Dataset | None) -> list[tuple[str, str]]:
    """What a file can do to the rows that are there, said in the terms of this dataset."""
    key = " + ".join(dataset.row_key) if dataset is not None else ""
    if key:
        add = _("Add: new rows are added; below you say what becomes of rows whose %(key)s is there already.")
        add %= {"key": key}
    else:
        add = _("Add: every row of this file is added. The same rows uploaded twice count twice.")
    choices = [
        (Upload.Mode.APPEND, add),
        (Upload.Mode.PERIOD, _("Replace a period: all rows of some days go, and the rows of this file come instead.")),
        (
            Upload.Mode.REPLACE,
            _("Replace everything: the data is this file from now on. Earlier versions are kept."),
        ),
    ]
    if key:
        remove = _("Remove rows: the file names the rows to remove by their %(key)s.") % {"key": key}
        choices.append((Upload.Mode.DELETE, remove))
    return choices


class NameForm(forms.Form):
    """What data is called."""

    name = forms.CharField(label=gettext_lazy("Name of the data"), max_length=120)


class RateDaysForm(forms.Form):
    """For how long an exchange rate holds."""

    days = forms.IntegerField(
        label=gettext_lazy("A rate holds for so many days after its own"),
        help_text=gettext_lazy(
            "If no later one is known. 31 fits daily and monthly rates; take 366 for one rate a year."
        ),
        min_value=0,
        max_value=MOST_RATE_DAYS,
    )


_OF_A_COLUMN = ("source", "name", "type", "role", "date_order", "number_style", "time_zone")


class ColumnForm(forms.Form):
    """What one column of the file is."""

    source = forms.CharField(widget=forms.HiddenInput, required=False, strip=False)
    role = forms.ChoiceField(choices=ROLES, required=False)
    name = forms.CharField(required=False)
    type = forms.ChoiceField(choices=ColumnKind.choices, required=False)
    date_order = forms.ChoiceField(choices=DATE_ORDERS, required=False)
    number_style = forms.ChoiceField(choices=NUMBER_STYLES, required=False)
    time_zone = forms.CharField(required=False)
    required = forms.BooleanField(required=False)
    in_key = forms.BooleanField(required=False)
    verbatim = forms.BooleanField(required=False)

    def __init__(
        self,
        *args: object,
        known_names: Sequence[str] = (),
        asks: Mapping[str, Collection[str]] = MappingProxyType({}),
        **kwargs: object,
    ) -> None:
        super().__init__(*args, **kwargs)
        header = self["source"].value() or ""
        for asked in asks.get(header, ()):
            self.fields[asked].choices = [UNSAID, *self.fields[asked].choices]
        self.fields["time_zone"].widget.attrs |= {"list": "zones", "placeholder": _("Clock of the company")}
        for name, label in (
            ("role", _("What “%(column)s” is for")),
            ("name", _("Name of “%(column)s” in the data")),
            ("type", _("Type of “%(column)s”")),
            ("date_order", _("How dates of “%(column)s” are written")),
            ("number_style", _("How numbers of “%(column)s” are written")),
            ("time_zone", _("Time zone of “%(column)s”")),
            ("required", _("“%(column)s” must be filled")),
            ("in_key", _("“%(column)s” is part of the row key")),
            ("verbatim", _("Words for no value are text in “%(column)s”")),
        ):
            self.fields[name].label = label % {"column": header}
            self.fields[name].widget.attrs["aria-label"] = self.fields[name].label
        self.fields["name"].widget.attrs |= {"class": "form-control mono", "spellcheck": "false"}
        if known_names:
            self.fields["name"].widget.attrs["list"] = "known-names"

    @property
    def is_taken(self) -> bool:
        return bool(self.cleaned_data.get("role"))

    def chosen(self) -> dict[str, object]:
        """The column as the service takes it."""
        return {name: self.cleaned_data.get(name, "") for name in _OF_A_COLUMN} | {
            "required": self.cleaned_data.get("required", False),
            "verbatim": self.cleaned_data.get("verbatim", False),
        }


ColumnFormSet = forms.formset_factory(ColumnForm, extra=0, max_num=MOST_COLUMNS, absolute_max=MOST_COLUMNS)


def column_initial(
    column: Column, *, in_key: bool, taken: bool = True, asks: Collection[str] = ()
) -> dict[str, object]:
    """What a column's form starts with; what is asked starts empty."""
    return {
        "source": column.source,
        "role": column.role if taken else SKIP,
        "name": column.name,
        "type": column.type,
        "date_order": "" if "date_order" in asks else column.date_order,
        "number_style": "" if "number_style" in asks else column.number_style,
        "time_zone": column.time_zone,
        "required": column.required,
        "in_key": in_key,
        "verbatim": column.verbatim,
    }


def put_faults(faults: Iterable[Fault], target: HowForm, taken: Sequence[ColumnForm]) -> None:
    """Bring each fault to the field it is about; what is about all columns stands above them."""
    for fault in faults:
        if fault.position is None:
            target.put([fault])
        else:
            form = taken[fault.position]
            form.add_error(fault.field if fault.field in form.fields else None, fault.issue.in_words(_))
