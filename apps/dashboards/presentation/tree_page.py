"""From the tree that was read to its cards, chips and choices."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from apps.accounts.domain.roles import Actor
from apps.common import formats, pieces
from apps.dashboards.selectors.tree_page import ALL, Asked, Node, Tree
from apps.drivers.domain.showing import places_for
from apps.drivers.selectors import NodeShare
from apps.metrics import presentation as figures
from apps.metrics import selectors as metrics
from apps.metrics.domain.arithmetic import rounded
from apps.metrics.domain.drivers import half_up
from apps.metrics.presentation import Marks
from apps.metrics.selectors import NodeView
from apps.targets import presentation as paces

SMALL = Fraction(5, 100)
"""A change below this part of what moved is told in amounts, not in percent: the shares would be enormous."""

POINTS_IN_DRAWER = 24


@dataclass(frozen=True)
class Choice:
    """An option of a select; with `inner` a group of them."""

    value: str
    label: str
    chosen: bool = False
    inner: tuple[Choice, ...] = ()


def tree(found: Tree, currency: str) -> pieces.Node | None:
    """The tree's cards; None as long as it has no root."""
    if found.root is None or found.asked is None:
        return None
    drawing = _Drawing(found, currency)
    marks = paces.marks_of(found.marks, currency)
    nothing = Marks("none", _("No target"))
    known = {node.metric_id: marks.get(node.metric_id, nothing) for node in found.root.walk()}
    return figures.node_piece(found.root, currency=currency, href=drawing.href, marks=known, more=drawing.more)


class _Drawing:
    """What all cards of one tree have in common."""

    def __init__(self, found: Tree, currency: str) -> None:
        assert found.root is not None  # noqa: S101
        assert found.asked is not None  # noqa: S101
        self.found, self.asked, self.root, self.currency = found, found.asked, found.root, currency
        self.shares: Mapping[str, NodeShare] = found.shares.nodes if found.shares else {}
        self.style = figures.style_of(found.root.unit, currency)
        self.detail = reverse("metrics:detail", args=["KEY"])
        self.period = found.asked.period or (found.root.latest.period if found.root.latest else None)
        top = self.shares.get(str(found.root.id))
        self.change = top.change if top else None
        self.percents = self.change is not None and self._tell_percents()
        self.chip = self._chip_style()
        self.peer = member_word(found.asked.peer) if found.asked.peer is not None else ""
        self.unsplit = _("Not split by %(dimension)s") % {"dimension": dimension_word(found, found.asked.dimension)}

    def _chip_style(self) -> formats.Style:
        """As many digits as the driver page would show of this change: a score of 78 moved by −1.5, not by −2."""
        effects = [share.effect for share in self.shares.values() if share.effect is not None and not share.influence]
        hundredths = 2 if self.style.kind is formats.Kind.PERCENT else 0
        places = places_for(self.style.digits + hundredths, self.change or Fraction(0), effects)
        return replace(self.style, digits=max(places - hundredths, 0))

    def _tell_percents(self) -> bool:
        """Whether shares of the change say anything: not where it is small beside what moved, or runs both ways."""
        parts = [self.shares[str(child.id)].effect for child in self.root.children if str(child.id) in self.shares]
        moved = sum((abs(effect) for effect in parts if effect is not None), Fraction(0))
        return bool(self.change) and abs(self.change or 0) >= SMALL * moved

    def href(self, node: NodeView) -> str:
        url = self.detail.replace("KEY", node.key)
        return f"{url}?grain={self.asked.grain}" if self.asked.grain in node.metric.grains else url

    def more(self, node: NodeView) -> dict[str, Any]:
        told: dict[str, Any] = {"owner": node.metric.owner_name, "better": node.direction}
        plans = self.found.plans.get(node.metric_id, 0)
        if plans:
            told["plans"] = ngettext("%(n)s action", "%(n)s actions", plans) % {"n": plans}
        told |= self._change(node)
        share = self.shares.get(str(node.id))
        if share is not None:
            told |= self._chips(node, share)
        told["note"] = self._note(node)
        return told

    def _change(self, node: NodeView) -> dict[str, Any]:
        share, style = self.shares.get(str(node.id)), figures.style_of(node.unit, self.currency)
        change: Decimal | None = None
        told: dict[str, Any] = {}
        if share is not None and share.change is not None:
            change = rounded(share.change)
        elif self.asked.peer is None and self.asked.against == "previous" and node.latest and node.previous:
            change = node.latest.value - node.previous.value
        if change is not None:
            told = {"change": change, "change_text": style.change(change)}
        if self.asked.peer is not None and share is not None and share.before is not None:
            told["beside"] = f"{self.peer} {style.short(rounded(share.before))}"
        return told

    def _chips(self, node: NodeView, share: NodeShare) -> dict[str, Any]:
        """What it accounts for, on the line to its parent; and what is measured beside its formula."""
        told: dict[str, Any] = {}
        if share.effect is not None and node.parent_id is not None and not share.influence:
            told["edge"] = self._effect(share.effect)
            if share.effect:
                told["edge_tone"] = "good" if (share.effect > 0) == (self.root.direction == "up") else "bad"
        if share.gap or share.flagged:
            told["gap"] = _("Beside the formula: %(amount)s") % {"amount": self._amount(share.gap or Fraction(0))}
            told["gap_large"] = share.flagged
        return told

    def _effect(self, effect: Fraction) -> str:
        if not self.percents or not self.change:
            return self._amount(effect)
        part = formats.plain(formats.rounded(abs(rounded(effect / self.change)) * 100, 0))
        sign = formats.MINUS if effect / self.change < 0 else ""
        return f"{self._amount(effect)} · {sign}{part}%"

    def _amount(self, effect: Fraction) -> str:
        places = self.chip.digits + (2 if self.chip.kind is formats.Kind.PERCENT else 0)
        shown = half_up(effect, places)
        return formats.signed(self.chip.change(shown), shown)

    def _note(self, node: NodeView) -> str:
        if self.asked.member and self.asked.dimension not in node.metric.dimensions:
            return self.unsplit
        if node.latest and self.period and node.latest.period < self.period:
            return _("as of %(period)s") % {"period": formats.period(node.latest.period)}
        return ""


# --- the sentence and the choices -------------------------------------------------------------------------------------


def member_word(member: str | None) -> str:
    """A member as people read it; "" is everything."""
    return member or _("All")


def dimension_word(found: Tree, dimension: str) -> str:
    return figures.dimension_word(found.known, dimension) if found.known and dimension else dimension


def sentence(found: Tree, currency: str) -> str:
    """What is compared with what, in one line; or why nothing can be. "" without a value."""
    shares, asked, root = found.shares, found.asked, found.root
    if shares is None or asked is None or root is None or shares.period is None:
        return ""
    if shares.reason:
        return shares.reason
    top = shares.nodes.get(str(root.id))
    if top is None or top.before is None or top.after is None or top.change is None:
        return ""
    style = figures.style_of(root.unit, currency)
    after, before = style.full(rounded(top.after)), style.full(rounded(top.before))
    told = {"name": root.name, "change": formats.signed(style.change(rounded(top.change)), top.change)}
    now = formats.period(shares.period)
    if asked.peer is not None:
        told |= {"one": f"{member_word(asked.member)} {after}", "other": f"{member_word(asked.peer)} {before}"}
        return _("%(name)s: %(one)s against %(other)s, %(change)s. The chips say what accounts for it.") % told
    if asked.against == "target":
        told |= {"one": f"{now} {after}", "other": before}
        return (
            _("%(name)s: %(one)s against the target %(other)s, %(change)s. The chips say what accounts for it.") % told
        )
    told |= {"one": f"{now} {after}", "other": f"{formats.period(shares.base) if shares.base else ''} {before}"}
    return _("%(name)s: %(one)s against %(other)s, %(change)s. The chips say what accounts for it.") % told


def choices(found: Tree) -> dict[str, tuple[Choice, ...]]:
    """What can be asked: by which periods, as of which, of whom, against whom, against when."""
    asked, star = found.asked, found.north_star
    if asked is None or star is None:
        return {}
    grains = tuple(Choice(str(g), figures.grain_word(g), g == asked.grain) for g in star.metric.grains)
    periods = tuple(Choice(p.key, formats.period(p), p == asked.period) for p in found.periods)
    of = tuple(
        Choice(
            dimension,
            dimension_word(found, dimension),
            inner=tuple(
                Choice(f"{dimension}:{m}", m, (dimension, m) == (asked.dimension, asked.member)) for m in members if m
            ),
        )
        for dimension, members in found.splits.items()
    )
    others = [member for member in found.splits.get(asked.dimension, ()) if member and member != asked.member]
    peers = [Choice(ALL, _("All"), asked.peer == ""), *(Choice(m, m, m == asked.peer) for m in others)]
    words = {"previous": _("the period before"), "year": _("a year before"), "target": _("the target")}
    against = tuple(Choice(key, word, key == asked.against) for key, word in words.items())
    return {
        "grains": grains if len(grains) > 1 else (),
        "periods": periods,
        "of": of,
        "peers": tuple(peers) if asked.member else (),
        "against": against if asked.peer is None else (),
    }


def query(asked: Asked) -> str:
    """The address of what is asked, without "?"; "" for the plain tree."""
    told = {"grain": str(asked.grain)}
    if asked.period:
        told["period"] = asked.period.key
    if asked.member:
        told["of"] = f"{asked.dimension}:{asked.member}"
    return urlencode(told)


# --- the drawer -------------------------------------------------------------------------------------------------------


def drawer(found: Node, currency: str, actor: Actor) -> dict[str, Any]:
    """What the drawer's template needs."""
    metric, asked, series = found.node.metric, found.asked, found.series
    style, latest = figures.style_of(metric.unit, currency), series.latest
    change = latest.value - series.previous.value if latest and series.previous else None
    title = _("%(name)s by %(grain)s") % {"name": metric.name, "grain": figures.grain_word(asked.grain).lower()}
    path = paces.path_with_former(found.target) if found.target else {}
    recent = replace(series, points=series.points[-POINTS_IN_DRAWER:])
    drawn = {point.period for point in recent.points}
    shown = {period: goal for period, goal in path.items() if period in drawn}
    plans = [{"title": plan.title, "owner": plan.owner_name, "due": plan.due, "url": plan.url} for plan in found.plans]
    return {
        "node": found.node,
        "metric": metric,
        "words": metrics.in_words(metric.definition, found.known),
        "member": series.member,
        "value": style.short(latest.value) if latest else formats.DASH,
        "period": formats.period(latest.period) if latest else "",
        "state": figures.state_word(latest.state) if latest else "",
        "reason": latest.reason if latest else next((p.reason for p in reversed(series.points) if p.reason), ""),
        "change": change,
        "change_text": style.change(change) if change is not None else "",
        "trend": figures.trend_of(recent, key="drawer", title=title, currency=currency, path=shown) if drawn else None,
        "goal": paces.goal_piece(found.target, currency) if found.target else None,
        "tone": paces.tone(found.target.standing) if found.target else "none",
        "status": paces.status_word(found.target.standing) if found.target else "",
        "plans": plans,
        "url": f"{reverse('metrics:detail', args=[metric.key])}?{urlencode({'grain': str(asked.grain)})}",
        "why_url": f"{reverse('drivers:detail', args=[metric.key])}?{urlencode({'grain': str(asked.grain)})}",
        "explain_url": reverse("metrics:explain", args=[latest.id]) if latest else "",
        "edit_url": reverse("metrics:edit", args=[metric.key]) if actor.may("metrics.edit") else "",
        "target_url": f"{reverse('targets:new')}?{urlencode({'metric': metric.key, 'grain': str(asked.grain)})}"
        if actor.may("targets.edit") and not found.target
        else "",
    }
