"""Many targets at once, in a grid: typed, pasted from a spreadsheet, undone, and saved together or not at all."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from apps.accounts.access import requires
from apps.common.fields import FigureField
from apps.common.middleware import tell
from apps.kernel.issue import Refusal
from apps.kernel.period import Grain
from apps.metrics import selectors as metrics
from apps.metrics.presentation import style_of
from apps.metrics.selectors import MetricView
from apps.targets import presentation, selectors, services
from apps.targets.domain import terms
from apps.targets.domain.kinds import KIND_WORDS, Kind
from apps.targets.models import Target
from apps.targets.presentation import kept_when_asked
from apps.targets.views.common import crumbs

COLUMNS = (*terms.FIGURES, "start", "due", "review_on")
"""What can be typed, in the order of the columns."""
DAYS = ("start", "due", "review_on")
PER_PAGE = 200
"""Rows of a page: with every column far fewer fields than one request may send."""


@requires("targets.edit")
@require_http_methods(["GET", "POST"])
@kept_when_asked
def grid(request: HttpRequest) -> HttpResponse:
    """Every target in force as a row of cells; what is changed on a page of them is saved together, with one reason."""
    return _Grid(request).answer()


class _Grid:
    """One request: what stands in the cells, what of it changed, and what is wrong with which cell."""

    def __init__(self, request: HttpRequest) -> None:
        self.request = request
        self.data = request.POST if request.method == "POST" else None
        self.views = {view.id: view for view in metrics.metrics(archived=True)}
        rows = selectors.in_force(teams=True).filter(valid_until=None).select_related("team")
        named = [(self._name(row), row) for row in rows if row.metric_id in self.views]
        every = [row for _name, row in sorted(named, key=lambda each: each[0])]
        self.page = Paginator(every, PER_PAGE).get_page(request.GET.get("page"))
        self.rows = list(self.page) if self.data is None else self._typed_for(every)
        self.errors: dict[str, list[str]] = {}

    def _typed_for(self, every: list[Target]) -> list[Target]:
        """The rows that were typed into, wherever they stand by now."""
        sent = {name.partition(":")[0] for name in self.data or ()}
        return [row for row in every if str(row.pk) in sent] or list(self.page)

    def _name(self, row: Target) -> str:
        return presentation.named(self.views[row.metric_id].name, row)

    def answer(self) -> HttpResponse:
        if self.data is None:
            return self._page()
        gone = self._gone()
        wanted = list(self._wanted())
        if not self.errors and not gone:
            try:
                made = services.set_many(actor=self.request.actor, rows=wanted)
            except Refusal as refusal:
                self._show(refusal)
            else:
                told = ngettext("%(n)s target is changed.", "%(n)s targets are changed.", len(made)) % {"n": len(made)}
                tell(self.request, told if made else _("Nothing was changed."))
                return redirect(self.request.get_full_path())
        return self._page(409 if gone and not self.errors else 422, gone)

    def _gone(self) -> list[str]:
        """What was typed for targets that are not in force any more: told, so that it is not lost in silence."""
        assert self.data is not None  # noqa: S101
        here = {str(row.pk) for row in self.rows}
        typed: dict[str, list[str]] = {}
        for name, value in self.data.items():
            pk, _colon, column = name.partition(":")
            if column in COLUMNS and pk not in here and value.strip():
                typed.setdefault(pk, []).append(value.strip())
        return [", ".join(values) for values in typed.values()]

    def _wanted(self) -> Iterator[services.Row]:
        """The rows in which something is another now; cells that cannot be read are errors."""
        assert self.data is not None  # noqa: S101
        reason = self.data.get("reason", "")[:200]
        for row in self.rows:
            wish = terms.wish_of({name: getattr(row, name) for name in terms.NAMES}, Grain(row.grain))
            wish = replace(wish, valid_from=None, on_purpose=True)
            told = {name: self._cell(row, name) for name in COLUMNS if f"{row.pk}:{name}" in self.data}
            changed = {name: value for name, value in told.items() if value != getattr(row, name)}
            if changed and not any(where.startswith(f"{row.pk}:") for where in self.errors):
                if "goal" in changed or "baseline" in changed:
                    changed["on_purpose"] = False
                scope = services.Scope(row.metric_id, Grain(row.grain), row.dimension, row.member, row.team_id)
                yield services.Row(
                    str(row.pk), scope, replace(wish, **changed), reason, row.owner_id, row.owner_name, row.pk
                )

    def _cell(self, row: Target, name: str) -> Decimal | date | None:
        assert self.data is not None  # noqa: S101
        key = f"{row.pk}:{name}"
        typed = self.data.get(key, "").strip()
        if typed == self._stored(row, name):  # what was only shown is not rounded by being sent back
            value: Decimal | date | None = getattr(row, name)
            return value
        try:
            if name in DAYS:
                return date.fromisoformat(typed.replace("/", "-")) if typed else None
            figure: Decimal | None = FigureField(style=self._style(row), exact=True).to_python(typed)
            return figure
        except ValidationError as error:
            self.errors[key] = list(error.messages)
        except ValueError:
            self.errors[key] = [_("Write a day such as 2026-06-30.")]
        return None

    def _style(self, row: Target) -> Any:
        return style_of(self.views[row.metric_id].unit, self.request.workspace.currency)

    def _stored(self, row: Target, name: str) -> str:
        value = getattr(row, name)
        if isinstance(value, date):
            return value.isoformat()
        return "" if value is None else str(FigureField(style=self._style(row), exact=True).prepare_value(value))

    def _show(self, refusal: Refusal) -> None:
        if not refusal.issues:
            self.errors[""] = [refusal.in_words(_)]
        for issue in refusal.issues:
            pk, _colon, field = issue.where.partition(":")
            where = "reason" if field == "reason" else f"{pk}:{field if field in COLUMNS else 'metric'}"
            texts = self.errors.setdefault(where, [])
            if issue.in_words(_) not in texts:
                texts.append(issue.in_words(_))

    def _page(self, status: int = 200, gone: list[str] | None = None) -> HttpResponse:
        names = {str(row.pk): self._name(row) for row in self.rows}
        context = {
            "columns": [(name, _(terms.WORDS[name])) for name in COLUMNS],
            "rows": [self._row(row) for row in self.rows],
            "reason": self.data.get("reason", "") if self.data else "",
            "errors": self.errors,
            "told": [self._told(where, texts, names) for where, texts in self.errors.items()],
            "gone": gone or [],
            "page": self.page,
            "here": self.request.get_full_path(),
            "bound": self.data is not None,
            "needs_approval": selectors.needs_second_admin(),
            "crumbs": crumbs(),
        }
        return render(self.request, "targets/grid.html", context, status=status)

    def _told(self, where: str, texts: list[str], names: dict[str, str]) -> dict[str, str]:
        """An error in the list at the top, with the cell it leads to."""
        pk, _colon, column = where.partition(":")
        place = " · ".join(filter(None, [names.get(pk, ""), _(terms.WORDS[column]) if column in terms.WORDS else ""]))
        return {"id": where.replace(":", "-"), "place": place, "text": " ".join(texts)}

    def _row(self, row: Target) -> dict[str, Any]:
        used = terms.USED[Kind(row.kind)]
        cells = [self._cell_piece(row, name, name in used or name in DAYS) for name in COLUMNS]
        view: MetricView = self.views[row.metric_id]
        return {
            "target": row,
            "name": presentation.named(view.name, row),
            "kind": " · ".join([_(KIND_WORDS[Kind(row.kind)]), *([_("Team")] if row.team_id else [])]),
            "cells": cells,
            "errors": self.errors.get(f"{row.pk}:metric", []),
        }

    def _cell_piece(self, row: Target, name: str, used: bool) -> dict[str, Any]:
        key, stored = f"{row.pk}:{name}", self._stored(row, name)
        return {
            "name": key,
            "id": key.replace(":", "-"),
            "used": used,
            "stored": stored,
            "value": self.data.get(key, stored) if self.data else stored,
            "label": _(terms.WORDS[name]),
            "errors": self.errors.get(key, []),
        }
