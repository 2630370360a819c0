"""Files: payroll out and back, all statements of a run, audit packs, one's own data; accruals; a name taken out."""

from __future__ import annotations

import tempfile
import zipfile
from typing import IO
from uuid import UUID

from django.http import FileResponse, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from apps.accounts import selectors as accounts
from apps.accounts.access import requires
from apps.common.middleware import tell
from apps.common.tables import XLSX, table_file
from apps.incentives import services
from apps.incentives.domain.payroll import FIELDS, USUAL
from apps.incentives.domain.states import Act
from apps.incentives.forms.outputs import ColumnsForm, PaidForm, TakeOutForm
from apps.incentives.forms.shown import ReasonForm
from apps.incentives.models import IncentivePlan, Participant, PayrollTemplate, Run, Statement, StatementFile
from apps.incentives.presentation import outputs as shown
from apps.incentives.presentation.own import days_of
from apps.incentives.presentation.statements import days_words
from apps.incentives.selectors import acts_for
from apps.incentives.selectors.accruals import period_accruals
from apps.incentives.views.pieces import posted, sent, uuid_of
from apps.kernel.issue import N_, NotHere

NO_RUN = N_("There is no such run.")
AT_ONCE = 50


def _attached(body: bytes, name: str, kind: str) -> HttpResponse:
    response = HttpResponse(body, content_type=kind)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, no-store"
    return response


def _run(run_id: UUID) -> Run:
    run = Run.objects.select_related("plan", "version").filter(pk=run_id).first()
    if run is None:
        raise NotHere(NO_RUN)
    return run


@requires("pay.own")
@require_GET
def my_file(request: HttpRequest) -> HttpResponse:
    """Everything this room knows of the person who asks, as a ZIP."""
    name, body = services.personal_file(actor=request.actor)
    return _attached(body, f"{name}.zip", "application/zip")


@requires("pay.view")
@require_GET
def statements_zip(request: HttpRequest, run_id: UUID) -> FileResponse:
    """Every printed statement of a run in one ZIP."""
    run = _run(run_id)
    people = Participant.objects.filter(statements__run=run, statements__revision=run.revision)
    services.log_look(actor=request.actor, participants=people, where="file", run=run)
    name = f"statements-{run.plan.key}-{run.last:%Y%m}.zip"
    response = FileResponse(_zip(run), as_attachment=True, filename=name, content_type="application/zip")
    response["Cache-Control"] = "private, no-store"
    return response


def _zip(run: Run) -> IO[bytes]:
    """A file without a name on disk: it goes with the answer."""
    file = tempfile.TemporaryFile()  # noqa: SIM115 - closed by the answer
    ids = list(Statement.objects.filter(run=run, revision=run.revision).order_by("pk").values_list("pk", flat=True))
    with zipfile.ZipFile(file, "w") as archive:
        for start in range(0, len(ids), AT_ONCE):
            rows = StatementFile.objects.filter(statement__in=ids[start : start + AT_ONCE])
            for row in rows.select_related("statement__participant", "statement__run"):
                person = row.statement.participant
                name = f"{person.employee_number or person.key}-{row.statement.number}.pdf".replace("/", "_")
                archive.writestr(zipfile.ZipInfo(name, (2000, 1, 1, 0, 0, 0)), bytes(row.content))
    file.seek(0)
    return file


@requires("pay.payroll")
@require_http_methods(["GET", "POST"])
def payroll(request: HttpRequest, run_id: UUID) -> HttpResponse:
    """Take a payroll file out of a locked run; the files that were, and which of them was paid."""
    run = _run(run_id)
    kind = "xlsx" if request.POST.get("kind") == "xlsx" else "csv"
    form = _take_out(posted(request))
    taken = sent(form, lambda: services.export_payroll(
        actor=request.actor, run_id=run_id, kind=kind, template_id=uuid_of(form.text("template"))
    ))  # fmt: skip
    if taken.made is not None:
        made, body = taken.made
        return _attached(body, f"{made.name}.{kind}", XLSX if kind == "xlsx" else "text/csv; charset=utf-8")
    return _payroll(request, run, take_out=form, status=taken.status)


def _take_out(told: QueryDict | None = None) -> TakeOutForm:
    return TakeOutForm(told, templates=[(str(each.pk), each.name) for each in PayrollTemplate.objects.all()])


def _payroll(
    request: HttpRequest, run: Run, *, take_out: TakeOutForm | None = None, paid: PaidForm | None = None, status: int
) -> HttpResponse:
    acts = acts_for(request.actor, run)
    context = {
        "run": run,
        "days": days_words(days_of(run)),
        "exports": list(run.exports.order_by("-at")),
        "may_export": Act.EXPORT in acts,
        "may_pay": Act.PAY in acts,
        "take_out": take_out or _take_out(),
        "paid": paid or PaidForm(initial={"paid_on": accounts.today()}),
        "crumbs": [(_("Statements"), reverse("pay:statements", args=[run.pk]))],
    }
    return render(request, "incentives/outputs/payroll.html", context, status=status)


@requires("pay.payroll")
@require_POST
def payroll_paid(request: HttpRequest, run_id: UUID) -> HttpResponse:
    """Payroll says that a file was paid."""
    run, form = _run(run_id), PaidForm(request.POST)
    paid = sent(form, lambda: services.confirm_paid(
        actor=request.actor, run_id=run_id, revision=run.revision, file_id=form.text("file"),
        paid_on=form.cleaned_data.get("paid_on"), now=timezone.now(),
    ))  # fmt: skip
    if paid.done:
        tell(request, _("The run is paid. From here on it is only read."))
        return redirect("pay:payroll", run_id)
    return _payroll(request, _run(run_id), paid=form, status=paid.status)


@requires("pay.payroll")
@require_http_methods(["GET", "POST"])
def templates(request: HttpRequest) -> HttpResponse:
    """Choices of columns for payroll files."""
    columns = [
        (field, request.POST.get(f"head_{field}", "").strip() or _(FIELDS[field]))
        for field in sorted(FIELDS, key=lambda name: _position(request, name))
        if request.POST.get(f"use_{field}")
    ]
    form = ColumnsForm(posted(request))
    saved = sent(form, lambda: services.save_payroll_template(
        actor=request.actor, name=form.text("name"), columns=columns
    ))  # fmt: skip
    if saved.done:
        tell(request, _("The columns are kept."))
        return redirect("pay:payroll_templates")
    fields = [
        {
            "name": name,
            "words": _(words),
            "used": bool(request.POST.get(f"use_{name}")) if request.POST else name in USUAL,
            "head": request.POST.get(f"head_{name}", ""),
            "position": request.POST.get(f"position_{name}", number),
        }
        for number, (name, words) in enumerate(FIELDS.items(), 1)
    ]
    context = {"fields": fields, "kept": list(PayrollTemplate.objects.all()), "form": form}
    return render(request, "incentives/outputs/templates.html", context, status=saved.status)


def _position(request: HttpRequest, name: str) -> tuple[int, int]:
    text, usual = request.POST.get(f"position_{name}", ""), list(FIELDS).index(name)
    return (int(text), usual) if text.isdecimal() and len(text) < 4 else (999, usual)


@requires("pay.payroll")
@require_POST
def remove_template(request: HttpRequest, template_id: UUID) -> HttpResponse:
    """Forget a choice of columns."""
    services.remove_payroll_template(actor=request.actor, template_id=template_id)
    return redirect("pay:payroll_templates")


@requires("pay.view")
@require_GET
def audit_pack(request: HttpRequest, run_id: UUID) -> HttpResponse:
    """Everything an auditor needs of a run, with the program that proves it."""
    name, body = services.audit_pack(actor=request.actor, run_id=run_id)
    return _attached(body, f"{name}.zip", "application/zip")


@requires("pay.view")
@require_GET
def accruals(request: HttpRequest) -> HttpResponse:
    """What is set aside by month, beside the budget; as a page, or with ?file= for a spreadsheet. Three queries."""
    plans = list(IncentivePlan.objects.order_by("name"))
    chosen = next((each for each in plans if each.key == request.GET.get("plan")), plans[0] if plans else None)
    found = period_accruals(chosen, accounts.today()) if chosen else []
    if request.GET.get("file") in ("xlsx", "csv") and chosen:
        sheet = (_("Accrual"), shown.accrual_table(found))
        return table_file([sheet], name=f"accrual-{chosen.key}", kind=request.GET["file"])
    context = {"plans": plans, "chosen": chosen, "periods": shown.accrual_views(found)}
    return render(request, "incentives/outputs/accruals.html", context)


@requires("pay.prepare")
@require_http_methods(["GET", "POST"])
def erase(request: HttpRequest, participant_id: UUID) -> HttpResponse:
    """Take the name of somebody who left out of pay."""
    row = Participant.objects.select_related("plan").filter(pk=participant_id).first()
    if row is None:
        raise NotHere(N_("There is no such participant."))
    form = ReasonForm(posted(request))
    erased = sent(form, lambda: services.erase_person(
        actor=request.actor, participant_id=participant_id, reason=form.text("reason"), today=accounts.today()
    ))  # fmt: skip
    if erased.done:
        tell(request, _("The name is taken out. Amounts and the ledger stand as they were."))
        return redirect("pay:home")
    return render(request, "incentives/outputs/erase.html", {"row": row, "form": form}, status=erased.status)
