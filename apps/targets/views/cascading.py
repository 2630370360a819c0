"""Splitting a target: by share, like last year or by hand, with what is left; first shown, then done."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods

from apps.accounts.access import requires
from apps.common import formats
from apps.common.fields import FigureField
from apps.common.middleware import tell
from apps.kernel.issue import Refusal
from apps.metrics import selectors as metrics
from apps.metrics.presentation import style_of
from apps.targets import presentation, selectors, services
from apps.targets.domain.adding import NEARLY_WORDS, NOT_WORDS, Adds
from apps.targets.domain.kinds import RULE_WORDS, WITH_A_WAY, Kind, Rule, State
from apps.targets.models import Target
from apps.targets.presentation import kept_when_asked
from apps.targets.selectors import TEAMS, Candidate, Split
from apps.targets.views.common import crumbs, doors, past

LABELS = {
    Rule.SHARE: gettext_lazy("Share in %"),
    Rule.HAND: gettext_lazy("Goal"),
    Rule.LAST_YEAR: gettext_lazy("Part of it"),
}


@requires("targets.view")
@require_GET
@kept_when_asked
def parts(request: HttpRequest, target_id: UUID) -> HttpResponse:
    """A target with everything it is split into, level by level, and what is left open."""
    target = selectors.target_by_id(target_id)
    metric = metrics.metric_for(target.metric_id)
    style = style_of(metric.unit, request.workspace.currency)
    tree = selectors.split_of(target)
    context = {
        "past": past(target, metric, request.workspace.currency),
        "rows": [_tree_row(depth, each, style) for depth, each in tree.walk()],
        "target": target,
        "can_split": request.actor.may("targets.edit") and _may_split(target),
        "crumbs": crumbs(),
    }
    return render(request, "targets/parts.html", context | doors(request))


def _may_split(target: Target) -> bool:
    return target.status == State.IN_FORCE and target.valid_until is None and target.kind != Kind.BAND


def _tree_row(depth: int, each: Split, style: formats.Style) -> dict[str, Any]:
    row, rests = each.target, each.rests()
    return {
        "target": row,
        "depth": depth,
        "name": each.name or _("The whole company"),
        "goal": presentation.in_short(row, style) if row.goal is None else style.full(row.goal),
        "share": "" if row.share is None or not depth else presentation.share(row.share),
        "rule": _(RULE_WORDS[Rule(row.cascade_rule)]) if row.cascade_rule and depth else "",
        "owner": row.owner_name,
        "cuts": [_cut(name, rest, style, several=len(rests) > 1) for name, rest in rests.items()],
    }


def _cut(name: str, rest: Decimal, style: formats.Style, *, several: bool) -> dict[str, Any]:
    """Whether the parts of one cut make the whole, what is open or too much, and by whom, if there are several cuts."""
    word = _("Adds up") if rest == 0 else _("Left open") if rest > 0 else _("Too much")
    by = (_("Teams") if name == TEAMS else name) if several else ""
    return {"tone": "warn" if rest else "good", "word": word, "rest": style.full(abs(rest)) if rest else "", "by": by}


@requires("targets.edit")
@require_http_methods(["GET", "POST"])
@kept_when_asked
def split(request: HttpRequest, target_id: UUID) -> HttpResponse:
    """Say how a target is split, see who changes from what to what, then confirm."""
    target = selectors.target_by_id(target_id)
    if not _may_split(target):
        raise Refusal(services.NO_BAND if target.kind == Kind.BAND else services.ENDED_ALREADY, status=409)
    return _Desk(request, target).answer()


class _Desk:
    """One request of the page: what was typed, what it would do, and what is wrong."""

    def __init__(self, request: HttpRequest, target: Target) -> None:
        self.request, self.target = request, target
        self.metric = metrics.metric_for(target.metric_id)
        self.style = style_of(self.metric.unit, request.workspace.currency)
        views = metrics.metrics()
        self.adds = selectors.adds(self.metric, views)
        self.sums = self.adds is not Adds.NOT and target.kind in WITH_A_WAY
        self.data = request.POST if request.method == "POST" else None
        self.tree = selectors.split_of(target)
        self.into = self._into()
        self.candidates = selectors.candidates(target, self.metric, self.into)
        self.rule = self._rule()
        self.errors: dict[str, list[str]] = {}

    def _into(self) -> str:
        asked = (self.data or self.request.GET).get("into", "")
        choices = selectors.splits_into(self.metric)
        if asked in choices:
            return asked
        now = self.tree.parts[0].target if self.tree.parts else None
        return (TEAMS if now.team_id else now.dimension) if now else choices[0]

    def _rule(self) -> Rule:
        asked = (self.data or self.request.GET).get("rule", "")
        if not self.sums:
            return Rule.HAND
        if asked in set(Rule) and (asked != Rule.LAST_YEAR or self._has_past()):
            return Rule(asked)
        kept = self.tree.parts[0].target.cascade_rule if self.tree.parts else ""
        return Rule(kept) if kept and (kept != Rule.LAST_YEAR or self._has_past()) else Rule.SHARE

    def _has_past(self) -> bool:
        """Whether it can be split by what was made a year ago: teams need numbers of their own for that."""
        return self.into != TEAMS or any(part.figure is not None for part in self.candidates)

    def answer(self) -> HttpResponse:
        if self.data is None:
            return self._page(None)
        asked = self._asked()
        if self.errors:
            return self._page(None, status=422)
        found = services.preview_cascade(self.target.pk, asked)
        reason = self.data.get("reason", "")[:200]
        if self.data.get("act") == "apply":
            try:
                made = services.apply_cascade(
                    actor=self.request.actor, target_id=self.target.pk, asked=asked,
                    stamp=self.data.get("stamp", ""), reason=reason,
                )  # fmt: skip
            except Refusal as refusal:
                self._show(refusal)
                return self._page(found, status=refusal.status)
            return self._done(made)
        for issue in found.issues:
            self.errors.setdefault(issue.where, []).append(issue.in_words(_))
        return self._page(found, status=422 if self.errors else 200)

    def _done(self, made: list[Target]) -> HttpResponse:
        proposed = any(row.status == State.PROPOSED for row in made)
        text = _("The split is proposed. It counts once another admin has approved it.") if proposed \
            else _("The target is split; every part has its own history.")  # fmt: skip
        tell(self.request, text)
        return redirect("targets:parts", made[0].pk if not proposed else self.target.pk)

    def _show(self, refusal: Refusal) -> None:
        if not refusal.issues:
            self.errors.setdefault("", []).append(refusal.in_words(_))
        for issue in refusal.issues:
            self.errors.setdefault(issue.where, []).append(issue.in_words(_))

    def _asked(self) -> services.Asked:
        assert self.data is not None  # noqa: S101
        goal = self._figure("goal", self.style, self.data.get("goal", ""))
        if goal is None and "goal" not in self.errors:
            self.errors["goal"] = [_("Say what the whole should become.")]
        percent = formats.Style(digits=6)
        weights, goals, chosen = {}, {}, set()
        for part in self.candidates:
            if f"part-{part.key}" in self.data:
                chosen.add(part.key)
            typed = self.data.get(f"value-{part.key}", "").strip()
            if not typed or self.rule is Rule.LAST_YEAR:
                continue
            style = self.style if self.rule is Rule.HAND else percent
            value = self._figure(part.key, style, typed.removesuffix("%") if style is percent else typed)
            if value is not None:
                (goals if self.rule is Rule.HAND else weights)[part.key] = value
        return services.Asked(self.rule, self.into, goal, weights, goals, frozenset(chosen))

    def _figure(self, where: str, style: formats.Style, typed: str) -> Decimal | None:
        try:
            return FigureField(style=style, exact=True).to_python(typed)
        except ValidationError as error:
            self.errors.setdefault(where, []).extend(error.messages)
            return None

    # --- what the page shows ----------------------------------------------------------------------------------------

    def _page(self, found: services.Preview | None, status: int = 200) -> HttpResponse:
        lines = {line.key: line for line in found.lines} if found else {}
        rows = [self._row(part, lines.get(part.key)) for part in self.candidates]
        summed = [line.after for line in lines.values() if line.depth == 1]
        context = {
            "past": past(self.target, self.metric, self.request.workspace.currency),
            "target": self.target,
            "metric": self.metric,
            "into": self.into,
            "intos": [(name, _("Teams") if name == TEAMS else name) for name in selectors.splits_into(self.metric)],
            "rule": str(self.rule),
            "rules": [(str(rule), _(RULE_WORDS[rule])) for rule in Rule
                      if self.sums and (rule is not Rule.LAST_YEAR or self._has_past())],
            "sums": self.sums,
            "note": "" if self.adds is Adds.EXACTLY and self.sums else _(NEARLY_WORDS if self.sums else NOT_WORDS),
            "label": LABELS[self.rule],
            "rows": rows,
            "goal": self.data.get("goal", "") if self.data else FigureField(style=self.style, exact=True).prepare_value(
                self.target.goal),
            "reason": self.data.get("reason", "") if self.data else "",
            "found": found,
            "deeper": [self._line(line) for line in self._beside(found)] if found else [],
            "changed": len(found.changed) if found else 0,
            "sum": self.style.full(sum(summed, Decimal(0))) if summed and self.sums else "",
            "rest": self._rest(found),
            "errors": self.errors,
            "may_apply": bool(found and found.changed and not found.issues),
            "needs_approval": selectors.needs_second_admin(),
            "crumbs": crumbs(),
        }  # fmt: skip
        return render(self.request, "targets/split.html", context, status=status)

    def _beside(self, found: services.Preview) -> list[services.Line]:
        """What has no row of its own: what changes further down, and parts that stay though they are no choice now."""
        known = {part.key for part in self.candidates}
        deeper = [line for line in found.changed if line.depth != 1]
        return deeper + [line for line in found.lines if line.stays and line.key not in known]

    def _rest(self, found: services.Preview | None) -> dict[str, object] | None:
        if found is None or found.rest is None:
            return None
        return {"zero": found.rest == 0, "over": found.rest < 0, "text": self.style.full(abs(found.rest))}

    def _row(self, part: Candidate, line: services.Line | None) -> dict[str, Any]:
        return {
            "part": part,
            "label": part.name,
            "figure": self.style.full(part.figure) if part.figure is not None else "",
            "now": self.style.full(part.now.goal) if part.now and part.now.goal is not None else "",
            "typed": self._typed(part),
            "chosen": f"part-{part.key}" in self.data if self.data else self._starts_chosen(part),
            "after": self.style.full(line.after) if line else "",
            "share": presentation.share(line.share) if line and line.share is not None else "",
            "changes": bool(line and line.changes),
            "is_new": bool(line and line.before is None),
            "errors": self.errors.get(part.key, []),
        }

    def _starts_chosen(self, part: Candidate) -> bool:
        if not self.tree.parts and self.into == TEAMS:  # the ones right below: teams further down are parts of those
            with_past = {each.team_id for each in self.candidates if each.figure is not None}
            here = self.target.team_id
            return part.team_id in with_past and (part.above == here if here else part.above not in with_past)
        if not self.tree.parts:
            return part.figure is not None
        return part.scope in {(e.target.dimension, e.target.member, e.target.team_id) for e in self.tree.parts}

    def _typed(self, part: Candidate) -> str:
        """What stands in the field of a part: what was typed, else what it has, else something plausible."""
        if self.data is not None:
            return self.data.get(f"value-{part.key}", "")
        mine = {(e.target.dimension, e.target.member, e.target.team_id): e.target for e in self.tree.parts}
        now = mine.get(part.scope)
        if self.rule is Rule.HAND:
            known = now.goal if now else None if self.sums else self.target.goal
            return "" if known is None else str(FigureField(style=self.style, exact=True).prepare_value(known))
        if mine:
            return "" if now is None or now.share is None else f"{(now.share * 100).normalize():f}"
        if self.into == TEAMS:
            return ""
        return f"{self._suggested()[part.key].normalize():f}"

    def _suggested(self) -> dict[str, Decimal]:
        if not hasattr(self, "_shares"):
            self._shares = selectors.suggested_shares(self.candidates)
        return self._shares

    def _line(self, line: services.Line) -> dict[str, Any]:
        return {
            "name": line.name or _("The whole company"),
            "depth": line.depth,
            "before": self.style.full(line.before) if line.before is not None else formats.DASH,
            "after": self.style.full(line.after),
        }
