"""The menu: every entry the person may open, the one they are in, and nothing else."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from apps.accounts.domain.roles import Actor
from apps.kernel.issue import N_

SETUP = N_("Set-up")


@dataclass(frozen=True)
class Entry:
    """A page of the menu: URL name, icon, label, the permission to open it, its group, and which pages are its own."""

    url_name: str
    icon: str
    label: str
    permission: str
    group: str = ""
    within: tuple[str, ...] = ()


# The first four a person may open are the tabs of a phone.
ENTRIES = (
    Entry("dashboards:home", "compass", N_("North Star"), "home.view", within=("dashboards:home",)),
    Entry(
        "dashboards:tree", "binary-tree", N_("Metric tree"), "metrics.view",
        within=(
            "dashboards:tree", "drivers", "metrics:tree_setup", "metrics:node", "metrics:add_node",
            "metrics:check_tree", "metrics:tree_history",
        ),
    ),
    Entry("targets:list", "target-arrow", N_("Targets"), "targets.view", within=("targets",)),
    Entry("goals:mine", "flag", N_("Goals"), "objectives.view", within=("goals",)),
    Entry("checkins:mine", "circle-check", N_("Check-ins"), "objectives.view", within=("checkins",)),
    Entry(
        "goals:list", "bolt", N_("Actions"), "initiatives.view",
        within=(
            "goals:list", "goals:export", "goals:new", "goals:detail", "goals:edit", "goals:finish", "goals:stop",
        ),
    ),
    Entry("pay:home", "coin", N_("Pay"), "pay.own", within=("pay",)),
    Entry("scenarios:list", "adjustments", N_("What if"), "metrics.view", within=("scenarios",)),
    Entry("metrics:list", "chart-line", N_("Metrics"), "metrics.view", within=("metrics",)),
    Entry("datasets:list", "database-import", N_("Data"), "data.view", SETUP, within=("datasets", "work")),
    Entry("choosing:north_star", "star", N_("Choosing"), "metrics.view", SETUP, within=("choosing",)),
    Entry("accounts:people", "users", N_("People"), "people.view", SETUP, within=("accounts",)),
    Entry("dashboards:settings", "settings", N_("Company"), "company.settings", SETUP, within=("dashboards:settings",)),
)  # fmt: skip


def menu(request: HttpRequest) -> dict[str, list[dict[str, object]]]:
    """`menu` for templates/components/side.html and tabbar.html; empty on the public host and before sign-in."""
    actor = getattr(request, "actor", None)
    if getattr(request, "workspace", None) is None or not actor:
        return {"menu": []}
    return {"menu": entries_for(actor, request.resolver_match)}


def entries_for(actor: Actor, match: object) -> list[dict[str, object]]:
    """The entries `actor` may open, in order; `match` is where they are."""
    allowed = [entry for entry in ENTRIES if actor.may(entry.permission)]
    current = _current(allowed, match)
    return [
        {
            "url": reverse(entry.url_name),
            "icon": entry.icon,
            "label": _(entry.label),
            "current": entry is current,
            "group": _(entry.group) if entry.group else "",
        }
        for entry in allowed
    ]


def _current(allowed: list[Entry], match: object) -> Entry | None:
    """The entry a page belongs to: by its URL name, else by its room."""
    if match is None:
        return None
    for where in (getattr(match, "view_name", ""), getattr(match, "namespace", "")):
        for entry in allowed:
            if where and where in entry.within:
                return entry
    return None
