from django.urls import path

from apps.workspaces import views

app_name = "workspaces"
urlpatterns = [
    path("", views.landing, name="landing"),
    path("signup/", views.sign_up, name="sign_up"),
    path("signup/sent/", views.sent, name="sent"),
    path("confirm/<str:token>/", views.confirm, name="confirm"),
    path("preparing/<uuid:workspace_id>/", views.preparing, name="preparing"),
    path("find/", views.find, name="find"),
    path("find/sent/", views.found, name="found"),
]
