from django.urls import path

from apps.work import views

app_name = "work"
urlpatterns = [
    path("", views.board, name="list"),
    path("<uuid:work_id>/", views.progress, name="progress"),
    path("<uuid:work_id>/again/", views.again, name="again"),
]
