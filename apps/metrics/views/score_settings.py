"""The page on which a score is weighed: areas, weights, scales, limits, bands, members, and from when on."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from apps.common import formats
from apps.common.middleware import tell
from apps.datasets import selectors as datasets
from apps.kernel.issue import Issue, Refusal
from apps.kernel.period import Grain
from apps.metrics import selectors, services
from apps.metrics.domain.definition import Definition, ScoreDefinition, document_of, parse
from apps.metrics.domain.differences import rebased
from apps.metrics.domain.fields import Known
from apps.metrics.forms import ScoreForm, initial_of
from apps.metrics.forms.score_weights import spread_as_asked
from apps.metrics.selectors import DraftView, MetricView
from apps.metrics.views import score_live
from apps.metrics.views.differences import field_words, rows_of
from apps.workspaces.scope import current_workspace

STARTS_BEFORE, STARTS_AFTER = 12, 2
EVER = "ever"
LIVE = ("words", "preview")


def edit(
    request: HttpRequest, metric: MetricView, draft: DraftView | None, definition: ScoreDefinition
) -> HttpResponse:
    """Work on a score that exists: what is saved is a draft."""
    return _Desk(request, metric, draft, definition).answer()


def new(request: HttpRequest) -> HttpResponse:
    """Define a score that is new: it holds for all periods."""
    return _Desk(request, None, None, None).answer()


class _Desk:
    """One request of the page: what stands in the form, and what comes of it."""

    def __init__(
        self, request: HttpRequest, metric: MetricView | None, draft: DraftView | None, definition: Definition | None
    ) -> None:
        self.request, self.metric, self.draft, self.definition = request, metric, draft, definition
        self.known: Known = selectors.known()
        self.views = selectors.metrics()
        self.starts = _starts(metric) if metric else []
        self.data = spread_as_asked(request.POST)
        self.base = self._base()

    def answer(self) -> HttpResponse:
        """Show the form, or show it again with more fields, with the periods, or with what is wrong; or save it."""
        request = self.request
        refresh = request.POST.get("refresh", "")
        form = self._form(self.data or None, self._initial())
        if request.htmx and refresh in LIVE:
            return render(request, "metrics/_score_live.html", self._live(form) | {"fragment": True})
        if "carry" in request.POST:
            return self._carried(form)
        status, extra = 200, {}
        if form.is_bound and not refresh:
            done = self._save(form)
            if isinstance(done, HttpResponse):
                return done
            status, extra = done
        return self._page(self._as_typed(form) if refresh else form, status, extra)

    # --- the form -------------------------------------------------------------------------------------------------

    def _initial(self) -> dict[str, Any]:
        if self.definition is None:
            return {"least_coverage": 70}
        initial = initial_of(document_of(self.definition)) | {"note": self.draft.note if self.draft else ""}
        return initial | {"start": self._start_in(self.draft)}

    def _start_in(self, draft: DraftView | None) -> str:
        if draft is None:
            return services.first_day_of_running(self.metric.definition).isoformat() if self.metric else EVER
        return draft.effective_from.isoformat() if draft.effective_from else EVER

    def _form(self, data: Any, initial: Mapping[str, Any]) -> ScoreForm:
        chosen = str((data or initial).get("start") or "")
        starts = self.starts
        if _day(chosen) and starts and chosen not in dict(starts):
            starts = [(chosen, _("from %(day)s on") % {"day": chosen}), *starts]
        return ScoreForm(
            data, kind="score", initial=dict(initial), datasets=datasets.datasets(),
            currency=self.request.workspace.currency, editing=self.metric is not None, metrics=self.views,
            starts=starts,
        )  # fmt: skip

    def _as_typed(self, form: ScoreForm) -> ScoreForm:
        """The same fields with what was typed so far, before anything is checked."""
        typed = {name: "" if form[name].data is None else form[name].data for name in form.fields}
        initial = {name: data for name, data in typed.items() if data != "" or not form.fields[name].initial}
        return self._form(None, initial)

    def _base(self) -> Definition | None:
        """What the person began from: what another admin changed meanwhile is found by it."""
        sent = self.request.POST.get("base", "")
        if not sent:
            return self.definition
        try:
            return parse(json.loads(sent))
        except (ValueError, RecursionError, Refusal):
            return self.definition

    # --- what stands beside it ------------------------------------------------------------------------------------

    def _live(self, form: ScoreForm) -> dict[str, Any]:
        definition: ScoreDefinition | None = None
        wrong: list[str] = []
        if form.is_bound:
            definition, wrong = score_live.typed_definition(form)
        elif isinstance(self.definition, ScoreDefinition):
            definition = self.definition
        start = _day(form["start"].value() if "start" in form.fields else None)
        live = score_live.context_of(self.request, form, self.known, self.metric, definition, start)
        return live | {
            "form": form,
            "wrong": wrong if self.request.POST.get("refresh") else [],
            "action": self.request.get_full_path(),
            "metric": self.metric,
        }

    def _page(self, form: ScoreForm, status: int, extra: Mapping[str, Any]) -> HttpResponse:
        request, metric, draft = self.request, self.metric, self.draft
        seen = request.POST.get("seen", draft.revision if draft else 0)
        crumbs = [(_("Metrics"), reverse("metrics:list"))]
        crumbs.append((metric.name, reverse("metrics:detail", args=[metric.key])) if metric
                      else (_("New metric"), reverse("metrics:new")))  # fmt: skip
        context = {
            **self._live(form),
            "heading": metric.name if metric else _("A score"),
            "seen": seen if metric else None,
            "base": json.dumps(document_of(self.base)) if metric and self.base is not None else "",
            "draft": draft,
            "needs_approval": metric is not None and selectors.needs_second_admin(),
            "members": self._members() if metric else [],
            "users": selectors.usage_of(metric) if metric else [],
            "crumbs": crumbs,
            "back": reverse("metrics:detail", args=[metric.key]) if metric else reverse("metrics:list"),
            "submit": _("Save as a draft and compare") if metric else _("Save and compute"),
            **extra,
        }
        template = "metrics/_score_form.html" if request.htmx else "metrics/score_settings.html"
        return render(request, template, context, status=status)

    def _members(self) -> list[str]:
        """Members that the score has values for, to choose from."""
        assert self.metric is not None  # noqa: S101 - asked of a score that exists
        grain = self.metric.grains[0]
        found = [selectors.members_of(self.metric, grain, dimension) for dimension in self.metric.dimensions]
        return sorted({member for members in found for member in members if member})[:200]

    # --- what comes of it -----------------------------------------------------------------------------------------

    def _save(self, form: ScoreForm) -> HttpResponse | tuple[int, dict[str, Any]]:
        """Done, or the status and what else the page says."""
        if not form.is_valid():
            return 422, {}
        definition: Definition | None = None
        try:
            definition = parse(form.document())
            if self.metric is None:
                actor = self.request.actor
                services.define(actor=actor, definition=definition, owner_id=actor.id, new=True)
                return self._go(_("Saved. The values are being computed."), "detail", definition.key)
            services.save_draft(
                actor=self.request.actor, metric_id=self.metric.id, definition=definition,
                note=form.cleaned_data.get("note", ""), seen=self._seen(),
                start=_day(form.cleaned_data.get("start")) or services.Since.EVER,
            )  # fmt: skip
        except Refusal as refusal:
            if refusal.status == 409 and definition is not None and self.metric is not None:
                return 409, {"conflict": self._conflict(definition, refusal)}
            if not refusal.issues:
                form.add_error(None, refusal.in_words(_))
            form.show(_at_start(refusal.issues))
            return 422, {}
        return self._go(
            _("The draft is saved. It is being compared with the current version."), "draft", self.metric.key
        )

    def _seen(self) -> int | None:
        sent = self.request.POST.get("over") or self.request.POST.get("seen", "")
        return int(sent) if sent.isdecimal() and len(sent) < 10 else None

    def _go(self, message: str, name: str, key: str) -> HttpResponse:
        tell(self.request, message)
        url = reverse(f"metrics:{name}", args=[key])
        if not self.request.htmx:
            return redirect(url)
        response = HttpResponse(status=204)
        response["HX-Redirect"] = url
        return response

    # --- two at once ----------------------------------------------------------------------------------------------

    def _theirs(self) -> tuple[Definition, int, str]:
        """What stands there by now: the definition, its revision, and who saved it."""
        assert self.metric is not None  # noqa: S101 - only a score that exists can be changed by another
        metric = selectors.metric_for(self.metric.key)
        draft = selectors.draft_of(metric)
        if draft is not None:
            return draft.definition, draft.revision, draft.by
        return metric.definition, 0, selectors.version_for(metric, metric.version_number).by

    def _conflict(self, mine: Definition, refusal: Refusal) -> dict[str, Any]:
        """What the other changed and what this person changed, both against what both began from."""
        theirs, revision, who = self._theirs()
        base = self.base or theirs
        same_kind = {base.kind, mine.kind, theirs.kind} == {"score"}
        return {
            "text": refusal.in_words(_),
            "who": who,
            "revision": revision,
            "theirs": rows_of(base, theirs, self.known) if same_kind else [],
            "mine": rows_of(base, mine, self.known) if same_kind else [],
            "both": [field_words(where) for where in rebased(base, mine, theirs).conflicts] if same_kind else [],
        }

    def _carried(self, form: ScoreForm) -> HttpResponse:
        """The form with the other's changes and this person's on top; nothing is saved yet."""
        theirs, revision, who = self._theirs()
        if not form.is_valid():
            return self._page(form, 422, {})
        try:
            mine = parse(form.document())
            put_together = rebased(self.base or theirs, mine, theirs)
            definition = parse(put_together.document)
        except Refusal as refusal:
            form.show(refusal.issues)
            return self._page(form, 422, {})
        initial = initial_of(document_of(definition)) | {
            "note": form.cleaned_data.get("note", ""), "start": form.cleaned_data.get("start") or EVER,
        }  # fmt: skip
        self.base, self.definition = theirs, definition
        names = formats.listed(field_words(where) for where in put_together.conflicts)
        extra = {"seen": revision, "carried": {"who": who, "conflicts": names}}
        return self._page(self._form(None, initial), 200, extra)


def _at_start(issues: list[Issue]) -> list[Issue]:
    return [Issue("start", i.message, i.params) if i.where == "effective_from" else i for i in issues]


def _day(text: Any) -> date | None:
    try:
        return date.fromisoformat(str(text))
    except ValueError:
        return None


def _starts(metric: MetricView) -> list[tuple[str, str]]:
    """From when on a change may hold: the running period first, then later and earlier ones, then ever."""
    running = services.first_day_of_running(metric.definition)
    calendar = current_workspace().calendar
    grain = min(metric.grains, key=list(Grain).index)
    period = calendar.period_of(running, grain)
    found = [(running.isoformat(), _("from %(period)s on, the running one") % {"period": formats.period(period)})]
    for by in [*range(1, STARTS_AFTER + 1), *range(-1, -STARTS_BEFORE - 1, -1)]:
        other = calendar.shift(period, by)
        found.append((other.start.isoformat(), _("from %(period)s on") % {"period": formats.period(other)}))
    return [*found, (EVER, _("for all periods there ever were"))]
