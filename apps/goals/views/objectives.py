"""One objective: how it stands, what it is for, its history; dropping, handing over, scoring, steps, values."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from apps.accounts import selectors as accounts
from apps.accounts.access import requires
from apps.audit.domain.words import words_of
from apps.audit.selectors import history_of
from apps.common.middleware import tell
from apps.goals import services
from apps.goals.domain.cycles import Stand
from apps.goals.forms.initiatives import Shown
from apps.goals.forms.objectives import EndForm, HandOverForm, ScoreForm
from apps.goals.models import Milestone, Objective
from apps.goals.presentation import objectives as pages
from apps.goals.presentation import talk
from apps.goals.presentation.cycles import cycle_days, cycle_word
from apps.goals.presentation.history import action_rows, actions_of, charts_of
from apps.goals.selectors import objectives as selectors
from apps.goals.selectors.cycles import stand_of
from apps.goals.selectors.days import today
from apps.goals.selectors.people import Reader, reader, successors
from apps.goals.services.holding import NOT_YOURS
from apps.kernel.issue import N_, Forbidden, NotHere, Refusal
from apps.targets.presentation import kept, kept_when_asked

HISTORY = 30


@requires("objectives.view")
@require_GET
def detail(request: HttpRequest, objective_id: UUID) -> HttpResponse:
    """An objective with everything about it. Twenty-one queries at most, however many key results."""
    return kept(request, "goals/objectives/detail.html", lambda: _detail(request, objective_id))


def _detail(request: HttpRequest, objective_id: UUID) -> dict[str, object]:
    looking = reader(request.actor)
    row = selectors.objective_for(looking, objective_id)
    every = selectors.key_results_of(row)
    live = [each for each in every if each.dropped_at is None]
    below = list(selectors.seen_by(looking).filter(parent=row, dropped_at__isnull=True).select_related("cycle"))
    writer = pages.writer_for(row.cycle, live, {row.owner_id, *(each.owner_id for each in live)})
    shown = writer.objective(row, live)
    stand, said = stand_of(row.cycle), talk.activity(looking, row)
    actions = actions_of([each.pk for each in live]) if request.actor.may("initiatives.view") else {}
    charts = charts_of(row.cycle, shown.key_results, actions)
    return {
        "shown": shown,
        "said": said,
        "row": row,
        "cycle": row.cycle,
        "cycle_word": cycle_word(row.cycle),
        "cycle_days": cycle_days(row.cycle),
        "stand": str(stand),
        "key_results": [
            (
                each,
                looking.may_check_in(each.row),
                charts.get(each.row.pk),
                action_rows(actions.get(each.row.pk, [])),
            )
            for each in _with(row, shown.key_results)
        ],
        "has_charts": bool(charts),
        "inactive": writer.inactive,
        "dropped": [each for each in every if each.dropped_at is not None],
        "parent": row.parent if row.parent is not None and looking.sees(row.parent) else None,
        "below": [(each, pages.share_words(each.progress), pages.place_words(each)) for each in below],
        "history": [(_(words_of(entry.act)), entry) for entry in history_of(row)[:HISTORY]],
        "follows": said["follows"],
        "may_change": looking.may_change(row) and stand is not Stand.CLOSED,
        "weights_whole": not live or sum(each.weight for each in live) == 100,
        "is_open": stand is not Stand.CLOSED and row.dropped_at is None,
        "may_score": looking.may_change(row) and stand is Stand.OVER and row.dropped_at is None,
        "crumbs": _crumbs(row),
    }


def _with(row: Objective, key_results: tuple[pages.KeyResultRow, ...]) -> tuple[pages.KeyResultRow, ...]:
    """Each key result knows its objective without asking again."""
    for each in key_results:
        each.row.objective = row
    return key_results


@requires("objectives.edit")
@require_http_methods(["GET", "POST"])
@kept_when_asked
def drop(request: HttpRequest, objective_id: UUID) -> HttpResponse:
    """Ask why an objective is given up."""
    row, _looking = _mine(request, objective_id)
    form = EndForm(request.POST or None, initial={"revision": row.revision})
    if form.is_bound and form.is_valid():
        act = _Act(
            lambda: services.drop_objective(
                actor=request.actor, objective_id=row.pk, revision=form.cleaned_data.get("revision") or 0,
                reason=form.cleaned_data["reason"], now=timezone.now(),
            )
        )  # fmt: skip
        if act.done(form):
            tell(request, _("“%(title)s” is dropped. It can be taken up again.") % {"title": row.title})
            return redirect("goals:objective", row.pk)
        return _ask(request, "goals/objectives/drop.html", form, row, act.status)
    return _ask(request, "goals/objectives/drop.html", form, row)


@requires("objectives.edit")
@require_POST
def take_up(request: HttpRequest, objective_id: UUID) -> HttpResponse:
    """Undo the dropping of an objective."""
    row = services.take_up_objective(actor=request.actor, objective_id=objective_id, now=timezone.now())
    tell(request, _("“%(title)s” counts again.") % {"title": row.title})
    return redirect("goals:objective", row.pk)


@requires("objectives.edit")
@require_http_methods(["GET", "POST"])
@kept_when_asked
def hand_over(request: HttpRequest, objective_id: UUID) -> HttpResponse:
    """Ask who answers for it from now on."""
    row, looking = _mine(request, objective_id)
    may = successors(looking, row)
    choices = [(pk, name) for pk, name in accounts.active_names(may).items() if pk != row.owner_id]
    form = HandOverForm(request.POST or None, people=choices, initial={"revision": row.revision})
    if form.is_bound and form.is_valid():
        to = form.cleaned_data.get("to")
        act = _Act(
            lambda: services.hand_over(
                actor=request.actor, objective_id=row.pk, revision=form.cleaned_data.get("revision") or 0,
                to=UUID(to) if to else None,
            )
        )  # fmt: skip
        if act.done(form):
            tell(request, _("It is handed over."))
            return redirect("goals:objective", row.pk)
        return _ask(request, "goals/objectives/hand_over.html", form, row, act.status)
    return _ask(request, "goals/objectives/hand_over.html", form, row, nobody=not choices)


@requires("objectives.edit")
@require_POST
def move(request: HttpRequest, objective_id: UUID, way: str) -> HttpResponse:
    """Put an objective one place up or down."""
    if way not in ("up", "down"):
        raise NotHere(N_("There is no such way."))
    row = services.move_objective(actor=request.actor, objective_id=objective_id, way=way)
    names = {Objective.Level.COMPANY: "company", Objective.Level.PERSON: "mine"}
    if row.level == Objective.Level.TEAM:
        return redirect(f"{reverse('goals:team', args=[row.team_id])}?cycle={row.cycle_id}")
    return redirect(f"{reverse('goals:' + names[Objective.Level(row.level)])}?cycle={row.cycle_id}")


@requires("objectives.edit")
@require_POST
def balance(request: HttpRequest, objective_id: UUID, way: str) -> HttpResponse:
    """Make the weights of its key results 100 %, evenly or in proportion."""
    if way not in ("evenly", "in-proportion"):
        raise NotHere(N_("There is no such way."))
    services.balance_weights(
        actor=request.actor, objective_id=objective_id, revision=_number(request.POST.get("revision")),
        evenly=way == "evenly", now=timezone.now(),
    )  # fmt: skip
    tell(request, _("The weights add up to 100%."))
    return redirect("goals:objective", objective_id)


@requires("objectives.edit")
@require_http_methods(["GET", "POST"])
@kept_when_asked
def score(request: HttpRequest, objective_id: UUID) -> HttpResponse:
    """Ask what an objective was worth, once its cycle is over."""
    row, _looking = _mine(request, objective_id)
    if stand_of(row.cycle) is not Stand.OVER:
        raise Refusal(N_("Objectives are scored once the last day of their cycle is over."), status=409)
    initial = {"judged": row.score_judged, "reason": row.score_reason, "revision": row.revision}
    form = ScoreForm(request.POST or None, initial=initial)
    if form.is_bound and form.is_valid():
        act = _Act(
            lambda: services.score_objective(
                actor=request.actor, objective_id=row.pk, revision=form.cleaned_data.get("revision") or 0,
                judged=form.cleaned_data.get("judged"), reason=form.cleaned_data["reason"], now=timezone.now(),
            )
        )  # fmt: skip
        if act.done(form):
            tell(request, _("The score is kept."))
            return redirect("goals:objective", row.pk)
        return _ask(request, "goals/objectives/score.html", form, row, act.status)
    return _ask(request, "goals/objectives/score.html", form, row)


@requires("objectives.edit")
@require_POST
def take_up_key_result(request: HttpRequest, key_result_id: UUID) -> HttpResponse:
    """Undo the dropping of a key result."""
    row = services.take_up_key_result(actor=request.actor, key_result_id=key_result_id, now=timezone.now())
    tell(request, _("The key result counts again."))
    return redirect("goals:objective", row.pk)


@requires("checkins.write")
@require_POST
def step(request: HttpRequest, milestone_id: UUID) -> HttpResponse:
    """Say that a step is done today, or not done after all."""
    found = Milestone.objects.select_related("key_result").filter(pk=milestone_id).first()
    if found is None:
        raise NotHere(N_("There is no such step."))
    row = selectors.key_result_for(reader(request.actor), found.key_result_id)
    on = min(today(), row.objective.cycle.due)
    services.say_step(
        actor=request.actor, milestone_id=milestone_id, done=request.POST.get("done") == "1", on=on, now=timezone.now()
    )
    return redirect(f"{reverse('goals:objective', args=[row.objective_id])}#kr-{row.pk}")


@requires("objectives.view")
@require_POST
def follow(request: HttpRequest, objective_id: UUID) -> HttpResponse:
    """Be told what happens to an objective, or no more."""
    if request.POST.get("follow") == "1":
        services.follow(actor=request.actor, objective_id=objective_id)
        tell(request, _("You will be told what happens to it."))
    else:
        services.unfollow(actor=request.actor, objective_id=objective_id)
        tell(request, _("You will be told no more of it."))
    return redirect("goals:objective", objective_id)


class _Act:
    """An act whose refusal is shown in its form: what was typed stays, and the answer has the refusal's status."""

    def __init__(self, act: object) -> None:
        self.act, self.status = act, 422

    def done(self, form: Shown) -> bool:
        try:
            self.act()  # type: ignore[operator]
        except Refusal as refusal:
            if not refusal.issues:
                form.add_error(None, refusal.in_words(_))
            form.show(refusal.issues)
            self.status = refusal.status
            return False
        return True


def _mine(request: HttpRequest, objective_id: UUID) -> tuple[Objective, Reader]:
    looking = reader(request.actor)
    row = selectors.objective_for(looking, objective_id)
    if not looking.may_change(row):
        raise Forbidden(NOT_YOURS)
    return row, looking


def _ask(
    request: HttpRequest, template: str, form: Shown, row: Objective, status: int | None = None, **more: object
) -> HttpResponse:
    own = list(row.key_results.filter(dropped_at__isnull=True).select_related("metric"))
    shown = pages.writer_for(row.cycle, own, {row.owner_id}).objective(row, own)
    context = {"form": form, "row": row, "shown": shown, "crumbs": _crumbs(row, own=True), **more}
    return render(request, template, context, status=status or (422 if form.is_bound else 200))


def _number(text: str | None) -> int:
    return int(text) if text and text.isdecimal() and len(text) < 10 else 0


def _crumbs(row: Objective, *, own: bool = False) -> list[tuple[str, str]]:
    cycle = f"?cycle={row.cycle_id}"
    found = [(_("Goals"), reverse("goals:mine") + cycle)]
    if row.level == Objective.Level.TEAM and row.team is not None:
        found.append((row.team.name, reverse("goals:team", args=[row.team_id]) + cycle))
    elif row.level == Objective.Level.COMPANY:
        found.append((_("Company"), reverse("goals:company") + cycle))
    return [*found, (row.title, reverse("goals:objective", args=[row.pk]))] if own else found
