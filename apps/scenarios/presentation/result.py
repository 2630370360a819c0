"""What a what-if comes to, as page pieces: every node, targets, scores, and what accounts for the difference."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from apps.common import formats
from apps.kernel.issue import Issue
from apps.metrics.domain import scoring
from apps.metrics.domain.arithmetic import rounded
from apps.metrics.domain.drivers import dealt, half_up
from apps.metrics.domain.scoring import Scored
from apps.scenarios.domain.base import INFLUENCE, Branch
from apps.scenarios.domain.bridge import Share, bridge
from apps.scenarios.domain.changes import Changes
from apps.scenarios.domain.evaluation import Outcomes, Sheet, scored_with
from apps.scenarios.domain.seeking import Sought
from apps.scenarios.presentation.figures import Value, Writer, as_decimal, in_words, relative
from apps.scenarios.selectors import period_of
from apps.targets import presentation as paces
from apps.targets.domain import judging, pace
from apps.workspaces.scope import current_workspace

GAP_SHOWN_FROM = Fraction(1, 10**6)
"""A gap smaller than this share of the value is what rounding leaves."""


@dataclass(frozen=True)
class Status:
    """A standing in a word and a tone."""

    tone: str
    word: str


@dataclass(frozen=True)
class Row:
    """A node of the tree: its value now, what if, and the difference (`size` without its sign)."""

    key: str
    name: str
    depth: int
    now: str
    then: str
    change: Decimal | None
    size: str
    relative: str
    better: str
    unit: str = ""
    influence: bool = False
    is_root: bool = False
    typed: bool = False
    moved: bool = False
    why: str = ""
    gap: str = ""
    status_now: Status | None = None
    status: Status | None = None


@dataclass(frozen=True)
class Bar:
    """What one change accounts for; `width` of 100 is the largest."""

    name: str
    change: Decimal
    size: str
    tone: str
    width: Decimal


@dataclass(frozen=True)
class Result:
    """All of it. `bars` are None where the difference cannot be taken apart; `none` says that nothing was changed."""

    root: Row
    rows: list[Row]
    bars: list[Bar] | None
    total: str
    targets: list[dict[str, object]]
    scores: list[dict[str, object]]
    none: bool
    problems: list[dict[str, str]]


class Teller:
    """Tells what `changes` come to on a sheet."""

    def __init__(self, sheet: Sheet, changes: Changes, currency: str) -> None:
        self.sheet, self.changes = sheet, changes
        self.base, self.writer = sheet.base, Writer(sheet.base, currency)
        self.after: Outcomes = sheet.work_out(changes)

    def result(self, issues: list[Issue] | None = None) -> Result:
        rows = [self.row(branch, depth) for depth, branch in self.base.tree.walk()]
        shares = bridge(self.sheet, self.changes, self.after)
        return Result(
            root=rows[0],
            rows=rows,
            bars=None if shares is None else self.bars(shares),
            total=self.writer.size(self.base.root, self._difference(self.base.root)),
            targets=[self.target(key) for key in self.base.targets],
            scores=list(self.scores()),
            none=self.changes.none,
            problems=[self.problem(issue) for issue in issues or ()],
        )

    def _difference(self, key: str) -> Value:
        now, then = self.sheet.now[key], self.after.values[key]
        return None if now is None or then is None else then - now

    def row(self, branch: Branch, depth: int = 0) -> Row:
        key, writer = branch.key, self.writer
        now, then = self.sheet.now[key], self.after.values[key]
        status_now, status = self.statuses(key)
        return Row(
            key=key,
            name=writer.name(key),
            depth=depth,
            now=writer.full(key, now),
            then=writer.full(key, then),
            change=as_decimal(self._difference(key)),
            size=writer.size(key, self._difference(key)),
            relative=relative(now, then),
            better=self.base.metrics[key].direction,
            unit=writer.unit(key),
            influence=branch.link == INFLUENCE,
            is_root=depth == 0,
            typed=key in self.changes.moves,
            moved=now != then,
            why=self.why(key),
            gap=self._gap(key),
            status_now=status_now,
            status=status,
        )

    def why(self, key: str) -> str:
        """Why a metric has no value, or cannot follow its parts; "" where it does."""
        if self.after.values[key] is None:
            return self.writer.why(self.after.reasons.get(key))
        return self._held(key)

    def _held(self, key: str) -> str:
        reason = self.sheet.held.get(key)
        if reason is None:
            return ""
        return _("It cannot follow its parts: %(why)s") % {"why": self.writer.why(reason)}

    def _gap(self, key: str) -> str:
        gap, now = self.sheet.gaps.get(key), self.sheet.now[key]
        if gap is None or now is None or abs(gap) < abs(now) * GAP_SHOWN_FROM:
            return ""
        return formats.signed(self.writer.size(key, gap), as_decimal(gap) or Decimal(0))

    def bars(self, shares: list[Share]) -> list[Bar]:
        """Rounded so that they add up to the difference as it is shown."""
        root = self.base.root
        better = self.base.metrics[root].direction == "up"
        largest = max((abs(share.effect) for share in shares), default=Fraction(1))
        effects, places = [share.effect for share in shares], self.writer.places(root)
        figures = dealt(effects, half_up(sum(effects, Fraction(0)), places), places)
        return [
            Bar(
                name=self._called(share),
                change=figure,
                size=self.writer.size(root, Fraction(figure)),
                tone="good" if (share.effect > 0) == better else "bad",
                width=rounded(abs(share.effect) / largest * 100, 1),
            )
            for share, figure in zip(shares, figures, strict=True)
        ]

    def _called(self, share: Share) -> str:
        name = self.writer.name(share.key)
        if share.what == "weights":
            return _("Weights of “%(name)s”") % {"name": name}
        if share.what == "elasticity":
            return _("Assumption: %(child)s moves %(parent)s") % {
                "child": self.writer.name(share.child),
                "parent": name,
            }
        if share.what == "others":
            return ngettext("%(n)s smaller change", "%(n)s smaller changes", share.count) % {"n": share.count}
        return name

    # --- targets ------------------------------------------------------------------------------------------------------

    def statuses(self, key: str) -> tuple[Status | None, Status | None]:
        """How a metric stands against its target now, and what if."""
        stands = self.standings(key)
        return (_status(stands[0]), _status(stands[1])) if stands else (None, None)

    def standings(self, key: str) -> tuple[judging.Standing, judging.Standing] | None:
        """The same in figures; None without a target."""
        if key not in self.base.targets:
            return None
        now = self._standing(key, self.sheet.now[key], self.base.targets[key].goal)
        return now, self._standing(key, self.after.values[key], self._goal(key))

    def _goal(self, key: str) -> Decimal:
        return self.changes.goals.get(key, self.base.targets[key].goal)

    def _standing(self, key: str, value: Value, goal: Decimal) -> judging.Standing:
        target = self.base.targets[key]
        course = pace.course(
            current_workspace().calendar,
            grain=self.base.scope.grain,
            baseline=target.baseline,
            goal=goal,
            start=target.start,
            due=target.due,
        )
        return judging.stand(course, period_of(self.base.scope), as_decimal(value))

    def target(self, key: str) -> dict[str, object]:
        now, then = self.statuses(key)
        goal, writer = self._goal(key), self.writer
        standing = self._standing(key, self.after.values[key], goal)
        expected = standing.expected if standing.started and not standing.over else None
        return {
            "name": writer.name(key),
            "goal": writer.style(key).full(goal),
            "was": writer.style(key).full(self.base.targets[key].goal) if key in self.changes.goals else "",
            "expected": writer.style(key).full(expected) if expected is not None else "",
            "now": now,
            "then": then,
            "value_now": writer.full(key, self.sheet.now[key]),
            "value": writer.full(key, self.after.values[key]),
        }

    # --- scores -------------------------------------------------------------------------------------------------------

    def scores(self) -> Iterator[dict[str, object]]:
        for key, each in self.base.metrics.items():
            if each.score is not None:
                yield {"name": self.writer.name(key), "groups": self._groups(key)}

    def _groups(self, key: str) -> list[dict[str, object]]:
        before = self._scored(key, Changes(), self.sheet.now)
        after = self._scored(key, self.changes, self.after.values)
        score = scored_with(self.base, key, self.changes)
        assert score is not None  # noqa: S101  (asked for scores only)
        return [
            {
                "name": group.name.text(get_language()),
                "weight_now": formats.percent(_weight(before, at), 1),
                "weight": formats.percent(_weight(after, at), 1),
                "reweighed": _weight(before, at) != _weight(after, at),
                "now": formats.number(_points(before, at), 1),
                "points": formats.number(_points(after, at), 1),
            }
            for at, group in enumerate(score.groups)
        ]

    def _scored(self, key: str, changes: Changes, values: object) -> Scored:
        score = scored_with(self.base, key, changes)
        known = dict(values)
        peers = {
            part: [*others, known[part]] for part, others in self.base.peers.items() if known.get(part) is not None
        }
        return scoring.score(score, known, peers)

    # --- what is wrong, and what is sought ----------------------------------------------------------------------------

    def problem(self, issue: Issue) -> dict[str, str]:
        return {
            "field": issue.where,
            "name": self.field_name(issue.where),
            "text": in_words(issue.message, issue.params, self.writer),
        }

    def field_name(self, where: str) -> str:
        """What a field is called on the page."""
        what, *parts = where.split(":")
        if what == "pull":
            return _("%(child)s on %(parent)s") % {
                "parent": self.writer.name(parts[0]),
                "child": self.writer.name(parts[1]),
            }
        if what == "weight" and len(parts) == 2:
            return _("Weights of “%(name)s”") % {"name": self.writer.name(parts[0])}
        return self.writer.name(parts[-1]) if parts else ""

    def sought(self, found: Sought, leaf: str, node: str, goal: Fraction) -> dict[str, object]:
        """The answer to "how much would it have to be", in one sentence."""
        writer, now = self.writer, self.sheet.now[leaf]
        told = {
            "leaf": writer.name(leaf),
            "node": writer.name(node),
            "goal": writer.full(node, goal),
            "value": _close(writer, leaf, found.value),
            "best": writer.full(node, found.best),
            "now": writer.full(leaf, now),
            "share": relative(now, found.value),
        }
        texts = {
            "exact": _("%(leaf)s would have to be %(value)s for %(node)s to be %(goal)s."),
            "near": _("%(leaf)s would have to be about %(value)s for %(node)s to be %(goal)s."),
            "outside": _("By %(leaf)s alone it cannot be reached: it would have to be %(value)s."),
            "already": _("%(node)s is %(goal)s already."),
            "no_value": _("There is nothing to compare: a value is missing on the way to %(node)s."),
            "alone": _("By %(leaf)s alone it cannot be reached."),
        }
        text = texts[found.how] % told
        if found.how == "alone" and found.best is not None:
            text += " " + _("The closest that was found: %(best)s.") % told
        if found.how in ("exact", "near") and told["share"]:
            text += " " + _("Now it is %(now)s (%(share)s).") % told
        tone = {"exact": "good", "near": "good", "already": "good"}.get(found.how, "warn")
        return {"text": text, "tone": tone, "usable": found.how in ("exact", "near")}


def _close(writer: Writer, key: str, value: Value) -> str:
    """A sought value with digits enough to be typed."""
    style = writer.style(key)
    digits = style.digits + (2 if value is not None and value != round(value, style.digits) else 0)
    return formats.Style(style.kind, max(digits, 1) if style.kind == "percent" else digits, style.symbol).full(
        as_decimal(value)
    )


def _status(standing: judging.Standing) -> Status:
    return Status(paces.tone(standing), paces.status_word(standing))


def _weight(scored: Scored, group: int) -> Decimal:
    return as_decimal(sum((part.weight for part in scored.parts if part.group == group), Fraction(0))) or Decimal(0)


def _points(scored: Scored, group: int) -> Decimal | None:
    """The points of a dimension: the mean of its parts by weight."""
    parts = [part for part in scored.parts if part.group == group and part.points is not None]
    weight = sum((part.weight for part in parts), Fraction(0))
    if not weight:
        return None
    return as_decimal(sum((part.weight * (part.points or Fraction(0)) for part in parts), Fraction(0)) / weight)
