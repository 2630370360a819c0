"""Cycles: all of them, making and changing one, copying objectives into one, closing and opening again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from django.core.paginator import Paginator
from django.db import transaction
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from apps.accounts.access import requires
from apps.audit.domain.words import words_of
from apps.audit.selectors import history_of
from apps.common import formats
from apps.common.middleware import tell
from apps.goals import services
from apps.goals.domain import scoring
from apps.goals.domain.cycles import Stand, days_of
from apps.goals.forms.cycles import CycleForm, IntoForm, NewCycleForm
from apps.goals.forms.objectives import EndForm, ScoreForm
from apps.goals.models import Cycle, CycleTemplate, KeyResult, Objective
from apps.goals.presentation import objectives as pages
from apps.goals.presentation.cycles import counts_of, cycle_days, cycle_word, template_words
from apps.goals.selectors import cycles as cycles_of
from apps.goals.selectors import objectives as selectors
from apps.goals.selectors import templates as templates_of
from apps.goals.selectors.days import today
from apps.goals.selectors.people import Reader, reader
from apps.kernel.issue import Refusal
from apps.kernel.period import Grain
from apps.targets.presentation import kept, kept_when_asked
from apps.workspaces.scope import current_workspace

PER_PAGE = 20
HISTORY = 20


@requires("objectives.view")
@require_GET
def cycle_list(request: HttpRequest) -> HttpResponse:
    """Every cycle with how it stands and how many objectives it has, and the templates. Five queries."""
    return kept(request, "goals/cycles/list.html", lambda: _cycles(request))


def _cycles(request: HttpRequest) -> dict[str, object]:
    counted = dict(
        Objective.objects.filter(dropped_at__isnull=True, private=False)
        .order_by()
        .values_list("cycle_id")
        .annotate(n=Count("pk"))
    )
    rows = [
        {"cycle": each, "word": cycle_word(each), "days": cycle_days(each), "count": counted.get(each.pk, 0)}
        for each in cycles_of.cycles()
    ]
    return {
        "rows": rows,
        "may_manage": request.actor.may("cycles.manage"),
        "templates": [(each, *counts_of(each)) for each in templates_of.templates()],
        "crumbs": crumbs(),
    }


@requires("cycles.manage")
@require_http_methods(["GET", "POST"])
@kept_when_asked
def new(request: HttpRequest) -> HttpResponse:
    """Make a cycle: the next quarter is offered; with `like`, counted as another one is; with what a template holds."""
    every, offered = cycles_of.cycles(), templates_of.templates()
    like = next((each for each in every if str(each.pk) == request.GET.get("like", "")), None)
    asked = next((each for each in offered if str(each.pk) == request.GET.get("template", "")), None)
    named = [(each.pk, template_words(each)) for each in offered if like is None]
    initial = _next(every, like or asked) | {"template": str(asked.pk) if asked else ""}
    form = NewCycleForm(request.POST or None, initial=initial, templates=named)
    status = 200
    if form.is_bound:
        status = 422
        if form.is_valid():
            try:
                made = _made(request, form, like)
            except Refusal as refusal:
                form.show(refusal.issues)
            else:
                return redirect("goals:cycle", made.pk)
    return render(
        request, "goals/cycles/edit.html", {"form": form, "like": like, "crumbs": crumbs(True)}, status=status
    )


def _made(request: HttpRequest, form: NewCycleForm, like: Cycle | None) -> Cycle:
    told, template_id = form.told(), form.template_id()
    if template_id is None:
        made = services.make_cycle(actor=request.actor, like=like.pk if like else None, **told)
        tell(request, _("“%(name)s” is made.") % {"name": made.name})
        return made
    own = {name: told[name] for name in ("name", "kind", "start", "due")}
    made, gone = services.make_from_template(actor=request.actor, template_id=template_id, now=timezone.now(), **own)
    words = _("“%(name)s” is made, with the objectives of the template.") % {"name": made.name}
    if gone:
        left = _("Left out, as their team or metric is no longer in use: %(titles)s.")
        words = f"{words} {left % {'titles': '; '.join(gone)[:500]}}"
    tell(request, words)
    return made


@requires("objectives.view")
@require_GET
def cycle(request: HttpRequest, cycle_id: UUID) -> HttpResponse:
    """A cycle: how it is counted, what is in it, what has been done with it. Eight queries."""
    return kept(request, "goals/cycles/detail.html", lambda: _cycle(request, cycle_id))


def _cycle(request: HttpRequest, cycle_id: UUID) -> dict[str, object]:
    row = cycles_of.cycle_for(cycle_id)
    stand = cycles_of.stand_of(row)
    may = request.actor.may("cycles.manage")
    return {
        "cycle": row,
        "word": cycle_word(row),
        "days": cycle_days(row),
        "stand": str(stand),
        "may_manage": may,
        "may_edit": may and stand is not Stand.CLOSED,
        "figures": _figures(row),
        "history": [(_(words_of(entry.act)), entry) for entry in history_of(row)[:HISTORY]],
        "may_copy": request.actor.may("objectives.edit"),
        "crumbs": crumbs(True),
    }


@requires("cycles.manage")
@require_http_methods(["GET", "POST"])
@kept_when_asked
def edit(request: HttpRequest, cycle_id: UUID) -> HttpResponse:
    """Change a cycle that is open."""
    row = cycles_of.cycle_for(cycle_id)
    names = ("name", "kind", "start", "due", "rollup", "pace", "revision")
    form = CycleForm(request.POST or None, initial={name: getattr(row, name) for name in names})
    status = 200
    if form.is_bound:
        status = 422
        if form.is_valid():
            try:
                services.change_cycle(
                    actor=request.actor, cycle_id=row.pk, revision=form.cleaned_data.get("revision") or 0,
                    now=timezone.now(), **form.told(),
                )  # fmt: skip
            except Refusal as refusal:
                if not refusal.issues:
                    form.add_error(None, refusal.in_words(_))
                form.show(refusal.issues)
                status = refusal.status
            else:
                tell(request, _("The change is saved."))
                return redirect("goals:cycle", row.pk)
    return render(request, "goals/cycles/edit.html", {"form": form, "row": row, "crumbs": crumbs(True)}, status=status)


@requires("cycles.manage")
@require_POST
def delete(request: HttpRequest, cycle_id: UUID) -> HttpResponse:
    """Delete a cycle without objectives."""
    name = services.delete_cycle(actor=request.actor, cycle_id=cycle_id)
    tell(request, _("“%(name)s” is deleted.") % {"name": name})
    return redirect("goals:cycles")


@requires("cycles.manage")
@require_http_methods(["GET", "POST"])
@kept_when_asked
def reopen(request: HttpRequest, cycle_id: UUID) -> HttpResponse:
    """Ask why a closed cycle is opened again."""
    row = cycles_of.cycle_for(cycle_id)
    form = EndForm(request.POST or None)
    status = 200
    if form.is_bound and form.is_valid():
        try:
            services.reopen_cycle(
                actor=request.actor, cycle_id=row.pk, reason=form.cleaned_data["reason"], now=timezone.now()
            )
        except Refusal as refusal:
            if not refusal.issues:
                form.add_error(None, refusal.in_words(_))
            form.show(refusal.issues)
            status = refusal.status
        else:
            tell(request, _("“%(name)s” is open again.") % {"name": row.name})
            return redirect("goals:cycle", row.pk)
    context = {"form": form, "cycle": row, "crumbs": crumbs(True, row)}
    return render(request, "goals/cycles/reopen.html", context, status=status)


@requires("objectives.edit")
@require_http_methods(["GET", "POST"])
@kept_when_asked
def copy(request: HttpRequest, cycle_id: UUID) -> HttpResponse:
    """Choose objectives of a cycle that start again in another one, or carry on there."""
    row = cycles_of.cycle_for(cycle_id)
    looking = reader(request.actor)
    found = selectors.for_cycle(looking, row.pk).select_related("cycle")
    own = [each for each in found if looking.may_change(each)]
    into = [each for each in cycles_of.cycles() if each.pk != row.pk and each.closed_at is None]
    form = IntoForm(request.POST or None, cycles=[(each.pk, each.name) for each in into])
    chosen = set(request.POST.getlist("objective"))
    carry = request.POST.get("way") == "carry"
    if form.is_bound and form.is_valid():
        ids = [each.pk for each in own if str(each.pk) in chosen]
        to = form.cleaned_data.get("to")
        if not ids:
            form.add_error(None, _("Choose one objective or more."))
        if not to:
            form.add_error("to", _("Choose a cycle."))
        if ids and to:
            act = services.carry_over if carry else services.copy_objectives
            made = act(actor=request.actor, objective_ids=ids, to=UUID(to), now=timezone.now())
            tell(request, _("%(n)s objectives are in the other cycle now.") % {"n": len(made)})
            return redirect(f"{reverse('goals:everything')}?cycle={to}")
    rows = [(each, pages.share_words(each.progress), pages.place_words(each), str(each.pk) in chosen) for each in own]
    context = {"form": form, "cycle": row, "rows": rows, "into": into, "carry": carry, "crumbs": crumbs(True, row)}
    return render(request, "goals/cycles/copy.html", context, status=422 if form.is_bound else 200)


@requires("cycles.manage")
@require_http_methods(["GET", "POST"])
@kept_when_asked
def close(request: HttpRequest, cycle_id: UUID) -> HttpResponse:
    """Go through the objectives of a cycle that is over: score, carry over or finish; then close it."""
    row = cycles_of.cycle_for(cycle_id)
    if row.closed_at is not None:
        return redirect("goals:cycle", row.pk)
    if request.method == "POST" and request.POST.get("act") == "close":
        revision = request.POST.get("revision", "")
        services.close_cycle(
            actor=request.actor, cycle_id=row.pk, now=timezone.now(),
            revision=int(revision) if revision.isdecimal() and len(revision) < 10 else 0,
        )  # fmt: skip
        tell(request, _("“%(name)s” is closed. Its values are frozen.") % {"name": row.name})
        return redirect("goals:cycle", row.pk)
    return Closing(request, row).answer()


@dataclass
class Closing:
    """A page of the closing: each objective's computed score, a judged one with its reason, and what becomes of it."""

    request: HttpRequest
    cycle: Cycle

    def answer(self) -> HttpResponse:
        looking = reader(self.request.actor)
        found = selectors.for_cycle(looking, self.cycle.pk, search=self.request.GET.get("q", "").strip()[:100])
        page = Paginator(found, PER_PAGE).get_page(self.request.GET.get("page"))
        rows = list(selectors.with_key_results(page.object_list))
        posted = self.request.POST.dict() if self.request.method == "POST" else None
        forms = {each.pk: self._form(each, posted) for each in rows}
        status = 200
        if posted is not None:
            if self._saved(rows, forms, looking):
                return redirect(self.request.get_full_path())
            status = 422
        into = [each for each in cycles_of.cycles() if each.pk != self.cycle.pk and each.closed_at is None]
        carried = set(
            Objective.objects.filter(carried_from__in=rows, dropped_at__isnull=True).values_list(
                "carried_from_id", flat=True
            )
        )
        context = {
            "cycle": self.cycle,
            "stand": str(cycles_of.stand_of(self.cycle)),
            "days": cycle_days(self.cycle),
            "figures": _figures(self.cycle),
            "page": page,
            "query": self.request.GET.get("q", ""),
            "rows": [
                (each, forms[each.row.pk], looking.may_close(each.row), each.row.pk in carried)
                for each in pages.written(self.cycle, rows)
            ],
            "into": into,
            "to": self.request.POST.get("to", ""),
            "crumbs": crumbs(True, self.cycle),
        }
        return render(self.request, "goals/cycles/close.html", context, status=status)

    def _form(self, row: Objective, posted: dict[str, str] | None) -> ScoreForm:
        initial = {"judged": row.score_judged, "reason": row.score_reason, "revision": row.revision}
        return ScoreForm(posted, prefix=f"o-{row.pk}", initial=initial)

    def _saved(self, rows: list[Objective], forms: dict[UUID, ScoreForm], looking: Reader) -> bool:
        """Keep every score that was said and carry over what was marked; nothing of it if one thing is refused."""
        own = [row for row in rows if looking.may_close(row)]
        with transaction.atomic():
            said = [row for row in own if {"judged", "reason"} & set(forms[row.pk].changed_data)]
            kept = [self._scored(row, forms[row.pk]) for row in said]
            made = self._carried([row for row in own if str(row.pk) in self.request.POST.getlist("carry")], forms)
            if not all(kept) or made is None:
                transaction.set_rollback(True)
                return False
        words = _("Kept; %(n)s objectives are carried over.") % {"n": made}
        tell(self.request, words if made else _("Kept."))
        return True

    def _carried(self, rows: list[Objective], forms: dict[UUID, ScoreForm]) -> int | None:
        """How many are carried over; None where that is refused."""
        if not rows:
            return 0
        first, to = forms[rows[0].pk], self.request.POST.get("to", "")
        if to not in {str(each.pk) for each in cycles_of.cycles()}:
            first.add_error(None, _("Choose the cycle it is carried over into, at the end of the page."))
            return None
        try:
            told = {"objective_ids": [row.pk for row in rows], "to": UUID(to), "now": timezone.now()}
            return len(services.carry_over(actor=self.request.actor, **told))
        except Refusal as refusal:
            first.add_error(None, refusal.in_words(_))
            return None

    def _scored(self, row: Objective, form: ScoreForm) -> bool:
        if not form.is_valid():
            return False
        told = form.cleaned_data
        try:
            services.score_objective(
                actor=self.request.actor, objective_id=row.pk, revision=told.get("revision") or 0,
                judged=told.get("judged"), reason=told.get("reason") or "", now=timezone.now(),
            )  # fmt: skip
        except Refusal as refusal:
            if refusal.status == 409:  # whoever saves again has seen what it is now
                form.data = form.data | {form.add_prefix("revision"): str(row.revision)}
            if not refusal.issues:
                form.add_error(None, refusal.in_words(_))
            form.show(refusal.issues)
            return False
        return True


def _figures(cycle: Cycle) -> dict[str, object]:
    """How much there is in a cycle and what is left to do in it, private objectives left out. Two queries."""
    rows = Objective.objects.filter(cycle=cycle, dropped_at__isnull=True, private=False)
    told = rows.aggregate(
        all=Count("pk"),
        judged=Count("pk", filter=Q(score_judged__isnull=False)),
        nothing=Count("pk", filter=Q(progress__isnull=True)),
        good=Count("pk", filter=Q(progress__gte=scoring.GOOD_FROM)),
        poor=Count("pk", filter=Q(progress__lt=scoring.FAIR_FROM)),
    )
    told["fair"] = told["all"] - told["nothing"] - told["good"] - told["poor"]
    key_results = KeyResult.objects.filter(objective__in=rows, dropped_at__isnull=True)
    return told | {"key_results": key_results.count()}


def _next(every: list[Cycle], like: Cycle | CycleTemplate | None) -> dict[str, object]:
    """The quarter that comes after the last one there is, with its name; counted as `like` is."""
    calendar = current_workspace().calendar
    kind = like.kind if like and like.kind != Cycle.Kind.CUSTOM else Cycle.Kind.QUARTER
    same = [each.due for each in every if each.kind == kind]
    start, due = days_of(kind, calendar, today())
    if same and max(same) >= due:
        start, due = days_of(kind, calendar, max(same) + timedelta(days=1))
    grain = {"year": Grain.YEAR, "half": Grain.HALF, "quarter": Grain.QUARTER, "month": Grain.MONTH}[kind]
    return {
        "name": formats.period(calendar.period_of(start, grain)), "kind": kind, "start": start, "due": due,
        "rollup": like.rollup if like else Cycle.Rollup.CLAMPED, "pace": like.pace if like else Cycle.Pace.DAYS,
    }  # fmt: skip


def crumbs(within: bool = False, row: Cycle | None = None) -> list[tuple[str, str]]:
    """The way to a page of cycles; `within` all of them, or one."""
    found = [(_("Goals"), reverse("goals:mine"))]
    if within:
        found.append((_("OKR cycles"), reverse("goals:cycles")))
    return [*found, (row.name, reverse("goals:cycle", args=[row.pk]))] if row else found
