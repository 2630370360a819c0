from django.http import HttpRequest


def actor(request: HttpRequest) -> dict:
    """Who is signed in, for templates."""
    return {"actor": getattr(request, "actor", None)}
