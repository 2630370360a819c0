"""Choose the company's one number."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from apps.common.access import requires
from apps.common.middleware import tell
from apps.kernel.issue import Refusal
from apps.kernel.period import Grain
from apps.metrics import selectors, services
from apps.metrics.forms import NorthStarForm


@requires("metrics.view", write="north_star.choose")
@require_http_methods(["GET", "POST"])
def choose(request: HttpRequest) -> HttpResponse:
    current = selectors.north_star()
    choices = [(str(metric.id), metric.name) for metric in selectors.metrics()]
    initial = {"metric": request.GET.get("metric", ""), "grain": "month"}
    if current:
        initial = {"metric": str(current.metric.id), "grain": current.grain, "reason": current.reason}
    form = NorthStarForm(request.POST or None, metrics=choices, initial=initial)
    if form.is_bound and form.is_valid() and _saved(request, form):
        return redirect("metrics:tree_setup")
    context = {
        "form": form,
        "current": current,
        "history": selectors.north_star_history(),
        "choices": choices,
        "may_choose": request.actor.may("north_star.choose"),
        "crumbs": [(_("Metrics"), reverse("metrics:list"))],
    }
    return render(request, "metrics/north_star.html", context, status=422 if form.is_bound else 200)


def _saved(request: HttpRequest, form: NorthStarForm) -> bool:
    typed = form.cleaned_data
    try:
        services.choose_north_star(
            actor=request.actor,
            metric_id=UUID(typed["metric"]),
            grain=Grain(typed["grain"]),
            reason=typed["reason"],
        )
    except Refusal as refusal:
        for issue in refusal.issues:
            form.add_error(issue.where if issue.where in form.fields else None, issue.in_words(_))
        if not refusal.issues:
            form.add_error(None, refusal.in_words(_))
        return False
    tell(request, _("This is your North Star now. Lay out what it is made of."))
    return True
