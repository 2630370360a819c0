"""Who takes part in a plan: the list, one person, a rule of a team with its preview."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from apps.accounts import selectors as accounts
from apps.accounts.access import requires
from apps.common import formats
from apps.common.middleware import tell
from apps.incentives.domain.roster import Cells, read_entry
from apps.incentives.forms.people import ParticipantForm, RuleForm
from apps.incentives.models import IncentivePlan, Participant
from apps.incentives.selectors import plans as plans_of
from apps.incentives.selectors import roster as reading
from apps.incentives.services import roster as services
from apps.incentives.services import trials
from apps.incentives.services.people import log_look
from apps.incentives.services.people_sheets import team_finder
from apps.incentives.views.pieces import crumbs
from apps.kernel.issue import Issue, Refusal

PER_PAGE = 50
ONLY = ("", "issues", "left", "now")


@requires("pay.view")
@require_GET
def people(request: HttpRequest, key: str) -> HttpResponse:
    """Everybody who takes part, with what holds today, gaps and overlaps. Some ten queries."""
    plan = plans_of.plan_for(key)
    search, only = request.GET.get("q", "").strip()[:60], request.GET.get("only", "")
    rows = reading.roster(plan, accounts.today(), search=search, only=only if only in ONLY else "")
    page = Paginator(rows, PER_PAGE).get_page(request.GET.get("page"))
    log_look(actor=request.actor, participants=[row.person for row in page], where="people")
    context = {
        "plan": plan, "page": page, "search": search, "which": only, "crumbs": crumbs(plan),
        "rules": reading.rules_of(plan), "may_prepare": request.actor.may("pay.prepare"), "count": len(rows),
        "in_percent": reading.in_percent(plan), "newest": plans_of.versions_of(plan)[0],
        "last_period": formats.period(trials.last_period(plan, accounts.today())),
        "lines": [{"row": row, "issues": [issue.in_words(_) for issue in row.issues]} for row in page],
    }  # fmt: skip
    return render(request, "incentives/people/list.html", context)


@dataclass
class Desk:
    """One answer of the form of a person."""

    request: HttpRequest
    plan: IncentivePlan
    row: Participant | None = None

    def answer(self) -> HttpResponse:
        self.in_percent = reading.in_percent(self.plan)
        if self.request.method == "GET":
            return self._page(self._form(self._stored()))
        post = self.request.POST
        told = {name: post.get(name, "") for name in post if name not in ("csrfmiddlewaretoken", "act")}
        form = self._form(told)
        if post.get("act") == "more":
            return self._page(form)
        entry, issues = read_entry(told, team_finder(), in_percent=self.in_percent)
        if entry is None:
            form.show(issues)
            return self._page(form, 422)
        person = told.get("person", "")
        person_id = UUID(person) if person in {value for value, _name in self._people()} and person else None
        try:
            made = self._keep(entry, person_id, told)
        except Refusal as refusal:
            form.show(refusal.issues or [Issue("", refusal.message, refusal.params)])
            return self._page(form, refusal.status)
        tell(self.request, _("%(name)s is saved.") % {"name": made.name})
        return redirect("pay:people", self.plan.key)

    def _keep(self, entry: object, person_id: UUID | None, told: dict[str, str]) -> Participant:
        if self.row is None:
            return services.add_participant(
                actor=self.request.actor, plan_id=self.plan.pk, entry=entry, person_id=person_id
            )
        text = told.get("revision", "")
        return services.change_participant(
            actor=self.request.actor, participant_id=self.row.pk, entry=entry, person_id=person_id,
            revision=int(text) if text.isdecimal() and len(text) < 9 else 0,
        )  # fmt: skip

    def _people(self) -> list[tuple[str, str]]:
        return [(str(each.pk), f"{each} · {each.email}") for each in accounts.active_people()]

    def _form(self, told: dict[str, str]) -> ParticipantForm:
        teams = [(str(team.pk), team.name) for team in accounts.teams_in_use()]
        return ParticipantForm(
            told, teams=teams, people=self._people(), currency=self.plan.currency, in_percent=self.in_percent
        )

    def _stored(self) -> dict[str, str]:
        if self.row is None:
            return {}
        entry = reading.entry_of(self.row)
        told = {name: _text(getattr(entry, name)) for name in services.PLAIN}
        told["person"] = str(self.row.person_id or "")
        for block in ("stays", "leaves"):
            for at, each in enumerate(getattr(entry, block)):
                told |= {f"{block}-{at}-{name}": _text(value) for name, value in each.__dict__.items()}
        for name in told:
            if name.endswith("-share") or (name.endswith("-amount") and self.in_percent):
                told[name] = _text(Decimal(told[name]).scaleb(2))
        return told

    def _page(self, form: ParticipantForm, status: int = 200) -> HttpResponse:
        row = self.row
        notes = [issue.in_words(_) for issue in reading.entry_issues(reading.entry_of(row))] if row is not None else []
        revision = form.told.get("revision") if status != 409 else None
        context = {
            "form": form, "plan": self.plan, "row": row, "notes": notes, "crumbs": _above(self.plan),
            "revision": revision or (Participant.objects.get(pk=row.pk).revision if row is not None else ""),
        }  # fmt: skip
        return render(self.request, "incentives/people/edit.html", context, status=status)


def _above(plan: IncentivePlan) -> list[tuple[str, str]]:
    return [*crumbs(plan), (_("People"), reverse("pay:people", args=[plan.key]))]


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Decimal):
        text = f"{value:f}"
        return text.rstrip("0").rstrip(".") if "." in text else text
    return str(value)


@requires("pay.prepare")
@require_http_methods(["GET", "POST"])
def add(request: HttpRequest, key: str) -> HttpResponse:
    """Let somebody take part."""
    return Desk(request, plans_of.plan_for(key)).answer()


@requires("pay.prepare")
@require_http_methods(["GET", "POST"])
def edit(request: HttpRequest, key: str, participant_id: UUID) -> HttpResponse:
    """Change somebody's assignments, leave, last day."""
    plan = plans_of.plan_for(key)
    row = reading.participant_for(plan, participant_id)
    log_look(actor=request.actor, participants=[row], where="people")
    return Desk(request, plan, row).answer()


@requires("pay.prepare")
@require_POST
def remove(request: HttpRequest, key: str, participant_id: UUID) -> HttpResponse:
    """Take somebody out who was never calculated."""
    row = reading.participant_for(plans_of.plan_for(key), participant_id)
    text = request.POST.get("revision", "")
    services.remove_participant(
        actor=request.actor, participant_id=row.pk, revision=int(text) if text.isdecimal() and len(text) < 9 else 0
    )
    tell(request, _("%(name)s does not take part any more.") % {"name": row.name})
    return redirect("pay:people", key)


# --- rules -----------------------------------------------------------------------------------------------------------


@requires("pay.prepare")
@require_http_methods(["GET", "POST"])
def new_rule(request: HttpRequest, key: str) -> HttpResponse:
    """Everybody of a team takes part: the rule, whose preview comes next."""
    plan = plans_of.plan_for(key)
    in_percent = reading.in_percent(plan)
    teams = [(str(team.pk), team.name) for team in accounts.teams_in_use()]
    given = {"teams": teams, "currency": plan.currency, "in_percent": in_percent}
    if request.method == "GET":
        newest = plans_of.versions_of(plan)[0]
        form = RuleForm(initial={"since": newest.effective_from, "coefficient": "1"}, **given)
        return _rule_page(request, plan, form)
    form = RuleForm(request.POST, **given)
    form.full_clean()
    cells = Cells({name: request.POST.get(name, "") for name in ("amount", "coefficient", "since")})
    amount, coefficient, since = cells.figure("amount"), cells.figure("coefficient"), cells.day("since")
    for name, value in (("amount", amount), ("since", since)):
        cells.needed(name, value)
    if cells.issues or amount is None or since is None:
        form.show(cells.issues)
        return _rule_page(request, plan, form, 422)
    try:
        rule = services.make_rule(
            actor=request.actor, plan_id=plan.pk, below=form.cleaned_data.get("below") != "no", since=since,
            team_id=UUID(form.cleaned_data["team"]) if form.cleaned_data.get("team") else None,
            amount=amount.scaleb(-2) if in_percent and not cells.text("amount").endswith("%") else amount,
            coefficient=Decimal(1) if coefficient is None else coefficient,
        )  # fmt: skip
    except Refusal as refusal:
        form.show(refusal.issues)
        return _rule_page(request, plan, form, refusal.status)
    return redirect("pay:rule", key, rule.pk)


def _rule_page(request: HttpRequest, plan: IncentivePlan, form: RuleForm, status: int = 200) -> HttpResponse:
    context = {"form": form, "plan": plan, "crumbs": _above(plan)}
    return render(request, "incentives/people/new_rule.html", context, status=status)


@requires("pay.prepare")
@require_http_methods(["GET", "POST"])
def rule(request: HttpRequest, key: str, rule_id: UUID) -> HttpResponse:
    """What a rule would do until today, person by person; then do it, or take the rule away."""
    plan = plans_of.plan_for(key)
    found = reading.rule_for(plan, rule_id)
    today, refused, status = accounts.today(), "", 200
    if request.method == "POST":
        if request.POST.get("act") == "remove":
            services.remove_rule(actor=request.actor, rule_id=rule_id)
            tell(request, _("The rule is gone; who takes part stays."))
            return redirect("pay:people", key)
        try:
            count = services.apply_rule(
                actor=request.actor, rule_id=rule_id, stamp=request.POST.get("stamp", ""), on=today
            )
        except Refusal as refusal:
            refused, status = refusal.in_words(_), refusal.status
        else:
            tell(request, ngettext("%(n)s person is changed.", "%(n)s people are changed.", count) % {"n": count})
            return redirect("pay:people", key)
    steps = reading.steps_of(found, today)
    context = {
        "plan": plan, "rule": found, "steps": steps, "stamp": services.stamp_of(steps), "refused": refused,
        "crumbs": _above(plan),
    }  # fmt: skip
    return render(request, "incentives/people/rule.html", context, status=status)
