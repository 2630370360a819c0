"""Straight into a new workspace: a pass that works once and for ten minutes."""

import hashlib
import secrets
from datetime import timedelta

from django.contrib.auth import get_user_model
from django.db import transaction
from django.db.models.functions import Now

from apps.workspaces.models import EntryPass, SignUp, Workspace
from apps.workspaces.scope import in_public, inside

MINUTES = 10


def issue_pass(workspace: Workspace) -> str | None:
    """A secret that signs the workspace's founder in once; None if that person is not there (any more)."""
    with in_public():
        sign_up = SignUp.objects.filter(workspace=workspace).first()
    if sign_up is None or not workspace.is_open:
        return None
    with inside(workspace):
        user_id = get_user_model().objects.filter(email=sign_up.email).values_list("pk", flat=True).first()
    if user_id is None:
        return None
    secret = secrets.token_urlsafe(32)
    with in_public():
        EntryPass.objects.filter(expires_at__lt=Now()).delete()
        EntryPass.objects.create(
            digest=_digest(secret), workspace=workspace, user_id=user_id, expires_at=Now() + timedelta(minutes=MINUTES)
        )
    return secret


def redeem_pass(workspace: Workspace, secret: str) -> object | None:
    """Who may be signed in to `workspace` by this secret, which is used up by asking; None if it is worth nothing."""
    with in_public(), transaction.atomic():
        found = (
            EntryPass.objects.select_for_update()
            .filter(digest=_digest(secret), workspace=workspace, expires_at__gte=Now())
            .first()
        )
        if found is None:
            return None
        found.delete()
    with inside(workspace):
        return get_user_model().objects.filter(pk=found.user_id, is_active=True).first()


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
