from django.urls import path

from apps.sources import views

app_name = "sources"
urlpatterns = [
    path("", views.source_list, name="list"),
    path("new/", views.new, name="new"),
    path("<uuid:source_id>/", views.detail, name="detail"),
    path("<uuid:source_id>/connection/", views.connection, name="connection"),
    path("<uuid:source_id>/what/", views.what, name="what"),
    path("<uuid:source_id>/look/", views.look, name="look"),
    path("<uuid:source_id>/setup/", views.setup, name="setup"),
    path("<uuid:source_id>/run/", views.run, name="run"),
    path("<uuid:source_id>/pause/", views.pause, name="pause"),
    path("<uuid:source_id>/resume/", views.resume, name="resume"),
    path("<uuid:source_id>/anew/", views.anew, name="anew"),
    path("<uuid:source_id>/delete/", views.delete, name="delete"),
]
