"""What serializers share."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail, ValidationError

from apps.kernel.issue import N_
from apps.kernel.numbers import plain

UNKNOWN = N_("There is no such field here. Check its spelling.")


class Strict(serializers.Serializer):
    """Reads what it knows and refuses the rest by name, together with every other error."""

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        errors: dict[str, Any] = {}
        value: dict[str, Any] = {}
        try:
            value = super().to_internal_value(data)
        except ValidationError as error:
            errors = dict(error.detail)
        known = {name for name, field in self.fields.items() if not field.read_only}
        for name in set(data) - known if isinstance(data, Mapping) else ():
            errors[str(name)[:100]] = [ErrorDetail(_(UNKNOWN), code="unknown")]
        if errors:
            raise ValidationError(errors)
        return value


class NoParameters(Strict):
    """A resource that takes no parameters."""


class Paged(Strict):
    """Parameters of a list: how many entries, and where the page before ended."""

    limit = serializers.IntegerField(min_value=1, max_value=500, default=100, help_text="Entries on a page.")
    cursor = serializers.CharField(
        required=False, max_length=2000, help_text="`next` of the page before, as it is. Opaque."
    )


@extend_schema_field({"type": "string", "pattern": r"^-?\d+(\.\d+)?$", "examples": ["1234.5"]})
class Figure(serializers.Field):
    """An exact decimal, written as a text without an exponent or trailing zeros."""

    def to_representation(self, value: Decimal) -> str:
        return figure(value)


NO_AMOUNT = N_("Send a number of at most 26 digits, and 12 after the point, as a text such as “1234.5”.")
WRITTEN = r"-?\d{1,26}(\.\d{1,12})?"


@extend_schema_field({"anyOf": [{"type": "string", "pattern": f"^{WRITTEN}$"}, {"type": "number"}]})
class Amount(serializers.Field):
    """An exact decimal that is sent: best as a text; a number of JSON is taken as it is written."""

    def to_internal_value(self, data: Any) -> Decimal:
        try:
            text = data if isinstance(data, str) else f"{Decimal(str(data)):f}"
        except ArithmeticError:
            text = ""
        if isinstance(data, bool) or not re.fullmatch(WRITTEN, text[:50], re.ASCII):
            raise ValidationError(_(NO_AMOUNT), code="invalid")
        return Decimal(text)


def figure(value: Decimal | None) -> str | None:
    """How a decimal is written in JSON and CSV."""
    return None if value is None else f"{plain(value):f}"
