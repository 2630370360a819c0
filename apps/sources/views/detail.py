"""A source: how it stands, every reading of it, and what can be done."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from apps.accounts import selectors as accounts
from apps.common.access import requires
from apps.common.middleware import tell
from apps.sources import selectors, services
from apps.sources.models import Source, said
from apps.sources.views.words import pull_state, schedule_words, source_state, what_words
from apps.work import selectors as work_selectors

ON_A_PAGE = 30


@requires("data.view")
@require_GET
def detail(request: HttpRequest, source_id: UUID) -> HttpResponse:
    """A source and its history."""
    source = selectors.source_for(source_id)
    page = Paginator(selectors.pulls_of(source), ON_A_PAGE).get_page(request.GET.get("page"))
    newest = page[0] if page.number == 1 and len(page) else None
    working = newest.work if newest is not None and newest.status in ("waiting", "running") else None
    here = reverse("sources:detail", args=[source.pk])
    context = {
        "source": source,
        "state": source_state(source),
        "what": what_words(source),
        "when": schedule_words(source.clock) if source.schedule else "",
        "owner": accounts.names_of([source.owner_id]).get(source.owner_id, ""),
        "problems": said(source.problem),
        "progress": work_selectors.progress_of(working, next_url=here) if working else None,
        "open": newest is not None and newest.is_open,
        "page": page,
        "pulls": [{"pull": pull, "state": pull_state(pull.status), "files": pull.files.all()} for pull in page],
        "may_manage": request.actor.may("sources.manage"),
    }
    return render(request, "sources/detail.html", context)


Act = Callable[[HttpRequest, UUID], str]


def _act(does: Act) -> Callable[[HttpRequest, UUID], HttpResponse]:
    """A button of the page of a source: does something, says so, and shows the page again."""

    @requires("sources.manage")
    @require_POST
    def view(request: HttpRequest, source_id: UUID) -> HttpResponse:
        tell(request, does(request, source_id))
        return redirect("sources:detail", source_id)

    view.__doc__ = does.__doc__
    return view


def _run(request: HttpRequest, source_id: UUID) -> str:
    """Read it now."""
    services.run_now(actor=request.actor, source_id=source_id)
    return _("The reading has begun.")


def _pause(request: HttpRequest, source_id: UUID) -> str:
    """Read it no more by the clock."""
    services.pause_source(actor=request.actor, source_id=source_id)
    return _("It is paused.")


def _resume(request: HttpRequest, source_id: UUID) -> str:
    """Read it by the clock again."""
    services.resume_source(actor=request.actor, source_id=source_id, now=timezone.now())
    return _("It runs again.")


def _anew(request: HttpRequest, source_id: UUID) -> str:
    """Read all of it anew."""
    services.read_anew(actor=request.actor, source_id=source_id)
    return _("All of it is read anew.")


run, pause, resume, anew = _act(_run), _act(_pause), _act(_resume), _act(_anew)


@requires("sources.manage")
@require_POST
def delete(request: HttpRequest, source_id: UUID) -> HttpResponse:
    """Delete a source; what it brought stays."""
    name = Source.objects.filter(pk=source_id).values_list("name", flat=True).first() or ""
    services.delete_source(actor=request.actor, source_id=source_id)
    tell(request, _("“%(name)s” was deleted. What it brought stays in the data.") % {"name": name})
    return redirect("sources:list")
