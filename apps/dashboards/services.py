"""Change the company's settings: written down, and followed by what it makes necessary."""

from __future__ import annotations

from django.db import transaction

from apps.accounts.domain.roles import Actor
from apps.audit.services import record
from apps.metrics.services import change_score_policy
from apps.targets.services import change_target_policy
from apps.work.services import enqueue
from apps.workspaces.domain.company import Calendar
from apps.workspaces.scope import current_workspace
from apps.workspaces.services import SettingsChange, update_settings


@transaction.atomic
def change_settings(
    *,
    actor: Actor,
    name: str,
    language: str,
    calendar: Calendar,
    second_admin: bool | None = None,
    approved_targets: bool | None = None,
) -> SettingsChange:
    """Change name, language and calendar of the workspace that is entered, and whether a second admin approves changes
    of its scores and its targets (None leaves that as it is).

    Periods that begin at other moments make every value stale, and another currency those of converted amounts: then
    metrics are computed anew. Raises Forbidden, or Refusal with every issue at once; `where` names the field.
    """
    change = update_settings(actor=actor, name=name, language=language, calendar=calendar)
    if second_admin is not None:
        change_score_policy(actor=actor, second_admin=second_admin)
    if approved_targets is not None:
        change_target_policy(actor=actor, second_admin=approved_targets)
    if change.before == change.after:
        return change
    workspace = current_workspace()
    record(actor=actor, act="company.settings_changed", subject=workspace, before=change.before, after=change.after)
    if change.calendar_changed or change.currency_changed:
        enqueue("metrics.compute_all", subject=workspace.pk, asked_by=actor.id)
    return change
