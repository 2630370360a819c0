"""What forms of definitions offer to choose from, in the words of who chooses."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from apps.kernel.period import Grain

GRAINS = [
    (Grain.DAY, _("Day")),
    (Grain.WEEK, _("Week")),
    (Grain.MONTH, _("Month")),
    (Grain.QUARTER, _("Quarter")),
    (Grain.HALF, _("Half-year")),
    (Grain.YEAR, _("Year")),
]
HOWS = [
    ("sum", _("the sum of")),
    ("count", _("the number of rows")),
    ("distinct", _("the number of different")),
    ("avg", _("the average of")),
    ("min", _("the smallest")),
    ("max", _("the largest")),
    ("median", _("the median of")),
    ("percentile", _("the percentile of")),
]
RATIO_HOWS = HOWS[:3]
OPERATORS = [
    ("eq", _("is")),
    ("ne", _("is not")),
    ("gt", _("is more than")),
    ("ge", _("is at least")),
    ("lt", _("is less than")),
    ("le", _("is at most")),
    ("in", _("is one of")),
    ("not_in", _("is none of")),
    ("is_null", _("is empty")),
    ("not_null", _("is not empty")),
]
UNITS = [
    ("number", _("A number")),
    ("currency", _("Money")),
    ("count", _("A count")),
    ("percent", _("A share (0.32 is shown as 32%)")),
    ("score", _("A score")),
]
DIRECTIONS = [("up", _("Higher is better")), ("down", _("Lower is better"))]
SIDES: dict[str, tuple[tuple[str, Any], ...]] = {
    "aggregate": (("measure", _("What is counted")),),
    "ratio": (("numerator", _("What is divided")), ("denominator", _("What it is divided by"))),
    "formula": (),
    "manual": (),
}
USUAL_UNITS: dict[str, str] = {
    **dict.fromkeys(("entity_count", "lifecycle"), "count"),
    **dict.fromkeys(("entity_share", "retention", "conversion", "funnel", "repeat"), "percent"),
    **dict.fromkeys(("nps", "score"), "score"),
    "recurring": "currency",
}
"""The unit that is proposed for a kind; the first one for the others."""

WINDOWED = ("aggregate", "ratio", "entity_count", "entity_share", "nps")
"""Kinds whose values may cover several periods."""

MOST_CONDITIONS = 20
REFRESH = {
    "hx-post": "", "hx-trigger": "change", "hx-target": "#define", "hx-swap": "outerMorph", "hx-include": "#define",
    "hx-vals": '{"refresh": "columns"}',
}  # fmt: skip
"""A choice that changes which fields there are: the form comes back with them, as typed so far."""
