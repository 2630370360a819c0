"""Targets, under /targets/."""

from django.urls import path

from apps.targets import views

app_name = "targets"
urlpatterns = [
    path("", views.target_list, name="list"),
    path("new/", views.new, name="new"),
    path("export/", views.export, name="export"),
    path("sentence/", views.sentence, name="sentence"),
    path("<uuid:target_id>/edit/", views.edit, name="edit"),
    path("<uuid:target_id>/history/", views.history, name="history"),
    path("<uuid:target_id>/withdraw/", views.withdraw, name="withdraw"),
]
