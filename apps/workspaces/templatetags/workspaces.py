"""Addresses in templates: {% load workspaces %}."""

from django import template
from django.conf import settings
from django.urls import reverse

from apps.workspaces.addresses import origin, public_url

register = template.Library()


@register.simple_tag
def base_address() -> str:
    """What follows the slug in a workspace's address: `localhost:8000`."""
    return origin(settings.BASE_HOST).split("://")[1]


@register.simple_tag
def public_address(name: str) -> str:
    """The whole address of a page of the public host, from any host."""
    return public_url(reverse(name, urlconf=settings.PUBLIC_SCHEMA_URLCONF))
