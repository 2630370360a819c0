"""Which workspaces an e-mail address belongs to. Kept as a keyed digest, told by mail only."""

from django.utils.crypto import salted_hmac

from apps.workspaces.models import Address, Workspace
from apps.workspaces.scope import in_public


def digest_of(email: str) -> str:
    """What is kept of an address: without the secret key nobody can tell whose it is, or try out a list."""
    return salted_hmac("workspaces.address", email.strip().lower(), algorithm="sha256").hexdigest()


def register_address(email: str, workspace: Workspace) -> None:
    """Let the finder know that `email` belongs to `workspace`. Call it when a person joins or changes their address."""
    with in_public():
        Address.objects.get_or_create(digest=digest_of(email), workspace=workspace)


def forget_address(email: str, workspace: Workspace) -> None:
    """Let the finder forget that `email` belongs to `workspace`. Call it when a person leaves."""
    with in_public():
        Address.objects.filter(digest=digest_of(email), workspace=workspace).delete()
