"""One file of Django: `gunicorn tests.bench.bare.app`, with the same database, pool and server as the product."""

import os

from django.conf import settings

from config.env import Env

env = Env()
settings.configure(
    DEBUG=False,
    SECRET_KEY="only-for-the-bench",
    ALLOWED_HOSTS=["*"],
    ROOT_URLCONF="tests.bench.bare.app",
    MIDDLEWARE=["django.middleware.common.CommonMiddleware"],
    DATABASES={
        "default": {
            **env.database("DATABASE_URL"),
            "ENGINE": "django.db.backends.postgresql",
            "CONN_MAX_AGE": 0,
            "OPTIONS": {"pool": {"min_size": 1, "max_size": 8}},
        }
    },
    TEMPLATES=[{"BACKEND": "django.template.backends.django.DjangoTemplates"}],
)

import django  # noqa: E402

django.setup()

from django.core.wsgi import get_wsgi_application  # noqa: E402
from django.db import connection  # noqa: E402
from django.http import HttpRequest, HttpResponse  # noqa: E402
from django.template import engines  # noqa: E402
from django.urls import path  # noqa: E402

PAGE = engines["django"].from_string("<!doctype html><title>Bare</title><p>{{ answer }}</p>")


def page(request: HttpRequest) -> HttpResponse:
    """One query, one small template."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        return HttpResponse(PAGE.render({"answer": cursor.fetchone()[0]}, request))


urlpatterns = [path("", page)]
application = get_wsgi_application() if os.environ.get("DATABASE_URL") else None
