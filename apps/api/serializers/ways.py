"""Rows sent as JSON, what a file comes to before it is applied, versions compared, deletions."""

from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail, ValidationError

from apps.api.serializers.common import Figure, Strict
from apps.api.serializers.data import KEY
from apps.kernel.issue import N_

MOST_ROWS = 50_000
MOST_CELLS = 500
LONGEST_HEADER = 500
MOST_ERRORS = 20
NO_ROWS = N_("Send a list of 1 to %(most)s rows, each an object of a column's name and its value.")
NO_CELL = N_("“%(name)s” is a list or an object: send a text, a number, true, false or null.")
NO_ROW = N_("Send an object of 1 to %(most)s columns, with names of 1 to %(longest)s characters.")
CELL = {"anyOf": [{"type": "string"}, {"type": "number"}, {"type": "boolean"}, {"type": "null"}]}


@extend_schema_field(
    {
        "type": "array", "minItems": 1, "maxItems": MOST_ROWS,
        "items": {"type": "object", "minProperties": 1, "maxProperties": MOST_CELLS, "additionalProperties": CELL},
    }
)  # fmt: skip
class Rows(serializers.Field):
    """Rows of a file, as objects of a column's name and its value. They become lines of JSON, every digit kept."""

    def to_internal_value(self, data: Any) -> list[str]:
        if not isinstance(data, list) or not 0 < len(data) <= MOST_ROWS:
            raise ValidationError(_(NO_ROWS) % {"most": MOST_ROWS}, code="invalid")
        errors: dict[int, list[ErrorDetail]] = {}
        for number, row in enumerate(data):
            if problem := _problem(row):
                errors[number] = [ErrorDetail(problem, code="invalid")]
                if len(errors) == MOST_ERRORS:
                    break
        if errors:
            raise ValidationError(errors)
        return [_line(row) for row in data]


def _problem(row: Any) -> str:
    fits = isinstance(row, Mapping) and 0 < len(row) <= MOST_CELLS
    if not fits or not all(0 < len(name) <= LONGEST_HEADER for name in row):
        return _(NO_ROW) % {"most": MOST_CELLS, "longest": LONGEST_HEADER}
    strange = next((name for name, value in row.items() if isinstance(value, list | Mapping)), None)
    return "" if strange is None else _(NO_CELL) % {"name": strange[:100]}


def _line(row: Mapping[str, Any]) -> str:
    cells = (f"{json.dumps(name, ensure_ascii=False)}: {_written(value)}" for name, value in row.items())
    return "{" + ", ".join(cells) + "}\n"


def _written(value: Any) -> str:
    return str(value) if isinstance(value, Decimal) else json.dumps(value, ensure_ascii=False)


class NewRows(Strict):
    """Rows instead of a file."""

    rows = Rows()
    dataset = serializers.RegexField(
        KEY, required=False, help_text="Key of the dataset they belong to, if it is known."
    )
    again = serializers.BooleanField(default=False, help_text="Take them although the very same rows are here already.")


class LostColumnShape(serializers.Serializer):
    """A column of the data that goes by a file, or becomes of another type."""

    name = serializers.CharField(source="column.name")
    before = serializers.CharField(source="column.type")
    now = serializers.CharField(allow_blank=True, help_text="Its type afterwards; empty: it is gone.")
    metrics = serializers.SerializerMethodField(help_text="Metrics that use it.")

    def get_metrics(self, loss: Any) -> list[str]:
        return [user.name for user in loss.users]


class ReviewShape(serializers.Serializer):
    """What a file that waits for a go-ahead does to its data. Rows in it: ready, to mend and left out, together."""

    rows_in = serializers.IntegerField()
    rows_ready = serializers.IntegerField()
    rows_to_mend = serializers.IntegerField()
    rows_left_out = serializers.IntegerField(help_text="As was chosen: totals, headers again, keys that are there.")
    added = serializers.IntegerField()
    changed = serializers.IntegerField()
    removed = serializers.IntegerField(help_text="To be sent along with the go-ahead, if it is not 0.")
    same = serializers.IntegerField(help_text="Rows of the file that the data has already, as they are.")
    rows_before = serializers.IntegerField()
    rows_after = serializers.IntegerField()
    first = serializers.DateField(allow_null=True, help_text="First day whose rows are replaced.")
    last = serializers.DateField(allow_null=True)
    lost = LostColumnShape(many=True)
    breaks = serializers.BooleanField(help_text="Metrics lose columns: confirm that with the go-ahead.")


class ToApplyUpload(Strict):
    """The go-ahead. What goes by it is confirmed, so that nobody does it unknowingly."""

    removed = serializers.IntegerField(required=False, min_value=0, help_text="How many rows of the data go.")
    breaks = serializers.BooleanField(default=False, help_text="Metrics that lose columns may stop.")


class DataComparedQuery(Strict):
    """Which versions, and which page of the rows in which they differ."""

    before = serializers.IntegerField(min_value=1, max_value=1_000_000)
    after = serializers.IntegerField(min_value=1, max_value=1_000_000)
    kind = serializers.ChoiceField(choices=["", "added", "changed", "removed"], default="", help_text="Empty: all.")
    page = serializers.IntegerField(min_value=1, max_value=1_000_000, default=1)


class DataComparedAsked(DataComparedQuery):
    """The same, as a request to compare them."""


class DataMoveShape(serializers.Serializer):
    """A value that is another in the later version."""

    metric = serializers.CharField()
    grain = serializers.CharField()
    start = serializers.DateField(help_text="First day of the period.")
    before = Figure(allow_null=True)
    after = Figure(allow_null=True)
    periods = serializers.IntegerField(help_text="How many periods of the metric differ; the latest 12 are told.")


class DataComparedShape(serializers.Serializer):
    """How two versions differ."""

    added = serializers.IntegerField()
    changed = serializers.IntegerField()
    removed = serializers.IntegerField()
    moves = DataMoveShape(many=True, allow_null=True, help_text="null while they are computed.")
    columns = serializers.ListField(child=serializers.CharField())
    rows = serializers.ListField(child=serializers.DictField(), help_text="Each with change, before and after.")
    total = serializers.IntegerField(help_text="Rows on all pages.")


class ReturnedShape(serializers.Serializer):
    """An upload of the file of a deleted one, which waits for a go-ahead."""

    upload = serializers.UUIDField()


class DeletionShape(serializers.Serializer):
    """What deleting an upload changes, or where it stands in the bin."""

    state = serializers.ChoiceField(choices=["in_data", "binned", "gone", "not_in_data"])
    rows = serializers.IntegerField(allow_null=True, help_text="Rows that go; null: no worker has counted them yet.")
    first_day = serializers.DateField(allow_null=True)
    last_day = serializers.DateField(allow_null=True)
    returns = serializers.BooleanField(help_text="Rows that it replaced by their key come back.")
    metrics = serializers.ListField(child=serializers.CharField(), help_text="Computed anew.")
    effects = serializers.ListField(child=serializers.CharField())
    gone_on = serializers.DateTimeField(help_text="Until then it can be put back.")


class RetentionShape(serializers.Serializer):
    """For how long rows are kept."""

    days = serializers.IntegerField(allow_null=True, help_text="null: for good.")
    cutoff = serializers.DateField(allow_null=True, help_text="The first day whose rows are kept.")
    rows_going = serializers.IntegerField(allow_null=True, help_text="By the next sweep; null: not counted yet.")


class RetentionQuery(Strict):
    """What would be."""

    days = serializers.IntegerField(
        required=False, min_value=1, max_value=36_500, help_text="What would go if rows were kept for so long."
    )


class ToRetain(Strict):
    """For how long rows are kept. Older ones are deleted for good by the next sweep."""

    days = serializers.IntegerField(allow_null=True, min_value=1, max_value=36_500, help_text="null: for good.")


class DatasetDeletionShape(serializers.Serializer):
    """What stands in the way of deleting a dataset, and what follows from it."""

    binned = serializers.BooleanField(help_text="It is in the bin.")
    gone_on = serializers.DateTimeField(allow_null=True, help_text="Until then it can be put back.")
    users = serializers.ListField(child=serializers.CharField(), help_text="What is built on it: change these first.")
    effects = serializers.ListField(child=serializers.CharField())


class ToDeleteDataset(Strict):
    """The name of the data, exactly as it is."""

    name = serializers.CharField(max_length=120, trim_whitespace=False)
