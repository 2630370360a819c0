"""Ask people to join, and the page they join on."""

from uuid import UUID

from allauth.account.utils import perform_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from apps.accounts import selectors, services
from apps.accounts.access import open_to_anyone, requires
from apps.accounts.domain.invitations import State
from apps.accounts.forms import InviteForm, JoinForm, put_issues
from apps.accounts.models import ROLE_NAMES, Invitation
from apps.accounts.views.pieces import Question, ask, invited_words, tabs
from apps.common.middleware import tell
from apps.kernel.issue import Refusal


@requires("people.manage")
@require_http_methods(["GET", "POST"])
def invite(request: HttpRequest) -> HttpResponse:
    form = InviteForm(request.POST or None, actor=request.actor, initial={"roles": ["member"]})
    if request.method == "POST" and form.is_valid():
        team = form.cleaned_data["team"]
        try:
            sent = services.invite(
                actor=request.actor,
                addresses=form.cleaned_data["addresses"],
                roles=form.cleaned_data["roles"],
                team_id=team.pk if team else None,
            )
        except Refusal as refusal:
            put_issues(form, refusal)
        else:
            tell(request, invited_words(len(sent)))
            return redirect("accounts:invitations")
    crumbs = [(_("People"), reverse("accounts:people")), (_("Invitations"), reverse("accounts:invitations"))]
    status = 422 if form.errors else 200
    return render(request, "accounts/invite.html", {"form": form, "crumbs": crumbs}, status=status)


@requires("people.manage")
@require_GET
def invitations(request: HttpRequest) -> HttpResponse:
    rows = [_row(invitation) for invitation in selectors.invitations()]
    return render(request, "accounts/invitations.html", {"tabs": tabs(request, "invitations"), "rows": rows})


@requires("people.manage")
@require_POST
def send_again(request: HttpRequest, invitation_id: UUID) -> HttpResponse:
    invitation = services.send_again(actor=request.actor, invitation_id=invitation_id)
    tell(request, _("A new invitation to %(address)s is on its way.") % {"address": invitation.email})
    return redirect("accounts:invitations")


@requires("people.manage")
@require_http_methods(["GET", "POST"])
def withdraw(request: HttpRequest, invitation_id: UUID) -> HttpResponse:
    invitation = get_object_or_404(Invitation, pk=invitation_id)
    if request.method == "POST":
        services.withdraw_invitation(actor=request.actor, invitation_id=invitation.pk)
        tell(request, _("The invitation to %(address)s was withdrawn.") % {"address": invitation.email})
        return redirect("accounts:invitations")
    question = Question(
        title=_("Withdraw the invitation to %(address)s?") % {"address": invitation.email},
        text=_("The link in the mail stops working. You can invite the person again at any time."),
        button=_("Withdraw"),
        back=reverse("accounts:invitations"),
    )
    return ask(request, question)


@open_to_anyone
@never_cache
@sensitive_post_parameters("password")
@require_http_methods(["GET", "POST"])
def join(request: HttpRequest, token: str) -> HttpResponse:
    """The page an invitation's link leads to. It says plainly when the link is of no use any more."""
    found = selectors.invitation_by_token(token)
    invitation, state = found or (None, None)
    if state is not State.WAITING:
        return _no_join(request, state)
    form = JoinForm(request.POST or None, invitation=invitation, initial={"language": get_language()})
    if request.method == "POST" and form.is_valid():
        try:
            user = services.accept_invitation(token=token, **form.cleaned_data)
        except Refusal as refusal:
            if refusal.status != 422:
                return _no_join(request, (selectors.invitation_by_token(token) or (None, None))[1])
            put_issues(form, refusal)
        else:
            return perform_login(request, user, email=user.email)
    context = {"form": form, "invitation": invitation}
    return render(request, "accounts/join.html", context, status=422 if form.errors else 200)


def _no_join(request: HttpRequest, state: State | None) -> HttpResponse:
    """Why the link does not work: it never did (404), or it is over (410)."""
    status = 404 if state is None else 410
    return render(request, "accounts/no_join.html", {"state": state or "unknown"}, status=status)


def _row(invitation: Invitation) -> dict:
    names = dict(ROLE_NAMES)
    expired = invitation.state(timezone.now()) is State.EXPIRED
    return {
        "invitation": invitation,
        "roles": [names[role] for role in invitation.roles if role in names],
        "expired": expired,
        "tone": "none" if expired else "warn" if invitation.send_problem else "good" if invitation.sent_at else "info",
    }
