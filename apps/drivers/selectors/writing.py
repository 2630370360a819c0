"""How the figures of an answer are written: with all their digits, so that what is read adds up."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from apps.common import formats
from apps.drivers.domain.explaining import Extra, Share
from apps.drivers.domain.planting import DENOMINATOR, NUMERATOR
from apps.drivers.domain.showing import Shown, places_for
from apps.drivers.selectors.ends import Answer
from apps.kernel.issue import N_
from apps.metrics.domain.definition import Unit
from apps.metrics.domain.drivers import half_up
from apps.metrics.presentation import style_of

EXTRA_WORDS: Mapping[Extra, str] = {
    "gap": N_("Beside the formula"),
    "held": N_("Caps and means"),
    "definition": N_("Weights and scales"),
    "coverage": N_("Values that came or went"),
}
_POINTS = formats.Style(formats.Kind.NUMBER, 0)
_SIDES = {NUMERATOR: N_("Numerator"), DENOMINATOR: N_("Denominator")}


@dataclass(frozen=True)
class Figures:
    """Writes figures of one metric. `places` are digits after the point of the number as it is held (0.462 has 3)."""

    style: formats.Style

    @property
    def places(self) -> int:
        """The metric's own digits."""
        return self.style.digits + (2 if self.style.kind is formats.Kind.PERCENT else 0)

    def value(self, value: Decimal | None, places: int) -> str:
        """A value in full: "4,000", "32.0%"."""
        return self._with(places).full(value)

    def change(self, change: Decimal, places: int) -> str:
        """A change with its sign, ratios in points: "+2,067", "−1.5", "−4.0 pts"."""
        style = self._with(places)
        if style.kind is formats.Kind.PERCENT:
            text = formats.points(abs(change), style.digits)
        else:
            text = style.full(abs(change))
        return formats.signed(text, change)

    def both(self, before: Fraction | None, after: Fraction | None) -> tuple[str, str]:
        """Two values of one metric, with as many digits as it takes to tell them apart."""
        known = before is not None and after is not None
        places = places_for(self.places, after - before, []) if known else self.places
        return tuple("" if each is None else self.value(half_up(each, places), places) for each in (before, after))

    def _with(self, places: int) -> formats.Style:
        digits = max(places - (2 if self.style.kind is formats.Kind.PERCENT else 0), 0)
        return replace(self.style, digits=digits)


@dataclass(frozen=True)
class Writer:
    """Names and figures of an answer, in the language that is active."""

    answer: Answer
    currency: str

    @property
    def language(self) -> str:
        return get_language() or "en"

    def name(self, share: Share, extra: Extra | None = None) -> str:
        """What a share, or a bar of its own, is called."""
        if extra:
            return _(EXTRA_WORDS[extra])
        if share.group is not None:
            return self.answer.groups[share.id].text(self.language)
        for side, word in _SIDES.items():
            if share.key.endswith(side):
                return _(word)
        view = self.answer.views.get(share.key)
        name = view.definition.name.text(self.language) if view else share.key
        return _("%(name)s, %(n)s earlier") % {"name": name, "n": share.back} if share.back else name

    def of(self, shown: Shown) -> str:
        """What a bar is called."""
        return self.name(shown.share, shown.extra)

    def figures(self, share: Share) -> Figures:
        """How values of a share's own are written."""
        if share.group is not None:
            return Figures(_POINTS)
        view = self.answer.views.get(share.key)
        unit = view.unit if view else Unit(kind="number", decimals=2 if share.key.endswith("r") else 0)
        return Figures(style_of(unit, self.currency))

    @property
    def top(self) -> Figures:
        """How figures of the metric itself are written."""
        return Figures(style_of(self.answer.question.metric.unit, self.currency))
