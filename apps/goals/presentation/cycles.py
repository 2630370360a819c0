"""How a cycle stands, in words."""

from __future__ import annotations

from django.utils.translation import gettext as _

from apps.common import formats
from apps.goals.domain.cycles import Stand
from apps.goals.models import Cycle
from apps.goals.selectors.cycles import stand_of
from apps.kernel.issue import N_

STANDS: dict[Stand, tuple[str, str]] = {
    Stand.PLANNED: ("none", N_("Not begun")),
    Stand.RUNNING: ("info", N_("Running")),
    Stand.OVER: ("warn", N_("Over, to be closed")),
    Stand.CLOSED: ("good", N_("Closed")),
}


def cycle_word(cycle: Cycle) -> tuple[str, str]:
    """Tone and word of how a cycle stands today."""
    tone, word = STANDS[stand_of(cycle)]
    return tone, _(word)


def cycle_days(cycle: Cycle) -> str:
    """Its first and its last day."""
    return f"{formats.day(cycle.start)} – {formats.day(cycle.due)}"
