"""Forget sessions that have ended."""

from datetime import datetime, timedelta

from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.db.models import Exists, OuterRef

from apps.common.sweeping import delete_in_portions

YOUNG = timedelta(days=1)
"""An entry of the list of sessions may be a moment older than its session."""


def sweep_sessions(before: datetime) -> int:
    """Delete sessions that expired before a moment, of people or (on the public host) of operators; how many."""
    return delete_in_portions(Session.objects.filter(expire_date__lt=before))


def sweep_session_list(before: datetime) -> int:
    """Delete entries of people's lists of sessions whose session is gone; how many."""
    there = Session.objects.filter(session_key=OuterRef("session_key"))
    return delete_in_portions(UserSession.objects.filter(~Exists(there), created_at__lt=before - YOUNG))
