"""Pages of sources."""

from apps.sources.views.detail import anew, delete, detail, pause, resume, run
from apps.sources.views.list import source_list
from apps.sources.views.wizard import connection, look, new, setup, what

__all__ = [
    "anew", "connection", "delete", "detail", "look", "new", "pause", "resume", "run", "setup", "source_list", "what",
]  # fmt: skip
