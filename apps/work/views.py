"""How far work is, and what was set aside."""

from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from apps.common.access import requires
from apps.work import selectors, services
from apps.work.models import Work
from apps.work.registry import page_of, title_of

ROWS_ON_A_PAGE = 50
DONE_SHOWN = 10


@requires("work.view")
@require_GET
def progress(request: HttpRequest, work_id: UUID) -> HttpResponse:
    """A piece of work as a page, and for htmx as a fragment that leads to ?next= once the work has ended."""
    work = selectors.work_for(work_id)
    if work is None:
        raise Http404
    next_url = request.GET.get("next", "")
    if not url_has_allowed_host_and_scheme(next_url, allowed_hosts=None):
        next_url = ""
    context = {"work": selectors.progress_of(work, next_url=next_url), "row": work}
    if not request.htmx:
        context["end_url"] = next_url or page_of(work)
        return render(request, "work/progress.html", context)
    response = render(request, "work/_progress.html", context)
    if work.is_finished and next_url:
        response["HX-Redirect"] = next_url
    return response


@requires("work.view")
@require_GET
def board(request: HttpRequest) -> HttpResponse:
    """What runs, what waits, and what was set aside with its reason."""
    aside = Paginator(selectors.set_aside(), ROWS_ON_A_PAGE).get_page(request.GET.get("page"))
    context = {
        "running_rows": [_row(work) for work in selectors.in_progress()[:ROWS_ON_A_PAGE]],
        "unfinished": selectors.unfinished(),
        "aside": aside,
        "aside_rows": [_row(work) for work in aside],
        "done_rows": [_row(work) for work in selectors.recently_done(DONE_SHOWN)],
        "may_manage": request.actor.may("work.manage"),
    }
    return render(request, "work/list.html", context)


def _row(work: Work) -> dict:
    return {
        "work": work,
        "title": _(title_of(work.kind)),
        "url": page_of(work),
        "message": selectors.message_of(work),
        "share": min(100, work.done_units * 100 // work.total_units) if work.total_units else None,
    }


@requires("work.manage")
@require_POST
def again(request: HttpRequest, work_id: UUID) -> HttpResponse:
    """Ask again for work that was set aside."""
    work = services.try_again(actor=request.actor, work_id=work_id)
    messages.success(request, _("It is tried again: %(work)s") % {"work": selectors.title_in_words(work)})
    return redirect("work:list")
