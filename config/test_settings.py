"""Servers of the tests' own, and speed: everything else is what runs for people."""

from tests.servers import prepare

prepare()

from config.settings import *  # noqa: E402, F403

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
