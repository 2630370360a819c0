"""Forms of sources. What is right is decided by the services; a form carries it there and the faults back."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from apps.sources.domain.choice import Rises
from apps.sources.domain.connection import Kind, SourceRefused, Tls
from apps.sources.domain.schedule import Every
from apps.sources.models import Source

TLS = [
    (Tls.VERIFY.value, gettext_lazy("Encrypted, and the server shows who it is")),
    (Tls.ENCRYPT.value, gettext_lazy("Encrypted to whoever answers")),
    (Tls.OFF.value, gettext_lazy("Not encrypted: only in networks that the operator lists")),
]
EVERY = [
    (Every.DAY.value, gettext_lazy("Every day")),
    (Every.HOUR.value, gettext_lazy("Every hour")),
    (Every.WEEK.value, gettext_lazy("Every week")),
    (Every.CRON.value, gettext_lazy("As a line of cron says")),
    (Every.NEVER.value, gettext_lazy("Only when somebody asks")),
]
WEEKDAYS = [
    (0, gettext_lazy("Monday")), (1, gettext_lazy("Tuesday")), (2, gettext_lazy("Wednesday")),
    (3, gettext_lazy("Thursday")), (4, gettext_lazy("Friday")), (5, gettext_lazy("Saturday")),
    (6, gettext_lazy("Sunday")),
]  # fmt: skip
DAYS_AGAIN = [(1, gettext_lazy("1 day")), (7, gettext_lazy("7 days")), (31, gettext_lazy("31 days"))]
NUMBERS_AGAIN = [(1000, gettext_lazy("1,000 numbers")), (100_000, gettext_lazy("100,000 numbers"))]


class Said(forms.Form):
    """A form whose faults a service finds."""

    def put(self, refused: SourceRefused) -> None:
        """Put each fault where it belongs."""
        for issue in refused.issues:
            self.add_error(issue.where if issue.where in self.fields else None, issue.in_words(_))


class ConnectionForm(Said):
    """What every source is asked."""

    name = forms.CharField(
        label=gettext_lazy("Name of the source"), required=False,
        help_text=gettext_lazy("What people call it here, such as “Dealer system”."),
    )  # fmt: skip

    def __init__(self, *args: Any, kept: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["secret"].widget.attrs |= {"autocomplete": "new-password"}
        if kept:
            self.fields["secret"].help_text = _("Leave it empty to keep the sealed one. It is never shown.")

    def connection(self) -> dict[str, Any]:
        return {name: value for name, value in self.cleaned_data.items() if name not in ("name", "secret")}


class DatabaseForm(ConnectionForm):
    """A database server."""

    host = forms.CharField(label=gettext_lazy("Server"), required=False, help_text="db.example.com")
    port = forms.CharField(
        label=gettext_lazy("Port"), required=False, widget=forms.TextInput(attrs={"inputmode": "numeric"}),
        help_text=gettext_lazy("Empty: the usual one."),
    )  # fmt: skip
    database = forms.CharField(label=gettext_lazy("Database"), required=False)
    user = forms.CharField(
        label=gettext_lazy("Login"), required=False,
        help_text=gettext_lazy("Best one that may only read."), widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )  # fmt: skip
    secret = forms.CharField(
        label=gettext_lazy("Password"), required=False, strip=False, widget=forms.PasswordInput,
        help_text=gettext_lazy("It is sealed, and never shown again."),
    )  # fmt: skip
    tls = forms.ChoiceField(label=gettext_lazy("Encryption"), choices=TLS, initial=Tls.VERIFY.value, required=False)


class StorageForm(ConnectionForm):
    """A bucket of a storage that speaks S3."""

    endpoint = forms.CharField(
        label=gettext_lazy("Address of the storage"), required=False,
        help_text=gettext_lazy("Such as https://oss-cn-shanghai.aliyuncs.com. Empty: Amazon."),
    )  # fmt: skip
    region = forms.CharField(label=gettext_lazy("Region"), required=False, help_text="eu-central-1")
    bucket = forms.CharField(label=pgettext_lazy("storage", "Bucket"), required=False)
    prefix = forms.CharField(
        label=gettext_lazy("Names begin with"), required=False, strip=False, help_text="exports/orders/"
    )
    pattern = forms.CharField(
        label=gettext_lazy("and then look like"), required=False, initial="*",
        help_text=gettext_lazy("* stands for anything: *.csv"),
    )  # fmt: skip
    access_key = forms.CharField(
        label=gettext_lazy("Access key"), required=False, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )
    secret = forms.CharField(
        label=gettext_lazy("Secret key"), required=False, strip=False, widget=forms.PasswordInput,
        help_text=gettext_lazy("It is sealed, and never shown again."),
    )  # fmt: skip


def connection_form(kind: Kind) -> type[ConnectionForm]:
    """The form that asks for what a kind of source needs."""
    return DatabaseForm if kind.is_database else StorageForm


def table_value(schema: str, name: str) -> str:
    """A table as the value of a choice."""
    return json.dumps([schema, name], ensure_ascii=False)


class ChoiceForm(Said):
    """A table, or one SELECT."""

    table = forms.ChoiceField(label=gettext_lazy("Table or view"), required=False)
    select = forms.CharField(
        label=gettext_lazy("Or one SELECT"), required=False,
        widget=forms.Textarea(attrs={"rows": 6, "spellcheck": "false", "class": "mono"}),
        help_text=gettext_lazy("It is read as it stands and can change nothing. Choose no table then."),
    )  # fmt: skip

    def __init__(self, *args: Any, tables: Iterable[Mapping[str, Any]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        named = [(table_value(each["schema"], each["name"]), f"{each['schema']}.{each['name']}") for each in tables]
        self.fields["table"].choices = [("", "–"), *named]

    def choice(self) -> dict[str, str]:
        schema, table = json.loads(self.cleaned_data["table"]) if self.cleaned_data["table"] else ("", "")
        return {"schema": schema, "table": table, "select": self.cleaned_data["select"]}


class SetUpForm(Said):
    """What tells new rows, where they go, when, and who looks after it."""

    rising = forms.ChoiceField(label=gettext_lazy("What is read each time?"), required=False)
    overlap = forms.TypedChoiceField(
        label=gettext_lazy("Of rows known already, read again"), required=False, coerce=int, empty_value=0,
        help_text=gettext_lazy("For rows that are written late or changed. Only where the data has a row key."),
    )  # fmt: skip
    mode = forms.ChoiceField(
        label=gettext_lazy("What becomes of the rows that are there?"), choices=Source.Mode.choices, required=False,
        widget=forms.RadioSelect,
    )  # fmt: skip
    dataset = forms.ChoiceField(
        label=gettext_lazy("Which data is it?"), required=False,
        help_text=gettext_lazy("For new data, you name the columns of the first file; all later ones follow it."),
    )  # fmt: skip
    every = forms.ChoiceField(label=gettext_lazy("When?"), choices=EVERY)
    weekday = forms.TypedChoiceField(
        label=gettext_lazy("Weekday"), choices=WEEKDAYS, coerce=int, empty_value=0, required=False
    )
    hour = forms.IntegerField(label=gettext_lazy("Hour"), min_value=0, max_value=23, initial=6, required=False)
    minute = forms.IntegerField(label=gettext_lazy("Minute"), min_value=0, max_value=59, initial=0, required=False)
    cron = forms.CharField(
        label=gettext_lazy("Line of cron"), required=False, max_length=100,
        help_text=gettext_lazy("minute hour day month weekday: “30 6 * * 1-5” is 6:30 from Monday to Friday."),
        widget=forms.TextInput(attrs={"class": "mono", "placeholder": "30 6 * * 1-5"}),
    )  # fmt: skip
    owner = forms.ChoiceField(
        label=gettext_lazy("Who looks after it?"),
        help_text=gettext_lazy("Is told when it fails, when a file needs somebody, and when it works again."),
    )

    def __init__(
        self, *args: Any, source: Source, datasets: Iterable[Any], people: Iterable[tuple[str, str]], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.fields["dataset"].choices = [("", _("New data")), *((str(each.pk), each.name) for each in datasets)]
        self.fields["owner"].choices = list(people)
        if not source.is_database:
            for name in ("rising", "overlap", "mode"):
                del self.fields[name]
            return
        columns = [column for column in (source.look or {}).get("columns", ()) if column["rises"]]
        self.names = {f"c{number}": column["name"] for number, column in enumerate(columns)}
        rises = [(value, _("Only new rows, by %(name)s") % {"name": name}) for value, name in self.names.items()]
        self.fields["rising"].choices = [("", _("All rows")), *rises]
        self.fields["overlap"].choices = _overlaps(columns)
        values = {name: value for value, name in self.names.items()}
        self.initial["rising"] = values.get(source.chosen.rising, "")

    @property
    def new_only(self) -> str:
        """The choices of `rising` that read only new rows, for the page to show what belongs to them."""
        return " ".join(self.names)

    def what(self) -> dict[str, Any]:
        told = self.cleaned_data
        if "rising" not in self.fields:
            return {"mode": Source.Mode.APPEND}
        rising = self.names.get(told["rising"], "")
        mode = Source.Mode.APPEND if rising else told["mode"] or Source.Mode.REPLACE
        return {"rising": rising, "overlap": told["overlap"] if rising else 0, "mode": mode}

    def schedule(self) -> dict[str, Any]:
        told = self.cleaned_data
        return {
            "every": told["every"], "cron": told["cron"], "weekday": told["weekday"] or 0,
            "hour": 0 if told["hour"] is None else told["hour"],
            "minute": 0 if told["minute"] is None else told["minute"],
        }  # fmt: skip


def _overlaps(columns: Iterable[Mapping[str, str]]) -> list[tuple[int, Any]]:
    """What can be read again, in the units of the columns that there are."""
    kinds = {column["rises"] for column in columns}
    numbers = kinds & {Rises.INTEGER.value, Rises.DECIMAL.value}
    found: list[tuple[int, Any]] = [(0, _("Nothing"))]
    return found + (DAYS_AGAIN if kinds - numbers else []) + (NUMBERS_AGAIN if numbers else [])
