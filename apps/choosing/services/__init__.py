"""Take over a tree of the library, judge candidates, announce the North Star."""

from apps.choosing.services.adopting import Preview, adopt, plan_adoption, undo
from apps.choosing.services.announcing import acknowledge, publish, save_draft
from apps.choosing.services.judging import judge

__all__ = ["Preview", "acknowledge", "adopt", "judge", "plan_adoption", "publish", "save_draft", "undo"]
