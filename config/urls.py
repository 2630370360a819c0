"""What a workspace's own host answers. Who may open which is said at each view (`apps.accounts.access`)."""

from django.urls import include, path

from apps.accounts.views.profile import set_language
from apps.goals.urls import check_ins
from apps.workspaces.views import enter

urlpatterns = [
    path("", include("apps.dashboards.urls")),
    path("data/sources/", include("apps.sources.urls")),
    path("data/", include("apps.datasets.urls")),
    path("metrics/", include("apps.metrics.urls")),
    path("forecasts/", include("apps.evidence.urls")),
    path("targets/", include("apps.targets.urls")),
    path("drivers/", include("apps.drivers.urls")),
    path("", include("apps.goals.urls")),
    path("check-ins/", include(check_ins)),
    path("pay/", include("apps.incentives.urls")),
    path("scenarios/", include("apps.scenarios.urls")),
    path("choose/", include("apps.choosing.urls")),
    path("people/", include("apps.accounts.urls")),
    path("notices/", include("apps.notifications.urls")),
    path("work/", include("apps.work.urls")),
    path("api/", include("apps.api.urls")),
    path("enter/<str:secret>/", enter, name="enter"),
    path("language/", set_language, name="set_language"),
    path("account/", include("apps.accounts.account_urls")),
]
handler400 = "apps.common.views.bad_request"
handler403 = "apps.common.views.permission_denied"
handler404 = "apps.common.views.page_not_found"
handler429 = "apps.common.views.too_many_requests"
handler500 = "apps.common.views.server_error"
