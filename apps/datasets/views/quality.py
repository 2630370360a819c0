"""The quality of data: what workers found in its rows, what is checked, and when rows are expected."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID

from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from apps.accounts import selectors as people
from apps.common import charts
from apps.common.access import requires
from apps.common.formats import Style, day
from apps.common.middleware import tell
from apps.datasets import selectors, services
from apps.datasets.domain import checks, health, rhythm
from apps.datasets.forms import TYPE_WORDS
from apps.datasets.forms.quality import KIND_TEXTS, CheckForm, RhythmForm
from apps.datasets.models import Check, CheckResult, Dataset, VersionProfile
from apps.datasets.views.words import quality_state
from apps.kernel.issue import Refusal

DAYS_SHOWN = 90
MONTHS_SHOWN = 36
GAPS_SHOWN = 20
VERSIONS_SHOWN = 8


@requires("data.view")
@require_GET
def overview(request: HttpRequest) -> HttpResponse:
    """Every dataset by how it stands, those that need somebody first."""
    rows = [_line(each) for each in selectors.overview()]
    order = {"bad": 0, "warn": 1, "info": 2, "none": 3, "good": 4}
    rows.sort(key=lambda row: (order[row["state"][0]], row["name"].casefold()))
    counts = {tone: sum(row["state"][0] == tone for row in rows) for tone in order}
    return render(request, "datasets/overview.html", {"rows": rows, "counts": counts})


def _line(each: selectors.Overview) -> dict:
    version = each.dataset.current_version
    return {
        "pk": each.dataset.pk,
        "name": each.dataset.name,
        "state": quality_state(each.standing, each.dataset, each.looked_at),
        "last_day": version.last_day if version else None,
        "loaded_at": version.created_at if version else None,
        "every": each.rhythm.get_every_display() if each.rhythm else "",
        "checks": each.checks,
        "broken": each.standing.checks,
        "rows": each.standing.rows,
        "warnings": selectors.warnings_in_words(health.warnings(each.standing)),
    }


@requires("data.view")
@require_GET
def quality(request: HttpRequest, dataset_id: UUID) -> HttpResponse:
    """How the rows of a dataset are: by day and column, what breaks a check, what is missing."""
    return _page(request, selectors.dataset_for(dataset_id))


@requires("data.upload")
@require_POST
def set_rhythm(request: HttpRequest, dataset_id: UUID) -> HttpResponse:
    """Say when rows are expected, and who is told when they are late."""
    dataset = selectors.dataset_for(dataset_id)
    form = _rhythm_form(request, dataset, request.POST)
    if form.is_valid():
        try:
            owner = form.cleaned_data["owner"]
            services.set_rhythm(
                actor=request.actor,
                dataset_id=dataset_id,
                rhythm=form.wish(),
                owner_id=UUID(owner) if owner else None,
                now=timezone.now(),
            )
            tell(request, _("Saved."))
            return redirect("datasets:quality", dataset_id)
        except Refusal as refusal:
            for issue in refusal.issues or [refusal]:
                where = getattr(issue, "where", "")
                form.add_error(where if where in form.fields else None, issue.in_words(_))
    return _page(request, dataset, form, status=422)


@requires("data.upload")
@require_http_methods(["GET", "HEAD", "POST"])
def new_check(request: HttpRequest, dataset_id: UUID) -> HttpResponse:
    """Choose a kind of check, then say what it asks."""
    dataset = selectors.dataset_for(dataset_id)
    kind = request.GET.get("kind", "")
    context = {"dataset": dataset, "crumbs": _crumbs(dataset)}
    if not kind:
        kinds = [
            {"kind": name, "title": Check.Kind(name).label, "icon": icon, "text": text, "example": example}
            for name, (icon, text, example) in KIND_TEXTS.items()
            if checks.fitting(name, selectors.columns_of(dataset))
        ]
        return render(request, "datasets/check_kind.html", context | {"kinds": kinds})
    if kind not in KIND_TEXTS:
        raise Http404
    form = CheckForm(request.POST or None, kind=kind, columns=selectors.columns_of(dataset))
    if request.method == "POST" and form.is_valid():
        try:
            services.add_check(actor=request.actor, dataset_id=dataset_id, check=form.wish())
            tell(request, _("Saved. A worker looks at the rows; what breaks the check is shown here."))
            return redirect("datasets:quality", dataset_id)
        except services.CheckRefused as refusal:
            form.show(refusal.faults)
    told = context | {"form": form, "title": Check.Kind(kind).label, "text": KIND_TEXTS[kind][1]}
    return render(request, "datasets/check.html", told, status=422 if form.errors else 200)


@requires("data.upload")
@require_POST
def end_check(request: HttpRequest, dataset_id: UUID, check_id: UUID) -> HttpResponse:
    """Check something no longer."""
    services.end_check(actor=request.actor, dataset_id=dataset_id, check_id=check_id)
    tell(request, _("It is checked no longer."))
    return redirect("datasets:quality", dataset_id)


def _page(request: HttpRequest, dataset: Dataset, form: RhythmForm | None = None, status: int = 200) -> HttpResponse:
    version, expected = dataset.current_version, selectors.rhythm_of(dataset)
    profile = selectors.profile_of(version)
    standing = selectors.standing_for(dataset)
    context = {
        "dataset": dataset,
        "crumbs": [*_crumbs(dataset)[:-1], (dataset.name, reverse("datasets:detail", args=[dataset.pk]))],
        "version": version,
        "profile": profile,
        "state": quality_state(standing, dataset, profile is not None),
        "warnings": selectors.warnings_in_words(health.warnings(standing)),
        "may_change": request.actor.may("data.upload"),
        "form": form or _rhythm_form(request, dataset),
        "owner": people.names_of([dataset.owner_id]).get(dataset.owner_id, "") if dataset.owner_id else "",
        "upload": dataset.uploads.filter(status="loaded").only("filename", "uploaded_at", "uploaded_by_name").first(),
        "checks": _checks(dataset, version.number if version else 0),
    }
    if expected is not None:
        is_working = services.workdays_of(expected.time_zone)
        context["due"] = rhythm.next_due(expected, timezone.now(), is_working)
        context["every"] = dataset.rhythm.get_every_display()
    if profile is not None and version is not None:
        days = selectors.days_of(profile)
        context["chart"] = _chart(days, expected.every if expected else "")
        context["columns"] = _columns(dataset, profile, selectors.profile_before(version))
        if days:
            every = expected.every if expected else rhythm.Every.MONTH
            zone = expected.time_zone if expected else request.workspace.time_zone
            found = rhythm.gaps(set(days), min(days), max(days), every, services.workdays_of(zone))
            context |= {"gaps": found[:GAPS_SHOWN], "more_gaps": max(0, len(found) - GAPS_SHOWN), "gap_unit": every}
    return render(request, "datasets/quality.html", context, status=status)


def _crumbs(dataset: Dataset) -> list[tuple[str, str]]:
    return [
        (_("Data"), reverse("datasets:list")),
        (pgettext("data", "Quality"), reverse("datasets:overview")),
        (dataset.name, reverse("datasets:quality", args=[dataset.pk])),
    ]


def _rhythm_form(request: HttpRequest, dataset: Dataset, data: object = None) -> RhythmForm:
    colleagues: QuerySet = people.active_people().order_by("name", "pk")
    able = [(person.pk, str(person)) for person in colleagues if person.actor.may("data.view")]
    expected = selectors.rhythm_of(dataset)
    return RhythmForm(data, rhythm=expected, time_zone=request.workspace.time_zone, owner=dataset.owner_id, people=able)


def _chart(days: Mapping[date, int], every: str) -> charts.Trend | None:
    """Rows by day up to the last one; by month where rows are expected by month."""
    if not days:
        return None
    last = max(days)
    if every == rhythm.Every.MONTH:
        months: dict[date, int] = defaultdict(int)
        for each, rows in days.items():
            months[each.replace(day=1)] += rows
        starts = sorted(months)[-MONTHS_SHOWN:]
        points = [charts.Point(f"{each:%Y-%m}", Decimal(months[each])) for each in starts]
        return charts.Trend("rows", _("Rows by month"), points, Style(), head=_("Month"), name=_("Rows"))
    first = max(min(days), last - timedelta(days=DAYS_SHOWN - 1))
    span = [first + timedelta(days=number) for number in range((last - first).days + 1)]
    points = [charts.Point(f"{each:%m-%d}", Decimal(days.get(each, 0)), name=day(each)) for each in span]
    return charts.Trend("rows", _("Rows by day"), points, Style(), head=_("Day"), name=_("Rows"))


def _columns(dataset: Dataset, profile: VersionProfile, before: VersionProfile | None) -> list[dict]:
    """Each column with its figures, and how its empty cells changed since the version that was looked at before."""
    named = {column.name: column for column in selectors.columns_of(dataset)}
    earlier = {column["name"]: column for column in before.columns} if before else {}
    jumped = {jump["column"] for jump in profile.jumps}
    rows = []
    for column in profile.columns:
        mapped, was = named.get(column["name"]), earlier.get(column["name"])
        share = Decimal(column["nulls"]) / profile.rows if profile.rows else None
        former = Decimal(was["nulls"]) / before.rows if was and before and before.rows else None
        rows.append(
            {
                **column,
                "source": mapped.source if mapped else column["name"],
                "ends": [_grouped(column[end], mapped.type if mapped else "") for end in ("low", "high")],
                "type": TYPE_WORDS.get(mapped.type, "") if mapped else "",
                "share": share,
                "change": share - former if share is not None and former is not None else None,
                "new_distinct": column["distinct"] - was["distinct"] if was and not column["about"] else None,
                "jumped": column["name"] in jumped,
                "is_new": bool(earlier) and was is None,
            }
        )
    return rows


def _grouped(value: str, type_: str) -> str:
    """A number with its thousands apart, every digit of it; anything else as it is."""
    return f"{Decimal(value):,f}" if value and type_ in ("integer", "decimal") else value


def _checks(dataset: Dataset, number: int) -> list[dict]:
    """The checks that hold, with what they found in the current version and in those before it."""
    shown = range(max(1, number - VERSIONS_SHOWN + 1), number + 1)
    by_check: dict[object, list[CheckResult]] = defaultdict(list)
    for result in selectors.results_of(dataset, shown):
        by_check[result.tested_id].append(result)
    columns = selectors.columns_of(dataset)
    rows, uploads = list(selectors.checks_of(dataset)), _uploads(by_check.values(), number)
    return [_check(row, columns, by_check[row.pk], number, uploads) for row in rows]


def _uploads(found: Iterable[Sequence[CheckResult]], number: int) -> dict[str, str]:
    ids = {
        example[0]
        for results in found
        for each in results
        if each.version.number == number
        for example in each.examples
    }
    return selectors.uploads_named(ids)


def _check(
    row: Check,
    columns: Sequence[selectors.Column],
    results: Sequence[CheckResult],
    number: int,
    uploads: Mapping[str, str],
) -> dict:
    now = next((result for result in results if result.version.number == number), None)
    examples = now.examples if now else []
    return {
        "pk": row.pk,
        "dialog": f"end-{row.pk}",
        "sentence": checks.in_words(selectors.check_as_said(row), columns).in_words(_),
        "severity": row.severity,
        "word": row.get_severity_display(),
        "by": row.made_by_name,
        "result": now,
        "history": [result for result in results if result is not now],
        "examples": [
            {"file": uploads.get(upload, "–"), "upload": upload, "row": at, "cells": cells}
            for upload, at, cells in examples
        ],
    }
