"""What a company sets for itself: name, language, calendar."""

from dataclasses import asdict, dataclass
from typing import Protocol

from django.db import transaction

from apps.kernel.issue import N_, Issue, Refusal
from apps.workspaces.domain.company import LANGUAGES, Calendar, calendar_issues, name_issues
from apps.workspaces.models import Workspace
from apps.workspaces.scope import current_workspace, in_public


class MayAct(Protocol):
    """Who acts: `apps.accounts.domain.roles.Actor`, a room above."""

    def must(self, permission: str) -> None: ...


@dataclass(frozen=True)
class SettingsChange:
    """The settings before and after, as plain values: for the audit, which is kept in the workspace."""

    before: dict[str, str | int]
    after: dict[str, str | int]

    @property
    def calendar_changed(self) -> bool:
        """Whether periods now begin at other moments, so that every metric has to be computed anew."""
        return any(self.before[name] != self.after[name] for name in ("time_zone", "fiscal_year_start", "week_start"))

    @property
    def currency_changed(self) -> bool:
        """Whether amounts are now converted into another currency."""
        return self.before["currency"] != self.after["currency"]


def settings_of(workspace: Workspace) -> dict[str, str | int]:
    """A workspace's settings as plain values."""
    names = ("name", "language", "time_zone", "currency", "fiscal_year_start", "week_start")
    return {name: getattr(workspace, name) for name in names}


def update_settings(*, actor: MayAct, name: str, language: str, calendar: Calendar) -> SettingsChange:
    """Change the settings of the workspace that is entered. The caller writes the audit entry and has metrics computed.

    Raises `Forbidden`, or `Refusal` with every issue at once; `where` names the field.
    """
    actor.must("company.settings")
    workspace = current_workspace()
    name = " ".join(name.split())
    issues = [*name_issues(name, "name"), *calendar_issues(calendar)]
    if language not in LANGUAGES:
        issues.append(Issue("language", N_("Choose one of the languages offered.")))
    if issues:
        raise Refusal(N_("Please mend what is marked."), issues=issues)
    with in_public(), transaction.atomic():
        row = Workspace.objects.select_for_update().get(pk=workspace.pk)
        before, after = settings_of(row), {"name": name, "language": language, **asdict(calendar)}
        Workspace.objects.filter(pk=row.pk).update(**after)
    for field, value in after.items():
        setattr(workspace, field, value)
    return SettingsChange(before, after)
