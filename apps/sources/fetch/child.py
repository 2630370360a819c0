"""The process that reaches out: bound by limits, it knows one secret for one question, and ends with its answer.

It has the network, so it opens no user's file: what it brings is read by the engine's own child, which has none.
"""

from __future__ import annotations

import json
import os
import sys
import traceback
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from apps.engine.limits import Limits, bind
from apps.kernel.issue import N_
from apps.sources.domain.choice import choice_of
from apps.sources.domain.connection import Kind, connection_of
from apps.sources.fetch import guard
from apps.sources.fetch.asking import Ask, ask_of, say
from apps.sources.fetch.trouble import Trouble

UNFORESEEN = N_("Something went wrong while reading (%(what)s). It has been reported.")
NO_MEMORY = N_("A row is too large to be read. Leave out columns with long texts or files, with a SELECT.")


def main() -> None:
    """Read the question from stdin, answer on stdout."""
    question = json.load(sys.stdin)
    bind(Limits(memory=question["memory"], wall_seconds=0, cpu_seconds=question["cpu_seconds"]), question["parent"])
    ask = ask_of(question["ask"])
    guard.stand(ask.allowed)
    try:
        say({"answer": answer(question, ask)})
    except Trouble as trouble:
        say({"trouble": trouble.to_json()})
    except MemoryError:
        say({"trouble": Trouble(NO_MEMORY).to_json()})
    except Exception as error:  # its text may hold what it was asked with: only what and where is told
        last = traceback.extract_tb(error.__traceback__)[-1]
        what = f"{type(error).__name__}, {os.path.basename(last.filename)}:{last.lineno}"
        say({"trouble": Trouble(UNFORESEEN, {"what": what}, retry=True).to_json()})


def answer(question: Mapping[str, Any], ask: Ask) -> dict[str, object]:
    """What was asked: `look`, `preview` or `pull`."""
    kind = Kind(question["kind"])
    where = connection_of(kind, question["where"])
    reader = _reader(kind)
    if question["act"] == "look":
        return reader.look(where, ask)
    if kind is Kind.S3:
        return reader.pull(where, ask, Path(question["folder"]))
    choice = choice_of(question["choice"])
    if question["act"] == "preview":
        return reader.preview(where, choice, ask)
    return reader.pull(where, choice, ask, Path(question["folder"]) / "rows.parquet")


def _reader(kind: Kind) -> Any:
    """Only the driver that is needed."""
    if kind is Kind.POSTGRESQL:
        from apps.sources.fetch import postgresql

        return postgresql
    if kind is Kind.MYSQL:
        from apps.sources.fetch import mysql

        return mysql
    from apps.sources.fetch import s3

    return s3


if __name__ == "__main__":
    main()
