"""Notices as a letter, in the language that is spoken at the moment."""

from collections.abc import Sequence

from django.conf import settings
from django.core.mail import EmailMessage
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _

from apps.notifications.domain.wording import one_line
from apps.notifications.models import Notice
from apps.notifications.presentation import words_of
from apps.workspaces.addresses import workspace_url
from apps.workspaces.scope import current_workspace

MOST_IN_A_LETTER = 20


def notice_letter(reader: object, rows: Sequence[Notice]) -> EmailMessage:
    """What is new for a person, each with its link; a single one says it in the subject already."""
    workspace = current_workspace()
    named = rows[:MOST_IN_A_LETTER]
    lines = [(words_of(row), _link("notifications:open", row.pk)) for row in named]
    subject = lines[0][0] if len(rows) == 1 else _("%(count)s things are new for you") % {"count": len(rows)}
    context = {
        "workspace": workspace, "home": workspace_url(workspace), "user": reader, "lines": lines,
        "more": len(rows) - len(named), "list": _link("notifications:list"),
        "settings": _link("notifications:settings"),
    }  # fmt: skip
    body = render_to_string("notifications/mail/notices.txt", context).strip() + "\n"
    headers = {"Auto-Submitted": "auto-generated", "List-Unsubscribe": f"<{context['settings']}>"}
    return EmailMessage(one_line(f"[{workspace.name}] {subject}")[:200], body, to=[reader.email], headers=headers)


def _link(name: str, *args: object) -> str:
    return workspace_url(current_workspace(), reverse(name, args=args, urlconf=settings.ROOT_URLCONF))
