"""What if, under /scenarios/."""

from django.urls import path

from apps.scenarios.views import acts, listing, moving

app_name = "scenarios"
urlpatterns = [
    path("", listing.scenario_list, name="list"),
    path("new/", moving.new, name="new"),
    path("evaluate/", moving.evaluate, name="evaluate"),
    path("compare/", listing.compare, name="compare"),
    path("<uuid:scenario_id>/", moving.detail, name="detail"),
    path("<uuid:scenario_id>/copy/", acts.copy, name="copy"),
    path("<uuid:scenario_id>/today/", acts.todays_values, name="todays_values"),
    path("<uuid:scenario_id>/delete/", acts.delete, name="delete"),
    path("<uuid:scenario_id>/export/", acts.export, name="export"),
]
