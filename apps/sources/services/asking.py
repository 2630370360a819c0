"""The questions to a child about a source."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from django.conf import settings

from apps.sources.models import Source
from apps.sources.services import sealing
from apps.workspaces.scope import current_workspace

FILES_AT_ONCE = 20


def question(source: Source, act: str, folder: Path, now: datetime) -> dict[str, object]:
    """Everything a child has to know. Raises `SecretLost`."""
    known = [] if source.is_database else list(source.files.exclude(etag="").values_list("name", "etag"))
    return {
        "act": act,
        "kind": source.kind,
        "where": source.connection,
        "choice": source.choice,
        "folder": str(folder),
        "ask": {
            "secret": sealing.unseal(source.secret),
            "allowed": [str(network) for network in settings.SOURCE_NETWORKS],
            "ca_file": settings.SOURCE_CA_FILE,
            "statement_seconds": min(settings.SOURCE_SECONDS, 900),
            "most_rows": settings.SOURCE_MAX_ROWS,
            "most_bytes": settings.UPLOAD_MAX_BYTES,
            "mark": source.mark if act == "pull" else None,
            "keyed": bool(source.dataset and source.dataset.row_key),
            "today": now.astimezone(ZoneInfo(current_workspace().time_zone)).date().isoformat(),
            "known": known,
            "most_files": FILES_AT_ONCE if source.dataset_id else 1,  # the first one says which data it is
        },
    }
