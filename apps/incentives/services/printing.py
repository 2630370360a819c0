"""Print the statements of a run as PDF/A, in a worker and there in a process of its own; go on where it stopped.

A file is printed once and kept with its hash: what somebody downloads next year is what was printed today.
"""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from hashlib import sha256
from pathlib import Path
from typing import IO

from django.conf import settings
from django.db import transaction
from django.utils import translation

from apps.accounts import selectors as accounts
from apps.incentives.models import Statement, StatementFile
from apps.incentives.presentation.statements import print_data
from apps.incentives.services.calculating import portions
from apps.kernel.issue import N_
from apps.work.services import Claim, WorkFailed
from apps.workspaces.scope import current_workspace

log = logging.getLogger(__name__)
ROOT = Path(__file__).resolve().parents[3]
PORTION = 100
PRINTING = N_("Printing statements")
STOPPED = N_("Printing was stopped before it was finished.")
NOT_PRINTED = N_("%(count)s statements could not be printed. Tell your operator.")


def print_statements(claim: Claim) -> None:
    """The worker's part: every statement of a revision that has no file yet."""
    rows = Statement.objects.filter(run_id=claim.work.subject, revision=claim.args["revision"])
    waiting = list(rows.filter(file=None).order_by("pk").values_list("pk", flat=True))
    total = rows.count()
    done, failed = total - len(waiting), 0
    for portion in portions(waiting, PORTION):
        claim.progress(done, total, PRINTING)
        statements = list(
            Statement.objects.filter(pk__in=portion).select_related("run__plan", "run__version", "participant")
        )
        files = list(_printed(statements))
        with transaction.atomic():
            claim.beat()
            StatementFile.objects.bulk_create(each for each in files if each is not None)
        failed += sum(1 for each in files if each is None)
        done += len(portion)
    if failed:
        raise WorkFailed(NOT_PRINTED, retry=False, params={"count": failed})
    with claim.completing():
        pass


def _printed(statements: Sequence[Statement]) -> Iterator[StatementFile | None]:
    """The file of each statement, in its person's language; None for one that could not be printed."""
    workspace = current_workspace()
    people = {row.participant.person_id for row in statements}
    spoken = dict(accounts.active_people().filter(pk__in=people).values_list("pk", "language"))
    languages = [spoken.get(row.participant.person_id) or workspace.language for row in statements]
    documents = []
    for row, language in zip(statements, languages, strict=True):
        with translation.override(language):
            documents.append(print_data(row, company=workspace.name, language=language))
    for row, language, pdf in zip(statements, languages, press(documents), strict=True):
        if pdf is None:
            yield None
        else:
            yield StatementFile(statement=row, content=pdf, digest=sha256(pdf).hexdigest(), language=language)


def press(documents: Sequence[object]) -> Iterator[bytes | None]:
    """The PDF of each document, in their order; None for one that could not be printed. WorkFailed if it ends early."""
    with tempfile.TemporaryFile() as asked, tempfile.TemporaryFile() as said:
        for document in documents:
            asked.write(json.dumps(document, ensure_ascii=False).encode() + b"\n")
        asked.seek(0)
        child = subprocess.Popen(
            [sys.executable, "-m", "apps.incentives.domain.press", str(settings.PRINT_FONTS)],
            stdin=asked, stdout=subprocess.PIPE, stderr=said, cwd=ROOT, env=_environment(),
        )  # fmt: skip
        try:
            for _document in documents:
                yield _answer(child.stdout)
        except EOFError:
            log.error("The printing process ended early (%s).", child.wait())
            raise WorkFailed(STOPPED, retry=True) from None
        finally:
            child.kill()
            child.wait()
            if child.stdout:
                child.stdout.close()


def _answer(answers: IO[bytes] | None) -> bytes | None:
    head = answers.readline() if answers else b""
    if not head.endswith(b"\n"):
        raise EOFError
    if head.startswith(b"failed"):
        log.error("A statement could not be printed: %s", head.decode().strip())
        return None
    pdf = answers.read(int(head)) if answers else b""
    if len(pdf) < int(head):
        raise EOFError
    return pdf


def _environment() -> dict[str, str]:
    """What Python needs to start, and nothing that is secret."""
    kept = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "VIRTUAL_ENV", "LD_LIBRARY_PATH", "PYTHONHOME")
    return {name: os.environ[name] for name in kept if name in os.environ}
