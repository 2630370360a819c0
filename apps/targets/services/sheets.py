"""Targets by a sheet: handed in, read by the engine's child process, checked, and applied as one act.

What would change is worked out anew each time it is shown and when it is applied; the stamp of what was shown has to be
that of what is applied.
"""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from uuid import UUID

from django.db import transaction

from apps import engine
from apps.accounts import selectors as people
from apps.accounts.domain.roles import Actor
from apps.audit.services import record
from apps.datasets.services.problems import as_json
from apps.datasets.services.running import run_engine
from apps.kernel.issue import N_, Issue, NotHere, Refusal
from apps.metrics import selectors as metrics
from apps.targets import selectors
from apps.targets.domain import sheet, terms
from apps.targets.domain.kinds import Shape
from apps.targets.models import Target, TargetSheet
from apps.targets.services.cascading import STALE
from apps.targets.services.many import MOST_ROWS, Row, issues_of_many, set_many
from apps.targets.services.setting import CANNOT_BE_SET, Scope
from apps.work.services import Claim, enqueue

LARGEST = 4 << 20

TOO_LARGE = N_("The file is larger than 4 MB, too large for a sheet of targets.")
NO_FILE = N_("Choose a file.")
NO_METRIC = N_("There is no metric “%(key)s”.")
NO_TEAM = N_("There is no team “%(name)s”, or several are called so.")
NO_ROWS = N_("There is no row below the header.")
TOO_MANY_ROWS = N_("The sheet has more than %(most)s rows. Split it.")
CANNOT_BE_READ = N_("The file could not be read. Save it again as XLSX and hand it in once more.")
DONE = N_("This sheet was applied already.")


@dataclass(frozen=True)
class Checked:
    """What a sheet would do: `rows` that change something, beside what is in force (None: new); what is wrong, by
    "row:column"; how many rows change nothing."""

    rows: tuple[tuple[Row, Target | None], ...]
    issues: tuple[Issue, ...]
    same: int
    stamp: str


@transaction.atomic
def hand_in(*, actor: Actor, filename: str, content: bytes) -> TargetSheet:
    """Keep a sheet and have a worker read it. Refusal if there is none, or it is too large."""
    actor.must("targets.edit")
    if not content:
        raise Refusal(CANNOT_BE_SET, issues=[Issue("file", NO_FILE)])
    if len(content) > LARGEST:
        raise Refusal(CANNOT_BE_SET, issues=[Issue("file", TOO_LARGE)])
    made = TargetSheet.objects.create(
        filename=filename[:200], content=content, put_by=actor.id, put_by_name=actor.name[:120]
    )
    enqueue("targets.read_sheet", subject=made.pk, about=made.filename, asked_by=actor.id, sheet=str(made.pk))
    return made


def read_sheet(claim: Claim) -> None:
    """Handler: read a sheet in the engine's child. Ends with its state read or unreadable."""
    row = TargetSheet.objects.filter(pk=claim.args["sheet"], state=TargetSheet.State.WAITING).first()
    if row is None or row.content is None:
        return
    with tempfile.TemporaryDirectory() as place:
        path = Path(place) / "sheet"
        path.write_bytes(bytes(row.content))
        try:
            page = run_engine(engine.Cells(str(path), row.filename, MOST_ROWS + 1), claim)
        except engine.EngineFailure as failure:
            page = engine.CellPage(issues=failure.issues or (Issue(row.filename, failure.message, failure.params),))
    state = TargetSheet.State.UNREADABLE if page.issues else TargetSheet.State.READ
    with claim.completing():
        TargetSheet.objects.filter(pk=row.pk).update(
            state=state, page=page.to_json(), problem=as_json(page.issues), content=None
        )


def sheet_for(sheet_id: UUID, actor: Actor) -> TargetSheet:
    """A sheet that somebody handed in themselves; NotHere for all others."""
    found = TargetSheet.objects.filter(pk=sheet_id, put_by=actor.id).first()
    if found is None:
        raise NotHere(N_("There is no such sheet."))
    return found


def check_sheet(row: TargetSheet) -> Checked:
    """What applying a sheet that was read would do. Some eight queries and one a member, however many rows."""
    page = engine.CellPage.from_json(row.page)
    issues = list(sheet.header_issues(page.header))
    if not page.rows:
        issues.append(Issue("1:metric", NO_ROWS))
    if len(page.rows) > MOST_ROWS:
        issues.append(Issue("1:metric", TOO_MANY_ROWS, {"most": MOST_ROWS}))
    if issues:
        return Checked((), tuple(issues), 0, "")
    lines: list[sheet.Line] = []
    for number, cells in zip(page.numbers, page.rows, strict=True):
        found = sheet.read(number, page.header, cells, frozenset(page.formulas))
        if isinstance(found, sheet.Line):
            lines.append(found)
        else:
            issues += found
    return _compared(lines, issues, keeps="milestones" not in page.header)


def _compared(lines: list[sheet.Line], issues: list[Issue], *, keeps: bool) -> Checked:
    """`keeps`: a sheet without a column of milestones leaves those that are agreed."""
    views = {view.key: view for view in metrics.metrics(archived=True)}
    names: dict[str, list[UUID]] = {}
    for team in people.teams_in_use():
        names.setdefault(team.name, []).append(team.pk)
    rows = []
    for line in lines:
        view, teams = views.get(line.metric), names.get(line.team, [])
        if view is None:
            issues.append(Issue(f"{line.number}:metric", NO_METRIC, {"key": line.metric[:40]}))
        if line.team and len(teams) != 1:
            issues.append(Issue(f"{line.number}:team", NO_TEAM, {"name": line.team[:40]}))
        elif view is not None:
            team_id = teams[0] if line.team else None
            scope = Scope(view.id, line.wish.grain, line.dimension, line.member, team_id)
            rows.append(Row(str(line.number), scope, line.wish, line.reason))
    heads = _standing()
    if keeps:
        rows = [_with_milestones(row, heads.get(row.scope)) for row in rows]
    changing = [row for row in rows if not _is_same(row, heads.get(row.scope))]
    issues += issues_of_many(changing, heads)
    beside = tuple((row, heads.get(row.scope)) for row in changing)
    facts = [f"{row.key}:{former.pk if former else ''}" for row, former in beside]
    stamp = hashlib.sha256("|".join(facts).encode()).hexdigest()
    ordered = sorted(issues, key=lambda issue: int(issue.where.partition(":")[0] or 0))
    return Checked(beside, tuple(ordered), len(rows) - len(changing), stamp)


def _standing() -> dict[Scope, Target]:
    rows = selectors.standing_rows().filter(valid_until=None).select_related("team").order_by("status")
    found: dict[Scope, Target] = {}
    for row in rows:  # a proposal, which comes after what is in force, takes its place
        found[Scope(row.metric_id, row.grain, row.dimension, row.member, row.team_id)] = row
    return found


def _with_milestones(row: Row, former: Target | None) -> Row:
    if former is None or former.pace != row.wish.pace or row.wish.pace is not Shape.MILESTONES:
        return row
    return replace(row, wish=replace(row.wish, milestones=terms.milestones_of(former.milestones)))


def _is_same(row: Row, former: Target | None) -> bool:
    """Whether a row says what is agreed already; dates are widened to whole periods before they are compared."""
    if former is None or row.wish.start is None or row.wish.due is None:
        return False
    said = terms.of_wish(row.wish, start=row.wish.start, due=row.wish.due, valid_from=None)
    return all(getattr(former, name) == value for name, value in said.items() if name != "valid_from")


@transaction.atomic
def apply_sheet(*, actor: Actor, sheet_id: UUID, stamp: str) -> list[Target]:
    """Set every target of a sheet that was read: all, or none. 409 if it would do something else than was shown."""
    actor.must("targets.edit")
    sheet_for(sheet_id, actor)
    row = TargetSheet.objects.select_for_update().get(pk=sheet_id)
    if row.state != TargetSheet.State.READ:
        raise Refusal(DONE, status=409)
    found = check_sheet(row)
    if found.stamp != stamp:
        raise Refusal(STALE, status=409)
    if found.issues:
        raise Refusal(CANNOT_BE_SET, issues=found.issues)
    made = set_many(actor=actor, rows=list(_with_owners(found)))
    row.state = TargetSheet.State.APPLIED
    row.save(update_fields=["state"])
    record(actor=actor, act="target.sheet_applied", subject=row, after={"targets": len(made)}, note=row.filename)
    return made


def _with_owners(found: Checked) -> Iterator[Row]:
    """The rows, each with whoever answers for what it changes."""
    for row, former in found.rows:
        if former is None:
            yield row
        else:
            yield Row(row.key, row.scope, row.wish, row.reason, former.owner_id, former.owner_name, former.pk)


def sheet_stopped(work: object) -> None:
    """Called when reading a sheet was set aside: the sheet says so."""
    told = as_json([Issue("", CANNOT_BE_READ)])
    waiting = TargetSheet.objects.filter(pk=work.args["sheet"], state=TargetSheet.State.WAITING)  # type: ignore[attr-defined]
    waiting.update(state=TargetSheet.State.UNREADABLE, problem=told, content=None)
