"""What the form of an objective offers to choose from."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from django.utils.translation import gettext as _

from apps.accounts import selectors as accounts
from apps.goals.forms.objectives import Choices
from apps.goals.models import Cycle, Objective
from apps.goals.selectors.days import today
from apps.goals.selectors.objectives import seen_by
from apps.goals.selectors.people import Reader
from apps.kernel.period import Grain
from apps.metrics import selectors as metrics
from apps.metrics.presentation import style_of
from apps.workspaces.scope import current_workspace

MOST_PARENTS = 200
ALL_OFFERED = "all-offered"
"""Asked for by whose browser runs no scripts: every list in full."""


def choices_of(looking: Reader, cycle: Cycle, row: Objective | None, post: Mapping[str, str]) -> Choices:
    """Metrics in use, people, teams this person may set for, objectives above. Six queries."""
    grains = {
        Grain.DAY: _("Day"), Grain.WEEK: _("Week"), Grain.MONTH: _("Month"), Grain.QUARTER: _("Quarter"),
        Grain.HALF: _("Half-year"), Grain.YEAR: _("Year"),
    }  # fmt: skip
    views = {view.key: view for view in metrics.metrics()}
    if row is not None:
        held = metrics.metrics_by_id(
            row.key_results.filter(metric__isnull=False, dropped_at__isnull=True).values_list("metric_id", flat=True)
        )
        views |= {view.key: view for view in held.values()}
    currency = current_workspace().currency
    return Choices(
        metrics=views,
        people=_people(looking, row, post),
        teams=_teams(looking, row),
        parents=_parents(looking, cycle, row),
        grains={str(grain): word for grain, word in grains.items()},
        styles={view.key: style_of(view.unit, currency) for view in views.values()},
        levels=_levels(looking, row),
        once=post.get("act") != ALL_OFFERED,
    )


def _levels(looking: Reader, row: Objective | None) -> list[str]:
    found = [str(Objective.Level.PERSON)]
    if looking.leads or looking.actor.may("objectives.edit_all"):
        found.insert(0, str(Objective.Level.TEAM))
    if looking.actor.may("objectives.edit_all"):
        found.insert(0, str(Objective.Level.COMPANY))
    if row is not None and row.level not in found:
        found.insert(0, row.level)
    return found


def _teams(looking: Reader, row: Objective | None) -> dict[str, str]:
    all_of_them = looking.actor.may("objectives.edit_all")
    found = {
        str(line.id): line.name
        for line in sorted(looking.teams.values(), key=lambda line: line.name.casefold())
        if not line.archived and (all_of_them or line.id in looking.leads)
    }
    if row is not None and row.team_id and str(row.team_id) not in found:
        found[str(row.team_id)] = _("%(team)s (archived)") % {"team": looking.teams[row.team_id].name}
    return found


def _people(looking: Reader, row: Objective | None, post: Mapping[str, str]) -> dict[str, str]:
    """Everybody for who may set any; else the people of the teams one leads, and oneself. Who left stays to be seen."""
    near: set[UUID] | None = None
    if not looking.actor.may("objectives.edit_all"):
        near = (accounts.people_in(looking.leads, today()) if looking.leads else set()) | {looking.actor.id}
    found = {str(pk): name for pk, name in accounts.active_names(near).items()}
    found.setdefault(str(looking.actor.id), looking.actor.name)
    if row is not None:
        owners: list[tuple[UUID | None, str]] = [(row.owner_id, row.owner_name)]
        owners += row.key_results.filter(dropped_at__isnull=True).values_list("owner_id", "owner_name")
        for pk, name in owners:
            if pk:
                found.setdefault(str(pk), name)
    return found


def _parents(looking: Reader, cycle: Cycle, row: Objective | None) -> dict[str, str]:
    """Objectives of the same time that may be above: the company's and the teams', nearest first."""
    rows = (
        seen_by(looking)
        .filter(dropped_at__isnull=True, private=False, cycle__start__lte=cycle.due, cycle__due__gte=cycle.start)
        .exclude(level=Objective.Level.PERSON)
        .select_related("cycle")
        .order_by("level", "team__name", "position")[:MOST_PARENTS]
    )
    found = {}
    for each in rows:
        if row is None or each.pk != row.pk:
            place = each.team.name if each.team is not None else _("Company")
            cycle_name = "" if each.cycle_id == cycle.pk else f" ({each.cycle.name})"
            found[str(each.pk)] = f"{place}: {each.title}{cycle_name}"
    if row is not None and row.parent_id and str(row.parent_id) not in found and row.parent is not None:
        found[str(row.parent_id)] = row.parent.title if looking.sees(row.parent) else _("Private")
    return found
