"""The home page, and the company's settings."""

from __future__ import annotations

from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from apps.accounts.domain.roles import Actor
from apps.choosing import selectors as choosing
from apps.common import shelf
from apps.common.access import requires
from apps.common.middleware import tell
from apps.dashboards import presentation, selectors, services
from apps.dashboards.forms import SettingsForm
from apps.dashboards.presentation import tree_page as tree_pieces
from apps.dashboards.selectors import Home
from apps.dashboards.selectors import tree_page as tree_reading
from apps.drivers.presentation import url_of as why_url
from apps.kernel.issue import Refusal
from apps.metrics.selectors import edition, needs_second_admin
from apps.targets import selectors as targets
from apps.workspaces.services import settings_of


@requires("home.view")
@require_GET
def home(request: HttpRequest) -> HttpResponse:
    """The North Star, how far it has come, what is in it, and how fresh the data is; or the first steps to it."""
    stand, unread = selectors.stand(), choosing.unread(request.actor)
    return shelf.page(
        request,
        "dashboards/home.html",
        [stand, unread],
        lambda: {**_home(request, selectors.home(stand)), "unread": unread},
    )


def _home(request: HttpRequest, found: Home) -> dict[str, object]:
    """What the home page's template needs."""
    actor, currency, chosen = request.actor, request.workspace.currency, found.north_star
    steps = presentation.first_steps(found.steps, actor, chosen.metric.key if chosen else "")
    context = {
        "steps": [] if found.steps.all_done else steps,
        "steps_done": sum(bool(step["done"]) for step in steps),
        "next_step": next((step for step in steps if step["current"]), None),
        "chosen": chosen,
        "working": found.working,
        "data": presentation.data_rows(found, actor),
        "may": _may(actor),
    }
    if chosen:
        context |= {
            "as_of": presentation.as_of(found.series.latest if found.series else None),
            "hero": presentation.hero(found, currency, actor),
            "trend": presentation.trend(found, currency),
            "tree": presentation.tree(found, currency),
            "has_drivers": found.steps.tree,
            "targets": presentation.target_rows(found, currency),
            "targets_more": len(found.others) > presentation.TARGETS_SHOWN,
            "goal": found.goal,
            "said": found.said,
            "said_url": why_url(found.said.question) if found.said and actor.may("metrics.view") else "",
        }
    return context


@requires("metrics.view")
@require_GET
def tree(request: HttpRequest) -> HttpResponse:
    """The whole metric tree with values and statuses."""
    return shelf.page(request, "dashboards/tree.html", [edition()], lambda: _tree(request))


def _tree(request: HttpRequest) -> dict[str, object]:
    """What the template of the tree's page needs."""
    found = tree_reading.tree(request.GET, request.workspace.calendar)
    root, currency = found.root, request.workspace.currency
    return {
        "chosen": found.north_star,
        "tree": tree_pieces.tree(found, currency),
        "nodes": sum(1 for _node in root.walk()) if root else 0,
        "as_of": presentation.as_of(root.latest if root else None),
        "sentence": tree_pieces.sentence(found, currency),
        "choices": tree_pieces.choices(found),
        "query": tree_pieces.query(found.asked) if found.asked else "",
        "is_plain": found.asked is None or found.asked.is_plain,
        "may": _may(request.actor),
    }


@requires("metrics.view")
@require_GET
def tree_node(request: HttpRequest, node_id: UUID) -> HttpResponse:
    """What the drawer shows of a node; without a script the page of its metric does."""
    found = tree_reading.node(node_id, request.GET, request.workspace.calendar)
    if not request.htmx:
        return redirect("metrics:detail", found.node.key)
    return render(
        request, "dashboards/_node.html", tree_pieces.drawer(found, request.workspace.currency, request.actor)
    )


def _may(actor: Actor) -> dict[str, bool]:
    """What this person is offered."""
    permissions = ("data.upload", "data.view", "metrics.edit", "targets.edit", "north_star.choose")
    return {permission.replace(".", "_"): actor.may(permission) for permission in permissions}


@requires("company.settings")
@require_http_methods(["GET", "POST"])
def company(request: HttpRequest) -> HttpResponse:
    """What the company sets for itself: name, language, currency, calendar."""
    initial = settings_of(request.workspace) | {
        "second_admin": needs_second_admin(), "approved_targets": targets.needs_second_admin(),
    }  # fmt: skip
    form = SettingsForm(request.POST or None, languages=settings.LANGUAGES, initial=initial)
    if form.is_bound and form.is_valid():
        try:
            change = services.change_settings(actor=request.actor, **form.wanted)
        except Refusal as refusal:
            if not refusal.issues:
                raise
            form.show(refusal.issues)
        else:
            computing = _(
                "The settings are saved. Periods begin at other moments now, so all values are computed anew."
            )
            tell(request, computing if change.calendar_changed else _("The settings are saved."))
            return redirect(reverse("dashboards:settings"))
    return render(request, "dashboards/settings.html", {"form": form}, status=422 if form.is_bound else 200)
