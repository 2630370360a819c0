"""What the public host answers: sign-up, the finder, and the operators' console."""

from django.contrib import admin
from django.urls import include, path
from django.views.i18n import set_language

urlpatterns = [
    path("", include("apps.workspaces.urls")),
    path("language/", set_language, name="set_language"),
    path("operators/", admin.site.urls),
]
handler400 = "apps.common.views.bad_request"
handler403 = "apps.common.views.permission_denied"
handler404 = "apps.common.views.page_not_found"
handler500 = "apps.common.views.server_error"
