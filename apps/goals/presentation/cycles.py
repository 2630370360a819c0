"""How a cycle stands, in words."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from apps.common import formats
from apps.goals.domain.cycles import Stand
from apps.goals.models import Cycle, CycleTemplate
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


def counts_of(template: CycleTemplate) -> tuple[int, int]:
    """How many objectives and key results a template holds."""
    return len(template.objectives), sum(len(each["key_results"]) for each in template.objectives)


def template_words(template: CycleTemplate) -> str:
    """A template with how much it holds: “Quarter of the stores (12 objectives)”."""
    n = len(template.objectives)
    told = {"name": template.name, "n": n}
    return ngettext("%(name)s (%(n)s objective)", "%(name)s (%(n)s objectives)", n) % told
