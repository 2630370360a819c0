"""The home page and the company's settings, at the root of a workspace's host."""

from django.urls import path

from apps.dashboards import views

app_name = "dashboards"
urlpatterns = [
    path("", views.home, name="home"),
    path("tree/", views.tree, name="tree"),
    path("tree/<uuid:node_id>/", views.tree_node, name="tree_node"),
    path("company/", views.company, name="settings"),
]
