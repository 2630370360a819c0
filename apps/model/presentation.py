"""From a plan, or a refusal of one, to what a page shows: what happens to each entry, and where a fault stands."""

from __future__ import annotations

import json
from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from apps.kernel.issue import N_, Refusal
from apps.model.domain.difference import Change, Status
from apps.model.domain.reading import Fault, ModelRefused
from apps.model.services import Plan

SECTIONS = {
    "datasets": N_("Data"),
    "metrics": N_("Metrics"),
    "north_star": N_("North Star"),
    "tree": N_("Metric tree"),
    "targets": N_("Targets"),
}
STATUSES = {
    Status.CREATED: ("good", N_("new")),
    Status.CHANGED: ("info", N_("changed")),
    Status.REMOVED: ("warn", N_("out of use")),
    Status.KEPT: ("none", N_("not in the file, stays")),
    Status.UNCHANGED: ("none", N_("as it is")),
}
LONGEST_SHOWN = 400


def shown(plan: Plan) -> dict[str, Any]:
    """What `model/_difference.html` takes."""
    return {
        "sections": sections(plan),
        "counts": [
            {"tone": tone, "word": _(word), "n": plan.count(each)}
            for each, (tone, word) in STATUSES.items()
            if plan.count(each)
        ],
        "notes": [place(fault) for fault in plan.notes],
    }


def issues(refusal: Refusal) -> list[dict[str, str]]:
    """Every fault with its place: line and path, or field."""
    if isinstance(refusal, ModelRefused):
        return [place(fault) for fault in refusal.faults]
    return [{"where": issue.where, "message": issue.in_words(_)} for issue in refusal.issues]


def place(fault: Fault) -> dict[str, str]:
    """A fault in words, with its line and path."""
    parts = [_("line %(line)s") % {"line": fault.line}] if fault.line else []
    parts += [fault.issue.where] if fault.issue.where else []
    return {"where": ", ".join(parts), "message": fault.issue.in_words(_)}


def sections(plan: Plan) -> list[dict[str, Any]]:
    """What happens to each entry, by section; those that stay as the file has them are only counted."""
    found = []
    for section, title in SECTIONS.items():
        changes = [change for change in plan.changes if change.section == section]
        rows = [_row(change, plan) for change in changes if change.status is not Status.UNCHANGED]
        if rows:
            found.append({"title": _(title), "rows": rows, "same": len(changes) - len(rows)})
    return found


def _row(change: Change, plan: Plan) -> dict[str, Any]:
    tone, word = STATUSES[change.status]
    fields = [
        {"where": each.where, "before": _short(each.before), "after": _short(each.after)} for each in change.fields
    ]
    key = change.key if change.section != "north_star" else ""
    named = plan.names.get(key) if change.section == "metrics" else None
    name = named.text(get_language()) if named else ""
    return {"key": key, "name": name, "tone": tone, "word": _(word), "fields": fields}


def _short(value: object) -> str:
    if value is None or value == "":
        return "–"
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= LONGEST_SHOWN else text[: LONGEST_SHOWN - 1] + "…"
