"""The names that the page frame links to; the gallery needs none of the rooms."""

from django.http import HttpRequest, HttpResponse
from django.urls import include, path


def nothing(_request: HttpRequest) -> HttpResponse:
    return HttpResponse()


urlpatterns = [
    path("people/", include(([path("profile/", nothing, name="profile")], "accounts"))),
    path("sign-in/", nothing, name="account_login"),
    path("language/", nothing, name="set_language"),
    path("logout/", nothing, name="account_logout"),
    path("2fa/", nothing, name="mfa_index"),
    path("sessions/", nothing, name="usersessions_list"),
]
