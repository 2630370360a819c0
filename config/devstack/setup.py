"""The steps that come before anything is started: front-end assets and translations."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

from config.devstack import disk
from config.devstack.assets import Run, make_assets
from config.devstack.console import Console
from config.devstack.messages import compile_messages
from config.devstack.paths import ROOT, tools_dir
from config.devstack.process import Child, Command
from config.devstack.state import FolderLock


def check_disk(console: Console, *paths: os.PathLike[str]) -> None:
    """Say so when there is little room; raises DevstackError when there is next to none."""
    for warning in dict.fromkeys(disk.check(ROOT, *map(type(ROOT), paths))):
        console.say(f"  {console.mark_failed} {warning}")


def set_up(console: Console, run: Run, pause: Callable[[float], None], env: Mapping[str, str]) -> None:
    """Assets and translations, each only if out of date. Two set-ups in one repository wait for each other."""
    with alone(console, pause):
        make_assets(console, run, env)
        with console.step("Translations") as note:
            count = compile_messages()
            note.text = f"{count} compiled" if count else "up to date"


def plain_run(command: Command) -> Child:
    """Run a command to its end; Ctrl-C ends it and goes on to the caller."""
    child = Child(command)
    try:
        child.process.wait()
    finally:
        child.stop()
    return child


@contextmanager
def alone(console: Console, pause: Callable[[float], None]) -> Iterator[None]:
    """One set-up at a time in this repository; the others wait."""
    lock = FolderLock(tools_dir() / "setup.lock")
    if not lock.take():
        with console.step("Waiting for another set-up in this folder"):
            while not lock.take():
                pause(0.2)
    try:
        yield
    finally:
        lock.release()
