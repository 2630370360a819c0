"""Servers of the tests' own, and speed: everything else is what runs for people."""

import os

from tests.servers import prepare

prepare()
# Playwright keeps an event loop in the thread of the tests for as long as its browser lives. Nothing here is async.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"

from config.settings import *  # noqa: E402, F403

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
