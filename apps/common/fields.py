"""Form fields for figures as people write them, and selects of thousands."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Container, Iterable, Iterator, Sequence
from decimal import Decimal
from html import escape

from django import forms
from django.core.exceptions import ValidationError
from django.utils.safestring import mark_safe
from django.utils.translation import gettext

from apps.common import formats
from apps.kernel.issue import Refusal
from apps.kernel.numbers import parse_decimal

KEPT_PLACES = 12
"""Digits after the point that figures are stored with."""
_KEPT = re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,12})?", re.ASCII)


class LongSelect(forms.Select):
    """A select of everybody, every team, every metric: its options are written in one go, not by a template each."""

    template_name = "django/forms/widgets/long_select.html"
    choices: Sequence[tuple[object, object]] = ()  # as they are given: not taken apart and put together again
    borrows = ""
    """The id of the select or template on the page that has these options once; `offers.js` brings the others here."""

    def get_context(self, name: str, value: object, attrs: dict[str, object] | None) -> dict[str, object]:
        told = {**(attrs or {}), "data-offers": self.borrows} if self.borrows else attrs
        context = super().get_context(name, value, told)
        chosen = set(context["widget"]["value"])
        offered = [pair for pair in self.choices if pair[0] in ("", *chosen)] if self.borrows else self.choices
        context["widget"]["written"] = mark_safe("\n".join(_written(offered, chosen)))  # noqa: S308 - escaped
        return context

    def optgroups(self, name: str, value: object, attrs: object = None) -> list[object]:
        return []


class LongChoiceField(forms.ChoiceField):
    """A choice among thousands: a list of pairs, or of groups of pairs, which is neither copied nor changed."""

    widget = LongSelect

    @property
    def choices(self) -> Sequence[tuple[object, object]]:
        return self._choices

    @choices.setter
    def choices(self, value: Sequence[tuple[object, object]]) -> None:
        self._choices = self.widget.choices = value


def _written(choices: Iterable[tuple[object, object]], chosen: Container[str]) -> Iterator[str]:
    for value, label in choices:
        if isinstance(label, list | tuple):
            yield f'<optgroup label="{escape(str(value))}">'
            yield from _written(label, chosen)
            yield "</optgroup>"
        else:
            written = "" if value is None else str(value)
            mark = " selected" if written in chosen else ""
            yield f'<option value="{escape(written)}"{mark}>{escape(str(label))}</option>'


class FigureField(forms.CharField):
    """A figure as people write it: "5,500", "¥5500", "−3.5"; a share as "32" or "32%", kept as 0.32.

    One that is `exact` shows all the digits that are kept, and takes them back: sent back unchanged, it is unchanged.
    """

    def __init__(self, *, style: formats.Style, exact: bool = False, **kwargs: object) -> None:
        super().__init__(required=False, **kwargs)
        self.style, self.exact = style, exact
        self.widget.attrs |= {"inputmode": "decimal", "autocomplete": "off", "maxlength": "40"}

    def to_python(self, value: object) -> Decimal | None:
        text = unicodedata.normalize("NFKC", str(value or "")).replace(formats.MINUS, "-")
        for mark in (",", " ", "\u00a0", "_", self.style.symbol, unicodedata.normalize("NFKC", self.style.symbol)):
            text = text.replace(mark, "") if mark else text
        if self.is_share:
            text = text.removesuffix("%")
        if not text:
            return None
        if self.exact and _KEPT.fullmatch(text) and len(text.partition(".")[2]) <= self._places:
            figure = Decimal(text)
        else:
            try:
                figure = parse_decimal(text)
            except Refusal as refusal:
                raise ValidationError(refusal.in_words(gettext)) from None
        return figure / 100 if self.is_share else figure

    def prepare_value(self, value: object) -> object:
        if not isinstance(value, Decimal):
            return value
        shown = value * 100 if self.is_share else value
        return f"{formats.rounded(shown, self._places if self.exact else 6).normalize():f}"

    @property
    def _places(self) -> int:
        """How many digits after the point are kept of what is written; a share is kept as a hundredth of it."""
        return KEPT_PLACES - 2 if self.is_share else KEPT_PLACES

    @property
    def is_share(self) -> bool:
        return self.style.kind is formats.Kind.PERCENT
