"""What can be done with sources: set up, read by the clock, follow what they bring, seal their secrets."""

from apps.sources.services.clock import run_now, start_due
from apps.sources.services.following import go_on_all, upload_moved
from apps.sources.services.keeping import delete_source, pause_source, read_anew, resume_source
from apps.sources.services.looking import look_at_source, look_stopped
from apps.sources.services.making import change_source, choose, look_again, make_source, set_up
from apps.sources.services.pulling import pull_stopped, read_source
from apps.sources.services.rotating import rotate_secrets
from apps.sources.services.sweeping import sweep_pulls

__all__ = [
    "change_source",
    "choose",
    "delete_source",
    "go_on_all",
    "look_again",
    "look_at_source",
    "look_stopped",
    "make_source",
    "pause_source",
    "pull_stopped",
    "read_anew",
    "read_source",
    "resume_source",
    "rotate_secrets",
    "run_now",
    "set_up",
    "start_due",
    "sweep_pulls",
    "upload_moved",
]
