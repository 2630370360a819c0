"""What if, under /scenarios/."""

from django.urls import path

from apps.scenarios import views

app_name = "scenarios"
urlpatterns = [
    path("", views.scenario_list, name="list"),
    path("new/", views.new, name="new"),
    path("evaluate/", views.evaluate, name="evaluate"),
    path("compare/", views.compare, name="compare"),
    path("<uuid:scenario_id>/", views.detail, name="detail"),
    path("<uuid:scenario_id>/copy/", views.copy, name="copy"),
    path("<uuid:scenario_id>/today/", views.todays_values, name="todays_values"),
    path("<uuid:scenario_id>/delete/", views.delete, name="delete"),
    path("<uuid:scenario_id>/export/", views.export, name="export"),
]
