"""Plans for those who write and approve them: all of them, a new one, one plan, one version, its end."""

from __future__ import annotations

import difflib
from datetime import date

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from apps.accounts import selectors as accounts
from apps.accounts.access import requires
from apps.common import formats
from apps.common.middleware import tell
from apps.incentives.domain import starting
from apps.incentives.domain.canonical import fingerprint
from apps.incentives.domain.plan import Kind
from apps.incentives.domain.pool import Funding
from apps.incentives.forms.plans import EndForm, StartForm
from apps.incentives.forms.shown import ReasonForm
from apps.incentives.models import IncentivePlan, PlanVersion
from apps.incentives.presentation import examples
from apps.incentives.presentation.starting import start_words, translated
from apps.incentives.selectors import plans as reading
from apps.incentives.services import plans as services
from apps.incentives.services import publishing, trials
from apps.incentives.views.pieces import crumbs, found_of, posted, sent
from apps.kernel.issue import Issue, Refusal
from apps.kernel.period import Grain
from apps.metrics import selectors as metrics
from apps.workspaces.scope import current_workspace

TONES = {"draft": "none", "proposed": "warn", "published": "good", "ended": "none"}


@requires("pay.own")
@require_GET
def home(request: HttpRequest) -> HttpResponse:
    """Where the menu leads: to the plans for those who look after them, else to one's own."""
    return redirect("pay:plans" if request.actor.may("pay.view") else "pay:mine")


@requires("pay.view")
@require_GET
def plan_list(request: HttpRequest) -> HttpResponse:
    """Every plan with how it stands. Two queries."""
    rows = [{"line": line, "word": _word(line)} for line in reading.plan_lines()]
    context = {
        "rows": rows,
        "may_prepare": request.actor.may("pay.prepare"),
        "starts": [start_words(each) for each in starting.STARTS],
    }
    return render(request, "incentives/plans/list.html", context)


def _word(line: reading.PlanLine) -> tuple[str, str]:
    if line.draft is not None and line.draft.status == PlanVersion.Status.PROPOSED:
        return "warn", _("Waiting for approval")
    if line.now is not None:
        return "good", _("In force")
    if line.newest.status == PlanVersion.Status.PUBLISHED and line.newest.effective_from > accounts.today():
        return "none", _("Published, begins later")
    return ("none", _("Draft")) if line.draft is not None else ("none", _("Ended"))


@requires("pay.prepare")
@require_http_methods(["GET", "POST"])
def new(request: HttpRequest, start: str) -> HttpResponse:
    """Begin a plan from a template."""
    begin = starting.BY_KEY.get(start) or starting.STARTS[0]
    usual = {"name": _(begin.name), "period": "quarter", "currency": request.workspace.currency}
    form = StartForm(posted(request), initial=usual)
    made = sent(form, lambda: services.make_plan(
        actor=request.actor, name=form.text("name"), currency=form.text("currency").upper(),
        period=form.text("period"), terms=translated(begin.make(), metrics.metrics(), _north_star()),
        settings=services.Settings(_this_period(form.text("period"))),
    ))  # fmt: skip
    if made.made is not None:
        return redirect("pay:edit", made.made.plan.key)
    context = {"form": form, "start": start_words(begin), "crumbs": crumbs()}
    return render(request, "incentives/plans/new.html", context, status=made.status)


def _this_period(period: str) -> date:
    """The first day of the running month, quarter, half or year: a plan holds for whole periods."""
    calendar, today = current_workspace().calendar, accounts.today()
    return calendar.period_of(today, Grain(period)).start if period in set(Grain) else today.replace(day=1)


def _north_star() -> str:
    chosen = metrics.north_star()
    return chosen.metric.key if chosen is not None else ""


@requires("pay.view")
@require_GET
def plan(request: HttpRequest, key: str) -> HttpResponse:
    """One plan: its versions and who takes part. Some ten queries."""
    found = reading.plan_for(key)
    versions = reading.versions_of(found)
    today = accounts.today()
    now = next((each for each in versions if reading.holds_on(each, today)), None)
    rows = [{"version": each, "tone": TONES[each.status], "word": each.get_status_display()} for each in versions]
    draft = next((each for each in versions if each.status in reading.OPEN), None)
    context = {
        "plan": found, "rows": rows, "now": now, "draft": draft, "crumbs": crumbs(),
        "readers": reading.readers_of(now) if now is not None else [],
        "people": found.participants.count(), "has_pools": _fixes_pools(now or versions[0]),
        "may_prepare": request.actor.may("pay.prepare"), "may_approve": request.actor.may("pay.approve"),
    }  # fmt: skip
    return render(request, "incentives/plans/plan.html", context)


def _fixes_pools(version: PlanVersion) -> bool:
    terms = version.terms
    return terms.kind is Kind.POOL and terms.pool.funding is Funding.FIXED


@requires("pay.view")
@require_GET
def version(request: HttpRequest, key: str, number: int) -> HttpResponse:
    """One version in words, with what it changes, what the linter says, an example, and who has read it."""
    return _version(request, reading.version_for(key, number), ReasonForm())


def _version(request: HttpRequest, found: PlanVersion, form: ReasonForm, status: int = 200, refused: str = "",
             issues: tuple[Issue, ...] = ()) -> HttpResponse:  # fmt: skip
    language = get_language() or "en"
    published = found.status in reading.PUBLISHED
    terms = found.terms
    before = reading.published_before(found)
    text = _text(found, language)
    told = examples.readings(terms, reading.newest_readings(reading.metrics_of(terms), found.plan.period), {})
    mine = request.actor.id in found.authors
    context = {
        "version": found, "plan": found.plan, "lines": text.splitlines(), "crumbs": crumbs(found.plan),
        "content": found.content if published else fingerprint(terms), "published": published, "before": before,
        "changes": _changes(_text(before, language), text) if before is not None else [],
        "findings": [] if published else found_of(issues or publishing.findings(found), terms=terms),
        "example": examples.example(terms, told), "readers": reading.readers_of(found) if published else [],
        "tone": TONES[found.status], "word": found.get_status_display(), "form": form, "refused": refused,
        "last_period": formats.period(trials.last_period(found.plan, accounts.today())),
        "is_author": mine, "may_prepare": request.actor.may("pay.prepare"),
        "may_approve": request.actor.may("pay.approve") and not mine,
        "may_end": request.actor.may("pay.approve") and found.status == PlanVersion.Status.PUBLISHED,
    }  # fmt: skip
    return render(request, "incentives/plans/version.html", context, status=status)


def _text(found: PlanVersion, language: str) -> str:
    if found.status in reading.PUBLISHED:
        return found.text_zh if language.startswith("zh") else found.text_en
    return publishing.written(found, language)


def _changes(before: str, after: str) -> list[tuple[str, str]]:
    """Lines that are gone ("-") and new ("+")."""
    rows = difflib.ndiff(before.splitlines(), after.splitlines())
    return [(row[0], row[2:].removeprefix("- ")) for row in rows if row[:1] in "+-" and row[2:].strip()]


def _acted(request: HttpRequest, found: PlanVersion, refusal: Refusal, form: ReasonForm | None = None) -> HttpResponse:
    """The version again, with what stood in the way."""
    form = form or ReasonForm()
    found.refresh_from_db()
    if refusal.issues and form.is_bound:
        form.show(refusal.issues)
    issues = refusal.issues if not form.is_bound else ()
    return _version(request, found, form, refusal.status, refusal.in_words(_), tuple(issues))


@requires("pay.prepare")
@require_POST
def propose(request: HttpRequest, key: str, number: int) -> HttpResponse:
    """Ask for approval of a draft."""
    found = reading.version_for(key, number)
    try:
        publishing.propose(actor=request.actor, version_id=found.pk, revision=_revision(request))
    except Refusal as refusal:
        return _acted(request, found, refusal)
    tell(request, _("The plan waits for approval."))
    return redirect("pay:version", key, number)


def _revision(request: HttpRequest) -> int:
    text = request.POST.get("revision", "")
    return int(text) if text.isdecimal() and len(text) < 9 else 0


@requires("pay.view")
@require_POST
def send_back(request: HttpRequest, key: str, number: int) -> HttpResponse:
    """Return a proposed plan to its authors, or take one's own back."""
    found, form = reading.version_for(key, number), ReasonForm(request.POST)
    form.full_clean()
    try:
        publishing.send_back(actor=request.actor, version_id=found.pk, reason=form.text("reason"))
    except Refusal as refusal:
        return _acted(request, found, refusal, form)
    tell(request, _("The plan is a draft again."))
    return redirect("pay:version", key, number)


@requires("pay.approve")
@require_POST
def publish(request: HttpRequest, key: str, number: int) -> HttpResponse:
    """Approve a plan and publish it to those it is for."""
    found = reading.version_for(key, number)
    try:
        publishing.publish(
            actor=request.actor, version_id=found.pk, seen=request.POST.get("seen", ""), now=timezone.now()
        )
    except Refusal as refusal:
        return _acted(request, found, refusal)
    tell(request, _("The plan is published."))
    return redirect("pay:version", key, number)


@requires("pay.prepare")
@require_POST
def try_out(request: HttpRequest, key: str, number: int) -> HttpResponse:
    """What a version would have paid in the last period that is over: a dry run, of a draft, too."""
    found = reading.version_for(key, number)
    try:
        made = trials.try_version(actor=request.actor, version_id=found.pk, today=accounts.today())
    except Refusal as refusal:
        return _acted(request, found, refusal)
    tell(request, _("This is a dry run: nobody is paid by it."))
    return redirect("pay:run", made.pk)


@requires("pay.approve")
@require_http_methods(["GET", "POST"])
def end(request: HttpRequest, key: str, number: int) -> HttpResponse:
    """Let a published plan end."""
    found = reading.version_for(key, number)
    form = EndForm(posted(request))
    ended = sent(form, lambda: publishing.end_plan(
        actor=request.actor, version_id=found.pk, last=form.cleaned_data.get("last") or accounts.today(),
        reason=form.text("reason"),
    ))  # fmt: skip
    if ended.done:
        tell(request, _("The plan has an end."))
        return redirect("pay:plan", key)
    context = {"form": form, "version": found, "plan": found.plan, "crumbs": crumbs(found.plan)}
    return render(request, "incentives/plans/end.html", context, status=ended.status)


@requires("pay.prepare")
@require_POST
def begin_version(request: HttpRequest, key: str) -> HttpResponse:
    """A new version, to be changed and approved."""
    found: IncentivePlan = reading.plan_for(key)
    services.begin_version(actor=request.actor, plan_id=found.pk)
    return redirect("pay:edit", key)


@requires("pay.prepare")
@require_http_methods(["GET", "POST"])
def discard(request: HttpRequest, key: str) -> HttpResponse:
    """Throw a draft away, after asking."""
    draft = reading.draft_for(key)
    if request.method == "POST":
        left = services.discard_draft(actor=request.actor, version_id=draft.pk, revision=_revision(request))
        tell(request, _("The draft is discarded."))
        return redirect("pay:plan", key) if left is not None else redirect("pay:plans")
    return render(
        request, "incentives/plans/discard.html", {"version": draft, "plan": draft.plan, "crumbs": crumbs(draft.plan)}
    )
