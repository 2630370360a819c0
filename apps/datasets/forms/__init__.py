"""Forms of uploads. What is right is decided by the services; a form carries it there and the faults back."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from apps.datasets.domain.columns import MOST_RATE_DAYS, Column, Fault
from apps.datasets.domain.reading import ENCODINGS, LAST_HEADER_ROW, REPEATED_HEADER, TOTAL_ROW, reading_of
from apps.datasets.models import ColumnKind, Dataset, Upload

MOST_COLUMNS = 500
ENDINGS = ".csv,.txt,.tsv,.xlsx,.xlsm,.xls,.ods,.parquet,.jsonl,.ndjson,.gz,.zip"

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


class UploadForm(forms.Form):
    """A file, and which data it belongs to."""

    dataset = forms.ChoiceField(
        label=gettext_lazy("Which data is it?"),
        required=False,
        help_text=gettext_lazy("For data that is here already, its columns are known and need not be named again."),
    )
    file = forms.FileField(label=gettext_lazy("Choose a file, or drop it here"), allow_empty_file=True)
    again = forms.BooleanField(
        label=gettext_lazy("Upload it again although it is here already"),
        help_text=gettext_lazy("Choose the file once more as well."),
        required=False,
    )

    def __init__(self, *args: object, datasets: Iterable[Dataset], **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        known = [(str(dataset.pk), dataset.name) for dataset in datasets]
        self.fields["dataset"].choices = [("", _("New data")), *known]
        self.fields["file"].widget.attrs["accept"] = ENDINGS
        self.show_again = False


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
            "nulls": bool(words),
        }
        for name in [name for name, there in has.items() if not there]:
            del self.fields[name]


class TargetForm(forms.Form):
    """Where the rows of a file go, and whether they are added."""

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
    mode = forms.ChoiceField(label=gettext_lazy("What becomes of the rows that are there?"), required=False)
    twins = forms.ChoiceField(
        label=gettext_lazy("Rows of this file that share a row key"), required=False, choices=TWINS, initial="last"
    )

    def __init__(self, *args: object, dataset: Dataset | None, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.fields["mode"].choices = mode_choices(dataset)
        self.fields["mode"].widget = forms.RadioSelect(choices=self.fields["mode"].choices)
        if dataset is not None:
            del self.fields["name"], self.fields["key"]
        if dataset is None or dataset.current_version_id is None:
            self.fields["mode"].widget = forms.HiddenInput()
        self.fields["mode"].initial = Upload.Mode.APPEND


class KnownForm(forms.Form):
    """The go-ahead to load a file with the columns that its data has."""

    mode = forms.ChoiceField(
        label=gettext_lazy("What becomes of the rows that are there?"),
        widget=forms.RadioSelect,
        initial=Upload.Mode.APPEND,
    )

    def __init__(self, *args: object, dataset: Dataset, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.fields["mode"].choices = mode_choices(dataset)


def mode_choices(dataset: Dataset | None) -> list[tuple[str, str]]:
    """Adding and replacing, said in the terms of this dataset."""
    if dataset is not None and dataset.row_key:
        add = _("Add: a row whose %(key)s is there already takes the place of that row; all others stay.")
        add %= {"key": " + ".join(dataset.row_key)}
    else:
        add = _("Add: every row of this file is added. The same rows uploaded twice count twice.")
    replace = _("Replace everything: the data is this file from now on. Earlier versions are kept.")
    return [(Upload.Mode.APPEND, add), (Upload.Mode.REPLACE, replace)]


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
            "required": self.cleaned_data.get("required", False)
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
    }


def put_faults(faults: Iterable[Fault], target: forms.Form, taken: Sequence[ColumnForm]) -> None:
    """Bring each fault to the field it is about; what is about all columns stands above them."""
    for fault in faults:
        words = fault.issue.in_words(_)
        if fault.position is None:
            target.add_error(fault.field if fault.field in target.fields else None, words)
        else:
            form = taken[fault.position]
            form.add_error(fault.field if fault.field in form.fields else None, words)
