"""The list of the company's data, and a page for each."""

from operator import attrgetter
from uuid import UUID

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from apps.common.access import requires
from apps.common.middleware import tell
from apps.datasets import selectors, services
from apps.datasets.forms import ROLE_WORDS, TYPE_WORDS, NameForm, RateDaysForm
from apps.datasets.models import Dataset
from apps.datasets.views.words import DATASET_STATES, upload_state
from apps.kernel.issue import Refusal

ON_A_PAGE = 50
UNFINISHED_SHOWN = 20
_SORTS = {"name": "name", "rows": "rows", "last_day": "last_day", "uploaded": "last_upload_at"}


@requires("data.view")
@require_GET
def dataset_list(request: HttpRequest) -> HttpResponse:
    """All data with its freshness, and the files that are on their way."""
    search = request.GET.get("q", "").strip()[:120]
    everything = _sorted(selectors.freshness(search), request.GET.get("sort", "name"))
    page = Paginator(everything, ON_A_PAGE).get_page(request.GET.get("page"))
    unfinished = list(selectors.open_uploads()[: UNFINISHED_SHOWN + 1])
    context = {
        "page": page,
        "rows": [{"data": fresh, "state": DATASET_STATES[fresh.state]} for fresh in page],
        "search": search,
        "searchable": search or page.paginator.num_pages > 1,
        "uploads": [{"upload": upload, "state": upload_state(upload)} for upload in unfinished[:UNFINISHED_SHOWN]],
        "more_uploads": len(unfinished) > UNFINISHED_SHOWN,
        "may_upload": request.actor.may("data.upload"),
        "may_type": request.actor.may("values.type"),
        "binned": _binned() if request.actor.may("data.upload") else [],
    }
    return render(request, "datasets/list.html", context)


def _binned() -> list[dict]:
    """Data that can be put back."""
    return [
        {"dataset": dataset, "goes": services.gone_on(dataset.archived_at)} for dataset in selectors.binned_datasets()
    ]


def _sorted(rows: list[selectors.Freshness], by: str) -> list[selectors.Freshness]:
    """By name, or the largest or newest first; what has no value comes last."""
    field = attrgetter(_SORTS.get(by, "name"))
    if by == "name" or by not in _SORTS:
        return rows
    without = [row for row in rows if field(row) is None]
    return sorted((row for row in rows if field(row) is not None), key=field, reverse=True) + without


@requires("data.view")
@require_GET
def dataset_detail(request: HttpRequest, dataset_id: UUID) -> HttpResponse:
    """A dataset: what it holds, its columns, and every upload that made it."""
    return _detail(request, selectors.dataset_for(dataset_id))


@requires("data.upload")
@require_POST
def rate_days(request: HttpRequest, dataset_id: UUID) -> HttpResponse:
    """Say for how long an exchange rate holds."""
    dataset, form = selectors.dataset_for(dataset_id), RateDaysForm(request.POST)
    if not form.is_valid():
        return _detail(request, dataset, form, status=422)
    services.set_rate_days(actor=request.actor, dataset_id=dataset_id, days=form.cleaned_data["days"])
    tell(request, _("Saved. The amounts are converted anew."))
    return redirect("datasets:detail", dataset_id)


@requires("data.upload")
@require_POST
def rename(request: HttpRequest, dataset_id: UUID) -> HttpResponse:
    """Give data another name."""
    dataset, form = selectors.dataset_for(dataset_id), NameForm(request.POST)
    if form.is_valid():
        try:
            services.rename_dataset(actor=request.actor, dataset_id=dataset_id, name=form.cleaned_data["name"])
        except Refusal as refusal:
            form.add_error("name", refusal.in_words(_))
        else:
            tell(request, _("Saved."))
            return redirect("datasets:detail", dataset_id)
    return _detail(request, dataset, naming=form, status=422)


def _detail(
    request: HttpRequest,
    dataset: Dataset,
    form: RateDaysForm | None = None,
    naming: NameForm | None = None,
    status: int = 200,
) -> HttpResponse:
    uploads = Paginator(selectors.uploads_of(dataset), ON_A_PAGE).get_page(request.GET.get("page"))
    context = {
        "dataset": dataset,
        "version": dataset.current_version,
        "columns": [
            {"column": column, "type": TYPE_WORDS.get(column.type, ""), "role": ROLE_WORDS.get(column.role, "")}
            for column in selectors.columns_of(dataset)
        ],
        "page": uploads,
        "uploads": [
            {"upload": upload, "state": upload_state(upload), "version": getattr(upload, "version", None)}
            for upload in uploads
        ],
        "may_upload": request.actor.may("data.upload"),
        "naming": naming or NameForm(initial={"name": dataset.name}),
    }
    if selectors.holds_rates(dataset):
        context["rates"] = form or RateDaysForm(initial={"days": dataset.rate_days})
    return render(request, "datasets/detail.html", context, status=status)


@requires("data.view")
@require_GET
def versions(request: HttpRequest, dataset_id: UUID) -> HttpResponse:
    """Every version of a dataset: what made it, how it differs from the one before, and the way back to it."""
    dataset = selectors.dataset_for(dataset_id)
    page = Paginator(selectors.versions_of(dataset), ON_A_PAGE).get_page(request.GET.get("page"))
    context = {"dataset": dataset, "page": page, "may_upload": request.actor.may("data.upload")}
    return render(request, "datasets/versions.html", context)


@requires("data.upload")
@require_POST
def restore(request: HttpRequest, dataset_id: UUID, number: int) -> HttpResponse:
    """Bring back a version."""
    version = services.restore_version(actor=request.actor, dataset_id=dataset_id, number=number)
    told = {"number": number, "version": version.number}
    tell(request, _("Version %(number)s is back, as version %(version)s. The metrics are computed anew.") % told)
    return redirect("datasets:versions", dataset_id)
