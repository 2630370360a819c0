"""The list of what one was told, the bell of every page, and how one wants to be told."""

from __future__ import annotations

from uuid import UUID

from django.conf import settings as configuration
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from apps.accounts.access import requires
from apps.common.middleware import tell
from apps.notifications import selectors, services
from apps.notifications.forms import WaysForm
from apps.notifications.presentation import words_of

PER_PAGE = 30
EVERYTHING = "all"


@requires("home.view")
@require_GET
@never_cache
def notice_list(request: HttpRequest) -> HttpResponse:
    """What is new for somebody, or everything. Three queries."""
    everything = request.GET.get("show") == EVERYTHING
    unread = selectors.unread_count(request.actor.id)
    found = selectors.notices(request.actor.id, unread=not everything)
    page = Paginator(found, PER_PAGE).get_page(request.GET.get("page"))
    here = reverse("notifications:list")
    tabs = [
        {"label": _("New"), "url": here, "current": not everything, "count": unread},
        {"label": _("All"), "url": f"{here}?show={EVERYTHING}", "current": everything},
    ]
    context = {
        "page": page,
        "rows": [(row, words_of(row)) for row in page],
        "newest": next(iter(page), None),
        "unread": unread,
        "everything": everything,
        "tabs": tabs,
        "days": configuration.KEEP_NOTICES_DAYS,
    }
    return render(request, "notifications/list.html", context)


@requires("home.view")
@require_GET
@never_cache
def bell(request: HttpRequest) -> HttpResponse:
    """The bell with the number of what is new: every page fetches it once it stands. One query."""
    return render(request, "notifications/_bell.html", {"unread": selectors.unread_count(request.actor.id)})


@requires("home.view")
@require_GET
@never_cache
def open_notice(request: HttpRequest, notice_id: UUID) -> HttpResponse:
    """On to the page that a notice is about; from then on it counts as seen."""
    notice = services.mark(actor=request.actor, notice_id=notice_id, read=True, now=timezone.now())
    return redirect(notice.url)


@requires("home.view", write="home.view")
@require_POST
def mark(request: HttpRequest, notice_id: UUID) -> HttpResponse:
    """Put a notice with those that were seen, or back with the new ones."""
    read = request.POST.get("read") == "1"
    services.mark(actor=request.actor, notice_id=notice_id, read=read, now=timezone.now())
    return redirect(_back(request))


@requires("home.view", write="home.view")
@require_POST
def all_read(request: HttpRequest) -> HttpResponse:
    """Put everything that stood on the page with what was seen."""
    newest = request.POST.get("newest", "")
    if newest:
        seen = services.mark_all_read(actor=request.actor, newest=_id(newest), now=timezone.now())
        tell(request, _("Marked as seen: %(count)s. They stand under “All”.") % {"count": seen})
    return redirect(_back(request))


@requires("profile.edit")
@require_http_methods(["GET", "POST"])
def settings(request: HttpRequest) -> HttpResponse:
    """By which ways each kind of notice reaches somebody. One query."""
    posted = request.POST if request.method == "POST" else None
    form = WaysForm(posted, chosen=selectors.ways_of(request.actor.id))
    if form.is_bound and form.is_valid():
        services.choose_ways(actor=request.actor, wanted=form.cleaned_data)
        tell(request, _("Your choice is saved."))
        return redirect("notifications:settings")
    return render(request, "notifications/settings.html", {"form": form}, status=422 if form.errors else 200)


def _back(request: HttpRequest) -> str:
    """The list as it was, and the page of it."""
    kept = {name: request.POST[name] for name in ("show", "page") if request.POST.get(name, "").isalnum()}
    return reverse("notifications:list") + (f"?{urlencode(kept)}" if kept else "")


def _id(text: str) -> UUID:
    """An id that came back from a form; one of nobody's where it is none."""
    try:
        return UUID(text)
    except ValueError:
        return UUID(int=0)
