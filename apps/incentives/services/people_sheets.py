"""Participants by a sheet: handed in, read by the engine's child process, checked cell by cell, applied as one act."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from uuid import UUID

from django.db import transaction

from apps import engine
from apps.accounts import selectors as accounts
from apps.accounts.domain.roles import Actor
from apps.audit.services import record
from apps.datasets.services.problems import as_json
from apps.datasets.services.running import run_engine
from apps.incentives.domain import people_sheet
from apps.incentives.domain.people_sheet import SheetPerson
from apps.incentives.models import IncentivePlan, Participant, PeopleSheet
from apps.incentives.selectors import roster as reading
from apps.incentives.services.roster import CANNOT_BE_KEPT, PREPARE, Said, keep_people
from apps.kernel.issue import N_, Issue, NotHere, Refusal
from apps.work.services import Claim, enqueue

LARGEST = 4 << 20
MOST_ROWS = 20_000
NO_FILE = N_("Choose a file.")
TOO_LARGE = N_("The file is larger than 4 MB. Split it.")
NO_ROWS = N_("There is no row below the header.")
TOO_MANY_ROWS = N_("The sheet has more than %(most)s rows. Split it.")
CANNOT_BE_READ = N_("The file could not be read. Save it again as XLSX and hand it in once more.")
APPLIED = N_("This sheet was applied already.")
STALE = N_("Something changed meanwhile: look at what the sheet would do now.")
NO_ACCOUNT = N_("Nobody of the company has the e-mail address “%(email)s”.")


@dataclass(frozen=True)
class Change:
    """One person of a sheet, beside who takes part already (None: they are new)."""

    said: SheetPerson
    former: Participant | None
    person_id: UUID | None


@dataclass(frozen=True)
class Checked:
    """What a sheet would do, and what is wrong with it, by "row:column"."""

    changes: tuple[Change, ...]
    issues: tuple[Issue, ...]
    same: int
    stamp: str


@transaction.atomic
def hand_in_people(*, actor: Actor, plan_id: UUID, filename: str, content: bytes) -> PeopleSheet:
    """Keep a sheet and have a worker read it. Refusal if there is none, or it is too large."""
    actor.must(PREPARE)
    if not content or len(content) > LARGEST:
        raise Refusal(CANNOT_BE_KEPT, issues=[Issue("file", TOO_LARGE if content else NO_FILE)])
    made = PeopleSheet.objects.create(
        plan_id=plan_id, filename=filename[:200], content=content, put_by=actor.id, put_by_name=actor.name[:120]
    )
    enqueue("incentives.read_people", subject=made.pk, about=made.filename, asked_by=actor.id, sheet=str(made.pk))
    return made


def read_people(claim: Claim) -> None:
    """Handler: read a sheet in the engine's child. Ends with its state read or unreadable."""
    row = PeopleSheet.objects.filter(pk=claim.args["sheet"], state=PeopleSheet.State.WAITING).first()
    if row is None or row.content is None:
        return
    with tempfile.TemporaryDirectory() as place:
        path = Path(place, "sheet")
        path.write_bytes(bytes(row.content))
        try:
            page = run_engine(engine.Cells(str(path), row.filename, MOST_ROWS + 1), claim)
        except engine.EngineFailure as failure:
            page = engine.CellPage(issues=failure.issues or (Issue(row.filename, failure.message, failure.params),))
    state = PeopleSheet.State.UNREADABLE if page.issues else PeopleSheet.State.READ
    with claim.completing():
        PeopleSheet.objects.filter(pk=row.pk).update(
            state=state, page=page.to_json(), problem=as_json(page.issues), content=None
        )


def people_sheet_stopped(work: object) -> None:
    """Called when reading a sheet was set aside: the sheet says so."""
    told = as_json([Issue("", CANNOT_BE_READ)])
    waiting = PeopleSheet.objects.filter(pk=work.args["sheet"], state=PeopleSheet.State.WAITING)  # type: ignore[attr-defined]
    waiting.update(state=PeopleSheet.State.UNREADABLE, problem=told, content=None)


def people_sheet_for(sheet_id: UUID, actor: Actor) -> PeopleSheet:
    """A sheet that somebody handed in themselves; NotHere for all others."""
    found = PeopleSheet.objects.filter(pk=sheet_id, put_by=actor.id).select_related("plan").first()
    if found is None:
        raise NotHere(N_("There is no such sheet."))
    return found


def team_finder() -> Callable[[str], str | None]:
    """Gives the id of the team that is called so, None where none or several are; or of one chosen by its id."""
    names: dict[str, list[str]] = {}
    for team in accounts.teams_in_use():
        names.setdefault(team.name, []).append(str(team.pk))
        names[str(team.pk)] = [str(team.pk)]
    return lambda said: found[0] if len(found := names.get(said, [])) == 1 else None


def check_people(row: PeopleSheet) -> Checked:
    """What applying a sheet that was read would do. Some seven queries, however many rows."""
    page = engine.CellPage.from_json(row.page)
    issues = list(people_sheet.header_issues(page.header))
    if not page.rows:
        issues.append(Issue("1:name", NO_ROWS))
    if len(page.rows) > MOST_ROWS:
        issues.append(Issue("1:name", TOO_MANY_ROWS, {"most": MOST_ROWS}))
    if issues:
        return Checked((), tuple(issues), 0, "")
    people, issues = people_sheet.read_people(
        page.header, page.numbers, page.rows, frozenset(page.formulas), team_finder(),
        in_percent=reading.in_percent(row.plan),
    )  # fmt: skip
    return _compared(row.plan, people, issues)


def _compared(plan: IncentivePlan, people: list[SheetPerson], issues: list[Issue]) -> Checked:
    accounts_by_mail = {each.email.lower(): each.pk for each in accounts.active_people()}
    rows = list(Participant.objects.filter(plan=plan).prefetch_related("assignments", "leaves"))
    by_number = {each.employee_number: each for each in rows if each.employee_number}
    by_person = {each.person_id: each for each in rows if each.person_id}
    changes, same = [], 0
    for said in people:
        person_id = accounts_by_mail.get(said.email) if said.email else None
        if said.email and person_id is None:
            issues.append(Issue(f"{said.rows[0]}:email", NO_ACCOUNT, {"email": said.email[:60]}))
            continue
        former = by_number.get(said.number) or (by_person.get(person_id) if person_id else None)
        if former is not None:
            before = reading.entry_of(former)
            said = replace(said, entry=replace(said.entry, leaves=before.leaves))
            person_id = person_id or former.person_id
            if before == said.entry and person_id == former.person_id:
                same += 1
                continue
        changes.append(Change(said, former, person_id))
    facts = [
        f"{change.said.rows}:{change.former.pk if change.former else ''}:"
        f"{change.former.revision if change.former else 0}"
        for change in changes
    ]
    stamp = hashlib.sha256("|".join(facts).encode()).hexdigest()[:32]
    ordered = sorted(issues, key=lambda issue: int(issue.where.partition(":")[0] or 0))
    return Checked(tuple(changes), tuple(ordered), same, stamp)


@transaction.atomic
def apply_people(*, actor: Actor, sheet_id: UUID, stamp: str) -> int:
    """Write everybody of a sheet that was read: all, or none. 409 if it would do something else than was shown.

    The queries of `check_people`, and of `keep_people` for each hundred.
    """
    actor.must(PREPARE)
    people_sheet_for(sheet_id, actor)
    row = PeopleSheet.objects.select_for_update(of=("self",)).select_related("plan").get(pk=sheet_id)
    if row.state != PeopleSheet.State.READ:
        raise Refusal(APPLIED, status=409)
    found = check_people(row)
    if found.stamp != stamp:
        raise Refusal(STALE, status=409)
    if found.issues:
        raise Refusal(CANNOT_BE_KEPT, issues=found.issues)
    said = [Said(each.said.entry, each.former, each.person_id) for each in found.changes]
    keep_people(actor=actor, plan=row.plan, said=said)
    row.state, row.page = PeopleSheet.State.APPLIED, {}
    row.save(update_fields=["state", "page"])
    record(actor=actor, act="pay_people.sheet_applied", subject=row.plan, after={"people": len(found.changes)})
    return len(found.changes)
