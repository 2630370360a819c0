"""Why a number moved, under /drivers/."""

from django.urls import path

from apps.drivers import views

app_name = "drivers"
urlpatterns = [
    path("", views.star, name="star"),
    path("<slug:key>/", views.detail, name="detail"),
    path("<slug:key>/telling/", views.telling, name="telling"),
    path("<slug:key>/export/", views.export, name="export"),
]
