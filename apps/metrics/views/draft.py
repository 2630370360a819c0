"""The draft of a definition: beside the current version, carried along, discarded, published."""

from collections.abc import Sequence
from decimal import Decimal
from itertools import dropwhile
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from apps.common import charts, formats
from apps.common.access import requires
from apps.common.middleware import tell
from apps.datasets import selectors as datasets
from apps.kernel.issue import Refusal
from apps.kernel.period import Grain
from apps.metrics import presentation, selectors, services
from apps.metrics.domain.differences import same_figures
from apps.metrics.selectors import ComparisonView, DraftView, FigureRow, MetricView
from apps.metrics.views.catalog import POINTS_IN_CHART
from apps.metrics.views.differences import field_words, rows_of
from apps.metrics.views.versions import crumbs_of
from apps.work import selectors as work_selectors

COMPARE = "metrics.compare"


@requires("metrics.edit")
@require_GET
def draft(request: HttpRequest, key: str) -> HttpResponse:
    """What the draft changes, in words and in figures, and the way to publish it."""
    metric = selectors.metric_for(key)
    found = selectors.draft_of(metric)
    if found is None:
        tell(request, _("There is no open draft of “%(name)s”.") % {"name": metric.name})
        return redirect("metrics:versions", metric.key)
    return _page(request, metric, found)


def _page(
    request: HttpRequest,
    metric: MetricView,
    found: DraftView,
    *,
    note: str | None = None,
    refusal: Refusal | None = None,
) -> HttpResponse:
    known = selectors.known()
    work = work_selectors.latest(COMPARE, found.id)
    if work and work.status == "done" and found.comparison is None:  # it ended after the draft was read
        found = selectors.draft_of(metric) or found
    compared = found.comparison
    behind = found.based_on.id != metric.version_id
    context = {
        "metric": metric,
        "draft": found,
        "current_words": selectors.in_words(metric.definition, known),
        "draft_words": selectors.in_words(found.definition, known),
        "changes": rows_of(metric.definition, found.definition, known),
        "behind": behind,
        "work": _progress(request, work) if work and not work.is_finished else None,
        "parked": work if work and work.status == "parked" else None,
        "compared": _compared(request, metric, found, compared) if compared else None,
        "stale": _stale(metric, found, compared) if compared else "",
        "users": selectors.usage_of(metric),
        "note": found.note if note is None else note,
        "note_wrong": next((i.in_words(_) for i in refusal.issues if i.where == "note"), "") if refusal else "",
        "refusal": refusal.in_words(_) if refusal else "",
        "issues": [i.in_words(_) for i in refusal.issues if i.where not in ("note", "reason")] if refusal else [],
        "reason_wrong": next((i.in_words(_) for i in refusal.issues if i.where == "reason"), "") if refusal else "",
        "starts": _starts(metric, found),
        **_approval(request, metric, found),
        "crumbs": crumbs_of(metric),
    }
    return render(request, "metrics/draft.html", context, status=refusal.status if refusal else 200)


def _starts(metric: MetricView, found: DraftView) -> str:
    """From when on a change of a score holds, in words; "" for other kinds."""
    if metric.kind != "score" or found.definition.kind != "score":
        return ""
    if same_figures(metric.definition, found.definition):
        return _("Only words change: every period keeps its figure.")
    if found.effective_from is None:
        return _("It holds for all periods there ever were: past figures change, too.")
    day = formats.day(found.effective_from)
    return _("It holds for periods that begin on %(day)s or later; those before keep their weights.") % {"day": day}


def _approval(request: HttpRequest, metric: MetricView, found: DraftView) -> dict[str, Any]:
    """Whether a second admin has to approve it, and whether this person may. One query for scores."""
    needed = "score" in (metric.kind, found.definition.kind) and selectors.needs_second_admin()
    own = str(request.actor.id) in found.authors
    return {
        "needs_approval": needed,
        "may_approve": bool(found.asked_by) and request.actor.may("scores.approve") and not own,
        "own_change": own,
    }


def _progress(request: HttpRequest, work: Any) -> dict[str, Any]:
    return work_selectors.progress_of(work, next_url=request.get_full_path())


def _stale(metric: MetricView, found: DraftView, compared: ComparisonView) -> str:
    """Why the comparison is not of what there is now; "" if it is. One query."""
    if compared.revision != found.revision:
        return _("The draft was changed after this comparison.")
    if compared.version_id != metric.version_id:
        return _("Another version was published after this comparison.")
    numbers = {each.key: each.current_version.number for each in datasets.datasets() if each.current_version}
    if any(numbers.get(key) != number for key, number in compared.numbers.items()):
        return _("New data was loaded after this comparison.")
    return ""


def _compared(request: HttpRequest, metric: MetricView, found: DraftView, compared: ComparisonView) -> dict[str, Any]:
    """The two series of one grain: a chart, a table, and how much of them differs."""
    grains = list(compared.rows)
    asked = request.GET.get("grain", "")
    grain = Grain(asked) if asked in grains else (Grain.MONTH if Grain.MONTH in grains else next(iter(grains), None))
    if grain is None:
        return {"made_at": compared.made_at, "rows": []}
    rows = compared.rows[grain]
    shown = rows[-POINTS_IN_CHART[grain] :]
    style = presentation.style_of(found.definition.unit, request.workspace.currency)
    return {
        "made_at": compared.made_at,
        "sources": compared.numbers,
        "tabs": [
            {"label": presentation.grain_word(each), "url": f"?{urlencode({'grain': each})}", "current": each == grain}
            for each in grains
        ],
        "total": len(rows),
        "differing": sum(row.differs for row in rows),
        "chart": _chart(shown, metric, style, grain),
        "rows": [_line(row, style) for row in reversed(shown)],
    }


def _has_no_value(row: FigureRow) -> bool:
    """Before the first value there is nothing to draw: a window has to fill first."""
    return all(figure is None or figure.value is None for figure in (row.now, row.draft))


def _chart(rows: Sequence[FigureRow], metric: MetricView, style: formats.Style, grain: Grain) -> charts.Trend:
    points = [
        charts.Point(
            label=presentation.axis_label(row.period),
            name=formats.period(row.period),
            actual=row.draft.value if row.draft else None,
            other=row.now.value if row.now else None,
        )
        for row in dropwhile(_has_no_value, rows)
    ]
    title = _("%(name)s: the draft and the current version") % {"name": metric.name}
    current = _("Version %(n)s") % {"n": metric.version_number}
    head = presentation.grain_word(grain)
    return charts.Trend(
        key="compare", title=title, head=head, style=style, points=points, name=_("Draft"), other_name=current
    )


def _line(row: FigureRow, style: formats.Style) -> dict[str, Any]:
    now, new = row.now, row.draft
    change = row.difference
    return {
        "period": formats.period(row.period),
        "now": style.full(now.value) if now else formats.DASH,
        "draft": style.full(new.value) if new else formats.DASH,
        "change": change,
        "change_text": style.change(change),
        "share": _share(change, now.value if now else None),
        "state": presentation.state_name(new.state) if new else _("No data"),
        "reason": new.reason if new else "",
        "differs": row.differs,
    }


def _share(change: Decimal | None, base: Decimal | None) -> str:
    """The change in percent of the current figure; "" where that says nothing."""
    if not change or not base:
        return ""
    return formats.signed(formats.Style(formats.Kind.PERCENT, 1).full(abs(change / base)), change / base)


@requires("metrics.edit")
@require_POST
def publish(request: HttpRequest, key: str) -> HttpResponse:
    """Make the draft the next version; told in place if somebody was faster."""
    metric = selectors.metric_for(key)
    note = request.POST.get("note", "")
    try:
        version = services.publish_draft(
            actor=request.actor, metric_id=metric.id, note=note, seen=_seen(request), over=_number(request, "over")
        )
    except Refusal as refusal:
        return _refused(request, key, refusal, note)
    tell(request, _("Version %(n)s is published. The values are being computed.") % {"n": version.number})
    return redirect("metrics:detail", metric.key)


@requires("metrics.edit")
@require_POST
def ask(request: HttpRequest, key: str) -> HttpResponse:
    """Ask the other admins to approve the draft of a score."""
    metric = selectors.metric_for(key)
    note = request.POST.get("note", "")
    try:
        services.ask_for_approval(actor=request.actor, metric_id=metric.id, note=note, seen=_seen(request))
    except Refusal as refusal:
        return _refused(request, key, refusal, note)
    tell(request, _("The other admins are asked. The change takes effect when one of them approves it."))
    return redirect("metrics:draft", metric.key)


@requires("scores.approve")
@require_POST
def approve(request: HttpRequest, key: str) -> HttpResponse:
    """As a second admin, let the change take effect."""
    metric = selectors.metric_for(key)
    try:
        version = services.approve_draft(actor=request.actor, metric_id=metric.id, seen=_seen(request) or 0)
    except Refusal as refusal:
        return _refused(request, key, refusal)
    tell(request, _("Version %(n)s is approved and takes effect. The values are being computed.") % {
        "n": version.number,
    })  # fmt: skip
    return redirect("metrics:detail", metric.key)


@requires("scores.approve")
@require_POST
def reject(request: HttpRequest, key: str) -> HttpResponse:
    """As a second admin, send the change back with a reason."""
    metric = selectors.metric_for(key)
    reason = request.POST.get("reason", "")
    try:
        services.reject_draft(actor=request.actor, metric_id=metric.id, seen=_seen(request) or 0, reason=reason)
    except Refusal as refusal:
        return _refused(request, key, refusal)
    tell(request, _("The draft went back to its author with your reason."))
    return redirect("metrics:draft", metric.key)


def _refused(request: HttpRequest, key: str, refusal: Refusal, note: str | None = None) -> HttpResponse:
    """The draft again with what stands in the way; the refusal alone where there is no draft any more."""
    metric = selectors.metric_for(key)
    found = selectors.draft_of(metric)
    if found is None:
        raise refusal
    return _page(request, metric, found, note=note, refusal=refusal)


@requires("metrics.edit")
@require_POST
def discard(request: HttpRequest, key: str) -> HttpResponse:
    metric = selectors.metric_for(key)
    services.discard_draft(actor=request.actor, metric_id=metric.id, seen=_seen(request))
    tell(request, _("The draft was discarded."))
    return redirect("metrics:versions", metric.key)


@requires("metrics.edit")
@require_POST
def rebase(request: HttpRequest, key: str) -> HttpResponse:
    """Carry the draft's changes to the version that is current by now."""
    metric = selectors.metric_for(key)
    conflicts = services.rebase_draft(actor=request.actor, metric_id=metric.id, seen=_seen(request))
    if conflicts:
        names = formats.listed(field_words(where) for where in conflicts)
        tell(request, _("Both changed the same, and the draft's was kept. Look at: %(names)s.") % {"names": names})
    else:
        tell(request, _("The draft's changes now stand on version %(n)s.") % {"n": metric.version_number})
    return redirect("metrics:draft", metric.key)


@requires("metrics.edit")
@require_POST
def compare(request: HttpRequest, key: str) -> HttpResponse:
    """Compare anew, from the data as it is now."""
    metric = selectors.metric_for(key)
    services.request_comparison(actor=request.actor, metric_id=metric.id)
    return redirect("metrics:draft", metric.key)


def _seen(request: HttpRequest) -> int | None:
    return _number(request, "seen")


def _number(request: HttpRequest, name: str) -> int | None:
    """A whole number that the page sent along; 404 if it is none."""
    sent = request.POST.get(name, "")
    if not sent:
        return None
    if not sent.isdecimal() or len(sent) > 9:
        raise Http404
    return int(sent)
