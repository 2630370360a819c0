"""Setting and changing an objective with its key results on one page. Nothing that was typed is ever lost."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from decimal import Decimal, InvalidOperation
from uuid import UUID

from django.db.models import prefetch_related_objects
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from apps.accounts.access import requires
from apps.common import formats
from apps.common.middleware import tell
from apps.goals import services
from apps.goals.domain import drafts, steps, weights
from apps.goals.domain.drafts import ALL_FIGURES, ObjectiveDraft, StepDraft
from apps.goals.forms.objectives import KeyResultForm, ObjectiveForm
from apps.goals.models import Cycle, KeyResult, Objective
from apps.goals.presentation.words import digits_of, sentence
from apps.goals.selectors import cycles as cycles_of
from apps.goals.selectors import objectives as selectors
from apps.goals.selectors.people import Reader, reader
from apps.goals.services.holding import DROPPED, NOT_YOURS
from apps.goals.views.choices import choices_of
from apps.kernel.issue import Forbidden, Issue, Refusal
from apps.metrics import selectors as metrics
from apps.targets.presentation import kept_when_asked

MOST_BLOCKS = 15
BLOCK = ("id", "title", "kind", "metric", "grain", "dimension", "member", "unit", "rule", "owner", "steps", "drop",
         "reason", "weight", *ALL_FIGURES)  # fmt: skip


@requires("objectives.edit")
@require_http_methods(["GET", "POST"])
@kept_when_asked
def new(request: HttpRequest) -> HttpResponse:
    """Set an objective in a cycle that is not closed."""
    every = [each for each in cycles_of.cycles() if each.closed_at is None]
    asked = request.GET.get("cycle", "")
    cycle = next((each for each in every if str(each.pk) == asked), None) or cycles_of.usual(every)
    if cycle is None:
        return redirect("goals:cycles")
    return Desk(request, reader(request.actor), cycle).answer()


@requires("objectives.edit")
@require_http_methods(["GET", "POST"])
@kept_when_asked
def edit(request: HttpRequest, objective_id: UUID) -> HttpResponse:
    """Change an objective and its key results."""
    looking = reader(request.actor)
    row = selectors.objective_for(looking, objective_id)
    if not looking.may_change(row):
        raise Forbidden(NOT_YOURS)
    if row.dropped_at is not None:
        raise Refusal(DROPPED, status=409)
    return Desk(request, looking, row.cycle, row).answer()


@dataclass
class Desk:
    """One answer of the form: shown, shown again with more or other blocks or with what is wrong, or saved."""

    request: HttpRequest
    looking: Reader
    cycle: Cycle
    row: Objective | None = None
    stored: dict[str, KeyResult] = field(default_factory=dict)

    def answer(self) -> HttpResponse:
        self._read()
        if self.request.method == "GET":
            return self._page(ObjectiveForm(initial=self._initial(), choices=self.choices), self._stored_blocks())
        post = self.request.POST
        act = post.get("act", "save")
        if act == "save":
            return self._save()
        typed = self._arranged(self._typed(), act)
        head = ObjectiveForm(initial=post.dict(), choices=self.choices)
        if act == "words" and self.request.htmx:
            return self._page(head, self._bound(), "goals/objectives/_form_live.html")
        return self._page(head, [self._block(at, told) for at, told in enumerate(typed)])

    def _read(self) -> None:
        """What is stored, and what there is to choose from."""
        if self.row is not None:
            live = [each for each in selectors.key_results_of(self.row) if each.dropped_at is None]
            prefetch_related_objects(live, "milestones")
            self.stored = {str(each.pk): each for each in live}
        self.choices = choices_of(self.looking, self.cycle, self.row, self.request.POST)

    # --- blocks of key results ----------------------------------------------------------------------------------

    def _stored_blocks(self) -> list[KeyResultForm]:
        told = [_told(each) for each in self.stored.values()] or [{"kind": "reach"}]
        return [self._block(at, each) for at, each in enumerate(told)]

    def _numbers(self) -> list[str]:
        return [text for text in self.request.POST.getlist("kr")[:MOST_BLOCKS] if text.isdecimal() and len(text) < 4]

    def _typed(self) -> list[dict[str, object]]:
        post = self.request.POST
        return [{name: post.get(f"kr-{at}-{name}", "") for name in BLOCK} for at in self._numbers()]

    def _bound(self) -> list[KeyResultForm]:
        found = []
        for at in self._numbers():
            stored = self.stored.get(self.request.POST.get(f"kr-{at}-id", ""))
            form = KeyResultForm(self.request.POST, choices=self.choices, at=int(at), stored=stored)
            form.is_valid()
            found.append(form)
        return found

    def _block(self, at: int, told: dict[str, object]) -> KeyResultForm:
        return KeyResultForm(
            initial=told, choices=self.choices, at=at, stored=self.stored.get(str(told.get("id") or ""))
        )

    def _arranged(self, typed: list[dict[str, object]], act: str) -> list[dict[str, object]]:
        """The blocks after what was asked: one more, one less, another order, other weights, a start filled in."""
        word, _dash, number = act.partition("-")
        at = int(number) if number.isdecimal() and len(number) < 4 else -1
        if word == "add" and len(typed) < MOST_BLOCKS:
            typed.append({"kind": "reach"})
        elif word == "remove" and 0 <= at < len(typed):
            if typed[at].get("id"):
                typed[at]["drop"] = "1"
            else:
                typed.pop(at)
        elif word == "keep" and 0 <= at < len(typed):
            typed[at] |= {"drop": "", "reason": ""}
        elif word == "up" and 0 < at < len(typed):
            typed.insert(at - 1, typed.pop(at))
        elif word == "down" and 0 <= at < len(typed) - 1:
            typed.insert(at + 1, typed.pop(at))
        elif word in ("even", "proportion"):
            _balance([each for each in typed if not each.get("drop")], evenly=word == "even")
        elif word == "metric":
            for each in typed:
                self._start_of_metric(each)
        return typed

    def _start_of_metric(self, told: dict[str, object]) -> None:
        """A metric that has just been chosen: its newest value is where it starts, if nothing was typed."""
        view = self.choices.metrics.get(str(told.get("metric") or ""))
        if view is None:
            return
        grains = [str(grain) for grain in view.grains]
        if told.get("grain") not in grains:
            told["grain"] = "month" if "month" in grains else grains[0]
        if not told.get("title"):
            told["title"] = view.name
        if not told.get("start") and told.get("kind") == "reach":
            point = metrics.latest(view, str(told["grain"])).point  # type: ignore[arg-type]
            if point is not None:
                told["start"] = point.value

    # --- saving ---------------------------------------------------------------------------------------------------

    def _save(self) -> HttpResponse:
        head = ObjectiveForm(self.request.POST, choices=self.choices)
        blocks = self._bound()
        kept = [block for block in blocks if not block.is_dropped and not self._is_empty(block)]
        dropping = [
            (block.cleaned_data["id"], block.cleaned_data.get("reason") or "")
            for block in blocks
            if block.is_dropped and block.cleaned_data.get("id")
        ]
        head.is_valid()
        draft = head.draft([block.draft() for block in kept])
        readable = not head.errors and not any(block.errors or block.found for block in kept)
        try:
            if not readable:
                self._show(head, kept, blocks, drafts.issues(draft))
                for block in kept:
                    block.show(block.found)
            else:
                return self._done(draft, dropping, head)
        except Refusal as refusal:
            if refusal.status == 409 and self.row is not None:
                head = self._seen_theirs()
            if not refusal.issues:
                head.add_error(None, refusal.in_words(_))
            self._show(head, kept, blocks, refusal.issues)
            if refusal.status == 409:
                return self._page(head, blocks, status=409)
        return self._page(head, blocks, status=422)

    def _done(self, draft: ObjectiveDraft, dropping: list[tuple[UUID, str]], head: ObjectiveForm) -> HttpResponse:
        told = {"actor": self.request.actor, "draft": draft, "now": timezone.now()}
        if self.row is None:
            made = services.create_objective(cycle_id=self.cycle.pk, **told)
            tell(self.request, _("The objective is set."))
        else:
            revision = head.cleaned_data.get("revision") or 0
            made = services.change_objective(objective_id=self.row.pk, revision=revision, dropping=dropping, **told)
            tell(self.request, _("The change is saved."))
        return redirect("goals:objective", made.pk)

    def _is_empty(self, block: KeyResultForm) -> bool:
        """A block nobody has typed anything into is no key result."""
        told = block.cleaned_data
        typed = ("title", "metric", "start", "goal", "low", "high", "steps", "id")
        return not block.errors and not any(told.get(name) not in (None, "") for name in typed)

    def _show(
        self, head: ObjectiveForm, kept: list[KeyResultForm], blocks: list[KeyResultForm], issues: Iterable[Issue]
    ) -> None:
        by_id = {str(block.cleaned_data.get("id")): block for block in blocks}
        for issue in issues:
            room, _dot, rest = issue.where.partition(".")
            number, _dot, name = rest.partition(".")
            if room == "kr" and number.isdecimal() and int(number) < len(kept):
                kept[int(number)].show([_moved(issue, name)])
            elif room == "drop" and rest in by_id:
                by_id[rest].show([_moved(issue, "reason")])
            else:
                head.show([issue])

    # --- showing --------------------------------------------------------------------------------------------------

    def _initial(self) -> dict[str, object]:
        if self.row is None:
            get, own = self.request.GET, str(self.request.actor.id)
            level = get.get("level", "") if get.get("level", "") in self.choices.levels else "person"
            return {
                "level": level, "team": get.get("team", ""), "parent": get.get("parent", ""), "owner": own,
                "kind": Objective.Kind.COMMITTED if level == "company" else Objective.Kind.ASPIRATIONAL,
            }  # fmt: skip
        names = ("title", "why", "level", "kind", "private", "alignment", "counts", "weight", "revision")
        told = {name: getattr(self.row, name) for name in names}
        return told | {"team": self.row.team_id, "owner": self.row.owner_id, "parent": self.row.parent_id}

    def _page(
        self,
        head: ObjectiveForm,
        blocks: list[KeyResultForm],
        template: str = "",
        status: int = 200,
    ) -> HttpResponse:
        usual = "goals/objectives/_form.html" if self.request.htmx else "goals/objectives/form.html"
        context = self._context(head, blocks) | {"theirs": self._theirs() if status == 409 else None}
        return render(self.request, template or usual, context, status=status)

    def _context(self, head: ObjectiveForm, blocks: list[KeyResultForm]) -> dict[str, object]:
        told = [_weight(block) for block in blocks if not block.is_dropped]
        known = [each for each in told if each is not None]
        back = reverse("goals:objective", args=[self.row.pk]) if self.row else reverse("goals:mine")
        return {
            "form": head,
            "blocks": [(block, self._sentence(block)) for block in blocks],
            "errors": sum(len(each.errors) for each in [head, *blocks] if each.is_bound),
            "weights_sum": formats.plain(weights.total(known)),
            "weights_whole": not known or (weights.is_whole(known) and len(known) == len(told)),
            "weights_empty": not known,
            "cycle": self.cycle,
            "row": self.row,
            "action": self.request.get_full_path(),
            "back": back,
            "crumbs": [(_("Goals"), reverse("goals:mine")), *([(self.row.title, back)] if self.row else [])],
            "most": len(blocks) >= MOST_BLOCKS,
            "offered": self.choices.metrics.values() if self.choices.once else None,
        }

    def _seen_theirs(self) -> ObjectiveForm:
        """The same typing, on top of what stands now: whoever saves again has been shown it."""
        theirs, data = self._theirs(), self.request.POST.copy()
        data["revision"] = str(theirs.revision) if theirs else ""
        head = ObjectiveForm(data, choices=self.choices)
        head.is_valid()
        return head

    def _theirs(self) -> Objective | None:
        """What somebody else has saved meanwhile, so that saving again is of what has been seen."""
        return Objective.objects.filter(pk=self.row.pk).first() if self.row else None

    def _sentence(self, block: KeyResultForm) -> str:
        if not block.is_bound:
            data = {block.add_prefix(name): value for name, value in (block.initial or {}).items()}
            for name in (*ALL_FIGURES, "weight"):
                prepared = block.fields[name].prepare_value((block.initial or {}).get(name))
                data[block.add_prefix(name)] = "" if prepared is None else prepared
            block = KeyResultForm(data, choices=self.choices, at=block.at, stored=block.stored)
            block.is_valid()
        draft = block.draft()
        return sentence(draft, block.style if block.metric_view else digits_of(draft), self.cycle)


def _moved(issue: Issue, where: str) -> Issue:
    return replace(issue, where=where)


def _told(row: KeyResult) -> dict[str, object]:
    """A stored key result as the fields of its block."""
    told: dict[str, object] = {
        name: getattr(row, name) for name in ("title", "kind", "grain", "dimension", "member", "unit")
    }
    told |= {name: getattr(row, name) for name in (*ALL_FIGURES, "weight")}
    told_steps = [StepDraft(step.title, step.weight, step.due, step.pk) for step in row.milestones.all()]
    return told | {
        "id": str(row.pk),
        "metric": row.metric.key if row.metric_id else "",
        "rule": row.range_rule,
        "owner": str(row.owner_id or ""),
        "steps": steps.write(told_steps),
    }


def _weight(block: KeyResultForm) -> Decimal | None:
    """The weight in a block, whether it has been read already or was only typed."""
    if block.is_bound:
        return block.cleaned_data.get("weight")
    return _decimal(block.initial.get("weight"))


def _decimal(text: object) -> Decimal | None:
    if isinstance(text, Decimal):
        return text
    try:
        value = Decimal(str(text or "").strip().removesuffix("%") or "x")
    except InvalidOperation:
        return None
    return value if value.is_finite() and value >= 0 else None


def _balance(typed: list[dict[str, object]], *, evenly: bool) -> None:
    """Make the weights of the blocks 100 %: all the same, or in proportion (what is empty weighs nothing)."""
    told = [_decimal(each.get("weight")) or Decimal(0) for each in typed]
    after = weights.evenly(len(typed)) if evenly else weights.in_proportion(told)
    for each, weight in zip(typed, after, strict=True):
        each["weight"] = weight
