"""Words of columns, for the pages of uploads."""

from collections.abc import Mapping

from django import template
from django.utils.functional import Promise

from apps.datasets.forms import TYPE_WORDS

register = template.Library()


@register.filter
def kind_word(kind: str) -> str | Promise:
    """The type of a column in words."""
    return TYPE_WORDS.get(kind, kind)


@register.filter
def of(found: Mapping[str, object], name: str) -> object:
    """What a mapping has under a name."""
    return found.get(name, ())
