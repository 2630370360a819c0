"""How a notice is written, in the language that is spoken at the moment."""

from django.utils.translation import gettext as _

from apps.common.formats import day
from apps.notifications.domain.wording import said
from apps.notifications.models import Notice


def words_of(notice: Notice) -> str:
    """The notice as a sentence."""
    return said(_(notice.message), notice.params, day)
