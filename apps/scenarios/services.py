"""Save, copy, rebase, share and delete what-ifs. Nothing here touches a metric's value, a definition or a target."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models.functions import Now

from apps.accounts.domain.roles import Actor
from apps.audit.services import record
from apps.kernel.issue import N_, Issue, NotHere, Refusal
from apps.scenarios import selectors
from apps.scenarios.domain import checks
from apps.scenarios.domain.base import Base
from apps.scenarios.domain.changes import Changes, Pull
from apps.scenarios.domain.evaluation import Sheet
from apps.scenarios.models import Assumption, Scenario

MOST_OF_ONE = 500
"""Scenarios of one person."""

CANNOT_BE_SAVED = N_("Please mend what is marked.")
NAME_IT = N_("Give it a name by which you find it again.")
TOO_MANY = N_("You have %(most)s scenarios. Delete some of them first.")
CHANGED_MEANWHILE = N_("It was saved elsewhere meanwhile. Look at it as it is now, then decide again.")
NOT_YOURS = N_("Only who made a scenario changes it. Save a copy of your own.")


@transaction.atomic
def save_scenario(
    *, actor: Actor, name: str, note: str, shared: bool, base: Base, changes: Changes, copied_from: str = ""
) -> Scenario:
    """Keep a what-if with the figures it starts from. Refusal with every issue at once (`where` names the field)."""
    actor.must("metrics.view")
    _check(base, changes, name)
    if Scenario.objects.filter(author_id=actor.id).count() >= MOST_OF_ONE:
        raise Refusal(TOO_MANY, {"most": MOST_OF_ONE}, status=409)
    row = Scenario.objects.create(
        author_id=actor.id, author_name=actor.name[:120], base=base.to_json(), copied_from=copied_from[:120],
        **_written(name, note, base, changes, shared=shared),
    )  # fmt: skip
    _assume(row, changes.elasticities, actor)
    row.refresh_from_db()
    record(actor=actor, act="scenario.saved", subject=row, after=_told(row))
    return row


@transaction.atomic
def change_scenario(
    *, actor: Actor, scenario_id: UUID, revision: int, name: str, note: str, shared: bool, changes: Changes
) -> Scenario:
    """Save one's own what-if anew over the `revision` one has seen; its base stays. 409 if somebody was faster."""
    row = _own(actor, scenario_id, revision)
    before = _told(row)
    base = Base.from_json(row.base)
    _check(base, changes, name)
    _assume(row, changes.elasticities, actor)
    return _update(actor, row, before, **_written(name, note, base, changes, shared=shared))


@transaction.atomic
def take_todays_values(*, actor: Actor, scenario_id: UUID, revision: int) -> Scenario:
    """Put today's tree and values under one's own what-if. Changes that have no place in it any more are dropped."""
    row = _own(actor, scenario_id, revision)
    kept = selectors.scenario_for(actor, scenario_id)
    sheet = selectors.today(kept.base.scope)
    base = sheet.base
    changes, _dropped = checks.sound(sheet, kept.changes)
    _assume(row, changes.elasticities, actor)
    written = _written(row.name, row.note, base, changes, shared=row.shared)
    return _update(actor, row, _told(row), base=base.to_json(), based_at=Now(), **written)


@transaction.atomic
def copy_scenario(*, actor: Actor, scenario_id: UUID, name: str) -> Scenario:
    """A private copy of any what-if one may see, with its base; its assumptions keep who typed them, and when."""
    kept = selectors.scenario_for(actor, scenario_id)
    copy = save_scenario(
        actor=actor, name=name, note=kept.row.note, shared=False, base=kept.base, changes=kept.changes,
        copied_from=kept.row.name,
    )  # fmt: skip
    Scenario.objects.filter(pk=copy.pk).update(based_at=kept.row.based_at)
    for each in copy.assumptions.all():
        told = kept.assumptions[Pull(each.parent, each.child)]
        each.stated_by, each.stated_by_name, each.stated_at = told.stated_by, told.stated_by_name, told.stated_at
        each.save(update_fields=["stated_by", "stated_by_name", "stated_at"])
    return copy


@transaction.atomic
def delete_scenario(*, actor: Actor, scenario_id: UUID) -> str:
    """Delete one's own what-if; its name."""
    row = _own(actor, scenario_id)
    record(actor=actor, act="scenario.deleted", subject=row, before=_told(row))
    row.delete()
    return row.name


def _own(actor: Actor, scenario_id: UUID, revision: int | None = None) -> Scenario:
    actor.must("metrics.view")
    row = selectors.scenario_for(actor, scenario_id).row
    if row.author_id != actor.id:
        raise Refusal(NOT_YOURS, status=403)
    held = Scenario.objects.select_for_update().filter(pk=row.pk).first()
    if held is None:  # deleted in another window meanwhile
        raise NotHere(selectors.NO_SCENARIO)
    row = held
    if revision is not None and row.revision != revision:
        raise Refusal(CHANGED_MEANWHILE, status=409)
    return row


def _check(base: Base, changes: Changes, name: str) -> None:
    found = list(checks.issues(Sheet(base), changes))
    if not name.strip():
        found.append(Issue("name", NAME_IT))
    if found:
        raise Refusal(CANNOT_BE_SAVED, issues=found)


def _written(name: str, note: str, base: Base, changes: Changes, *, shared: bool) -> dict[str, Any]:
    kept = changes.to_json() | {"elasticities": []}
    return {
        "name": name.strip()[:120],
        "note": note.strip()[:2000],
        "shared": shared,
        "changes": kept,
        "summary": _summary(base, changes),
    }


def _summary(base: Base, changes: Changes) -> dict[str, Any]:
    sheet, root = Sheet(base), base.metrics[base.root]
    now, then = sheet.now[base.root], sheet.work_out(changes).values[base.root]
    return {
        "name": root.name.model_dump(mode="json"),
        "unit": root.unit.model_dump(mode="json"),
        "direction": root.direction,
        "now": None if now is None else str(now),
        "then": None if then is None else str(then),
    }


def _assume(row: Scenario, wanted: Mapping[Pull, Decimal], actor: Actor) -> None:
    """Write the elasticities; those that stay as they are keep who typed them, and when."""
    for each in row.assumptions.all():
        if wanted.get(Pull(each.parent, each.child)) != each.elasticity:
            each.delete()
    there = {Pull(each.parent, each.child) for each in row.assumptions.all()}
    Assumption.objects.bulk_create(
        Assumption(
            scenario=row, parent=pull.parent, child=pull.child, elasticity=number,
            stated_by=actor.id, stated_by_name=actor.name[:120],
        )
        for pull, number in wanted.items()
        if pull not in there and number
    )  # fmt: skip


def _update(actor: Actor, row: Scenario, before: dict[str, Any], **fields: object) -> Scenario:
    for name, value in fields.items():
        setattr(row, name, value)
    row.revision, row.changed_at = row.revision + 1, Now()
    row.save()
    row.refresh_from_db()
    record(actor=actor, act="scenario.changed", subject=row, before=before, after=_told(row))
    return row


def _told(row: Scenario) -> dict[str, str]:
    """A scenario for the record: that it is there and who sees it. What was played through stays its author's."""
    return {"name": row.name, "shared": "yes" if row.shared else "no"}
