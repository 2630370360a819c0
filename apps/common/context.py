from django.http import HttpRequest


def token(request: HttpRequest) -> dict:
    """Where a page that is kept shows the CSRF token, its place instead (`apps.common.shelf`)."""
    shown = getattr(request, "csrf_token_shown", None)
    return {"csrf_token": shown} if shown else {}
