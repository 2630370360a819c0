"""What a workspace's own host answers. Who may open which is said at each view (`apps.accounts.access`)."""

from django.urls import include, path

urlpatterns = [
    path("", include("apps.dashboards.urls")),
    path("data/", include("apps.datasets.urls")),
    path("metrics/", include("apps.metrics.urls")),
    path("targets/", include("apps.targets.urls")),
    path("people/", include("apps.accounts.urls")),
    path("work/", include("apps.work.urls")),
    path("account/", include("allauth.urls")),
]
handler400 = "apps.common.views.bad_request"
handler403 = "apps.common.views.permission_denied"
handler404 = "apps.common.views.page_not_found"
handler500 = "apps.common.views.server_error"
