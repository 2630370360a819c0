"""Type the values of all manual metrics in one grid: a line for each metric, a column for each period."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from apps.common import formats
from apps.common.access import requires
from apps.common.fields import FigureField
from apps.common.middleware import tell
from apps.kernel.issue import Refusal
from apps.kernel.period import Grain, Period
from apps.metrics import presentation, selectors, services
from apps.metrics.selectors import MetricView

COLUMNS = {Grain.DAY: 14, Grain.WEEK: 13, Grain.MONTH: 12, Grain.QUARTER: 8, Grain.HALF: 6, Grain.YEAR: 5}
FARTHEST = 200
"""Pages back in time that are offered."""
Place = tuple[UUID, date]


@requires("values.type")
@require_http_methods(["GET", "POST"])
def typed_grid(request: HttpRequest) -> HttpResponse:
    """What is typed is saved together or not at all; every cell that cannot be taken says why."""
    return _Grid(request).answer()


class _Grid:
    """One request: what stands in the cells, what of it was changed, and what is wrong with which cell."""

    def __init__(self, request: HttpRequest) -> None:
        self.request = request
        self.data = request.POST if request.method == "POST" else None
        manual = [view for view in selectors.metrics() if view.kind == "manual"]
        self.grains = [grain for grain in Grain if any(grain in view.grains for view in manual)]
        asked = request.GET.get("grain", "")
        usual = Grain.MONTH if Grain.MONTH in self.grains else next(iter(self.grains), Grain.MONTH)
        self.grain = Grain(asked) if asked in {str(each) for each in self.grains} else usual
        self.views = {view.id: view for view in manual if self.grain in view.grains}
        back = request.GET.get("back", "")
        self.back = min(int(back), FARTHEST) if back.isascii() and back.isdigit() and len(back) < 6 else 0
        self.periods = self._periods()
        self.seen = self._seen()
        starts = [period.start for period in self.periods]
        self.now, self.then = selectors.typed_grid(list(self.views), self.grain, starts, self.seen)
        self.errors: dict[str, str] = {}

    def _periods(self) -> list[Period]:
        """The periods of the page, oldest first; the newest page ends with the present one."""
        calendar = self.request.workspace.calendar
        current = calendar.period_of(calendar.today(timezone.now()), self.grain)
        newest = self.back * COLUMNS[self.grain]
        return [calendar.shift(current, -newest - ago) for ago in reversed(range(COLUMNS[self.grain]))]

    def _seen(self) -> datetime | None:
        """When the cells were shown that came back."""
        text = self.data.get("seen", "") if self.data else ""
        try:
            moment = parse_datetime(text) if len(text) < 40 else None
        except ValueError:
            return None
        return moment if moment is not None and timezone.is_aware(moment) else None

    def answer(self) -> HttpResponse:
        if self.data is None:
            return self._page()
        wanted = self._wanted()
        if self.errors:
            return self._page(422)
        try:
            changed = services.type_grid(actor=self.request.actor, grain=self.grain, values=wanted)
        except Refusal as refusal:
            self._show(refusal, wanted)
            return self._page(422)
        told = ngettext("%(n)s value is saved.", "%(n)s values are saved.", changed) % {"n": changed}
        tell(self.request, told if changed else _("Nothing was changed."))
        return redirect(self.request.get_full_path())

    def _wanted(self) -> dict[UUID, list[services.TypedValue]]:
        """The cells that are other than they were shown, by metric; those that cannot be read are errors."""
        assert self.data is not None  # noqa: S101
        note = self.data.get("reason", "").strip()[:200]
        wanted: dict[UUID, list[services.TypedValue]] = {}
        for metric_id, view in self.views.items():
            field = self._field(view)
            for period in self.periods:
                place = (metric_id, period.start)
                typed = self.data.get(_name(place))
                if typed is None or typed.strip() == self._shown(field, self.then, place):
                    continue
                value = self._read(field, place, typed)
                if not self._is_conflict(field, place, value):
                    wanted.setdefault(metric_id, []).append(services.TypedValue(period.start, value, note=note))
        return wanted

    def _read(self, field: FigureField, place: Place, typed: str) -> Decimal | None:
        try:
            figure: Decimal | None = field.to_python(typed.strip())
        except ValidationError as error:
            self.errors[_name(place)] = " ".join(error.messages)
            return None
        return figure

    def _is_conflict(self, field: FigureField, place: Place, value: Decimal | None) -> bool:
        """Whether somebody else typed another value there since; they are named, and nothing of theirs is lost."""
        now, then = self.now.get(place), self.then.get(place)
        if now is None or now == then or now.value == value:
            return False
        told = {"who": now.typed_by_name, "value": self._shown(field, self.now, place) or _("no value")}
        self.errors.setdefault(
            _name(place), _("%(who)s typed %(value)s here meanwhile. Save again to put yours in its place.") % told
        )
        return True

    def _show(self, refusal: Refusal, wanted: dict[UUID, list[services.TypedValue]]) -> None:
        for issue in refusal.issues:
            metric_id, _dot, index = issue.where.partition(".values.")
            cells = wanted.get(UUID(metric_id.partition(".")[0]), [])
            at = cells[int(index)] if index.isdigit() else cells[0]
            name = _name((UUID(metric_id.partition(".")[0]), at.period_start))
            self.errors[name] = issue.in_words(_)

    def _field(self, view: MetricView) -> FigureField:
        return FigureField(style=presentation.style_of(view.unit, self.request.workspace.currency), exact=True)

    @staticmethod
    def _shown(field: FigureField, there: dict[Place, Any], place: Place) -> str:
        row = there.get(place)
        return "" if row is None or row.value is None else str(field.prepare_value(row.value))

    def _page(self, status: int = 200) -> HttpResponse:
        here = f"?grain={self.grain}"
        names = {view.id: view.name for view in self.views.values()}
        context = {
            "rows": [self._row(view) for view in sorted(self.views.values(), key=lambda view: view.name)],
            "columns": [formats.period(period) for period in self.periods],
            "told": [self._told(name, text, names) for name, text in self.errors.items()],
            "reason": self.data.get("reason", "") if self.data else "",
            "seen": timezone.now().isoformat(),
            "currency": self.request.workspace.currency,
            "here": self.request.get_full_path(),
            "bound": self.data is not None,
            "grain_tabs": [
                {"label": presentation.grain_word(each), "url": f"?grain={each}", "current": each == self.grain}
                for each in self.grains
            ],
            "earlier": f"{here}&back={self.back + 1}" if self.back < FARTHEST else "",
            "later": f"{here}&back={self.back - 1}" if self.back else "",
            "may_define": self.request.actor.may("metrics.edit"),
            "crumbs": [(_("Metrics"), reverse("metrics:list"))],
        }
        return render(self.request, "metrics/typed_grid.html", context, status=status)

    def _told(self, name: str, text: str, names: dict[UUID, str]) -> dict[str, str]:
        """An error in the list at the top, with the cell it leads to."""
        metric_id, _colon, start = name.partition(":")
        period = next(period for period in self.periods if period.start.isoformat() == start)
        return {
            "id": name.replace(":", "-"),
            "place": f"{names[UUID(metric_id)]} · {formats.period(period)}",
            "text": text,
        }

    def _row(self, view: MetricView) -> dict[str, Any]:
        field = self._field(view)
        return {
            "metric": view,
            "cells": [self._cell(field, (view.id, period.start), period) for period in self.periods],
        }

    def _cell(self, field: FigureField, place: Place, period: Period) -> dict[str, Any]:
        name, stored = _name(place), self._shown(field, self.now, place)
        row = self.now.get(place)
        return {
            "name": name,
            "id": name.replace(":", "-"),
            "stored": stored,
            "value": self._typed(name, stored, place, field),
            "label": formats.period(period),
            "error": self.errors.get(name, ""),
            "by": row if row is not None and row.value is not None else None,
        }

    def _typed(self, name: str, stored: str, place: Place, field: FigureField) -> str:
        """What stands in a cell: what was typed; where nothing was, what is stored by now."""
        if self.data is None or name not in self.data:
            return stored
        typed = self.data[name].strip()
        return stored if typed == self._shown(field, self.then, place) else typed


def _name(place: Place) -> str:
    return f"{place[0]}:{place[1].isoformat()}"
