"""Templates of cycles: saved from a cycle, changed, deleted."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from apps.accounts import selectors as accounts
from apps.accounts.access import requires
from apps.common.middleware import tell
from apps.goals import services
from apps.goals.domain import templates as rules
from apps.goals.domain.templates import Kept, Line
from apps.goals.forms.cycles import SaveTemplateForm, TemplateForm
from apps.goals.models import Objective
from apps.goals.presentation import objectives as pages
from apps.goals.presentation.words import kind_words
from apps.goals.selectors import cycles as cycles_of
from apps.goals.selectors import templates as templates_of
from apps.goals.views.cycles import crumbs
from apps.kernel.issue import Refusal
from apps.targets.presentation import kept_when_asked


@requires("cycles.manage")
@require_http_methods(["GET", "POST"])
@kept_when_asked
def save(request: HttpRequest, cycle_id: UUID) -> HttpResponse:
    """Save a cycle as a template: which of the objectives of the company and of teams are part of it."""
    cycle = cycles_of.cycle_for(cycle_id)
    rows = list(templates_of.for_template(cycle))
    form = SaveTemplateForm(request.POST or None, initial={"name": cycle.name})
    chosen = set(request.POST.getlist("objective")) if form.is_bound else {str(each.pk) for each in rows}
    status = 200
    if form.is_bound and form.is_valid():
        try:
            made = services.save_template(
                actor=request.actor, cycle_id=cycle.pk, name=form.cleaned_data["name"],
                objective_ids=[each.pk for each in rows if str(each.pk) in chosen],
            )  # fmt: skip
        except Refusal as refusal:
            form.show(refusal.issues)
            status = 422
        else:
            tell(
                request,
                _("The template “%(name)s” is saved. It is offered when a cycle is made.") % {"name": made.name},
            )
            return redirect("goals:cycle_template", made.pk)
    told = [(each, pages.place_words(each), str(each.pk) in chosen) for each in rows]
    context = {"form": form, "cycle": cycle, "rows": told, "crumbs": crumbs(True, cycle)}
    return render(request, "goals/cycles/template_save.html", context, status=status)


@requires("cycles.manage")
@require_http_methods(["GET", "POST"])
@kept_when_asked
def edit(request: HttpRequest, template_id: UUID) -> HttpResponse:
    """What a template holds, to be changed: how it is called and counted, titles, what stays."""
    row = templates_of.template_for(template_id)
    names = ("name", "kind", "rollup", "pace", "revision")
    form = TemplateForm(request.POST or None, initial={name: getattr(row, name) for name in names})
    lines = rules.read(row.objectives)
    kept = _kept(request.POST, lines) if form.is_bound else None
    status, errors = 200, {}
    if form.is_bound and form.is_valid() and kept is not None:
        try:
            services.change_template(actor=request.actor, template_id=row.pk, kept=kept, **form.told())
        except Refusal as refusal:
            status = refusal.status if refusal.status == 409 else 422
            errors = {each.where: each.in_words(_) for each in refusal.issues if each.where.startswith("o-")}
            form.show([each for each in refusal.issues if each.where not in errors])
            if not refusal.issues:
                form.add_error(None, refusal.in_words(_))
                form.data = form.data | {"revision": str(row.revision)}  # whoever saves again has been shown it
        else:
            tell(request, _("The change is saved."))
            return redirect("goals:cycle_template", row.pk)
    context = {
        "form": form, "row": row, "lines": _shown(lines, kept, errors), "errors": errors, "crumbs": crumbs(True),
    }  # fmt: skip
    return render(request, "goals/cycles/template.html", context, status=status)


@requires("cycles.manage")
@require_POST
def delete(request: HttpRequest, template_id: UUID) -> HttpResponse:
    """Delete a template."""
    name = services.delete_template(actor=request.actor, template_id=template_id)
    tell(request, _("“%(name)s” is deleted.") % {"name": name})
    return redirect("goals:cycles")


def _kept(post: Mapping[str, str], lines: list[Line]) -> dict[int, Kept]:
    """Which lines and key results stay, by their places, under which title."""
    found = {}
    for at, line in enumerate(lines):
        if post.get(f"o-{at}-stays"):
            own = {
                n: post.get(f"o-{at}-kr-{n}-title", each.title)
                for n, each in enumerate(line.draft.key_results)
                if post.get(f"o-{at}-kr-{n}-stays")
            }
            found[at] = Kept(post.get(f"o-{at}-title", line.draft.title), own)
    return found


def _shown(lines: list[Line], kept: dict[int, Kept] | None, errors: Mapping[str, str]) -> list[dict[str, Any]]:
    """The lines as they are, or as they were typed. Two queries."""
    teams = {line.id: line.name for line in accounts.team_lines()}
    people = accounts.names_of({line.draft.owner_id for line in lines if line.draft.owner_id})
    return [
        {
            "at": at,
            "title": kept[at].title if kept is not None and at in kept else line.draft.title,
            "stays": kept is None or at in kept,
            "error": errors.get(f"o-{at}-title", ""),
            "place": _place(line, teams),
            "owner": people.get(line.draft.owner_id, "") if line.draft.owner_id else "",
            "above": lines[line.above].draft.title if line.above is not None else "",
            "key_results": [
                {
                    "n": n,
                    "title": kept[at].key_results.get(n, each.title) if kept and at in kept else each.title,
                    "stays": kept is None or (at in kept and n in kept[at].key_results),
                    "error": errors.get(f"o-{at}-kr-{n}-title", ""),
                    "kind": kind_words(each.kind.value),
                }
                for n, each in enumerate(line.draft.key_results)
            ],
        }
        for at, line in enumerate(lines)
    ]


def _place(line: Line, teams: Mapping[UUID, str]) -> str:
    if line.draft.level == Objective.Level.COMPANY:
        return _("Company")
    return teams.get(line.draft.team_id, "") if line.draft.team_id else ""
