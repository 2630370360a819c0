"""The fields of a what-if's page: leaves, weights, goals, assumptions; what each is now, and what is wrong with it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from apps.common import formats
from apps.kernel.period import Period
from apps.metrics.domain.scoring import ScoreDefinition
from apps.scenarios.domain.changes import Pull, Weight
from apps.scenarios.domain.checks import field_of
from apps.scenarios.domain.evaluation import Sheet
from apps.scenarios.domain.seeking import sensitivity
from apps.scenarios.models import Assumption
from apps.scenarios.presentation.figures import Writer, as_decimal
from apps.scenarios.selectors import Choice

Texts = Mapping[str, str]


@dataclass(frozen=True)
class Field:
    """One field: its name, what it is called, what it is now, what is typed, and what is wrong with that."""

    name: str
    label: str
    now: str
    text: str
    error: str = ""
    hint: str = ""
    slides: bool = False

    @property
    def key(self) -> str:
        """What the field is about."""
        return self.name.rpartition(":")[2]

    @property
    def id(self) -> str:
        return f"id_{self.name.replace(':', '_')}"


class Bench:
    """The fields of one sheet. `texts` and `errors` by field name."""

    def __init__(self, sheet: Sheet, currency: str, texts: Texts, errors: Texts) -> None:
        self.sheet, self.base = sheet, sheet.base
        self.writer, self.texts, self.errors = Writer(sheet.base, currency), texts, errors

    def _field(self, name: str, label: str, now: str, hint: str = "", *, slides: bool = False) -> Field:
        return Field(name, label, now, self.texts.get(name, ""), self.errors.get(name, ""), hint, slides)

    def leaves(self) -> list[Field]:
        """Every figure that can be moved, in the order of the tree, with what it stands below."""
        above: dict[str, str] = {}
        for _depth, place in self.base.tree.walk():
            for child in place.below:
                above.setdefault(child.key, self.writer.name(place.key))
        return [
            self._field(
                field_of("move", key),
                self.writer.name(key),
                " ".join(filter(None, [self.writer.full(key, self.sheet.now[key]), self.writer.unit(key)])),
                above.get(key, ""),
                slides=bool(self.sheet.now[key]),
            )
            for key in self.sheet.leaves
        ]

    def weights(self) -> list[dict[str, object]]:
        """The weights of each score: its dimensions, and the metrics in them where there are several."""
        return [
            {"name": self.writer.name(key), "fields": list(self._weights(key, each.score))}
            for key, each in self.base.metrics.items()
            if each.score is not None
        ]

    def _weights(self, key: str, score: ScoreDefinition) -> list[Field]:
        found = []
        for at, group in enumerate(score.groups):
            name = group.name.text(get_language())
            found.append(self._weight(Weight(key, at), name, group.weight))
            if len(group.parts) > 1:
                found += [
                    self._weight(Weight(key, at, part.metric), self.writer.name(part.metric), part.weight, name)
                    for part in group.parts
                ]
        return found

    def _weight(self, weight: Weight, label: str, now: Decimal, hint: str = "") -> Field:
        return self._field(field_of("weight", *weight), label, formats.plain(now), hint)

    def goals(self) -> list[Field]:
        return [
            self._field(field_of("goal", key), self.writer.name(key), self.writer.style(key).full(target.goal))
            for key, target in self.base.targets.items()
        ]

    def pulls(self, assumptions: Mapping[Pull, Assumption]) -> list[Field]:
        """One field for each influence link; who typed what stands there, and when."""
        found = []
        for parent, child in self.base.influences():
            told = assumptions.get(Pull(parent, child))
            hint = ""
            if told is not None:
                day = formats.day(timezone.localdate(told.stated_at))
                hint = _("%(who)s, %(day)s") % {"who": told.stated_by_name, "day": day}
            label = _("When %(child)s rises by 1%%, %(parent)s changes by … %%") % {
                "child": self.writer.name(child), "parent": self.writer.name(parent),
            }  # fmt: skip
            found.append(self._field(field_of("pull", parent, child), label, "", hint))
        return found

    def pushed(self) -> list[dict[str, object]]:
        """What +1 % of each leaf brings to the root, ranked."""
        root = self.base.root
        better = self.base.metrics[root].direction
        return [
            {
                "name": self.writer.name(each.key),
                "change": as_decimal(each.gain),
                "size": _precise(self.writer, root, as_decimal(each.gain)),
                "better": better,
            }
            for each in sensitivity(self.sheet)
            if each.gain != 0
        ]


def _precise(writer: Writer, key: str, value: Decimal | None) -> str:
    """The size of a small difference with digits enough to tell it from others."""
    if value is None:
        return formats.DASH
    style = writer.style(key)
    size = abs(value)
    digits = style.digits
    if style.kind is formats.Kind.PERCENT:
        return formats.points(size, 2)
    while size and digits < style.digits + 4 and size < Decimal(10).scaleb(-digits):
        digits += 1
    return formats.Style(style.kind, digits, style.symbol).full(size)


def periods(choice: Choice) -> list[tuple[str, str]]:
    """Periods to start from, the newest first: first day and name."""
    points = [point for point in choice.series.points if point.value is not None]
    return [
        (point.period.start.isoformat(), _period(point.period, is_open=point.is_open)) for point in reversed(points)
    ]


def _period(period: Period, *, is_open: bool) -> str:
    name = formats.period(period)
    return _("%(period)s so far") % {"period": name} if is_open else name


def members(choice: Choice) -> list[tuple[str, list[tuple[str, str]]]]:
    """Members to start from by dimension, as options: value and name."""
    return [
        (dimension, [(f"{dimension}:{member}", member or _("(empty)")) for member in found])
        for dimension, found in choice.members
    ]
