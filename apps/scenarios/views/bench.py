"""What the page of a what-if works on, and what its templates need."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from django.http import HttpRequest, QueryDict
from django.utils.translation import gettext as _

from apps.kernel.issue import Issue, Refusal
from apps.metrics.presentation import style_of
from apps.scenarios import forms
from apps.scenarios.domain import checks, seeking
from apps.scenarios.domain.base import Base
from apps.scenarios.domain.changes import Changes, Move
from apps.scenarios.domain.evaluation import Sheet
from apps.scenarios.forms import SaveForm
from apps.scenarios.presentation import bench
from apps.scenarios.presentation.figures import scope_words
from apps.scenarios.presentation.result import Teller
from apps.scenarios.selectors import Kept
from apps.scenarios.views.request import crumbs


@dataclass
class Bench:
    """What the page works on: a base, what is typed over it, and the saved what-if behind it, if there is one."""

    sheet: Sheet
    changes: Changes
    texts: dict[str, str] = field(default_factory=dict)
    issues: list[Issue] = field(default_factory=list)
    kept: Kept | None = None
    sent: QueryDict | None = None

    @property
    def base(self) -> Base:
        return self.sheet.base

    def read(self, sent: QueryDict, currency: str) -> None:
        """Take what was typed; what cannot be worked out is left out, and said."""
        typed = forms.read(self.sheet, sent, currency)
        self.changes, found = checks.sound(self.sheet, typed.changes)
        self.texts, self.issues, self.sent = typed.texts, [*typed.issues, *found], sent


def result_context(request: HttpRequest, work: Bench) -> dict[str, Any]:
    """What the template of the result needs."""
    teller = Teller(work.sheet, work.changes, request.workspace.currency)
    return {"result": teller.result(work.issues), "sought": _sought(work, teller)}


def _asked(work: Bench) -> tuple[str, str, Fraction | None]:
    """Which leaf is sought, for which metric, to be what; by default the goal of the root's target."""
    sent, sheet = work.sent or QueryDict(), work.sheet
    leaf, node = sent.get("seek_leaf", ""), sent.get("seek_node", "") or work.base.root
    if leaf not in sheet.leaves or node not in work.base.metrics:
        return "", node, None
    text = sent.get("seek_goal", "")[: forms.MOST_TYPED].strip()
    if text:
        style = style_of(work.base.metrics[node].unit, "")
        return leaf, node, Fraction(forms.read_figure(text, style))
    target = work.base.targets.get(node)
    goal = work.changes.goals.get(node, target.goal if target else None)
    return leaf, node, None if goal is None else Fraction(goal)


def _sought(work: Bench, teller: Teller) -> dict[str, object] | None:
    try:
        leaf, node, goal = _asked(work)
    except Refusal as refusal:
        return {"text": refusal.in_words(_), "tone": "bad", "usable": False}
    if not leaf:
        return None
    if goal is None:
        return {"text": _("It has no target. Type what it should be."), "tone": "info", "usable": False}
    return teller.sought(seeking.seek(work.sheet, work.changes, leaf, node, goal), leaf, node, goal)


def use_what_was_sought(work: Bench, request: HttpRequest) -> None:
    """Put a sought value into its field, when its button was pressed."""
    if request.POST.get("act") != "use":
        return
    try:
        leaf, node, goal = _asked(work)
    except Refusal:
        return
    if not leaf or goal is None:
        return
    found = seeking.seek(work.sheet, work.changes, leaf, node, goal)
    if found.how in ("exact", "near") and found.value is not None:
        move = Move("set", seeking.as_typed(found.value, 8))
        work.changes = Changes(
            {**work.changes.moves, leaf: move}, work.changes.weights, work.changes.goals, work.changes.elasticities
        )
        work.texts[checks.field_of("move", leaf)] = forms.write_move(move, work.base.metrics[leaf])


def page_context(request: HttpRequest, work: Bench, form: SaveForm) -> dict[str, Any]:
    """What the template of the page needs."""
    currency, kept = request.workspace.currency, work.kept
    result = result_context(request, work)
    errors = {each["field"]: each["text"] for each in result["result"].problems}
    fields = bench.Bench(work.sheet, currency, work.texts, errors)
    sent = work.sent or QueryDict()
    nodes = dict.fromkeys([*(place.key for _depth, place in work.base.tree.walk())])
    return result | {
        "form": form,
        "scope": work.base.scope,
        "scope_words": scope_words(work.base.scope),
        "for": f"{work.base.scope.dimension}:{work.base.scope.member}" if work.base.scope.dimension else "",
        "digest": work.base.digest(),
        "leaves": fields.leaves(),
        "weights": fields.weights(),
        "goals": fields.goals(),
        "pulls": fields.pulls(kept.assumptions if kept else {}),
        "pushed": fields.pushed(),
        "nodes": [(key, fields.writer.name(key)) for key in nodes],
        "seek": {name: sent.get(name, "") for name in ("seek_leaf", "seek_node", "seek_goal")},
        "crumbs": crumbs(),
    }
