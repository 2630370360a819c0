"""Version 1 of the API, which programs use, and the pages about it, which people use: `/api/…`."""

from django.urls import path

from apps.api.routes import RESOURCES
from apps.api.views import code, index, keys

app_name = "api"
urlpatterns = [
    path("keys/", keys.keys, name="keys"),
    path("keys/<uuid:key_id>/revoke/", keys.revoke, name="revoke_key"),
    path("model/", code.code, name="code"),
    path("v1/", index.index, name="index"),
    path("v1/openapi.json", index.openapi, name="openapi"),
    *[path(f"v1/{each.pattern}", each.callback, name=each.name) for each in RESOURCES],
]
