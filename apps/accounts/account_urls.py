"""allauth's pages under `/account/`, each named: what is not listed in `access.LIBRARY_VIEWS` has no address here."""

from collections.abc import Iterator

from allauth.urls import urlpatterns as everything
from django.urls import URLPattern, URLResolver, path
from django.urls.resolvers import RoutePattern

from apps.accounts.access import LIBRARY_VIEWS
from apps.accounts.views.sign_in import no_sign_up


def _chosen(patterns: list) -> Iterator[URLPattern | URLResolver]:
    """The patterns we use, in their tree: a branch without any is left out."""
    for pattern in patterns:
        if isinstance(pattern, URLPattern):
            if pattern.name in LIBRARY_VIEWS:
                yield pattern
            continue
        below = list(_chosen(pattern.url_patterns))
        if below:
            yield URLResolver(RoutePattern(str(pattern.pattern)), below)


urlpatterns = [*_chosen(everything), path("signup/", no_sign_up, name="account_signup")]
