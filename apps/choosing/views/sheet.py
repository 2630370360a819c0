"""The three tests of a North Star for one metric: judge it, and what was judged before."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from apps.choosing import presentation, selectors, services
from apps.choosing.domain.cautions import cautions_for
from apps.choosing.forms import SheetForm
from apps.choosing.views.north_star import sheet_row
from apps.common.access import requires
from apps.common.middleware import tell
from apps.kernel.issue import Refusal
from apps.metrics import selectors as metrics


@requires("metrics.view", write="metrics.edit")
@require_http_methods(["GET", "POST"])
def sheet(request: HttpRequest, key: str) -> HttpResponse:
    """The newest sheet, those before it, and the form for another one."""
    metric = metrics.metric_for(key)
    form = SheetForm(request.POST or None)
    if form.is_bound and form.is_valid():
        try:
            services.judge(actor=request.actor, metric_id=metric.id, scores=form.scores, evidence=form.evidence)
        except Refusal as refusal:
            form.put(refusal)
        else:
            tell(request, _("The sheet is kept, with your name and the date."))
            return redirect("choosing:sheet", key=metric.key)
    rows = [sheet_row(each) for each in selectors.sheets_of(metric.id)]
    context = {
        "metric": metric,
        "sentence": metrics.in_words(metric.definition),
        "form": form,
        "groups": form.groups(),
        "newest": rows[0] if rows else None,
        "earlier": rows[1:],
        "cautions": [presentation.caution_row(caution) for caution in cautions_for(metric.definition)],
        "may_edit": request.actor.may("metrics.edit"),
        "crumbs": [(_("North Star"), reverse("choosing:north_star"))],
    }
    return render(request, "choosing/sheet.html", context, status=422 if form.is_bound else 200)
