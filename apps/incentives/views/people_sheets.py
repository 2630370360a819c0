"""Participants as a workbook: fetched, filled in, handed in, shown person by person before anything is applied."""

from __future__ import annotations

import io
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.timezone import localdate
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods

from apps.accounts import selectors as accounts
from apps.accounts.access import requires
from apps.common.middleware import tell
from apps.common.tables import attached, new_workbook
from apps.incentives.domain.people_sheet import COLUMNS
from apps.incentives.forms.people import SheetForm
from apps.incentives.models import IncentivePlan, Participant, PeopleSheet
from apps.incentives.selectors import plans as plans_of
from apps.incentives.selectors import roster as reading
from apps.incentives.services import people_sheets as services
from apps.incentives.services.people import log_look
from apps.incentives.views.people import _text
from apps.incentives.views.pieces import crumbs
from apps.kernel.issue import Issue, Refusal

FIGURES = ("amount", "coefficient", "salary", "cap")


def _crumbs(plan: IncentivePlan) -> list[tuple[str, str]]:
    return [*crumbs(plan), (_("People"), reverse("pay:people", args=[plan.key]))]


@requires("pay.prepare")
@require_http_methods(["GET", "POST"])
def workbook(request: HttpRequest, key: str) -> HttpResponse:
    """Where the sheet is fetched and handed in again."""
    plan = plans_of.plan_for(key)
    form = SheetForm(*((request.POST, request.FILES) if request.method == "POST" else ()))
    status = 200
    if request.method == "POST":
        file = request.FILES.get("file")
        try:
            made = services.hand_in_people(
                actor=request.actor, plan_id=plan.pk, filename=file.name if file else "",
                content=file.read(services.LARGEST + 1) if file else b"",
            )  # fmt: skip
            return redirect("pay:people_sheet", key, made.pk)
        except Refusal as refusal:
            form.is_valid()
            form.show(refusal.issues)
            status = 422
    context = {"form": form, "plan": plan, "crumbs": _crumbs(plan)}
    return render(request, "incentives/people/workbook.html", context, status=status)


@requires("pay.prepare")
@require_GET
def export(request: HttpRequest, key: str) -> HttpResponse:
    """Everybody with every assignment, as a workbook that can be filled in and handed in again; the look is logged."""
    plan = plans_of.plan_for(key)
    rows = Participant.objects.filter(plan=plan).prefetch_related("assignments", "leaves").order_by("name", "key")
    mails = {each.pk: each.email for each in accounts.active_people()}
    names = {line.id: line.name for line in accounts.team_lines()}
    percent = reading.in_percent(plan)
    file = io.BytesIO()
    book = new_workbook(file)
    page, bold = book.add_worksheet(_("People")[:31]), book.add_format({"bold": True})
    for at, title in enumerate(COLUMNS):
        page.write_string(0, at, title, bold)
        page.set_column(at, at, 24 if title in ("name", "email", "team", "leaving_reason") else 14)
    page.freeze_panes(1, 2)
    number = 0
    for row in rows:
        for stay in list(row.assignments.all()) or [None]:
            number += 1
            told = {name: getattr(row, name) for name in COLUMNS if hasattr(row, name) and name != "amount"}
            told |= {"email": mails.get(row.person_id, ""), "forfeits": row.forfeits}
            if stay is not None:
                told |= {name: getattr(stay, name) for name in ("first", "last", "coefficient", "salary")}
                told |= {
                    "team": names.get(stay.team_id, ""),
                    "amount": stay.amount.scaleb(2) if percent else stay.amount,
                }
            for at, name in enumerate(COLUMNS):
                text = _text(told.get(name))
                if text and name in FIGURES:
                    page.write_number(number, at, told[name])
                elif text:
                    page.write_string(number, at, text)
    book.close()
    log_look(actor=request.actor, participants=rows, where="file")
    return attached(file.getvalue(), name=f"{plan.key}-people-{localdate():%Y%m%d}", kind="xlsx")


@requires("pay.prepare")
@require_http_methods(["GET", "POST"])
def check(request: HttpRequest, key: str, sheet_id: UUID) -> HttpResponse:
    """What a sheet would change, person by person, and what is wrong with which cell; then apply it."""
    row = services.people_sheet_for(sheet_id, request.actor)
    refused, status = "", 200
    if request.method == "POST":
        try:
            count = services.apply_people(actor=request.actor, sheet_id=sheet_id, stamp=request.POST.get("stamp", ""))
        except Refusal as refusal:
            refused, status = refusal.in_words(_), refusal.status
        else:
            tell(request, ngettext("%(n)s person is changed.", "%(n)s people are changed.", count) % {"n": count})
            return redirect("pay:people", key)
    context = {"row": row, "plan": row.plan, "refused": refused, "crumbs": _crumbs(row.plan), **_told(row)}
    template = (
        "incentives/people/_sheet.html" if request.htmx and request.method == "GET" else "incentives/people/sheet.html"
    )
    return render(request, template, context, status=status)


def _told(row: PeopleSheet) -> dict[str, Any]:
    if row.state == PeopleSheet.State.UNREADABLE:
        return {"problems": [Issue(each["where"], each["message"], each["params"]).in_words(_) for each in row.problem]}
    if row.state != PeopleSheet.State.READ:
        return {}
    found = services.check_people(row)
    return {
        "found": found,
        "issues": [_placed(issue) for issue in found.issues],
        "changes": [
            {"rows": ", ".join(map(str, each.said.rows)), "name": each.said.entry.name, "is_new": each.former is None,
             "count": len(each.said.entry.stays)}
            for each in found.changes
        ],
    }  # fmt: skip


def _placed(issue: Issue) -> dict[str, str]:
    number, _colon, column = issue.where.partition(":")
    place = _("Row %(row)s, column %(column)s") % {"row": number, "column": column} if column else ""
    return {"place": place, "text": issue.in_words(_)}
