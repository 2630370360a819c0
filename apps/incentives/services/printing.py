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
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import IO
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils import translation

from apps.accounts import selectors as accounts
from apps.incentives.models import Statement, StatementFile
from apps.incentives.presentation.statements import print_data
from apps.incentives.services.portions import portions
from apps.kernel.issue import N_
from apps.work.services import Claim, WorkFailed
from apps.workspaces.scope import current_workspace

log = logging.getLogger(__name__)
ROOT = Path(__file__).resolve().parents[3]
PORTION = 100
PRESSES = 2
PRINTING = N_("Printing statements")
STOPPED = N_("Printing was stopped before it was finished.")
NOT_PRINTED = N_("%(count)s statements could not be printed. Tell your operator.")


def print_statements(claim: Claim) -> None:
    """The worker's part: every statement of a revision that has no file yet. While some are printed, the next are laid
    out; each portion is kept as a whole."""
    rows = Statement.objects.filter(run_id=claim.work.subject, revision=claim.args["revision"])
    waiting = list(rows.filter(file=None).order_by("pk").values_list("pk", flat=True))
    total = rows.count()
    done, failed = total - len(waiting), 0
    with ThreadPoolExecutor(PRESSES) as presses:
        for sheets, pdfs in _printed(waiting, presses):
            with transaction.atomic():
                claim.progress(done, total, PRINTING)
                StatementFile.objects.bulk_create(_file(*each) for each in zip(sheets, pdfs, strict=True) if each[1])
            done += len(sheets)
            failed += pdfs.count(None)
    if failed:
        raise WorkFailed(NOT_PRINTED, retry=False, params={"count": failed})
    with claim.completing():
        pass


@dataclass(frozen=True)
class _Sheet:
    """A statement, ready to be printed in its person's language."""

    statement: UUID
    language: str
    document: Mapping[str, object]


def _printed(waiting: Sequence[UUID], presses: Executor) -> Iterator[tuple[list[_Sheet], list[bytes | None]]]:
    """Portions of statements with their PDFs, None for one that could not be printed. The presses only print: what
    reads the database is done here, in between."""
    under_way: deque[tuple[list[_Sheet], Future[list[bytes | None]]]] = deque()
    for portion in portions(waiting, PORTION):
        sheets = _sheets(portion)
        under_way.append((sheets, presses.submit(lambda given: list(press(given)), [each.document for each in sheets])))
        if len(under_way) > PRESSES:
            sheets, pdfs = under_way.popleft()
            yield sheets, pdfs.result()
    for sheets, pdfs in under_way:
        yield sheets, pdfs.result()


def _sheets(portion: Sequence[UUID]) -> list[_Sheet]:
    workspace = current_workspace()
    rows = list(Statement.objects.filter(pk__in=portion).select_related("run__plan", "run__version", "participant"))
    people = {row.participant.person_id for row in rows}
    spoken = dict(accounts.active_people().filter(pk__in=people).values_list("pk", "language"))
    sheets = []
    for row in rows:
        language = spoken.get(row.participant.person_id) or workspace.language
        with translation.override(language):
            sheets.append(_Sheet(row.pk, language, print_data(row, company=workspace.name, language=language)))
    return sheets


def _file(sheet: _Sheet, pdf: bytes) -> StatementFile:
    return StatementFile(
        statement_id=sheet.statement, content=pdf, digest=sha256(pdf).hexdigest(), language=sheet.language
    )


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
