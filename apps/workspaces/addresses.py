"""Addresses of pages, built from what we know, never from a request's Host header."""

from django.conf import settings

from apps.workspaces.models import Workspace


def host_of(slug: str) -> str:
    return f"{slug}.{settings.BASE_HOST}"


def origin(host: str) -> str:
    """`http://acme.localhost:8000`: scheme, host, and the port where it is not the scheme's own."""
    default = {"http": 80, "https": 443}[settings.SCHEME]
    port = "" if default == settings.PORT else f":{settings.PORT}"
    return f"{settings.SCHEME}://{host}{port}"


def public_url(path: str = "/") -> str:
    return origin(settings.BASE_HOST) + path


def workspace_url(workspace: Workspace, path: str = "/") -> str:
    return origin(host_of(workspace.slug)) + path
