"""Datasets, uploads and pages of rows."""

from __future__ import annotations

from rest_framework import serializers

from apps.api.serializers.common import Paged, Strict
from apps.api.serializers.work import WorkShape
from apps.datasets.selectors import State, Upload
from apps.engine.conversion import MOST_RATE_DAYS
from apps.engine.plan import ColumnType
from apps.engine.requests import DateOrder, Meets, NumberStyle, Role, Twins

KEY = r"^[a-z][a-z0-9_]{0,39}$"


ORDERS = [str(each.value) for each in DateOrder]
STYLES = [str(each.value) for each in NumberStyle]
TWINS = [str(each.value) for each in Twins]
MEETS = [str(each.value) for each in Meets]


class DatasetShape(serializers.Serializer):
    """A table of the company, and how fresh it is. Rows and days are of its current version."""

    key = serializers.CharField(help_text="What definitions call it.")
    name = serializers.CharField()
    state = serializers.ChoiceField(choices=[str(state) for state in State])
    rows = serializers.IntegerField()
    first_day = serializers.DateField(allow_null=True)
    last_day = serializers.DateField(allow_null=True)
    last_upload = serializers.UUIDField(source="upload_id", allow_null=True)
    last_upload_at = serializers.DateTimeField(allow_null=True)
    last_upload_by = serializers.CharField()
    rows_rejected = serializers.IntegerField(source="rejected", help_text="Of the upload that was loaded last.")


class ColumnShape(serializers.Serializer):
    """A column: what the file calls it, what the product calls it, and what it is for."""

    name = serializers.CharField()
    source = serializers.CharField(help_text="The header in the file.")
    type = serializers.ChoiceField(choices=[str(kind.value) for kind in ColumnType])
    role = serializers.ChoiceField(choices=[str(role.value) for role in Role])
    required = serializers.BooleanField()
    date_order = serializers.ChoiceField(
        choices=ORDERS, allow_blank=True, help_text="Empty in a guess: it can be read in two ways, and you say which."
    )
    number_style = serializers.ChoiceField(
        choices=STYLES, allow_blank=True, help_text="What stands before decimals; empty in a guess as with dates."
    )
    time_zone = serializers.CharField(allow_blank=True, help_text="Of times without one; empty: the company's.")
    verbatim = serializers.BooleanField(help_text="Words that mean no value in other columns are text in this one.")


class DatasetDetailShape(DatasetShape):
    """A table with its columns."""

    version = serializers.IntegerField(allow_null=True, help_text="Number of the current version.")
    columns = ColumnShape(many=True)
    row_key = serializers.ListField(child=serializers.CharField(), help_text="Columns that say which row is which.")


class RatesShape(serializers.Serializer):
    """For how long an exchange rate of a dataset holds."""

    days = serializers.IntegerField(help_text="Days after its own, if no later rate is known.")


class ToHoldRates(Strict):
    """For how long an exchange rate is to hold."""

    days = serializers.IntegerField(
        min_value=0, max_value=MOST_RATE_DAYS, help_text="Days after its own, if no later rate is known."
    )


class DatasetVersionShape(serializers.Serializer):
    """An unchanging state of a dataset."""

    id = serializers.UUIDField()
    number = serializers.IntegerField()
    upload = serializers.UUIDField(source="upload_id", allow_null=True)
    rows = serializers.IntegerField()
    first_day = serializers.DateField(allow_null=True)
    last_day = serializers.DateField(allow_null=True)
    changed_first = serializers.DateField(allow_null=True, help_text="First day whose rows differ from those before.")
    changed_last = serializers.DateField(allow_null=True, help_text="Last such day.")
    created_at = serializers.DateTimeField()


class ProblemShape(serializers.Serializer):
    """What is wrong with a file, and how to mend it."""

    where = serializers.CharField(allow_blank=True)
    message = serializers.CharField()


class UploadShape(serializers.Serializer):
    """A file as it came, and what became of it."""

    id = serializers.UUIDField()
    filename = serializers.CharField()
    dataset = serializers.CharField(source="dataset.key", default=None, allow_null=True)
    status = serializers.ChoiceField(choices=Upload.Status.values)
    mode = serializers.ChoiceField(choices=Upload.Mode.values)
    size = serializers.IntegerField(help_text="bytes")
    sha256 = serializers.CharField()
    sheet = serializers.CharField(allow_blank=True)
    rows_in = serializers.IntegerField()
    rows_loaded = serializers.IntegerField()
    rows_rejected = serializers.IntegerField()
    rows_replaced = serializers.IntegerField()
    version = serializers.IntegerField(source="version.number", default=None, allow_null=True)
    problems = ProblemShape(many=True, source="problems_in_words")
    uploaded_by = serializers.CharField(source="uploaded_by_name", allow_blank=True)
    uploaded_at = serializers.DateTimeField()
    loaded_at = serializers.DateTimeField(allow_null=True)


class UploadDetailShape(UploadShape):
    """A file with the work on it that was asked for last."""

    work = WorkShape(allow_null=True)


class UploadsQuery(Paged):
    """Which uploads."""

    dataset = serializers.RegexField(KEY, required=False, help_text="Only those of this dataset.")


class NewUpload(Strict):
    """A file: CSV, TSV or XLSX, whatever its encoding."""

    file = serializers.FileField()
    dataset = serializers.RegexField(KEY, required=False, help_text="Key of the dataset it belongs to, if it is known.")
    again = serializers.BooleanField(default=False, help_text="Take it although the very same bytes are here already.")


class GuessShape(serializers.Serializer):
    """A column of the file with what it probably is. Send it back as it is, or changed."""

    column = ColumnShape()
    in_key = serializers.BooleanField(help_text="It seems to name one row each.")
    why = serializers.CharField(allow_blank=True)


class GuessesShape(serializers.Serializer):
    """The columns of an upload, and whether a known dataset's columns fit it as they are."""

    columns = GuessShape(many=True)
    lacking = serializers.ListField(
        child=serializers.CharField(), allow_null=True, help_text="Headers the dataset needs and the file lacks."
    )


class NamedColumn(Strict):
    """One column to take; what is not named is left out."""

    source = serializers.CharField(max_length=500, trim_whitespace=False)
    name = serializers.CharField(max_length=60)
    type = serializers.ChoiceField(choices=[str(kind.value) for kind in ColumnType])
    role = serializers.ChoiceField(choices=[str(role.value) for role in Role])
    required = serializers.BooleanField(default=False)
    date_order = serializers.ChoiceField(
        choices=ORDERS, required=False, allow_blank=True, help_text="ymd, unless the file can be read in two ways."
    )
    number_style = serializers.ChoiceField(
        choices=STYLES, required=False, allow_blank=True, help_text="point, unless the file can be read in two ways."
    )
    time_zone = serializers.CharField(
        max_length=64, required=False, allow_blank=True, help_text="Of times without one."
    )
    verbatim = serializers.BooleanField(
        default=False, help_text="Words that mean no value in other columns are text in this one."
    )


class NamedColumns(Strict):
    """What the columns of an upload are. Without `columns` those that the dataset has are taken."""

    dataset = serializers.RegexField(KEY, required=False, help_text="Key of a dataset that is there.")
    name = serializers.CharField(max_length=120, required=False, help_text="Of a new dataset.")
    key = serializers.RegexField(KEY, required=False, help_text="Of a new dataset.")
    mode = serializers.ChoiceField(choices=Upload.Mode.values, default=str(Upload.Mode.APPEND))
    first = serializers.DateField(
        required=False, help_text="First day that is replaced; without days those that the file covers."
    )
    last = serializers.DateField(required=False, help_text="Last such day.")
    twins = serializers.ChoiceField(
        choices=TWINS, required=False, help_text="Rows of the file that share a row key; unless said: as the last time."
    )
    meets = serializers.ChoiceField(
        choices=MEETS, required=False, help_text="Rows whose row key is in the data already; in the same way."
    )
    whole = serializers.BooleanField(default=False, help_text="All rows are loaded, or none of them.")
    apply = serializers.BooleanField(
        required=False,
        help_text="false: it ends in `review`, to be seen and applied. Unless said: true where rows are only added.",
    )
    columns = NamedColumn(many=True, required=False, max_length=500)
    row_key = serializers.ListField(child=serializers.CharField(max_length=60), default=list, max_length=20)


class RowsQuery(Strict):
    """Which page of the rows behind which side of a value."""

    side = serializers.RegexField(
        r"^(numerator|denominator)(\.[a-z0-9_]{1,60})?$",
        default="numerator",
        help_text="numerator, denominator, or a part of one.",
    )
    page = serializers.IntegerField(min_value=1, max_value=1_000_000, default=1)


class RowsAsked(RowsQuery):
    """The same, as a request to read them."""


class RowsShape(serializers.Serializer):
    """A page of uploaded rows. The first two cells of each are the upload's id and the row's number in that file."""

    side = serializers.CharField()
    page = serializers.IntegerField()
    total = serializers.IntegerField(help_text="Rows on all pages.")
    columns = serializers.ListField(child=serializers.CharField())
    rows = serializers.ListField(child=serializers.ListField(child=serializers.JSONField(allow_null=True)))


class TableQuery(Strict):
    """Which page of the rows: the first of the current version, or the one that `cursor` begins."""

    cursor = serializers.CharField(
        required=False, max_length=2000, help_text="`next` of the page before, as it is. Opaque."
    )


class TableAsked(TableQuery):
    """The same, as a request to read it."""


class TableShape(serializers.Serializer):
    """A page of the rows of one version. The first two cells of each are the upload's id and the row's number there."""

    version = serializers.IntegerField(help_text="All pages are of this version, whatever is loaded meanwhile.")
    total = serializers.IntegerField(help_text="Rows on all pages.")
    columns = serializers.ListField(child=serializers.CharField())
    rows = serializers.ListField(child=serializers.ListField(child=serializers.JSONField(allow_null=True)))
    next = serializers.CharField(allow_null=True)
