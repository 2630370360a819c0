"""Tell people something; what they then do with it."""

from apps.notifications.domain.kinds import announces
from apps.notifications.services.choices import choose_ways
from apps.notifications.services.delivery import deliver
from apps.notifications.services.reading import mark, mark_all_read
from apps.notifications.services.sweeping import sweep_notices
from apps.notifications.services.telling import tell

__all__ = ["announces", "choose_ways", "deliver", "mark", "mark_all_read", "sweep_notices", "tell"]
