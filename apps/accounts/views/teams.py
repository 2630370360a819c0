"""The tree of teams: outline on the left, the chosen team on the right."""

from dataclasses import replace
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from apps.accounts import selectors, services
from apps.accounts.access import requires
from apps.accounts.forms import LastDayForm, MembershipForm, TeamForm, put_issues
from apps.accounts.models import Team
from apps.accounts.numbers import offered
from apps.accounts.views.pieces import Question, ask, tabs
from apps.common.middleware import tell
from apps.kernel.issue import Refusal


@requires("people.view")
@require_GET
def teams(request: HttpRequest) -> HttpResponse:
    """The outline, with a word on what to do on the right."""
    return _page(request)


@requires("teams.edit")
@require_http_methods(["GET", "POST"])
def add(request: HttpRequest) -> HttpResponse:
    """A form for a new team; ?parent= puts it below another one."""
    tree = _tree(request)
    form = TeamForm(request.POST or None, tree=tree, initial={"parent": request.GET.get("parent")})
    if request.method == "POST" and form.is_valid():
        try:
            team = services.add_team(actor=request.actor, **form.facts())
        except Refusal as refusal:
            put_issues(form, refusal)
        else:
            tell(request, _("“%(team)s” was added.") % {"team": team.name})
            return redirect("accounts:team", team.pk)
    return _page(request, tree=tree, form=form, is_new=True)


@requires("people.view", write="teams.edit")
@require_http_methods(["GET", "POST"])
def team(request: HttpRequest, team_id: UUID) -> HttpResponse:
    """One team with its people; POST renames it, moves it, or gives it another lead."""
    chosen = get_object_or_404(Team.objects.select_related("lead", "parent"), pk=team_id)
    tree = _tree(request)
    form = _form(request, chosen, tree) if request.actor.may("teams.edit") else None
    if request.method == "POST" and form is not None and form.is_valid():
        try:
            services.change_team(actor=request.actor, team_id=chosen.pk, **form.facts())
        except Refusal as refusal:
            put_issues(form, refusal)
        else:
            tell(request, _("The team was saved."))
            return redirect("accounts:team", chosen.pk)
    return _page(request, tree=tree, form=form, team=chosen, joining=_joining())


@requires("teams.edit")
@require_POST
def add_member(request: HttpRequest, team_id: UUID) -> HttpResponse:
    chosen = get_object_or_404(Team.objects.select_related("lead", "parent"), pk=team_id)
    joining = MembershipForm(request.POST)
    if joining.is_valid():
        facts = joining.cleaned_data
        try:
            services.add_membership(
                actor=request.actor,
                team_id=chosen.pk,
                user_id=facts["person"].pk,
                start=facts["start"],
                last_day=facts["last_day"],
            )
        except Refusal as refusal:
            put_issues(joining, _at_fields(refusal))
        else:
            tell(request, _("%(name)s was added to the team.") % {"name": facts["person"]})
            return redirect("accounts:team", chosen.pk)
    tree = _tree(request)
    return _page(request, tree=tree, form=_form(request, chosen, tree, fresh=True), team=chosen, joining=joining)


@requires("teams.edit")
@require_http_methods(["GET", "POST"])
def archive(request: HttpRequest, team_id: UUID) -> HttpResponse:
    chosen = get_object_or_404(Team, pk=team_id)
    if request.method == "POST":
        services.archive_team(actor=request.actor, team_id=chosen.pk)
        tell(request, _("“%(team)s” was archived.") % {"team": chosen.name})
        return redirect("accounts:teams")
    question = Question(
        title=_("Archive “%(team)s”?") % {"team": chosen.name},
        text=_("Everybody leaves it as of today. Its past stays, and you can take it back."),
        button=_("Archive"),
        back=reverse("accounts:team", args=[chosen.pk]),
    )
    return ask(request, question)


@requires("teams.edit")
@require_POST
def restore(request: HttpRequest, team_id: UUID) -> HttpResponse:
    restored = services.restore_team(actor=request.actor, team_id=team_id)
    tell(request, _("“%(team)s” is in use again.") % {"team": restored.name})
    return redirect("accounts:team", restored.pk)


@requires("teams.edit")
@require_http_methods(["GET", "POST"])
def end_membership(request: HttpRequest, membership_id: UUID) -> HttpResponse:
    """Say which day was somebody's last in a team."""
    member = _member(membership_id)
    form = LastDayForm(request.POST or None, initial={"last_day": member.last_day or selectors.today()})
    if request.method == "POST" and form.is_valid():
        try:
            services.end_membership(actor=request.actor, membership_id=member.id, **form.cleaned_data)
        except Refusal as refusal:
            put_issues(form, _at_fields(refusal))
        else:
            tell(request, _("The last day of %(name)s was saved.") % {"name": member.name})
            return redirect("accounts:team", member.team_id)
    crumbs = [(_("Teams"), reverse("accounts:teams")), (member.team, reverse("accounts:team", args=[member.team_id]))]
    context = {"form": form, "member": member, "crumbs": crumbs}
    return render(request, "accounts/end_membership.html", context, status=422 if form.errors else 200)


@requires("teams.edit")
@require_http_methods(["GET", "POST"])
def remove_membership(request: HttpRequest, membership_id: UUID) -> HttpResponse:
    member = _member(membership_id)
    if request.method == "POST":
        services.remove_membership(actor=request.actor, membership_id=member.id)
        tell(request, _("The entry was removed."))
        return redirect("accounts:team", member.team_id)
    named = {"name": member.name, "team": member.team}
    question = Question(
        title=_("Remove %(name)s from “%(team)s” as if it had never been?") % named,
        text=_("For entries made by mistake. If the person has left the team, give the last day instead."),
        button=_("Remove the entry"),
        back=reverse("accounts:team", args=[member.team_id]),
    )
    return ask(request, question)


def _page(
    request: HttpRequest,
    *,
    tree: tuple | None = None,
    form: TeamForm | None = None,
    team: Team | None = None,
    joining: MembershipForm | None = None,
    is_new: bool = False,
) -> HttpResponse:
    may_edit = request.actor.may("teams.edit")
    context = {
        "tabs": tabs(request, "teams"),
        "tree": _tree(request) if tree is None else tree,
        "team": team,
        "is_new": is_new,
        "form": form if may_edit else None,
        "joining": joining if may_edit and team is not None and team.archived_at is None else None,
        "members": selectors.stays_in(team.pk, selectors.today()) if team else [],
        "may_edit": may_edit,
        "numbers": _numbers_words(team) if team is not None and not may_edit else "",
        "with_archived": "archived" in request.GET,
    }
    wrong = (form is not None and form.errors) or (joining is not None and joining.errors)
    return render(request, "accounts/teams.html", context, status=422 if wrong else 200)


def _form(request: HttpRequest, team: Team, tree: tuple, *, fresh: bool = False) -> TeamForm:
    """The facts of a team to change; `fresh`: as they are, whatever was posted."""
    initial = {"name": team.name, "parent": team.parent_id, "lead": team.lead_id, "numbers": team.numbers.key}
    posted = None if fresh else request.POST or None
    return TeamForm(posted, tree=tree, team=team, initial=initial)


def _numbers_words(team: Team) -> str:
    """Whose numbers a team's are: "Store: S01"; nothing for a team without."""
    names = {each.dimension: each.name for each in offered()} if team.dimension else {}
    named = {"dimension": names.get(team.dimension, team.dimension), "member": team.member}
    return _("%(dimension)s: %(member)s") % named if team.dimension else ""


def _tree(request: HttpRequest) -> tuple:
    return selectors.team_tree(selectors.today(), archived="archived" in request.GET)


def _joining() -> MembershipForm:
    return MembershipForm(initial={"start": selectors.today()})


def _member(membership_id: UUID) -> selectors.Member:
    member = selectors.membership_for(membership_id)
    if member is None:
        raise Http404
    return member


def _at_fields(refusal: Refusal) -> Refusal:
    """Services speak of the `end` of a stay, the form of its last day."""
    issues = [replace(issue, where="last_day") if issue.where == "end" else issue for issue in refusal.issues]
    return Refusal(refusal.message, refusal.params, refusal.status, issues)
