"""What is said under an objective: check-ins and comments in one stream; writing, changing, deleting, following."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from apps.accounts.access import requires
from apps.common.middleware import tell
from apps.goals import services
from apps.goals.models import Comment
from apps.goals.presentation import talk as shown
from apps.goals.selectors import objectives
from apps.goals.selectors import talk as selectors
from apps.goals.selectors.people import reader
from apps.kernel.issue import Forbidden, Refusal
from apps.targets.presentation import kept, kept_when_asked


@requires("objectives.view")
@require_GET
def activity(request: HttpRequest, objective_id: UUID) -> HttpResponse:
    """Everything that was said under an objective, the newest first."""
    return kept(request, "goals/activity.html", lambda: _said(request, objective_id))


def _said(request: HttpRequest, objective_id: UUID, typed: str = "", problem: str = "") -> dict[str, object]:
    looking = reader(request.actor)
    objective = objectives.objective_for(looking, objective_id)
    asked = request.GET.get("page", "")
    page = int(asked) if asked.isdecimal() and len(asked) < 4 else 1
    return {
        **shown.activity(looking, objective, max(page, 1)),
        "typed": typed,
        "problem": problem,
        "crumbs": [(objective.title, reverse("goals:objective", args=[objective.pk]))],
    }


@requires("checkins.write")
@require_POST
def comment(request: HttpRequest, objective_id: UUID) -> HttpResponse:
    """Write something under an objective; a refused comment keeps what was typed."""
    text = request.POST.get("text", "")
    try:
        made = services.add_comment(
            actor=request.actor, objective_id=objective_id, text=text, now=timezone.now(), picked=_picked(request)
        )
    except Refusal as refusal:
        if refusal.status != 422:
            raise
        context = _said(request, objective_id, text, _why(refusal))
        return render(request, "goals/activity.html", context, status=refusal.status)
    return redirect(_to(made, "goals:objective" if request.POST.get("on_page") else "checkins:activity"))


@requires("objectives.view", write="checkins.write")
@require_http_methods(["GET", "POST"])
@kept_when_asked
def edit_comment(request: HttpRequest, comment_id: UUID) -> HttpResponse:
    """Say one's own comment anew."""
    row = selectors.comment_for(reader(request.actor), comment_id)
    if row.by != request.actor.id:
        raise Forbidden(services.comments.NOT_YOURS)
    typed, problem, status = row.text, "", 200
    if request.method == "POST":
        typed = request.POST.get("text", "")
        try:
            services.change_comment(
                actor=request.actor, comment_id=comment_id, text=typed, now=timezone.now(), picked=_picked(request),
                seen=_moment(request.POST.get("seen", "")),
            )  # fmt: skip
            return redirect(_to(row))
        except Refusal as refusal:
            problem, status = _why(refusal), refusal.status
            row.refresh_from_db()
    context = {
        "row": row, "objective": row.objective, "typed": typed, "problem": problem,
        "seen": row.edited_at.isoformat() if row.edited_at else "",
        "crumbs": [(row.objective.title, reverse("checkins:activity", args=[row.objective_id]))],
    }  # fmt: skip
    return render(request, "goals/comment_edit.html", context, status=status)


@requires("checkins.write")
@require_POST
def delete_comment(request: HttpRequest, comment_id: UUID) -> HttpResponse:
    """Take one's own comment away."""
    row = services.delete_comment(actor=request.actor, comment_id=comment_id, now=timezone.now())
    tell(request, _("The comment is deleted."))
    return redirect("checkins:activity", row.objective_id)


@requires("objectives.view")
@require_POST
def follow(request: HttpRequest, objective_id: UUID) -> HttpResponse:
    """Be told what happens to an objective, or no more."""
    objectives.objective_for(reader(request.actor), objective_id)
    if request.POST.get("follow") == "1":
        services.follow(actor=request.actor, objective_id=objective_id)
        tell(request, _("You are told what happens to this objective."))
    else:
        services.unfollow(actor=request.actor, objective_id=objective_id)
        tell(request, _("You are told no more of this objective."))
    return redirect("checkins:activity", objective_id)


@requires("objectives.view")
@require_GET
def people(request: HttpRequest, objective_id: UUID) -> JsonResponse:
    """Whom one may mention here, for the list that opens after an “@”."""
    objective = objectives.objective_for(reader(request.actor), objective_id)
    found = selectors.people_like(request.GET.get("q", "")[:60], objective)
    return JsonResponse({"people": [{"id": str(pk), "name": name} for pk, name in found]})


def _to(row: Comment, page: str = "checkins:activity") -> str:
    return reverse(page, args=[row.objective_id]) + f"?saved=1#said-{row.pk}"


def _why(refusal: Refusal) -> str:
    return " ".join([refusal.in_words(_), *(issue.in_words(_) for issue in refusal.issues)])


def _picked(request: HttpRequest) -> set[UUID]:
    found = set()
    for text in request.POST.get("picked", "").split(",")[:50]:
        try:
            found.add(UUID(text.strip()))
        except ValueError:
            continue
    return found


def _moment(text: str) -> datetime | None:
    try:
        return parse_datetime(text) if text else None
    except ValueError:
        return None
