"""Addresses of pay; each part has a module."""

from django.urls import path

from apps.incentives.urls.people import patterns as people
from apps.incentives.urls.plans import patterns as plans
from apps.incentives.urls.runs import patterns as runs
from apps.incentives.urls.statements import patterns as statements
from apps.incentives.views.plans import home

app_name = "pay"
urlpatterns = [path("", home, name="home"), *people, *plans, *runs, *statements]
