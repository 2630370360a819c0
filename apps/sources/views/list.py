"""The list of sources."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from apps.accounts import selectors as accounts
from apps.common.access import requires
from apps.sources import selectors
from apps.sources.views.words import pull_state, schedule_words, source_state


@requires("data.view")
@require_GET
def source_list(request: HttpRequest) -> HttpResponse:
    """Every source with how it stands, when it was read last and when it is next."""
    sources = list(selectors.sources())
    names = accounts.names_of(source.owner_id for source in sources)
    rows = [
        {
            "source": source,
            "state": source_state(source),
            "last": pull_state(source.last_status) if source.last_status else None,
            "when": schedule_words(source.clock) if source.schedule else "",
            "owner": names.get(source.owner_id, ""),
        }
        for source in sources
    ]
    return render(request, "sources/list.html", {"rows": rows, "may_manage": request.actor.may("sources.manage")})
