"""The people of the company: who they are, what they may do, whether they may sign in."""

from uuid import UUID

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_GET, require_http_methods

from apps.accounts import selectors, services
from apps.accounts.access import requires
from apps.accounts.domain.roles import Actor, Role
from apps.accounts.forms import RolesForm, put_issues
from apps.accounts.models import ROLE_NAMES, User
from apps.accounts.views.pieces import Question, ask, tabs
from apps.common.formats import listed
from apps.common.middleware import tell
from apps.kernel.issue import Refusal

ROWS_ON_A_PAGE = 50


@requires("people.view")
@require_GET
def people(request: HttpRequest) -> HttpResponse:
    chosen = {name: request.GET.get(name, "") for name in ("q", "role", "status", "order")}
    found = selectors.people(
        search=chosen["q"][:200], role=chosen["role"], status=chosen["status"], order=chosen["order"]
    )
    page = Paginator(found, ROWS_ON_A_PAGE).get_page(request.GET.get("page"))
    context = {
        "tabs": tabs(request, "people"),
        "page": page,
        "rows": [_row(user) for user in page],
        "chosen": chosen,
        "roles": ROLE_NAMES,
        "statuses": [("active", pgettext("person", "Active")), ("deactivated", _("Deactivated"))],
        "orders": [("name", _("By name")), ("last", _("Last sign-in first")), ("joined", _("Newest first"))],
        "may_manage": request.actor.may("people.manage"),
    }
    return render(request, "accounts/people.html", context)


@requires("people.view")
@require_GET
def roles(request: HttpRequest) -> HttpResponse:
    """The permission table in words."""
    names = dict(ROLE_NAMES)
    context = {
        "tabs": tabs(request, "roles"),
        "roles": [{"name": names[role], "words": _(words)} for role, words in selectors.role_words()],
        "lines": [{"words": _(line.words), "roles": line.roles} for line in selectors.role_table()],
    }
    return render(request, "accounts/roles.html", context)


@requires("people.view", write="people.manage")
@require_http_methods(["GET", "POST"])
def person(request: HttpRequest, user_id: UUID) -> HttpResponse:
    """One person; POST gives them other roles."""
    user = get_object_or_404(User, pk=user_id)
    form = RolesForm(request.POST or None, actor=request.actor, initial={"roles": user.roles})
    if request.method == "POST" and form.is_valid():
        try:
            services.change_roles(actor=request.actor, user_id=user.pk, roles=form.cleaned_data["roles"])
        except Refusal as refusal:
            put_issues(form, refusal)
        else:
            tell(request, _("%(name)s has these roles now: %(roles)s.") % _named(user, form.cleaned_data["roles"]))
            return redirect("accounts:person", user.pk)
    stays = selectors.teams_of(user.pk)
    context = {
        "person": user,
        "row": _row(user, teams=[stay.team for stay in stays if stay.is_now]),
        "form": form if _may_change(request.actor, user) else None,
        "stays": stays,
        "may_manage": _may_change(request.actor, user),
        "has_second_factor": user.authenticator_set.exists(),
        "is_self": user.pk == request.actor.id,
        "crumbs": [(_("People"), reverse("accounts:people"))],
    }
    return render(request, "accounts/person.html", context, status=422 if form.errors else 200)


@requires("people.manage")
@require_http_methods(["GET", "POST"])
def deactivate(request: HttpRequest, user_id: UUID) -> HttpResponse:
    user = get_object_or_404(User, pk=user_id)
    if request.method == "POST":
        services.deactivate(actor=request.actor, user_id=user.pk)
        tell(request, _("%(name)s can no longer sign in.") % {"name": user})
        return redirect("accounts:person", user.pk)
    question = Question(
        title=_("Deactivate %(name)s?") % {"name": user},
        text=_("They are signed out everywhere and cannot sign in again. What they did stays. You can undo this."),
        button=_("Deactivate"),
        back=reverse("accounts:person", args=[user.pk]),
    )
    return ask(request, question)


@requires("people.manage")
@require_http_methods(["GET", "POST"])
def reactivate(request: HttpRequest, user_id: UUID) -> HttpResponse:
    user = get_object_or_404(User, pk=user_id)
    if request.method == "POST":
        services.reactivate(actor=request.actor, user_id=user.pk)
        tell(request, _("%(name)s can sign in again.") % {"name": user})
        return redirect("accounts:person", user.pk)
    question = Question(
        title=_("Let %(name)s in again?") % {"name": user},
        text=_("They get the roles they had: %(roles)s.") % _named(user, user.role_set),
        button=_("Let in again"),
        back=reverse("accounts:person", args=[user.pk]),
        danger=False,
    )
    return ask(request, question)


@requires("people.manage")
@require_http_methods(["GET", "POST"])
def reset_second_factor(request: HttpRequest, user_id: UUID) -> HttpResponse:
    user = get_object_or_404(User, pk=user_id)
    if request.method == "POST":
        services.reset_second_factor(actor=request.actor, user_id=user.pk)
        tell(request, _("%(name)s can now sign in with the password alone.") % {"name": user})
        return redirect("accounts:person", user.pk)
    question = Question(
        title=_("Remove the second sign-in step of %(name)s?") % {"name": user},
        text=_("For somebody who has lost their phone, keys and recovery codes. Make sure it is really them who asks."),
        button=_("Remove the second step"),
        back=reverse("accounts:person", args=[user.pk]),
    )
    return ask(request, question)


def _may_change(actor: Actor, user: User) -> bool:
    return actor.may("people.manage") and (Role.OWNER not in user.role_set or Role.OWNER in actor.roles)


def _row(user: User, teams: list[str] | None = None) -> dict:
    names = dict(ROLE_NAMES)
    return {
        "user": user,
        "roles": [names[role] for role in Role if role in user.role_set],
        "teams": [stay.team.name for stay in user.teams_now] if teams is None else teams,
        "tone": "good" if user.is_active else "none",
        "status": pgettext("person", "Active") if user.is_active else _("Deactivated"),
    }


def _named(user: User, chosen: object) -> dict:
    names = dict(ROLE_NAMES)
    return {"name": user, "roles": listed(str(names[role]) for role in Role if role in chosen)}
