"""Setting a target: of which metric, for whom, of which kind, from, to, by when. The same page replaces one."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from apps.accounts.access import requires
from apps.accounts.selectors import active_names
from apps.common.formats import Kind as FigureKind
from apps.common.formats import rounded
from apps.common.middleware import tell
from apps.kernel.issue import NotHere, Refusal
from apps.kernel.period import Grain
from apps.metrics import selectors as metrics
from apps.metrics.presentation import style_of
from apps.metrics.selectors import MetricView, Series
from apps.targets import presentation, selectors, services
from apps.targets.domain import basis, checks, shapes, terms
from apps.targets.domain.kinds import Kind, Shape, State
from apps.targets.forms import LIVE, ScopeForm, TargetForm
from apps.targets.models import Target
from apps.targets.presentation import kept_when_asked
from apps.targets.views.common import crumbs, doors, part_asked, part_choices, part_of, past


@requires("targets.edit")
@require_http_methods(["GET", "POST"])
@kept_when_asked
def new(request: HttpRequest) -> HttpResponse:
    """Choose a metric, then say from, to, by when. The same page replaces the target in force."""
    metric = _metric_asked(request)
    if metric is None:
        scope = ScopeForm(metrics=metrics.metrics(), chosen=None)
        context = {"scope": scope, "has_metrics": len(scope.fields["metric"].choices) > 1, "crumbs": crumbs()}
        return render(request, "targets/set.html", context | doors(request))
    return _Desk(request, metric).answer()


def _metric_asked(request: HttpRequest) -> MetricView | None:
    key = request.GET.get("metric", "")
    found = metrics.metric_for(key) if key else None
    if found is not None and found.archived:
        raise NotHere(_("This metric is archived."))
    return found


def _grain_asked(request: HttpRequest, metric: MetricView) -> Grain:
    """The grain of the address; else the North Star's own, else the metric's first."""
    asked = request.GET.get("grain", "")
    if asked in metric.grains:
        return Grain(asked)
    chosen = metrics.north_star()
    if chosen is not None and chosen.grain in metric.grains:
        return chosen.grain
    return Grain.MONTH if Grain.MONTH in metric.grains else metric.grains[0]


def _kind_asked(request: HttpRequest, metric: MetricView, former: Target | None) -> Kind:
    asked = request.GET.get("kind", "")
    if asked in set(Kind) and (asked != Kind.RATE or metric.unit.kind == "percent"):
        return Kind(asked)
    return Kind(former.kind) if former else Kind.LEVEL


class _Desk:
    """One request of the page: what stands in the form, and what comes of it."""

    def __init__(self, request: HttpRequest, metric: MetricView) -> None:
        self.request, self.metric = request, metric
        self.grain = _grain_asked(request, metric)
        self.part = part_asked(request.GET.get("of", ""), metric)
        self.former = selectors.head_of(metric.id, self.grain, **self.part)
        self.kind = _kind_asked(request, metric, self.former)
        self.style = style_of(metric.unit, request.workspace.currency)
        self.series = self._read(max(selectors.LOOK_BACK, basis.MOST_PERIODS))

    def _read(self, last: int) -> Series:
        """The values of whom the target is for; a team's are those of the member it is named by."""
        team_id = self.part.get("team_id")
        if team_id is None:
            where = self.part.get("dimension", ""), self.part.get("member", "")
            return metrics.series(self.metric, self.grain, *where, last=last)
        found = selectors.team_series([self.metric.id], self.grain, [team_id], last=last)
        return found.get((team_id, self.metric.id)) or Series(self.metric, self.grain, "", "", ())

    def answer(self) -> HttpResponse:
        form = self._form(self.request.POST if self.request.method == "POST" else None)
        if form.is_bound:
            saved = self._save(form)
            if saved is not None:
                return saved
            self.former = selectors.head_of(self.metric.id, self.grain, **self.part)
        return self._page(form)

    def _form(self, data: Any) -> TargetForm:
        return TargetForm(
            data,
            style=self.style,
            suffix=self.metric.suffix,
            replaces=self.former is not None,
            kind=self.kind,
            people=list(active_names().items()),
            initial=self._initial(),
        )

    def _initial(self) -> dict[str, Any]:
        """The target agreed last, or a plausible one: from the newest value of an ended period, starting after it."""
        former, latest = self.former, self.series.latest
        value = self._as_shown(latest.value) if latest and latest.value is not None else None
        if former is not None:
            told = {name: getattr(former, name) for name in (*terms.FIGURES, "start", "due", "review_on", "pace")}
            if former.kind != self.kind:
                told |= {
                    "baseline": value,
                    "goal": None,
                    "pace": next(iter(shapes.SHAPES_OF[self.kind]), Shape.PERIODS),
                }
            milestones = terms.milestones_of(former.milestones) if former.kind == self.kind else ()
            if not terms.has_begun(former, self.request.workspace.calendar.today(timezone.now())):
                told["valid_from"] = former.valid_from
            return {**told, "milestones": milestones, "seen": former.pk, "owner": former.owner_id, "kind": self.kind}
        calendar = self.request.workspace.calendar
        today = calendar.today(timezone.now())
        after = latest.period.start if latest else calendar.shift(calendar.period_of(today, self.grain), -1).start
        start, due = checks.usual_dates(calendar, self.grain, after)
        owner = self.metric.owner_id or self.request.actor.id
        base = {"pace": Shape.WORKING_DAYS} if self.kind is Kind.FLOW else {"pace": Shape.PERIODS, "baseline": value}
        return {**base, "start": start, "due": due, "owner": owner, "kind": self.kind}

    def _as_shown(self, value: Decimal) -> Decimal:
        """A value with the digits it is shown with: what somebody reads is what they agree to."""
        return rounded(value, self.style.digits + (2 if self.style.kind is FigureKind.PERCENT else 0))

    def _save(self, form: TargetForm) -> HttpResponse | None:
        """Set the target; None, with every error in its place, if it cannot be."""
        form.is_valid()
        wish, stored = self._wish(form)
        form.asks_purpose = form.asks_purpose or checks.is_wrong_way(wish, self.metric.direction)
        beside, scope = form.beside(), services.Scope(self.metric.id, self.grain, **self.part)
        if form.errors:
            reason = beside["reason"]
            form.show(services.issues_of(wish, self.metric, self.former, scope=scope, reason=reason))
            return None
        try:
            made = services.set_target(
                actor=self.request.actor, metric_id=self.metric.id, **self.part, **vars(wish), basis=stored, **beside
            )
        except Refusal as refusal:
            if not refusal.issues:
                form.add_error(None, refusal.in_words(_))
                form.see(selectors.head_of(self.metric.id, self.grain, **self.part))
            form.show(refusal.issues)
            return None
        name = presentation.named(self.metric.name, made)
        proposed = made.status == State.PROPOSED
        done = _("The target for “%(name)s” is proposed. It counts once another admin has approved it.") if proposed \
            else _("The target for “%(name)s” is set.")  # fmt: skip
        tell(self.request, done % {"name": name})
        return redirect("targets:list")

    def _wish(self, form: TargetForm) -> tuple[checks.Wish, dict[str, Any] | None]:
        """What was typed, with the goal worked out where it was said by an average; and that average."""
        wish, said = form.wish(self.grain), form.basis()
        if said is None:
            return wish, None
        ended = [p.value for p in self.series.points if p.value is not None and not p.is_open]
        found = basis.issues(said, ended, wish.goal)
        if found:
            form.show(found)
            return wish, None
        mean = basis.average(ended[-said.periods :])
        times = 1
        if self.kind is Kind.FLOW and wish.start and wish.due:
            times = max(1, len(self.request.workspace.calendar.between(wish.start, wish.due, self.grain)))
        goal = self._as_shown(basis.as_decimal(basis.goal(said, mean, times)))
        given = vars(wish) | {"goal": goal}
        if self.kind is Kind.LEVEL and wish.baseline is None:
            given["baseline"] = self._as_shown(basis.as_decimal(mean))
        return checks.Wish(**given), said.as_json(self._as_shown(basis.as_decimal(mean)))

    def sentence(self, form: TargetForm) -> str:
        """What the form says so far, in one line; nothing while something is missing or wrong."""
        if form.is_bound:
            wish, _stored = self._wish(form)
        else:
            told = form.initial
            given = {name: told.get(name) for name in (*terms.FIGURES, *terms.DAYS)}
            wish = checks.Wish(self.grain, kind=self.kind, pace=Shape(told.get("pace") or Shape.PERIODS),
                               milestones=told.get("milestones") or (), **given)  # fmt: skip
        meant = checks.Wish(**vars(wish) | {"on_purpose": True})
        if services.issues_of(meant, self.metric, None):
            return ""
        calendar = self.request.workspace.calendar
        start, due = selectors.whole(calendar, meant)
        row = Target(grain=str(self.grain), **self.part, **terms.of_wish(meant, start=start, due=due, valid_from=None))
        name = presentation.named(self.metric.name, row)
        words = presentation.terms_in_words(row, self.style)
        return _("%(name)s: %(words)s") % {"name": name, "words": words} \
            + f" · {presentation.periods_words(selectors.course_of(row))}"  # fmt: skip

    def _page(self, form: TargetForm) -> HttpResponse:
        request, metric, former = self.request, self.metric, self.former
        scope = ScopeForm(
            initial={"metric": metric.key, "grain": self.grain, "kind": self.kind, "of": request.GET.get("of", "")},
            metrics=metrics.metrics(),
            chosen=metric,
            parts=part_choices(metric, self.grain),
        )
        context = {
            "scope": scope,
            "has_metrics": True,
            "form": form,
            "metric": metric,
            "query": urlencode(
                {"metric": metric.key, "grain": self.grain, "kind": self.kind, "of": request.GET.get("of", "")}
            ),
            "live": ", ".join(f"[name={name}]" for name in LIVE),
            "former": past(former, metric, request.workspace.currency) if former else None,
            "latest": self.series.latest,
            "team_without": bool(self.part.get("team_id")) and not self.series.dimension,
            "style": self.style,
            "sentence": self.sentence(form),
            "needs_approval": selectors.needs_second_admin(),
            "crumbs": crumbs(),
        }
        return render(request, "targets/set.html", context, status=422 if form.is_bound else 200)


@requires("targets.edit")
@require_GET
def sentence(request: HttpRequest) -> HttpResponse:
    """The fragment under the form, while somebody types: what is being agreed, in one line."""
    metric = _metric_asked(request)
    if metric is None:
        raise NotHere(_("Choose a metric first."))
    desk = _Desk(request, metric)
    form = desk._form(request.GET)
    form.is_valid()
    return render(request, "targets/_sentence.html", {"sentence": desk.sentence(form)})


@requires("targets.edit")
@require_GET
def edit(request: HttpRequest, target_id: UUID) -> HttpResponse:
    """Where a target in force is replaced: the page that sets one for the same metric."""
    target = selectors.target_by_id(target_id)
    if target.ended_at is not None:
        raise Refusal(services.ENDED_ALREADY, status=409)
    metric = metrics.metric_for(target.metric_id)
    query = {"metric": metric.key, "grain": target.grain, "of": part_of(target)}
    return redirect(reverse("targets:new") + "?" + urlencode({key: value for key, value in query.items() if value}))
