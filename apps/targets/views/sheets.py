"""Targets as a workbook: written for Excel, handed in again, and shown change by change before anything is applied."""

from __future__ import annotations

import io
from collections.abc import Iterator
from decimal import Decimal
from typing import Any
from uuid import UUID

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.timezone import localdate
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_GET, require_http_methods

from apps.accounts.access import requires
from apps.common.middleware import tell
from apps.common.tables import attached, new_workbook
from apps.kernel.issue import Issue, Refusal
from apps.metrics import selectors as metrics
from apps.metrics.presentation import style_of
from apps.targets import presentation, selectors, services
from apps.targets.domain import sheet, terms
from apps.targets.models import Target, TargetSheet
from apps.targets.presentation import kept_when_asked
from apps.targets.views.common import crumbs

EXACT_DIGITS = 15
"""More than that a spreadsheet does not keep in a number."""
DAYS = ("start", "due", "review_on")


class SheetForm(forms.Form):
    """The workbook, edited."""

    file = forms.FileField(label=gettext_lazy("Choose the edited file"), required=False, allow_empty_file=True)

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.fields["file"].widget.attrs["accept"] = ".xlsx,.csv"


@requires("targets.edit")
@require_http_methods(["GET", "POST"])
@kept_when_asked
def workbook(request: HttpRequest) -> HttpResponse:
    """Where the file is fetched and handed in again."""
    form = SheetForm(*((request.POST, request.FILES) if request.method == "POST" else ()))
    status = 200
    if request.method == "POST":
        file = request.FILES.get("file")
        try:
            content = file.read(services.LARGEST_SHEET + 1) if file else b""
            made = services.hand_in(actor=request.actor, filename=file.name if file else "", content=content)
            return redirect("targets:sheet", made.pk)
        except Refusal as refusal:
            form.is_valid()
            for issue in refusal.issues:
                form.add_error("file", issue.in_words(_))
            status = 422
    return render(request, "targets/workbook.html", {"form": form, "crumbs": crumbs()}, status=status)


@requires("targets.edit")
@require_GET
def export(request: HttpRequest) -> HttpResponse:
    """Every target in force as a workbook that can be edited and handed in again."""
    file = io.BytesIO()
    book = new_workbook(file)
    page = book.add_worksheet(_("Targets")[:31])
    bold = book.add_format({"bold": True})
    for at, title in enumerate((*sheet.ONLY_TOLD, *sheet.COLUMNS)):
        page.write_string(0, at, title, bold)
        page.set_column(at, at, 26 if title in ("name", "member", "team", "reason") else 14)
    page.freeze_panes(1, 1)
    for number, (name, cells) in enumerate(_lines(), start=1):
        page.write_string(number, 0, name)
        for at, (column, cell) in enumerate(zip(sheet.COLUMNS, cells, strict=True), start=1):
            if column in terms.FIGURES and cell and len(Decimal(cell).as_tuple().digits) <= EXACT_DIGITS:
                page.write_number(number, at, float(cell))
            elif cell:
                page.write_string(number, at, cell)
    book.close()
    return attached(file.getvalue(), name=f"targets-{localdate():%Y%m%d}", kind="xlsx")


def _lines() -> Iterator[tuple[str, list[str]]]:
    views = {view.id: view for view in metrics.metrics(archived=True)}
    rows = selectors.in_force(teams=True).filter(valid_until=None).select_related("team")
    named = [(presentation.named(views[row.metric_id].name, row), row) for row in rows if row.metric_id in views]
    for name, row in sorted(named, key=lambda each: each[0]):
        told = {column: getattr(row, column, None) for column in sheet.COLUMNS}
        told |= {"metric": views[row.metric_id].key, "team": row.team.name if row.team else "", "reason": ""}
        yield name, sheet.written(told)


@requires("targets.edit")
@require_http_methods(["GET", "POST"])
def check(request: HttpRequest, sheet_id: UUID) -> HttpResponse:
    """What a sheet would change, row by row, and what is wrong with which cell; then apply it."""
    row = services.sheet_for(sheet_id, request.actor)
    refused, status = "", 200
    if request.method == "POST":
        try:
            made = services.apply_sheet(actor=request.actor, sheet_id=sheet_id, stamp=request.POST.get("stamp", ""))
        except Refusal as refusal:
            refused, status = refusal.in_words(_), refusal.status
        else:
            tell(
                request,
                ngettext("%(n)s target is changed.", "%(n)s targets are changed.", len(made)) % {"n": len(made)},
            )
            return redirect("targets:list")
    context = {"row": row, "refused": refused, "crumbs": crumbs(), **_told(row, request.workspace.currency)}
    template = "targets/_sheet.html" if request.htmx and request.method == "GET" else "targets/sheet.html"
    return render(request, template, context, status=status)


def _told(row: TargetSheet, currency: str) -> dict[str, Any]:
    if row.state == TargetSheet.State.UNREADABLE:
        return {"problems": [_problem(each) for each in row.problem]}
    if row.state != TargetSheet.State.READ:
        return {}
    found = services.check_sheet(row)
    views = {view.id: view for view in metrics.metrics(archived=True)}
    return {
        "found": found,
        "issues": [_placed(issue) for issue in found.issues],
        "lines": [_line(each, former, views[each.scope.metric_id], currency) for each, former in found.rows],
        "needs_approval": selectors.needs_second_admin(),
    }


def _problem(told: dict[str, Any]) -> str:
    issue = Issue(told["where"], told["message"], told["params"])
    row = _("Row %(row)s: ") % {"row": issue.where} if issue.where.isdecimal() else ""
    return row + issue.in_words(_)


def _placed(issue: Issue) -> dict[str, str]:
    number, _colon, column = issue.where.partition(":")
    place = _("Row %(row)s, column %(column)s") % {"row": number, "column": column} if column else ""
    return {"place": place, "text": issue.in_words(_)}


def _line(row: services.Row, former: Target | None, metric: metrics.MetricView, currency: str) -> dict[str, Any]:
    """One change in words: who, and from what to what."""
    style, team = style_of(metric.unit, currency), former.team if former else None
    made = Target(
        grain=str(row.scope.grain), dimension=row.scope.dimension, member=row.scope.member,
        **terms.of_wish(row.wish, start=row.wish.start, due=row.wish.due, valid_from=None),
    )  # fmt: skip
    if former is not None:
        made.owner_name = former.owner_name
    part = row.scope.member or (team.name if team else "")
    complete = row.wish.start is not None and row.wish.due is not None and row.wish.due > row.wish.start
    return {
        "number": row.key,
        "name": f"{metric.name} · {part}" if part else metric.name,
        "is_new": former is None,
        "words": presentation.in_short(made, style) if complete and _has_figures(made) else "",
        "changes": presentation.changes_in_words(former, made, style) if former and complete else [],
    }


def _has_figures(made: Target) -> bool:
    needed = {"band": ("low", "high"), "level": ("baseline", "goal")}.get(made.kind, ("goal",))
    return all(getattr(made, name) is not None for name in needed)
