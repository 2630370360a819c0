"""The versions of a metric's definition: its history, its certification, bringing an old one back."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from apps.common import tables
from apps.common.access import requires
from apps.common.middleware import tell
from apps.kernel.issue import Refusal
from apps.metrics import selectors, services
from apps.metrics.domain.checks import Known
from apps.metrics.selectors import MetricView, VersionView
from apps.metrics.views.differences import rows_of


def crumbs_of(metric: MetricView, *more: tuple[str, str]) -> list[tuple[str, str]]:
    """The way to a page below a metric's own."""
    return [(_("Metrics"), reverse("metrics:list")), (metric.name, reverse("metrics:detail", args=[metric.key])), *more]


@requires("metrics.view")
@require_GET
def history(request: HttpRequest, key: str) -> HttpResponse:
    """Every version with who, when, why and what it changed."""
    return _history(request, selectors.metric_for(key))


def _history(
    request: HttpRequest, metric: MetricView, *, note: str = "", wrong: str = "", status: int = 200
) -> HttpResponse:
    known = selectors.known()
    versions = selectors.history_of(metric)
    draft = selectors.draft_of(metric)
    context = {
        "metric": metric,
        "rows": [_row(version, before, metric, known) for version, before in _pairs(versions)],
        "draft": draft,
        "users": selectors.usage_of(metric),
        "may_edit": request.actor.may("metrics.edit") and not metric.archived,
        "may_certify": services.may_certify(request.actor, metric.owner_id) and not metric.archived,
        "note": note,
        "wrong": wrong,
        "crumbs": crumbs_of(metric),
    }
    return render(request, "metrics/versions.html", context, status=status)


@requires("metrics.view")
@require_GET
def history_file(request: HttpRequest, key: str) -> HttpResponse:
    """Who changed what, when and why, with before and after: a line for each field, as CSV that Excel opens rightly."""
    metric = selectors.metric_for(key)
    known = selectors.known()
    lines = [[
        _("Version"), _("Published"), _("By"), _("Approved by"), _("Holds from"), _("What changed and why"),
        _("Field"), _("Before"), _("After"),
    ]]  # fmt: skip
    for version, before in _pairs(selectors.history_of(metric)):
        own = [
            str(version.number), version.at.isoformat(timespec="minutes"), version.by, version.approved_by,
            version.effective_from.isoformat() if version.effective_from else "", version.note,
        ]  # fmt: skip
        changes = rows_of(before.definition, version.definition, known) if before else []
        for change in changes or [{"field": "", "before": "", "after": ""}]:
            lines.append([*own, change["field"], change["before"], change["after"]])
    return tables.table_file([("", lines)], name=f"{metric.key}-versions", kind="csv")


def _pairs(versions: list[VersionView]) -> list[tuple[VersionView, VersionView | None]]:
    """Each version with the one before it; newest first."""
    return list(zip(versions, [*versions[1:], None], strict=True)) if versions else []


def _row(version: VersionView, before: VersionView | None, metric: MetricView, known: Known) -> dict[str, Any]:
    return {
        "version": version,
        "current": version.number == metric.version_number,
        "words": selectors.in_words(version.definition, known),
        "changes": rows_of(before.definition, version.definition, known) if before else [],
        "lapsed": version.certified is not None and version.number != metric.version_number,
    }


@requires("metrics.edit")
@require_POST
def restore(request: HttpRequest, key: str, number: int) -> HttpResponse:
    """Make the definition of an earlier version the draft."""
    metric = selectors.metric_for(key)
    services.restore_version(actor=request.actor, metric_id=metric.id, number=number)
    tell(request, _("The definition of version %(n)s is the draft now. Nothing changes until it is published.") % {
        "n": number,
    })  # fmt: skip
    return redirect("metrics:draft", metric.key)


@requires("metrics.view")
@require_POST
def certify(request: HttpRequest, key: str) -> HttpResponse:
    """Vouch for the current version."""
    metric = selectors.metric_for(key)
    note, number = request.POST.get("note", ""), request.POST.get("version", "")
    try:
        services.certify(
            actor=request.actor, metric_id=metric.id, note=note, number=int(number) if number.isdecimal() else 0
        )
    except Refusal as refusal:
        if not refusal.issues:
            raise
        return _history(request, metric, note=note, wrong=refusal.issues[0].in_words(_), status=422)
    tell(request, _("“%(name)s” is certified.") % {"name": metric.name})
    return redirect("metrics:versions", metric.key)


@requires("metrics.view")
@require_POST
def withdraw_certification(request: HttpRequest, key: str) -> HttpResponse:
    """Vouch for it no longer."""
    metric = selectors.metric_for(key)
    services.withdraw_certification(actor=request.actor, metric_id=metric.id)
    tell(request, _("“%(name)s” is not certified any more.") % {"name": metric.name})
    return redirect("metrics:versions", metric.key)


@requires("metrics.edit")
@require_GET
def remove(request: HttpRequest, key: str) -> HttpResponse:
    """Archive or delete: what stands in the way, with links."""
    return _remove(request, selectors.metric_for(key))


@requires("metrics.edit")
@require_POST
def archive(request: HttpRequest, key: str) -> HttpResponse:
    metric = selectors.metric_for(key)
    try:
        services.archive_metric(actor=request.actor, metric_id=metric.id)
    except Refusal as refusal:
        if not refusal.issues:
            raise
        return _remove(request, metric, status=409)
    tell(request, _("“%(name)s” was archived.") % {"name": metric.name})
    return redirect("metrics:list")


@requires("metrics.edit")
@require_POST
def delete(request: HttpRequest, key: str) -> HttpResponse:
    metric = selectors.metric_for(key)
    typed = request.POST.get("confirmation", "")
    try:
        services.delete_metric(actor=request.actor, metric_id=metric.id, confirmation=typed)
    except Refusal as refusal:
        wrong = next((issue.in_words(_) for issue in refusal.issues if issue.where == "confirmation"), "")
        return _remove(request, metric, typed=typed, wrong=wrong, status=422 if wrong else 409)
    tell(request, _("“%(name)s” was deleted.") % {"name": metric.name})
    return redirect("metrics:list")


def _remove(
    request: HttpRequest, metric: MetricView, *, typed: str = "", wrong: str = "", status: int = 200
) -> HttpResponse:
    uses = selectors.usage_of(metric)
    context = {
        "metric": metric,
        "users": uses,
        "held": any(use.holds for use in uses),
        "refused": status == 409,
        "typed": typed,
        "wrong": wrong,
        "crumbs": crumbs_of(metric),
    }
    return render(request, "metrics/remove.html", context, status=status)
