"""The alignment tree as finished cards."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from uuid import UUID

from django.utils.translation import gettext as _

from apps.common import formats
from apps.goals.domain.pace import Standing
from apps.goals.models import KeyResult, Objective
from apps.goals.selectors.alignment import Bones, Flesh
from apps.kernel.issue import N_
from apps.kernel.numbers import divide

STANDINGS: dict[Standing, tuple[str, str]] = {
    Standing.AT_RISK: ("bad", N_("Off track")),
    Standing.LAGGING: ("warn", N_("Slightly behind")),
    Standing.ON_TRACK: ("good", N_("On track")),
    Standing.NONE: ("none", N_("Nothing due yet")),
}
_RANKS = list(STANDINGS)
CONFIDENCES = {
    KeyResult.Confidence.OFF_TRACK: ("bad", N_("%(n)s not going to make it")),
    KeyResult.Confidence.AT_RISK: ("warn", N_("%(n)s at risk")),
    KeyResult.Confidence.ON_TRACK: ("good", N_("%(n)s confident")),
}


def hundredths(share: Fraction | Decimal | None) -> Decimal | None:
    """A share in percent, for a bar and a word; None where there is none."""
    if share is None:
        return None
    exact = Fraction(share) * 100
    return divide(exact.numerator, exact.denominator)


def percent_words(share: Fraction | Decimal | None) -> str:
    """ "46%"; a dash where nothing can be said. Never cut to 0 or 100 %."""
    value = hundredths(share)
    if value is None:
        return formats.DASH
    if Decimal("99.5") <= value < 100:  # not there yet
        return f"{formats.number(min(value, Decimal('99.9')), 1)}%"
    if 0 < value < Decimal("0.5"):
        return f"{formats.number(max(value, Decimal('0.1')), 1)}%"
    return f"{formats.number(value, 0)}%"


@dataclass(frozen=True)
class Card:
    """An objective in the tree. `edge` is the word at the line up to its parent, `dashed` how that line is drawn;
    `open` says that its branch is shown, `kids` how many are in it, `all` how many at any depth; `worst` is the
    tone and the word of those right below it that stand worse than it does: green above can hide red.
    """

    id: UUID
    title: str
    level: str
    where: str
    private: bool
    edge: str
    dashed: bool
    outside: str
    progress: str
    done: Decimal | None
    due: Decimal | None
    due_words: str
    tone: str
    standing: str
    key_results: int
    confidence: tuple[tuple[str, str], ...]
    kids: int
    all: int
    worst: tuple[str, str] | None = None
    dim: bool = False
    open: bool = False
    children: tuple[Card, ...] = ()


def card_of(flesh: Flesh, bones: Bones, *, top: bool = False, dim: bool = False) -> Card:
    row = flesh.row
    tone, word = STANDINGS[flesh.standing]
    is_outside = row.pk in bones.outside
    supports = row.alignment == Objective.Alignment.SUPPORTS
    parent = row.parent if is_outside else None
    outside = parent.title if parent is not None and not parent.private else ""
    is_alone = row.parent_id is None or (is_outside and not outside)
    return Card(
        id=row.pk,
        title=row.title,
        level=row.level,
        where=" · ".join(filter(None, [row.team.name if row.team else "", row.owner_name])) or _("Company"),
        private=row.private,
        edge="" if top or is_alone else _("supports") if supports else _("contributes"),
        dashed=supports,
        outside=outside,
        progress=percent_words(row.progress),
        done=hundredths(row.progress),
        due=hundredths(flesh.expected),
        due_words=percent_words(flesh.expected),
        tone=tone,
        standing=_("Not started") if flesh.planned else _(word),
        key_results=flesh.key_results,
        confidence=tuple(
            (tone, _(words) % {"n": flesh.confidence[key]})
            for key, (tone, words) in CONFIDENCES.items()
            if flesh.confidence.get(key)
        ),
        kids=len(bones.children.get(row.pk, ())),
        all=bones.below(row.pk),
        dim=dim,
    )


def _worst(flesh: Flesh, bones: Bones, fleshes: Mapping[UUID, Flesh]) -> tuple[str, str] | None:
    """How the worst of those right below it stand, where that is worse than it stands itself."""
    kids = [fleshes[pk].standing for pk in bones.children.get(flesh.row.pk, ()) if pk in fleshes]
    worst = min(kids, key=_RANKS.index, default=Standing.NONE)
    if worst not in (Standing.AT_RISK, Standing.LAGGING) or _RANKS.index(worst) >= _RANKS.index(flesh.standing):
        return None
    told = {"n": kids.count(worst), "status": _(STANDINGS[worst][1])}
    return STANDINGS[worst][0], _("%(n)s below: %(status)s") % told


def branch(
    roots: Iterable[UUID],
    bones: Bones,
    fleshes: Mapping[UUID, Flesh],
    *,
    opened: Collection[UUID] = (),
    asked: Collection[UUID] | None = None,
    drawn: Collection[UUID] | None = None,
    tops: bool = False,
) -> tuple[Card, ...]:
    """The cards of one level with what is shown below them. With `asked`, all others are there to show the way only;
    with `drawn`, no others are shown: the rest of `fleshes` is there for what it says of its parents."""
    return tuple(
        replace(
            card_of(fleshes[pk], bones, top=tops, dim=asked is not None and pk not in asked),
            worst=_worst(fleshes[pk], bones, fleshes),
            open=pk in opened,
            children=branch(bones.children.get(pk, ()), bones, fleshes, opened=opened, asked=asked, drawn=drawn)
            if pk in opened
            else (),
        )
        for pk in roots
        if pk in fleshes and (drawn is None or pk in drawn)
    )
