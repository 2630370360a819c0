"""Form fields for figures as people write them."""

from __future__ import annotations

import unicodedata
from decimal import Decimal

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext

from apps.common import formats
from apps.kernel.issue import Refusal
from apps.kernel.numbers import parse_decimal


class FigureField(forms.CharField):
    """A figure as people write it: "5,500", "¥5500", "−3.5"; a share as "32" or "32%", kept as 0.32."""

    def __init__(self, *, style: formats.Style, **kwargs: object) -> None:
        super().__init__(required=False, **kwargs)
        self.style = style
        self.widget.attrs |= {"inputmode": "decimal", "autocomplete": "off", "maxlength": "40"}

    def to_python(self, value: object) -> Decimal | None:
        text = unicodedata.normalize("NFKC", str(value or "")).replace(formats.MINUS, "-")
        for mark in (",", " ", "\u00a0", "_", self.style.symbol, unicodedata.normalize("NFKC", self.style.symbol)):
            text = text.replace(mark, "") if mark else text
        if self.is_share:
            text = text.removesuffix("%")
        if not text:
            return None
        try:
            figure = parse_decimal(text)
        except Refusal as refusal:
            raise ValidationError(refusal.in_words(gettext)) from None
        return figure / 100 if self.is_share else figure

    def prepare_value(self, value: object) -> object:
        if not isinstance(value, Decimal):
            return value
        shown = value * 100 if self.is_share else value
        return f"{formats.rounded(shown, 6).normalize():f}"

    @property
    def is_share(self) -> bool:
        return self.style.kind is formats.Kind.PERCENT
