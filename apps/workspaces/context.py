from django.http import HttpRequest


def workspace(request: HttpRequest) -> dict:
    """The workspace whose host was asked, or None on the public host."""
    found = getattr(request, "workspace", None)
    return {"workspace": found}
