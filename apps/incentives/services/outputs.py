"""What leaves the room as a file: payroll, audit packs, a person's own data. Each file is written down."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from hashlib import sha256
from pathlib import Path
from uuid import UUID, uuid4

from django.db import transaction
from django.utils.translation import gettext as _

from apps.accounts.domain.roles import Actor
from apps.audit.services import record
from apps.common.tables import comma_separated, workbook
from apps.incentives.domain import verifier
from apps.incentives.domain.payroll import FIELDS, USUAL, column_issues
from apps.incentives.domain.rounding import minor_digits
from apps.incentives.domain.states import POSTING, Act, Given, State
from apps.incentives.models import (
    BalanceWaiver,
    Calculation,
    Dispute,
    LedgerEntry,
    Look,
    Participant,
    PayrollTemplate,
    PlanAcknowledgement,
    Run,
    RunExport,
    RunResult,
    Statement,
    StatementAcknowledgement,
    StatementFile,
)
from apps.incentives.services.acting import act_on_run, hold_run, must
from apps.incentives.services.freezing import text_of
from apps.incentives.services.people import log_look
from apps.incentives.services.posting import run_key
from apps.kernel.issue import N_, Issue, NotHere, Refusal

MEND = N_("Please mend what is marked.")


# --- payroll ---------------------------------------------------------------------------------------------------------


@transaction.atomic
def export_payroll(
    *, actor: Actor, run_id: UUID, kind: str, template_id: UUID | None = None
) -> tuple[RunExport, bytes]:
    """A payroll file of a locked run. Who takes it out cannot have approved the run, and is written down with its hash.

    `kind` is "xlsx" or "csv". The file's id stands in it, and is what payroll gives back once it is paid.
    """
    run = hold_run(run_id)
    must(Act.EXPORT, run, actor)
    chosen = PayrollTemplate.objects.filter(pk=template_id).first() if template_id else None
    columns = chosen.columns if chosen else [[field, _(FIELDS[field])] for field in USUAL]
    made = uuid4()
    file_id = f"PAY-{run.last:%Y%m}-{made.hex[:8].upper()}"
    rows = list(Statement.objects.filter(run=run, revision=run.revision).select_related("participant", "run__plan"))
    if len(rows) != RunResult.objects.filter(run=run, revision=run.revision).count():
        raise Refusal(N_("The statements of this run are still being published. Try again in a minute."), status=409)
    rows.sort(key=lambda row: (row.participant.employee_number, row.participant.name, row.participant.key))
    table = [[head for _field, head in columns], *(_payroll_row(row, columns, file_id) for row in rows)]
    body = workbook([(_("Payroll"), table)]) if kind == "xlsx" else comma_separated(table).encode()
    log_look(actor=actor, participants=[row.participant for row in rows], where="file", run=run)
    kept = RunExport.objects.create(
        id=made, run=run, revision=run.revision, name=file_id, digest=sha256(body).hexdigest(), by=actor.id,
        by_name=actor.name[:120],
    )  # fmt: skip
    record(actor=actor, act="pay_run.exported", subject=run, after={"file": file_id, "sha256": kept.digest})
    return kept, body


def _payroll_row(row: Statement, columns: Sequence[Sequence[str]], file_id: str) -> list[object]:
    told: dict[str, object] = {
        "employee_number": row.participant.employee_number,
        "name": row.participant.name,
        "pay": _amount(row.pay, row.currency),
        "currency": row.currency,
        "plan": row.run.plan.name,
        "first": row.run.first,
        "last": row.run.last,
        "kind": str(row.run.get_kind_display()),
        "statement": row.number,
        "teams": ", ".join(row.teams.values()),
        "due": _amount(row.due, row.currency),
        "before": _amount(row.before, row.currency),
        "balance": _amount(row.balance, row.currency),
        "key": row.participant.key,
        "file": file_id,
    }
    return [told[field] for field, _head in columns]


def _amount(minor: int, currency: str) -> Decimal:
    return Decimal(minor).scaleb(-minor_digits(currency))


def confirm_paid(
    *, actor: Actor, run_id: UUID, revision: int, file_id: str, paid_on: date | None, now: datetime
) -> Run:
    """Payroll says that a file was paid: the run is paid for good. Only a file of this very revision counts."""
    return act_on_run(
        actor=actor, run_id=run_id, act=Act.PAY, revision=revision, now=now, given=Given(file=file_id.strip()),
        paid_on=paid_on,
    )  # fmt: skip


@transaction.atomic
def save_payroll_template(*, actor: Actor, name: str, columns: Sequence[tuple[str, str]]) -> PayrollTemplate:
    """Keep a choice of columns under a name; the same name replaces what was kept."""
    actor.must("pay.payroll")
    name = name.strip()
    issues = column_issues(columns)
    if not name or len(name) > 60:
        issues.append(Issue("name", N_("Give a name of at most 60 characters.")))
    if issues:
        raise Refusal(MEND, issues=issues)
    made, _fresh = PayrollTemplate.objects.update_or_create(
        name=name,
        defaults={"columns": [[field, head.strip()] for field, head in columns], "made_by_name": actor.name[:120]},
    )
    record(actor=actor, act="pay_template.saved", subject=made)
    return made


@transaction.atomic
def remove_payroll_template(*, actor: Actor, template_id: UUID) -> None:
    """Forget a choice of columns; files that were made with it stay what they are."""
    actor.must("pay.payroll")
    found = PayrollTemplate.objects.filter(pk=template_id).first()
    if found is None:
        raise NotHere(N_("There is no such template."))
    record(actor=actor, act="pay_template.removed", subject=found)
    found.delete()


# --- the audit pack --------------------------------------------------------------------------------------------------


def audit_pack(*, actor: Actor, run_id: UUID) -> tuple[str, bytes]:
    """Everything of a run that an auditor needs, with a program that proves it: a name and a ZIP.

    Inputs, plan, results, statements, approvals, what was done, payroll files, and the whole ledger (pseudonymous).
    """
    actor.must("pay.view")
    run = Run.objects.select_related("plan", "version").filter(pk=run_id).first()
    made = Calculation.objects.filter(run=run, revision=run.revision, whole=True).first() if run else None
    if run is None or made is None:
        raise NotHere(N_("There is no such run, or it was not calculated yet."))
    if run.state == State.LOCKED and made.published_at is None:
        raise Refusal(POSTING, status=409)
    files: dict[str, bytes] = {
        "inputs.json": text_of(made).encode(),
        "plan.json": run.version.document.encode(),
        "results.jsonl": _jsonl(_results(run)),
        "statements.jsonl": _jsonl(_statements(run)),
        "ledger.jsonl": _jsonl(_ledger()),
        "approvals.json": _json(_approvals(run)),
        "events.json": _json(_events(run)),
        "participants.json": _json(_participants(run)),
        "payroll_files.json": _json(
            [_told(each, "name", "digest", "by_name", "at", "revision") for each in run.exports.all()]
        ),
        "verify.py": Path(verifier.__file__).read_bytes(),
        "README.txt": README.encode(),
    }
    due = sum(row["due"] for row in _results(run))
    key = run_key(run)
    manifest = {
        "files": {name: sha256(body).hexdigest() for name, body in files.items()},
        "run": {
            "key": key, "plan": run.plan.key, "version": run.version.number, "plan_content": run.version.content,
            "first": run.first.isoformat(), "last": run.last.isoformat(), "kind": run.kind, "state": run.state,
            "revision": run.revision, "engine": made.engine, "inputs": made.inputs, "content": made.content,
            "head": run.head, "due": due, "published": run.state in (State.LOCKED, State.PAID),
            "reversed": LedgerEntry.objects.filter(run=key, kind="reversal").exists(),
        },
    }  # fmt: skip
    files["manifest.json"] = _json(manifest)
    with transaction.atomic():
        people = Participant.objects.filter(results__run=run, results__revision=run.revision).distinct()
        log_look(actor=actor, participants=people, where="file", run=run)
        record(actor=actor, act="pay_run.audit_pack_taken", subject=run, after={"sha256": _hash_of(files)})
    return f"audit-{run.plan.key}-{run.last:%Y%m}-r{run.revision}", _zipped(files)


README = """An audit pack of a run of pay.

manifest.json     every file with its SHA-256, and the run in short
inputs.json       everything the run was calculated from, frozen
plan.json         the plan's document as it was published
results.jsonl     what each participant (by pay key) is paid, with its hash
statements.jsonl  what was published to each participant, with its hash
approvals.json    who approved which content; the ledger's head then
events.json       what was done to the run, by whom, when, why
participants.json which pay key is whose
payroll_files.json  files that went to payroll
ledger.jsonl      every posting ever made, chained by hashes
verify.py         python3 verify.py proves all of this
"""


def _hash_of(files: Mapping[str, bytes]) -> str:
    return sha256(files["manifest.json"]).hexdigest()


def _results(run: Run) -> Iterator[Mapping[str, object]]:
    rows = RunResult.objects.filter(run=run, revision=run.revision).order_by("key")
    for row in rows.iterator(chunk_size=500):
        yield _told(
            row, "key", "currency", "minor", "earlier", "adjusted", "total", "posted", "due", "fingerprint", "document"
        )


def _statements(run: Run) -> Iterator[Mapping[str, object]]:
    rows = Statement.objects.filter(run=run, revision=run.revision).select_related("run", "participant", "file")
    for row in rows.defer("file__content").order_by("participant__key").iterator(chunk_size=500):
        printed = getattr(row, "file", None)
        yield {
            **_told(row, "number", "fingerprint", "currency", "due", "before", "pay", "balance", "document", "head"),
            "key": row.participant.key, "pdf": printed.digest if printed else "",
        }  # fmt: skip


def _ledger() -> Iterator[Mapping[str, object]]:
    names = ("participant", "plan", "period", "run", "kind", "minor", "currency", "result", "cause")
    for row in LedgerEntry.objects.order_by("number").iterator(chunk_size=2000):
        yield {
            "number": row.number, "posting": {name: getattr(row, name) for name in names}, "before": row.before,
            "hash": row.hash, "posted_at": row.posted_at.isoformat(),
        }  # fmt: skip


def _approvals(run: Run) -> list[Mapping[str, object]]:
    return [
        {**_told(each, "revision", "content", "step", "head", "at"), "by": each.by_name} for each in run.approvals.all()
    ]


def _events(run: Run) -> list[Mapping[str, object]]:
    return [
        _told(each, "revision", "act", "before", "after", "note", "by_name", "at") for each in run.events.order_by("id")
    ]


def _participants(run: Run) -> list[Mapping[str, object]]:
    rows = Participant.objects.filter(results__run=run, results__revision=run.revision).distinct().order_by("key")
    return [_told(each, "key", "name", "employee_number") for each in rows]


def _told(row: object, *names: str) -> dict[str, object]:
    """Fields of a row as JSON takes them."""
    found: dict[str, object] = {}
    for name in names:
        value = getattr(row, name)
        found[name] = value.isoformat() if isinstance(value, date) else value
    return found


def _json(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, indent=1, sort_keys=True, default=str).encode()


def _jsonl(rows: Iterable[object]) -> bytes:
    return b"".join(json.dumps(row, ensure_ascii=False, sort_keys=True).encode() + b"\n" for row in rows)


def _zipped(files: Mapping[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, body in sorted(files.items()):
            archive.writestr(zipfile.ZipInfo(name, (2000, 1, 1, 0, 0, 0)), body, zipfile.ZIP_DEFLATED)
    return buffer.getvalue()


# --- a person's own data ---------------------------------------------------------------------------------------------


def personal_file(*, actor: Actor) -> tuple[str, bytes]:
    """Everything this room knows of the person who asks: a name and a ZIP of JSON and their PDFs."""
    people = list(Participant.objects.filter(person_id=actor.id).select_related("plan"))
    rows = Statement.objects.filter(participant__in=people).select_related("run__plan", "participant")
    statements = list(rows.order_by("published_at"))
    files: dict[str, bytes] = {
        "participants.json": _json([_person(each) for each in people]),
        "statements.json": _json([_statement(each) for each in statements]),
        "acknowledgements.json": _json(_acknowledged(actor.id)),
        "disputes.json": _json([_dispute(each) for each in _disputes(statements)]),
        "waivers.json": _json(
            [
                _told(each, "currency", "minor", "reason", "by_name", "at", "approved_by_name", "approved_at")
                for each in BalanceWaiver.objects.filter(participant__in=people, approved_by__isnull=False)
            ]
        ),
        "looks.json": _json([_told(each, "where", "by_name", "at") for each in _looks(people)]),
    }
    for row in StatementFile.objects.filter(statement__in=statements).select_related("statement__run"):
        files[f"pdf/{row.statement.number}.pdf"] = bytes(row.content)
    return "my-pay", _zipped(files)


def _statement(row: Statement) -> Mapping[str, object]:
    return {
        **_told(row, "number", "currency", "due", "before", "pay", "balance", "published_at", "superseded_at"),
        "plan": row.run.plan.name, "first": row.run.first, "last": row.run.last,
        "document": json.loads(row.document), "fingerprint": row.fingerprint,
    }  # fmt: skip


def _acknowledged(person_id: UUID) -> list[Mapping[str, object]]:
    statements = StatementAcknowledgement.objects.filter(person_id=person_id)
    plans = PlanAcknowledgement.objects.filter(person_id=person_id)
    return [
        *(_told(each, "fingerprint", "wording", "at") for each in statements),
        *(_told(each, "content", "text_hash", "language", "wording", "at") for each in plans),
    ]


def _disputes(statements: Sequence[Statement]) -> Iterable[Dispute]:
    return Dispute.objects.filter(statement__in=statements).prefetch_related("notes")


def _dispute(row: Dispute) -> Mapping[str, object]:
    return {
        **_told(row, "component", "state", "remedy", "raised_at", "closed_at"),
        "notes": [_told(note, "act", "text", "by_name", "at") for note in row.notes.all()],
    }


def _looks(people: Sequence[Participant]) -> Iterable[Look]:
    return Look.objects.filter(participant__in=people).order_by("at")


def _person(row: Participant) -> Mapping[str, object]:
    return {
        **_told(row, "key", "name", "employee_number", "joined", "left_on", "leaving_reason", "currency"),
        "plan": row.plan.name, "cap": row.cap,
        "assignments": [
            {**_told(each, "first", "last", "amount", "coefficient", "salary"), "team": each.team.name}
            for each in row.assignments.select_related("team")
        ],
        "leaves": [_told(each, "first", "last", "kind", "share") for each in row.leaves.all()],
    }  # fmt: skip


@transaction.atomic
def erase_person(*, actor: Actor, participant_id: UUID, reason: str, today: date) -> Participant:
    """Take somebody's name out of pay: number, account and printed files go, amounts and the ledger stay as they are.

    Only for those who have left, and with a reason. Signed receipts stay: the law asks for them.
    """
    actor.must("pay.prepare")
    row = Participant.objects.select_for_update().filter(pk=participant_id).first()
    if row is None:
        raise NotHere(N_("There is no such participant."))
    issues = []
    if row.left_on is None or row.left_on >= today:
        issues.append(Issue("", N_("Only of somebody who has left can the name be taken out.")))
    if row.person_id == actor.id:
        issues.append(Issue("", N_("A second person has to do this for you.")))
    if not reason.strip():
        issues.append(Issue("reason", N_("Give a reason. It is kept.")))
    live = Run.objects.filter(plan_id=row.plan_id, results__participant=row).exclude(
        state__in=[State.PAID, State.VOID, State.LOCKED]
    )
    if live.exists():
        issues.append(Issue("", N_("A run that pays them is under way. Finish it first.")))
    if issues:
        raise Refusal(MEND, issues=issues)
    StatementFile.objects.filter(statement__participant=row).delete()
    Dispute.objects.filter(statement__participant=row).update(raised_by_name=row.key)
    row.name, row.employee_number, row.person_id, row.leaving_reason = row.key, "", None, _("Erased on request")
    row.save(update_fields=["name", "employee_number", "person_id", "leaving_reason"])
    record(actor=actor, act="pay_person.erased", subject=row, note=reason.strip()[:300])
    return row
