"""The public pages: the front door, sign-up, and the way to one's company."""

import time
from datetime import timedelta
from uuid import UUID

from allauth.account.adapter import get_adapter
from allauth.account.utils import perform_login
from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe
from django_htmx.http import HttpResponseClientRedirect

from apps.common.access import open_to_anyone
from apps.common.middleware import tell
from apps.kernel.issue import Refusal
from apps.workspaces import selectors, services
from apps.workspaces.addresses import workspace_url
from apps.workspaces.forms import FindForm, NewAddressForm, SignUpForm, add_issues
from apps.workspaces.models import Workspace
from apps.workspaces.services.signing_up import ExpiredLink, TakenMeanwhile, UsedLink, WrongLink
from apps.workspaces.services.throttle import is_allowed, must_be_allowed

SIGNED_UP, OPENING = "signed_up", "opening"  # session keys
OPENING_SECONDS = 3600
GRACE_SECONDS = 30  # a page that asks every second may ask again while the browser is on its way into the workspace
SLOW = timedelta(minutes=1)


@require_safe
@open_to_anyone
def landing(request: HttpRequest) -> HttpResponse:
    """The front door."""
    return render(request, "workspaces/landing.html")


@require_http_methods(["GET", "HEAD", "POST"])
@open_to_anyone
def sign_up(request: HttpRequest) -> HttpResponse:
    """Ask for a workspace."""
    form = SignUpForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            row = services.sign_up(wanted=form.wanted, caller=caller_of(request))
        except Refusal as refusal:
            form.add_error(None, refusal.in_words(gettext))
            add_issues(form, refusal.issues)
            return render(request, "workspaces/sign_up.html", {"form": form}, status=refusal.status)
        request.session[SIGNED_UP] = str(row.pk)
        return redirect("workspaces:sent")
    return render(request, "workspaces/sign_up.html", {"form": form}, status=422 if form.is_bound else 200)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@open_to_anyone
def sent(request: HttpRequest) -> HttpResponse:
    """The link is on its way; ask for it again."""
    row = selectors.sign_up_for(request.session.get(SIGNED_UP))
    if request.method == "POST" and row is not None:
        services.send_again(row.pk, caller=caller_of(request))
        tell(request, _("The link was sent again. Earlier links no longer work."))
        return redirect("workspaces:sent")
    return render(request, "workspaces/sent.html", {"sign_up": row})


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@open_to_anyone
def confirm(request: HttpRequest, token: str) -> HttpResponse:
    """Where the link in the mail leads. Opening it only shows what will happen: robots open links, too."""
    form = NewAddressForm(request.POST if "slug" in request.POST else None)
    try:
        row = services.read_link(token)
        if request.method == "POST" and (not form.is_bound or form.is_valid()):
            workspace = services.confirm(token, slug=form.cleaned_data["slug"] if form.is_bound else "")
            request.session[OPENING] = [str(workspace.pk), int(time.time())]
            return redirect("workspaces:preparing", workspace.pk)
    except (WrongLink, UsedLink, ExpiredLink) as refusal:
        return _no_way_on(request, refusal)
    except TakenMeanwhile as refusal:
        form = NewAddressForm({"slug": refusal.params["slug"]})
        form.add_error("slug", refusal.in_words(gettext))
    except Refusal as refusal:
        add_issues(form, refusal.issues)
    offered = form if form.is_bound or services.is_taken(row.slug) else None
    status = 422 if request.method == "POST" else 200
    return render(request, "workspaces/confirm.html", {"sign_up": row, "form": offered}, status=status)


def _no_way_on(request: HttpRequest, refusal: WrongLink | UsedLink | ExpiredLink) -> HttpResponse:
    """A link that is wrong, used or too old: what it was, and how to go on."""
    told: dict = {"message": refusal.in_words(gettext)}
    if isinstance(refusal, ExpiredLink):
        request.session[SIGNED_UP] = str(refusal.sign_up_id)
        told["expired"] = True
    if isinstance(refusal, UsedLink) and refusal.workspace is not None:
        told |= {"workspace_made": refusal.workspace, "url": workspace_url(refusal.workspace)}
    return render(request, "workspaces/dead_link.html", told, status=refusal.status)


@never_cache
@require_safe
@open_to_anyone
def preparing(request: HttpRequest, workspace_id: UUID) -> HttpResponse:
    """How setting up stands; once it is done, into it. Asked every second by htmx, or by the page itself."""
    workspace = selectors.workspace_for(workspace_id)
    if workspace is None:
        raise Http404
    if workspace.status != Workspace.Status.PROVISIONING:
        return _into(request, workspace)
    told = {
        "preparing": workspace,
        "address": workspace_url(workspace),
        "slow": timezone.now() - workspace.created_at > SLOW,
    }
    return render(request, "workspaces/_preparing.html" if request.htmx else "workspaces/preparing.html", told)


def _is_opening(request: HttpRequest, workspace: Workspace) -> bool:
    """Whether this browser is the one that confirmed the address, a short while ago."""
    told = request.session.get(OPENING)
    return bool(told) and told[0] == str(workspace.pk) and time.time() - told[1] < OPENING_SECONDS


def _into(request: HttpRequest, workspace: Workspace) -> HttpResponse:
    """To the workspace: signed in, if this is the browser that confirmed the address, else to its front page."""
    opening = _is_opening(request, workspace)
    told = request.session.pop(OPENING, None)
    if opening:
        request.session[OPENING] = [told[0], min(told[1], int(time.time()) - OPENING_SECONDS + GRACE_SECONDS)]
    secret = services.issue_pass(workspace) if opening else None
    path = reverse("enter", urlconf=settings.ROOT_URLCONF, args=[secret]) if secret else "/"
    url = workspace_url(workspace, path)
    return HttpResponseClientRedirect(url) if request.htmx else redirect(url)


@never_cache
@require_safe
@open_to_anyone
def enter(request: HttpRequest, secret: str) -> HttpResponse:
    """On the workspace's own host: sign in by a pass that works once and soon."""
    user = services.redeem_pass(request.workspace, secret)
    if user is None:
        messages.info(request, _("This link has been used or is too old. Please sign in."))
        return redirect("account_login")
    return perform_login(request, user, redirect_url="/")


@require_http_methods(["GET", "HEAD", "POST"])
@open_to_anyone
def find(request: HttpRequest) -> HttpResponse:
    """Where is my company? The answer goes by mail; the page says the same to everybody."""
    form = FindForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        email = form.cleaned_data["email"].strip().lower()
        must_be_allowed("find", caller_of(request), most=30)
        if is_allowed("find-mail", email, most=5):
            services.wake("workspaces.mail_workspaces", email=email, language=get_language())
        return redirect("workspaces:found")
    return render(request, "workspaces/find.html", {"form": form}, status=422 if form.is_bound else 200)


@require_safe
@open_to_anyone
def found(request: HttpRequest) -> HttpResponse:
    """After asking."""
    return render(request, "workspaces/found.html")


def caller_of(request: HttpRequest) -> str:
    """The network address that asks, as the trusted proxies tell it."""
    return get_adapter().get_client_ip(request)
