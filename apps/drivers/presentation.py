"""From an answer to finished page pieces: the bridge as a chart, its table, the members, and files of all that.

The one door of this room besides selectors and domain: pages of higher rooms show what moved by it too.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction

from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from apps.common import charts, formats
from apps.drivers.domain.members import MemberEffect, Split
from apps.drivers.domain.showing import Bridge, Shown, bridge, places_for
from apps.drivers.domain.telling import way_down
from apps.drivers.selectors.asking import Question
from apps.drivers.selectors.ends import Answer
from apps.drivers.selectors.writing import Writer
from apps.kernel.issue import N_
from apps.metrics.domain.drivers import dealt, half_up

MOST_BARS = 8
MOST_LEAVES = 6
DEEPEST_ROW = 2

AGAINST_WORDS = {
    "previous": N_("The period before"),
    "year": N_("A year ago"),
    "period": N_("A chosen period"),
    "target": N_("Its target"),
    "peer": N_("Another member"),
}
WAY_WORDS = {
    "shapley": N_("Shapley values"),
    "sequential": N_("In sequence (finance)"),
    "lmdi": N_("Logarithms (LMDI)"),
}


@dataclass(frozen=True)
class Row:
    """A line of the table: what it is, its own values, and what it accounts for; `better` for the delta's colour."""

    name: str
    depth: int
    before: str
    after: str
    change: str
    effect: Decimal | None
    effect_text: str
    percent: str = ""
    url: str = ""
    notes: tuple[str, ...] = ()
    is_extra: bool = False


@dataclass(frozen=True)
class Board:
    """The page's figures: both ends and the change, the chart, the table, and where it leads."""

    before: str
    after: str
    change: Decimal
    change_text: str
    better: str
    chart: charts.Bridge | None
    rows: tuple[Row, ...]
    leaves: tuple[Row, ...]
    tells_shares: bool
    from_zero: bool
    notes: tuple[tuple[str, str], ...] = field(default_factory=tuple)


def query_of(question: Question, **more: str) -> str:
    """A question in an address."""
    told = {
        "grain": str(question.grain),
        "period": question.period.key,
        "against": question.against if question.against != "previous" else "",
        "base": question.base.key if question.against == "period" else "",
        "of": place(question.dimension, question.member) if question.member else "",
        "peer": place(question.dimension, question.peer) if question.against == "peer" and question.peer else "",
        "way": question.way if question.way != "shapley" else "",
        **more,
    }
    return urlencode({name: value for name, value in told.items() if value})


def url_of(question: Question, key: str = "", via: Sequence[str] = (), **more: str) -> str:
    """The page of a question, or of the same about another metric that was reached by way of `via`."""
    path = reverse("drivers:detail", args=[key or question.metric.key])
    return f"{path}?{query_of(question, via='.'.join(via), **more)}"


def place(dimension: str, member: str) -> str:
    """A member of a dimension in an address."""
    return f"{dimension}:{member}"


def base_words(question: Question) -> str:
    """What is compared with, in words."""
    if question.against == "target":
        return _("Due by then")
    if question.against == "peer":
        return question.peer or _("Whole company")
    return formats.period(question.base)


def period_words(question: Question) -> str:
    """What is explained, in words."""
    if question.against == "peer":
        return question.member or _("Whole company")
    return formats.period(question.period)


def board(told: Answer, currency: str, via: Sequence[str] = ()) -> Board | None:
    """An answer laid out; None where there is none."""
    if told.share is None:
        return None
    writer = Writer(told, currency)
    found = bridge(told.share, writer.top.places)
    top = writer.top
    lines = _Lines(told, writer, found, via)
    leaves = tuple(lines.leaves())
    figure = _figure(told, writer, found) if found.bars else None
    return Board(
        before=top.value(found.before, found.places),
        after=top.value(found.after, found.places),
        change=found.change,
        change_text=top.change(found.change, found.places).lstrip("+±−"),
        better=told.question.metric.direction,
        chart=figure,
        rows=tuple(lines.rows()),
        leaves=leaves,
        tells_shares=found.tells_shares,
        from_zero=figure is None or charts.axis_of(figure).low <= 0,
        notes=tuple(_notes(told, writer)),
    )


@dataclass(frozen=True)
class _Lines:
    told: Answer
    writer: Writer
    found: Bridge
    via: Sequence[str]

    def rows(self, shown: Shown | None = None, depth: int = 0) -> Iterator[Row]:
        """The bars and what is in them, two levels down, then what only influences."""
        at = shown or self.found.top
        for part in at.parts:
            yield self.row(part, depth)
            if depth < DEEPEST_ROW - 1:
                yield from self.rows(part, depth + 1)
        if shown is None:
            yield from (self.silent(each) for each in at.share.children if each.influence)

    def row(self, shown: Shown, depth: int) -> Row:
        share, writer, found = shown.share, self.writer, self.found
        before, after, change = ("", "", "") if shown.extra else self.values(share)
        return Row(
            name=writer.of(shown),
            depth=depth,
            before=before,
            after=after,
            change=change,
            effect=shown.effect,
            effect_text=writer.top.change(shown.effect, found.places).lstrip("+±−"),
            percent=_percent(shown.percent),
            url="" if shown.extra else self.url(share.key),
            notes=tuple(self.notes(shown)),
            is_extra=shown.extra is not None,
        )

    def silent(self, share) -> Row:
        before, after, change = self.values(share)
        notes = (_("influences it; carries no share"),)
        return Row(self.writer.name(share), 0, before, after, change, None, "", url=self.url(share.key), notes=notes)

    def values(self, share) -> tuple[str, str, str]:
        figures = self.writer.figures(share)
        before, after = figures.both(share.before, share.after)
        if share.change is None:
            return before or formats.DASH, after or formats.DASH, formats.DASH
        places = places_for(figures.places, share.change, [])
        pair = [half_up(each, places) for each in (share.before, share.after)]
        return before, after, figures.change(pair[1] - pair[0], places)

    def url(self, key: str) -> str:
        if key not in self.told.views:
            return ""
        return url_of(self.told.question, key, (*self.via, self.told.question.metric.key))

    def notes(self, shown: Shown) -> Iterator[str]:
        share = shown.share
        if shown.extra == "gap":
            yield _("measured beside the formula")
            if share.flagged:
                yield _("over 0.5% of the metric")
        if shown.extra:
            return
        if share.capped:
            yield _("moved, but its points are capped")
        if share.unsplit:
            yield share.unsplit.in_words(_)
        elif share.flagged and share.gap is not None:
            yield _("part of it is measured beside its formula")

    def leaves(self) -> Iterator[Row]:
        """The largest leaves of the tree, and the rest in one line: they add up to the change."""
        every = [leaf for leaf in self.found.top.leaves() if leaf.exact]
        if not any(way_down(bar) for bar in self.found.bars):
            return
        ranked = sorted(every, key=lambda leaf: (-abs(leaf.exact), leaf.share.id, leaf.extra or ""))
        shown = ranked if len(ranked) <= MOST_LEAVES + 1 else ranked[:MOST_LEAVES]
        yield from (self.row(leaf, 0) for leaf in shown)
        rest = ranked[len(shown) :]
        if rest:
            yield self.rest(rest)

    def rest(self, bars: Sequence[Shown]) -> Row:
        effect = sum((bar.effect for bar in bars), Decimal(0))
        name = ngettext("%(n)s other", "%(n)s others", len(bars)) % {"n": len(bars)}
        text = self.writer.top.change(effect, self.found.places).lstrip("+±−")
        percents = [bar.percent for bar in bars if bar.percent is not None]
        percent = _percent(sum(percents, Fraction(0))) if percents else ""
        return Row(name, 0, "", "", "", effect, text, percent, is_extra=True)


def _percent(share: Fraction | None) -> str:
    if share is None:
        return ""
    written = formats.percent(abs(Decimal(share.numerator) / Decimal(share.denominator)), 0)
    return formats.MINUS + written if share < 0 and written != "0%" else written


def _figure(told: Answer, writer: Writer, found: Bridge) -> charts.Bridge:
    question, top = told.question, writer.top
    steps = [charts.Step(base_words(question), found.before, top.value(found.before, found.places), is_end=True)]
    bars = [bar for bar in found.bars if bar.effect]
    if len(bars) > MOST_BARS + 1:
        bars = sorted(bars, key=lambda bar: -abs(bar.exact))[:MOST_BARS]
    steps += [_step(writer.of(bar), bar.effect, writer, found) for bar in bars]
    rest = found.change - sum((bar.effect for bar in bars), Decimal(0))
    folded = sum(1 for bar in found.bars if bar.effect) - len(bars)
    if folded:
        steps.append(_step(ngettext("%(n)s other", "%(n)s others", folded) % {"n": folded}, rest, writer, found))
    steps.append(charts.Step(period_words(question), found.after, top.value(found.after, found.places), is_end=True))
    title = _("%(name)s: from %(base)s to %(period)s") % {
        "name": question.metric.name, "base": base_words(question), "period": period_words(question),
    }  # fmt: skip
    return charts.Bridge("bridge", title, steps, top.style, head=_("Part"))


def _step(name: str, effect: Decimal, writer: Writer, found: Bridge) -> charts.Step:
    tone = "none"
    if effect:
        tone = "good" if (effect > 0) == (writer.answer.question.metric.direction == "up") else "bad"
    return charts.Step(name, effect, writer.top.change(effect, found.places), tone=tone)


def _notes(told: Answer, writer: Writer) -> Iterator[tuple[str, str]]:
    """What has to be known beside the figures: tone and text."""
    share = told.share
    if share is None:
        return
    names = [told.views[key].name for key in told.mixed_versions if key in told.views]
    if names:
        text = _("The definition changed between the two ends, and the values stem from both: %(names)s.")
        yield "warn", text % {"names": formats.listed(names)}
    if told.without_target and share.unsplit:
        names = [told.views[key].name for key in told.without_target if key in told.views]
        text = _(
            "Every part needs a target of its own before its share of the way can be told. Without one: %(names)s."
        )
        yield "info", text % {"names": formats.listed(names)}
    elif share.unsplit:
        yield "info", share.unsplit.in_words(_)
    if share.flagged:
        yield "warn", _("What was measured is more than 0.5% away from what its formula comes to.")
    if told.shapley and told.lmdi and _differ(told):
        yield "info", _("By logarithms the shares differ by more than 5% of the largest: say which method you quote.")


def _differ(told: Answer) -> bool:
    """Whether logarithms give a part more than 5 % of the largest share more or less."""
    if told.shapley is None or told.lmdi is None:
        return False
    ours = {part.id: part.effect or Fraction(0) for part in told.shapley.parts}
    theirs = {part.id: part.effect or Fraction(0) for part in told.lmdi.parts}
    largest = max(map(abs, ours.values()), default=Fraction(0))
    return any(abs(ours[each] - theirs[each]) > largest / 20 for each in ours if each in theirs)


# --- by member --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class MemberRow:
    """A member, or all others in one line."""

    name: str
    before: str
    after: str
    effect: Decimal
    effect_text: str
    rate: str = ""
    mix: str = ""
    notes: tuple[str, ...] = ()
    url: str = ""


def member_rows(told: Answer, split: Split, dimension: str, currency: str) -> list[MemberRow]:
    """The members, the largest first, with the small ones folded and what lies beside them: they add up."""
    found, top = bridge(told.share, Writer(told, currency).top.places), Writer(told, currency).top
    shown = list(split.shown)
    rest = sum((each.effect for each in split.folded), Fraction(0))
    extra = [rest] if split.folded else []
    extra += [split.beside] if split.beside else []
    figures = dealt([*(each.effect for each in shown), *extra], found.change, found.places)
    rows = [
        _member(told, each, effect, top, found.places, dimension) for each, effect in zip(shown, figures, strict=False)
    ]
    left = figures[len(shown) :]
    if split.folded:
        count = len(split.folded)
        name = ngettext("%(n)s other", "%(n)s others", count) % {"n": count}
        rows.append(MemberRow(name, "", "", left[0], top.change(left[0], found.places).lstrip("+±−")))
    if split.beside:
        notes = (_("counted in several of them, or in none"),)
        text = top.change(left[-1], found.places).lstrip("+±−")
        rows.append(MemberRow(_("Beside the members"), "", "", left[-1], text, notes=notes))
    return rows


def _member(told: Answer, each: MemberEffect, effect: Decimal, top, places: int, dimension: str) -> MemberRow:
    before, after = top.both(each.before, each.after)
    notes = []
    if each.is_new:
        notes.append(_("new"))
    if each.is_gone:
        notes.append(_("gone"))
    if each.odd and each.unexpected is not None:
        far = top.change(half_up(each.unexpected, places), places)
        notes.append(_("stands out: %(far)s from where it would be, had it moved like the others") % {"far": far})
    rate, mix = ("", "")
    if each.rate is not None and each.mix is not None:
        parts = dealt([each.rate, each.mix], effect, places)
        rate, mix = (top.change(part, places) for part in parts)
    question = told.question
    url = "" if each.is_new or each.is_gone or not each.name else url_of(question, of=place(dimension, each.name))
    return MemberRow(
        each.name or _("(empty)"), before or formats.DASH, after or formats.DASH, effect,
        top.change(effect, places).lstrip("+±−"), rate, mix, tuple(notes), url,
    )  # fmt: skip


# --- files ------------------------------------------------------------------------------------------------------------


def lines(told: Answer, currency: str) -> Iterator[list[object]]:
    """The bridge as rows of a file: levels, names, values as numbers, and shares that add up as they are written."""
    yield [
        _("Level"), _("Metric"), _("Key"), _("Value before"), _("Value after"), _("Accounts for"),
        _("Share of the change"), _("Exact, up to 12 places"),
    ]  # fmt: skip
    if told.share is None:
        return
    writer = Writer(told, currency)
    found = bridge(told.share, writer.top.places)
    yield from _line(found.top, writer, 0)


def _line(shown: Shown, writer: Writer, level: int) -> Iterator[list[object]]:
    share = shown.share
    ends: Mapping = {"before": share.before, "after": share.after}
    values = [None if shown.extra or each is None else half_up(each, 12) for each in ends.values()]
    percent = None if shown.percent is None else half_up(shown.percent, 4)
    yield [
        level, writer.of(shown), shown.extra or share.key, *values, shown.effect, percent, half_up(shown.exact, 12),
    ]  # fmt: skip
    for part in shown.parts:
        yield from _line(part, writer, level + 1)
