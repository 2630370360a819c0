"""What one was told, and how one wants to be told: `/notices/…`."""

from django.urls import path

from apps.notifications import views

app_name = "notifications"
urlpatterns = [
    path("", views.notice_list, name="list"),
    path("bell/", views.bell, name="bell"),
    path("all-read/", views.all_read, name="all_read"),
    path("settings/", views.settings, name="settings"),
    path("<uuid:notice_id>/", views.open_notice, name="open"),
    path("<uuid:notice_id>/mark/", views.mark, name="mark"),
]
