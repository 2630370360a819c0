"""A team's check-ins and meetings: who has said what, one screen for each objective, the summary, how often."""

from __future__ import annotations

from decimal import Decimal
from uuid import UUID

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from apps.accounts import selectors as accounts
from apps.accounts.access import requires
from apps.common.middleware import tell
from apps.goals import services
from apps.goals.forms.checkins import RHYTHMS, WEEKDAYS, CadenceForm
from apps.goals.models import Meeting
from apps.goals.presentation import checkins as words
from apps.goals.presentation.objectives import KeyResultRow, writer_for
from apps.goals.selectors import checkins, cycles
from apps.goals.selectors import meetings as selectors
from apps.goals.selectors.days import today
from apps.goals.selectors.people import Reader, reader
from apps.goals.services.cadences import may_set
from apps.goals.services.meetings import may_lead
from apps.goals.views.checkins import row_of
from apps.kernel.issue import N_, Forbidden, NotHere, Refusal
from apps.targets.presentation import kept, kept_when_asked

PER_PAGE = 20
NO_TEAM = N_("There is no such team.")
LEFT = N_("This objective is not in the meeting any more. What you typed is still here.")


@requires("objectives.view")
@require_GET
def team(request: HttpRequest, team_id: UUID) -> HttpResponse:
    """Who of a team has said what, who missed how many, and its meetings. Seventeen queries."""
    return kept(request, "goals/checkins_team.html", lambda: _team(request, team_id))


def _team(request: HttpRequest, team_id: UUID) -> dict[str, object]:
    looking = reader(request.actor)
    line = looking.teams.get(team_id)
    if line is None:
        raise NotHere(NO_TEAM)
    found = checkins.of_team(looking, team_id, today())
    names = accounts.names_of({each.responsible for each in found if each.responsible})
    rows = [
        {**row_of(each), "who": names.get(each.responsible, _("nobody")), "may": looking.may_check_in(each.key_result)}
        for each in found
    ]
    own = {each.key_result.objective.cycle_id for each in found if not each.key_result.objective.private}
    usual = cycles.usual([cycle for cycle in cycles.cycles() if cycle.closed_at is None and cycle.pk in own])
    return {
        "team": line,
        "rows": rows,
        "missed": sum(each.missed for each in found),
        "due": sum(each.due_so_far for each in found),
        "cycle": usual,
        "page": Paginator(selectors.meetings_of(team_id), PER_PAGE).get_page(request.GET.get("page")),
        "rhythm": _rhythm(looking, team_id),
        "may_lead": may_lead(looking, team_id) and request.actor.may("checkins.write"),
        "may_set": may_set(looking, team_id) and request.actor.may("checkins.write"),
        "crumbs": [(_("Check-ins"), reverse("checkins:mine"))],
    }


def _rhythm(looking: Reader, team_id: UUID | None) -> str:
    """How often a team checks in, in words."""
    rule = [each for each in checkins.cadences(looking.teams).of(team_id) if each.since <= today()][-1]
    return _("%(often)s, on %(day)s") % {"often": RHYTHMS[rule.every], "day": WEEKDAYS[rule.weekday]}


@requires("objectives.view", write="checkins.write")
@require_http_methods(["GET", "POST"])
@kept_when_asked
def cadence(request: HttpRequest, team_id: UUID | None = None) -> HttpResponse:
    """Say how often a team, or everybody, checks in, from a day on."""
    looking = reader(request.actor)
    if team_id is not None and team_id not in looking.teams:
        raise NotHere(NO_TEAM)
    if not may_set(looking, team_id):
        raise Forbidden(services.cadences.NOT_YOURS)
    rule = checkins.cadences(looking.teams).of(team_id)[-1]
    told = {name: getattr(rule, name) for name in ("every", "weekday", "skip_within_days", "grace_days")}
    form = CadenceForm(
        request.POST if request.method == "POST" else None, initial={**told, "since": max(rule.since, today())}
    )
    if form.is_bound and form.is_valid():
        try:
            services.set_cadence(
                actor=request.actor, team_id=team_id, rule=form.rule(), today=today(), now=timezone.now()
            )
        except Refusal as refusal:
            form.show(refusal.issues)
        else:
            tell(request, _("The cadence is saved."))
            return redirect("checkins:team", team_id) if team_id else redirect("checkins:mine")
    context = {
        "form": form,
        "team": looking.teams[team_id] if team_id else None,
        "rhythm": _rhythm(looking, team_id),
        "crumbs": [(_("Check-ins"), reverse("checkins:mine"))],
    }
    return render(request, "goals/cadence.html", context, status=422 if form.errors else 200)


@requires("checkins.write")
@require_POST
def begin(request: HttpRequest, team_id: UUID) -> HttpResponse:
    """Begin a meeting of a team about a cycle, or go on with one that has not ended."""
    try:
        cycle_id = UUID(request.POST.get("cycle", ""))
    except ValueError:
        raise NotHere(_("There is no such OKR cycle.")) from None
    made = services.begin_meeting(
        actor=request.actor, team_id=team_id, cycle_id=cycle_id, today=today(), now=timezone.now()
    )
    return redirect("checkins:meeting", made.pk)


@requires("objectives.view", write="checkins.write")
@require_http_methods(["GET", "POST"])
@kept_when_asked
def meeting(request: HttpRequest, meeting_id: UUID) -> HttpResponse:
    """One screen for each objective while it goes on, at the end the summary; one that has ended is all summary."""
    row, looking = selectors.meeting_for(meeting_id), reader(request.actor)
    shown = selectors.shown_in(row)
    if request.method == "POST":
        act = _end if request.POST.get("act") == "end" else _noted
        return act(request, row, looking, shown)
    asked = request.GET.get("at", "")
    at = min(int(asked) if asked.isdecimal() and len(asked) < 4 else 0, len(shown))
    if row.ended_at is not None or at == len(shown):
        return _summary(request, row, looking, shown)
    return _screen(request, row, looking, shown, at)


def _noted(request: HttpRequest, row: Meeting, looking: Reader, shown: list) -> HttpResponse:
    """Keep what was noted of the objective that was on the screen, wherever it stands by now, and turn the page."""
    typed = {"text": request.POST.get("text", ""), "spoke": request.POST.get("spoke", "")}
    wanted = _id(request.POST.get("objective", ""))
    at = next((place for place, each in enumerate(shown) if each.pk == wanted), None)
    try:
        if wanted is None or (at is None and row.ended_at is None):
            raise Refusal(LEFT, status=409)
        _note(request, row, wanted, typed)
    except Refusal as refusal:
        problem, status = _why(refusal), refusal.status
        row = selectors.meeting_for(row.pk)
        if at is None or row.ended_at is not None:
            return _summary(request, row, looking, shown, problem=problem, status=status, lost=typed["text"])
        return _screen(request, row, looking, shown, at, typed, problem, status)
    onward = max(at - 1 if "back" in request.POST else at + 1, 0)
    return redirect(f"{reverse('checkins:meeting', args=[row.pk])}?at={onward}&saved=1")


def _end(request: HttpRequest, row: Meeting, looking: Reader, shown: list) -> HttpResponse:
    """End it with what was agreed; what somebody typed for one that has ended already is shown to them."""
    summary = request.POST.get("summary", "")
    try:
        services.end_meeting(actor=request.actor, meeting_id=row.pk, summary=summary, today=today(), now=timezone.now())
    except Refusal as refusal:
        row = selectors.meeting_for(row.pk)
        lost = summary if row.ended_at is not None else ""
        return _summary(request, row, looking, shown, problem=_why(refusal), status=refusal.status, lost=lost)
    tell(request, _("The meeting has ended. The team is told where to read its summary."))
    return redirect("checkins:meeting", row.pk)


def _note(request: HttpRequest, row: Meeting, objective_id: UUID, typed: dict[str, str]) -> None:
    seen = request.POST.get("seen", "0")
    services.note(
        actor=request.actor, meeting_id=row.pk, objective_id=objective_id, text=typed["text"],
        spoke=_id(typed["spoke"]), seen=int(seen) if seen.isdecimal() and len(seen) < 8 else 0, today=today(),
    )  # fmt: skip


def _screen(
    request: HttpRequest,
    row: Meeting,
    looking: Reader,
    shown: list,
    at: int,
    typed: object = None,
    problem: str = "",
    status: int = 200,
) -> HttpResponse:
    objective = shown[at]
    lines = checkins.of_team(looking, row.team_id, today(), cycle_id=row.cycle_id)
    held = row.notes["said"].get(str(objective.pk), {})
    members = accounts.people_in([row.team_id], today())
    names = sorted(accounts.names_of(members | {objective.owner_id or row.led_by}).items(), key=lambda each: each[1])
    own = selectors.by_objective_of(lines).get(objective.pk, [])
    results = [line.key_result for line in own]
    told = writer_for(row.cycle, results, {objective.owner_id}, today()).objective(objective, results)
    context = {
        "meeting": row,
        "objective": objective,
        "shown": told,
        "rows": [_key_result(*each) for each in zip(own, told.key_results, strict=True)],
        "held": held,
        "typed": typed or {"text": held.get("text", ""), "spoke": held.get("spoke") or str(objective.owner_id or "")},
        "problem": problem,
        "people": [(str(pk), name) for pk, name in names],
        "at": at,
        "number": at + 1,
        "count": len(shown),
        "may_note": _may_note(request, looking, row.team_id, members),
        "keep": f"meeting:{request.actor.id}:{row.pk}:{objective.pk}",
        "crumbs": [(row.team.name, reverse("checkins:team", args=[row.team_id]))],
    }
    return render(request, "goals/meeting.html", context, status=status)


def _may_note(request: HttpRequest, looking: Reader, team_id: UUID, members: set[UUID]) -> bool:
    return request.actor.may("checkins.write") and (request.actor.id in members or may_lead(looking, team_id))


def _key_result(line: checkins.Line, shown: KeyResultRow) -> dict[str, object]:
    style = shown.style if shown.metric else None
    return {**row_of(line), "way": words.way(line.key_result, style), "last": line.last, "goal": shown.goal}


def _summary(
    request: HttpRequest,
    row: Meeting,
    looking: Reader,
    shown: list,
    *,
    problem: str = "",
    status: int = 200,
    lost: str = "",
) -> HttpResponse:
    """What was said of each objective; while the meeting goes on with the form that ends it. `lost` is what somebody
    typed that cannot be kept."""
    leads = may_lead(looking, row.team_id) and request.actor.may("checkins.write")
    then = row.notes.get("then") or selectors.snapshot(looking, row, today())
    context = {
        "meeting": row,
        "parts": [_part(each, row.notes["said"].get(str(each.pk), {}), then.get(str(each.pk), {})) for each in shown],
        "may_end": leads and row.ended_at is None,
        "typed": request.POST.get("summary", ""),
        "problem": problem,
        "lost": lost,
        "back": max(len(shown) - 1, 0),
        "keep": f"meeting:{request.actor.id}:{row.pk}:summary",
        "crumbs": [(row.team.name, reverse("checkins:team", args=[row.team_id]))],
    }
    return render(request, "goals/meeting_summary.html", context, status=status)


def _part(objective: object, said: dict, then: dict) -> dict[str, object]:
    progress = then.get("progress")
    worst = next((each for each in ("off_track", "at_risk", "on_track") if each in then.get("confidence", [])), "")
    return {
        "objective": objective,
        "said": said,
        "progress": None if progress is None else Decimal(progress),
        "confidence": words.confidence(worst),
        "blockers": then.get("blockers", []),
        "next": then.get("next", []),
    }


def _why(refusal: Refusal) -> str:
    return " ".join([refusal.in_words(_), *(issue.in_words(_) for issue in refusal.issues)])


def _id(text: str) -> UUID | None:
    try:
        return UUID(text) if text else None
    except ValueError:
        return None
