from django.urls import path

from apps.evidence import views

app_name = "evidence"
urlpatterns = [path("<slug:key>/", views.forecast, name="forecast")]
